#include "spfwalk/net/address_set.h"

#include "support/address_window.h"
#include "support/addresses.h"
#include "support/catch.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>
#include <vector>

using namespace spfwalk::net;
using namespace spfwalk::test;

namespace {

std::string describe(const AddressSet& set, Family family) {
    std::string out = "{";
    for (const Range& range : set.ranges())
        out += " " + to_text(family, range.first) + "-" + to_text(family, range.last);
    return out + " }";
}

/// The fewest aligned power-of-two blocks that make up each subset of a window that is itself such a block: a
/// breadth-first search over all unions of blocks, overlapping ones too.
std::vector<int> fewest_blocks(unsigned cells) {
    std::vector<unsigned> blocks;
    for (unsigned size = 1; size <= cells; size *= 2)
        for (unsigned from = 0; from < cells; from += size)
            blocks.push_back(((1U << size) - 1) << from);
    std::vector<int> fewest(std::size_t{1} << cells, -1);
    std::vector<unsigned> queue = {0};
    fewest[0] = 0;
    for (std::size_t at = 0; at < queue.size(); ++at) {
        for (const unsigned block : blocks) {
            const unsigned next = queue[at] | block;
            if (fewest[next] >= 0) continue;
            fewest[next] = fewest[queue[at]] + 1;
            queue.push_back(next);
        }
    }
    return fewest;
}

/// The same number by recursion over the binary trie below one block.
int trie_blocks(unsigned bitmap, unsigned from, unsigned size) {
    const unsigned block = ((1U << size) - 1) << from;
    if ((bitmap & block) == 0) return 0;
    if ((bitmap & block) == block) return 1;
    return trie_blocks(bitmap, from, size / 2) + trie_blocks(bitmap, from + size / 2, size / 2);
}

/// Sets as published ones are: prefixes of any length, ranges, neighbours, and the ends of the family.
AddressSet random_set(std::mt19937_64& random, Family family, std::uint64_t ranges) {
    std::vector<Range> list;
    for (std::uint64_t i = 0; i < ranges; ++i) {
        const Address at = random_address(random, family);
        const int length =
            bits(family) / 4 + static_cast<int>(below_or_at(
                                   random, static_cast<std::uint64_t>(bits(family) - bits(family) / 4)));
        Range range = Prefix::containing(family, at, length).range();
        if (below_or_at(random, 3) == 0) range.first = at;
        list.push_back(range);
        if (below_or_at(random, 3) == 0 && range.last < last_address(family))
            list.push_back({range.last.next(), range.last.next()});
    }
    if (below_or_at(random, 1) == 0) list.push_back({{}, {0, below_or_at(random, 1000)}});
    if (below_or_at(random, 1) == 0) list.push_back({last_address(family), last_address(family)});
    return AddressSet::from_ranges(std::move(list));
}

/// Some range, often one that starts or ends at an edge of the set.
Range random_range(std::mt19937_64& random, Family family, const AddressSet& set) {
    const auto end = [&]() -> Address {
        if (set.empty() || below_or_at(random, 1) == 0) return random_address(random, family);
        const Range& range = set.ranges()[any_index(random, set.ranges().size())];
        Address edge = below_or_at(random, 1) == 0 ? range.first : range.last;
        const std::uint64_t move = below_or_at(random, 3);
        if (move == 0 && edge > Address{}) edge = edge.previous();
        if (move == 1 && edge < last_address(family)) edge = edge.next();
        return edge;
    };
    const auto [first, last] = std::minmax({end(), end()});
    return {first, last};
}

} // namespace

TEST_CASE("AddressSet: from_ranges of single cells in any order, all subsets of small windows") {
    std::mt19937_64 random(1);
    int sets = 0;
    for (const Window& window : windows) {
        for (unsigned bitmap = 0; bitmap <= window.full(); ++bitmap) {
            std::vector<Range> list = window.cells_of(bitmap);
            std::vector<Range> twice = list;
            twice.insert(twice.end(), list.rbegin(), list.rend());
            for (std::size_t i = twice.size(); i > 1; --i)
                std::swap(twice[i - 1], twice[any_index(random, i)]);
            INFO(window.name << ", subset " << bitmap);
            CHECK(window.is(AddressSet::from_ranges(list), bitmap));
            CHECK(window.is(AddressSet::from_ranges(twice), bitmap));
            CHECK(AddressSet::from_ranges(list).empty() == (bitmap == 0));
            ++sets;
        }
    }
    CHECK(sets == 9 * 256);
}

