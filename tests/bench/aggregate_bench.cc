// Lists of millions of prefixes: how long the whole program takes to read, merge and print one of both
// families, beside iprange(1), which knows IPv4 only, with the IPv4 part alone; and how much memory a range
// takes.
//
//     aggregate_bench [PREFIXES [RUNS]]
//
// The file is made up, half IPv4 and half IPv6 in random order, few of them overlapping. The two programs run
// in turns. What IPv4 comes to must be the same with both.
#include "bench/cost.h"
#include "spfwalk/emit/format.h"
#include "support/files.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace spfwalk;

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "aggregate_bench: %s\n", why.c_str());
    std::exit(2);
}

/// Lengths as tables have them: many hosts, /24, /48 and /64.
net::Prefix random_prefix(std::mt19937_64& random, net::Family family) {
    static constexpr int lengths[2][8] = {{32, 32, 32, 24, 24, 28, 26, 22},
                                          {128, 64, 64, 56, 48, 48, 44, 32}};
    const int length = lengths[static_cast<std::size_t>(family)][random() % 8];
    const net::Address address = family == net::Family::ipv4
                                     ? net::ipv4(static_cast<std::uint32_t>(random()))
                                     : net::Address{0x2000'0000'0000'0000 | random() >> 3, random()};
    return net::Prefix::containing(family, address, length);
}

void write_lists(std::size_t count, const std::string& both, const std::string& ipv4) {
    std::ofstream both_file(both), ipv4_file(ipv4);
    std::mt19937_64 random(1);
    for (std::size_t i = 0; i < count; ++i) {
        const net::Family family = random() % 2 == 0 ? net::Family::ipv4 : net::Family::ipv6;
        const std::string line = to_text(random_prefix(random, family)) + '\n';
        both_file << line;
        if (family == net::Family::ipv4) ipv4_file << line;
    }
    if (!both_file.flush() || !ipv4_file.flush()) die("cannot write the lists");
}

emit::Addresses addresses_in(const std::string& path) {
    auto addresses = emit::read_plain(test::file_text(path));
    if (!addresses) die(path + ": " + addresses.error());
    return std::move(*addresses);
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 3'000'000;
    const int runs = argc > 2 ? std::atoi(argv[2]) : 5;
    const test::TemporaryDirectory directory;
    const std::string place = directory.path().string() + '/';
    write_lists(count, place + "both", place + "ipv4");
    std::ofstream(place + "none");
    std::ofstream(place + "zone") << "example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n";
    const auto walk = [&](const std::string& list) {
        return bench::run(
            {SPFWALK_PROGRAM, "--bogons", "keep", "--zone", place + "zone", "--also", list, "example.com"},
            place + "out", place + "err");
    };
    const bench::Cost nothing = walk(place + "none");
    std::vector<double> ratios, times, others;
    long kilobytes = 0;
    for (int i = 0; i < std::max(runs, 1); ++i) {
        const bench::Cost own = walk(place + "both");
        const bench::Cost other = bench::run({"iprange", place + "ipv4"}, place + "out4", place + "err4");
        if (own.status != 0) die("spfwalk failed: " + test::file_text(place + "err"));
        if (other.status != 0) die(other.status == 127 ? "iprange is not installed" : "iprange failed");
        times.push_back(own.wall);
        others.push_back(other.wall);
        ratios.push_back(own.wall / other.wall);
        kilobytes = std::max(kilobytes, own.kilobytes);
    }
    emit::Addresses expected = addresses_in(place + "out4");
    expected.ipv4.insert({net::ipv4(0xc0000201), net::ipv4(0xc0000201)}); // of the domain
    const emit::Addresses printed = addresses_in(place + "out");
    const bool same = printed.ipv4 == expected.ipv4;
    const std::size_t ranges = printed.ipv4.ranges().size() + printed.ipv6.ranges().size();
    const auto octets = static_cast<double>(kilobytes - nothing.kilobytes) * 1024;
    std::printf("%zu prefixes, %zu ranges; median of %d runs\n", count, ranges, runs);
    std::printf("  spfwalk, both families  %6.2f s\n  iprange, IPv4 alone     %6.2f s\n", median(times),
                median(others));
    std::printf("  %.2f x the time of iprange (%.2f to %.2f)\n", median(ratios),
                *std::ranges::min_element(ratios), *std::ranges::max_element(ratios));
    std::printf("  %ld kB, %ld kB without a list: %.1f octets for a prefix read, %.1f for a range printed\n",
                kilobytes, nothing.kilobytes, octets / static_cast<double>(count),
                octets / static_cast<double>(ranges));
    std::printf("  IPv4 is %s\n", same ? "the same" : "NOT THE SAME");
    return same ? 0 : 1;
}
