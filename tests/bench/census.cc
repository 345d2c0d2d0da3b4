#include "bench/census.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>

namespace spfwalk::bench {

namespace {

constexpr std::size_t shared_providers = 200;
constexpr std::size_t rare_providers = 50'000;
constexpr std::size_t provider_parts = 4;
constexpr std::size_t lookup_limit = 10; // RFC 7208 §4.6.4
constexpr std::size_t octets_of_a_string = 250;

/// Addresses are dealt out in blocks of 32, of which at most the first half is used, so that no two prefixes
/// touch and each list is the fewest prefixes already.
constexpr std::uint32_t first_address = 0x0b00'0000; // 11.0.0.0

struct Network {
    std::uint64_t block = 0; ///< also its order
    int length = 32;         ///< of IPv4
};

/// Blocks are numbered through all records: each owner has so many.
constexpr std::uint64_t blocks_of_a_record = 128;
constexpr std::uint64_t blocks_of_a_domain = 8; // large records are those of providers and see below

void append_ipv4(std::string& out, std::uint64_t block) {
    const auto address = static_cast<std::uint32_t>(first_address + block * 32);
    for (int shift = 24; shift >= 0; shift -= 8) {
        out += std::to_string(address >> shift & 0xff);
        if (shift != 0) out += '.';
    }
}

void append_ipv6(std::string& out, std::uint64_t block) {
    // 2600::/12 in steps of two /48, so that they do not touch.
    char text[32];
    const std::uint64_t number = block * 2 + 1; // odd: no group of zeros at the end
    out += "26";
    const auto put = [&](std::uint64_t group) {
        const auto end = std::to_chars(text, text + sizeof text, group, 16).ptr;
        out.append(text, end);
    };
    std::string high;
    const auto end = std::to_chars(text, text + sizeof text, number >> 32 & 0xff, 16).ptr;
    high.assign(text, end);
    out += std::string(2 - high.size(), '0') + high + ':';
    put(number >> 16 & 0xffff);
    out += ':';
    put(number & 0xffff);
}

std::uint64_t mixed(std::uint64_t x) { // splitmix64
    x += 0x9e37'79b9'7f4a'7c15;
    x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9;
    x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11eb;
    return x ^ (x >> 31);
}

std::string provider_name(std::size_t number) {
    return "_spf.provider" + std::to_string(number) + ".test";
}
std::string part_name(std::size_t number, std::size_t part) {
    return "_part" + std::to_string(part) + "." + provider_name(number);
}
std::string rare_name(std::size_t number) {
    return "spf.rare" + std::to_string(number) + ".test";
}

enum class Kind { usual, no_name, no_text, other_text, bad_syntax, missing_include, two_records };

} // namespace

/// A record as it is published, and what it stands for.
struct Census::Record {
    std::string name;
    Kind kind = Kind::usual;
    std::vector<std::pair<std::string, std::size_t>> includes; ///< with the lookups that it costs
    std::vector<std::size_t> shared;                           ///< which of them are shared providers
    std::vector<std::size_t> rare;
    std::vector<Network> ipv4;
    std::vector<std::uint64_t> ipv6;
    bool a = false;
    std::vector<std::uint64_t> a4, a6; ///< host addresses, as blocks
    struct Host {
        std::uint64_t ipv4;
        std::uint64_t ipv6;
        bool has_ipv6;
    };
    std::vector<Host> hosts; ///< mx
    bool hard = true;

    std::string host_name(std::size_t number) const { return "mx" + std::to_string(number) + "." + name; }

    std::string text() const {
        std::string out = "v=spf1";
        if (a) out += " a";
        if (!hosts.empty()) out += " mx";
        for (const Network& network : ipv4) {
            out += " ip4:";
            append_ipv4(out, network.block);
            if (network.length != 32) out += '/' + std::to_string(network.length);
        }
        for (const std::uint64_t block : ipv6) {
            out += " ip6:";
            append_ipv6(out, block);
            out += "::/48";
        }
        for (const auto& [target, cost] : includes)
            out += " include:" + target;
        if (kind == Kind::missing_include) out += " include:gone." + name;
        if (kind == Kind::bad_syntax) out += " ip4:192.0.2.0/33";
        return out + (hard ? " -all" : " ~all");
    }

