#include "support/naive_address.h"
#include "support/random_record.h"
#include "support/random_zone.h"

#include <algorithm>
#include <set>

namespace naive {

namespace {

constexpr std::size_t most_probes = 300;

struct Prefix {
    Address address;
    int length = 0;
};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// The next address, or the one before for `step` -1; at the end of the family it starts anew.
Address neighbour(Address address, int step) {
    for (int i = width(address) / 8 - 1; i >= 0; --i) {
        std::uint8_t& byte = address.bytes[static_cast<std::size_t>(i)];
        byte = static_cast<std::uint8_t>(byte + step);
        if (byte != (step > 0 ? 0 : 255)) break;
    }
    return address;
}

/// The first (`ones` false) or last address of the prefix.
Address edge(Prefix prefix, bool ones) {
    for (int bit = prefix.length; bit < width(prefix.address); ++bit) {
        std::uint8_t& byte = prefix.address.bytes[static_cast<std::size_t>(bit / 8)];
        const int mask = 128 >> (bit % 8);
        byte = static_cast<std::uint8_t>(ones ? byte | mask : byte & ~mask);
    }
    return prefix.address;
}

void add_edges(std::vector<Address>& list, const Prefix& prefix) {
    for (const bool ones : {false, true}) {
        const Address address = edge(prefix, ones);
        list.push_back(address);
        list.push_back(neighbour(address, 1));
        list.push_back(neighbour(address, -1));
    }
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

int number(const std::string& digits) {
    int value = 0;
    for (const char c : digits) {
        if (!is_digit(c) || value > 999) return -1;
        value = value * 10 + (c - '0');
    }
    return digits.empty() ? -1 : value;
}

/// What the terms of a record name: prefixes of ip4 and ip6, and the lengths behind "/" and "//".
void read_terms(const std::string& text, std::vector<Prefix>& prefixes, std::set<int>& v4_lengths,
                std::set<int>& v6_lengths) {
    for (const std::string& term : split(lower(text), ' ')) {
        const std::size_t v4_at = term.find("ip4:");
        const std::size_t v6_at = term.find("ip6:");
        const std::size_t slash = term.find('/');
        if (v4_at == std::string::npos && v6_at == std::string::npos) {
            const std::size_t twice = term.find("//");
            if (twice != std::string::npos) v6_lengths.insert(number(term.substr(twice + 2)));
            if (slash != std::string::npos && slash != twice)
                v4_lengths.insert(
                    number(term.substr(slash + 1, twice == std::string::npos ? twice : twice - slash - 1)));
            continue;
        }
        const std::size_t from = (v4_at == std::string::npos ? v6_at : v4_at) + 4;
        const std::string literal =
            slash == std::string::npos ? term.substr(from) : term.substr(from, slash - from);
        const auto address = v4_at == std::string::npos ? parse_v6(literal) : parse_v4(literal);
        if (!address) continue;
        const int length = slash == std::string::npos ? width(*address) : number(term.substr(slash + 1));
        if (length >= 0 && length <= width(*address)) prefixes.push_back({*address, length});
    }
}

/// The addresses that labels of a name may stand for: dotted quads and nibbles, in either direction.
void read_labels(const std::string& name, std::vector<Address>& addresses) {
    const std::vector<std::string> labels = split(name, '.');
    for (std::size_t i = 0; i + 4 <= labels.size(); ++i) {
        for (const std::string& quad :
             {labels[i] + "." + labels[i + 1] + "." + labels[i + 2] + "." + labels[i + 3],
              labels[i + 3] + "." + labels[i + 2] + "." + labels[i + 1] + "." + labels[i]}) {
            if (const auto address = parse_v4(quad)) addresses.push_back(*address);
        }
    }
    if (labels.size() < 32) return;
    std::string nibbles; // of a name in ip6.arpa
    for (std::size_t i = 32; i > 0; --i)
        nibbles += labels[i - 1] + (i % 4 == 1 && i > 1 ? ":" : "");
    if (const auto address = parse_v6(nibbles)) addresses.push_back(*address);
}

Address random_address(Dice& dice) {
    Address address;
    address.is_v6 = dice.percent(50);
    for (std::size_t i = 0; i < (address.is_v6 ? 16U : 4U); ++i)
        address.bytes[i] = static_cast<std::uint8_t>(dice.below(256));
    const auto pool = address.is_v6 ? parse_v6("2001:db8::") : parse_v4("10.0.0.0");
    const int kept = address.is_v6 ? 60 : 22;
    if (dice.percent(60)) { // inside the pool the zones take their addresses from
        for (int bit = 0; bit < kept; ++bit) {
            const auto byte = static_cast<std::size_t>(bit / 8);
            const int mask = 128 >> (bit % 8);
            address.bytes[byte] =
                static_cast<std::uint8_t>((address.bytes[byte] & ~mask) | (pool->bytes[byte] & mask));
        }
    }
    return address;
}

} // namespace

std::vector<std::string> probe_addresses(const Sample& sample, std::uint64_t seed) {
    Dice dice(seed);
    std::vector<Prefix> prefixes;
    std::set<int> v4_lengths{32};
    std::set<int> v6_lengths{128};
    std::vector<Address> hosts;
    for (const auto& [name, node] : sample.zone.names) {
        for (const std::string& text : node.txt)
            read_terms(text, prefixes, v4_lengths, v6_lengths);
        for (const std::string& a : node.a)
            hosts.push_back(*parse_v4(a));
        for (const std::string& aaaa : node.aaaa)
            hosts.push_back(*parse_v6(aaaa));
        read_labels(name, hosts);
    }

    // In order of importance; what is too much is left out at random from the last group.
    std::vector<std::vector<Address>> groups(4);
    for (const char* text : {"0.0.0.0", "255.255.255.255"})
        groups[0].push_back(*parse_v4(text));
    for (const char* text : {"::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "::fffe:ffff:ffff", "::1:0:0:0",
                             "::fffe:0:0", "::fffd:ffff:ffff", "::1:0:0:1"})
        groups[0].push_back(*parse_v6(text));
    for (int i = 0; i < 20; ++i)
        groups[0].push_back(random_address(dice));
    groups[1] = hosts;
    for (const Prefix& prefix : prefixes)
        add_edges(groups[2], prefix);
    for (const Address& host : hosts) {
        for (const int length : host.is_v6 ? v6_lengths : v4_lengths) {
            if (length >= 0 && length <= width(host)) add_edges(groups[3], {host, length});
        }
    }

    std::set<Address> probes;
    for (std::vector<Address>& group : groups) {
        for (std::size_t i = group.size(); i > 1; --i)
            std::swap(group[i - 1], group[dice.below(i)]);
        for (const Address& address : group) {
            if (probes.size() < most_probes && !is_mapped(address)) probes.insert(address);
        }
    }
    std::vector<std::string> texts;
    for (const Address& address : probes)
        texts.push_back(to_text(address));
    return texts;
}

} // namespace naive
