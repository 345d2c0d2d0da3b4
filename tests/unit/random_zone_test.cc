// The generator must reach what it is for, or the property tests prove little.
#include "support/random_zone.h"

#include "support/catch.h"
#include "support/naive_address.h"
#include "support/naive_check_host.h"

#include <map>
#include <set>

using namespace naive;

namespace {

constexpr Flavour every_flavour[] = {Flavour::decidable, Flavour::dynamic, Flavour::faulty,
                                     Flavour::dynamic_faulty};

} // namespace

TEST_CASE("random zones reach every result, and the limits from both sides", "[naive]") {
    for (const Flavour flavour : every_flavour) {
        std::map<Result, int> results; // samples in which a result occurs
        std::set<int> lookups;
        std::set<int> voids;
        std::set<std::string> explanations;
        int mixed = 0;
        int address_dependent = 0;
        const int samples = 300;
        for (std::uint64_t seed = 1; seed <= samples; ++seed) {
            const Sample sample = random_sample(seed, flavour);
            address_dependent += sample.address_dependent_macros ? 1 : 0;
            std::set<Result> seen;
            const std::vector<std::string> probes = probe_addresses(sample, seed);
            REQUIRE(probes.size() <= 300);
            for (std::size_t i = 0; i < probes.size(); i += 6) {
                const Checked checked =
                    check_host_in_full(sample.zone, probes[i], sample.domain, sample.sender, sample.helo);
                seen.insert(checked.result);
                lookups.insert(checked.lookups);
                voids.insert(checked.voids);
                explanations.insert(checked.explanation);
            }
            for (const Result result : seen)
                ++results[result];
            mixed += seen.size() > 1 ? 1 : 0;
        }
        INFO("flavour " << static_cast<int>(flavour));
        for (const Result result : {Result::none, Result::neutral, Result::pass, Result::fail,
                                    Result::softfail, Result::permerror, Result::temperror}) {
            INFO(to_text(result) << " in " << results[result] << " samples");
            CHECK(results[result] >= 1);
        }
        CHECK(results[Result::pass] >= samples * 4 / 10);
        CHECK(mixed >= samples / 2);
        for (const int count : {0, 1, 9, 10, 11})
            CHECK(lookups.count(count) == 1);
        for (const int count : {0, 1, 2, 3})
            CHECK(voids.count(count) == 1);
        const bool dynamic = flavour == Flavour::dynamic || flavour == Flavour::dynamic_faulty;
        CHECK((address_dependent > samples / 2) == dynamic);
        CHECK((address_dependent == 0) == !dynamic);
        CHECK(explanations.size() > (dynamic ? 20 : 5));
    }
}

TEST_CASE("random zones are the same for the same seed", "[naive]") {
    const auto text = [](std::uint64_t seed, Flavour flavour) {
        const Sample sample = random_sample(seed, flavour);
        return to_master_file(sample.zone, seed) + sample.domain + sample.sender + sample.helo;
    };
    CHECK(text(7, Flavour::dynamic) == text(7, Flavour::dynamic));
    CHECK(text(7, Flavour::dynamic) != text(8, Flavour::dynamic));
    CHECK(text(7, Flavour::dynamic) != text(7, Flavour::decidable));
}

TEST_CASE("random zones are proper DNS data", "[naive]") {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        for (const Flavour flavour : every_flavour) {
            INFO("seed " << seed << " flavour " << static_cast<int>(flavour));
            const Sample sample = random_sample(seed, flavour);
            CHECK(sample.zone.fails.empty() ==
                  (flavour == Flavour::decidable || flavour == Flavour::dynamic));
            for (const auto& [name, node] : sample.zone.names) {
                INFO(name);
                CHECK(name == lower(name));
                CHECK(name.size() <= 253);
                const bool has_data = !(node.a.empty() && node.aaaa.empty() && node.mx.empty() &&
                                        node.txt.empty() && node.ptr.empty());
                CHECK_FALSE((node.cname && has_data));
                CHECK(std::set<std::string>(node.txt.begin(), node.txt.end()).size() == node.txt.size());
                if (node.cname) {
                    for (const std::string type : {"A", "AAAA", "MX", "TXT", "PTR"})
                        CHECK(sample.zone.fails.count({lower(*node.cname), type}) == 0);
                }
            }
        }
    }
}

TEST_CASE("RFC 7208 §5: probes stand on the edges and outside ::ffff:0:0/96", "[naive]") {
    Sample sample;
    sample.domain = "a.test";
    sample.zone.names["a.test"].txt = {"v=spf1 ip4:10.0.1.0/24 a:h.test/30//64 ip6:::ffff:10.0.0.0/120"};
    sample.zone.names["h.test"].a = {"10.0.0.6"};
    sample.zone.names["h.test"].aaaa = {"2001:db8::6"};
    const std::vector<std::string> probes = probe_addresses(sample, 1);
    const std::set<std::string> set(probes.begin(), probes.end());
    CHECK(set.size() == probes.size());
    for (const char* address : {"10.0.0.255",
                                "10.0.1.0",
                                "10.0.1.1",
                                "10.0.1.254",
                                "10.0.1.255",
                                "10.0.2.0",
                                "10.0.0.3",
                                "10.0.0.4",
                                "10.0.0.6",
                                "10.0.0.7",
                                "10.0.0.8",
                                "2001:db8::",
                                "2001:db8::ffff:ffff:ffff:ffff",
                                "2001:db8:0:1::",
                                "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
                                "2001:db8::5",
                                "2001:db8::7",
                                "0.0.0.0",
                                "255.255.255.255",
                                "::",
                                "::fffe:ffff:ffff",
                                "::1:0:0:0"}) {
        INFO(address);
        CHECK(set.count(address) == 1);
    }
    for (const std::string& probe : probes)
        CHECK_FALSE(probe.starts_with("::ffff:"));
}
