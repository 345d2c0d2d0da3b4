// Macro expansion (RFC 7208 §7). Pure: everything a macro may stand for is given.
#pragma once

#include "spfwalk/net/address.h"
#include "spfwalk/spf/record.h"

#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::spf {

/// What the macro letters stand for. The caller makes sure that those a macro-string uses are set.
struct MacroValues {
    std::string_view domain;                ///< d: the domain whose record is evaluated
    std::string_view sender;                ///< s, and l and o: "local-part@domain"
    std::string_view helo;                  ///< h
    net::Family family;                     ///< v
    std::optional<net::Address> client;     ///< i and c
    std::string_view validated = "unknown"; ///< p (§7.3)
    std::string_view receiver = "unknown";  ///< r
    std::string_view timestamp = "0";       ///< t: seconds since the epoch, as digits
};

/// The text a macro-string stands for, of any length. Without a client, %{i} and %{c} are empty.
std::string expand(const MacroString& text, const MacroValues& values);

/// A domain-spec's name: expanded, one trailing dot removed, and labels removed from the left until it has at
/// most 253 octets (§7.3). It may still not be a name that can be asked: see dns::Name::from_domain().
std::string expand_domain(const MacroString& spec, const MacroValues& values);

/// What expand_domain() makes of a domain-spec without macros, if it stands there as it is.
std::optional<std::string_view> fixed_domain(const MacroString& spec);

/// The macro-string as it may stand in the record of any domain: `%{d}` replaced by what it stands for in the
/// record of `domain`, everything else as macros.
std::string to_text(const MacroString& text, std::string_view domain);

/// The local-part and domain of a mailbox; "postmaster" where the local-part is missing (§4.3).
std::string_view local_part(std::string_view sender);
std::string_view domain_part(std::string_view sender);

/// Whether the local-part may become labels of a name: it is in ASCII. Else terms with `%{s}` or `%{l}` match
/// nothing (RFC 8616 §4).
bool is_for_labels(std::string_view sender);

/// The `%{i}` of an address: a dotted quad, or 32 dotted nibbles (§7.3).
std::string dotted(net::Family family, net::Address address);

} // namespace spfwalk::spf
