// What `--lenient` relaxes, each with its finding, and what it must not.
#include "spfwalk/spf/evaluate.h"

#include "support/catch.h"
#include "support/evaluations.h"

using namespace spfwalk;
using namespace spfwalk::test;
using net::Family;

namespace {

using Texts = std::vector<std::string>;

const std::string hosts = R"(
one.example.   A 192.0.2.1
text.example.  TXT "hello"
;! down.example. TXT SERVFAIL
;! down.example. A SERVFAIL
)";

spf::Verdict verdict_of(const std::string& record, const spf::Rules& rules, const std::string& more = {}) {
    return evaluated(hosts + txt("d.example", record) + more, inquiry_for("d.example", Family::ipv4), rules);
}

/// A record, what it comes to by the RFC and leniently, and what lenience says.
struct Row {
    std::string record;
    const char* strict;
    const char* lenient;
    Texts findings;
};

void check_rows(const std::vector<Row>& rows, const std::string& more = {}) {
    for (const Row& row : rows) {
        INFO("record " << row.record);
        CHECK(certainty(verdict_of(row.record, {}, more)) == row.strict);
        const spf::Verdict verdict = verdict_of(row.record, spf::Rules::lenient(), more);
        CHECK(certainty(verdict) == row.lenient);
        CHECK(finding_texts(verdict) == row.findings);
        for (const spf::Finding& finding : verdict.findings) {
            const bool error = verdict.has(spf::Result::permerror) || verdict.has(spf::Result::temperror);
            CHECK((is_relaxation(finding.code) || error));
        }
    }
}

} // namespace

TEST_CASE("Lenient: fifty lookups") {
    const std::string eleven = "v=spf1" + times(10, "a:one.example") + " a ip4:10.0.0.0/8 -all";
    const std::string d = "d.example. A 192.0.2.10\n";
    check_rows(
        {
            {"v=spf1" + times(10, "a:one.example") + " ip4:10.0.0.0/8 -all",
             "sure 10.0.0.0/8 192.0.2.1/32",
             "sure 10.0.0.0/8 192.0.2.1/32",
             {}},
            {eleven,
             "sure 192.0.2.1/32",
             "sure 10.0.0.0/8 192.0.2.1/32 192.0.2.10/32",
             {"lenient-lookups at a"}},
            {"v=spf1" + times(50, "a:one.example") + " ip4:10.0.0.0/8 -all",
             "sure 192.0.2.1/32",
             "sure 10.0.0.0/8 192.0.2.1/32",
             {"lenient-lookups at a:one.example"}},
            {"v=spf1" + times(50, "a:one.example") + " a ip4:10.0.0.0/8 -all",
             "sure 192.0.2.1/32",
             "sure 192.0.2.1/32",
             {"lenient-lookups at a:one.example", "lookup-limit at a"}},
            {"v=spf1 ip4:192.0.2.1 include:d.example -all",
             "sure 192.0.2.1/32",
             "sure 192.0.2.1/32",
             {"lenient-lookups at include:d.example (11 times)",
              "lookup-limit at include:d.example (51 times)"}},
        },
        d);
}

TEST_CASE("Lenient: void lookups are not limited") {
    const char* const three = "v=spf1 a:gone.example mx:gone.example exists:text.example ip4:10.0.0.0/8 -all";
    check_rows({
        {"v=spf1 a:gone.example mx:gone.example ip4:10.0.0.0/8 -all",
         "sure 10.0.0.0/8",
         "sure 10.0.0.0/8",
         {}},
        {three, "sure none", "sure 10.0.0.0/8", {"lenient-voids at exists:text.example"}},
        {"v=spf1" + times(9, "a:gone.example") + " ip4:10.0.0.0/8 -all",
         "sure none",
         "sure 10.0.0.0/8",
         {"lenient-voids at a:gone.example"}},
    });
}

