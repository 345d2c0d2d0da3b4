// The interpreter against a second check_host() that shares no code with it, on random zones.
#include "support/catch.h"
#include "support/naive_check_host.h"
#include "support/random_zone.h"
#include "support/zone_evidence.h"

#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

using namespace spfwalk;

namespace {

/// How many zones of each flavour. More on request: SPFWALK_PROPERTY_ZONES=100000.
std::uint64_t zones() {
    const char* const text = std::getenv("SPFWALK_PROPERTY_ZONES");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 1500;
}

std::uint64_t first_seed() {
    const char* const text = std::getenv("SPFWALK_PROPERTY_SEED");
    return text != nullptr ? std::strtoull(text, nullptr, 10) : 1;
}

struct Rows {
    const char* name;
    spf::Rules rules;
    naive::Options options;
};

std::vector<Rows> rule_sets() {
    std::vector<Rows> result(4);
    result[0].name = "RFC limits";
    result[1].name = "no void limit";
    result[1].rules.void_limit = std::nullopt;
    result[1].options.void_limit = -1;
    result[2].name = "sequential mx";
    result[2].rules.mx_order = spf::MxOrder::sequential;
    result[2].options.mx_sequential = true;
    result[3].name = "3 lookups, no voids";
    result[3].rules.lookup_limit = 3;
    result[3].rules.void_limit = 0;
    result[3].options.lookup_limit = 3;
    result[3].options.void_limit = 0;
    return result;
}

struct Probe {
    std::string text;
    net::Family family;
    net::Address address;
};

std::vector<Probe> probes(const naive::Sample& sample, std::uint64_t seed) {
    std::vector<Probe> result;
    for (const std::string& text : naive::probe_addresses(sample, seed)) {
        if (const auto v4 = net::parse_ipv4(text))
            result.push_back({text, net::Family::ipv4, *v4});
        else
            result.push_back({text, net::Family::ipv6, net::parse_ipv6(text).value()});
    }
    return result;
}

/// The one result of an address in a verdict without forks.
std::string result_at(const spf::Verdict& verdict, net::Address address) {
    std::string result;
    for (const spf::Region& region : verdict.regions)
        if (region.addresses.contains(address)) {
            if (!result.empty()) result += '+';
            result += to_text(region.result);
        }
    return result;
}

spf::Verdict evaluated(const test::ZoneEvidence& evidence, const spf::Inquiry& inquiry,
                       const spf::Rules& rules) {
    spf::Evaluation evaluation = evaluate(evidence, inquiry, rules);
    REQUIRE(evaluation.complete());
    return std::move(evaluation.verdict);
}

} // namespace

TEST_CASE(
    "RFC 7208 §4: on decidable zones every address gets the result that a naive check_host() gives it") {
    std::size_t checked = 0;
    for (const naive::Flavour flavour : {naive::Flavour::decidable, naive::Flavour::faulty}) {
        for (std::uint64_t seed = first_seed(); seed < first_seed() + zones(); ++seed) {
            const naive::Sample sample = naive::random_sample(seed, flavour);
            const std::string text = naive::to_master_file(sample.zone, seed);
            const test::ZoneEvidence evidence = test::evidence_from(text);
            const Rows rows = rule_sets()[seed % 4];
            spf::Verdict verdicts[2];
            for (const net::Family family : {net::Family::ipv4, net::Family::ipv6}) {
                const spf::Inquiry inquiry{.domain = sample.domain,
                                           .family = family,
                                           .client = {},
                                           .sender = sample.sender,
                                           .helo = {}};
                spf::Verdict verdict = evaluated(evidence, inquiry, rows.rules);
                INFO("flavour " << int(flavour) << ", seed " << seed << ", " << rows.name << "\n" << text);
                REQUIRE_FALSE(verdict.undecidable);
                net::AddressSet whole;
                long double size = 0;
                for (const spf::Region& region : verdict.regions) {
                    whole |= region.addresses;
                    size += region.addresses.size();
                }
                REQUIRE(whole == spf::universe(family));                        // a partition: all of it …
                if (family == net::Family::ipv4) REQUIRE(size == whole.size()); // … and nothing twice
                REQUIRE(verdict.sure() == verdict.possible());
                REQUIRE(verdict.definite() == verdict.possible());
                verdicts[static_cast<int>(family)] = std::move(verdict);
            }
            for (const Probe& probe : probes(sample, seed)) {
                const spf::Verdict& verdict = verdicts[static_cast<int>(probe.family)];
                const std::string expected = naive::to_text(naive::check_host(
                    sample.zone, probe.text, sample.domain, sample.sender, sample.helo, rows.options));
                const std::string found = result_at(verdict, probe.address);
                ++checked;
                if (found == expected) continue;
                INFO("flavour " << int(flavour) << ", seed " << seed << ", " << rows.name << ", domain "
                                << sample.domain << ", sender " << sample.sender << ", client " << probe.text
                                << "\n"
                                << text);
                REQUIRE(found == expected);
            }
        }
    }
    CHECK(checked > zones() * 20);
}

