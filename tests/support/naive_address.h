// Addresses as arrays of bytes, for the naive check_host(). Shares nothing with spfwalk::net on purpose: a
// mistake there must not hide here.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace naive {

/// An IPv4 address uses the first four bytes, the others stay zero.
struct Address {
    bool is_v6 = false;
    std::array<std::uint8_t, 16> bytes{};

    friend bool operator==(const Address&, const Address&) = default;
    friend auto operator<=>(const Address&, const Address&) = default;
};

/// 32 or 128.
int width(const Address& address);

/// Four decimal numbers 0 to 255 without leading zeros (RFC 7208 §5.6, qnum).
std::optional<Address> parse_v4(const std::string& text);

/// RFC 4291 §2.2: eight groups, "::" for one or more groups of zeros, dotted quad at the end.
std::optional<Address> parse_v6(const std::string& text);

/// Either; an IPv4-mapped address is the IPv4 address (RFC 7208 §5).
std::optional<Address> parse_client(const std::string& text);

/// Whether the address is in ::ffff:0:0/96.
bool is_mapped(const Address& address);

/// Whether both are of one family and agree in their first `length` bits.
bool same_prefix(const Address& one, const Address& other, int length);

/// Dotted quad, or RFC 5952 text (lower case, the longest run of zero groups compressed).
std::string to_text(const Address& address);

} // namespace naive
