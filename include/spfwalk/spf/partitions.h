// What the records of a run have in common: an include's partition of all addresses, found once and used for
// every domain that includes it.
//
// What an include does to the addresses that come to it depends in general on who includes it: on the
// counters they come with (RFC 7208 §4.6.4), on the sender in macros (§7), on which of them are left.
// docs/design.md ("Sharing") lists the conditions under which it does not, and evaluate() keeps to them: with
// and without sharing it says the same.
#pragma once

#include "spfwalk/spf/verdict.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spfwalk::spf {

/// What a domain's record, with all below it, makes of any address of a family that comes to it with no
/// lookups counted. It depends on nothing but the answers of DNS.
struct Partition {
    struct Part {
        net::AddressSet addresses;
        Result result = Result::neutral;
        Site site; ///< of a visit in `visits`
        int lookups = 0;
        int voids = 0;
        bool is_matched = false; ///< all of `addresses` is in `matched`

        bool passes() const { return is_matched && result == Result::pass; }
    };
    /// Disjoint; together all addresses; in the order decided. All are matched but for one, which holds what
    /// no term matched, and perhaps more.
    std::vector<Part> parts;
    std::size_t unmatched = 0;     ///< the place of that one
    bool has_matched_rest = false; ///< whether matched parts do not pass
    std::vector<Visit> visits;     ///< [0] is the record's own, without a parent
    net::AddressSet matched;       ///< what any term told from other addresses; the rest comes to every visit
    int lookups = 0;               ///< the most of any part
    int voids = 0;
    std::optional<std::uint32_t> ttl; ///< seconds: the smallest of the answers used
    std::uint64_t work = 0;           ///< steps (Rules::work_limit)
    std::uint64_t uses = 0;           ///< of answers (Rules::uses_per_lookup)

    /// The parts that passes() is true of, together; empty if other parts pass, too.
    net::AddressSet passing;
    int passing_lookups = 0; ///< the most of those
    int passing_voids = 0;

    /// A place where a layer above may hang what it made of `passing`, so that it is done once and lives as
    /// long. Not part of the partition's value.
    mutable std::shared_ptr<const void> interpretation;
    /// What it may keep with each of the prefixes, beyond the paths to them: so many octets of what led here.
    static constexpr std::size_t most_of_a_way = 96;
};

/// The partitions of a run, in bounded memory.
class Partitions {
  public:
    /// What is known of a record that was included.
    struct Entry {
        PartitionPtr partition;
        std::uint32_t uses = 0; ///< how often it was come to without a partition
        std::uint32_t due = 0;  ///< at which of these to look for one
    };

    /// `octets`: about how much memory entries may take. Those not used for long go first.
    /// `first_due`: at which use to look for a partition first. A walk comes by once for each family and each
    /// time it has got answers; a record of one domain alone should not be looked at twice.
    explicit Partitions(std::size_t octets = std::size_t{16} << 20, std::uint32_t first_due = 8)
        : limit_(octets), first_due_(first_due) {}

    /// The entry of a domain, as it is written, made if there is none. Valid until the next call.
    Entry& entry(std::string_view domain, net::Family family);
    /// To be told of an entry that has got its partition.
    void grew(const Partition& partition);

  private:
    /// So that a name is looked up without a copy of it.
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view domain) const {
            return std::hash<std::string_view>()(domain);
        }
    };
    using ByFamily = std::array<Entry, 2>; ///< a domain is mostly come to for both, one after the other
    using Generation = std::unordered_map<std::string, ByFamily, Hash, std::equal_to<>>;

    std::size_t limit_;
    std::uint32_t first_due_;
    std::size_t octets_ = 0; ///< of the young
    /// What is used moves from old to young; when that is half full, the old go.
    Generation young_, old_;
};

} // namespace spfwalk::spf
