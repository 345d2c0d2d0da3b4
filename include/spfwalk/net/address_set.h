// A set of addresses of one family.
//
// Kept as sorted, disjoint, closed ranges with a gap of at least one address between neighbours, so two sets
// are equal exactly if their ranges are. The family is known to the owner; sets of different families are
// never mixed. No operation computes last + 1 at the top of the space.
#pragma once

#include "spfwalk/net/prefix.h"
#include "spfwalk/net/range_list.h"

#include <string>
#include <vector>

namespace spfwalk::net {

class AddressSet {
  public:
    AddressSet() = default; ///< the empty set
    explicit AddressSet(Range range) : ranges_{range} {}

    /// All addresses of a family.
    static AddressSet all(Family family);
    /// From ranges in any order, overlapping or not. O(n log n), or O(n) if they are sorted already.
    static AddressSet from_ranges(RangeList ranges);

    bool empty() const { return ranges_.empty(); }
    const RangeList& ranges() const { return ranges_; }

    bool contains(Address address) const;
    /// Whether every address of `range` is in the set.
    bool contains(Range range) const;
    /// Whether every address of `other` is in the set.
    bool contains(const AddressSet& other) const;
    /// Whether some address of the other is in the set.
    bool intersects(Range range) const;
    bool intersects(const AddressSet& other) const;

    /// Adds a range. O(log n) to find the place, O(n) to make room.
    void insert(Range range);
    /// Removes a range.
    void erase(Range range);
    /// Removes a range and returns what was removed of it.
    AddressSet take(Range range);

    // Each goes through both sets once.
    AddressSet& operator|=(const AddressSet& other); ///< union
    AddressSet& operator|=(AddressSet&& other);
    AddressSet& operator&=(const AddressSet& other); ///< intersection
    AddressSet& operator-=(const AddressSet& other); ///< difference
    friend AddressSet operator|(AddressSet a, const AddressSet& b);
    friend AddressSet operator&(const AddressSet& a, const AddressSet& b);
    friend AddressSet operator-(const AddressSet& a, const AddressSet& b);
    friend bool operator==(const AddressSet&, const AddressSet&) = default;

    /// How many addresses: exact up to 2^64, rounded beyond.
    long double size() const;

    /// The fewest prefixes that cover exactly this set, in numeric order.
    std::vector<Prefix> prefixes(Family family) const;
    /// How many they are.
    std::size_t prefix_count() const;
    /// Calls `visit` with each prefix of prefixes(), without building the list.
    template <class Visit>
    void each_prefix(Family family, Visit&& visit) const {
        for (const Range& range : ranges_)
            each_prefix(family, range, visit);
    }
    /// The same for one range.
    template <class Visit>
    static void each_prefix(Family family, const Range& range, Visit&& visit) {
        Address first = range.first;
        while (true) {
            const Prefix prefix = largest_prefix(family, {first, range.last});
            visit(prefix);
            const Address last = prefix.range().last;
            if (last == range.last) break;
            first = last.next();
        }
    }

  private:
    /// The shortest prefix that starts at range.first and does not leave the range.
    static Prefix largest_prefix(Family family, Range range);

    /// Adds the smaller set to the larger in its place; any will do, but a larger one would have to move
    /// more.
    static void unite(AddressSet& larger, const AddressSet& smaller);

    RangeList ranges_;
};

} // namespace spfwalk::net
