// Every code of `spfwalk lint`: a zone that shows it, in process; and the pages about them.
#include "spfwalk/cli/run.h"
#include "spfwalk/spf/lint.h"

#include "support/catch.h"
#include "support/files.h"
#include "support/recorder.h"
#include "support/zone_evidence.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

using namespace spfwalk;
using namespace spfwalk::test;
using Json = nlohmann::json;

namespace {

struct Ran {
    int status;
    std::string output;
    std::string error;
};

Ran lint(std::vector<std::string> arguments, const std::string& zone_text) {
    const TemporaryDirectory directory;
    write_text(directory / "zone", zone_text);
    arguments.insert(arguments.begin(), {"lint", "--zone", directory / "zone"});
    Recorder terminal(std::nullopt);
    const int status = cli::run(arguments, terminal);
    return {status, terminal.output, terminal.error};
}

/// What the examples are about: one of them is a name.
std::string domain_of(const std::string& code) {
    return code == "bad-name" ? "localhost" : "d.example";
}

/// The findings as JSON.
Json findings(const std::string& zone_text, const std::string& domain) {
    const Ran ran = lint({"-t", "json", domain}, zone_text);
    INFO(ran.error);
    REQUIRE(ran.status != 1);
    return Json::parse(ran.output).at("domains").at(0).at("findings");
}

std::set<std::string> codes(const Json& found) {
    std::set<std::string> result;
    for (const Json& finding : found)
        result.insert(finding.at("code").get<std::string>());
    return result;
}

/// As lines of master files have it.
std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

std::string txt(const std::string& name, const std::string& record) {
    std::string line = "$TTL 7200\n" + name + ". TXT";
    for (std::size_t at = 0; at < record.size() || at == 0; at += 200)
        line += " \"" + escaped(record.substr(at, 200)) + '"';
    return line + '\n';
}

std::string d(const std::string& record) {
    return txt("d.example", record);
}

std::string networks(int count) {
    std::string terms;
    for (int i = 0; i < count; ++i)
        terms += " ip4:100.0." + std::to_string(i) + ".0/24";
    return terms;
}

std::string lookups(int count) {
    std::string zone;
    std::string record = "v=spf1";
    for (int i = 0; i < count; ++i) {
        const std::string name = "h" + std::to_string(i) + ".example";
        record += " a:" + name;
        zone += name + ". A 100.64.0." + std::to_string(i) + "\n" + name +
                ". AAAA 2a00::" + std::to_string(i) + '\n';
    }
    return zone + d(record + " -all");
}

std::string mail_exchangers(int count) {
    std::string zone = d("v=spf1 mx -all");
    for (int i = 0; i < count; ++i)
        zone += "d.example. MX 10 m" + std::to_string(i) + ".example.\nm" + std::to_string(i) +
                ".example. A 8.8.8." + std::to_string(i) + '\n';
    return zone;
}

const std::map<std::string, std::string>& examples() {
    const std::string target = txt("t.example", "v=spf1 ip4:8.8.8.0/24 -all");
    static const std::map<std::string, std::string> table = {
        {"no-record", "d.example. A 8.8.8.8\n"},
        {"not-quite-record", d("v=spf1; ip4:8.8.8.8 -all")},
        {"stray-record", d("v=spf1 ip4:8.8.8.8 -all") + "d.example. TXT \"v=spf ip4:8.8.8.9 -all\"\n"},
        {"several-records", d("v=spf1 ip4:8.8.8.8 -all") + "d.example. TXT \"v=spf1 -all\"\n"},
        {"bad-name", ""},
        {"sender-id", d("v=spf1 ip4:8.8.8.8 -all") + "d.example. TXT \"spf2.0/pra -all\"\n"},
        {"type-99", d("v=spf1 ip4:8.8.8.8 -all") + "d.example. SPF \"v=spf1 -all\"\n"},
        {"alias", "d.example. CNAME t.example.\n" + target},
        {"long-record", d("v=spf1" + networks(30) + " -all")},
        {"answer-over-512", d("v=spf1" + networks(20) + " -all") + txt("d.example", std::string(200, 'x'))},
        {"answer-over-1232", d("v=spf1" + networks(80) + " -all")},
        {"low-ttl", "d.example. 30 TXT \"v=spf1 ip4:8.8.8.8 -all\"\n"},
        {"non-ascii", d("v=spf1 ip4:8.8.8.8 \xe2\x80\x93"
                        "all")},
        {"control-character", "d.example. TXT \"v=spf1 ip4:8.8.8.8\\009-all\"\n"},
        {"repeated-modifier", target + d("v=spf1 redirect=t.example redirect=t.example")},
        {"modifier-as-mechanism", target + d("v=spf1 redirect:t.example")},
        {"lone-qualifier", d("v=spf1 ip4:8.8.8.8 - all")},
        {"space-in-term", d("v=spf1 ip4: 8.8.8.8 -all")},
        {"empty-argument", d("v=spf1 include: -all")},
        {"bare-argument", d("v=spf1 8.8.8.8 -all")},
        {"unknown-mechanism", d("v=spf1 ipv4:8.8.8.8 -all")},
        {"joined-terms", d("v=spf1 ip4:8.8.8.8 mx-all")},
        {"list-in-term", d("v=spf1 ip4:8.8.8.8,8.8.4.4 -all")},
        {"stray-punctuation", d("v=spf1 ip4:8.8.8.8 , -all")},
        {"quotes", d("v=spf1 \"ip4:8.8.8.8 -all")},
        {"address-as-domain", d("v=spf1 a:8.8.8.8 -all")},
        {"domain-as-address", d("v=spf1 ip4:mail.t.example -all")},
        {"wrong-family", d("v=spf1 ip4:2a00::1 -all")},
        {"bad-ip4", d("v=spf1 ip4:8.8.8 -all")},
        {"bad-ip6", d("v=spf1 ip6:2a00::g -all")},
        {"bad-length", d("v=spf1 ip4:8.8.8.0/33 -all")},
        {"bad-domain", d("v=spf1 a:mail -all")},
        {"bad-macro", d("v=spf1 exists:%{x}.t.example -all")},
        {"syntax", d("v=spf1 ip4:8.8.8.8 all:x -all")},
        {"mechanism-as-modifier", d("v=spf1 ip4=8.8.8.8 -all")},
        {"second-version", d("v=spf1 ip4:8.8.8.8 v=spf1 -all")},
        {"unknown-modifier", d("v=spf1 ip4:8.8.8.8 token=abc -all")},
        {"uppercase", d("v=spf1 IP4:8.8.8.8 -all")},
        {"redirect-beside-all", target + d("v=spf1 ip4:8.8.8.8 -all redirect=t.example")},
        {"term-after-all", d("v=spf1 -all ip4:8.8.8.8")},
        {"duplicate-term", d("v=spf1 ip4:8.8.8.8 ip4:8.8.8.8 -all")},
        {"never-matches", d("v=spf1 -ip4:8.8.8.0/24 ip4:8.8.8.8 -all")},
        {"redundant-term", d("v=spf1 ip4:8.8.8.0/24 ip4:8.8.8.8 -all")},
        {"empty-include", txt("t.example", "v=spf1 -all") + d("v=spf1 ip4:8.8.8.8 include:t.example -all")},
        {"qualified-include", target + d("v=spf1 ip4:9.9.9.9 -include:t.example ~all")},
        {"run-together", d("v=spf1 a:mail.t.example-all.example,x.example -all")},
        {"unused-explanation", d("v=spf1 ip4:8.8.8.8 ~all exp=x.example") + "x.example. TXT hello\n"},
        {"dead-explanation", d("v=spf1 ip4:8.8.8.8 -all exp=gone.example")},
        {"plus-all", d("v=spf1 ip4:8.8.8.8 +all")},
        {"everybody-passes", d("v=spf1 ip4:0.0.0.0/0 -all")},
        {"neutral-all", d("v=spf1 ip4:8.8.8.8 ?all")},
        {"no-all", d("v=spf1 ip4:8.8.8.8")},
        {"wide-prefix", d("v=spf1 ip4:8.0.0.0/9 -all")},
        {"host-bits", d("v=spf1 ip4:8.8.8.8/24 -all")},
        {"bogon", d("v=spf1 ip4:10.0.0.0/8 -all")},
        {"ptr", d("v=spf1 ptr -all")},
        {"macro-p", d("v=spf1 exists:%{p}.t.example -all")},
        {"dead-include", "t.example. A 8.8.8.8\n" + d("v=spf1 include:t.example -all")},
        {"dangling-include", "t.example. A 8.8.8.8\n" + d("v=spf1 include:gone.t.example -all")},
        {"takeover", d("v=spf1 include:nobody-has-this.com -all") + "com. SOA a.com. b.com. 1 1 1 1 300\n"},
        {"include-loop", d("v=spf1 ip4:8.8.8.8 include:d.example -all")},
        {"repeated-include", target + txt("u.example", "v=spf1 include:t.example ip4:9.9.9.9 -all") +
                                 d("v=spf1 include:t.example include:u.example -all")},
        {"lookup-limit", lookups(11)},
        {"at-lookup-limit", lookups(10)},
        {"void-limit", d("v=spf1 a:g1.example a:g2.example a:g3.example -all")},
        {"void-lookup", d("v=spf1 a:g1.example -all")},
        {"void-for-one-family", "t.example. A 8.8.8.8\n" + d("v=spf1 a:t.example -all")},
        {"mx-limit", mail_exchangers(11)},
        {"mx-alias", d("v=spf1 mx -all") +
                         "d.example. MX 10 m.example.\nm.example. CNAME t.example.\nt.example. A 8.8.8.8\n"},
        {"null-mx", d("v=spf1 mx -all") + "d.example. MX 0 .\n"},
        {"unqueryable", d("v=spf1 a:a..b.%{d} -all")},
        {"dns-failure", d("v=spf1 include:t.example -all") + ";! t.example. TXT SERVFAIL\n"},
    };
    return table;
}

/// What is nearly that, and good: the finding must not be there.
const std::map<std::string, std::string>& near_misses() {
    const std::string target = txt("t.example", "v=spf1 ip4:8.8.8.0/24 -all");
    const std::string good = d("v=spf1 ip4:8.8.8.8 -all");
    static const std::map<std::string, std::string> table = {
        {"no-record", d("v=spf1")},
        {"not-quite-record", d("v=spf1 -all") + "d.example. TXT \"v=spf1; -all\"\n"},
        {"stray-record", good + "d.example. TXT \"spfwalk-verification=v=spf1\"\n"},
        {"several-records", good + "d.example. TXT \"v=spf10 -all\"\n"},
        {"bad-name", good},
        {"sender-id", good + "d.example. TXT \"spf20/pra -all\"\n"},
        {"type-99", good + "t.example. SPF \"v=spf1 -all\"\n"},
        {"alias", good + "t.example. CNAME d.example.\n"},
        {"long-record", d("v=spf1" + networks(24) + " -all")}, // 449 octets
        // 506 octets with name and header.
        {"answer-over-512", d("v=spf1" + networks(24) + " -all")},
        {"answer-over-1232", d("v=spf1" + networks(60) + " -all")},
        {"low-ttl", "d.example. 300 TXT \"v=spf1 ip4:8.8.8.8 -all\"\n"},
        {"non-ascii", d("v=spf1 exists:~%{i}.t.example -all")},
        {"control-character", d("v=spf1   ip4:8.8.8.8  -all  ")},
        {"repeated-modifier", target + d("v=spf1 a:t.example a:t.example redirect=t.example")},
        {"modifier-as-mechanism", target + d("v=spf1 redirect=t.example")},
        {"lone-qualifier", d("v=spf1 -ip4:8.8.8.8 ?all")},
        {"space-in-term", target + d("v=spf1 include: a:t.example -all")},
        {"empty-argument", d("v=spf1 a mx ptr token= -all")},
        {"bare-argument", target + d("v=spf1 a:t.example ip4:8.8.8.8 -all")},
        {"unknown-mechanism", d("v=spf1 all")},
        {"joined-terms", d("v=spf1 ip6:2401:2880:1:2:215:5dff:fea3 ip6:2a00::a:f ip4:8.8.8.8x -all")},
        {"list-in-term", d("v=spf1 ip4:8.8.8.8 ip4:8.8.4.4 x=8.8.8.8,8.8.4.4 -all")},
        {"stray-punctuation", d("v=spf1 ~ip4:8.8.8.8 -all")},
        {"quotes", d("v=spf1 token='a' ip4:8.8.8.8 -all")},
        {"address-as-domain", d("v=spf1 a:8.8.8.8.t.example -all")},
        {"domain-as-address", d("v=spf1 ip4:8.8.8.300 -all")},
        {"wrong-family", d("v=spf1 ip6:::ffff:8.8.8.8 ip6:2a00::8.8.8.8 -all")},
        {"bad-ip4", d("v=spf1 ip4:8.8.8.8/0 ip4:0.0.0.0 ip4:255.255.255.255 -all")},
        {"bad-ip6", d("v=spf1 ip6::: ip6:2A00:0:0:0:0:0:0:1 ip6:2a00::1.2.3.4 -all")},
        {"bad-length", d("v=spf1 ip4:8.8.8.8/32 ip6:2a00::/128 a/32//128 -all")},
        {"bad-domain", d("v=spf1 a:_x.t.example. a:xn--p1ai.xn--p1ai a:%{d} -all")},
        {"bad-macro", d("v=spf1 exists:%{ir}.%{v}._spf.%{d2}%%%_%-.t.example -all")},
        {"syntax", d("v=spf1 ALL")},
        {"mechanism-as-modifier", d("v=spf1 ip4:8.8.8.8 ip=1 -all")},
        {"second-version", d("v=spf1 ip4:8.8.8.8 version=spf1 -all")},
        {"unknown-modifier", d("v=spf1 ip4:8.8.8.8 ra=postmaster rp=10 rr=all -all")},
        {"uppercase", target + d("v=spf1 a:T.EXAMPLE exists:%{I}.T.example -all")},
        {"redirect-beside-all", target + d("v=spf1 ip4:9.9.9.9 redirect=t.example")},
        {"term-after-all", d("v=spf1 ip4:8.8.8.8 -all ra=postmaster")},
        {"duplicate-term", d("v=spf1 ip4:8.8.8.8/31 ip4:8.8.8.8/30 a a/24 -all")},
        {"never-matches", d("v=spf1 ip4:8.8.8.0/24 ip4:8.8.8.8 -all")},
        {"redundant-term", d("v=spf1 ip4:8.8.8.8 ip4:8.8.8.0/24 -all")},
        {"empty-include", target + d("v=spf1 ip4:8.8.8.0/24 include:t.example -all")},
        {"qualified-include", target + d("v=spf1 ip4:9.9.9.9 ?include:t.example ~all")},
        {"run-together",
         d("v=spf1 a:spf-all.t.example a:relaymx.include.example exists:%{d,}.t.example -all")},
        {"unused-explanation", d("v=spf1 -ip4:8.8.8.8 ~all exp=x.example") + "x.example. TXT hello\n"},
        {"dead-explanation", d("v=spf1 ip4:8.8.8.8 -all exp=%{i}.gone.example")},
        {"plus-all", d("v=spf1 -all +all")},
        {"everybody-passes", d("v=spf1 -ip4:0.0.0.0/1 ip4:0.0.0.0/0 -all")},
        {"neutral-all", d("v=spf1 ip4:8.8.8.8 ?ip4:8.8.4.4 ~all")},
        {"no-all", target + d("v=spf1 redirect=t.example")},
        {"wide-prefix", d("v=spf1 ip4:8.8.0.0/16 ip6:2a00:1450::/29 -ip4:9.0.0.0/8 ip4:10.0.0.0/8 -all")},
        {"host-bits", d("v=spf1 ip4:8.8.8.8/29 ip4:8.8.8.9/32 ip6:2a00:: -all")},
        {"bogon", d("v=spf1 -ip4:10.1.2.3 ip4:11.0.0.0 ip4:9.255.255.255 ip4:172.32.0.1 "
                    "ip4:10.0.0.0/7 -all")},
        {"ptr", d("v=spf1 a:ptr.t.example -all")},
        {"macro-p", d("v=spf1 exists:%{d}.p.t.example -all")},
        {"dead-include", target + d("v=spf1 ip4:9.9.9.9 include:t.example -all")},
        {"dangling-include", "t.example. A 8.8.8.8\n" + d("v=spf1 include:t.example -all")},
        // It is a registry that must deny the name, with its SOA; a name that is no host name cannot be
        // registered, a top-level domain that nobody has neither.
        {"takeover", d("v=spf1 include:nobody-has-this.com include:no_body.net include:a.nosuchtld -all") +
                         "net. SOA a.net. b.net. 1 1 1 1 300\nnosuchtld. SOA a.net. b.net. 1 1 1 1 300\n"},
        {"include-loop", target + txt("u.example", "v=spf1 include:t.example ip4:9.9.9.9 -all") +
                             d("v=spf1 include:t.example include:u.example -all")},
        {"repeated-include", target + txt("u.example", "v=spf1 ip4:9.9.9.9 -all") +
                                 d("v=spf1 include:t.example include:u.example -all")},
        {"lookup-limit", lookups(10)},
        {"at-lookup-limit", lookups(9)},
        {"void-limit", d("v=spf1 a:g1.example a:g2.example -all")},
        {"void-lookup", "t.example. A 8.8.8.8\n" + d("v=spf1 a:t.example -all")},
        {"void-for-one-family",
         "t.example. A 8.8.8.8\nt.example. AAAA 2a00::1\n" + d("v=spf1 a:t.example -all")},
        {"mx-limit", mail_exchangers(10)},
        {"mx-alias", mail_exchangers(2)},
        {"null-mx", d("v=spf1 a -all") + "d.example. MX 0 .\n"},
        {"unqueryable", d("v=spf1 a:" + std::string(63, 'b') + ".%{d} -all")},
        {"dns-failure",
         "t.example. A 8.8.8.8\n" + d("v=spf1 a:t.example -all") + ";! u.example. A SERVFAIL\n"},
        {"work-limit", lookups(10)},
    };
    return table;
}

} // namespace

