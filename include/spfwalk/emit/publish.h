// The pass-set of a domain as SPF records that pass for exactly the same addresses (RFC 7208 §3.4, §4.6.4).
//
// The records hold `ip4` and `ip6` terms, includes of their own sub-records, and those terms of the original
// that no list can decide. docs/publishing.md explains how they are made and what they cannot say.
#pragma once

#include "spfwalk/expected.h"
#include "spfwalk/spf/walk.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::emit {

/// What the addresses get that no term of the published record matches.
enum class Ending : std::uint8_t {
    original, ///< as the original has it: its `all`, or nothing if it has none
    fail,
    softfail,
    neutral,
    none, ///< no `all`, which means neutral too (§4.7)
};

struct PublishOptions {
    /// Octets that the answer to a TXT question about any of the records may have at most.
    std::size_t answer_size = 450;
    Ending ending = Ending::original;
    /// The name under which sub-records live; none: that of the domain itself.
    std::optional<std::string> under;
};

/// The smallest `answer_size` that is of use, and the largest that DNS can carry.
inline constexpr std::size_t smallest_answer_size = 128;
inline constexpr std::size_t largest_answer_size = 65'535;

struct PublishedRecord {
    std::string name; ///< without trailing dot
    std::string text; ///< "v=spf1 …"
    /// Octets of the answer to a TXT question about the name, for the domain's own name with the other TXT
    /// records that it has now.
    std::size_t octets = 0;
};

struct Published {
    std::string domain;
    std::vector<PublishedRecord> records; ///< the domain's own, then _spf1, _spf2, …
    int lookups = 0;                      ///< terms that look something up (§4.6.4), at most ten
    std::vector<std::string> kept;        ///< terms that no list can decide, as they are published
    /// Paths of such terms for which there is no place. Then the records pass for the sure set only.
    std::vector<std::string> left_out;
    bool oversized = false; ///< the domain's other TXT records leave no room within `answer_size`
};

/// Makes the records out of a report about both families, for any sender, that was made with `rules`, and has
/// the interpreter confirm what they mean: the same definite, sure and possible addresses as the original,
/// and the same way of each address through the terms that no list can decide; or if one of those is left
/// out, the sure addresses. The error says in a few words why there are no such records: a name that would be
/// too long, or more than ten lookups at that size.
Expected<Published, std::string> publish(const spf::Report& report, const spf::Rules& rules,
                                         const PublishOptions& options);

/// Octets of a message with one TXT record in answer to the question about it, without EDNS (RFC 1035 §4).
std::size_t txt_answer_octets(std::string_view name, std::string_view text);

} // namespace spfwalk::emit
