// The IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890) as of 2025: every entry whose column
// "Globally Reachable" says False or N/A. Written down from the registries' RFCs, not generated; the latest
// entries known here are 2001:1::3/128 (RFC 9665), 5f00::/16 (RFC 9602), 3fff::/20 (RFC 9637) and
// 100:0:0:1::/64 (RFC 9780).
#include "spfwalk/policy/special.h"

#include "spfwalk/spf/universe.h"

#include <array>

namespace spfwalk::policy {

namespace {

using net::Family;

constexpr SpecialBlock blocks[] = {
    {"0.0.0.0/8", "\"This network\"", "RFC 791 §3.2"},
    {"0.0.0.0/32", "\"This host on this network\"", "RFC 1122 §3.2.1.3"},
    {"10.0.0.0/8", "Private-Use", "RFC 1918"},
    {"100.64.0.0/10", "Shared Address Space", "RFC 6598"},
    {"127.0.0.0/8", "Loopback", "RFC 1122 §3.2.1.3"},
    {"169.254.0.0/16", "Link Local", "RFC 3927"},
    {"172.16.0.0/12", "Private-Use", "RFC 1918"},
    {"192.0.0.0/24", "IETF Protocol Assignments", "RFC 6890 §2.1"},
    {"192.0.0.0/29", "IPv4 Service Continuity Prefix", "RFC 7335"},
    {"192.0.0.8/32", "IPv4 dummy address", "RFC 7600"},
    {"192.0.0.170/32", "NAT64/DNS64 Discovery", "RFC 8880"},
    {"192.0.0.171/32", "NAT64/DNS64 Discovery", "RFC 8880"},
    {"192.0.2.0/24", "Documentation (TEST-NET-1)", "RFC 5737"},
    {"192.88.99.0/24", "Deprecated (6to4 Relay Anycast)", "RFC 7526"},
    {"192.88.99.2/32", "6a44-relay anycast address", "RFC 6751"},
    {"192.168.0.0/16", "Private-Use", "RFC 1918"},
    {"198.18.0.0/15", "Benchmarking", "RFC 2544"},
    {"198.51.100.0/24", "Documentation (TEST-NET-2)", "RFC 5737"},
    {"203.0.113.0/24", "Documentation (TEST-NET-3)", "RFC 5737"},
    {"224.0.0.0/4", "Multicast", "RFC 5771"},
    {"240.0.0.0/4", "Reserved", "RFC 1112 §4"},
    {"255.255.255.255/32", "Limited Broadcast", "RFC 8190"},

    {"::/128", "Unspecified Address", "RFC 4291"},
    {"::1/128", "Loopback Address", "RFC 4291"},
    {"::ffff:0:0/96", "IPv4-mapped Address", "RFC 4291"},
    {"64:ff9b:1::/48", "IPv4-IPv6 Translat.", "RFC 8215"},
    {"100::/64", "Discard-Only Address Block", "RFC 6666"},
    {"100:0:0:1::/64", "Dummy IPv6 Prefix", "RFC 9780"},
    {"2001::/23", "IETF Protocol Assignments", "RFC 2928"},
    {"2001::/32", "TEREDO", "RFC 4380"},
    {"2001:2::/48", "Benchmarking", "RFC 5180"},
    {"2001:10::/28", "Deprecated (previously ORCHID)", "RFC 4843"},
    {"2001:db8::/32", "Documentation", "RFC 3849"},
    {"2002::/16", "6to4", "RFC 3056"},
    {"3fff::/20", "Documentation", "RFC 9637"},
    {"5f00::/16", "Segment Routing (SRv6) SIDs", "RFC 9602"},
    {"fc00::/7", "Unique-Local", "RFC 4193"},
    {"fe80::/10", "Link-Local Unicast", "RFC 4291"},
    {"ff00::/8", "Multicast", "RFC 4291"},
};

/// Entries within those blocks that are globally reachable all the same.
constexpr std::string_view reachable[] = {
    "192.0.0.9/32",    // Port Control Protocol Anycast, RFC 7723
    "192.0.0.10/32",   // Traversal Using Relays around NAT Anycast, RFC 8155
    "2001:1::1/128",   // Port Control Protocol Anycast, RFC 7723
    "2001:1::2/128",   // Traversal Using Relays around NAT Anycast, RFC 8155
    "2001:1::3/128",   // DNS-SD Service Registration Protocol Anycast, RFC 9665
    "2001:3::/32",     // AMT, RFC 7450
    "2001:4:112::/48", // AS112-v6, RFC 7535
    "2001:20::/28",    // ORCHIDv2, RFC 7343
    "2001:30::/28",    // Drone Remote ID Protocol Entity Tags (DETs) Prefix, RFC 9374
};

/// What a block means once more specific entries have taken their share.
struct Own {
    net::Prefix prefix;
    net::AddressSet addresses;
};

std::vector<Own> own_addresses() {
    std::vector<Own> result;
    for (const SpecialBlock& block : blocks) {
        const net::Prefix prefix = net::parse_prefix(block.prefix).value();
        result.push_back({prefix, net::AddressSet(prefix.range())});
    }
    for (Own& entry : result) {
        const auto cut = [&](const net::Prefix& inner) {
            if (inner.family == entry.prefix.family && inner.length > entry.prefix.length)
                entry.addresses.erase(inner.range());
        };
        for (const Own& other : result)
            cut(other.prefix);
        for (const std::string_view exception : reachable)
            cut(net::parse_prefix(exception).value());
    }
    return result;
}

const std::vector<Own>& own() {
    static const std::vector<Own> result = own_addresses();
    return result;
}

} // namespace

std::span<const SpecialBlock> special_blocks() {
    return blocks;
}

const emit::Addresses& special_addresses() {
    static const emit::Addresses result = [] {
        emit::Addresses sum;
        for (const Own& block : own())
            sum.of(block.prefix.family) |= block.addresses;
        return sum;
    }();
    return result;
}

std::vector<const SpecialBlock*> special_in(const emit::Addresses& addresses) {
    const emit::Addresses& special = special_addresses();
    if (!addresses.ipv4.intersects(special.ipv4) && !addresses.ipv6.intersects(special.ipv6)) return {};
    const auto everything = [&](Family family) {
        return addresses.of(family).contains(spf::universe(family));
    };
    const std::array<bool, 2> skip = {everything(Family::ipv4), everything(Family::ipv6)};
    std::vector<const SpecialBlock*> result;
    for (std::size_t i = 0; i < own().size(); ++i) {
        const Family family = own()[i].prefix.family;
        if (skip[static_cast<std::size_t>(family)]) continue;
        // Range by range: the list may be long, the block has few.
        for (const net::Range& range : own()[i].addresses.ranges()) {
            if (!addresses.of(family).intersects(range)) continue;
            result.push_back(&blocks[i]);
            break;
        }
    }
    return result;
}

std::string names_of(std::span<const SpecialBlock* const> of) {
    std::string names;
    for (const SpecialBlock* block : of) {
        if (!names.empty()) names += ", ";
        names.append(block->prefix).append(" (").append(block->name) += ')';
    }
    return names;
}

} // namespace spfwalk::policy
