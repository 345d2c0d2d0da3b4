// What `spfwalk lint` says of a mistake, and what it advises: the term that was probably meant, and in
// records of others what the reader can do.
#include "spfwalk/cli/run.h"
#include "spfwalk/spf/lint.h"

#include "support/catch.h"
#include "support/files.h"
#include "support/recorder.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>

using namespace spfwalk;
using namespace spfwalk::test;
using Json = nlohmann::json;

namespace {

/// Of a domain in the zone.
Json findings(const std::string& zone, const std::string& domain = "d.example") {
    const TemporaryDirectory directory;
    write_text(directory / "zone", "$TTL 7200\n" + zone);
    Recorder terminal(std::nullopt);
    const int status = cli::run({"lint", "--zone", directory / "zone", "-t", "json", domain}, terminal);
    INFO(terminal.error);
    REQUIRE(status != 1);
    return Json::parse(terminal.output)["domains"][0]["findings"];
}

std::string txt(const std::string& name, const std::string& record) {
    return name + ". TXT \"" + record + "\"\n";
}

/// t.example lets somebody pass, as other records want it.
std::string d(const std::string& record) {
    return txt("d.example", record) + txt("t.example", "v=spf1 ip4:9.9.9.0/24 -all");
}

/// The first with the code, or null.
Json finding(const Json& found, const std::string& code) {
    const auto at = std::ranges::find_if(
        found, [&](const Json& each) { return each["code"].get<std::string>() == code; });
    return at == found.end() ? Json() : *at;
}

std::string advice_of(const char* code) {
    const auto rules = spf::lint_rules();
    return std::string(std::ranges::find(rules, code, &spf::LintRule::name)->advice);
}

struct Row {
    const char* terms;
    const char* code;
    const char* advice; ///< empty: the rule's
};

void check(const std::vector<Row>& rows) {
    for (const Row& row : rows) {
        INFO(row.terms);
        const Json found = findings(d(std::string("v=spf1 ") + row.terms));
        INFO(found.dump(1));
        const Json said = finding(found, row.code);
        REQUIRE(said.is_object());
        CHECK(said["advice"] == (*row.advice == '\0' ? advice_of(row.code) : row.advice));
    }
}

} // namespace