TEST_CASE(
    "RFC 7208 §4, §5.5, §6.2, §7: one client of dynamic zones gets what a naive check_host() gives it") {
    std::size_t checked = 0;
    std::size_t explained = 0;
    for (const naive::Flavour flavour : {naive::Flavour::dynamic, naive::Flavour::dynamic_faulty}) {
        for (std::uint64_t seed = first_seed(); seed < first_seed() + zones(); ++seed) {
            const naive::Sample sample = naive::random_sample(seed, flavour);
            const std::string text = naive::to_master_file(sample.zone, seed);
            const test::ZoneEvidence evidence = test::evidence_from(text);
            Rows rows = rule_sets()[seed % 4];
            rows.options.receiver = "mx.example.org";
            rows.options.timestamp = "1234567890";
            for (const Probe& probe : probes(sample, seed)) {
                const spf::Inquiry inquiry{.domain = sample.domain,
                                           .family = probe.family,
                                           .client = probe.address,
                                           .sender = sample.sender,
                                           .helo = sample.helo,
                                           .explain = true,
                                           .receiver = rows.options.receiver,
                                           .timestamp = rows.options.timestamp};
                const spf::Verdict verdict = evaluated(evidence, inquiry, rows.rules);
                const naive::Checked expected = naive::check_host_in_full(
                    sample.zone, probe.text, sample.domain, sample.sender, sample.helo, rows.options);
                ++checked;
                explained += expected.explanation.empty() ? 0 : 1;
                const auto line = [](std::string result, int lookups, int voids,
                                     const std::string& explanation) {
                    return fmt::format("{}, {} lookups, {} void, \"{}\"", result, lookups, voids,
                                       explanation);
                };
                // A naive check_host() counts the term that is one too many, too, and all void lookups.
                const int lookups = std::min(expected.lookups, rows.rules.lookup_limit);
                const int voids = expected.voids;
                // What an mx had met when one of its hosts failed is not said.
                const bool failed = expected.result == naive::Result::temperror;
                const std::string wanted =
                    line(naive::to_text(expected.result), lookups, voids, expected.explanation);
                const std::string found =
                    line(result_at(verdict, probe.address), verdict.lookups, failed ? voids : verdict.voids,
                         verdict.explanation.value_or(""));
                if (found == wanted) continue;
                INFO("flavour " << int(flavour) << ", seed " << seed << ", " << rows.name << ", domain "
                                << sample.domain << ", sender " << sample.sender << ", helo " << sample.helo
                                << ", client " << probe.text << "\n"
                                << text);
                REQUIRE(found == wanted);
            }
        }
    }
    CHECK(checked > zones() * 20);
    CHECK(explained > zones() / 2);
}

TEST_CASE("Undecidable terms: definite within pass within possible, and sure between them") {
    std::size_t passes = 0;
    for (std::uint64_t seed = first_seed(); seed < first_seed() + zones(); ++seed) {
        const naive::Sample sample = naive::random_sample(seed, naive::Flavour::dynamic);
        const std::string text = naive::to_master_file(sample.zone, seed);
        const test::ZoneEvidence evidence = test::evidence_from(text);
        const Rows rows = rule_sets()[seed % 4];
        for (const net::Family family : {net::Family::ipv4, net::Family::ipv6}) {
            // The list must hold for any sender at the domain and any HELO, so also for the sample's if it is
            // one.
            const spf::Inquiry inquiry{
                .domain = sample.domain, .family = family, .client = {}, .sender = {}, .helo = {}};
            const spf::Verdict verdict = evaluated(evidence, inquiry, rows.rules);
            const net::AddressSet possible = verdict.possible();
            const net::AddressSet sure = verdict.sure();
            const net::AddressSet definite = verdict.definite();
            INFO("seed " << seed << ", " << rows.name << ", domain " << sample.domain << "\n" << text);
            REQUIRE(possible.contains(sure));
            REQUIRE(sure.contains(definite));
            const std::string local = sample.sender.substr(0, sample.sender.rfind('@'));
            for (const Probe& probe : probes(sample, seed)) {
                if (probe.family != family) continue;
                const bool pass =
                    naive::check_host(sample.zone, probe.text, sample.domain, local + "@" + sample.domain,
                                      sample.helo, rows.options) == naive::Result::pass;
                passes += pass ? 1 : 0;
                INFO("client " << probe.text << ", local-part " << local);
                if (pass && !possible.contains(probe.address)) REQUIRE(possible.contains(probe.address));
                if (!pass && definite.contains(probe.address))
                    REQUIRE_FALSE(definite.contains(probe.address));
            }
        }
    }
    CHECK(passes > zones());
}

TEST_CASE("The whole universe and a universe of one agree") {
    for (std::uint64_t seed = first_seed(); seed < first_seed() + zones() / 3; ++seed) {
        const naive::Sample sample = naive::random_sample(seed, naive::Flavour::dynamic);
        const std::string text = naive::to_master_file(sample.zone, seed);
        const test::ZoneEvidence evidence = test::evidence_from(text);
        spf::Inquiry all{.domain = sample.domain,
                         .family = net::Family::ipv4,
                         .client = {},
                         .sender = sample.sender,
                         .helo = sample.helo};
        spf::Verdict verdicts[2];
        for (const net::Family family : {net::Family::ipv4, net::Family::ipv6}) {
            all.family = family;
            verdicts[static_cast<int>(family)] = evaluated(evidence, all, {});
        }
        for (const Probe& probe : probes(sample, seed)) {
            const spf::Verdict& verdict = verdicts[static_cast<int>(probe.family)];
            spf::Inquiry one = all;
            one.family = probe.family;
            one.client = probe.address;
            const bool pass = evaluated(evidence, one, {}).has(spf::Result::pass);
            INFO("seed " << seed << ", domain " << sample.domain << ", client " << probe.text << "\n"
                         << text);
            if (verdict.undecidable) {
                if (verdict.definite().contains(probe.address)) REQUIRE(pass);
                if (pass) REQUIRE(verdict.possible().contains(probe.address));
            } else {
                REQUIRE(verdict.possible().contains(probe.address) == pass);
            }
        }
    }
}
