// The limits of RFC 7208 §4.6.4 at their borders, and that their counters belong to the path an address took.
#include "spfwalk/spf/evaluate.h"

#include "support/catch.h"
#include "support/evaluations.h"

#include <sstream>

using namespace spfwalk;
using namespace spfwalk::test;
using net::Family;

namespace {

using Texts = std::vector<std::string>;

const std::string hosts = R"(
one.example.    A 192.0.2.1
one.example.    AAAA 2001:db8::1
four.example.   A 192.0.2.4
six.example.    AAAA 2001:db8::6
relay.example.  MX 1 one.example.
null.example.   MX 0 .
fail.example.   TXT "v=spf1 -all"
ten.example.    TXT "v=spf1 ip4:10.0.0.0/8"
text.example.   TXT "hello"
short.example.  CNAME gone.example.
long.example.   CNAME hop1.example.
hop1.example.   CNAME hop2.example.
hop2.example.   CNAME text.example.
)";

spf::Verdict verdict_of(const std::string& record, Family family, const std::string& more = {},
                        const spf::Rules& rules = {}) {
    return evaluated(hosts + txt("d.example", record) + more, inquiry_for("d.example", family), rules);
}

/// What comes of IPv4 clients.
std::string results_of(const std::string& record, const std::string& more = {},
                       const spf::Rules& rules = {}) {
    return results(verdict_of(record, Family::ipv4, more, rules));
}

/// "name MX n host" with a host for each of 1 to `count`, and their addresses 198.51.100.n.
std::string exchange_set(const std::string& name, int count) {
    std::string zone;
    for (int i = 1; i <= count; ++i) {
        const std::string host = "h" + std::to_string(i) + '.' + name + ".example.";
        zone += name + ".example. MX " + std::to_string(i) + ' ' + host + '\n';
        zone += host + " A 198.51.100." + std::to_string(i) + '\n';
    }
    return zone;
}

spf::Rules sequential() {
    spf::Rules rules;
    rules.mx_order = spf::MxOrder::sequential;
    return rules;
}

} // namespace

TEST_CASE("RFC 7208 §4.6.4: ten terms may look something up, the eleventh is a permerror") {
    spf::Rules rules;
    rules.void_limit = std::nullopt;
    for (const char* term :
         {"-include:fail.example", "-exists:gone.example", "?a:gone.example", "mx:null.example",
          "mx:gone.example", "a:%{d}..example", "include:ten.example", "-a:six.example"}) {
        INFO("term " << term);
        CHECK(results_of("v=spf1" + times(10, term) + " ip4:10.0.0.0/8 -all", {}, rules) ==
              "pass 10.0.0.0/8, fail rest");
        const spf::Verdict over =
            verdict_of("v=spf1" + times(11, term) + " ip4:10.0.0.0/8 -all", Family::ipv4, {}, rules);
        const bool passes = std::string_view(term) == "include:ten.example";
        CHECK(results(over) == (passes ? "pass 10.0.0.0/8, permerror rest" : "permerror all"));
        CHECK(over.lookups == 10);
        REQUIRE(!over.findings.empty());
        CHECK(over.findings.back().code == spf::Code::lookup_limit);
        CHECK(over.findings.back().detail == "10");
        CHECK(over.findings.back().site.visit == 0);
        CHECK(path(over.visits, over.findings.back().site) == std::vector<std::string_view>{term});
    }
    // Those that match keep their result: what comes before the eleventh term counts.
    CHECK(results_of("v=spf1" + times(11, "a:one.example") + " -all") == "pass 192.0.2.1/32, permerror rest");
    CHECK(results_of("v=spf1" + times(11, "-mx:relay.example") + " +all") ==
          "fail 192.0.2.1/32, permerror rest");
    CHECK(results_of("v=spf1" + times(10, "a:one.example") + " exists:one.example") ==
          "pass 192.0.2.1/32, permerror rest");
}

TEST_CASE("RFC 7208 §4.6.4: what does not count as a lookup") {
    const std::string ten = "v=spf1" + times(10, "a:one.example");
    CHECK(results_of(ten + times(20, "ip4:10.0.0.0/8 ip6:2001:db8::/32") + " ~all") ==
          "pass 10.0.0.0/8 192.0.2.1/32, softfail rest");
    CHECK(results_of(ten + " exp=why.example ~all") == "pass 192.0.2.1/32, softfail rest");
    // A redirect costs something only if it is taken.
    CHECK(results_of(ten + " ~all redirect=ten.example") == "pass 192.0.2.1/32, softfail rest");
    CHECK(results_of(ten + " ip4:0.0.0.0/0 redirect=ten.example") == "pass all");
    CHECK(results_of(ten + " redirect=ten.example") == "pass 192.0.2.1/32, permerror rest");
    CHECK(results_of("v=spf1" + times(9, "a:one.example") + " redirect=ten.example") ==
          "pass 10.0.0.0/8 192.0.2.1/32, neutral rest");
    // Behind a match for everybody nothing counts.
    CHECK(verdict_of("v=spf1 a:one.example +all a:four.example", Family::ipv4).lookups == 1);
}

