// A second check_host(), for one address, written straight from the text of RFC 7208 with nothing in mind but
// being obviously right. The property tests compare the real interpreter with it, so it shares no code with
// src/ or include/.
//
// Where the RFC leaves something open: a void lookup is a question of a, mx, exists or ptr that yields no
// record, counted once however long the chain of aliases; %{p} counts nothing; mx looks up all its hosts
// before it compares; a name that cannot be asked for (empty label, label over 63) does not exist and is not
// void.
#pragma once

#include "support/naive_zone.h"

#include <string>

namespace naive {

enum class Result { none, neutral, pass, fail, softfail, temperror, permerror }; // §2.6

/// "pass", "permerror", …
std::string to_text(Result result);

struct Options {
    int lookup_limit = 10;            ///< terms; one more is a permerror
    int void_limit = 2;               ///< void lookups; one more is a permerror. Negative: no limit
    bool mx_sequential = false;       ///< hosts by (preference, name), up to the first that matches
    std::string receiver = "unknown"; ///< %{r}
    std::string timestamp = "0";      ///< %{t}
};

struct Checked {
    Result result = Result::none;
    std::string explanation; ///< of a fail whose record has a usable exp= (§6.2), otherwise empty
    int lookups = 0;         ///< terms counted (§4.6.4), the one over the limit included
    int voids = 0;           ///< void lookups counted, those over the limit included
};

/// `ip` is IPv4 or IPv6 text (an IPv4-mapped client is an IPv4 client); a text that is neither gives `none`.
/// `sender` without a local-part gets "postmaster" (§4.3).
Checked check_host_in_full(const Zone& zone, const std::string& ip, const std::string& domain,
                           const std::string& sender, const std::string& helo, const Options& options = {});

/// The same, the result alone.
Result check_host(const Zone& zone, const std::string& ip, const std::string& domain,
                  const std::string& sender, const std::string& helo, const Options& options = {});

} // namespace naive