TEST_CASE("Lenient: a dead include does not match, other errors of an include stay errors") {
    const std::string more = txt("twice.example", "v=spf1 -all") + txt("twice.example", "v=spf1 +all");
    check_rows(
        {
            {"v=spf1 include:gone.example ip4:10.0.0.0/8 -all",
             "sure none",
             "sure 10.0.0.0/8",
             {"lenient-dead-include at include:gone.example"}},
            {"v=spf1 include:text.example ip4:10.0.0.0/8 -all",
             "sure none",
             "sure 10.0.0.0/8",
             {"lenient-dead-include at include:text.example"}},
            {"v=spf1 include:%{d1} ip4:10.0.0.0/8 -all",
             "sure none",
             "sure 10.0.0.0/8",
             {"lenient-dead-include at include:%{d1}"}},
            {"v=spf1 ip4:192.0.2.1 include:down.example ip4:10.0.0.0/8 -all",
             "sure 192.0.2.1/32",
             "sure 192.0.2.1/32",
             {"dns-failure at include:down.example"}},
            {"v=spf1 include:twice.example ip4:10.0.0.0/8 -all",
             "sure none",
             "sure none",
             {"several-records at include:twice.example"}},
            {"v=spf1 ip4:10.0.0.0/8 redirect=gone.example",
             "sure 10.0.0.0/8",
             "sure 10.0.0.0/8",
             {"no-record at redirect=gone.example"}},
        },
        more);
    // The domain itself still has none.
    const spf::Verdict verdict =
        evaluated(hosts, inquiry_for("text.example", Family::ipv4), spf::Rules::lenient());
    CHECK(results(verdict) == "none all");
    CHECK(finding_texts(verdict) == Texts{"no-record"});
}

TEST_CASE(
    "Lenient: a malformed term that would pass somebody is dropped, any other may take addresses away") {
    check_rows({
        {"v=spf1 ipv4:192.0.2.1 ip4:10.0.0.0/8 -all", "sure none", "sure 10.0.0.0/8", {"lenient-dropped"}},
        {"v=spf1 a:1.2.3.4 ip4:10.0.0.0/8 -all", "sure none", "sure 10.0.0.0/8", {"lenient-dropped"}},
        {"v=spf1 +ip4:192.0.2.0/33 ip4:10.0.0.0/8 -all", "sure none", "sure 10.0.0.0/8", {"lenient-dropped"}},
        {"v=spf1 ip4:192.0.2.1,ip4:192.0.2.2 ip4:10.0.0.0/8 -all",
         "sure none",
         "sure 10.0.0.0/8",
         {"lenient-dropped"}},
        {"v=spf1 include: mx:museum ip4:10.0.0.0/8 -all",
         "sure none",
         "sure 10.0.0.0/8",
         {"lenient-dropped", "lenient-dropped"}},
        {"v=spf1 -ip4:10.0.0.0/33 ip4:10.0.0.0/8 -all",
         "sure none",
         "sure none; possible 10.0.0.0/8",
         {"lenient-dropped", "lenient-undecidable at -ip4:10.0.0.0/33"}},
        {"v=spf1 ~a:1.2.3.4 ip4:10.0.0.0/8 -all",
         "sure none",
         "sure none; possible 10.0.0.0/8",
         {"lenient-dropped", "lenient-undecidable at ~a:1.2.3.4"}},
        {"v=spf1 ?nonsense ip4:10.0.0.0/8 -all",
         "sure none",
         "sure none; possible 10.0.0.0/8",
         {"lenient-dropped", "lenient-undecidable at ?nonsense"}},
        // Only what comes later is at stake.
        {"v=spf1 ip4:10.0.0.0/8 -nonsense ip4:192.0.2.1 -all",
         "sure none",
         "sure 10.0.0.0/8; possible 10.0.0.0/8 192.0.2.1/32",
         {"lenient-dropped", "lenient-undecidable at -nonsense"}},
        {"v=spf1 ip4:10.0.0.0/8 -all -nonsense", "sure none", "sure 10.0.0.0/8", {"lenient-dropped"}},
        // Which of two redirects counts, nobody can say.
        {"v=spf1 ip4:10.0.0.0/8 redirect=one.example redirect=text.example",
         "sure none",
         "sure none",
         {"syntax"}},
    });
}