TEST_CASE("RFC 7208 §4.6.4: nested records count, however deep") {
    const auto chain = [](int depth) {
        std::string zone;
        for (int i = 1; i < depth; ++i)
            zone += txt("c" + std::to_string(i) + ".example", "v=spf1 ip4:192.0.2." + std::to_string(i) +
                                                                  " include:c" + std::to_string(i + 1) +
                                                                  ".example");
        return zone + txt("c" + std::to_string(depth) + ".example", "v=spf1 ip4:10.0.0.0/8");
    };
    const std::string record = "v=spf1 include:c1.example -all";
    CHECK(results_of(record, chain(3)) == "pass 10.0.0.0/8 192.0.2.1/32 192.0.2.2/32, fail rest");
    CHECK(results_of(record, chain(10)) ==
          "pass 10.0.0.0/8 192.0.2.1/32 192.0.2.2/31 192.0.2.4/30 192.0.2.8/31, fail rest");
    CHECK(results_of(record, chain(11)) ==
          "pass 192.0.2.1/32 192.0.2.2/31 192.0.2.4/30 192.0.2.8/31 192.0.2.10/32, permerror rest");
    // Five inside, five outside; the same target again costs again.
    const std::string five = txt("five.example", "v=spf1" + times(5, "a:one.example") + " ?all");
    CHECK(results_of(
              "v=spf1 include:five.example a:four.example a:four.example a:four.example a:four.example ~all",
              five) == "pass 192.0.2.1/32 192.0.2.4/32, softfail rest");
    CHECK(results_of("v=spf1 include:five.example include:five.example ~all", five) ==
          "pass 192.0.2.1/32, permerror rest");
}

TEST_CASE("RFC 7208 §4.6.4: the limits are settings") {
    spf::Rules rules;
    rules.lookup_limit = 2;
    CHECK(results_of("v=spf1 a:one.example a:four.example ~all", {}, rules) ==
          "pass 192.0.2.1/32 192.0.2.4/32, softfail rest");
    CHECK(results_of("v=spf1 a:one.example a:one.example a:four.example ~all", {}, rules) ==
          "pass 192.0.2.1/32, permerror rest");
    rules.lookup_limit = 0;
    CHECK(results_of("v=spf1 ip4:10.0.0.0/8 a:one.example ~all", {}, rules) ==
          "pass 10.0.0.0/8, permerror rest");
}

TEST_CASE("Loops burn lookups until the eleventh term; who matched before keeps the result") {
    const std::string self = "v=spf1 ip4:192.0.2.1 include:d.example ip4:10.0.0.0/8 -all";
    const spf::Verdict verdict = verdict_of(self, Family::ipv4);
    CHECK(results(verdict) == "pass 192.0.2.1/32, permerror rest");
    CHECK(finding_texts(verdict) == Texts{"lookup-limit at include:d.example (11 times)"});
    CHECK(results_of("v=spf1 ip4:192.0.2.1 redirect=d.example") == "pass 192.0.2.1/32, permerror rest");
    CHECK(results_of("v=spf1 ip4:192.0.2.1 include:other.example -all",
                     txt("other.example", "v=spf1 ip4:192.0.2.3 include:d.example -all")) ==
          "pass 192.0.2.1/32 192.0.2.3/32, permerror rest");
    // A domain met again is no loop by itself: here it is evaluated for other addresses.
    CHECK(results_of("v=spf1 -include:ten.example include:half.example include:ten.example ~all",
                     txt("half.example", "v=spf1 ip4:192.0.2.0/24 include:ten.example")) ==
          "pass 192.0.2.0/24, fail 10.0.0.0/8, softfail rest");
}

