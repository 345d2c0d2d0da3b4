// Sharing partitions between evaluations must make no difference but to the questions that are looked at
// again.
#include "support/addresses.h"
#include "support/catch.h"
#include "support/evaluations.h"
#include "support/naive_zone.h"
#include "support/random_zone.h"
#include "support/zone_evidence.h"

#include "spfwalk/emit/domain.h"
#include "spfwalk/emit/format.h"

#include <iostream>
#include <random>
#include <sstream>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// All that a verdict says.
std::string told(const spf::Evaluation& evaluation) {
    const spf::Verdict& verdict = evaluation.verdict;
    std::ostringstream out;
    for (const spf::Visit& visit : verdict.visits)
        out << "visit " << visit.domain << " by " << visit.parent << " at " << visit.via.begin << '-'
            << visit.via.end << ", " << visit.publication.get() << '\n';
    for (const spf::Region& region : verdict.regions)
        out << to_text(region.result) << ' ' << set_text(region.addresses, verdict.family) << " by "
            << region.decided_by.visit << " at " << region.decided_by.term.begin << '-'
            << region.decided_by.term.end << (region.unlikely ? " unlikely\n" : "\n");
    for (const spf::Finding& finding : verdict.findings)
        out << describe(finding, verdict) << '\n';
    out << verdict.undecidable << ' ' << verdict.lookups << ' ' << verdict.voids << ' '
        << verdict.ttl.value_or(0) << verdict.ttl.has_value() << '\n';
    for (const spf::Wanted& wanted : evaluation.wanted)
        out << "wants " << to_text(wanted.question) << (wanted.speculative ? " perhaps\n" : "\n");
    return out.str();
}

/// Counts how often it is looked at.
class Counting final : public spf::Evidence {
  public:
    explicit Counting(const spf::Evidence& evidence) : evidence_(evidence) {}
    const dns::Answer* find(const dns::Question& question) const override {
        ++count;
        return evidence_.find(question);
    }
    mutable std::size_t count = 0;

  private:
    const spf::Evidence& evidence_;
};

/// How often prefixes were written as they were for another domain, and how often that could not be.
struct Written {
    std::size_t shared = 0;
    std::size_t apart = 0;
};
Written written;

/// The object that a stream of objects has for inquiries about a domain, from regions that are shared where
/// that may be if there are `partitions`; nothing if an answer is missing.
std::optional<std::string> object_of(const spf::Evidence& zone, std::span<const spf::Inquiry> inquiries,
                                     const spf::Rules& rules, spf::Partitions* partitions = nullptr,
                                     emit::Sharing sharing = emit::Sharing::none) {
    spf::Report report;
    report.domain = inquiries.front().domain;
    std::size_t regions = 0;
    for (spf::Inquiry inquiry : inquiries) {
        inquiry.share_regions = partitions != nullptr;
        spf::Evaluation evaluation = spf::evaluate(zone, inquiry, rules, partitions);
        if (!evaluation.complete()) return std::nullopt;
        for (const spf::Region& region : evaluation.verdict.regions)
            regions += region.shared != nullptr ? 1 : 0;
        report.verdicts.push_back(std::move(evaluation.verdict));
    }
    const emit::DomainResult result = emit::domain_result(report, emit::Certainty::sure, sharing);
    if (sharing == emit::Sharing::prefixes) {
        written.shared += result.shared.size();
        written.apart += regions - result.shared.size();
    } else {
        REQUIRE(result.shared.empty());
    }
    std::string text;
    emit::append_domain_object(text, result, {});
    return text;
}

/// Compares the objects with and without sharing.
void compare_objects(const spf::Evidence& zone, std::span<const spf::Inquiry> inquiries,
                     spf::Partitions& partitions, const spf::Rules& rules = {}) {
    const auto expected = object_of(zone, inquiries, rules);
    for (const emit::Sharing sharing : {emit::Sharing::prefixes, emit::Sharing::none})
        REQUIRE(object_of(zone, inquiries, rules, &partitions, sharing) == expected);
}

/// Evaluates with and without sharing, and compares. Says whether something was shared.
bool compare(const spf::Evidence& zone, const spf::Inquiry& inquiry, spf::Partitions& partitions,
             const spf::Rules& rules = {}) {
    const Counting alone(zone), together(zone);
    const std::string expected = told(spf::evaluate(alone, inquiry, rules));
    const std::string got = told(spf::evaluate(together, inquiry, rules, &partitions));
    REQUIRE(got == expected);
    compare_objects(zone, {&inquiry, 1}, partitions, rules);
    return together.count < alone.count;
}

