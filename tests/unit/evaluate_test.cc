#include "spfwalk/spf/evaluate.h"

#include "support/catch.h"
#include "support/evaluations.h"

using namespace spfwalk;
using namespace spfwalk::test;
using net::Family;

namespace {

using Texts = std::vector<std::string>;

const std::string hosts = R"(
d.example.      A 192.0.2.10
d.example.      AAAA 2001:db8::10
d.example.      MX 10 mx1.example.
d.example.      MX 20 mx2.example.
mx1.example.    A 192.0.2.21
mx1.example.    AAAA 2001:db8::21
mx2.example.    A 192.0.2.22
one.example.    A 192.0.2.1
one.example.    AAAA 2001:db8::1
two.example.    A 192.0.2.2
two.example.    A 198.51.100.2
two.example.    AAAA 2001:db8::2
two.example.    AAAA 2001:db8:1::2
four.example.   A 192.0.2.4
six.example.    AAAA 2001:db8::6
alias.example.  CNAME one.example.
null.example.   MX 0 .
text.example.   TXT "hello"
mapped.example. AAAA ::ffff:192.0.2.1
;! down.example. A SERVFAIL
;! down.example. AAAA REFUSED
;! down.example. MX TIMEOUT
;! down.example. TXT SERVFAIL
)";

spf::Verdict verdict_of(const std::string& record, Family family, const std::string& more = {}) {
    return evaluated(hosts + txt("d.example", record) + more, inquiry_for("d.example", family));
}

/// What the record of d.example gives IPv4 and IPv6 clients.
struct Row {
    const char* record;
    const char* ipv4;
    const char* ipv6;
};

void check_rows(const std::vector<Row>& rows, const std::string& more = {}) {
    for (const Row& row : rows) {
        INFO("record " << row.record);
        CHECK(results(verdict_of(row.record, Family::ipv4, more)) == row.ipv4);
        CHECK(results(verdict_of(row.record, Family::ipv6, more)) == row.ipv6);
    }
}

} // namespace

TEST_CASE("RFC 7208 §4.6.2, §4.7, §5.1: qualifiers, the default result and all") {
    check_rows({
        {"v=spf1", "neutral all", "neutral all"},
        {"v=spf1 ", "neutral all", "neutral all"},
        {"v=spf1 all", "pass all", "pass all"},
        {"v=spf1 +all", "pass all", "pass all"},
        {"v=spf1 -all", "fail all", "fail all"},
        {"v=spf1 ~all", "softfail all", "softfail all"},
        {"v=spf1 ?all", "neutral all", "neutral all"},
        {"v=spf1 -all +all", "fail all", "fail all"},
        {"v=spf1 -all ip4:192.0.2.0/24 a:down.example include:gone.example", "fail all", "fail all"},
    });
}

TEST_CASE("RFC 7208 §5.6: ip4 and ip6 match their own family only") {
    check_rows({
        {"v=spf1 ip4:192.0.2.1 -all", "pass 192.0.2.1/32, fail rest", "fail all"},
        {"v=spf1 ip4:192.0.2.77/24 -all", "pass 192.0.2.0/24, fail rest", "fail all"},
        {"v=spf1 ip4:0.0.0.0/0 -all", "pass all", "fail all"},
        {"v=spf1 ip4:203.0.113.9/0 -all", "pass all", "fail all"},
        {"v=spf1 ip6:2001:db8::1 -all", "fail all", "pass 2001:db8::1/128, fail rest"},
        {"v=spf1 ip6:2001:db8::1/32 -all", "fail all", "pass 2001:db8::/32, fail rest"},
        {"v=spf1 ip6:::/0 -all", "fail all", "pass all"},
        {"v=spf1 -ip4:192.0.2.0/25 ip4:192.0.2.0/24 ~all",
         "pass 192.0.2.128/25, fail 192.0.2.0/25, softfail rest", "softfail all"},
        {"v=spf1 ip4:192.0.2.0/24 ip4:192.0.3.0/24 ip4:192.0.2.0/23 -all", "pass 192.0.2.0/23, fail rest",
         "fail all"},
    });
}

