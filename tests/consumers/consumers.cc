#include "consumers.h"

#include "support/addresses.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>
#include <stdexcept>

#include <unistd.h>

namespace spfwalk::test {

namespace {

using net::Family;

/// `count` disjoint prefixes of a family, none of which could be merged with another.
net::AddressSet random_set(std::mt19937_64& random, Family family, std::size_t count) {
    std::vector<net::Range> ranges;
    // Of a range that is not aligned comes a row of prefixes of many lengths.
    for (std::size_t i = 0; i < count; ++i) {
        const net::Address first = random_address(random, family);
        const int free_bits = static_cast<int>(below_or_at(random, family == Family::ipv4 ? 12 : 80));
        const net::Address size = random_address(random, family) & net::low_bits(free_bits);
        const Number room = number(net::last_address(family)) - number(first);
        ranges.push_back({first, address(number(first) + std::min(number(size), room))});
    }
    auto prefixes = net::AddressSet::from_ranges(std::move(ranges)).prefixes(family);
    if (prefixes.size() < count) throw std::logic_error("too few prefixes for a sample");
    std::shuffle(prefixes.begin(), prefixes.end(), random);
    net::AddressSet set;
    std::vector<net::Range> chosen;
    for (std::size_t i = 0; i < count; ++i)
        chosen.push_back(prefixes[i].range());
    return net::AddressSet::from_ranges(std::move(chosen));
}

emit::Addresses ten_thousand() {
    std::mt19937_64 random(7208);
    emit::Addresses addresses;
    addresses.ipv4 = random_set(random, Family::ipv4, 5000);
    addresses.ipv6 = random_set(random, Family::ipv6, 5000);
    return addresses;
}

int skip_count = 0;

} // namespace

emit::Addresses addresses_of(const std::vector<std::string>& prefixes) {
    emit::Addresses addresses;
    for (const std::string& text : prefixes) {
        const auto prefix = net::parse_prefix(text);
        if (!prefix) throw std::logic_error("no prefix: " + text);
        (prefix->family == Family::ipv4 ? addresses.ipv4 : addresses.ipv6).insert(prefix->range());
    }
    return addresses;
}

const std::vector<Sample>& samples() {
    static const std::vector<Sample> all{
        {"10,000 prefixes", ten_thousand()}, // first, so that what follows is smaller
        {"one IPv4 address", addresses_of({"192.0.2.1"})},
        {"one IPv6 address", addresses_of({"2001:db8::1"})},
        {"loopback", addresses_of({"127.0.0.2", "::1"})}, // for where no other clients can be had
        {"both families", addresses_of({"192.0.2.0/24", "198.51.100.128/25", "2001:db8::/32"})},
        {"0.0.0.0/0", addresses_of({"0.0.0.0/0"})},
        {"::/0", addresses_of({"::/0"})},
        {"everything", addresses_of({"0.0.0.0/0", "::/0"})},
        {"halves", addresses_of({"128.0.0.0/1", "8000::/1"})},
        {"the ends", addresses_of({"0.0.0.0/32", "255.255.255.255/32", "::/128",
                                   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff/128"})},
        {"nothing", {}},
    };
    return all;
}

const emit::Addresses& sample(std::string_view name) {
    const auto found = std::ranges::find(samples(), name, &Sample::name);
    if (found == samples().end()) throw std::logic_error("no such sample");
    return found->addresses;
}

std::string printed(std::string_view format, const emit::Addresses& addresses) {
    emit::List list;
    list.addresses = addresses;
    return emit::find_format(format)->print(list, {});
}

std::string text_of(const Probe& probe) {
    return net::to_text(probe.family, probe.address);
}

std::vector<Probe> probes_of(const emit::Addresses& addresses, std::size_t at_most) {
    std::mt19937_64 random(7208);
    std::vector<Probe> probes;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        const net::AddressSet& set = family == Family::ipv4 ? addresses.ipv4 : addresses.ipv6;
        const auto probe = [&](net::Address a) { probes.push_back({family, a, set.contains(a)}); };
        const std::size_t stride = set.ranges().size() * 8 / at_most + 1;
        for (std::size_t i = 0; i < set.ranges().size(); i += stride) {
            const net::Range range = set.ranges()[i];
            probe(range.first);
            probe(range.last);
            if (range.first != net::Address{}) probe(range.first.previous());
            if (range.last != net::last_address(family)) probe(range.last.next());
        }
        probe({});
        probe(net::last_address(family));
        for (int i = 0; i < 20; ++i)
            probe(random_address(random, family));
    }
    return probes;
}

std::optional<std::string> find_consumer(std::string_view package, std::string_view program) {
    std::vector<std::string> roots{""};
    if (const char* unpacked = std::getenv("SPFWALK_UNPACKED"))
        roots.push_back(std::string(unpacked) + "/" + std::string(package));
    for (const std::string& root : roots)
        for (const char* directory : {"/usr/sbin/", "/usr/local/sbin/", "/sbin/", "/usr/bin/"}) {
            const std::string path = root + directory + std::string(program);
            if (::access(path.c_str(), X_OK) == 0) return path;
        }
    skip(program, "not installed (Debian package " + std::string(package) + ")");
    return std::nullopt;
}

void skip(std::string_view what, std::string_view why) {
    std::cout << "SKIPPED: " << what << ": " << why << std::endl;
    ++skip_count;
}

int skips() {
    return skip_count;
}

Ended run(std::vector<std::string> command, std::string input) {
    return run_program(
        {.command = std::move(command), .input_text = std::move(input), .limit = std::chrono::seconds(20)});
}

Launch logging_to(const std::string& file, Launch launch) {
    launch.output = launch.error = Descriptor::file;
    launch.output_file = launch.error_file = file;
    return launch;
}

} // namespace spfwalk::test
