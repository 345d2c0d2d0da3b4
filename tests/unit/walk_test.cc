#include "support/catch.h"
#include "support/evaluations.h"
#include "support/walks.h"

#include <map>
#include <set>
#include <utility>

using namespace spfwalk;
using test::FakeResolver;
using test::walk;
using test::Walked;

namespace {

std::string passes(const spf::Report& report) {
    emit::ListBuilder builder(emit::Certainty::sure, emit::Detail::addresses);
    builder.add(report);
    return emit::print_plain(builder.finish(), {});
}

/// No question twice: the answer store would join them, so the walks must be looked at.
void check_distinct(const Walked& walked) {
    std::set<std::string> distinct;
    for (const dns::Question& question : walked.asked)
        CHECK(distinct.insert(to_text(question)).second);
}

std::string chain(int depth) {
    std::string zone;
    for (int i = 0; i < depth; ++i)
        zone += "c" + std::to_string(i) + ".example. TXT \"v=spf1 include:c" + std::to_string(i + 1) +
                ".example -all\"\n";
    return zone + "c" + std::to_string(depth) + ".example. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n";
}

} // namespace

TEST_CASE("Waves equal the critical path: chains of includes") {
    for (int depth = 1; depth <= 9; ++depth) {
        const Walked walked = walk(chain(depth), {"c0.example"}, FakeResolver::all);
        CHECK(walked.waves == static_cast<std::size_t>(depth) + 1);
        CHECK(walked.asked.size() == static_cast<std::size_t>(depth) + 1);
        CHECK(passes(walked.reports[0]) == "192.0.2.1/32\n");
    }
}

TEST_CASE("Waves equal the critical path: many includes are asked at once") {
    std::string zone = "many.example. TXT \"v=spf1";
    for (int i = 0; i < 10; ++i)
        zone += " include:i" + std::to_string(i) + ".example";
    zone += " -all\"\n";
    for (int i = 0; i < 10; ++i)
        zone +=
            "i" + std::to_string(i) + ".example. TXT \"v=spf1 ip4:192.0.2." + std::to_string(i) + " -all\"\n";
    const Walked walked = walk(zone, {"many.example"}, FakeResolver::all);
    CHECK(walked.waves == 2);
    CHECK(walked.asked.size() == 11);
    check_distinct(walked);
    CHECK(passes(walked.reports[0]) == "192.0.2.0/29\n192.0.2.8/31\n");
}

TEST_CASE("Waves equal the critical path: a, mx and their hosts, both families side by side") {
    const std::string zone = R"(
top.example.   TXT "v=spf1 include:left.example include:right.example a mx -all"
top.example.   A 192.0.2.1
top.example.   MX 10 mx.example.
mx.example.    A 192.0.2.2
mx.example.    AAAA 2001:db8::2
left.example.  TXT "v=spf1 mx:host.example -all"
host.example.  MX 5 one.example.
host.example.  MX 6 two.example.
one.example.   A 192.0.2.3
one.example.   AAAA 2001:db8::3
two.example.   A 192.0.2.4
right.example. TXT "v=spf1 include:deep.example -all"
deep.example.  TXT "v=spf1 a:one.example ip4:192.0.2.5 -all"
)";
    const Walked walked = walk(zone, {"top.example"}, FakeResolver::all);
    // top TXT, then left TXT, then host MX, then its hosts; or right, deep, one: also four.
    CHECK(walked.waves == 4);
    CHECK(walked.asked.size() == 14);
    check_distinct(walked);
    CHECK(passes(walked.reports[0]) == "192.0.2.1/32\n192.0.2.2/31\n192.0.2.4/31\n2001:db8::2/127\n");
}

TEST_CASE("Waves equal the critical path: where IPv6 goes on alone, it does not wait for IPv4") {
    const std::string behind = R"( include:next.example -all"
next.example. TXT "v=spf1 include:last.example -all"
last.example. TXT "v=spf1 ip6:2001:db8::/32 -all"
)";
    const std::string hosts = R"(
top.example.  A 192.0.2.1
top.example.  AAAA 2001:db8::1
top.example.  MX 10 top.example.
slow.example. TXT "v=spf1 include:slow2.example -all"
slow2.example. TXT "v=spf1 ip4:192.0.2.7 -all"
_in-addr.top.example. TXT "v=spf1 ip4:192.0.2.3 -all"
_ip6.top.example.     TXT "v=spf1 include:next.example -all"
)";
    for (const std::string_view terms :
         {"include:slow.example include:_%{v}.top.example", "include:slow.example ip4:0.0.0.0/0",
          "mx ip4:0.0.0.0/0", "include:slow.example a//1 ip4:0.0.0.0/1 ip4:128.0.0.0/1"}) {
        INFO(terms);
        const Walked walked = walk(hosts + "top.example. TXT \"v=spf1 " + std::string(terms) + behind,
                                   {"top.example"}, FakeResolver::all);
        CHECK(walked.waves == 3);
    }
}