TEST_CASE("RFC 7208 §5: ::ffff:0:0/96 holds no IPv6 client") {
    check_rows({
        {"v=spf1 ip6:::ffff:192.0.2.1 -all", "fail all", "fail all"},
        {"v=spf1 ip6:::ffff:0:0/96 -all", "fail all", "fail all"},
        {"v=spf1 ip6:::fffe:0:0/95 -all", "fail all", "pass ::fffe:0:0/96, fail rest"},
        {"v=spf1 a:mapped.example -all", "fail all", "fail all"},
        {"v=spf1 a:mapped.example//95 -all", "fail all", "pass ::fffe:0:0/96, fail rest"},
    });
}

TEST_CASE("RFC 7208 §5.3: a") {
    check_rows({
        {"v=spf1 a -all", "pass 192.0.2.10/32, fail rest", "pass 2001:db8::10/128, fail rest"},
        {"v=spf1 a/24 -all", "pass 192.0.2.0/24, fail rest", "pass 2001:db8::10/128, fail rest"},
        {"v=spf1 a//64 -all", "pass 192.0.2.10/32, fail rest", "pass 2001:db8::/64, fail rest"},
        {"v=spf1 a/24//64 -all", "pass 192.0.2.0/24, fail rest", "pass 2001:db8::/64, fail rest"},
        {"v=spf1 a/0//0 -all", "pass all", "pass all"},
        {"v=spf1 a:gone.example/0//0 -all", "fail all", "fail all"},
        {"v=spf1 a:two.example -all", "pass 192.0.2.2/32 198.51.100.2/32, fail rest",
         "pass 2001:db8::2/128 2001:db8:1::2/128, fail rest"},
        {"v=spf1 a:alias.example. -all", "pass 192.0.2.1/32, fail rest", "pass 2001:db8::1/128, fail rest"},
        {"v=spf1 a:four.example -all", "pass 192.0.2.4/32, fail rest", "fail all"},
        {"v=spf1 a:six.example -all", "fail all", "pass 2001:db8::6/128, fail rest"},
        {"v=spf1 ?a ~a:one.example +all", "neutral 192.0.2.10/32, softfail 192.0.2.1/32, pass rest",
         "neutral 2001:db8::10/128, softfail 2001:db8::1/128, pass rest"},
    });
}

TEST_CASE("RFC 7208 §5.4: mx") {
    check_rows({
        {"v=spf1 mx -all", "pass 192.0.2.21/32 192.0.2.22/32, fail rest", "pass 2001:db8::21/128, fail rest"},
        {"v=spf1 mx/24//64 -all", "pass 192.0.2.0/24, fail rest", "pass 2001:db8::/64, fail rest"},
        {"v=spf1 mx:d.example//32 -all", "pass 192.0.2.21/32 192.0.2.22/32, fail rest",
         "pass 2001:db8::/32, fail rest"},
        {"v=spf1 mx:one.example -all", "fail all", "fail all"}, // no MX: its addresses do not stand in
        {"v=spf1 mx:gone.example/0//0 -all", "fail all", "fail all"},
        {"v=spf1 mx:null.example/0//0 -all", "fail all", "fail all"}, // RFC 7505
        {"v=spf1 -mx +all", "fail 192.0.2.21/32 192.0.2.22/32, pass rest",
         "fail 2001:db8::21/128, pass rest"},
    });
}

TEST_CASE("RFC 7208 §5.7: exists looks for A records, for IPv6 clients too") {
    check_rows(
        {
            {"v=spf1 exists:one.example -all", "pass all", "pass all"},
            {"v=spf1 exists:four.example -all", "pass all", "pass all"},
            {"v=spf1 exists:alias.example -all", "pass all", "pass all"},
            {"v=spf1 exists:six.example -all", "fail all", "fail all"},
            {"v=spf1 exists:gone.example -all", "fail all", "fail all"},
            {"v=spf1 ip4:192.0.2.0/24 ~exists:one.example +all", "pass 192.0.2.0/24, softfail rest",
             "softfail all"},
            {"v=spf1 exists:%{v}.flag.example -all", "fail all", "pass all"},
        },
        "ip6.flag.example. A 127.0.0.2\n");
}

