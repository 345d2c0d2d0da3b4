// Address arithmetic and random addresses for tests, on integers instead of the code under test.
#pragma once

#include "spfwalk/net/address.h"

#include "support/number.h"

#include <cstddef>
#include <cstdint>
#include <random>

namespace spfwalk::test {

constexpr Number number(net::Address address) {
    return Number{address.hi} << 64 | address.lo;
}

constexpr net::Address address(Number value) {
    return {static_cast<std::uint64_t>(value >> 64), static_cast<std::uint64_t>(value)};
}

/// A number from 0 to last, both included. (The standard distributions differ between libraries.)
inline std::uint64_t below_or_at(std::mt19937_64& random, std::uint64_t last) {
    return last == UINT64_MAX ? random() : random() % (last + 1);
}

/// Which of `count` things, at least one.
inline std::size_t any_index(std::mt19937_64& random, std::size_t count) {
    return static_cast<std::size_t>(random() % count);
}

/// A random address in which whole 16-bit groups (octets for IPv4) are often 0 or all ones.
inline net::Address random_address(std::mt19937_64& random, net::Family family) {
    const int piece = family == net::Family::ipv4 ? 8 : 16;
    Number value = 0;
    for (int i = 0; i < net::bits(family); i += piece) {
        const std::uint64_t kind = below_or_at(random, 5);
        std::uint64_t bits = random() & ((1U << piece) - 1);
        if (kind <= 1) bits = 0;
        if (kind == 2) bits = (1U << piece) - 1;
        if (kind == 3) bits &= 0xf;
        value = value << piece | bits;
    }
    return address(value);
}

} // namespace spfwalk::test
