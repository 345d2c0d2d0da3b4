// Master files (RFC 1035 §5, RFC 2308 §4, RFC 3597) as data.
#pragma once

#include "spfwalk/dns/answer.h"
#include "spfwalk/expected.h"

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spfwalk::dns {

/// What a file says about one name and type.
struct RecordSet {
    /// Of A, AAAA, MX, TXT, SPF (as Texts), PTR and NS (as Names), without duplicates (but of Texts: see
    /// Answer); monostate for a type only known to exist.
    Records records;
    /// Of CNAME and DNAME: exactly one.
    std::vector<Name> targets;
    /// Seconds, the smallest of the set. Of a SOA: what negative answers get, the smaller of its TTL and its
    /// minimum (RFC 2308 §5).
    std::uint32_t ttl = 0;
};

/// The type whose RecordSet holds the target of a DNAME (RFC 6672).
inline constexpr std::uint16_t type_dname = 39;

/// The records of a file, and its overrides: answers that a master file cannot express, or that are not to be
/// worked out from the records. They stand in comment lines that begin with `;!` and a blank:
///
///     ;! NAME TYPE WORD [TTL] [VIA NAME...]
///     ;! NAME TYPE RECORD [TTL] [VIA NAME...] [DATA RDATA...]
///
/// WORD is NXDOMAIN or NODATA; or a failure, which takes no TTL and no VIA: SERVFAIL, REFUSED, FORMERR,
/// NOTIMP, RCODE<n>, TIMEOUT, DEADLINE, MALFORMED, REFERRAL, ALIASLOOP, UNREACHABLE or UNASKABLE. VIA names
/// the chain of aliases. RECORD is a record in the answer, with RDATA as in a record of that type; further
/// such lines for the same question add records to it. The TTL is 0 if left out. An override beats all
/// records for its exact question, also where an alias leads to it; it does not make its name exist for other
/// types.
struct MasterFile {
    std::unordered_map<Name, std::unordered_map<std::uint16_t, RecordSet>> names;
    std::unordered_map<Question, AnswerPtr> overrides;
};

/// What is wrong with a file and where. `text` is one line for people: "zone.db:12: …".
struct FileError {
    std::string text;
};

/// Reads the file at `path`: $ORIGIN, $TTL, $INCLUDE (relative to the including file, 8 deep), parentheses,
/// quotes, escapes, comments, blank owners, class IN, TTLs with units (1h30m), RFC 3597 types and data. The
/// origin starts as the root. Types this program does not use are read over (their names exist). A record
/// without a TTL has that of $TTL, else the last one stated, else the minimum of the SOA, else 3600 seconds.
/// Other data beside a CNAME is accepted, a second CNAME that differs is not.
Expected<MasterFile, FileError> read_master_file(const std::string& path);

/// The same from text; `name` stands for the file in messages. $INCLUDE is refused.
Expected<MasterFile, FileError> parse_master_file(std::string_view text, const std::string& name);

/// Any octets as the <character-string>s of a TXT record in such a file (RFC 1035 §3.3.14, §5.1): in
/// quotes, at most 255 octets each, at least one; what is not printable as \DDD.
std::string character_strings(std::string_view text);

} // namespace spfwalk::dns
