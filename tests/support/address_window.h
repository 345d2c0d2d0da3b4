// Small universes of addresses in which every subset can be tried and a bitmap is the oracle.
#pragma once

#include "spfwalk/net/address_set.h"

#include "support/addresses.h"

#include <algorithm>
#include <vector>

namespace spfwalk::test {

/// Sorted, disjoint, first <= last, a gap of at least one address between neighbours, all in the family.
inline bool is_canonical(const net::AddressSet& set, net::Family family) {
    const auto& ranges = set.ranges();
    for (std::size_t i = 0; i < ranges.size(); ++i) {
        if (ranges[i].last < ranges[i].first || ranges[i].last > net::last_address(family)) return false;
        if (i > 0 && (number(ranges[i].first) <= number(ranges[i - 1].last) ||
                      number(ranges[i].first) - number(ranges[i - 1].last) < 2))
            return false;
    }
    return true;
}

/// A small universe: `cells` cells of 2^cell_bits addresses, from `start`. A subset is a bitmap of cells.
struct Window {
    const char* name;
    net::Family family;
    Number start;
    int cell_bits;
    unsigned cells;

    Number cell(unsigned i) const { return start + (Number{i} << cell_bits); }
    net::Range range(unsigned from, unsigned to) const { // both included
        return {address(cell(from)), address(cell(to) + ((Number{1} << cell_bits) - 1))};
    }
    unsigned full() const { return (1U << cells) - 1; }

    /// Each cell by itself, so that merging is left to the set.
    std::vector<net::Range> cells_of(unsigned bitmap) const {
        std::vector<net::Range> list;
        for (unsigned i = 0; i < cells; ++i)
            if ((bitmap >> i & 1) != 0) list.push_back(range(i, i));
        return list;
    }
    net::AddressSet set(unsigned bitmap) const { return net::AddressSet::from_ranges(cells_of(bitmap)); }

    /// Whether `set` is exactly the canonical form of the bitmap: its maximal runs, in order.
    bool is(const net::AddressSet& set, unsigned bitmap) const {
        std::vector<net::Range> runs;
        for (unsigned i = 0; i < cells; ++i) {
            if ((bitmap >> i & 1) == 0) continue;
            const unsigned from = i;
            while (i + 1 < cells && (bitmap >> (i + 1) & 1) != 0)
                ++i;
            runs.push_back(range(from, i));
        }
        return std::ranges::equal(set.ranges(), runs) && is_canonical(set, family);
    }
};

inline constexpr Number top4 = Number{1} << 32;
inline constexpr Number half = Number{1} << 64; // where the two words of an address meet

/// 8 cells at every place where arithmetic could go wrong.
inline const std::vector<Window> windows = {
    {"IPv4 bottom", net::Family::ipv4, 0, 0, 8},
    {"IPv4 unaligned", net::Family::ipv4, 0x7ffffffb, 0, 8},
    {"IPv4 top", net::Family::ipv4, top4 - 8, 0, 8},
    {"IPv4 whole", net::Family::ipv4, 0, 29, 8},
    {"IPv6 bottom", net::Family::ipv6, 0, 0, 8},
    {"IPv6 across the words", net::Family::ipv6, half - 3, 0, 8},
    {"IPv6 below 2^32", net::Family::ipv6, top4 - 4, 0, 8},
    {"IPv6 top", net::Family::ipv6, Number{0} - 8, 0, 8},
    {"IPv6 whole", net::Family::ipv6, 0, 125, 8},
};

} // namespace spfwalk::test