TEST_CASE("lint -t json: a record is listed once, also if what lies beyond a limit was looked at") {
    std::string zone;
    std::string record = "v=spf1 a";
    for (int i = 0; i < 11; ++i) {
        const std::string name = "i" + std::to_string(i) + ".example";
        record += " include:" + name;
        zone += txt(name, "v=spf1 ip4:10.0." + std::to_string(i) + ".0/24 -all");
    }
    zone += d(record + " ip4:192.0.2.1 ip4:192.0.2.1 -all") + "d.example. A 192.0.2.2\n";
    const Json domain = Json::parse(lint({"-t", "json", "d.example"}, zone).output).at("domains").at(0);
    CHECK(codes(domain.at("findings")).contains("lookup-limit"));
    std::set<std::string> names;
    for (const Json& listed : domain.at("records"))
        CHECK(names.insert(listed.at("domain").get<std::string>()).second);
}

TEST_CASE("Lint: what is nearly a mistake is not reported as one") {
    for (const spf::LintRule& rule : spf::lint_rules()) {
        const std::string code(rule.name);
        INFO(code);
        const auto found = near_misses().find(code);
        REQUIRE(found != near_misses().end());
        const Json said = findings(found->second, "d.example");
        INFO(found->second << '\n' << said.dump(1));
        CHECK(codes(said).count(code) == 0);
    }
}

