// Which addresses an SPF client can have (RFC 7208 §5).
//
// A client with an IPv4-mapped address (::ffff:0:0/96) is an IPv4 client, so these addresses are not in the
// IPv6 universe: no ip6 term ever matches them.
#pragma once

#include "spfwalk/net/address_set.h"

#include <cstdint>
#include <optional>

namespace spfwalk::spf {

/// ::ffff:0:0/96.
inline constexpr net::Range mapped_range{{0, 0x0000'ffff'0000'0000}, {0, 0x0000'ffff'ffff'ffff}};

/// The IPv4 addresses that IPv6 ones are, if all of them are mapped (§5).
inline std::optional<net::Range> mapped_ipv4(const net::Range& range) {
    if (range.first < mapped_range.first || mapped_range.last < range.last) return std::nullopt;
    return net::Range{net::ipv4(static_cast<std::uint32_t>(range.first.lo)),
                      net::ipv4(static_cast<std::uint32_t>(range.last.lo))};
}

/// All addresses a client of the family can have.
inline const net::AddressSet& universe(net::Family family) {
    static const net::AddressSet ipv4 = net::AddressSet::all(net::Family::ipv4);
    static const net::AddressSet ipv6 =
        net::AddressSet::all(net::Family::ipv6) - net::AddressSet(mapped_range);
    return family == net::Family::ipv4 ? ipv4 : ipv6;
}

/// ::fffe:0:0/96, the other half of the /95 that mapped_range is in.
inline constexpr net::Range mapped_sibling{{0, 0x0000'fffe'0000'0000}, {0, 0x0000'fffe'ffff'ffff}};

/// Whether for_output() of this IPv6 set may be another set.
inline bool concerns_output(const net::AddressSet& set) {
    return set.contains(mapped_sibling) || set.intersects(mapped_range);
}

/// The same set for clients, fit to be printed: mapped addresses, which belong to no client, are filled in
/// exactly where their sibling ::fffe:0:0/96 is in the set, so that no prefix is cut because of them and none
/// lies inside.
inline net::AddressSet for_output(net::Family family, net::AddressSet set) {
    if (family == net::Family::ipv6) {
        if (set.contains(mapped_sibling))
            set.insert(mapped_range);
        else
            set.erase(mapped_range);
    }
    return set;
}

} // namespace spfwalk::spf