    void write(const Write& write) const {
        const auto txt = [&](std::string_view text) {
            std::string line = name + ". TXT";
            for (; !text.empty(); text.remove_prefix(std::min(text.size(), octets_of_a_string)))
                line.append(" \"").append(text.substr(0, octets_of_a_string)).append("\"");
            write(line += '\n');
        };
        switch (kind) {
        case Kind::no_name:
            return;
        case Kind::no_text:
            return write(name + ". MX 10 mx." + name + ".\n");
        case Kind::other_text:
            return txt("site-verification=0123456789abcdef");
        case Kind::two_records:
            txt("v=spf1 ip4:192.0.2.1 -all");
            break;
        default:
            break;
        }
        txt(text());
        const auto addresses = [&](const std::string& owner, std::uint64_t block, bool is_ipv6) {
            std::string line = owner + (is_ipv6 ? ". AAAA " : ". A ");
            if (is_ipv6)
                append_ipv6(line, block), line += "::1";
            else
                append_ipv4(line, block);
            write(line += '\n');
        };
        for (const std::uint64_t block : a4)
            addresses(name, block, false);
        for (const std::uint64_t block : a6)
            addresses(name, block, true);
        for (std::size_t i = 0; i < hosts.size(); ++i) {
            write(name + ". MX " + std::to_string(10 * (i + 1)) + " " + host_name(i) + ".\n");
            addresses(host_name(i), hosts[i].ipv4, false);
            if (hosts[i].has_ipv6) addresses(host_name(i), hosts[i].ipv6, true);
        }
    }
};

Census::Census(std::size_t domains, std::uint64_t seed) : domains_(domains), seed_(seed) {
    double sum = 0;
    for (std::size_t rank = 1; rank <= shared_providers; ++rank)
        popularity_.push_back(sum += 1.0 / static_cast<double>(rank));
    for (double& value : popularity_)
        value /= sum;
}

std::uint64_t Census::draw(std::uint64_t kind, std::uint64_t number) const {
    return mixed(mixed(mixed(seed_) ^ kind) ^ number);
}

std::size_t Census::popular(std::uint64_t random) const {
    const double place = static_cast<double>(random >> 11) * 0x1p-53;
    return static_cast<std::size_t>(std::ranges::upper_bound(popularity_, place) - popularity_.begin());
}

std::string Census::domain(std::size_t index) const {
    return "d" + std::to_string(index) + ".z" + std::to_string(index % 17) + ".test";
}

std::size_t Census::index_of(std::string_view name) const {
    std::size_t index = domains_;
    if (name.starts_with('d')) std::from_chars(name.data() + 1, name.data() + name.size(), index);
    return index < domains_ && domain(index) == name ? index : domains_;
}

// The numbers of blocks: shared providers first, then their parts, rare ones, domains.
namespace {
constexpr std::uint64_t part_blocks = shared_providers * blocks_of_a_record;
constexpr std::uint64_t rare_blocks = part_blocks + shared_providers * provider_parts * blocks_of_a_record;
constexpr std::uint64_t domain_blocks = rare_blocks + rare_providers * blocks_of_a_domain;

int some_length(std::uint64_t random) {
    return 28 + static_cast<int>(random % 5);
}
} // namespace

Census::Record Census::provider(std::size_t number) const {
    Record record;
    record.name = provider_name(number);
    record.hard = false;
    const std::uint64_t random = draw(1, number);
    const std::size_t parts = 1 + random % provider_parts;
    for (std::size_t part = 0; part < parts; ++part)
        record.includes.emplace_back(part_name(number, part), 1);
    const std::uint64_t base = number * blocks_of_a_record;
    for (std::uint64_t i = 0; i < (random >> 8) % 5; ++i)
        record.ipv4.push_back({base + i, some_length(draw(2, base + i))});
    return record;
}

Census::Record Census::provider_part(std::size_t number, std::size_t part) const {
    Record record;
    record.name = part_name(number, part);
    record.hard = false;
    const std::uint64_t base = part_blocks + (number * provider_parts + part) * blocks_of_a_record;
    const std::uint64_t random = draw(3, base);
    const std::uint64_t networks = random % 20 == 0 ? 40 + (random >> 8) % 60 : 1 + (random >> 8) % 8;
    for (std::uint64_t i = 0; i < networks; ++i)
        record.ipv4.push_back({base + i, some_length(draw(2, base + i))});
    for (std::uint64_t i = 0; i < (random >> 16) % 4; ++i)
        record.ipv6.push_back(base + i);
    return record;
}

Census::Record Census::rare(std::size_t number) const {
    Record record;
    record.name = rare_name(number);
    const std::uint64_t base = rare_blocks + number * blocks_of_a_domain;
    const std::uint64_t random = draw(4, number);
    for (std::uint64_t i = 0; i < 1 + random % 5; ++i)
        record.ipv4.push_back({base + i, some_length(draw(2, base + i))});
    if ((random >> 8) % 4 == 0) record.ipv6.push_back(base);
    return record;
}

Census::Record Census::own(std::size_t index) const {
    Record record;
    record.name = domain(index);
    const std::uint64_t random = draw(5, index);
    const std::uint64_t percent = random % 100;
    const auto bits = [random](int shift) { return random >> shift & 0xff; };
    record.hard = bits(8) % 3 != 0;
    if (percent < 5) {
        record.kind = percent < 2 ? Kind::no_name : percent < 3 ? Kind::no_text : Kind::other_text;
        return record;
    }
    const std::uint64_t base = domain_blocks + index * blocks_of_a_domain;
    // 2% are broken, in three ways.
    if (percent < 7)
        record.kind = std::array{Kind::bad_syntax, Kind::missing_include,
                                 Kind::two_records}[static_cast<std::size_t>(bits(8) % 3)];
    std::size_t lookups = record.kind == Kind::missing_include ? 1 : 0;
    const bool a = bits(16) % 100 < 20;
    const bool mx = bits(24) % 100 < 14; // together 30% have one or both
    if (a) {
        ++lookups;
        record.a = true;
        record.a4.push_back(base);
        if (bits(16) % 2 == 0) record.a6.push_back(base); // otherwise a void lookup for IPv6
    }
    if (mx) {
        ++lookups;
        const std::uint64_t hosts = 1 + bits(32) % 2;
        for (std::uint64_t i = 0; i < hosts; ++i)
            record.hosts.push_back({base + 1 + i, base + 1 + i, i > 0 || bits(32) % 3 != 0});
    }
    const auto add = [&](std::size_t provider_number) {
        if (std::ranges::find(record.shared, provider_number) != record.shared.end()) return;
        const std::size_t cost = 1 + provider(provider_number).includes.size();
        if (lookups + cost > lookup_limit) return;
        lookups += cost;
        record.includes.emplace_back(provider_name(provider_number), cost);
        record.shared.push_back(provider_number);
    };
    if (bits(40) % 100 < 85) add(popular(draw(6, index)));
    if (bits(48) % 100 < 25) add(popular(draw(7, index)));
    if (bits(56) % 100 < 12 && lookups < lookup_limit) {
        const auto number = static_cast<std::size_t>(draw(8, index) % rare_providers);
        record.includes.emplace_back(rare_name(number), 1);
        record.rare.push_back(number);
    }
    const std::uint64_t networks = draw(9, index) % 4; // of five blocks that hosts do not use
    for (std::uint64_t i = 0; i < networks; ++i)
        record.ipv4.push_back({base + 3 + i, some_length(draw(2, base + i))});
    if (draw(10, index) % 100 == 0) // a large record: the networks of strangers
        for (std::uint64_t i = 0; i < 90; ++i)
            record.ipv4.push_back({rare_blocks + (draw(11, index) % 1000) * 400 + 4 * i + 3, 32});
    if (draw(12, index) % 8 == 0) record.ipv6.push_back(base + 7);
    return record;
}

CensusAnswer Census::answer(std::size_t index) const {
    const Record record = own(index);
    switch (record.kind) {
    case Kind::no_name:
    case Kind::no_text:
    case Kind::other_text:
        return {"none", {}};
    case Kind::bad_syntax:
    case Kind::two_records:
        return {"permerror", {}};
    default:
        break;
    }
    std::vector<Network> ipv4;
    std::vector<std::pair<std::uint64_t, int>> ipv6;
    const auto add = [&](const Record& part) {
        ipv4.insert(ipv4.end(), part.ipv4.begin(), part.ipv4.end());
        for (const std::uint64_t block : part.ipv6)
            ipv6.emplace_back(block, 48);
    };
    add(record);
    for (const std::uint64_t block : record.a4)
        ipv4.push_back({block, 32});
    for (const std::uint64_t block : record.a6)
        ipv6.emplace_back(block, 128);
    for (const auto& host : record.hosts) {
        ipv4.push_back({host.ipv4, 32});
        if (host.has_ipv6) ipv6.emplace_back(host.ipv6, 128);
    }
    for (const std::size_t number : record.shared) {
        const Record included = provider(number);
        add(included);
        for (std::size_t part = 0; part < included.includes.size(); ++part)
            add(provider_part(number, part));
    }
    for (const std::size_t number : record.rare)
        add(rare(number));
    // A network of a rare provider may be in a large record too, with another length: the wider one counts.
    std::ranges::sort(ipv4, {}, [](const Network& n) { return std::pair(n.block, n.length); });
    const auto same = std::ranges::unique(ipv4, {}, &Network::block);
    ipv4.erase(same.begin(), same.end());
    std::ranges::sort(ipv6);
    CensusAnswer answer{record.kind == Kind::usual ? "ok" : "permerror", {}};
    for (const Network& network : ipv4) {
        append_ipv4(answer.prefixes.emplace_back(), network.block);
        answer.prefixes.back() += '/' + std::to_string(network.length);
    }
    for (const auto& [block, length] : ipv6) {
        std::string& text = answer.prefixes.emplace_back();
        append_ipv6(text, block);
        text += length == 128 ? "::1/128" : "::/48";
    }
    return answer;
}

void Census::write_zone(const Write& write) const {
    write("$TTL 3600\n. SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60\n. NS ns.invalid.\n");
    for (std::size_t number = 0; number < shared_providers; ++number) {
        const Record record = provider(number);
        record.write(write);
        for (std::size_t part = 0; part < record.includes.size(); ++part)
            provider_part(number, part).write(write);
    }
    for (std::size_t number = 0; number < rare_providers; ++number)
        rare(number).write(write);
    for (std::size_t index = 0; index < domains_; ++index)
        own(index).write(write);
}

void Census::write_questions(const Write& write) const {
    std::unordered_set<std::string> shared;
    const auto once = [&](const std::string& name) {
        if (shared.insert(name).second) write(name + " TXT\n");
    };
    for (std::size_t index = 0; index < domains_; ++index) {
        const Record record = own(index);
        write(record.name + " TXT\n");
        if (record.kind != Kind::usual && record.kind != Kind::missing_include) continue;
        if (record.kind == Kind::missing_include) write("gone." + record.name + " TXT\n");
        if (record.a) write(record.name + " A\n" + record.name + " AAAA\n");
        if (!record.hosts.empty()) write(record.name + " MX\n");
        for (std::size_t i = 0; i < record.hosts.size(); ++i)
            write(record.host_name(i) + " A\n" + record.host_name(i) + " AAAA\n");
        for (const std::size_t number : record.shared) {
            once(provider_name(number));
            for (std::size_t part = 0; part < provider(number).includes.size(); ++part)
                once(part_name(number, part));
        }
        for (const std::size_t number : record.rare)
            once(rare_name(number));
    }
}

} // namespace spfwalk::bench