TEST_CASE("AddressSet: all pairs of subsets of small windows against a bitmap") {
    for (const Window& window : windows) {
        std::vector<AddressSet> sets;
        for (unsigned bitmap = 0; bitmap <= window.full(); ++bitmap)
            sets.push_back(window.set(bitmap));
        std::vector<std::string> wrong; // a CHECK for each of the pairs would cost more than the operators
        const auto verify = [&](bool good, const char* what, unsigned a, unsigned b) {
            if (!good) wrong.push_back(std::to_string(a) + what + std::to_string(b));
        };
        for (unsigned a = 0; a <= window.full(); ++a) {
            for (unsigned b = 0; b <= window.full(); ++b) {
                const AddressSet& x = sets[a];
                const AddressSet& y = sets[b];
                verify(window.is(x | y, a | b), " | ", a, b);
                verify(window.is(x & y, a & b), " & ", a, b);
                verify(window.is(x - y, a & ~b), " - ", a, b);
                AddressSet z = x;
                verify(window.is(z |= y, a | b), " |= ", a, b);
                z = x;
                verify(window.is(z &= y, a & b), " &= ", a, b);
                z = x;
                verify(window.is(z -= y, a & ~b), " -= ", a, b);
                verify(x.contains(y) == ((b & ~a) == 0), " contains ", a, b);
                verify(x.intersects(y) == ((a & b) != 0), " intersects ", a, b);
                verify((x == y) == (a == b), " == ", a, b);
            }
        }
        INFO(window.name << ", first of " << wrong.size() << ": " << (wrong.empty() ? "" : wrong.front()));
        CHECK(wrong.empty());
    }
}

TEST_CASE("AddressSet: an operand may be the set itself") {
    for (const Window& window : windows) {
        for (unsigned bitmap = 0; bitmap <= window.full(); ++bitmap) {
            INFO(window.name << ", subset " << bitmap);
            AddressSet set = window.set(bitmap);
            const AddressSet& same = set;
            CHECK(window.is(set |= same, bitmap));
            CHECK(window.is(set &= same, bitmap));
            CHECK(window.is(set -= same, 0));
        }
    }
}

TEST_CASE("AddressSet: all ranges with all subsets of small windows against a bitmap") {
    for (const Window& window : windows) {
        std::vector<std::string> wrong;
        for (unsigned bitmap = 0; bitmap <= window.full(); ++bitmap) {
            const AddressSet set = window.set(bitmap);
            for (unsigned from = 0; from < window.cells; ++from) {
                for (unsigned to = from; to < window.cells; ++to) {
                    const Range range = window.range(from, to);
                    const unsigned other = ((2U << to) - 1) & ~((1U << from) - 1);
                    const auto verify = [&](bool good, const char* what) {
                        if (!good) wrong.push_back(std::to_string(bitmap) + what + std::to_string(other));
                    };
                    AddressSet changed = set;
                    changed.insert(range);
                    verify(window.is(changed, bitmap | other), " insert ");
                    changed = set;
                    changed.erase(range);
                    verify(window.is(changed, bitmap & ~other), " erase ");
                    changed = set;
                    verify(window.is(changed.take(range), bitmap & other), " take ");
                    verify(window.is(changed, bitmap & ~other), " remainder of take ");
                    verify(set.contains(range) == ((other & ~bitmap) == 0), " contains ");
                    verify(set.intersects(range) == ((other & bitmap) != 0), " intersects ");
                }
                const bool in = (bitmap >> from & 1) != 0;
                if (set.contains(window.range(from, from).first) != in ||
                    set.contains(window.range(from, from).last) != in)
                    wrong.push_back(std::to_string(bitmap) + " contains the address " + std::to_string(from));
            }
        }
        INFO(window.name << ", first of " << wrong.size() << ": " << (wrong.empty() ? "" : wrong.front()));
        CHECK(wrong.empty());
    }
}

