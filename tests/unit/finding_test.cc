#include "spfwalk/spf/finding.h"

#include "support/catch.h"
#include "support/evaluations.h"

#include "spfwalk/emit/domain.h"
#include "spfwalk/emit/format.h"
#include "spfwalk/escape.h"

#include <algorithm>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

using namespace spfwalk;
using namespace spfwalk::test;
using net::Family;
using spf::Code;

namespace {

using Lines = std::vector<std::string>;

const std::string hosts = R"(
one.example.   A 192.0.2.1
text.example.  TXT "hello"
;! down.example. TXT TIMEOUT
;! down.example. A SERVFAIL
;! odd.example. MX RCODE9
)";

Lines lines_of(const spf::Verdict& verdict) {
    Lines lines;
    for (const spf::Finding& finding : verdict.findings)
        lines.push_back(describe(finding, verdict));
    return lines;
}

Lines lines_for(const std::string& zone, const std::string& domain = "d.example",
                const spf::Rules& rules = {}) {
    return lines_of(evaluated(hosts + zone, inquiry_for(domain, Family::ipv4), rules));
}

struct Row {
    std::string record;
    Lines lines;
};

void check_rows(const std::vector<Row>& rows, const std::string& more = {}, const spf::Rules& rules = {}) {
    for (const Row& row : rows) {
        INFO("record " << row.record);
        CHECK(lines_for(txt("d.example", row.record) + more, "d.example", rules) == row.lines);
    }
}

std::string exchange_set(int count) {
    std::string zone;
    for (int i = 0; i < count; ++i)
        zone += "set.example. MX 10 h" + std::to_string(i) + ".example.\nh" + std::to_string(i) +
                ".example. A 192.0.2.9\n";
    return zone;
}

} // namespace

TEST_CASE("Lines: domains and targets without one good record") {
    CHECK(lines_for({}, "gone.example") ==
          Lines{"no SPF record: the name does not exist (none, RFC 7208 §4.5)"});
    CHECK(lines_for({}, "text.example") == Lines{"no SPF record (none, RFC 7208 §4.5)"});
    CHECK(lines_for({}, "com") ==
          Lines{"\"com\" is not a name that can have an SPF record (none, RFC 7208 §4.3)"});
    CHECK(lines_for({}, "down.example") == Lines{"down.example TXT: timeout (temperror, RFC 7208 §4.4)"});
    const std::string twice = txt("twice.example", "v=spf1 -all") + txt("twice.example", "v=spf1 ~all");
    CHECK(lines_for(twice, "twice.example") == Lines{"more than one SPF record (permerror, RFC 7208 §4.5)"});
    check_rows(
        {
            {"v=spf1 include:text.example",
             {"include:text.example: no SPF record (permerror, RFC 7208 §5.2)"}},
            {"v=spf1 include:gone.example",
             {"include:gone.example: no SPF record: the name does not exist (permerror, RFC 7208 §5.2)"}},
            {"v=spf1 redirect=text.example",
             {"redirect=text.example: no SPF record (permerror, RFC 7208 §6.1)"}},
            {"v=spf1 include:in.example",
             {"include:in.example: redirect=text.example: no SPF record (permerror, RFC 7208 §6.1)"}},
            {"v=spf1 redirect=to.example",
             {"redirect=to.example: include:text.example: no SPF record (permerror, RFC 7208 §5.2)"}},
            {"v=spf1 include:a..example",
             {"include:a..example: \"a..example\" is not a name that can have an SPF record (permerror, RFC "
              "7208 §5.2)"}},
            {"v=spf1 redirect=%{d1}",
             {"redirect=%{d1}: \"example\" is not a name that can have an SPF record (permerror, RFC 7208 "
              "§6.1)"}},
            {"v=spf1 include:twice.example",
             {"include:twice.example: more than one SPF record (permerror, RFC 7208 §4.5)"}},
            {"v=spf1 include:down.example",
             {"include:down.example: down.example TXT: timeout (temperror, RFC 7208 §4.4)"}},
        },
        twice + txt("in.example", "v=spf1 redirect=text.example") +
            txt("to.example", "v=spf1 include:text.example"));
}