TEST_CASE("Nothing is asked that cannot matter") {
    const auto asked = [](std::string_view record, const std::vector<net::Family>& families) {
        const std::string zone = "d.example. TXT \"" + std::string(record) +
                                 "\"\nd.example. A 192.0.2.1\nd.example. MX 1 d.example.\n"
                                 "d1.example. A 192.0.2.2\nd2.example. A 192.0.2.3\nd3.example. A 192.0.2.4\n"
                                 "in.example. TXT \"v=spf1 a:d3.example -all\"\n";
        std::set<std::string> result;
        for (const dns::Question& question : walk(zone, {"d.example"}, FakeResolver::all, {}, families).asked)
            result.insert(to_text(question));
        return result;
    };
    using net::Family;
    using Set = std::set<std::string>;
    CHECK(asked("v=spf1 a -all", {Family::ipv4}) == Set{"d.example TXT", "d.example A"});
    CHECK(asked("v=spf1 a -all", {Family::ipv6}) == Set{"d.example TXT", "d.example AAAA"});
    CHECK(asked("v=spf1 mx -all", {Family::ipv6}) == Set{"d.example TXT", "d.example MX", "d.example AAAA"});
    CHECK(asked("v=spf1 -all a mx include:x.example", {Family::ipv4, Family::ipv6}) == Set{"d.example TXT"});
    CHECK(asked("v=spf1 ip4:0.0.0.0/0 a -all", {Family::ipv4, Family::ipv6}) ==
          Set{"d.example TXT", "d.example AAAA"});
    CHECK(asked("v=spf1 ip6:::/0 a -all", {Family::ipv4, Family::ipv6}) ==
          Set{"d.example TXT", "d.example A"});
    // IPv6 comes to no void lookup after the third, and here IPv4 to none at all.
    CHECK(asked("v=spf1 a a:d1.example a:d2.example include:in.example -all", {Family::ipv4, Family::ipv6}) ==
          Set{"d.example TXT", "d.example A", "d.example AAAA", "d1.example A", "d1.example AAAA",
              "d2.example A", "d2.example AAAA", "in.example TXT", "d3.example A"});
    CHECK(asked("v=spf1 ip4:0.0.0.0/0 ip6:::/0 a -all", {Family::ipv4, Family::ipv6}) ==
          Set{"d.example TXT"});
    CHECK(asked("v=spf1 ~all redirect=x.example exp=y.example", {Family::ipv4}) == Set{"d.example TXT"});
    CHECK(asked("v=spf1 exists:d.example -all", {Family::ipv6}) == Set{"d.example TXT", "d.example A"});
    CHECK(asked("v=spf1 a broken -all", {Family::ipv4}) == Set{"d.example TXT"});
    CHECK(asked("v=spf1 ptr exists:%{i}.x.example -all", {Family::ipv4}) == Set{"d.example TXT"});
}

TEST_CASE("A zone made to fan out is bounded whatever order the answers come in") {
    std::string record = "v=spf1";
    for (int i = 1; i <= 10; ++i)
        record += " include:" + std::to_string(i) + ".%{d}";
    const std::string zone =
        "evil.example. TXT \"" + record + " -all\"\n*.evil.example. TXT \"" + record + " -all\"\n";
    spf::WalkOptions options;
    const auto questions = [&](FakeResolver::Order order) {
        const Walked walked = walk(zone, {"evil.example"}, std::move(order), options);
        CHECK(walked.reports[0].standing() == spf::Standing::permerror);
        check_distinct(walked);
        return walked.asked.size();
    };
    CHECK(questions(FakeResolver::all) <= 11 + options.speculative_branches);
    CHECK(questions(FakeResolver::last) <= 11 + options.speculative_branches);
    CHECK(questions(FakeResolver::first) <= 11 + options.speculative_branches);
    for (std::uint64_t seed = 0; seed < 50; ++seed)
        CHECK(questions(FakeResolver::shuffled(seed)) <= 11 + options.speculative_branches);
    options.speculative_branches = 0;
    CHECK(questions(FakeResolver::last) == 11);
}

