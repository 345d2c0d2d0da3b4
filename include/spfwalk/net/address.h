// Addresses of both families as unsigned integers.
//
// An Address is a number; which family it belongs to is always known from where it stands (a set, a prefix,
// a question), so it is not repeated in each value. IPv6 fills 128 bits, IPv4 the low 32 (hi is 0).
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::net {

enum class Family : std::uint8_t { ipv4, ipv6 };

inline constexpr Family both_families[] = {Family::ipv4, Family::ipv6};

/// "IPv4" or "IPv6", for people.
constexpr std::string_view name_of(Family family) {
    return family == Family::ipv4 ? "IPv4" : "IPv6";
}

/// "ipv4" or "ipv6", for programs.
constexpr std::string_view keyword_of(Family family) {
    return family == Family::ipv4 ? "ipv4" : "ipv6";
}

/// Number of bits of an address: 32 or 128.
constexpr int bits(Family family) {
    return family == Family::ipv4 ? 32 : 128;
}

/// An unsigned 128-bit number. Ordered as numbers are.
struct Address {
    std::uint64_t hi = 0;
    std::uint64_t lo = 0;

    friend constexpr auto operator<=>(const Address&, const Address&) = default;

    friend constexpr Address operator&(Address a, Address b) { return {a.hi & b.hi, a.lo & b.lo}; }
    friend constexpr Address operator|(Address a, Address b) { return {a.hi | b.hi, a.lo | b.lo}; }
    friend constexpr Address operator~(Address a) { return {~a.hi, ~a.lo}; }

    /// The next number; wraps to 0 after the largest 128-bit number, so ask first whether there is one.
    constexpr Address next() const { return {hi + (lo == UINT64_MAX ? 1 : 0), lo + 1}; }
    /// The number before; wraps at 0.
    constexpr Address previous() const { return {hi - (lo == 0 ? 1 : 0), lo - 1}; }
};

/// An IPv4 address from its 32-bit number.
constexpr Address ipv4(std::uint32_t value) {
    return {0, value};
}

/// The last address of a family: 255.255.255.255 or ffff:…:ffff.
constexpr Address last_address(Family family) {
    return family == Family::ipv4 ? ipv4(UINT32_MAX) : Address{UINT64_MAX, UINT64_MAX};
}

/// The number whose lowest `count` (0 to 128) bits are set.
constexpr Address low_bits(int count) {
    if (count >= 128) return {UINT64_MAX, UINT64_MAX};
    if (count > 64) return {(std::uint64_t{1} << (count - 64)) - 1, UINT64_MAX};
    if (count == 64) return {0, UINT64_MAX};
    return {0, (std::uint64_t{1} << count) - 1};
}

/// Reads a dotted quad (RFC 7208 §12 ip4-network): four decimal numbers without leading zeros. Nothing if it
/// is anything else.
std::optional<Address> parse_ipv4(std::string_view text);

/// Reads an IPv6 address (RFC 4291 §2.2, all three forms, no zone, no brackets). Nothing if it is anything
/// else.
std::optional<Address> parse_ipv6(std::string_view text);

/// Reads an address of the given family. Nothing if it is anything else.
std::optional<Address> parse_address(Family family, std::string_view text);

/// Appends the canonical text: dotted quad, or RFC 5952 (never the mixed notation).
void append_text(std::string& out, Family family, Address address);
/// The same into memory that has room for it, and for "/128" behind it. Returns how many octets it is; what
/// stands behind them is anything.
using AddressText = std::array<char, 48>;
std::size_t write_text(AddressText& buffer, Family family, Address address);
/// The same as a text of its own.
std::string to_text(Family family, Address address);

} // namespace spfwalk::net