TEST_CASE("Lines: syntax errors say where and what") {
    check_rows(
        {
            {"v=spf1 nonsense -all",
             {"syntax error at column 8: \"nonsense\": unknown mechanism (permerror, RFC 7208 §4.6.1)"}},
            {"v=spf1 ip4:10.0.0.0/33 all/0",
             {"syntax error at column 20: \"/33\": bad prefix length (permerror, RFC 7208 §5.6)",
              "syntax error at column 27: \"/0\": \"all\" takes no argument (permerror, RFC 7208 §5.1)"}},
            {"v=spf1 include:", {"syntax error at column 16: empty domain (permerror, RFC 7208 §7.1)"}},
            {"v=spf1 exp=one.example exp=one.example",
             {"syntax error at column 24: \"exp=one.example\": modifier given twice (permerror, RFC 7208 "
              "§6)"}},
            {"v=spf1 include:in.example",
             {"include:in.example: syntax error at column 10: \"1.2.3.4\": bad top label in domain "
              "(permerror, RFC 7208 §7.1)"}},
        },
        txt("in.example", "v=spf1 a:1.2.3.4"));
}

TEST_CASE("Lines: limits, failures, names, macros") {
    check_rows(
        {
            {"v=spf1" + times(10, "a:one.example") + " include:one.example -all",
             {"include:one.example: over the limit of 10 lookups (permerror, RFC 7208 §4.6.4)"}},
            {"v=spf1 a:gone.example a:gone.example mx:gone.example",
             {"mx:gone.example: over the limit of 2 void lookups (--void-limit none lifts it) (permerror, "
              "RFC 7208 §4.6.4)"}},
            {"v=spf1 mx:set.example",
             {"mx:set.example: 11 MX records, more than ten (permerror, RFC 7208 §4.6.4)"}},
            {"v=spf1 a:down.example", {"a:down.example: down.example A: SERVFAIL (temperror, RFC 7208 §5)"}},
            {"v=spf1 mx:odd.example", {"mx:odd.example: odd.example MX: RCODE 9 (temperror, RFC 7208 §5)"}},
            {"v=spf1 ~exists:a..%{d}",
             {"~exists:a..%{d}: \"a..d.example\" cannot be looked up, so it matches nothing (RFC 7208 "
              "§4.8)"}},
            {"v=spf1 -exists:%{ir}.%{l1r-}.x.example",
             {"-exists:%{ir}.%{l1r-}.x.example: depends on %{i}, %{l}, which no list can hold (RFC 7208 "
              "§7.2)"}},
            {"v=spf1 ptr -all",
             {"ptr: depends on the client's reverse DNS, which no list can hold (RFC 7208 §5.5)"}},
        },
        exchange_set(11));
    spf::Rules rules;
    rules.lookup_limit = 1;
    rules.void_limit = 0;
    check_rows(
        {
            {"v=spf1 a:one.example a:one.example",
             {"a:one.example: over the limit of 1 lookups (permerror, RFC 7208 §4.6.4)"}},
            {"v=spf1 a:gone.example",
             {"a:gone.example: over the limit of 0 void lookups (--void-limit none lifts it) (permerror, RFC "
              "7208 §4.6.4)"}},
        },
        {}, rules);
    rules = {};
    rules.work_limit = 0;
    const Lines lines =
        lines_for(txt("d.example", "v=spf1" + times(9, "a:one.example") + " a"), "d.example", rules);
    REQUIRE(lines.size() == 1);
    CHECK(lines[0].find("a:one.example: too complex, evaluation given up (temperror, RFC 7208 §11.1)") == 0);
}

