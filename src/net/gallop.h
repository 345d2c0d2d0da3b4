// Finding the way along sorted ranges.
#pragma once

#include "spfwalk/net/address.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace spfwalk::net {

/// Whether `first` is at most one behind `last`: no address lies between. Where `last` has no next number,
/// first <= last holds already, so the wrapped number decides nothing.
inline bool touches(Address last, Address first) {
    return first <= last || first == last.next();
}
/// The same of IPv4 addresses as numbers.
inline bool touches(std::uint64_t last, std::uint64_t first) {
    return first <= last + 1;
}

/// The first range in [from, end) that does not end before `address`; `last_of` tells where one ends. The
/// cost is logarithmic in the distance, so that walking along a much longer set costs little and walking
/// along an equal one is linear.
template <class Iterator, class Place, class LastOf>
Iterator skip_to(Iterator from, Iterator end, const Place& address, LastOf last_of) {
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
