// Finding the way along sorted, disjoint ranges.
#pragma once

#include <algorithm>
#include <cstddef>

namespace spfwalk::net {

/// The first range in [from, end) that does not end before `address`; `last_of` tells where one ends. The
/// cost is logarithmic in the distance, so that walking along a much longer set costs little and walking
/// along an equal one is linear.
template <class Iterator, class Address, class LastOf>
Iterator skip_to(Iterator from, Iterator end, const Address& address, LastOf last_of) {
    if (from == end || last_of(*from) >= address) return from;
    std::ptrdiff_t step = 1;
    while (step < end - from && last_of(from[step]) < address) {
        from += step;
        step *= 2;
    }
    return std::partition_point(from + 1, from + std::min(step, end - from),
                                [&](const auto& range) { return last_of(range) < address; });
}

} // namespace spfwalk::net
