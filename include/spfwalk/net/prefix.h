// Prefixes, "CIDR blocks" (RFC 4632, RFC 4291 §2.3).
#pragma once

#include "spfwalk/net/address.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::net {

/// All addresses from `first` to `last`, both included. first <= last always.
struct Range {
    Address first;
    Address last;

    friend constexpr auto operator<=>(const Range&, const Range&) = default;
};

/// A network and its prefix length in bits (0 to 32 or 128). Host bits are always clear.
/// Ordered by family (IPv4 first), then network, then length.
struct Prefix {
    Family family = Family::ipv4;
    Address network;
    std::uint8_t length = 0;

    friend constexpr auto operator<=>(const Prefix&, const Prefix&) = default;

    /// The prefix of `length` (at most bits(family)) that contains `address`: clears the host bits.
    static constexpr Prefix containing(Family family, Address address, int length) {
        return {family, address & ~low_bits(bits(family) - length), static_cast<std::uint8_t>(length)};
    }

    constexpr Range range() const { return {network, network | low_bits(bits(family) - length)}; }
};

/// Reads "address/length" or a bare address (then the full length), clearing host bits. No leading zeros in
/// the length, nothing behind it. The family is told by the text. Nothing if it is anything else.
std::optional<Prefix> parse_prefix(std::string_view text);

/// Reads a prefix length: "0", or one to three digits of which the first is not 0. Nothing if it is anything
/// else or more than `longest`.
std::optional<int> parse_length(std::string_view text, int longest);

/// Appends "network/length", the length always explicit.
void append_text(std::string& out, const Prefix& prefix);
/// The same as a text of its own.
std::string to_text(const Prefix& prefix);

/// Appends the netmask as an address: 255.255.240.0 or ffff:f000::.
void append_mask(std::string& out, const Prefix& prefix);

} // namespace spfwalk::net