TEST_CASE("RFC 7208 §4.6.2: the first match wins, so a term takes away only from later ones") {
    check_rows(
        {
            {"v=spf1 -ip4:10.128.0.0/9 ip4:10.0.0.0/8 ~all",
             "pass 10.0.0.0/9, fail 10.128.0.0/9, softfail rest", "softfail all"},
            {"v=spf1 ip4:10.0.0.0/8 -ip4:10.128.0.0/9 ~all", "pass 10.0.0.0/8, softfail rest",
             "softfail all"},
            {"v=spf1 ?include:part.example ip4:10.0.0.0/8 -all",
             "pass 10.128.0.0/9, neutral 10.0.0.0/9, fail rest", "fail all"},
            {"v=spf1 -a a/31//127 +ip4:192.0.2.10 ~all",
             "pass 192.0.2.11/32, fail 192.0.2.10/32, softfail rest",
             "pass 2001:db8::11/128, fail 2001:db8::10/128, softfail rest"},
        },
        txt("part.example", "v=spf1 ip4:10.0.0.0/9 -all"));
}

TEST_CASE("RFC 7208 §4.3 to §4.6: from a domain to its one record") {
    const std::string long_label(64, 'x');
    const std::string zone = hosts + R"(
ten.example.    TXT "v=spf10 +all"
space.example.  TXT " v=spf1 +all"
tab.example.    TXT "v=spf1\009+all"
case.example.   TXT "V=SpF1 +ALL"
joined.example. TXT "v=sp" "f1 -a" "ll"
other.example.  TXT "\200\201" 
other.example.  TXT "v=spf1 -all"
twice.example.  TXT "v=spf1 +all"
twice.example.  TXT "v=spf1 -all"
same.example.   TXT "v=spf1 -all"
same.example.   TXT "V=spf1 -all"
broken.example. TXT "v=spf1 +all mechanism"
eight.example.  TXT "v=spf1 +all r=\195\164"
nul.example.    TXT "v=spf1 +all\000"
type99.example. SPF "v=spf1 +all"
to.example.     CNAME case.example.
com.            TXT "v=spf1 +all"
;! slow.example. TXT TIMEOUT
;! bad.example. TXT MALFORMED
)";
    struct DomainRow {
        std::string domain;
        const char* result;
        Texts findings;
    };
    const std::vector<DomainRow> rows = {
        {"case.example", "pass all", {}},
        {"CASE.Example.", "pass all", {}},
        {"to.example", "pass all", {}},
        {"joined.example", "fail all", {}},
        {"other.example", "fail all", {}},
        {"gone.example", "none all", {"no-record"}},
        {"one.example", "none all", {"no-record"}},
        {"text.example", "none all", {"no-record"}},
        {"ten.example", "none all", {"no-record"}},
        {"space.example", "none all", {"no-record"}},
        {"tab.example", "none all", {"no-record"}},
        {"type99.example", "none all", {"no-record"}},
        {"com", "none all", {"bad-name"}},
        {"com.", "none all", {"bad-name"}},
        {"", "none all", {"bad-name"}},
        {"a..example", "none all", {"bad-name"}},
        {".case.example", "none all", {"bad-name"}},
        {long_label + ".example", "none all", {"bad-name"}},
        {"twice.example", "permerror all", {"several-records"}},
        {"same.example", "permerror all", {"several-records"}},
        {"broken.example", "permerror all", {"syntax"}},
        {"eight.example", "permerror all", {"syntax"}},
        {"nul.example", "permerror all", {"syntax"}},
        {"down.example", "temperror all", {"dns-failure"}},
        {"slow.example", "temperror all", {"dns-failure"}},
        {"bad.example", "temperror all", {"dns-failure"}},
    };
    for (const DomainRow& row : rows) {
        INFO("domain '" << row.domain << "'");
        for (const Family family : {Family::ipv4, Family::ipv6}) {
            const spf::Verdict verdict = evaluated(zone, inquiry_for(row.domain, family));
            CHECK(results(verdict) == row.result);
            CHECK(finding_texts(verdict) == row.findings);
        }
    }
}