TEST_CASE("AddressSet: size of all subsets of small windows") {
    for (const Window& window : windows) {
        for (unsigned bitmap = 0; bitmap <= window.full(); ++bitmap) {
            INFO(window.name << ", subset " << bitmap);
            const long double cells = static_cast<long double>(std::popcount(bitmap));
            CHECK(window.set(bitmap).size() == std::ldexp(cells, window.cell_bits));
        }
    }
}

TEST_CASE("AddressSet: size is exact up to 2^64 and does not overflow") {
    const auto up_to = [](Address last) { return AddressSet(Range{{}, last}).size(); };
    CHECK(AddressSet{}.size() == 0);
    CHECK(up_to({0, 0}) == 1);
    CHECK(up_to(last_address(Family::ipv4)) == std::ldexp(1.0L, 32));
    CHECK(up_to({0, UINT64_MAX}) == std::ldexp(1.0L, 64));
    CHECK(up_to({0, UINT64_MAX - 1}) == static_cast<long double>(UINT64_MAX));
    CHECK(AddressSet(Range{{0, UINT64_MAX}, {1, 0}}).size() == 2);
    CHECK(AddressSet::all(Family::ipv6).size() == std::ldexp(1.0L, 128));
    AddressSet punched = AddressSet::all(Family::ipv6);
    punched.erase({{UINT64_MAX >> 1, 5}, {UINT64_MAX >> 1, 5}});
    CHECK(punched.size() == std::ldexp(1.0L, 128)); // rounded
}

TEST_CASE("AddressSet: the ends of both families") {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        const Address last = last_address(family);
        const AddressSet all = AddressSet::all(family);
        INFO("bits " << bits(family));
        CHECK(all.contains(Address{}));
        CHECK(all.contains(last));
        CHECK((all - all).empty());
        CHECK((all | all) == all);
        CHECK((all & all) == all);
        AddressSet ends;
        ends.insert({last, last});
        ends.insert({{}, {}});
        CHECK(ends.ranges().size() == 2); // the last and the first address are no neighbours
        CHECK_FALSE(ends.contains(Address{0, 1}));
        CHECK_FALSE(ends.contains(last.previous()));
        const AddressSet between = all - ends;
        REQUIRE(between.ranges().size() == 1);
        CHECK(between.ranges().front() == Range{{0, 1}, last.previous()});
        CHECK((between | ends) == all);
        AddressSet rest = all;
        CHECK(rest.take({last, last}) == AddressSet(Range{last, last}));
        CHECK(rest.take({{}, {}}) == AddressSet(Range{{}, {}}));
        CHECK(rest == between);
        rest.insert({{}, last});
        CHECK(rest == all);
        rest.erase({{}, last});
        CHECK(rest.empty());
        CHECK(rest.take({{}, last}).empty());
        CHECK(AddressSet::from_ranges({{last, last}, {{}, last}, {{}, {}}}) == all);
    }
}

TEST_CASE("RFC 4632 §3.1: prefixes() is the fewest blocks, for all subsets of 16-cell windows") {
    const std::vector<Window> blocks = {
        {"IPv4 bottom", Family::ipv4, 0, 0, 16},
        {"IPv4 top", Family::ipv4, top4 - 16, 0, 16},
        {"IPv4 whole", Family::ipv4, 0, 28, 16},
        {"IPv6 bottom", Family::ipv6, 0, 0, 16},
        {"IPv6 top", Family::ipv6, Number{0} - 16, 0, 16},
        {"IPv6 whole", Family::ipv6, 0, 124, 16},
        {"IPv6 across the words", Family::ipv6, 0, 62, 16},
        {"IPv6 2^64 to 2^65", Family::ipv6, half, 60, 16},
    };
    const std::vector<int> fewest = fewest_blocks(16);
    for (const Window& window : blocks) {
        std::vector<std::string> wrong;
        for (unsigned bitmap = 0; bitmap <= window.full(); ++bitmap) {
            const std::vector<Prefix> list = window.set(bitmap).prefixes(window.family);
            const int count = static_cast<int>(list.size());
            unsigned covered = 0;
            bool good = count == fewest[bitmap] && count == trie_blocks(bitmap, 0, 16) &&
                        window.set(bitmap).prefix_count() == list.size();
            for (const Prefix& prefix : list) {
                // In cells, by plain arithmetic; each must be aligned, inside the set and behind the one
                // before.
                const int cell_count_bits = bits(window.family) - prefix.length - window.cell_bits;
                const Number offset = number(prefix.network) - window.start;
                if (prefix.family != window.family || cell_count_bits < 0 || cell_count_bits > 4 ||
                    offset >> window.cell_bits >= 16) {
                    good = false;
                    break;
                }
                const unsigned size = 1U << cell_count_bits;
                const unsigned from = static_cast<unsigned>(offset >> window.cell_bits);
                const unsigned cells = ((1U << size) - 1) << from;
                good =
                    good && from % size == 0 && Number{from} << window.cell_bits == offset && cells > covered;
                good = good && (covered & cells) == 0;
                covered |= cells;
            }
            if (!good || covered != bitmap) wrong.push_back(std::to_string(bitmap));
        }
        INFO(window.name << ", first of " << wrong.size() << ": " << (wrong.empty() ? "" : wrong.front()));
        CHECK(wrong.empty());
    }
}