TEST_CASE("Lines: what --lenient relaxed") {
    check_rows(
        {
            {"v=spf1" + times(11, "a:one.example"),
             {"a:one.example: lenient, not RFC: more than 10 lookups from here on (RFC 7208 §4.6.4)"}},
            {"v=spf1 a:gone.example a:gone.example mx:gone.example -all",
             {"mx:gone.example: lenient, not RFC: more than 2 void lookups from here on (RFC 7208 §4.6.4)"}},
            {"v=spf1 include:text.example",
             {"include:text.example: lenient, not RFC: include without an SPF record passed over (RFC 7208 "
              "§5.2)"}},
            {"v=spf1 mx:set.example",
             {"mx:set.example: lenient, not RFC: 11 MX names, the first ten used (RFC 7208 §4.6.4)"}},
            {"v=spf1 ipv4:192.0.2.1 -all",
             {"lenient, not RFC: passed over a syntax error at column 8: \"ipv4\": unknown mechanism (RFC "
              "7208 §4.6.1)"}},
            {"v=spf1 -a:1.2.3.4",
             {"lenient, not RFC: passed over a syntax error at column 11: \"1.2.3.4\": bad top label in "
              "domain (RFC 7208 §7.1)",
              "-a:1.2.3.4: lenient, not RFC: the term may take more addresses away, which ones is unknown "
              "(RFC 7208 §4.6)"}},
            {"v=spf1 ip4:192.0.2.1\t-all",
             {"lenient, not RFC: tab or newline taken as a space (RFC 7208 §4.6.1)"}},
        },
        exchange_set(11), spf::Rules::lenient());
    CHECK(lines_for(txt("d.example", "v=spf1 -all") + txt("d.example", "v=spf1 -all"), "d.example",
                    spf::Rules::lenient()) ==
          Lines{"lenient, not RFC: identical SPF records taken as one (RFC 7208 §4.5)"});
}

TEST_CASE("Lines name the family where the finding holds for one only") {
    const auto line = [](const std::string& record, Family family) {
        const spf::Verdict verdict =
            evaluated(hosts + txt("d.example", record), inquiry_for("d.example", family));
        REQUIRE(verdict.findings.size() == 1);
        return describe(verdict.findings[0], verdict, family);
    };
    CHECK(line("v=spf1 include:text.example", Family::ipv6) ==
          "include:text.example: no SPF record (permerror for IPv6, RFC 7208 §5.2)");
    CHECK(line("v=spf1 a:down.example", Family::ipv4) ==
          "a:down.example: down.example A: SERVFAIL (temperror for IPv4, RFC 7208 §5)");
    CHECK(line("v=spf1 ptr", Family::ipv6) ==
          "ptr: depends on the client's reverse DNS, which no list can hold (for IPv6, RFC 7208 §5.5)");
}

TEST_CASE("Lines escape whatever DNS sent") {
    const auto of = [](const std::string& record) {
        return lines_for("d.example. TXT \"" + record + "\"\n");
    };
    CHECK(
        of("v=spf1 a\\007b") ==
        Lines{
            "syntax error at column 9: \"\\x07\": not a visible ASCII character (permerror, RFC 7208 §3.1)"});
    CHECK(of("v=spf1 -all\\027[2J").at(0).find('\x1b') == std::string::npos);
    CHECK(of("v=spf1 ip4:192.0.2.1 \\226\\128\\147all").at(0) ==
          "syntax error at column 22: \"\\xe2\": not a visible ASCII character (permerror, RFC 7208 §3.1)");
    CHECK(of("v=spf1" + times(10, "a:one.example") + " a:x\\\\y.example") ==
          Lines{"a:x\\\\y.example: over the limit of 10 lookups (permerror, RFC 7208 §4.6.4)"});
    // A domain, and the name a term makes of a sender, may hold anything.
    CHECK(lines_for({}, "a\n..\xff") ==
          Lines{"\"a\\x0a..\\xff\" is not a name that can have an SPF record (none, RFC 7208 §4.3)"});
    spf::Inquiry inquiry = inquiry_for("d.example", Family::ipv4);
    inquiry.sender = "\r\n..\x7f\\@d.example";
    CHECK(lines_of(evaluated(txt("d.example", "v=spf1 exists:%{l}.d.example"), inquiry)) ==
          Lines{"exists:%{l}.d.example: \"\\x0d\\x0a..\\x7f\\\\.d.example\" cannot be looked up, so it "
                "matches nothing "
                "(RFC 7208 §4.8)"});
    inquiry.sender = "\xc3\xbc@d.example";
    CHECK(lines_of(evaluated(txt("d.example", "v=spf1 exists:%{l}.d.example"), inquiry)) ==
          Lines{"exists:%{l}.d.example: the sender's local-part is not ASCII, so it matches nothing "
                "(RFC 8616 §4)"});
    CHECK(
        lines_of(evaluated(txt("d.example", "v=spf1 redirect=%{l}.d.example"), inquiry)) ==
        Lines{"redirect=%{l}.d.example: the sender's local-part is not ASCII (RFC 8616), so there is no such "
              "record (permerror, RFC 7208 §6.1)"});
    // The terms of a path, too: leniently such a term stays in the record.
    const Lines lenient =
        lines_for("d.example. TXT \"v=spf1 -\\027x\"\n", "d.example", spf::Rules::lenient());
    REQUIRE(lenient.size() == 2);
    CHECK(lenient[1].find("-\\x1bx: lenient") == 0);
}