TEST_CASE("Lint: a term is redundant or never matches by what its own record makes of addresses") {
    struct Row {
        const char* record;
        const char* included; ///< of the domain's own
        const char* code;
        const char* taker; ///< the term that took the addresses before
    };
    const std::vector<Row> rows = {
        {"v=spf1 ?include:s.d.example ~all", "v=spf1 ip4:8.8.8.0/24 ip4:8.8.8.1 -all", "redundant-term",
         "ip4:8.8.8.0/24"},
        {"v=spf1 ?include:s.d.example ~all", "v=spf1 -ip4:8.8.8.0/24 ip4:8.8.8.1 ip4:9.9.9.9 -all",
         "never-matches", "-ip4:8.8.8.0/24"},
        {"v=spf1 include:s.d.example ~all", "v=spf1 ip4:9.9.9.9 -ip4:8.8.8.0/24 -ip4:8.8.8.1 -all",
         "redundant-term", "-ip4:8.8.8.0/24"},
        {"v=spf1 include:s.d.example ~all", "v=spf1 ip4:8.8.8.0/24 -ip4:8.8.8.1 -all", "never-matches",
         "ip4:8.8.8.0/24"},
        {"v=spf1 ip4:8.8.8.0/24 include:s.d.example ~all", "v=spf1 ip4:8.8.8.1 ip4:9.9.9.9 -all", "", ""},
        {"v=spf1 include:s.d.example ~all", "v=spf1 -ip4:8.8.8.1 ip4:8.8.8.0/24 -all", "", ""},
    };
    for (const Row& row : rows) {
        INFO(row.record << ", " << row.included);
        const Json found = findings(d(row.record) + txt("s.d.example", row.included), "d.example");
        for (const std::string code : {"redundant-term", "never-matches"})
            CHECK(codes(found).count(code) == (code == row.code ? 1 : 0));
        for (const Json& finding : found)
            if (finding["code"] == row.code)
                CHECK(finding["text"] ==
                      "every address it matches is taken before, by " + std::string(row.taker));
    }
}