TEST_CASE("RFC 7208 §4.6.4: two void lookups are let pass, the third is a permerror") {
    struct Row {
        const char* record;
        const char* ipv4;
        int voids;
    };
    const std::vector<Row> rows = {
        {"v=spf1 a:gone.example a:text.example ip4:10.0.0.0/8 -all", "pass 10.0.0.0/8, fail rest", 2},
        {"v=spf1 a:gone.example a:text.example ip4:10.0.0.0/8 a:gone.example -all",
         "pass 10.0.0.0/8, permerror rest", 3},
        {"v=spf1 a:gone.example mx:gone.example exists:gone.example +all", "permerror all", 3},
        {"v=spf1 mx:one.example mx:one.example +all", "pass all", 2}, // NODATA is as void as NXDOMAIN
        {"v=spf1 exists:six.example exists:gone.example exists:text.example +all", "permerror all", 3},
        // Once for a question, however long the chain of aliases.
        {"v=spf1 a:long.example a:long.example +all", "pass all", 2},
        {"v=spf1 a:long.example a:long.example a:short.example +all", "permerror all", 3},
        // No question, no void lookup.
        {"v=spf1 mx:null.example mx:null.example mx:null.example +all", "pass all", 0},
        {"v=spf1 a:a..example exists:%{d}..example mx:.example +all", "pass all", 0},
        // Nor is what include asks.
        {"v=spf1 a:gone.example a:gone.example exp=gone.example +all", "pass all", 2},
        {"v=spf1 a:gone.example a:gone.example include:text.example +all", "permerror all", 2},
        // An MX set: the question and each of its hosts.
        {"v=spf1 mx:two.example +all", "pass all", 2},
        {"v=spf1 mx:two.example mx:gone.example +all", "permerror all", 3},
        {"v=spf1 mx:mixed.example +all", "permerror all", 3},
    };
    const std::string more = "two.example. MX 1 gone.example.\ntwo.example. MX 2 text.example.\n"
                             "mixed.example. MX 1 gone.example.\nmixed.example. MX 2 text.example.\n"
                             "mixed.example. MX 3 long.example.\nmixed.example. MX 4 one.example.\n";
    for (const Row& row : rows) {
        INFO("record " << row.record);
        const spf::Verdict verdict = verdict_of(row.record, Family::ipv4, more);
        CHECK(results(verdict) == row.ipv4);
        CHECK(verdict.voids == row.voids);
    }
    const spf::Verdict verdict =
        verdict_of("v=spf1 include:in.example -all", Family::ipv4,
                   txt("in.example", "v=spf1 a:gone.example mx:gone.example a:text.example"));
    CHECK(finding_texts(verdict) == Texts{"void-limit at include:in.example: a:text.example"});
    CHECK(verdict.findings.back().detail == "2");
}

TEST_CASE("RFC 7208 §4.6.4: a host without AAAA is a void lookup for IPv6 clients only") {
    const std::string record =
        "v=spf1 a:four.example a:four.example a:four.example ip4:10.0.0.0/8 ip6:2001:db8::/32 -all";
    CHECK(results(verdict_of(record, Family::ipv4)) == "pass 10.0.0.0/8 192.0.2.4/32, fail rest");
    CHECK(results(verdict_of(record, Family::ipv6)) == "permerror all");
    // exists asks for A whatever the client.
    const std::string exists = "v=spf1 a:six.example a:six.example exists:six.example +all";
    CHECK(results(verdict_of(exists, Family::ipv4)) == "permerror all");
    CHECK(results(verdict_of(exists, Family::ipv6)) == "pass all");
}

TEST_CASE("RFC 7208 §4.6.4: the void limit is a setting, and none lifts it") {
    spf::Rules rules;
    const std::string four = "v=spf1 a:gone.example a:gone.example a:gone.example a:gone.example +all";
    rules.void_limit = 3;
    CHECK(results_of(four, {}, rules) == "permerror all");
    rules.void_limit = 4;
    CHECK(results_of(four, {}, rules) == "pass all");
    rules.void_limit = 0;
    CHECK(results_of("v=spf1 ip4:10.0.0.0/8 a:gone.example +all", {}, rules) ==
          "pass 10.0.0.0/8, permerror rest");
    rules.void_limit = std::nullopt;
    const spf::Verdict verdict = verdict_of(four, Family::ipv4, {}, rules);
    CHECK(results(verdict) == "pass all");
    CHECK(verdict.voids == 4);
    CHECK(verdict.findings.empty());
}

TEST_CASE("Void lookups that are not limited are counted all the same") {
    spf::Rules rules;
    rules.void_limit = std::nullopt;
    const spf::Verdict verdict = verdict_of(
        "v=spf1 a:g1.example a:g2.example a:g3.example a:g4.example a:g5.example ip4:192.0.2.1 -all",
        Family::ipv4, "", rules);
    CHECK(results(verdict) == "pass 192.0.2.1/32, fail rest");
    CHECK(verdict.voids == 5);
}