TEST_CASE("Lint: what was probably meant can be copied from the advice") {
    check({
        // A netmask and a range.
        {"ip4:8.8.8.0/255.255.255.0 -all", "bad-length", "write ip4:8.8.8.0/24"},
        {"ip4:8.8.8.0/255.0.255.0 -all", "bad-length", ""},
        {"-ip4:8.8.8.4-8.8.8.9 ?all", "bad-ip4", "write -ip4:8.8.8.4/30 -ip4:8.8.8.8/31"},
        {"ip4:8.8.8.4-6 -all", "bad-ip4", "write ip4:8.8.8.4/31 ip4:8.8.8.6/32"},
        {"ip6:2a00::4-2a00::7 -all", "bad-ip6", "write ip6:2a00::4/126"},
        {"ip4:8.8.8.9-8.8.8.4 -all", "bad-ip4", ""},
        {"ip4:8.8.8.1-9.8.8.4 -all", "bad-ip4", ""},
        {"ip4:8.8.8.1- -all", "bad-ip4", ""},
        {"ip4:8.8.8 -all", "bad-ip4", ""},
        // A mechanism behind a mechanism.
        {"include:include:t.example -all", "run-together", "write \"include:t.example\""},
        {"redirect=include:t.example", "run-together", "write \"redirect=t.example\""},
        {"ip4:ip4:8.8.8.8 -all", "bad-ip4", "write \"ip4:8.8.8.8\""},
        {"?include:ip4:8.8.8.8 -all", "bad-domain", "write \"?ip4:8.8.8.8\""},
        // Another mark or none for the colon.
        {"include t.example -all", "space-in-term", "write \"include:t.example\""},
        {"~include: t.example -all", "space-in-term", "write \"~include:t.example\""},
        {"include: t.example; -all", "space-in-term", "write \"include:t.example\""},
        {"ip4 8.8.8.8 -all", "space-in-term", "write \"ip4:8.8.8.8\""},
        {"includet.example -all", "unknown-mechanism", "write \"include:t.example\""},
        {"include;t.example -all", "unknown-mechanism", "write \"include:t.example\""},
        {"ip48.8.8.8/24 -all", "unknown-mechanism", "write \"ip4:8.8.8.8/24\""},
        {"ip62a00::1 -all", "unknown-mechanism", "write \"ip6:2a00::1\""},
        {"8.8.8.8 -all", "bare-argument", "write \"ip4:8.8.8.8\""},
        {"mx t.example -all", "bare-argument", ""},
        {"ip4=8.8.8.8 -all", "mechanism-as-modifier",
         "write \"ip4:8.8.8.8\": as it stands the term is an unknown modifier and does nothing"},
        {"mx ip4= -all", "mechanism-as-modifier", "remove it, or write \"ip4\" as it is meant"},
        {"ip:8.8.8.8:25 -all", "unknown-mechanism", ""}, // what would be written is no term either
        {"a -all-all", "joined-terms", "keep one all, at the end"},
        // Another name.
        {"-prt ?all", "unknown-mechanism", "write \"-ptr\""},
        {"aaaa:t.example -all", "unknown-mechanism", "write \"a:t.example\""},
        {"host:t.example -all", "unknown-mechanism", "write \"a:t.example\""},
        {"host:8.8.8.8 -all", "unknown-mechanism", "write \"ip4:8.8.8.8\""},
        {"host:2a00::1 -all", "unknown-mechanism", "write \"ip6:2a00::1\""},
        {"ip:2a00::1 -all", "unknown-mechanism", "write \"ip6:2a00::1\""},
        {"ipv4:8.8.8.8 -all", "unknown-mechanism", "write \"ip4:8.8.8.8\""},
        {"spf:t.example -all", "unknown-mechanism", "write \"include:t.example\""},
        {"inlcude:t.example -all", "unknown-mechanism", "write \"include:t.example\""},
        {"redirct:t.example", "unknown-mechanism", "write \"redirect=t.example\""},
        {"mx brevo-code:f484a168 -all", "unknown-mechanism", ""},
        {"a:8.8.8.8 -all", "address-as-domain", "write \"ip4:8.8.8.8\""},
        {"include:8.8.8.8/24/32 -all", "address-as-domain", ""},
        {"ip4:2a00::1 -all", "wrong-family", "write \"ip6:2a00::1\""},
    });
    CHECK(finding(findings(d("v=spf1 redirct=t.example")), "unknown-modifier")["text"] ==
          "unknown modifier \"redirct=\", ignored: redirect= was meant?");
    CHECK(finding(findings(d("v=spf1 mx contact=t.example -all")), "unknown-modifier")["text"] ==
          "unknown modifier \"contact=\", ignored");
}

TEST_CASE("Lint: what is pasted on behind all does not belong there, with a space or without") {
    const char* const token = "remove it; tokens for other services are TXT records of their own";
    check({
        {"mx ~allv=spf1 include:t.example -all", "joined-terms",
         "make one record of the two, with one v=spf1 in front and one all at the end"},
        {"mx -allMS=ms51091061", "joined-terms", token},
        {"mx -all,google-site-verification=gIW4ZZ", "joined-terms", token},
        {"mx -allip4:8.8.8.8", "joined-terms",
         "move what stands behind all in front of it: behind it nothing is ever looked at"},
        {"mx-all", "joined-terms", ""},
        {"mx ~all -all", "term-after-all", "keep one all, at the end"},
        {"mx ~all ip4:8.8.8.8 -all", "term-after-all", ""},
    });
    // What is no term has a finding of its own.
    CHECK(finding(findings(d("v=spf1 mx -all / 3600")), "term-after-all").is_null());
}