TEST_CASE("RFC 4632 §3.1: prefixes of ranges known by hand") {
    const auto texts = [](Family family, Range range) {
        std::string out;
        AddressSet(range).each_prefix(family, [&out](const Prefix& prefix) {
            if (!out.empty()) out += ' ';
            append_text(out, prefix);
        });
        return out;
    };
    CHECK(AddressSet{}.prefixes(Family::ipv4).empty());
    CHECK(texts(Family::ipv4, {ipv4(0), ipv4(UINT32_MAX)}) == "0.0.0.0/0");
    CHECK(texts(Family::ipv6, {{}, {UINT64_MAX, UINT64_MAX}}) == "::/0");
    CHECK(texts(Family::ipv6, {{}, ipv4(UINT32_MAX)}) == "::/96");
    CHECK(texts(Family::ipv6, {{}, {0, UINT64_MAX}}) == "::/64");
    CHECK(texts(Family::ipv6, {{}, {1, UINT64_MAX}}) == "::/63");
    CHECK(texts(Family::ipv6, {{1, 0}, {2, UINT64_MAX}}) == "0:0:0:1::/64 0:0:0:2::/64");
    CHECK(texts(Family::ipv6, {{0, UINT64_MAX - 1}, {1, 2}}) ==
          "::ffff:ffff:ffff:fffe/127 0:0:0:1::/127 ::1:0:0:0:2/128");
    CHECK(texts(Family::ipv4, {ipv4(UINT32_MAX), ipv4(UINT32_MAX)}) == "255.255.255.255/32");
    CHECK(texts(Family::ipv4, {ipv4(0xc0000201), ipv4(0xc0000206)}) ==
          "192.0.2.1/32 192.0.2.2/31 192.0.2.4/31 192.0.2.6/32");
    // The worst range of each family: everything but the first and the last address.
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        const AddressSet worst(Range{{0, 1}, last_address(family).previous()});
        CHECK(worst.prefixes(family).size() == static_cast<std::size_t>(2 * bits(family) - 2));
    }
}

