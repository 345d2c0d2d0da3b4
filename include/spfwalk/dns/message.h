// DNS messages as received (RFC 1035 §4, RFC 2308, RFC 6891): bytes from strangers become an Answer here and
// nowhere else.
#pragma once

#include "spfwalk/dns/answer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace spfwalk::dns {

inline constexpr std::size_t header_octets = 12;
/// More aliases than this in a row is a loop to us.
inline constexpr std::size_t max_aliases = 16;

/// A reply, read and judged.
struct Parsed {
    /// What the message says to the question; a Failure::malformed for a message that breaks RFC 1035, that
    /// is not a reply to this question, or that is cut short (TC): see `truncated`. A Failure::referral for
    /// one without records whose authority section names servers and has no SOA of the name's zone (RFC 2308
    /// §2.2), from a server that neither has the zone (AA) nor is a resolver (RA).
    Answer answer;
    bool truncated = false;
    bool has_edns = false; ///< an OPT record came back
    /// The message holds an alias chain that ends at `continues_at`, about which it says nothing (no record
    /// and no SOA of its zone): the servers left the rest to be asked. Set only if the RCODE is 0.
    std::optional<Name> continues_at;
};

/// Reads `message` as the reply to `question`. Believes only answer records that are owned by the asked name
/// or by a name on its alias chain, in class IN. Every access is bounds-checked, compression pointers must
/// point backwards, and the whole message is read: a malformed record anywhere in the answer or authority
/// section (a TXT string overrunning its RDATA, an A of five octets, a name over 255 octets) makes the reply
/// malformed; so do a broken additional section and octets behind the message. Types without a place in
/// Records (SOA and those not in Type) give Status::records and std::monostate; NS and CNAME give Names.
Parsed parse_reply(std::span<const std::uint8_t> message, const Question& question);

} // namespace spfwalk::dns
