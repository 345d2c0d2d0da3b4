#include "emit/ipv4_map.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

constexpr std::size_t most_boxes = 8000; // some 20 octets each
constexpr std::uint32_t least_side = 6;  // of a mark that can still be seen

struct Square {
    std::uint32_t x, y;
};

/// The place of the `index`th square along the curve.
Square place(std::uint32_t index) {
    Square at{0, 0};
    for (std::uint32_t size = 1; size < map_side; size *= 2, index /= 4) {
        const std::uint32_t right = 1 & (index / 2);
        const std::uint32_t low = 1 & (index ^ right);
        if (low == 0) {
            if (right == 1) at = {size - 1 - at.x, size - 1 - at.y};
            std::swap(at.x, at.y);
        }
        at.x += size * right;
        at.y += size * low;
    }
    return at;
}

/// The squares of a /`length` that addresses touch.
net::AddressSet coarse(const net::AddressSet& addresses, int length) {
    std::vector<net::Range> ranges;
    ranges.reserve(addresses.ranges().size());
    const net::Address low = net::low_bits(net::bits(net::Family::ipv4) - length);
    for (const net::Range& range : addresses.ranges())
        ranges.push_back({range.first & ~low, range.last | low});
    return net::AddressSet::from_ranges(std::move(ranges));
}

void append_box(std::string& path, const MapBox& box) {
    path += fmt::format("M{} {}h{}v{}h-{}z", box.x, box.y, box.width, box.height, box.width);
}

/// Made large enough, around its middle, within the map.
MapBox enlarged(MapBox box) {
    const auto grow = [](std::uint32_t& at, std::uint32_t& size) {
        if (size >= least_side) return;
        const std::uint32_t before = (least_side - size) / 2;
        at = std::min(at - std::min(at, before), map_side - least_side);
        size = least_side;
    };
    grow(box.x, box.width);
    grow(box.y, box.height);
    return box;
}

/// Each /8 with its number.
void append_grid(std::string& out) {
    std::string lines, numbers;
    for (std::uint32_t block = 0; block < 256; ++block) {
        const MapBox box = map_box({net::Family::ipv4, net::ipv4(block << 24), 8});
        append_box(lines, box);
        numbers += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>", box.x + 3, box.y + 16, block);
    }
    out += fmt::format("<path class=\"grid\" d=\"{}\"/>\n<g class=\"numbers\">{}</g>\n", lines, numbers);
}

} // namespace

MapBox map_box(const net::Prefix& prefix) {
    const auto first = static_cast<std::uint32_t>(prefix.network.lo) >> (32 - map_length);
    const int free_bits = map_length - prefix.length;
    // The curve fills an aligned square before it leaves it.
    const std::uint32_t side = std::uint32_t{1} << (free_bits / 2);
    const auto corner = [&](std::uint32_t index) {
        const Square inside = place(index);
        return Square{inside.x & ~(side - 1), inside.y & ~(side - 1)};
    };
    const Square a = corner(first);
    if (free_bits % 2 == 0) return {a.x, a.y, side, side};
    const Square b = corner(first + side * side);
    return {std::min(a.x, b.x), std::min(a.y, b.y), a.x == b.x ? side : 2 * side,
            a.y == b.y ? side : 2 * side};
}

Ipv4Map draw_ipv4_map(std::span<const MapLayer> layers) {
    Ipv4Map map;
    std::vector<net::AddressSet> drawn(layers.size());
    for (;; map.length -= 2) {
        std::size_t boxes = 0;
        for (std::size_t i = 0; i < layers.size(); ++i) {
            drawn[i] = coarse(layers[i].addresses, map.length);
            boxes += drawn[i].prefix_count();
        }
        if (boxes <= most_boxes || map.length <= 8) break;
    }
    std::string areas, marks;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        std::string large, small;
        drawn[i].each_prefix(net::Family::ipv4, [&](const net::Prefix& prefix) {
            const MapBox box = map_box(prefix);
            const bool seen = std::min(box.width, box.height) >= least_side;
            append_box(seen ? large : small, seen ? box : enlarged(box));
        });
        for (auto& [path, out] : {std::pair(&large, &areas), std::pair(&small, &marks)}) {
            if (path->empty()) continue;
            *out += fmt::format("<path class=\"c{}\" d=\"{}\"><title>{}</title></path>\n", layers[i].color,
                                *path, layers[i].name);
        }
    }
    map.svg = fmt::format("<svg class=\"map\" viewBox=\"0 0 {0} {0}\" role=\"img\" "
                          "aria-label=\"The address space of IPv4 along a Hilbert curve\">\n",
                          map_side);
    // Small marks lie above areas, or those of another layer would hide them.
    map.svg += areas;
    append_grid(map.svg);
    map.svg += marks;
    map.svg += "</svg>\n";
    return map;
}

} // namespace spfwalk::emit