TEST_CASE("Lint: what a record says of everybody else is told, whatever errors hide it") {
    struct Case {
        const char* terms;
        const char* code;
        const char* pointed_at;
    };
    const std::set<std::string> codes = {"plus-all", "neutral-all", "no-all"};
    for (const Case& each : {
             Case{"ip4:8.8.8 +all", "plus-all", "+all"},
             Case{"ip4:8.8.8 all", "plus-all", "all"},
             Case{"mx +all;", "plus-all", "+all"},
             Case{"mx+all", "plus-all", "+all"},
             Case{"include:gone.t.example +all", "plus-all", "+all"},
             Case{"ip4:8.8.8 ?all", "neutral-all", "?all"},
             Case{"mx ? all", "neutral-all", "all"},
             Case{"include:gone.t.example ?all", "neutral-all", "?all"},
             Case{"ip4:8.8.8 mx", "no-all", ""},
             Case{"include:gone.t.example", "no-all", ""},
             Case{"allow:t.example", "no-all", ""},
             Case{"ip4:8.8.8 -all", "", ""},
             Case{"ip4:8.8.8 -all +all", "", ""},
             Case{"mx - all", "", ""},
             Case{"mx -all;", "", ""},
             Case{"mx-all", "", ""},
             Case{"include:t.example~all", "", ""},
             Case{"mx -allMS=ms51091061", "", ""},
             Case{"mx ~allv=spf1 mx +all", "", ""},
             Case{"mx redirect:t.example", "", ""},
             Case{"mx redirect=t", "", ""},
             Case{"mx -al", "", ""},
             Case{"mx \\226\\128\\148all", "", ""},
         }) {
        INFO(each.terms);
        const std::string record = std::string("v=spf1 ") + each.terms;
        const Json found = findings(d(record));
        INFO(found.dump(1));
        std::string code;
        std::string pointed_at;
        for (const Json& said : found) {
            if (!codes.contains(said["code"].get<std::string>())) continue;
            code += said["code"].get<std::string>();
            if (said["column"].is_number())
                pointed_at = record.substr(said["column"].get<std::size_t>() - 1, said["length"]);
        }
        CHECK(code == each.code);
        CHECK(pointed_at == each.pointed_at);
    }
}

TEST_CASE("Lint: a record that is there to be included needs no end") {
    const std::string zone = txt("_spf.d.example", "v=spf1 redirect=t.example") +
                             txt("t.example", "v=spf1 ip4:8.8.8.8") + txt("_d.example", "v=spf1 ip4:8.8.8.8");
    CHECK(findings(zone, "_spf.d.example").empty());
    CHECK(findings(zone, "_d.example").empty());
    CHECK(finding(findings(zone, "t.example"), "no-all").is_object());
    CHECK(finding(findings(txt("_spf.d.example", "v=spf1 +all"), "_spf.d.example"), "plus-all").is_object());
}

TEST_CASE("Lint: in records of others only what makes a difference is told, and what the reader can do") {
    const auto included = [](const std::string& record) {
        return findings(txt("d.example", "v=spf1 ip4:8.8.8.8 include:other.net -all") +
                        txt("other.net", "v=spf1 include:spf.other.net -all") + txt("spf.other.net", record));
    };
    for (const char* record : {"v=spf1 ip4:8.0.0.0/14", "v=spf1 ip4:9.9.9.9/8 ?all", "v=spf1 IP4:9.9.9.9"}) {
        INFO(record);
        CHECK(included(record).empty());
    }
    const std::string way_out =
        "tell the owner of \"spf.other.net\", or do without \"include:other.net\"; what helps there: ";
    for (const auto& [record, code] :
         {std::pair{"v=spf1 ip4:8.8.8 -all", "bad-ip4"}, std::pair{"v=spf1 +all", "plus-all"},
          std::pair{"v=spf1 ip4:0.0.0.0/0 -all", "everybody-passes"},
          std::pair{"v=spf1 include:gone.other.net -all", "dangling-include"},
          std::pair{"v=spf1 a:gone.other.net ip4:9.9.9.9 -all", "void-lookup"}}) {
        INFO(record);
        const Json said = finding(included(record), code);
        REQUIRE(said.is_object());
        CHECK(said["advice"] == way_out + advice_of(code));
    }
    // The reader's own term leads to it, or the record is his own, or all records together are meant.
    CHECK(finding(findings(txt("d.example", "v=spf1 include:gone.other.net -all") +
                           txt("other.net", "v=spf1 -all")),
                  "dangling-include")["advice"] == advice_of("dangling-include"));
    CHECK(finding(findings(txt("d.example", "v=spf1 include:s.d.example -all") +
                           txt("s.d.example", "v=spf1 ip4:8.8.8 -all")),
                  "bad-ip4")["advice"] == advice_of("bad-ip4"));
    CHECK(finding(included("v=spf1 a:a.other.net a:b.other.net a:c.other.net -all"),
                  "void-limit")["advice"] == advice_of("void-limit"));
}