/// Whether a record that ten others have included is shared with the next that includes it, as `record` does.
bool shares(const std::string& zone, const std::string& record, net::Family family = net::Family::ipv4,
            const spf::Rules& rules = {}, const std::optional<std::string>& sender = {}) {
    std::string all = zone + txt("next.example", record);
    for (int i = 0; i < 10; ++i)
        all += txt("n" + std::to_string(i) + ".example", "v=spf1 include:shared.example -all");
    const ZoneEvidence evidence = evidence_from(all);
    spf::Partitions partitions;
    for (int i = 0; i < 10; ++i) {
        spf::Inquiry inquiry = inquiry_for("n" + std::to_string(i) + ".example", family);
        inquiry.sender = sender;
        compare(evidence, inquiry, partitions, rules);
    }
    spf::Inquiry inquiry = inquiry_for("next.example", family);
    inquiry.sender = sender;
    return compare(evidence, inquiry, partitions, rules);
}

const std::string plain = txt("shared.example", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 a:host.example "
                                                "include:inner.example -all") +
                          txt("inner.example", "v=spf1 ip4:198.51.100.0/24 ?ip4:203.0.113.0/24 ~all") +
                          "host.example. A 10.1.2.3\nhost.example. AAAA 2001:db8:1::1\n";

} // namespace

TEST_CASE("What a record makes of addresses is shared where it depends on nothing but them") {
    for (const net::Family family : net::both_families) {
        CHECK(shares(plain, "v=spf1 include:shared.example -all", family));
        CHECK(shares(plain, "v=spf1 redirect=shared.example", family));
        CHECK(shares(plain, "v=spf1 ip4:192.0.2.128/25 -ip6:2001:db8:1::/48 ?include:shared.example ~all",
                     family));
        CHECK(shares(plain, "v=spf1 include:between.example -all", family) == false);
    }
    CHECK(shares(plain + txt("between.example", "v=spf1 include:shared.example ?all"),
                 "v=spf1 include:between.example -all"));
    // %{d} is the record's own domain wherever it is included from, and %{v} the family's.
    CHECK(shares(txt("shared.example", "v=spf1 include:_%{d} a:%{v}.%{d} -all") +
                     txt("_shared.example", "v=spf1 ip4:192.0.2.1 -all") +
                     "in-addr.shared.example. A 192.0.2.2\n",
                 "v=spf1 include:shared.example -all"));
}

TEST_CASE("Nothing is shared that depends on who includes it") {
    const std::string includes = "v=spf1 include:shared.example -all";
    // Macros of the sender, known or not, and of the client.
    for (const char* macro : {"%{o}", "%{s}", "%{l}", "%{h}", "%{i}", "%{p}"}) {
        INFO(macro);
        const std::string zone = txt("shared.example", "v=spf1 ip4:192.0.2.1 exists:" + std::string(macro) +
                                                           ".example a:host.example -all") +
                                 "host.example. A 192.0.2.7\n*.example. A 192.0.2.9\n";
        CHECK_FALSE(shares(zone, includes));
        CHECK_FALSE(shares(zone, includes, net::Family::ipv4, {}, "somebody@n.example"));
    }
    CHECK_FALSE(shares(txt("shared.example", "v=spf1 ip4:192.0.2.1 ptr -all"), includes));
    // What has a finding: it is told for each.
    CHECK_FALSE(shares(txt("shared.example", "v=spf1 a:host.example include:gone.example -all") +
                           "host.example. A 192.0.2.7\n",
                       includes));
    // All addresses told apart: nobody comes to every term.
    CHECK_FALSE(
        shares(txt("shared.example", "v=spf1 a:host.example ip4:0.0.0.0/0") + "host.example. A 192.0.2.7\n",
               includes));
    // One that is taken out of a "+all" comes to more than those that are not. (The inner record can be
    // shared.)
    const std::string early = txt("inner.example", "v=spf1 -ip4:192.0.2.0/24 +all");
    CHECK(shares(early + txt("shared.example", "v=spf1 include:inner.example -all"), includes));
    const ZoneEvidence zone =
        evidence_from(early + txt("shared.example", "v=spf1 include:inner.example a:host.example -all") +
                      txt("n.example", includes) + "host.example. 5 A 192.0.2.7\n");
    spf::Partitions partitions;
    for (int i = 0; i < 20; ++i)
        compare(zone, inquiry_for("n.example", net::Family::ipv4), partitions);
    CHECK(partitions.entry("inner.example", net::Family::ipv4).partition);
    CHECK_FALSE(partitions.entry("shared.example", net::Family::ipv4).partition);
    // Other rules than the RFC's.
    CHECK_FALSE(shares(plain, includes, net::Family::ipv4, spf::Rules::lenient()));
}