TEST_CASE("RFC 7208 §4.6.4: an MX set may have ten names") {
    const std::string record = "v=spf1 ip4:10.0.0.0/8 mx:many.example -all";
    CHECK(results_of(record, exchange_set("many", 10)) ==
          "pass 10.0.0.0/8 198.51.100.1/32 198.51.100.2/31 198.51.100.4/30 198.51.100.8/31 198.51.100.10/32, "
          "fail rest");
    const spf::Verdict over = verdict_of(record, Family::ipv4, exchange_set("many", 11));
    CHECK(results(over) == "pass 10.0.0.0/8, permerror rest");
    CHECK(finding_texts(over) == Texts{"mx-limit at mx:many.example"});
    CHECK(over.findings.back().detail == "11");
    CHECK(results_of(record, exchange_set("many", 11), sequential()) == "pass 10.0.0.0/8, permerror rest");
    // Two records for one host are two.
    CHECK(results_of(record, exchange_set("many", 10) + "many.example. MX 77 h1.many.example.\n") ==
          "pass 10.0.0.0/8, permerror rest");
    // Addresses are not limited, neither of a nor of a name in an MX set.
    std::string addresses = "many.example. MX 1 big.example.\n";
    for (int i = 0; i < 256; ++i)
        addresses += "big.example. A 198.51.100." + std::to_string(i) + '\n';
    CHECK(results_of("v=spf1 mx:many.example ~all", addresses) == "pass 198.51.100.0/24, softfail rest");
    CHECK(results_of("v=spf1 a:big.example ~all", addresses) == "pass 198.51.100.0/24, softfail rest");
}

TEST_CASE("RFC 7208 §5.4: mx looks up all hosts and then compares, or on request one after the other") {
    struct Row {
        const char* exchanges;
        const char* eager;
        const char* sequential;
    };
    const std::vector<Row> rows = {
        {"10 one 20 four", "pass 192.0.2.1/32 192.0.2.4/32, fail rest",
         "pass 192.0.2.1/32 192.0.2.4/32, fail rest"},
        {"10 one 20 down", "temperror all", "pass 192.0.2.1/32, temperror rest"},
        {"20 one 10 down", "temperror all", "temperror all"},
        {"10 bad 10 one", "temperror all", "temperror all"}, // by name where preferences are the same
        {"10 one 10 zzz", "temperror all", "pass 192.0.2.1/32, temperror rest"},
        {"10 one 20 gone 30 text 40 six", "permerror all", "pass 192.0.2.1/32, permerror rest"},
        {"10 gone 20 text 30 one 40 six", "permerror all", "pass 192.0.2.1/32, permerror rest"},
        {"10 gone 20 text 30 six 40 one", "permerror all", "permerror all"},
        {"10 gone 20 text 30 one", "pass 192.0.2.1/32, fail rest", "pass 192.0.2.1/32, fail rest"},
    };
    for (const Row& row : rows) {
        INFO("hosts " << row.exchanges);
        std::string zone =
            ";! down.example. A SERVFAIL\n;! bad.example. A SERVFAIL\n;! zzz.example. A SERVFAIL\n";
        std::istringstream words(row.exchanges);
        for (std::string preference, name; words >> preference >> name;)
            zone += "set.example. MX " + preference + ' ' + name + ".example.\n";
        CHECK(results_of("v=spf1 mx:set.example -all", zone) == row.eager);
        CHECK(results_of("v=spf1 mx:set.example -all", zone, sequential()) == row.sequential);
    }
}

TEST_CASE("Sequential mx says once that the void limit was passed, whichever host each region stops at") {
    const std::string zone = txt("in.example", "v=spf1 -ip4:10.0.0.0/8 a:gone.example a:gone.example ?all") +
                             "set.example. MX 1 gone1.example.\nset.example. MX 2 gone2.example.\n"
                             "set.example. MX 3 gone3.example.\n";
    const spf::Verdict verdict =
        verdict_of("v=spf1 include:in.example mx:set.example +all", Family::ipv4, zone, sequential());
    CHECK(results(verdict) == "permerror all");
    CHECK(finding_texts(verdict) == Texts{"void-limit at mx:set.example"});
}

