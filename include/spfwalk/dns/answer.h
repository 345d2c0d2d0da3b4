// Questions and what DNS said to them (RFC 1034 §3.6, RFC 1035 §3.2, RFC 2308).
#pragma once

#include "spfwalk/dns/name.h"
#include "spfwalk/net/address.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spfwalk::dns {

/// Seconds: the longest TTL (RFC 2181 §8).
inline constexpr std::uint32_t max_ttl = 0x7fffffff;

/// What a TTL means: with the top bit set, 0 (RFC 2181 §8).
constexpr std::uint32_t sane_ttl(std::uint32_t ttl) {
    return ttl > max_ttl ? 0 : ttl;
}

/// The smaller of two TTLs, each of which may be missing.
constexpr std::optional<std::uint32_t> smaller_ttl(std::optional<std::uint32_t> a,
                                                   std::optional<std::uint32_t> b) {
    return a && b ? std::min(*a, *b) : a ? a : b;
}

/// Record types this program asks for or must know, with their numbers.
enum class Type : std::uint16_t {
    a = 1,
    ns = 2,
    cname = 5,
    soa = 6,
    ptr = 12,
    mx = 15,
    txt = 16,
    aaaa = 28,
    spf = 99
};

/// "A", "TXT", …; "TYPE65280" (RFC 3597) for one without a name here.
std::string to_text(Type type);

struct Question {
    Name name;
    Type type = Type::txt;

    friend bool operator==(const Question& a, const Question& b) {
        return a.type == b.type && a.name == b.name;
    }
};

/// "example.com TXT".
std::string to_text(const Question& question);

/// What came of a question. Only `failure` means that DNS did not answer it.
enum class Status : std::uint8_t {
    records, ///< at least one record of the asked type, after aliases
    no_data, ///< RCODE 0 and no record of that type
    no_name, ///< RCODE 3, NXDOMAIN: the name, or what it is an alias for, does not exist
    failure, ///< none of these: see Failure
};

enum class Failure : std::uint8_t {
    none,
    rcode,       ///< a reply with another RCODE: see Answer::rcode (2 SERVFAIL, 5 REFUSED …)
    timeout,     ///< no reply in time
    deadline,    ///< the run's deadline came first
    malformed,   ///< replies that break RFC 1035, or truncated even over TCP
    referral,    ///< the servers only name others, who may know (RFC 2308 §2.2): they are no resolvers
    alias_loop,  ///< the chain of aliases (CNAME) comes back to itself or is too long
    unreachable, ///< no server could be sent the question
    unaskable,   ///< the resolver library refuses to send this name
};

struct Mx {
    std::uint16_t preference = 0;
    Name exchange; ///< the root: a null MX (RFC 7505)

    friend auto operator<=>(const Mx&, const Mx&) = default;
};

using Addresses = std::vector<net::Address>; ///< of A or AAAA records
using Exchanges = std::vector<Mx>;
using Texts = std::vector<std::string>; ///< of TXT: the strings of one record joined (RFC 7208 §3.3)
using Names = std::vector<Name>;        ///< of PTR
using Records = std::variant<std::monostate, Addresses, Exchanges, Texts, Names>;

struct Answer {
    Status status = Status::no_name;
    Failure failure = Failure::none;
    std::uint16_t rcode = 0; ///< of Failure::rcode; 0 otherwise
    /// Seconds this may be kept: the smallest of the records and aliases used, of the SOA for a negative
    /// answer (RFC 2308 §5; 0 without one). 0 for a failure.
    std::uint32_t ttl = 0;
    /// Octets of the reply message, 0 where there was none.
    std::uint32_t octets = 0;
    bool over_tcp = false;
    /// What the asked name is an alias for, in chain order, without the asked name itself. A failure has
    /// none.
    std::vector<Name> aliases;
    /// Set exactly if status is `records`; in the order they came, duplicates removed (but not of Texts).
    Records records;

    /// A place where the layer above may hang what it read out of this answer, so that it is done once as
    /// long as the answer is in use. Not part of the answer's value.
    mutable std::shared_ptr<const void> interpretation;
};

/// Answers are immutable once given and shared by all who asked.
using AnswerPtr = std::shared_ptr<const Answer>;

/// An answer that says why there is none.
AnswerPtr failed(Failure failure, std::uint16_t rcode = 0);

/// "SERVFAIL", "timeout", "NXDOMAIN", "no data", …: for messages.
std::string describe(const Answer& answer);

} // namespace spfwalk::dns

template <>
struct std::hash<spfwalk::dns::Question> {
    std::size_t operator()(const spfwalk::dns::Question& question) const noexcept {
        return std::hash<spfwalk::dns::Name>{}(question.name) * 31 + static_cast<std::size_t>(question.type);
    }
};