TEST_CASE("What is shared elsewhere is not where counters or addresses do not let it") {
    const std::string hosts = plain + "void.example. TXT \"x\"\n";
    // Two lookups of its own: eight before it are the most. Counting the include there are nine.
    const auto after = [](int lookups) {
        return "v=spf1" + times(lookups, "a:host.example") + " include:shared.example -all";
    };
    CHECK(shares(hosts, after(7)));
    CHECK_FALSE(shares(hosts, after(8)));
    // Void lookups.
    const std::string voids = txt("shared.example", "v=spf1 a:void.example a:host.example -all") +
                              "void.example. TXT \"x\"\nhost.example. A 10.1.2.3\n";
    CHECK(shares(voids, "v=spf1 a:void.example include:shared.example -all"));
    CHECK_FALSE(shares(voids, "v=spf1 a:void.example mx:void.example include:shared.example -all"));
    // Worlds with different counters.
    CHECK_FALSE(shares(hosts + txt("early.example", "v=spf1 -ip4:9.9.9.9 a:host.example -all"),
                       "v=spf1 include:early.example include:shared.example -all"));
    // Only addresses that its first term takes: no other term is reached.
    CHECK_FALSE(shares(hosts, "v=spf1 -ip4:0.0.0.0/1 -ip4:128.0.0.0/2 -ip4:224.0.0.0/3 -ip4:208.0.0.0/4 "
                              "-ip4:200.0.0.0/5 -ip4:196.0.0.0/6 -ip4:194.0.0.0/7 -ip4:193.0.0.0/8 "
                              "-ip4:192.128.0.0/9 -ip4:192.64.0.0/10 -ip4:192.32.0.0/11 -ip4:192.16.0.0/12 "
                              "-ip4:192.8.0.0/13 -ip4:192.4.0.0/14 -ip4:192.2.0.0/15 -ip4:192.1.0.0/16 "
                              "-ip4:192.0.128.0/17 -ip4:192.0.64.0/18 -ip4:192.0.32.0/19 -ip4:192.0.16.0/20 "
                              "-ip4:192.0.8.0/21 -ip4:192.0.4.0/22 -ip4:192.0.3.0/24 -ip4:192.0.0.0/23 "
                              "include:shared.example ?all"));
}

TEST_CASE(
    "Prefixes are written as they were for other domains where nothing of the domain's own is next to them") {
    const std::string zone =
        plain + txt("between.example", "v=spf1 include:shared.example ?all") +
        txt("odd.example", R"(v=spf1 include:inner.example a:\"\\.odd.example ip4:192.0.2.0/25 )"
                           "ip4:192.0.2.128/25 ip4:192.0.2.64/28 -all") +
        R"(\"\\.odd.example. A 192.0.3.0)"
        "\n" +
        txt("not.example", "v=spf1 -include:between.example -all") +
        txt("_next.example", "v=spf1 include:_%{d} ip4:192.0.2.1 -all") +
        txt("__next.example", "v=spf1 ip4:192.0.2.9 -all") +
        txt("mapped.example", "v=spf1 ip6:::fffe:0:0/96 ip6:2001:db8::/32 -all");
    struct Row {
        const char* shared;
        std::string record;
        net::Family family;
        std::size_t at_once;
    };
    const Row rows[] = {
        {"shared.example", "v=spf1 include:shared.example -all", net::Family::ipv4, 1},
        {"shared.example", "v=spf1 include:shared.example -all", net::Family::ipv6, 1},
        {"shared.example", "v=spf1 redirect=shared.example", net::Family::ipv4, 1},
        {"shared.example", "v=spf1 ip4:192.0.4.0 include:shared.example ip4:10.0.0.0 ~all", net::Family::ipv4,
         1},
        // Beside it, before or behind, or in it already.
        {"shared.example", "v=spf1 ip4:192.0.1.255 include:shared.example -all", net::Family::ipv4, 0},
        {"shared.example", "v=spf1 include:shared.example ip4:192.0.3.0 -all", net::Family::ipv4, 0},
        {"shared.example", "v=spf1 ip4:192.0.2.7 include:shared.example -all", net::Family::ipv4, 0},
        {"shared.example", "v=spf1 -ip4:192.0.2.7 include:shared.example -all", net::Family::ipv4, 0},
        // What it passes does not pass.
        {"shared.example", "v=spf1 -include:shared.example +all", net::Family::ipv4, 0},
        {"between.example", "v=spf1 ?include:between.example ip4:10.0.0.0/8 -all", net::Family::ipv4, 0},
        // Nor what comes back to the domain's own terms, with counters of its own for each address.
        {"shared.example", "v=spf1 include:not.example" + times(6, "a:host.example") + " +all",
         net::Family::ipv4, 0},
        // Characters that are escaped, prefixes of several terms.
        {"odd.example", "v=spf1 include:odd.example -all", net::Family::ipv4, 1},
        // A term that is written like the one that led to it.
        {"_next.example", "v=spf1 include:_%{d} -all", net::Family::ipv4, 0},
        // Mapped addresses come with those beside them.
        {"mapped.example", "v=spf1 include:mapped.example -all", net::Family::ipv6, 0},
        // Where terms fork nothing is one region.
        {"shared.example", "v=spf1 include:shared.example exists:%{i}.x.example -all", net::Family::ipv4, 0},
    };
    for (const Row& row : rows) {
        INFO(row.record);
        const ZoneEvidence evidence =
            evidence_from(zone + txt("n.example", "v=spf1 include:" + std::string(row.shared) + " -all") +
                          txt("next.example", row.record));
        spf::Partitions partitions;
        for (int i = 0; i < 10; ++i)
            compare(evidence, inquiry_for("n.example", row.family), partitions);
        written = {};
        compare(evidence, inquiry_for("next.example", row.family), partitions);
        CHECK(written.shared == row.at_once);
    }
}