TEST_CASE("Lenient: below an include that takes addresses away, what would have passed is what matters") {
    const std::string more = txt("in.example", "v=spf1 ip4:10.1.0.0/16 ipv4:10.2.0.0/16 -all") +
                             txt("out.example", "v=spf1 -ipv4:10.2.0.0/16 ip4:10.1.0.0/16 -all") +
                             txt("twice.example", "v=spf1 -include:in.example ip4:10.3.0.0/16 -all") +
                             txt("on.example", "v=spf1 redirect=in.example") +
                             txt("off.example", "v=spf1 ip4:10.1.0.0/16 redirect=in.example,");
    const auto told = [&](const std::string& record) {
        return certainty(verdict_of(record, spf::Rules::lenient(), more));
    };
    const std::string rest = " ip4:192.0.2.1 -all";
    for (const std::string sign : {"-", "~", "?"}) {
        INFO(sign);
        CHECK(told("v=spf1 " + sign + "include:in.example" + rest) == "sure none; possible 192.0.2.1/32");
        CHECK(told("v=spf1 " + sign + "include:on.example" + rest) == "sure none; possible 192.0.2.1/32");
        CHECK(told("v=spf1 " + sign + "include:off.example" + rest) == "sure none; possible 192.0.2.1/32");
        CHECK(told("v=spf1 " + sign + "include:out.example ip4:10.1.0.1" + rest) == "sure 192.0.2.1/32");
        CHECK(told("v=spf1 " + sign + "include:twice.example ip4:10.3.0.1" + rest) == "sure 192.0.2.1/32");
    }
    CHECK(told("v=spf1 include:in.example" + rest) == "sure 10.1.0.0/16 192.0.2.1/32");
    CHECK(told("v=spf1 include:off.example" + rest) == "sure 10.1.0.0/16 192.0.2.1/32");
    CHECK(told("v=spf1 include:out.example" + rest) ==
          "sure 192.0.2.1/32; possible 10.1.0.0/16 192.0.2.1/32");
}

TEST_CASE("Lenient: of more than ten MX names that take addresses away, the others are not looked past") {
    std::string more;
    for (int i = 10; i < 21; ++i) {
        const std::string host = "mx" + std::to_string(i) + ".example";
        more += "many.example. MX 10 " + host + ".\n" + host + ". A 10.0.0." + std::to_string(i) + "\n";
    }
    for (const spf::MxOrder order : {spf::MxOrder::eager, spf::MxOrder::sequential}) {
        spf::Rules rules = spf::Rules::lenient();
        rules.mx_order = order;
        const spf::Verdict verdict =
            verdict_of("v=spf1 ip4:192.0.2.1 -mx:many.example ip4:10.0.0.0/27 -all", rules, more);
        CHECK(certainty(verdict) == "sure 192.0.2.1/32; possible 10.0.0.0/29 10.0.0.8/31 10.0.0.20/30 "
                                    "10.0.0.24/29 192.0.2.1/32");
        CHECK(finding_texts(verdict) ==
              Texts{"lenient-mx at -mx:many.example", "lenient-undecidable at -mx:many.example"});
        CHECK(certainty(verdict_of("v=spf1 mx:many.example -all", rules, more)) ==
              "sure 10.0.0.10/31 10.0.0.12/30 10.0.0.16/30");
    }
}

TEST_CASE("Lenient: white space separates, terms with other bytes are dropped") {
    const spf::Rules lenient = spf::Rules::lenient();
    struct SeparatorRow {
        const char* record; ///< as in a master file
        const char* strict;
        const char* lenient;
        Texts findings;
    };
    const std::vector<SeparatorRow> rows = {
        {"v=spf1 ip4:10.0.0.0/8\\009-all",
         "permerror all",
         "pass 10.0.0.0/8, fail rest",
         {"lenient-separator"}},
        {"v=spf1\\009ip4:10.0.0.0/8 -all", "none all", "pass 10.0.0.0/8, fail rest", {"lenient-separator"}},
        {"v=spf1 ip4:10.0.0.0/8\\013\\010-all",
         "permerror all",
         "pass 10.0.0.0/8, fail rest",
         {"lenient-separator"}},
        {"v=spf1 ip4:10.0.0.0/8 \\226\\128\\156a\\226\\128\\157 -all",
         "permerror all",
         "pass 10.0.0.0/8, fail rest",
         {"lenient-dropped"}},
        {"v=spf1 ip4:10.0.0.0/8 \\226\\128\\147all",
         "permerror all",
         "pass 10.0.0.0/8, neutral rest",
         {"lenient-dropped"}},
    };
    for (const SeparatorRow& row : rows) {
        INFO("record " << row.record);
        const std::string zone = "d.example. TXT \"" + std::string(row.record) + "\"\n";
        const spf::Inquiry inquiry = inquiry_for("d.example", Family::ipv4);
        CHECK(results(evaluated(zone, inquiry)) == row.strict);
        const spf::Verdict verdict = evaluated(zone, inquiry, lenient);
        CHECK(results(verdict) == row.lenient);
        CHECK(finding_texts(verdict) == row.findings);
    }
}