TEST_CASE("Every octet at every place is escaped, or stands for itself") {
    for (int value = 0; value < 256; ++value) {
        const char c = static_cast<char>(value);
        std::string expected(1, c);
        if (c == '\\')
            expected = "\\\\";
        else if (value < 0x20 || value > 0x7e)
            expected = fmt::format("\\x{:02x}", value);
        for (const std::size_t size : std::initializer_list<std::size_t>{1, 7, 8, 9, 16, 23}) {
            for (std::size_t at = 0; at < size; ++at) {
                std::string text(size, '~'), whole(size, '~');
                text[at] = c;
                whole.replace(at, 1, expected);
                CAPTURE(value, size, at);
                REQUIRE(escape(text) == whole);
                // What is passed over as plain never holds an exception.
                const std::size_t plain = plain_eights(text, '"', '\\');
                const bool is_plain = value >= 0x20 && value < 0x7f && c != '"' && c != '\\';
                REQUIRE(plain <= size);
                REQUIRE((is_plain || plain <= at));
                REQUIRE(spfwalk::is_plain(text) == is_plain);
            }
        }
    }
}

TEST_CASE("Paths of many sites are those of each") {
    const std::string zone =
        txt("d.example", "v=spf1 ip4:192.0.2.1 include:a.example ip4:192.0.2.9 include:a.example "
                         "ip4:192.0.2.10 -all") +
        txt("a.example", "v=spf1 ip4:192.0.2.2 include:b.example ip4:192.0.2.3 include:c.example ?all") +
        txt("b.example", "v=spf1 ip4:192.0.2.4 ip4:192.0.2.5 ?all") +
        txt("c.example", "v=spf1 ip4:192.0.2.6 include:c.example ip4:192.0.2.7 ?all");
    const spf::Verdict verdict = evaluated(zone, inquiry_for("d.example", Family::ipv4));
    REQUIRE(verdict.visits.size() > 5);
    spf::PathTexts paths(verdict.visits);
    std::string ignored;
    for (const spf::Region& region : verdict.regions) {
        CHECK(paths.of(region.decided_by) == path_text(verdict.visits, region.decided_by));
        CHECK(paths.append(ignored, region.decided_by));
    }
    for (std::uint32_t visit = 0; visit < verdict.visits.size(); ++visit) {
        CHECK(paths.of({visit, {}}) == path_text(verdict.visits, {visit, {}}));
        CHECK(paths.append(ignored, {visit, {}}));
    }
}

