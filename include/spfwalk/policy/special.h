// Special-purpose address space ("bogons"): no mail comes from there across the Internet.
#pragma once

#include "spfwalk/emit/list.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::policy {

/// A block of the IANA IPv4 and IPv6 Special-Purpose Address Registries that is not globally reachable, or
/// multicast or reserved space.
struct SpecialBlock {
    std::string_view prefix;
    std::string_view name; ///< as the registry has it
    std::string_view rfc;

    net::Family family() const {
        return prefix.find(':') == prefix.npos ? net::Family::ipv4 : net::Family::ipv6;
    }
};

/// The table, IPv4 first; it says in special.cc of which date the registries are.
std::span<const SpecialBlock> special_blocks();

/// All special-purpose addresses: the blocks less the more specific entries that are globally reachable
/// (anycast addresses in 192.0.0.0/24, ORCHIDv2 in 2001::/23, …).
const emit::Addresses& special_addresses();

/// The blocks that `addresses` has addresses of, in the table's order; an address counts for its most
/// specific block only. A set that holds everything (+all) is not about bogons: none for a family whose whole
/// space is in it.
std::vector<const SpecialBlock*> special_in(const emit::Addresses& addresses);

/// "10.0.0.0/8 (Private-Use), 127.0.0.0/8 (Loopback)"
std::string names_of(std::span<const SpecialBlock* const> of);

} // namespace spfwalk::policy