TEST_CASE("What led to a shared record changes, and may be of any length") {
    std::string name = "deep.example";
    for (int labels = 0; labels < 3; ++labels)
        name = std::string(60, 'x') + '.' + name;
    std::string uncut = name; // with labels that make it too long, and are taken off (RFC 7208 §7.3)
    for (int labels = 0; labels < 40; ++labels)
        uncut = std::string(60, 'y') + '.' + uncut;
    std::string zone =
        plain +
        txt(name, "v=spf1 ip4:192.0.4.0/24 ip4:192.0.6.0/24 ip6:2001:db9::/32 include:inner.example -all");
    const std::vector<std::string> ways = {"include:shared.example", "+include:shared.example",
                                           "include:Shared.example", "redirect=shared.example",
                                           "include:" + name,        "+include:" + name,
                                           "include:" + uncut,       "redirect=" + name};
    std::vector<std::string> domains;
    for (std::size_t i = 0; i < ways.size(); ++i) {
        domains.push_back("way" + std::to_string(i) + ".example");
        zone += txt(domains.back(),
                    "v=spf1 " + ways[i] + (ways[i].starts_with("redirect") ? "" : " ip4:10.0.0.1 -all"));
    }
    const ZoneEvidence evidence = evidence_from(zone);
    spf::Partitions partitions;
    constexpr int last = 4; // until then all have been included often enough
    for (int round = 0; round <= last; ++round) {
        for (const std::string& domain : domains) {
            for (const net::Family family : net::both_families) {
                INFO(domain);
                written = {};
                compare(evidence, inquiry_for(domain, family), partitions);
                if (round == last) CHECK(written.shared == 1);
            }
        }
    }
}

TEST_CASE("What is dear to look at is not shared, and not looked at again and again") {
    std::string dear = "v=spf1";
    for (int i = 0; i < 300; ++i)
        dear += " ip4:10." + std::to_string(i / 100) + '.' + std::to_string(2 * (i % 100)) + ".0/24";
    const ZoneEvidence zone = evidence_from(
        txt("dear.example", dear + " -all") + txt("cheap.example", "v=spf1 ip4:192.0.2.0/24 -all") +
        txt("d.example", "v=spf1 include:dear.example include:cheap.example -all"));
    spf::Partitions partitions;
    spf::Rules rules;
    rules.work_limit = 32'000; // so a look may take 1000, and all of an evaluation not much more than 8000
    const Counting counting(zone);
    for (int i = 0; i < 100; ++i)
        (void)spf::evaluate(counting, inquiry_for("d.example", net::Family::ipv4), rules, &partitions);
    CHECK(partitions.entry("dear.example", net::Family::ipv4).partition == nullptr);
    CHECK(partitions.entry("cheap.example", net::Family::ipv4).partition != nullptr);
    // Each time d.example and dear.example; looks come at the 8th, 16th, 32nd and 64th time.
    CHECK(counting.count <= 100 * 2 + 8 + 2 + 4 * 2);
}