TEST_CASE("RFC 7208 §5.2: an include matches what its target passes, row by row") {
    const std::string targets = txt("pass.example", "v=spf1 +all") + txt("fail.example", "v=spf1 -all") +
                                txt("softfail.example", "v=spf1 ~all") +
                                txt("neutral.example", "v=spf1 ?all") + txt("empty.example", "v=spf1") +
                                txt("perm.example", "v=spf1 nonsense") +
                                txt("nested.example", "v=spf1 include:gone.example +all");
    struct Target {
        const char* name;
        const char* result; ///< null: it does not match
        Texts findings;
    };
    const std::vector<Target> rows = {
        {"fail.example", nullptr, {}},
        {"softfail.example", nullptr, {}},
        {"neutral.example", nullptr, {}},
        {"empty.example", nullptr, {}},
        {"down.example", "temperror all", {"dns-failure at include:down.example"}},
        {"perm.example", "permerror all", {"syntax at include:perm.example"}},
        {"gone.example", "permerror all", {"no-record at include:gone.example"}},
        {"text.example", "permerror all", {"no-record at include:text.example"}},
        {"nested.example", "permerror all", {"no-record at include:nested.example: include:gone.example"}},
        {"a..example", "permerror all", {"bad-name at include:a..example"}},
        {"%{d1}", "permerror all", {"bad-name at include:%{d1}"}},
    };
    const std::vector<std::pair<std::string, std::string>> qualifiers = {
        {"", "pass"}, {"+", "pass"}, {"-", "fail"}, {"~", "softfail"}, {"?", "neutral"}};
    for (const auto& [qualifier, matched] : qualifiers) {
        const auto verdict_for = [&](const std::string& name) {
            return verdict_of("v=spf1 " + qualifier + "include:" + name + " ip4:10.0.0.0/8 ~all",
                              Family::ipv4, targets);
        };
        INFO("qualifier '" << qualifier << "'");
        CHECK(results(verdict_for("pass.example")) == matched + " all");
        for (const Target& row : rows) {
            INFO("target " << row.name);
            const spf::Verdict verdict = verdict_for(row.name);
            CHECK(results(verdict) == (row.result ? row.result : "pass 10.0.0.0/8, softfail rest"));
            if (qualifier.empty()) CHECK(finding_texts(verdict) == row.findings);
        }
    }
}

TEST_CASE("RFC 7208 §5.2: of a target's regions each goes its own way") {
    check_rows(
        {
            {"v=spf1 -include:mixed.example ip4:10.0.0.0/8 ~all",
             "pass 10.128.0.0/9, fail 192.0.2.0/24, permerror rest", "permerror all"},
            {"v=spf1 include:mixed.example ip4:10.0.0.0/8 ~all",
             "pass 10.128.0.0/9 192.0.2.0/24, permerror rest", "permerror all"},
            {"v=spf1 include:outer.example ip4:203.0.113.1 -all",
             "pass 192.0.2.10/32 203.0.113.1/32, fail rest",
             "pass 2001:db8::/127 2001:db8::10/128, fail rest"},
            {"v=spf1 include:all.example -all", "fail all", "fail all"},
            // A bare a in the target is the target's, %{o} stays the sender's domain, %{d} does not.
            {"v=spf1 include:bare.example -all", "pass 192.0.2.77/32, fail rest", "fail all"},
            {"v=spf1 include:macro.example -all", "pass all", "pass all"},
            {"v=spf1 include:macro2.example -all", "fail all", "fail all"},
        },
        txt("mixed.example", "v=spf1 ip4:192.0.2.0/24 -ip4:10.128.0.0/9 include:gone.example") +
            txt("outer.example", "v=spf1 -ip4:192.0.2.0/29 include:inner.example -all") +
            txt("inner.example", "v=spf1 a:d.example a:one.example//127 -all") +
            txt("all.example", "v=spf1 include:fail.example -all") + txt("fail.example", "v=spf1 -all") +
            txt("bare.example", "v=spf1 a -all") + "bare.example. A 192.0.2.77\n" +
            txt("macro.example", "v=spf1 exists:%{o}.flag.example -all") +
            txt("macro2.example", "v=spf1 exists:%{d}.flag.example -all") +
            "d.example.flag.example. A 127.0.0.2\n");
}

