#include "emit/count.h"

#include <bit>
#include <cmath>

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

/// The number of addresses.
net::Address total(const net::AddressSet& set) {
    net::Address sum;
    const auto add = [&](net::Address more) {
        sum.lo += more.lo;
        sum.hi += more.hi + (sum.lo < more.lo ? 1 : 0);
    };
    for (const net::Range& range : set.ranges()) {
        add({range.last.hi - range.first.hi - (range.last.lo < range.first.lo ? 1 : 0),
             range.last.lo - range.first.lo});
        add({0, 1});
    }
    return sum;
}

/// Divides by `divisor`, returns the remainder.
std::uint32_t divide(net::Address& number, std::uint32_t divisor) {
    std::uint64_t remainder = 0;
    const auto half = [&](std::uint64_t value) {
        const std::uint64_t high = (remainder << 32) | (value >> 32);
        const std::uint64_t low = ((high % divisor) << 32) | (value & UINT32_MAX);
        remainder = low % divisor;
        return ((high / divisor) << 32) | (low / divisor);
    };
    number.hi = half(number.hi);
    number.lo = half(number.lo);
    return static_cast<std::uint32_t>(remainder);
}

std::string digits(net::Address number) {
    std::string text;
    do {
        text.insert(text.begin(), static_cast<char>('0' + divide(number, 10)));
    } while (number != net::Address{});
    return text;
}

} // namespace

std::string exact_count(const net::AddressSet& set) {
    return digits(total(set));
}

std::string grouped(std::string digits) {
    for (std::size_t at = digits.size(); at > 3;)
        digits.insert(at -= 3, 1, ',');
    return digits;
}

std::string short_count(const net::AddressSet& set) {
    const net::Address number = total(set);
    if (number < net::Address{0, std::uint64_t{1} << 33}) return grouped(digits(number));
    const int bits = std::popcount(number.hi) + std::popcount(number.lo);
    const int exponent = number.hi == 0 ? std::countr_zero(number.lo) : 64 + std::countr_zero(number.hi);
    if (bits == 1) return fmt::format("2^{}", exponent);
    // Down, so that no part ever looks like more than the whole.
    return fmt::format("~2^{:.1f}", std::floor(10 * static_cast<double>(std::log2(set.size()))) / 10);
}

} // namespace spfwalk::emit
