// Unsigned integers of 128 bits for tests: the compiler's, where it has them.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>

namespace spfwalk::test {

#ifdef __SIZEOF_INT128__

__extension__ using Number = unsigned __int128;

#else

/// What tests do with the compiler's, for those of 32 bits, which have none; it wraps at 2^128. A shift is by
/// less than 128.
class Number {
  public:
    constexpr Number() = default;
    template <std::integral Integer>
    constexpr Number(Integer value)
        : low_(static_cast<std::uint64_t>(value)) {} // from numbers that are not negative

    template <std::unsigned_integral Integer>
    explicit constexpr operator Integer() const {
        return static_cast<Integer>(low_);
    }

    template <std::integral Bits>
    friend constexpr Number operator<<(Number a, Bits bits) {
        if (bits == 0) return a;
        if (bits >= 64) return {a.low_ << (bits - 64), 0};
        return {a.high_ << bits | a.low_ >> (64 - bits), a.low_ << bits};
    }
    template <std::integral Bits>
    friend constexpr Number operator>>(Number a, Bits bits) {
        if (bits == 0) return a;
        if (bits >= 64) return {0, a.high_ >> (bits - 64)};
        return {a.high_ >> bits, a.low_ >> bits | a.high_ << (64 - bits)};
    }
    friend constexpr Number operator|(Number a, Number b) { return {a.high_ | b.high_, a.low_ | b.low_}; }
    friend constexpr Number operator~(Number a) { return {~a.high_, ~a.low_}; }
    friend constexpr Number operator+(Number a, Number b) {
        const std::uint64_t low = a.low_ + b.low_;
        return {a.high_ + b.high_ + (low < a.low_ ? 1U : 0U), low};
    }
    friend constexpr Number operator-(Number a, Number b) { return a + ~b + Number(1); }
    friend constexpr auto operator<=>(const Number&, const Number&) = default;

  private:
    constexpr Number(std::uint64_t high, std::uint64_t low) : high_(high), low_(low) {}

    std::uint64_t high_ = 0; // first, since members are compared in this order
    std::uint64_t low_ = 0;
};

#endif

} // namespace spfwalk::test