TEST_CASE("Lint: every code is shown by a zone, and its severity makes the exit status") {
    std::set<std::string> shown;
    for (const auto& [code, zone] : examples()) {
        INFO(code << "\n" << zone);
        const Json found = findings(zone, domain_of(code));
        INFO(found.dump(1));
        CHECK(codes(found).count(code) == 1);
        if (codes(found).count(code) == 1) shown.insert(code);
        int worst = 0;
        for (const Json& finding : found) {
            const std::string severity = finding.at("severity");
            worst = std::max(worst, severity == "error" ? 3 : severity == "warning" ? 2 : 0);
            CHECK(finding.at("text").get<std::string>() != "");
            CHECK(finding.at("advice").get<std::string>() != "");
            CHECK(finding.at("section").get<std::string>().starts_with("RFC "));
        }
        const Ran text = lint({domain_of(code)}, zone);
        CHECK(text.status == worst);
        CHECK(text.output.find(" [" + code + "]\n") != std::string::npos);
    }
    // Below.
    for (const spf::LintRule& rule : spf::lint_rules())
        if (rule.code != spf::LintCode::work_limit) CHECK(shown.count(std::string(rule.name)) == 1);
}

TEST_CASE("Lint: an evaluation that was given up is told") {
    const ZoneEvidence zone = evidence_from(d("v=spf1 ip4:8.8.8.0/24 ip4:9.9.9.0/24 -all"));
    spf::Rules rules;
    rules.work_limit = 1;
    spf::Report report;
    report.domain = "d.example";
    for (const net::Family family : net::both_families) {
        spf::Inquiry inquiry;
        inquiry.domain = report.domain;
        inquiry.family = family;
        inquiry.audit = true;
        report.verdicts.push_back(spf::evaluate(zone, inquiry, rules).verdict);
    }
    spf::LintInput input;
    input.report = &report;
    input.rules = rules;
    input.answers = &zone;
    input.registrable = [](const std::string&) { return std::nullopt; };
    input.can_be_registered = [](const std::string&) { return false; };
    input.special = [](net::Family, const net::AddressSet&) { return std::nullopt; };
    const auto found = spf::lint(input).found;
    CHECK(std::ranges::count(found, spf::LintCode::work_limit, &spf::LintFinding::code) >= 1);
}