TEST_CASE("AddressSet: set laws on large random sets") {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        const AddressSet all = AddressSet::all(family);
        for (unsigned seed = 1; seed <= 24; ++seed) {
            std::mt19937_64 random(seed);
            const std::uint64_t sizes[] = {2000, 1500, seed % 3 == 0 ? 3U : 700U}; // also very unequal ones
            const AddressSet a = random_set(random, family, sizes[seed % 3]);
            const AddressSet b = random_set(random, family, sizes[(seed + 1) % 3]);
            const AddressSet c = random_set(random, family, sizes[(seed + 2) % 3]);
            INFO("bits " << bits(family) << ", seed " << seed);
            for (const AddressSet* set : {&a, &b, &c})
                REQUIRE(is_canonical(*set, family));
            for (const AddressSet& set : {a | b, a & b, a - b, all - a})
                REQUIRE(is_canonical(set, family));
            CHECK((a | b) == (b | a));
            CHECK((a & b) == (b & a));
            CHECK(((a | b) | c) == (a | (b | c)));
            CHECK(((a & b) & c) == (a & (b & c)));
            CHECK((a & (b | c)) == ((a & b) | (a & c)));
            CHECK((a | (b & c)) == ((a | b) & (a | c)));
            CHECK((all - (a | b)) == ((all - a) & (all - b))); // De Morgan
            CHECK((all - (a & b)) == ((all - a) | (all - b)));
            CHECK((all - (all - a)) == a);
            CHECK((a | (a & b)) == a); // absorption
            CHECK((a & (a | b)) == a);
            CHECK((a - b) == (a & (all - b)));
            CHECK(((a - b) | (a & b)) == a);
            CHECK(((a - b) & b).empty());
            CHECK((a | (all - a)) == all);
            CHECK((a | AddressSet{}) == a);
            CHECK((a - AddressSet{}) == a);
            CHECK((a & AddressSet{}).empty());
            CHECK(a.contains(a & b));
            CHECK((a | b).contains(b));
            CHECK(a.contains(b) == (b - a).empty());
            CHECK(a.intersects(b) == !(a & b).empty());
            CHECK_FALSE((a - b).intersects(b));
            CHECK_FALSE(b.intersects(a - b));
            if (family == Family::ipv4) CHECK(a.size() + b.size() == (a | b).size() + (a & b).size());
        }
    }
}

TEST_CASE("AddressSet: insert, erase and take agree with the operators on large random sets") {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        for (unsigned seed = 1; seed <= 6; ++seed) {
            std::mt19937_64 random(seed);
            AddressSet set = random_set(random, family, 300);
            std::vector<std::string> wrong;
            for (int step = 0; step < 300; ++step) {
                const Range range = random_range(random, family, set);
                const AddressSet alone(range);
                const AddressSet before = set;
                const AddressSet removed = before & alone;
                const AddressSet rest = before - alone;
                bool good = before.contains(range) == (removed == alone);
                good = good && before.intersects(range) == !removed.empty();
                good =
                    good && before.contains(range.first) == before.contains(Range{range.first, range.first});
                AddressSet erased = before;
                erased.erase(range);
                good = good && erased == rest && is_canonical(erased, family);
                AddressSet left = before;
                const AddressSet taken = left.take(range);
                good = good && taken == removed && left == rest && is_canonical(taken, family);
                AddressSet inserted = before;
                inserted.insert(range);
                good = good && inserted == (before | alone) && is_canonical(inserted, family);
                if (!good) wrong.push_back(describe(alone, family) + " at step " + std::to_string(step));
                // Go on with something that stays large: wide ranges would soon empty or fill the set.
                set = step % 2 == 0 ? rest | (before & random_set(random, family, 200)) : inserted - taken;
                if (set.ranges().size() < 100) set |= random_set(random, family, 200);
            }
            INFO("bits " << bits(family) << ", seed " << seed << ": "
                         << (wrong.empty() ? "" : wrong.front()));
            CHECK(wrong.empty());
        }
    }
}

TEST_CASE("RFC 4632 §3.1: the prefixes of a random set make the set again, and no two could be one") {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        for (unsigned seed = 1; seed <= 10; ++seed) {
            std::mt19937_64 random(seed);
            const AddressSet set = random_set(random, family, 1000);
            const std::vector<Prefix> list = set.prefixes(family);
            INFO("bits " << bits(family) << ", seed " << seed);
            REQUIRE(list.size() >= set.ranges().size());
            CHECK(set.prefix_count() == list.size());
            std::vector<Range> ranges;
            std::size_t extendable = 0;
            std::size_t unordered = 0;
            std::size_t misread = 0;
            for (const Prefix& prefix : list) {
                ranges.push_back(prefix.range());
                if (ranges.size() > 1 && !(ranges[ranges.size() - 2].last < prefix.network)) ++unordered;
                if (parse_prefix(to_text(prefix)) != prefix) ++misread;
                // In a minimal list each block is maximal: the block twice as large leaves the set.
                if (prefix.length > 0 &&
                    set.contains(Prefix::containing(family, prefix.network, prefix.length - 1).range()))
                    ++extendable;
            }
            CHECK(extendable == 0);
            CHECK(unordered == 0);
            CHECK(misread == 0);
            CHECK(AddressSet::from_ranges(ranges) == set);
        }
    }
}