TEST_CASE("RFC 7208 §5.2: after an include each region goes on with its own counters") {
    // 10.0.0.0/8 leaves the target after no lookup of its own, all others after five.
    const std::string lookups =
        txt("in.example", "v=spf1 -ip4:10.0.0.0/8" + times(5, "-a:one.example") + " ?all");
    CHECK(results_of("v=spf1 include:in.example" + times(4, "a:four.example") + " +all", lookups) ==
          "pass all");
    CHECK(results_of("v=spf1 include:in.example" + times(5, "a:four.example") + " +all", lookups) ==
          "pass 10.0.0.0/8 192.0.2.1/32 192.0.2.4/32, permerror rest");
    CHECK(results_of("v=spf1 include:in.example" + times(9, "a:four.example") + " +all", lookups) ==
          "pass 10.0.0.0/8 192.0.2.4/32, permerror rest");
    CHECK(results_of("v=spf1 include:in.example" + times(10, "a:four.example") + " +all", lookups) ==
          "pass 192.0.2.4/32, permerror rest");
    const std::string voids = txt("in.example", "v=spf1 -ip4:10.0.0.0/8 a:gone.example a:gone.example ~all");
    CHECK(results_of("v=spf1 include:in.example a:gone.example +all", voids) ==
          "pass 10.0.0.0/8, permerror rest");
    CHECK(results_of("v=spf1 include:in.example a:gone.example a:gone.example a:gone.example +all", voids) ==
          "permerror all");
}

TEST_CASE("Too much work is given up with a finding and a temperror, not silently") {
    std::string record = "v=spf1";
    for (int i = 0; i < 200; ++i)
        record += " ip4:10.0." + std::to_string(i) + ".0/25";
    spf::Rules rules;
    CHECK(verdict_of(record + " -all", Family::ipv4, {}, rules).findings.empty());
    rules.work_limit = 50;
    const spf::Verdict verdict = verdict_of(record + " -all", Family::ipv4, {}, rules);
    REQUIRE(verdict.findings.size() == 1);
    CHECK(verdict.findings[0].code == spf::Code::work_limit);
    CHECK(verdict.has(spf::Result::temperror));
    CHECK_FALSE(verdict.has(spf::Result::fail));
    // What was found by then stands.
    CHECK(verdict.possible().contains(*net::parse_ipv4("10.0.0.1")));
    CHECK_FALSE(verdict.possible().contains(*net::parse_ipv4("10.0.199.1")));
    // The same inside an include, and only once.
    const spf::Verdict nested = verdict_of("v=spf1 include:in.example include:in.example +all", Family::ipv4,
                                           txt("in.example", record), rules);
    CHECK(nested.findings.size() == 1);
    CHECK(nested.has(spf::Result::temperror));
    CHECK_FALSE(nested.possible().contains(*net::parse_ipv4("203.0.113.1")));
}

TEST_CASE("One term with more addresses than all terms may have is given up, too") {
    std::string zone;
    for (int i = 0; i < 200; ++i)
        zone += "many.example. A 10.0." + std::to_string(i) + ".1\n";
    spf::Rules rules;
    rules.work_limit = 500;
    const spf::Verdict verdict = verdict_of("v=spf1 a:many.example -all", Family::ipv4, zone, rules);
    REQUIRE(verdict.findings.size() == 1);
    CHECK(verdict.findings[0].code == spf::Code::work_limit);
    CHECK(verdict.possible().ranges().size() < 100);
    CHECK(verdict.has(spf::Result::temperror));
}

TEST_CASE("Answers may be used so often and no more, by all clients together") {
    std::string zone;
    for (int i = 0; i < 10; ++i)
        zone += "set.example. MX 1 h" + std::to_string(i) + ".example.\nh" + std::to_string(i) +
                ".example. A 10.0.0." + std::to_string(2 * i) + "\n";
    const std::string record = "v=spf1 mx:set.example -all";
    spf::Rules rules;
    // The limits of each client are far away from this.
    CHECK(verdict_of(record, Family::ipv4, zone, rules).findings.empty());
    rules.uses_per_lookup = 1;
    CHECK(verdict_of(record, Family::ipv4, zone, rules).possible().ranges().size() == 10);
    const spf::Verdict verdict =
        verdict_of("v=spf1 mx:set.example a:one.example -all", Family::ipv4, zone, rules);
    REQUIRE(verdict.findings.size() == 1);
    CHECK(verdict.findings[0].code == spf::Code::work_limit);
    CHECK(verdict.has(spf::Result::temperror));
    CHECK_FALSE(verdict.possible().contains(*net::parse_ipv4("192.0.2.1")));
}