TEST_CASE("RFC 7208 §6.1: redirect takes over all of the target's results") {
    const std::string targets =
        txt("mixed.example", "v=spf1 ip4:192.0.2.0/24 ?ip4:10.128.0.0/9 include:gone.example") +
        txt("bare.example", "v=spf1 a mx -all") +
        "bare.example. A 192.0.2.77\nbare.example. MX 1 one.example.\n" +
        txt("macro.example", "v=spf1 exists:%{o}.flag.example -all") +
        "d.example.flag.example. A 127.0.0.2\n" + txt("twice.example", "v=spf1 redirect=bare.example") +
        txt("perm.example", "v=spf1 nonsense") + txt("pass.example", "v=spf1 +all") +
        txt("soft.example", "v=spf1 ip4:10.0.0.0/8 ~all") + txt("empty.example", "v=spf1");
    check_rows(
        {
            {"v=spf1 redirect=mixed.example", "pass 192.0.2.0/24, neutral 10.128.0.0/9, permerror rest",
             "permerror all"},
            {"v=spf1 redirect=pass.example -ip4:10.0.0.0/8", "fail 10.0.0.0/8, pass rest", "pass all"},
            {"v=spf1 REDIRECT=bare.example", "pass 192.0.2.1/32 192.0.2.77/32, fail rest",
             "pass 2001:db8::1/128, fail rest"},
            {"v=spf1 redirect=twice.example", "pass 192.0.2.1/32 192.0.2.77/32, fail rest",
             "pass 2001:db8::1/128, fail rest"},
            {"v=spf1 redirect=macro.example", "pass all", "pass all"},
            {"v=spf1 redirect=empty.example", "neutral all", "neutral all"},
            {"v=spf1 ip4:10.0.0.0/9 redirect=soft.example", "pass 10.0.0.0/8, softfail rest", "softfail all"},
            {"v=spf1 redirect=gone.example", "permerror all", "permerror all"}, // not none
            {"v=spf1 redirect=text.example", "permerror all", "permerror all"},
            {"v=spf1 redirect=%{d1}", "permerror all", "permerror all"},
            {"v=spf1 redirect=down.example", "temperror all", "temperror all"},
            {"v=spf1 redirect=perm.example", "permerror all", "permerror all"},
            // all beats it, wherever either stands
            {"v=spf1 ?all redirect=pass.example", "neutral all", "neutral all"},
            {"v=spf1 redirect=pass.example ?all", "neutral all", "neutral all"},
            {"v=spf1 -all redirect=gone.example", "fail all", "fail all"},
            // An include of a redirecting record: its pass matches, its softfail does not.
            {"v=spf1 include:target.example -all", "pass 10.0.0.0/8, fail rest", "fail all"},
        },
        targets + txt("target.example", "v=spf1 redirect=soft.example"));
}

TEST_CASE("RFC 7208 §4.6: an error of DNS or of a nested record is for those who come to its term") {
    check_rows(
        {
            {"v=spf1 ip4:10.0.0.0/8 include:gone.example -all", "pass 10.0.0.0/8, permerror rest",
             "permerror all"},
            {"v=spf1 include:gone.example ip4:10.0.0.0/8 -all", "permerror all", "permerror all"},
            {"v=spf1 ip4:10.0.0.0/8 include:down.example +all", "pass 10.0.0.0/8, temperror rest",
             "temperror all"},
            {"v=spf1 -ip4:10.0.0.0/8 a:down.example +all", "fail 10.0.0.0/8, temperror rest",
             "temperror all"},
            {"v=spf1 ip4:10.0.0.0/8 mx:down.example +all", "pass 10.0.0.0/8, temperror rest",
             "temperror all"},
            {"v=spf1 ip4:10.0.0.0/8 mx:relay.example +all", "pass 10.0.0.0/8, temperror rest",
             "temperror all"},
            {"v=spf1 ip6:2001:db8::/32 exists:down.example -all", "temperror all",
             "pass 2001:db8::/32, temperror rest"},
            {"v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 include:gone.example -all", "pass all", "permerror all"},
            // But the grammar of a record is for everybody, also behind all.
            {"v=spf1 ip4:10.0.0.0/8 -all a:1.2.3.4", "permerror all", "permerror all"},
            {"v=spf1 +all redirect=one.example redirect=one.example", "permerror all", "permerror all"},
            {"v=spf1 +all exp=one.example exp=one.example", "permerror all", "permerror all"},
            {"v=spf1 +all exp=%{c}", "permerror all", "permerror all"},
            {"v=spf1 +all -redirect=one.example", "permerror all", "permerror all"},
            {"v=spf1 +all all/0", "permerror all", "permerror all"},
            // An explanation is never fetched; unknown modifiers are passed over, as often as they come.
            {"v=spf1 exp=down.example -all", "fail all", "fail all"},
            {"v=spf1 moo=a moo=b.%{d} +all", "pass all", "pass all"},
            {"v=spf1 moo=%{x} +all", "permerror all", "permerror all"},
        },
        "relay.example. MX 1 one.example.\nrelay.example. MX 2 down.example.\n");
}

