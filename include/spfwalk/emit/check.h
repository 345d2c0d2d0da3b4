// The outcome of check_host() for one client in words: for people, as JSON, as a header field.
#pragma once

#include "spfwalk/emit/domain.h"
#include "spfwalk/emit/json_layout.h"

#include <optional>
#include <string>
#include <vector>

namespace spfwalk::emit {

/// Who was checked, in whose name (RFC 7208 §2.3, §2.4, §4.1).
struct CheckSubject {
    net::Family family = net::Family::ipv4;
    net::Address client;
    std::string domain; ///< whose record was evaluated
    std::string sender; ///< "local@domain"; of the HELO identity: "postmaster@helo"
    std::string helo;
    bool helo_identity = false;
    std::string receiver = "unknown"; ///< the host that checks
};

struct CheckResult {
    CheckSubject subject;
    spf::Result result = spf::Result::none;
    /// The deciding term behind the terms that led there, escaped. Empty if the domain's own record as a
    /// whole decides.
    std::vector<std::string> path;
    std::string way;                        ///< the path in one line (spf::path_text)
    bool is_default = false;                ///< neutral because no term of the last record matched (§4.7)
    std::optional<std::string> explanation; ///< of a fail, raw
    std::optional<std::string> record;      ///< the domain's own, raw
    int lookups = 0;
    int voids = 0;
    std::optional<std::uint32_t> ttl; ///< seconds, the smallest of all answers used
    std::vector<FindingText> findings;
};

/// From the report of a request with one inquiry, about the subject's client. Where a term cannot be decided
/// (only --lenient knows such), a result other than pass comes first.
CheckResult check_result(const spf::Report& report, CheckSubject subject);

/// "RESULT DOMAIN[: PATH]", with "default" at the end of the path where no term matched, and for a fail with
/// an explanation "explanation: TEXT". Whole lines.
std::string print_check(const CheckResult& result);

/// An object with the members of docs/json.md. Whole lines.
std::string print_check_json(const CheckResult& result, JsonLayout layout);

/// The explanation alone, escaped, on one line; an empty line if there is none.
std::string print_explanation(const CheckResult& result);

/// A Received-SPF header field (§9.1), folded at 78 octets where it can be, lines ended by newlines. Nothing
/// from outside can end the field: octets that may not stand in it are escaped.
std::string print_received_spf(const CheckResult& result);

} // namespace spfwalk::emit
