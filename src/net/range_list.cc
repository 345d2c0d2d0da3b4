#include "spfwalk/net/range_list.h"

#include "net/gallop.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

namespace spfwalk::net {

namespace {

static_assert(std::is_trivially_copyable_v<Range>);

/// An object and no function, so that a sort has its body and calls nothing.
constexpr auto starts_before = [](const Range& a, const Range& b) {
    return a.first.hi != b.first.hi ? a.first.hi < b.first.hi : a.first.lo < b.first.lo;
};

/// The ends of a range of either kind.
std::uint64_t first_of(std::uint64_t range) {
    return range >> 32;
}
std::uint64_t last_of(std::uint64_t range) {
    return range & UINT32_MAX;
}
Address first_of(const Range& range) {
    return range.first;
}
Address last_of(const Range& range) {
    return range.last;
}
std::uint64_t with_last(std::uint64_t range, std::uint64_t last) {
    return (range & ~std::uint64_t{UINT32_MAX}) | last;
}
Range with_last(const Range& range, Address last) {
    return {range.first, last};
}

/// How many ranges are left.
template <class T>
std::size_t join_neighbours(std::span<T> ranges, std::size_t from) {
    // `used` ranges are final but for the last, which may still grow.
    std::size_t used = from;
    for (const T range : ranges.subspan(from)) {
        if (used == 0 || !touches(last_of(ranges[used - 1]), first_of(range)))
            ranges[used++] = range;
        else if (last_of(ranges[used - 1]) < last_of(range))
            ranges[used - 1] = with_last(ranges[used - 1], last_of(range));
    }
    return used;
}

/// Merges `more` into `ranges`, which has room for it behind its own. How many have not moved.
template <class T>
std::size_t merge(std::span<T> ranges, std::span<const T> more) {
    // From the back, in place: behind `at` all is sorted.
    std::size_t left = ranges.size() - more.size();
    std::size_t at = ranges.size();
    for (std::size_t i = more.size(); i > 0;) {
        const T next = more[i - 1];
        if (left > 0 && first_of(next) < first_of(ranges[left - 1])) {
            ranges[--at] = ranges[--left];
        } else {
            ranges[--at] = next;
            --i;
        }
    }
    return left;
}

template <class T, class Found>
void each_common(std::span<const T> a, std::span<const T> b, Found found) {
    constexpr auto last = [](const T& range) { return last_of(range); };
    const T* i = a.data();
    const T* j = b.data();
    const T* const a_end = i + a.size();
    const T* const b_end = j + b.size();
    while (i != a_end && j != b_end) {
        const auto begin = std::max(first_of(*i), first_of(*j));
        const auto end = std::min(last_of(*i), last_of(*j));
        if (begin <= end) found(begin, end);
        if (last_of(*i) < last_of(*j))
            i = skip_to(i + 1, a_end, first_of(*j), last);
        else
            j = skip_to(j + 1, b_end, first_of(*i), last);
    }
}

} // namespace

void RangeList::grow(std::size_t octets) {
    const std::size_t capacity = std::max(octets, 2 * this->capacity());
    void* const data = ::operator new(capacity);
    std::memcpy(data, this->data(), size_ * item_size());
    release();
    new (storage_.octets) Heap{data, capacity};
    is_on_heap_ = true;
}

void RangeList::widen() {
    if (is_wide_) return;
    if (size_ > SIZE_MAX / sizeof(Range)) throw std::bad_alloc(); // where size_t has 32 bits
    make_room(size_ * sizeof(Range));
    is_wide_ = true;
    // From the back, since the wide ranges lie where the narrow ones are.
    const auto* const octets = static_cast<const std::byte*>(data());
    for (std::size_t i = size_; i > 0; --i) {
        Narrow range;
        std::memcpy(&range, octets + (i - 1) * sizeof range, sizeof range);
        wide()[i - 1] = widened(range);
    }
}

void RangeList::push_wide(const Range& range) {
    widen();
    make_room((size_ + 1) * sizeof(Range));
    wide()[size_++] = range;
}

void RangeList::set_wide(std::size_t at, const Range& range) {
    widen();
    wide()[at] = range;
}

void RangeList::append(const RangeList& more, std::size_t expected) {
    if (more.is_wide_) widen();
    const std::size_t count = more.size_; // it may be this one
    make_room(std::max(size_ + count, expected) * item_size());
    if (is_wide_ == more.is_wide_) {
        std::memcpy(static_cast<std::byte*>(data()) + size_ * item_size(), more.data(), count * item_size());
    } else {
        for (std::size_t i = 0; i < count; ++i)
            wide()[size_ + i] = more[i];
    }
    size_ += count;
}

void RangeList::open_gap(std::size_t at) {
    make_room((size_ + 1) * item_size());
    std::byte* const place = static_cast<std::byte*>(data()) + at * item_size();
    std::memmove(place + item_size(), place, (size_ - at) * item_size());
    ++size_;
}

void RangeList::insert(std::size_t at, const Range& range) {
    if (!fits(range)) widen();
    open_gap(at);
    set(at, range);
}

void RangeList::erase(std::size_t from, std::size_t to) {
    if (from == to) return;
    std::byte* const octets = static_cast<std::byte*>(data());
    std::memmove(octets + from * item_size(), octets + to * item_size(), (size_ - to) * item_size());
    size_ -= to - from;
    if (size_ == 0) is_wide_ = false;
}

RangeList RangeList::slice(std::size_t from, std::size_t to) const {
    RangeList result;
    result.is_wide_ = is_wide_ && to > from;
    result.make_room((to - from) * item_size());
    std::memcpy(result.data(), static_cast<const std::byte*>(data()) + from * item_size(),
                (to - from) * item_size());
    result.size_ = to - from;
    return result;
}

void RangeList::sort() {
    // Much that is sorted is sorted already.
    if (is_wide_) {
        const std::span list(wide(), size_);
        if (!std::ranges::is_sorted(list, starts_before)) std::ranges::sort(list, starts_before);
    } else {
        const std::span list(narrow(), size_);
        if (!std::ranges::is_sorted(list)) std::ranges::sort(list);
    }
}

bool RangeList::has(const RangeList& part, std::size_t at) const {
    if (at > size_ || part.size_ > size_ - at) return false;
    if (is_wide_ == part.is_wide_)
        return std::memcmp(static_cast<const std::byte*>(data()) + at * item_size(), part.data(),
                           part.size_ * item_size()) == 0;
    return std::equal(part.begin(), part.end(), Iterator(*this, at));
}

std::size_t RangeList::place_of(Address address) const {
    const auto begins_before = [address](const Range& range) { return range.first < address; };
    return std::partition_point(begin(), end(), begins_before).index();
}

void RangeList::join_neighbours(std::size_t from) {
    size_ = is_wide_ ? net::join_neighbours(std::span(wide(), size_), from)
                     : net::join_neighbours(std::span(narrow(), size_), from);
}

void RangeList::join(const RangeList& more) {
    if (is_wide_ && !more.is_wide_) {
        RangeList others = more;
        others.widen();
        return join(others);
    }
    append(more);
    join_neighbours(is_wide_ ? merge<Range>({wide(), size_}, {more.wide(), more.size_})
                             : merge<Narrow>({narrow(), size_}, {more.narrow(), more.size_}));
}

RangeList RangeList::common(const RangeList& a, const RangeList& b) {
    RangeList result;
    if (a.is_wide_ != b.is_wide_) {
        RangeList wide = a.is_wide_ ? b : a;
        wide.widen();
        return a.is_wide_ ? common(a, wide) : common(wide, b);
    }
    // Each range found ends where one of the others does; but what is kept must not be mostly room.
    constexpr std::size_t most_room = 64;
    result.make_room(std::min(a.size_ + b.size_, most_room) * a.item_size());
    if (a.is_wide_) {
        each_common<Range>({a.wide(), a.size_}, {b.wide(), b.size_}, [&](Address first, Address last) {
            result.push_back({first, last});
        });
    } else {
        each_common<Narrow>({a.narrow(), a.size_}, {b.narrow(), b.size_},
                            [&](Narrow first, Narrow last) { result.push_narrow(first << 32 | last); });
    }
    return result;
}

bool operator==(const RangeList& a, const RangeList& b) {
    return a.size_ == b.size_ && a.has(b, 0);
}

} // namespace spfwalk::net