TEST_CASE("Findings name the place: failures, missing records, names that cannot be asked") {
    const std::string more = txt("in.example", "v=spf1 a:down.example -all") +
                             txt("to.example", "v=spf1 mx:relay.example -all") +
                             "relay.example. MX 1 down.example.\n";
    struct FindingRow {
        const char* record;
        Texts findings;
        const char* detail; ///< of the last
    };
    const std::vector<FindingRow> rows = {
        {"v=spf1 include:in.example -all",
         {"dns-failure at include:in.example: a:down.example"},
         "down.example A: SERVFAIL"},
        {"v=spf1 redirect=to.example",
         {"dns-failure at redirect=to.example: mx:relay.example"},
         "down.example A: SERVFAIL"},
        {"v=spf1 mx:down.example -all", {"dns-failure at mx:down.example"}, "down.example MX: timeout"},
        {"v=spf1 redirect=gone.example", {"no-record at redirect=gone.example"}, "the name does not exist"},
        {"v=spf1 redirect=text.example", {"no-record at redirect=text.example"}, ""},
        {"v=spf1 a:%{d}..example -all", {"unqueryable at a:%{d}..example"}, "d.example..example"},
        {"v=spf1 -all nonsense a:1.2.3.4", {"syntax", "syntax"}, "bad top label in domain"},
        {"v=spf1 ip4:0.0.0.0/0 include:gone.example -all", {}, ""},
        {"v=spf1 -all include:gone.example", {}, ""},
    };
    for (const FindingRow& row : rows) {
        INFO("record " << row.record);
        const spf::Verdict verdict = verdict_of(row.record, Family::ipv4, more);
        CHECK(finding_texts(verdict) == row.findings);
        if (!row.findings.empty() && !verdict.findings.empty())
            CHECK(verdict.findings.back().detail == row.detail);
    }
}

TEST_CASE("Regions name the term that decided them, visits the domains") {
    const spf::Verdict verdict = verdict_of(
        "v=spf1 include:in.example ip4:10.0.0.0/8 redirect=to.example", Family::ipv4,
        txt("in.example", "v=spf1 a:one.example ~all") + txt("to.example", "v=spf1 ip4:172.16.0.0/12"));
    Texts found;
    for (const spf::Region& region : verdict.regions)
        found.push_back(std::string(to_text(region.result)) + ' ' +
                        path_text(verdict.visits, region.decided_by));
    std::sort(found.begin(), found.end());
    CHECK(found == Texts{"neutral redirect=to.example", "pass include:in.example: a:one.example",
                         "pass ip4:10.0.0.0/8", "pass redirect=to.example: ip4:172.16.0.0/12"});
    REQUIRE(verdict.visits.size() == 3);
    CHECK(verdict.visits[0].domain == "d.example");
    CHECK(verdict.visits[1].domain == "in.example");
    CHECK(verdict.visits[2].domain == "to.example");
    CHECK(verdict.visits[2].parent == 0);
    CHECK(verdict.lookups == 3);
    CHECK(verdict.voids == 0);
    CHECK_FALSE(verdict.undecidable);
}
