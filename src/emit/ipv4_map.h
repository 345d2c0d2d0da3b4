// The address space of IPv4 as a picture along a Hilbert curve, on which every prefix is a square or two.
#pragma once

#include "spfwalk/net/address_set.h"

#include <cstdint>
#include <span>
#include <string>

namespace spfwalk::emit {

/// The map's width and height; a square of 1 by 1 is a /20.
inline constexpr std::uint32_t map_side = 1024;
inline constexpr int map_length = 20;

struct MapBox {
    std::uint32_t x = 0, y = 0, width = 0, height = 0;
};

/// What an IPv4 prefix of at most map_length covers, exactly. 0.0.0.0 is at the upper left, 255.255.255.255
/// at the upper right.
MapBox map_box(const net::Prefix& prefix);

/// Addresses that are drawn in one color, that of the CSS class "c0", "c1", … of `color`.
struct MapLayer {
    std::string name; ///< fit for HTML
    std::size_t color = 0;
    net::AddressSet addresses;
};

struct Ipv4Map {
    std::string svg;
    int length =
        map_length; ///< whatever holds an address is drawn at least as large as a prefix of this length
};

/// Prefixes too small to be seen are drawn larger, and all of them where there are so many that the picture
/// would be large.
Ipv4Map draw_ipv4_map(std::span<const MapLayer> layers);

} // namespace spfwalk::emit