TEST_CASE("Looking for partitions ends where records include one another and none can be kept") {
    std::string zone;
    for (int i = 0; i < 3; ++i)
        zone += txt("n" + std::to_string(i) + ".example", "v=spf1 include:n" + std::to_string((i + 1) % 3) +
                                                              ".example include:n" +
                                                              std::to_string((i + 2) % 3) + ".example -all");
    const ZoneEvidence evidence = evidence_from(zone);
    for (const std::size_t octets : {std::size_t{0}, std::size_t{2000}, std::size_t{32} << 20}) {
        spf::Partitions partitions(octets, 1);
        for (int i = 0; i < 20; ++i)
            compare(evidence, inquiry_for("n" + std::to_string(i % 3) + ".example", net::Family::ipv4),
                    partitions);
    }
}

TEST_CASE("Random zones: evaluations that share say what those that do not say") {
    std::size_t shared = 0, evaluations = 0;
    written = {};
    for (const naive::Flavour flavour :
         {naive::Flavour::decidable, naive::Flavour::dynamic, naive::Flavour::faulty}) {
        for (std::uint64_t seed = 1; seed <= 150; ++seed) {
            naive::Sample sample = naive::random_sample(seed, flavour);
            std::mt19937_64 random(seed);
            std::vector<std::string> published;
            for (const auto& [name, node] : sample.zone.names)
                if (!node.txt.empty()) published.push_back(name);
            const std::vector<std::string> probes = naive::probe_addresses(sample, seed);
            const auto any = [&](const std::vector<std::string>& of) {
                return of[any_index(random, of.size())];
            };
            const auto some_networks = [&] {
                std::string terms;
                for (std::uint64_t k = random() % 4; k > 0; --k) {
                    const std::string address = any(probes);
                    const bool ipv4 = address.find(':') == std::string::npos;
                    terms += std::string(" ") + "+-?~"[random() % 4] + (ipv4 ? "ip4:" : "ip6:") + address +
                             '/' + std::to_string(ipv4 ? 4 + random() % 29 : 8 + random() % 121);
                }
                return terms;
            };
            const auto some_include = [&] {
                return std::string(" ") + "+-?~"[random() % 4] + "include:" + any(published);
            };
            const auto publish = [&](const std::string& name, const std::string& terms) {
                sample.zone.names[name].txt = {"v=spf1" + terms};
                published.push_back(name);
            };
            // Providers with nothing wrong, then domains that come to them and to the zone's own records with
            // some addresses and lookups gone.
            publish("p0.hub.test", some_networks() + " ?all");
            publish("p1.hub.test", some_networks() + " a:host.hub.test" + some_networks() + " ~all");
            for (int i = 2; i < 8; ++i)
                publish("p" + std::to_string(i) + ".hub.test", some_networks() + some_include() +
                                                                   some_networks() + some_include() +
                                                                   (random() % 4 == 0 ? " +all" : " -all"));
            for (int i = 0; i < 12; ++i)
                publish("h" + std::to_string(i) + ".hub.test",
                        some_networks() + times(static_cast<int>(random() % 9), "a:host.hub.test") +
                            (random() % 3 == 0 ? " mx:host.hub.test" : "") + some_include() +
                            (random() % 2 == 0 ? " redirect=" + any(published) : " -all"));
            sample.zone.names["host.hub.test"].a = {"192.0.2.200"};
            const std::string text = naive::to_master_file(sample.zone, seed);
            INFO("flavour " << int(flavour) << ", seed " << seed << '\n' << text);
            const ZoneEvidence zone = evidence_from(text);
            spf::Partitions partitions(seed % 2 == 0 ? std::size_t{32} << 20 : 6000,
                                       static_cast<std::uint32_t>(1 + seed % 3));
            for (int round = 0; round < 2; ++round) {
                for (const std::string& domain : published) {
                    for (const net::Family family : net::both_families) {
                        INFO(domain);
                        ++evaluations;
                        if (compare(zone, inquiry_for(domain, family), partitions)) ++shared;
                    }
                    const spf::Inquiry both[] = {inquiry_for(domain, net::Family::ipv4),
                                                 inquiry_for(domain, net::Family::ipv6)};
                    compare_objects(zone, both, partitions);
                }
            }
        }
    }
    std::cout << shared << " of " << evaluations << " evaluations shared something; of what they share "
              << written.shared << " were written at once, " << written.apart << " not\n";
    CHECK(shared > evaluations / 20);
    CHECK(written.shared > 500);
    CHECK(written.apart > 500);
}
