#include "spfwalk/net/range_list.h"

#include "support/addresses.h"
#include "support/catch.h"

#include <algorithm>
#include <vector>

using namespace spfwalk::net;
using namespace spfwalk::test;

namespace {

/// Ranges around the place where a list ceases to be narrow.
Range random_range(std::mt19937_64& random, bool small) {
    const auto end = [&]() -> Address {
        if (small)
            return {0, below_or_at(random, 1) == 0 ? UINT32_MAX - below_or_at(random, 3) : random() >> 32};
        return {below_or_at(random, 3),
                below_or_at(random, 1) == 0 ? random() : UINT32_MAX + below_or_at(random, 2)};
    };
    const auto [first, last] = std::minmax({end(), end()});
    return {first, last};
}

bool same(const RangeList& list, const std::vector<Range>& model) {
    bool good = list.size() == model.size() && list.empty() == model.empty();
    for (std::size_t i = 0; good && i < model.size(); ++i)
        good = list[i] == model[i] && list.begin()[static_cast<std::ptrdiff_t>(i)] == model[i];
    return good && std::ranges::equal(list, model) && list == RangeList(model);
}

} // namespace

TEST_CASE("RangeList: a list of ranges like any other, whichever addresses come into it and go") {
    std::mt19937_64 random(1);
    for (int run = 0; run < 300; ++run) {
        RangeList list;
        std::vector<Range> model;
        // Some lists get IPv6 addresses at once, some late, some never.
        const std::uint64_t large = below_or_at(random, 3);
        for (int step = 0; step < 60; ++step) {
            const Range range = random_range(random, large == 0 || below_or_at(random, 20) >= large);
            const std::size_t at = any_index(random, model.size() + 1);
            const auto place = model.begin() + static_cast<std::ptrdiff_t>(at);
            switch (below_or_at(random, 8)) {
            case 0:
                list.insert(at, range);
                model.insert(place, range);
                break;
            case 1:
                if (at == model.size()) break;
                list.set(at, range);
                *place = range;
                break;
            case 2: {
                const std::size_t to =
                    at + any_index(random, std::min<std::size_t>(model.size() - at, 3) + 1);
                list.erase(at, to);
                model.erase(place, model.begin() + static_cast<std::ptrdiff_t>(to));
                break;
            }
            case 3: {
                const RangeList copy = list.slice(at / 2, at);
                CHECK(same(copy, {model.begin() + static_cast<std::ptrdiff_t>(at / 2), place}));
                RangeList more = {range, range};
                more.append(copy);
                list.append(more);
                const std::vector<Range> copied(copy.begin(), copy.end());
                model.insert(model.end(), 2, range);
                model.insert(model.end(), copied.begin(), copied.end());
                break;
            }
            case 4:
                if (below_or_at(random, 9) > 0) break;
                list.sort();
                std::ranges::stable_sort(model, {}, &Range::first);
                for (std::size_t i = 0; i < model.size(); ++i)
                    REQUIRE(list[i].first == model[i].first);
                model.assign(list.begin(), list.end()); // ranges of the same beginning may stand in any order
                break;
            case 5: {
                RangeList copy = list;
                const RangeList moved = std::move(copy);
                CHECK(same(moved, model));
                copy = {range}; // what was moved from can be used again
                CHECK(same(copy, {range}));
                copy = moved;
                RangeList& itself = copy;
                copy = itself;
                CHECK(same(copy, model));
                list = std::move(copy);
                break;
            }
            case 6:
                if (model.size() > 100) break;
                list.append(list);
                model.insert(model.end(), model.size(), range); // makes room first
                std::ranges::copy(list.begin(), list.end(), model.begin());
                break;
            default:
                list.push_back(range);
                model.push_back(range);
            }
            REQUIRE(same(list, model));
        }
        if (!model.empty()) {
            CHECK(list.front() == model.front());
            CHECK(list.back() == model.back());
            CHECK(list.begin()->last == model.front().last);
        }
    }
}

TEST_CASE("RangeList: what lists of one kind and of both have in common") {
    std::mt19937_64 random(2);
    const auto some = [&](std::uint64_t top) {
        std::vector<Range> ranges;
        std::uint64_t at = below_or_at(random, 9);
        for (std::uint64_t i = below_or_at(random, 40); i > 0; --i) {
            const std::uint64_t last = at + below_or_at(random, below_or_at(random, 3) == 0 ? 60 : 3);
            ranges.push_back({{0, top + at}, {0, top + last}});
            at = last + 2 + below_or_at(random, 5);
        }
        return ranges;
    };
    const auto in = [](const std::vector<Range>& ranges, Address address) {
        return std::ranges::any_of(ranges,
                                   [&](const Range& r) { return r.first <= address && address <= r.last; });
    };
    for (int run = 0; run < 300; ++run) {
        // Below the place where lists become wide, across it, or one on each side.
        const std::uint64_t places[] = {0, UINT32_MAX - 60};
        const auto a = some(places[below_or_at(random, 1)]);
        const auto b = some(places[below_or_at(random, 1)]);
        const RangeList common = RangeList::common(a, b);
        CHECK(common == RangeList::common(b, a));
        const std::vector<Range> found(common.begin(), common.end());
        for (std::size_t i = 1; i < found.size(); ++i)
            CHECK(found[i - 1].last < found[i].first);
        for (const std::uint64_t place : places) {
            for (std::uint64_t i = 0; i < 500; ++i) {
                const Address address{0, place + i};
                REQUIRE(in(found, address) == (in(a, address) && in(b, address)));
            }
        }
    }
}

TEST_CASE("RangeList: where a part of a list stands, and whether it stands there") {
    std::mt19937_64 random(2);
    for (int run = 0; run < 300; ++run) {
        const bool small = run % 3 == 0;
        RangeList list;
        for (std::size_t count = below_or_at(random, 20); count > 0; --count)
            list.push_back(random_range(random, small));
        list.sort();
        const std::size_t from = below_or_at(random, list.size());
        const std::size_t to = from + below_or_at(random, list.size() - from);
        const RangeList slice = list.slice(from, to);
        const std::vector<Range> ranges(slice.begin(), slice.end());
        const RangeList part(run % 2 == 0 ? RangeList(ranges) : slice); // the former may be narrow
        INFO("run " << run);
        CHECK(list.has(part, from));
        CHECK_FALSE(list.has(part, list.size() - part.size() + 1));
        for (std::size_t at = 0; at <= list.size(); ++at) {
            const auto begin = list.begin() + static_cast<std::ptrdiff_t>(at);
            const bool expected =
                at + part.size() <= list.size() && std::equal(part.begin(), part.end(), begin);
            CHECK(list.has(part, at) == expected);
        }
        std::size_t place = 0;
        const Address address = random_range(random, small).first;
        while (place < list.size() && list[place].first < address)
            ++place;
        CHECK(list.place_of(address) == place);
        if (!list.empty())
            CHECK(list[list.place_of(list[from % list.size()].first)].first ==
                  list[from % list.size()].first);
    }
}

TEST_CASE("RangeList: equal lists are equal, whatever was in them before") {
    const Range small = {ipv4(1), ipv4(UINT32_MAX)};
    const Range large = {ipv4(2), {0, std::uint64_t{UINT32_MAX} + 1}};
    RangeList list = {small, large};
    CHECK(list != RangeList{small});
    list.erase(1, 2);
    CHECK(list == RangeList{small});
    CHECK(RangeList{small} == list);
    list.set(0, large);
    CHECK(list == RangeList{large});
    list.erase(0, 1);
    CHECK(list == RangeList());
    list.push_back(small);
    CHECK(list == RangeList{small});
}