TEST_CASE("Speculation runs out without changing the answer, and definite questions never wait for it") {
    std::string zone =
        "wide.example. TXT \"v=spf1 include:a.example include:b.example include:c.example -all\"\n";
    for (const char* name : {"a", "b", "c"})
        zone += std::string(name) + ".example. TXT \"v=spf1 a:h" + name + ".example -all\"\nh" + name +
                ".example. A 192.0.2." + std::to_string(name[0] - 'a') + "\n";
    spf::WalkOptions options;
    constexpr net::Family ipv4[] = {net::Family::ipv4};
    const Walked eager = walk(zone, {"wide.example"}, FakeResolver::all, options, ipv4);
    CHECK(eager.waves == 3);
    options.speculative_branches = options.speculative_leaves = 0;
    const Walked patient = walk(zone, {"wide.example"}, FakeResolver::all, options, ipv4);
    CHECK(patient.waves == 7); // one question after the other, as a mail server would
    CHECK(passes(patient.reports[0]) == passes(eager.reports[0]));
    CHECK(passes(patient.reports[0]) == "192.0.2.0/31\n192.0.2.2/32\n");
}

TEST_CASE(
    "Many domains: shared questions are asked once, every domain is reported once, in bounded parallel") {
    std::string zone = "shared.example. TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n";
    std::vector<std::string> domains;
    for (int i = 0; i < 500; ++i) {
        const std::string name = "d" + std::to_string(i) + ".example";
        domains.push_back(name);
        if (i % 10 != 9)
            zone += name + ". TXT \"v=spf1 include:shared.example ip4:10.0." + std::to_string(i / 250) + "." +
                    std::to_string(i % 250) + " -all\"\n";
    }
    domains.push_back("d0.example"); // again
    for (const std::size_t open_walks : {std::size_t{1}, std::size_t{7}, std::size_t{4096}}) {
        spf::WalkOptions options;
        options.open_walks = open_walks;
        const Walked walked = walk(zone, domains, FakeResolver::shuffled(7), options);
        CHECK(walked.asked.size() == 501);
        check_distinct(walked);
        for (std::size_t i = 0; i < domains.size(); ++i) {
            REQUIRE(walked.reports[i].domain == domains[i]);
            CHECK(walked.reports[i].standing() == (i % 10 == 9 ? spf::Standing::none : spf::Standing::ok));
        }
    }
}

TEST_CASE("Standing: how a domain came out") {
    const std::string zone = R"(
ok.example.    TXT "v=spf1 -all"
perm.example.  TXT "v=spf1 ip4:192.0.2.1 include:gone.example -all"
temp.example.  TXT "v=spf1 ip4:192.0.2.1 include:down.example -all"
both.example.  TXT "v=spf1 ip4:192.0.2.1 -ip4:10.0.0.0/8 include:down.example include:gone.example -all"
;! down.example. TXT SERVFAIL
text.example.  TXT "hello"
)";
    const auto standing = [&](const std::string& domain) {
        return walk(zone, {domain}, FakeResolver::all).reports[0].standing();
    };
    CHECK(standing("ok.example") == spf::Standing::ok);
    CHECK(standing("perm.example") == spf::Standing::permerror);
    CHECK(standing("temp.example") == spf::Standing::temperror);
    CHECK(standing("both.example") == spf::Standing::temperror);
    CHECK(standing("text.example") == spf::Standing::none);
    CHECK(standing("missing.example") == spf::Standing::none);
    CHECK(standing("example") == spf::Standing::none);
}

namespace {

/// A walk for IPv4 that has the record of the domain and waits for the addresses of three hosts.
struct AddressWaits {
    explicit AddressWaits(std::string_view hosts, std::string_view client = {})
        : zone(test::zone_from(
              test::txt("walk.example", "v=spf1 a:one.example a:two.example a:three.example -all") +
              std::string(hosts))),
          walk(0, {{test::inquiry_for("walk.example", net::Family::ipv4, client)}}, options) {
        const dns::Question record = test::question("walk.example", dns::Type::txt);
        CHECK(walk.step() == std::vector{record});
        walk.deliver(record, zone.lookup(record));
        CHECK(walk.step() == std::vector{test::question("one.example", dns::Type::a),
                                         test::question("two.example", dns::Type::a),
                                         test::question("three.example", dns::Type::a)});
    }

    /// Whether the walk is done once it has the address of one more host.
    bool ends_with(std::string_view host) {
        const dns::Question question = test::question(host, dns::Type::a);
        walk.deliver(question, zone.lookup(question));
        CHECK(walk.step().empty());
        return walk.done();
    }

    dns::ZoneResolver zone;
    spf::WalkOptions options;
    spf::Walk walk;
};

} // namespace

TEST_CASE("A walk ends with the address that comes last, in any order") {
    AddressWaits waits("one.example. A 192.0.2.1\ntwo.example. A 192.0.2.2\nthree.example. A 192.0.2.3\n");
    CHECK_FALSE(waits.ends_with("two.example"));
    CHECK_FALSE(waits.ends_with("three.example"));
    CHECK(waits.ends_with("one.example"));
    CHECK(passes(waits.walk.take_report()) == "192.0.2.1/32\n192.0.2.2/31\n");
}

