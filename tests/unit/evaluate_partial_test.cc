// What an evaluation asks for while answers are missing, and how long its answer may be kept.
#include "spfwalk/spf/evaluate.h"

#include "support/catch.h"
#include "support/evaluations.h"

using namespace spfwalk;
using namespace spfwalk::test;
using net::Family;

namespace {

using Texts = std::vector<std::string>;

/// An evaluation that is told answers of a zone one by one.
struct Dialogue {
    ZoneEvidence zone;
    spf::Inquiry inquiry;
    spf::Rules rules;
    PartialEvidence told;

    Dialogue(const std::string& text, spf::Inquiry about, const spf::Rules& how = {})
        : zone(evidence_from(text)), inquiry(std::move(about)), rules(how) {}
    explicit Dialogue(const std::string& text, Family family = Family::ipv4)
        : Dialogue(text, inquiry_for("d.example", family)) {}

    spf::Evaluation now() const { return spf::evaluate(told, inquiry, rules); }
    void tell(const dns::Question& about) {
        zone.find(about);
        told.answers[about] = zone.asked().at(about);
    }
    void tell(std::string_view name, dns::Type type) { tell(question(name, type)); }

    /// "one.example A", and a "?" behind a speculative one.
    Texts wanted() const {
        Texts texts;
        for (const spf::Wanted& wanted : now().wanted)
            texts.push_back(to_text(wanted.question) + (wanted.speculative ? "?" : ""));
        return texts;
    }
};

} // namespace

TEST_CASE("Wanted: the record first, then what its terms ask, behind a missing answer as speculation") {
    Dialogue dialogue(
        txt("d.example", "v=spf1 ip4:10.0.0.0/8 a:one.example include:in.example exists:x.example mx -all") +
        txt("in.example", "v=spf1 a:two.example mx:in.example redirect=to.example") +
        "one.example. A 192.0.2.1\ntwo.example. A 192.0.2.2\n");
    CHECK_FALSE(dialogue.now().complete());
    CHECK(dialogue.wanted() == Texts{"d.example TXT"});
    dialogue.tell("d.example", dns::Type::txt);
    CHECK(dialogue.wanted() == Texts{"one.example A", "in.example TXT?", "x.example A?", "d.example MX?"});
    // Answers may come in any order; what only speculation reached stays speculative.
    dialogue.tell("in.example", dns::Type::txt);
    CHECK(dialogue.wanted() == Texts{"one.example A", "two.example A?", "in.example MX?", "to.example TXT?",
                                     "x.example A?", "d.example MX?"});
    dialogue.tell("one.example", dns::Type::a);
    CHECK(dialogue.wanted() ==
          Texts{"two.example A", "in.example MX?", "to.example TXT?", "x.example A?", "d.example MX?"});
    dialogue.tell("two.example", dns::Type::a);
    CHECK(dialogue.wanted() == Texts{"in.example MX", "to.example TXT?", "x.example A?", "d.example MX?"});
    dialogue.tell("in.example", dns::Type::mx);
    CHECK(dialogue.wanted() == Texts{"to.example TXT", "x.example A?", "d.example MX?"});
    dialogue.tell("to.example", dns::Type::txt); // there is none: a permerror, so nobody comes to the rest
    CHECK(dialogue.wanted().empty());
    CHECK(dialogue.now().complete());
    CHECK(results(dialogue.now().verdict) == "pass 10.0.0.0/8 192.0.2.1/32 192.0.2.2/32, permerror rest");
}

TEST_CASE("Wanted: nothing that can make no difference") {
    struct Row {
        const char* record;
        Family family;
        Texts wanted;
    };
    const std::vector<Row> rows = {
        {"v=spf1 -all a:one.example", Family::ipv4, {}},
        {"v=spf1 a:one.example nonsense", Family::ipv4, {}},
        {"v=spf1 ip4:0.0.0.0/0 a:one.example -all", Family::ipv4, {}},
        {"v=spf1 ip4:0.0.0.0/0 a:one.example -all", Family::ipv6, {"one.example AAAA"}},
        {"v=spf1 exists:one.example -all", Family::ipv6, {"one.example A"}},
        {"v=spf1 ?all redirect=one.example exp=one.example", Family::ipv4, {}},
        {"v=spf1 ptr exists:%{i}.x.example -all", Family::ipv4, {}},
        {"v=spf1 a:one.example mx:one.example a:one.example -all",
         Family::ipv4,
         {"one.example A", "one.example MX?"}},
        {"v=spf1 redirect=one.example", Family::ipv4, {"one.example TXT"}},
    };
    for (const Row& row : rows) {
        INFO("record " << row.record);
        Dialogue dialogue(txt("d.example", row.record), row.family);
        dialogue.tell("d.example", dns::Type::txt);
        CHECK(dialogue.wanted() == row.wanted);
    }
    Dialogue bad({}, inquiry_for("example", Family::ipv4));
    CHECK(bad.now().complete());
}