TEST_CASE("Lenient: identical records are one, different ones are none") {
    const auto both = [](const char* first, const char* second) {
        return evaluated(txt("d.example", first) + txt("d.example", second),
                         inquiry_for("d.example", Family::ipv4), spf::Rules::lenient());
    };
    const spf::Verdict same = both("v=spf1 ip4:10.0.0.0/8 -all", "v=spf1 ip4:10.0.0.0/8 -all");
    CHECK(results(same) == "pass 10.0.0.0/8, fail rest");
    CHECK(finding_texts(same) == Texts{"lenient-repeated"});
    const spf::Verdict different = both("v=spf1 ip4:10.0.0.0/8 -all", "v=spf1 ip4:10.0.0.0/8 ~all");
    CHECK(results(different) == "permerror all");
    CHECK(finding_texts(different) == Texts{"several-records"});
}

TEST_CASE("Lenient: of more than ten MX names the ten most preferred") {
    std::string zone;
    for (int i = 1; i <= 12; ++i) {
        // The most preferred stand last and have the names that sort last.
        zone += "set.example. MX " + std::to_string(100 - i) + " h" + std::to_string(i) + ".example.\n";
        zone += "h" + std::to_string(i) + ".example. A 198.51.100." + std::to_string(i) + '\n';
    }
    check_rows(
        {
            {"v=spf1 ip4:10.0.0.0/8 mx:set.example ~all",
             "sure 10.0.0.0/8",
             "sure 10.0.0.0/8 198.51.100.3/32 198.51.100.4/30 198.51.100.8/30 198.51.100.12/32",
             {"lenient-mx at mx:set.example"}},
        },
        zone);
}

TEST_CASE("Lenient: order, qualifiers and include keep their meaning") {
    const std::string more = txt("part.example", "v=spf1 ip4:10.0.0.0/9 -all");
    for (const char* record : {
             "v=spf1 ip4:10.0.0.0/8 -ip4:10.0.0.0/9 -all", // a carve-out behind its supernet
             "v=spf1 -ip4:10.0.0.0/9 ip4:10.0.0.0/8 ~all",
             "v=spf1 ?include:part.example ip4:10.0.0.0/8 -all",
             "v=spf1 -all redirect=part.example",
             "v=spf1 ~ip4:10.0.0.0/8 redirect=part.example",
             "v=spf1 exists:one.example",
             "v=spf1 a:down.example +all",
             "v=spf1",
         }) {
        INFO("record " << record);
        const spf::Verdict strict = verdict_of(record, {}, more);
        const spf::Verdict lenient = verdict_of(record, spf::Rules::lenient(), more);
        CHECK(results(lenient) == results(strict));
        CHECK(lenient.findings == strict.findings);
    }
}

TEST_CASE("Lenient: malformed terms are work too, or a record full of them would not be bounded") {
    spf::Rules rules = spf::Rules::lenient();
    rules.work_limit = 500 * 8 + 50; // what is said about each of them, and then them
    const spf::Verdict verdict = verdict_of("v=spf1 ip4:10.0.0.0/8" + times(500, "-x") + " -all", rules);
    const auto found =
        std::find_if(verdict.findings.begin(), verdict.findings.end(),
                     [](const spf::Finding& finding) { return finding.code == spf::Code::work_limit; });
    CHECK(found != verdict.findings.end());
    CHECK(verdict.regions.size() <= 100);
    CHECK(certainty(verdict) == "sure 10.0.0.0/8");
}

TEST_CASE("Lenient: what is wrong with a record is said where it is come to first") {
    const spf::Verdict verdict =
        verdict_of("v=spf1 x y include:self.example include:self.example -all", spf::Rules::lenient(),
                   txt("self.example", "v=spf1 z include:self.example -all"));
    const auto dropped =
        std::ranges::count(verdict.findings, spf::Code::lenient_dropped, &spf::Finding::code);
    CHECK(dropped == 3);
}
