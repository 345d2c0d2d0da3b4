#include "spfwalk/net/address_set.h"

#include "net/gallop.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <utility>

namespace spfwalk::net {

namespace {

/// How many bits a number needs.
int width(Address number) {
    return 128 - (number.hi != 0 ? std::countl_zero(number.hi) : 64 + std::countl_zero(number.lo));
}

/// How many bits are set.
std::size_t ones(Address number) {
    return static_cast<std::size_t>(std::popcount(number.hi)) +
           static_cast<std::size_t>(std::popcount(number.lo));
}

RangeList::Iterator skip_to(RangeList::Iterator from, RangeList::Iterator end, Address address) {
    return skip_to(from, end, address, [](const Range& range) { return range.last; });
}

/// The places of the ranges that share an address with `range`: from the first up to the second.
std::pair<std::size_t, std::size_t> overlap(const RangeList& ranges, const Range& range) {
    const auto begin = std::partition_point(ranges.begin(), ranges.end(),
                                            [&range](const Range& r) { return r.last < range.first; });
    const auto end =
        std::partition_point(begin, ranges.end(), [&range](const Range& r) { return r.first <= range.last; });
    return {begin.index(), end.index()};
}

/// Removes `range` from the ranges [begin, end) that overlap it. Only what lies behind them is moved, by one
/// place if a range is split.
void cut(RangeList& ranges, std::size_t begin, std::size_t end, const Range& range) {
    if (begin == end) return;
    const Range front = ranges[begin];
    const Range back = ranges[end - 1];
    const bool keep_front = front.first < range.first;
    const bool keep_back = range.last < back.last;
    if (keep_front) {
        const Range rest = {front.first, range.first.previous()};
        if (keep_back && end - begin == 1) {
            ranges.insert(begin, rest);
            ++end;
        } else {
            ranges.set(begin, rest);
        }
        ++begin;
    }
    if (keep_back) ranges.set(--end, {range.last.next(), back.last});
    ranges.erase(begin, end);
}

RangeList subtract(const RangeList& a, const RangeList& b) {
    RangeList out;
    auto j = b.begin();
    for (Range rest : a) {
        j = skip_to(j, b.end(), rest.first);
        bool left = true;
        while (left && j != b.end() && j->first <= rest.last) {
            const Range hole = *j;
            if (rest.first < hole.first) out.push_back({rest.first, hole.first.previous()});
            if (hole.last < rest.last) {
                rest.first = hole.last.next();
                ++j;
            } else {
                left = false; // j may reach into the next range of a, too
            }
        }
        if (left) out.push_back(rest);
    }
    return out;
}

} // namespace

AddressSet AddressSet::all(Family family) {
    return AddressSet(Range{{}, last_address(family)});
}

AddressSet AddressSet::from_ranges(RangeList ranges) {
    ranges.sort();
    ranges.join_neighbours();
    AddressSet set;
    set.ranges_ = std::move(ranges);
    return set;
}

bool AddressSet::contains(Address address) const {
    return contains(Range{address, address});
}

bool AddressSet::contains(Range range) const {
    const auto at = std::partition_point(ranges_.begin(), ranges_.end(),
                                         [&range](const Range& r) { return r.last < range.first; });
    return at != ranges_.end() && at->first <= range.first && range.last <= at->last;
}

bool AddressSet::contains(const AddressSet& other) const {
    const auto end = other.ranges_.end();
    auto at = ranges_.begin();
    for (auto range = other.ranges_.begin(); range != end;) {
        at = skip_to(at, ranges_.end(), range->first);
        if (at == ranges_.end()) return false;
        const auto [first, last] = *at;
        if (range->first < first || last < range->last) return false;
        // Those that follow and end within the same range begin there, too.
        range = last < other.ranges_.back().last ? skip_to(range + 1, end, last.next()) : end;
    }
    return true;
}

bool AddressSet::intersects(Range range) const {
    const auto [begin, end] = overlap(ranges_, range);
    return begin != end;
}

bool AddressSet::intersects(const AddressSet& other) const {
    auto i = ranges_.begin();
    auto j = other.ranges_.begin();
    while (i != ranges_.end() && j != other.ranges_.end()) {
        if (i->last < j->first)
            i = skip_to(i, ranges_.end(), j->first);
        else if (j->last < i->first)
            j = skip_to(j, other.ranges_.end(), i->first);
        else
            return true;
    }
    return false;
}

void AddressSet::insert(Range range) {
    // Neighbours merge, so [begin, end) holds also the ranges that only touch the new one.
    const auto from = std::partition_point(
        ranges_.begin(), ranges_.end(), [&range](const Range& r) { return !touches(r.last, range.first); });
    const auto to = std::partition_point(from, ranges_.end(),
                                         [&range](const Range& r) { return touches(range.last, r.first); });
    const std::size_t begin = from.index();
    const std::size_t end = to.index();
    if (begin == end) {
        ranges_.insert(begin, range);
        return;
    }
    ranges_.set(begin,
                {std::min(ranges_[begin].first, range.first), std::max(ranges_[end - 1].last, range.last)});
    ranges_.erase(begin + 1, end);
}

void AddressSet::erase(Range range) {
    const auto [begin, end] = overlap(ranges_, range);
    cut(ranges_, begin, end, range);
}

AddressSet AddressSet::take(Range range) {
    const auto [begin, end] = overlap(ranges_, range);
    AddressSet taken;
    if (begin == end) return taken;
    const auto trimmed = [&range](const Range& whole) {
        return Range{std::max(whole.first, range.first), std::min(whole.last, range.last)};
    };
    if (end - begin == 1) {
        taken.ranges_.push_back(trimmed(ranges_[begin]));
    } else {
        taken.ranges_ = ranges_.slice(begin, end);
        taken.ranges_.set(0, trimmed(taken.ranges_.front()));
        taken.ranges_.set(end - begin - 1, trimmed(taken.ranges_.back()));
    }
    cut(ranges_, begin, end, range);
    return taken;
}

void AddressSet::unite(AddressSet& larger, const AddressSet& smaller) {
    RangeList& ranges = larger.ranges_;
    const RangeList& more = smaller.ranges_;
    if (more.empty() || &larger == &smaller) return;
    if (more.size() == 1) return larger.insert(more.front());
    ranges.join(more);
}

AddressSet& AddressSet::operator|=(const AddressSet& other) {
    unite(*this, other);
    return *this;
}

AddressSet& AddressSet::operator|=(AddressSet&& other) {
    if (ranges_.size() < other.ranges_.size()) std::swap(ranges_, other.ranges_);
    unite(*this, other);
    return *this;
}

AddressSet& AddressSet::operator&=(const AddressSet& other) {
    ranges_ = RangeList::common(ranges_, other.ranges_);
    return *this;
}

AddressSet& AddressSet::operator-=(const AddressSet& other) {
    if (other.ranges_.size() == 1)
        erase(other.ranges_.front());
    else if (!other.empty())
        ranges_ = subtract(ranges_, other.ranges_);
    return *this;
}

AddressSet operator|(AddressSet a, const AddressSet& b) {
    a |= b;
    return a;
}

AddressSet operator&(const AddressSet& a, const AddressSet& b) {
    AddressSet result;
    result.ranges_ = RangeList::common(a.ranges_, b.ranges_);
    return result;
}

AddressSet operator-(const AddressSet& a, const AddressSet& b) {
    AddressSet result;
    result.ranges_ = subtract(a.ranges_, b.ranges_);
    return result;
}

long double AddressSet::size() const {
    if (ranges_.empty()) return 0;
    // Only the whole of IPv6 is too large for the 128-bit sum; the sum of distances is not, so add the count.
    Address sum;
    const auto add = [&sum](Address value) {
        sum.lo += value.lo;
        sum.hi += value.hi + (sum.lo < value.lo ? 1 : 0);
    };
    for (const Range& range : ranges_)
        add({range.last.hi - range.first.hi - (range.last.lo < range.first.lo ? 1 : 0),
             range.last.lo - range.first.lo});
    const Address most = last_address(Family::ipv6);
    if (sum == most) return std::ldexp(1.0L, 128);
    add({0, ranges_.size()});
    return std::ldexp(static_cast<long double>(sum.hi), 64) + static_cast<long double>(sum.lo);
}

std::vector<Prefix> AddressSet::prefixes(Family family) const {
    std::vector<Prefix> list;
    list.reserve(ranges_.size());
    each_prefix(family, [&list](const Prefix& prefix) { list.push_back(prefix); });
    return list;
}

std::size_t AddressSet::prefix_count() const {
    std::size_t count = 0;
    for (const auto [first, last] : ranges_) {
        // Below these bits the two agree no more: they are the host part of the longest prefix that holds
        // both.
        const int host_bits = width({first.hi ^ last.hi, first.lo ^ last.lo});
        const Address host = low_bits(host_bits);
        if ((first & host) == Address{} && (last & host) == host) {
            ++count;
            continue;
        }
        // The range goes over the middle of that prefix. Each bit of the distance to it is a block, and so is
        // each bit of the distance from it.
        const Address half = low_bits(host_bits - 1);
        count += ones((~first & half).next()) + ones((last & half).next());
    }
    return count;
}

Prefix AddressSet::largest_prefix(Family family, Range range) {
    const auto [first, last] = range;
    // A block of 2^n addresses fits if first has n trailing zeros and last - first + 1 >= 2^n.
    const int aligned = first.lo != 0 ? std::countr_zero(first.lo) : 64 + std::countr_zero(first.hi);
    const Address distance = {last.hi - first.hi - (last.lo < first.lo ? 1 : 0), last.lo - first.lo};
    if (distance == last_address(Family::ipv6)) return {family, first, 0};
    const Address count = distance.next();
    const int fitting = width(count) - 1;
    const int host_bits = std::min(aligned, fitting);
    return {family, first, static_cast<std::uint8_t>(bits(family) - host_bits)};
}

} // namespace spfwalk::net