TEST_CASE("Wanted: the lookup limit ends speculation as well") {
    std::string record = "v=spf1";
    for (int i = 1; i <= 12; ++i)
        record += " a:h" + std::to_string(i) + ".example";
    Dialogue dialogue(txt("d.example", record + " -all"));
    dialogue.tell("d.example", dns::Type::txt);
    const Texts wanted = dialogue.wanted();
    REQUIRE(wanted.size() == 10);
    CHECK(wanted.front() == "h1.example A");
    CHECK(wanted.back() == "h10.example A?");
}

TEST_CASE("Wanted: a question is speculative only while no certain world asks it") {
    const std::string zone = txt("d.example", "v=spf1 include:in.example a:x.example a:z.example -all") +
                             txt("in.example", "v=spf1 -ip4:10.0.0.0/8 a:y.example a:x.example ?all");
    Dialogue dialogue(zone);
    dialogue.tell("d.example", dns::Type::txt);
    dialogue.tell("in.example", dns::Type::txt);
    // Within the target only those behind y ask for x; 10.0.0.0/8 asks for it afterwards, for certain.
    CHECK(dialogue.wanted() == Texts{"y.example A", "x.example A", "z.example A?"});
}

TEST_CASE("Wanted: mx asks for all of its hosts at once, or for one after the other") {
    const std::string zone =
        txt("d.example", "v=spf1 mx -all") +
        "d.example. MX 20 two.example.\n"
        "d.example. MX 10 one.example.\none.example. A 192.0.2.1\ntwo.example. A 192.0.2.2\n";
    for (const spf::MxOrder order : {spf::MxOrder::eager, spf::MxOrder::sequential}) {
        spf::Rules rules;
        rules.mx_order = order;
        const bool eager = order == spf::MxOrder::eager;
        INFO("eager " << eager);
        Dialogue dialogue(zone, inquiry_for("d.example", Family::ipv4), rules);
        dialogue.tell("d.example", dns::Type::txt);
        CHECK(dialogue.wanted() == Texts{"d.example MX"});
        dialogue.tell("d.example", dns::Type::mx);
        CHECK(dialogue.wanted() == Texts{"one.example A", eager ? "two.example A" : "two.example A?"});
        Dialogue other(zone, inquiry_for("d.example", Family::ipv4), rules);
        other.told.answers = dialogue.told.answers;
        dialogue.tell("one.example", dns::Type::a);
        CHECK(dialogue.wanted() == Texts{"two.example A"});
        other.tell("two.example", dns::Type::a);
        CHECK(other.wanted() == Texts{"one.example A"});
        other.tell("one.example", dns::Type::a);
        CHECK(results(other.now().verdict) == "pass 192.0.2.1/32 192.0.2.2/32, fail rest");
    }
    // One client that the first host matches asks for no other.
    spf::Rules rules;
    rules.mx_order = spf::MxOrder::sequential;
    Dialogue client(zone, inquiry_for("d.example", Family::ipv4, "192.0.2.1"), rules);
    client.tell("d.example", dns::Type::txt);
    client.tell("d.example", dns::Type::mx);
    client.tell("one.example", dns::Type::a);
    CHECK(client.now().complete());
}

TEST_CASE("Wanted: a client's reverse mapping, then its names") {
    const std::string zone = txt("d.example", "v=spf1 ptr include:%{p}.x.example -all") +
                             "1.2.0.192.in-addr.arpa. PTR a.test.\n1.2.0.192.in-addr.arpa. PTR b.test.\n"
                             "a.test. A 192.0.2.9\nb.test. A 192.0.2.1\n" +
                             txt("b.test.x.example", "v=spf1 +all");
    Dialogue dialogue(zone, inquiry_for("d.example", Family::ipv4, "192.0.2.1"));
    dialogue.tell("d.example", dns::Type::txt);
    CHECK(dialogue.wanted() == Texts{"1.2.0.192.in-addr.arpa PTR"});
    dialogue.tell("1.2.0.192.in-addr.arpa", dns::Type::ptr);
    CHECK(dialogue.wanted() == Texts{"a.test A", "b.test A"});
    dialogue.tell("a.test", dns::Type::a);
    CHECK(dialogue.wanted() == Texts{"b.test A"});
    dialogue.tell("b.test", dns::Type::a);
    CHECK(dialogue.wanted() == Texts{"b.test.x.example TXT"});
    dialogue.tell("b.test.x.example", dns::Type::txt);
    CHECK(result_of_client(dialogue.now().verdict) == "pass");
}