TEST_CASE("Lint: why a text is no SPF record") {
    const std::string belongs = " stands where \"v=spf1\" belongs";
    const std::string instead = " instead of a space behind \"v=spf1\"";
    for (const auto& [text, why] : {
             std::pair<std::string, std::string>{"\\239\\187\\191v=spf1 -all",
                                                 "an invisible byte order mark in front of \"v=spf1\""},
             {" v=spf1 -all", "\" \" in front of \"v=spf1\""},
             {"v=spf1\\194\\160-all", "a non-breaking space" + instead},
             {"v=spf1\\009-all", "a tab" + instead},
             {"v=spf1; -all", "\";\"" + instead},
             {"v=spf1include:t.example -all", "\"i\"" + instead},
             {"v=sfp1 -all", "\"v=sfp1\"" + belongs},
             {"v:spf1 -all", "\"v:spf1\"" + belongs},
             {"spf1 -all", "\"spf1\"" + belongs},
             {"v=spf -all", "\"v=spf\"" + belongs},
         }) {
        INFO(text);
        const Json said = finding(findings(txt("d.example", text)), "not-quite-record");
        REQUIRE(said.is_object());
        const std::string end = " is no SPF record: " + why;
        CHECK(said["text"].get<std::string>().ends_with(end));
    }
    for (const char* text : {"v=DKIM1; p=", "v=STSv1; id=1", "v=BIMI1", "v=spam", "", " "}) {
        INFO(text);
        CHECK(finding(findings(txt("d.example", text)), "no-record").is_object());
    }
}

TEST_CASE("Lint: one cause has one finding, and everybody a term by which he passes") {
    std::string networks;
    for (int i = 0; i < 25; ++i)
        networks += " ip4:100.0." + std::to_string(i) + ".0/24";
    const std::string record = "v=spf1" + networks;
    const auto split = [](const std::string& text) {
        return "d.example. TXT \"" + text.substr(0, 200) + "\" \"" + text.substr(200, 200) + "\" \"" +
               text.substr(400) + "\"\n";
    };
    const auto sizes = [&](const std::string& zone) {
        std::string result;
        for (const Json& said : findings(zone))
            if (said["section"] == "RFC 7208 §3.4") result += said["code"].get<std::string>() + ' ';
        return result;
    };
    const std::string token = "d.example. TXT \"" + std::string(250, 'x') + "\"\n";
    CHECK(sizes(split(record + " ip4:100.1.0.0/24 ip4:100.1.1.0/24 -all")) == "long-record ");
    CHECK(sizes(d("v=spf1 ip4:8.8.8.8 -all") + token).empty());
    CHECK(sizes(d("v=spf1 ip4:8.8.8.8 -all") + token + "d.example. TXT \"" + std::string(250, 'y') +
                "\"\n") == "answer-over-512 ");
    std::string large = split(record + " -all");
    for (const char letter : {'w', 'x', 'y', 'z'})
        large += "d.example. TXT \"" + std::string(250, letter) + "\"\n";
    CHECK(sizes(large) == "answer-over-1232 ");

    const std::string wide = "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/2 ip4:192.0.0.0/2 -all";
    const Json found = findings(d(wide));
    const Json said = finding(found, "everybody-passes");
    REQUIRE(said.is_object());
    CHECK(said["path"] == Json::array({"ip4:0.0.0.0/1"}));
    CHECK(said["column"] == 8);
    std::size_t others = 0;
    for (const Json& each : found)
        others += each["code"] == "wide-prefix" ? 1 : 0;
    CHECK(others == 2);
}
