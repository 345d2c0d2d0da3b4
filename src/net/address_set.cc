#include "spfwalk/net/address_set.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <utility>

namespace spfwalk::net {

namespace {

using Ranges = std::vector<Range>;
using Span = std::span<const Range>;

/// Whether `first` is at most one behind `last`: no address lies between. Where `last` has no next number,
/// first <= last holds already, so the wrapped number decides nothing.
bool touches(Address last, Address first) {
    return first <= last || first == last.next();
}

bool starts_before(const Range& a, const Range& b) {
    return a.first.hi != b.first.hi ? a.first.hi < b.first.hi : a.first.lo < b.first.lo;
}

/// Appends a range that starts no earlier than those there, merging it with the last one if they touch.
void append(Ranges& out, const Range& range) {
    if (out.empty() || !touches(out.back().last, range.first))
        out.push_back(range);
    else if (out.back().last < range.last)
        out.back().last = range.last;
}

/// The first range in [from, end) that does not end before `address`. Gallops: the cost is logarithmic in the
/// distance, so that walking along a much longer set costs little and walking along an equal one is linear.
Span::iterator skip_to(Span::iterator from, Span::iterator end, Address address) {
    if (from == end || from->last >= address) return from;
    std::ptrdiff_t step = 1;
    while (step < end - from && from[step].last < address) {
        from += step;
        step *= 2;
    }
    return std::partition_point(from + 1, from + std::min(step, end - from),
                                [address](const Range& range) { return range.last < address; });
}

/// The ranges that share an address with `range`.
std::pair<Ranges::iterator, Ranges::iterator> overlap(Ranges& ranges, const Range& range) {
    const auto begin = std::partition_point(ranges.begin(), ranges.end(),
                                            [&range](const Range& r) { return r.last < range.first; });
    const auto end =
        std::partition_point(begin, ranges.end(), [&range](const Range& r) { return r.first <= range.last; });
    return {begin, end};
}

/// Removes `range` from the ranges [begin, end) that overlap it. Only what lies behind them is moved, by one
/// place if a range is split.
void cut(Ranges& ranges, Ranges::iterator begin, Ranges::iterator end, const Range& range) {
    if (begin == end) return;
    const Range front = *begin;
    const Range back = *(end - 1);
    const bool keep_front = front.first < range.first;
    const bool keep_back = range.last < back.last;
    if (keep_front && keep_back && end - begin == 1) {
        begin->last = range.first.previous();
        ranges.insert(end, {range.last.next(), back.last});
        return;
    }
    if (keep_front) {
        begin->last = range.first.previous();
        ++begin;
    }
    if (keep_back) {
        --end;
        end->first = range.last.next();
    }
    ranges.erase(begin, end);
}

Ranges unite(Span a, Span b) {
    Ranges out;
    out.reserve(a.size() + b.size());
    auto i = a.begin();
    auto j = b.begin();
    while (i != a.end() && j != b.end())
        append(out, starts_before(*j, *i) ? *j++ : *i++);
    for (; i != a.end(); ++i)
        append(out, *i);
    for (; j != b.end(); ++j)
        append(out, *j);
    return out;
}

Ranges intersect(Span a, Span b) {
    Ranges out;
    out.reserve(std::min(a.size(), b.size()));
    auto i = a.begin();
    auto j = b.begin();
    while (i != a.end() && j != b.end()) {
        const Address first = std::max(i->first, j->first);
        const Address last = std::min(i->last, j->last);
        if (first <= last) out.push_back({first, last});
        if (i->last < j->last) {
            ++i;
            i = skip_to(i, a.end(), j->first);
        } else {
            ++j;
            j = skip_to(j, b.end(), i->first);
        }
    }
    return out;
}

Ranges subtract(Span a, Span b) {
    Ranges out;
    out.reserve(a.size());
    auto j = b.begin();
    for (Range rest : a) {
        j = skip_to(j, b.end(), rest.first);
        bool left = true;
        while (left && j != b.end() && j->first <= rest.last) {
            if (rest.first < j->first) out.push_back({rest.first, j->first.previous()});
            if (j->last < rest.last) {
                rest.first = j->last.next();
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

AddressSet AddressSet::from_ranges(std::vector<Range> ranges) {
    if (!std::is_sorted(ranges.begin(), ranges.end(), starts_before))
        std::sort(ranges.begin(), ranges.end(), starts_before);
    // Merge in place: `used` ranges are final but for the last, which may still grow.
    std::size_t used = 0;
    for (const Range range : ranges) {
        if (used == 0 || !touches(ranges[used - 1].last, range.first))
            ranges[used++] = range;
        else if (ranges[used - 1].last < range.last)
            ranges[used - 1].last = range.last;
    }
    ranges.resize(used);
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
    const Span mine = ranges_;
    auto at = mine.begin();
    for (const Range& range : other.ranges_) {
        at = skip_to(at, mine.end(), range.first);
        if (at == mine.end() || range.first < at->first || at->last < range.last) return false;
    }
    return true;
}

bool AddressSet::intersects(Range range) const {
    const auto at = std::partition_point(ranges_.begin(), ranges_.end(),
                                         [&range](const Range& r) { return r.last < range.first; });
    return at != ranges_.end() && at->first <= range.last;
}

bool AddressSet::intersects(const AddressSet& other) const {
    const Span a = ranges_;
    const Span b = other.ranges_;
    auto i = a.begin();
    auto j = b.begin();
    while (i != a.end() && j != b.end()) {
        if (i->last < j->first)
            i = skip_to(i, a.end(), j->first);
        else if (j->last < i->first)
            j = skip_to(j, b.end(), i->first);
        else
            return true;
    }
    return false;
}

void AddressSet::insert(Range range) {
    // Neighbours merge, so [begin, end) holds also the ranges that only touch the new one.
    const auto begin = std::partition_point(
        ranges_.begin(), ranges_.end(), [&range](const Range& r) { return !touches(r.last, range.first); });
    const auto end = std::partition_point(begin, ranges_.end(),
                                          [&range](const Range& r) { return touches(range.last, r.first); });
    if (begin == end) {
        ranges_.insert(begin, range);
        return;
    }
    begin->first = std::min(begin->first, range.first);
    begin->last = std::max((end - 1)->last, range.last);
    ranges_.erase(begin + 1, end);
}

void AddressSet::erase(Range range) {
    const auto [begin, end] = overlap(ranges_, range);
    cut(ranges_, begin, end, range);
}

AddressSet AddressSet::take(Range range) {
    const auto [begin, end] = overlap(ranges_, range);
    AddressSet taken;
    taken.ranges_.assign(begin, end);
    if (!taken.empty()) {
        Range& front = taken.ranges_.front();
        front.first = std::max(front.first, range.first);
        Range& back = taken.ranges_.back();
        back.last = std::min(back.last, range.last);
    }
    cut(ranges_, begin, end, range);
    return taken;
}

AddressSet& AddressSet::operator|=(const AddressSet& other) {
    if (other.empty()) return *this;
    if (other.ranges_.size() == 1)
        insert(other.ranges_.front());
    else if (empty())
        ranges_ = other.ranges_;
    else if (!touches(ranges_.back().last, other.ranges_.front().first))
        ranges_.insert(ranges_.end(), other.ranges_.begin(), other.ranges_.end());
    else
        ranges_ = unite(ranges_, other.ranges_);
    return *this;
}

AddressSet& AddressSet::operator&=(const AddressSet& other) {
    ranges_ = intersect(ranges_, other.ranges_);
    return *this;
}

AddressSet& AddressSet::operator-=(const AddressSet& other) {
    if (other.ranges_.size() == 1)
        erase(other.ranges_.front());
    else if (!other.empty())
        ranges_ = subtract(ranges_, other.ranges_);
    return *this;
}

AddressSet operator|(const AddressSet& a, const AddressSet& b) {
    AddressSet result;
    result.ranges_ = unite(a.ranges_, b.ranges_);
    return result;
}

AddressSet operator&(const AddressSet& a, const AddressSet& b) {
    AddressSet result;
    result.ranges_ = intersect(a.ranges_, b.ranges_);
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

Prefix AddressSet::largest_prefix(Family family, Range range) {
    const auto [first, last] = range;
    // A block of 2^n addresses fits if first has n trailing zeros and last - first + 1 >= 2^n.
    const int aligned = first.lo != 0 ? std::countr_zero(first.lo) : 64 + std::countr_zero(first.hi);
    const Address distance = {last.hi - first.hi - (last.lo < first.lo ? 1 : 0), last.lo - first.lo};
    if (distance == last_address(Family::ipv6)) return {family, first, 0};
    const Address count = distance.next();
    const int fitting =
        static_cast<int>(count.hi != 0 ? 64 + std::bit_width(count.hi) : std::bit_width(count.lo)) - 1;
    const int host_bits = std::min(aligned, fitting);
    return {family, first, static_cast<std::uint8_t>(bits(family) - host_bits)};
}

} // namespace spfwalk::net