TEST_CASE("Lint: the table is in the order of the codes, and each has a page section") {
    const std::string page = file_text(SPFWALK_SOURCE_DIR "/docs/findings.md");
    std::set<std::string_view> names;
    std::size_t number = 0;
    for (const spf::LintRule& rule : spf::lint_rules()) {
        INFO(rule.name);
        CHECK(static_cast<std::size_t>(rule.code) == number++);
        CHECK(&spf::rule_of(rule.code) == &rule);
        CHECK(names.insert(rule.name).second);
        const std::string heading = "\n### " + std::string(rule.name) + "\n";
        const std::size_t at = page.find(heading);
        REQUIRE(at != std::string::npos);
        // It names the severity and the section that the program names.
        const std::string first = page.substr(
            at + heading.size() + 1, page.find('\n', at + heading.size() + 1) - at - heading.size() - 1);
        CHECK(first == std::string(to_text(rule.severity)) + ", " + std::string(rule.section));
    }
    CHECK(number == static_cast<std::size_t>(spf::LintCode::work_limit) + 1);
    CHECK(static_cast<std::size_t>(std::count(page.begin(), page.end(), '#')) >= 3 * names.size());
}

TEST_CASE("Lint: a record without mistakes has no findings") {
    const Ran ran = lint({"d.example"}, d("v=spf1 ip4:8.8.8.0/24 ip6:2a00:1450::/32 include:t.example -all") +
                                            txt("t.example", "v=spf1 ip4:9.9.9.0/24 ~all"));
    CHECK(ran.output == "");
    CHECK(ran.error == "");
    CHECK(ran.status == 0);
}