TEST_CASE("In whatever order answers come, there is something certain to ask for and the end is the same") {
    const std::string zone =
        txt("d.example",
            "v=spf1 -include:a.example mx include:b.example a:%{d}.x.example redirect=c.example") +
        txt("a.example", "v=spf1 a:one.example mx:d.example -all") +
        txt("b.example", "v=spf1 ip4:10.0.0.0/8 include:c.example exists:one.example") +
        txt("c.example", "v=spf1 ip4:172.16.0.0/12 a:one.example ~all") +
        "d.example. MX 10 one.example.\nd.example. MX 10 two.example.\nd.example. MX 20 gone.example.\n"
        "one.example. A 192.0.2.1\ntwo.example. A 192.0.2.2\ntwo.example. AAAA 2001:db8::2\n";
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        const spf::Verdict expected = evaluated(zone, inquiry_for("d.example", family));
        for (const int choice : {0, 1, 2, 3, 4}) {
            Dialogue dialogue(zone, family);
            INFO("choice " << choice);
            int steps = 0;
            for (;; ++steps) {
                const spf::Evaluation evaluation = dialogue.now();
                if (evaluation.complete()) break;
                REQUIRE(steps < 50);
                bool certain = false;
                for (const spf::Wanted& wanted : evaluation.wanted) {
                    CHECK(dialogue.told.answers.count(wanted.question) == 0);
                    certain = certain || !wanted.speculative;
                }
                CHECK(certain);
                const std::size_t size = evaluation.wanted.size();
                dialogue.tell(
                    evaluation.wanted[static_cast<std::size_t>(steps * choice + choice) % size].question);
            }
            CHECK(steps > 5);
            const spf::Verdict verdict = dialogue.now().verdict;
            CHECK(results(verdict) == results(expected));
            CHECK(verdict.findings == expected.findings);
            CHECK(verdict.lookups == expected.lookups);
            CHECK(verdict.voids == expected.voids);
            CHECK(verdict.ttl == expected.ttl);
        }
    }
}

TEST_CASE("TTL: the smallest of the answers used; negative ones without a SOA say nothing") {
    struct Row {
        const char* record;
        std::optional<std::uint32_t> ttl;
    };
    const std::string zone = R"(
slow.example.     7200 A 192.0.2.1
fast.example.       60 A 192.0.2.2
zero.example.        0 A 192.0.2.3
alias.example.     120 CNAME slow.example.
relay.example.     500 MX 1 fast.example.
in.example.        400 TXT "v=spf1 a:slow.example -all"
none.example.       10 TXT "hello"
soa.test.         3600 SOA ns.soa.test. root.soa.test. 1 2 3 4 30
;! down.example. A SERVFAIL
)";
    const std::vector<Row> rows = {
        {"v=spf1 -all", 900},
        {"v=spf1 a:slow.example -all", 900},
        {"v=spf1 a:slow.example a:fast.example -all", 60},
        {"v=spf1 a:alias.example -all", 120},
        {"v=spf1 mx:relay.example -all", 60},
        {"v=spf1 include:in.example -all", 400},
        {"v=spf1 redirect=in.example", 400},
        {"v=spf1 include:none.example -all", 10},
        {"v=spf1 exists:fast.example -all", 60},
        {"v=spf1 a:zero.example -all", 0},
        {"v=spf1 -all a:fast.example", 900}, // not used
        {"v=spf1 a:gone.example -all", 900}, // NXDOMAIN without a SOA
        {"v=spf1 a:gone.soa.test -all", 30},
        {"v=spf1 mx:soa.test -all", 30}, // NODATA with one
        {"v=spf1 a:down.example -all", 900},
        {"v=spf1 nonsense", 900},
    };
    for (const Row& row : rows) {
        INFO("record " << row.record);
        CHECK(evaluated(zone + "d.example. 900 TXT \"" + row.record + "\"\n",
                        inquiry_for("d.example", Family::ipv4))
                  .ttl == row.ttl);
    }
    const auto ttl_of = [&](const char* domain) {
        return evaluated(zone, inquiry_for(domain, Family::ipv6)).ttl;
    };
    CHECK(ttl_of("example") == std::nullopt);
    CHECK(ttl_of("gone.example") == std::nullopt);
    CHECK(ttl_of("gone.soa.test") == 30U);
    CHECK(ttl_of("none.example") == 10U);

    // Answers that were fetched but turned out not to matter do not count.
    Dialogue dialogue(zone + "d.example. 900 TXT \"v=spf1 ip4:0.0.0.0/0 a:fast.example\"\n");
    dialogue.tell("d.example", dns::Type::txt);
    dialogue.tell("fast.example", dns::Type::a);
    CHECK(dialogue.now().verdict.ttl == 900U);
}