TEST_CASE("What only a domain has asked about itself is forgotten after its walk, all else is kept") {
    const std::string zone = R"(
own.example.       TXT "v=spf1 a mx include:_spf.own.example include:shared.example -all"
own.example.       A 192.0.2.1
own.example.       MX 10 mx.own.example.
own.example.       MX 20 mx.notown.example.
mx.own.example.    A 192.0.2.2
mx.notown.example. A 192.0.2.3
_spf.own.example.  TXT "v=spf1 ip4:192.0.2.4 -all"
shared.example.    TXT "v=spf1 include:_spf.shared.example -all"
_spf.shared.example. TXT "v=spf1 ip4:192.0.2.5 -all"
other.example.     TXT "v=spf1 include:shared.example a:mx.notown.example -all"
)";
    spf::WalkOptions options;
    options.open_walks = 1;
    dns::AnswerStore::Limits limits;
    limits.octets_aside = 0;
    constexpr net::Family ipv4 = net::Family::ipv4;
    // When shared.example is walked itself, another has used its answer.
    const Walked walked = walk(zone, {"own.example", "shared.example", "other.example", "own.example"},
                               FakeResolver::all, options, {&ipv4, 1}, limits);
    std::map<std::string, int> times;
    for (const dns::Question& question : walked.asked)
        ++times[to_text(question)];
    CHECK(times == std::map<std::string, int>{{"_spf.own.example TXT", 2},
                                              {"_spf.shared.example TXT", 1},
                                              {"mx.notown.example A", 1},
                                              {"mx.own.example A", 2},
                                              {"other.example TXT", 1},
                                              {"own.example A", 2},
                                              {"own.example MX", 2},
                                              {"own.example TXT", 2},
                                              {"shared.example TXT", 1}});
    CHECK(passes(walked.reports[3]) == passes(walked.reports[0]));
}

TEST_CASE("What a sender has asked about itself stays for its next client, a failure for whoever comes") {
    constexpr std::string_view zone = R"(
own.example.      TXT "v=spf1 a:host.own.example -all"
;! host.own.example. A TIMEOUT
other.example.    TXT "v=spf1 -all"
)";
    FakeResolver resolver(test::zone_from(zone), FakeResolver::all);
    dns::AnswerStore::Limits limits;
    limits.octets_aside = 0;
    dns::AnswerStore store(resolver, limits);
    spf::WalkOptions options;
    options.open_walks = 1;
    const auto run = [&](std::string_view client) {
        std::vector<spf::Request> requests;
        for (const std::string domain : {"own.example", "other.example", "own.example"})
            requests.push_back({{test::inquiry_for(domain, net::Family::ipv4, client)}});
        std::size_t next = 0;
        spf::Walker(store, options)
            .run([&] { return next == requests.size() ? std::nullopt : std::optional(requests[next++]); },
                 [](const spf::Report&) {});
        std::vector<std::string> asked;
        for (const dns::Question& question : std::exchange(resolver.asked, {}))
            asked.push_back(to_text(question));
        return asked;
    };
    using Asked = std::vector<std::string>;
    SECTION("one client after the other") {
        CHECK(run("192.0.2.1") == Asked{"own.example TXT", "host.own.example A", "other.example TXT"});
    }
    SECTION("all clients at once") {
        CHECK(run({}) ==
              Asked{"own.example TXT", "host.own.example A", "other.example TXT", "own.example TXT"});
    }
}

TEST_CASE("A walk does not wait for addresses that no longer matter") {
    SECTION("a lookup has failed") {
        AddressWaits waits(";! one.example. A TIMEOUT\n");
        CHECK(waits.ends_with("one.example"));
        CHECK(waits.walk.take_report().standing() == spf::Standing::temperror);
    }
    SECTION("one void lookup too many") {
        AddressWaits waits("");
        waits.options.rules.void_limit = 0;
        CHECK(waits.ends_with("one.example"));
        CHECK(waits.walk.take_report().standing() == spf::Standing::permerror);
    }
    SECTION("the only client has been matched") {
        AddressWaits waits("one.example. A 192.0.2.1\n", "192.0.2.1");
        CHECK(waits.ends_with("one.example"));
        CHECK(passes(waits.walk.take_report()) == "192.0.2.1/32\n");
    }
    SECTION("but a failure behind others does not tell whether they matter") {
        AddressWaits waits(
            "one.example. A 192.0.2.1\n;! two.example. A TIMEOUT\nthree.example. A 192.0.2.3\n");
        CHECK_FALSE(waits.ends_with("two.example"));
        CHECK_FALSE(waits.ends_with("three.example"));
        CHECK(waits.ends_with("one.example"));
        CHECK(waits.walk.take_report().standing() == spf::Standing::temperror);
    }
}