TEST_CASE("Lint: the caret stands under the part that is meant, within what fits") {
    const Ran ran =
        lint({"d.example"}, d("v=spf1" + networks(20) + " ipv4:8.8.8.8" + networks(10) + " -all"));
    const std::size_t caret = ran.output.find('^');
    REQUIRE(caret != std::string::npos);
    const std::size_t line = ran.output.rfind('\n', caret) + 1;
    const std::size_t above = ran.output.rfind('\n', line - 2) + 1;
    CHECK(ran.output.substr(above + (caret - line), 4) == "ipv4");
    CHECK(line - above <= 81);
}

TEST_CASE("Lint: octets from DNS cannot reach the terminal") {
    const Ran ran =
        lint({"d.example"}, "d.example. TXT \"v=spf1 \\027[31m\\200 include:\\027x.example -all\"\n");
    CHECK(ran.status == 3);
    for (const char c : ran.output)
        CHECK((c == '\n' || (c >= ' ' && c <= '~') || c == '\xc2' || c == '\xa7'));
}

TEST_CASE("Lint: however much is wrong, what is said about it can be read") {
    std::string bad = "v=spf1";
    for (int i = 0; bad.size() < 64000; ++i)
        bad += " ip4:300." + std::to_string(i);
    const std::string text = bad + " -all";
    std::string deep = "v=spf1";
    for (int i = 0; deep.size() < 60000; ++i)
        deep += " include:%{i}." + std::string(200, 'x') + std::to_string(i) + ".d.example";
    for (const std::string& record :
         {text, deep + " -all", "v=spf1 ip4:" + std::string(60000, '1') + " -all"}) {
        std::vector<std::string> arguments{"--record", record, "d.example"};
        const Ran ran = lint(arguments, "");
        CHECK(ran.status == 3);
        CHECK(ran.output.size() < 100'000);
        arguments.insert(arguments.end(), {"--format", "json"});
        const Json json = Json::parse(lint(arguments, "").output);
        std::map<std::string, std::size_t> counts;
        for (const Json& finding : json["domains"][0]["findings"])
            ++counts[finding["code"]];
        for (const auto& [code, count] : counts)
            CHECK(count <= spf::most_of_a_code);
    }
    // What is left out is counted, in both forms.
    const std::size_t terms = static_cast<std::size_t>(std::ranges::count(bad, ':'));
    const Ran ran = lint({"--record", text, "--format", "json", "d.example"}, "");
    const Json json = Json::parse(ran.output)["domains"][0];
    std::size_t said = 0;
    for (const Json& omission : json["omitted"])
        if (omission["code"] == "bad-ip4") said += omission["count"].get<std::size_t>();
    for (const Json& finding : json["findings"])
        said += finding["code"] == "bad-ip4" ? 1 : 0;
    CHECK(said == terms);
    const Ran lines = lint({"--record", text, "d.example"}, "");
    CHECK(lines.output.find("error d.example: " + std::to_string(terms - spf::most_of_a_code) +
                            " more that are not shown [bad-ip4]\n") != std::string::npos);
}