TEST_CASE("Paths: those with anything to escape are known, wherever on the way it stands") {
    const std::string zone =
        "q\\\"q.example A 192.0.2.1\nb\\\\b.example TXT \"v=spf1 ip4:192.0.2.2 -all\"\n" +
        txt("plain.example", "v=spf1 ip4:192.0.2.3 -all") +
        txt("quote.example", "v=spf1 a:q\\\"q.example ip4:192.0.2.4 -all") +
        txt("way.example", "v=spf1 include:b\\\\b.example -all") +
        txt("below.example", "v=spf1 ip4:192.0.2.5 include:quote.example -all");
    for (const auto& [domain, plain, path] :
         {std::tuple{"plain.example", true, "ip4:192.0.2.3"},
          {"quote.example", false, "a:q\"q.example"},
          {"way.example", false, "include:b\\\\b.example: ip4:192.0.2.2"},
          {"below.example", false, "include:quote.example: a:q\"q.example"}}) {
        INFO(domain);
        spf::Report report;
        report.domain = domain;
        report.verdicts = {evaluated(zone, inquiry_for(domain, Family::ipv4))};
        const emit::DomainResult result = emit::domain_result(report, emit::Certainty::sure);
        CHECK(result.paths.all_plain() == plain);
        std::string line;
        emit::append_domain_object(line, result, {});
        const auto object = nlohmann::json::parse(line);
        std::vector<std::string> paths;
        for (const auto& prefix : object["prefixes"])
            for (const auto& from : prefix["from"])
                paths.push_back(from);
        CHECK(std::ranges::find(paths, path) != paths.end());
    }
}

TEST_CASE("Paths: a term in a row with itself once, with a count") {
    const auto path_of_last = [](const std::string& zone) {
        const spf::Verdict verdict = evaluated(hosts + zone, inquiry_for("d.example", Family::ipv4));
        REQUIRE(!verdict.findings.empty());
        return path_text(verdict.visits, verdict.findings.back().site);
    };
    CHECK(path_of_last(txt("d.example", "v=spf1 include:d.example")) == "include:d.example (11 times)");
    CHECK(path_of_last(txt("d.example", "v=spf1 a:one.example include:d.example")) ==
          "include:d.example (5 times): a:one.example");
    CHECK(path_of_last(txt("d.example", "v=spf1 include:e.example") +
                       txt("e.example", "v=spf1 redirect=e.example")) ==
          "include:e.example: redirect=e.example (10 times)");
    CHECK(path_of_last(txt("d.example", "v=spf1 include:%{d2} include:x.example")) ==
          "include:%{d2} (11 times)");
    CHECK(path_of_last(txt("d.example", "v=spf1 include:x.example") +
                       txt("x.example", "v=spf1 a:down.example")) == "include:x.example: a:down.example");
    CHECK(path_of_last(txt("d.example", "v=spf1 nonsense")).empty());
}

TEST_CASE("Codes have stable names") {
    const std::vector<std::pair<Code, std::string>> names = {
        {Code::no_record, "no-record"},
        {Code::bad_name, "bad-name"},
        {Code::several_records, "several-records"},
        {Code::syntax, "syntax"},
        {Code::lookup_limit, "lookup-limit"},
        {Code::void_limit, "void-limit"},
        {Code::mx_limit, "mx-limit"},
        {Code::dns_failure, "dns-failure"},
        {Code::unqueryable, "unqueryable"},
        {Code::local_part, "local-part"},
        {Code::undecidable, "undecidable"},
        {Code::work_limit, "work-limit"},
        {Code::lenient_lookups, "lenient-lookups"},
        {Code::lenient_voids, "lenient-voids"},
        {Code::lenient_dead_include, "lenient-dead-include"},
        {Code::lenient_mx, "lenient-mx"},
        {Code::lenient_dropped, "lenient-dropped"},
        {Code::lenient_undecidable, "lenient-undecidable"},
        {Code::lenient_separator, "lenient-separator"},
        {Code::lenient_repeated, "lenient-repeated"},
    };
    for (const auto& [code, name] : names) {
        CHECK(to_text(code) == name);
        CHECK(is_relaxation(code) == (name.find("lenient-") == 0));
    }
}
