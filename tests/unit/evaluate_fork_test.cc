// Terms that a list cannot decide (RFC 7208 §7) and that one client can.
#include "spfwalk/spf/evaluate.h"

#include "support/catch.h"
#include "support/evaluations.h"

#include <fmt/format.h>

using namespace spfwalk;
using namespace spfwalk::test;
using net::Family;

namespace {

using Texts = std::vector<std::string>;

const std::string hosts = R"(
one.example.    A 192.0.2.1
ten.example.    TXT "v=spf1 ip4:10.0.0.0/8"
fail.example.   TXT "v=spf1 -ip4:10.0.0.0/8 ~all"
)";

spf::Verdict verdict_of(const std::string& record, const std::string& more = {},
                        const spf::Rules& rules = {}) {
    return evaluated(hosts + txt("d.example", record) + more, inquiry_for("d.example", Family::ipv4), rules);
}

/// What a record of d.example comes to.
struct Row {
    const char* record;
    const char* certainty;
};

void check_rows(const std::vector<Row>& rows, const spf::Rules& rules = {}) {
    for (const Row& row : rows) {
        INFO("record " << row.record);
        CHECK(certainty(verdict_of(row.record, {}, rules)) == row.certainty);
    }
}

spf::Rules without_void_limit() {
    spf::Rules rules;
    rules.void_limit = std::nullopt;
    return rules;
}

} // namespace

TEST_CASE("Undecidable terms: what is sure, possible and definite") {
    check_rows({
        {"v=spf1 ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8"},
        // A leading exclusion may hit anybody.
        {"v=spf1 -exists:%{ir}.bl.example ip4:10.0.0.0/8 -all", "sure none; possible 10.0.0.0/8"},
        {"v=spf1 ~exists:%{ir}.bl.example ip4:10.0.0.0/8 -all", "sure none; possible 10.0.0.0/8"},
        {"v=spf1 ?exists:%{ir}.bl.example ip4:10.0.0.0/8 -all", "sure none; possible 10.0.0.0/8"},
        // Those before it are safe from it.
        {"v=spf1 ip4:10.0.0.0/8 -exists:%{ir}.bl.example ip4:192.0.2.1 -all",
         "sure 10.0.0.0/8; possible 10.0.0.0/8 192.0.2.1/32"},
        // A trailing grant costs nothing.
        {"v=spf1 ip4:10.0.0.0/8 exists:%{i}.wl.example -all", "sure 10.0.0.0/8; possible all"},
        // One in front may pass more and takes nothing away.
        {"v=spf1 exists:%{i}.wl.example ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8; possible all"},
        // What only the target passes stays hidden; that target may also be missing.
        {"v=spf1 include:%{i}.x.example ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8; possible all; definite none"},
        {"v=spf1 ip4:10.0.0.0/8 include:%{i}.x.example -all", "sure 10.0.0.0/8; possible all"},
        {"v=spf1 -include:%{i}.x.example ip4:10.0.0.0/8 -all", "sure none; possible 10.0.0.0/8"},
        {"v=spf1 a:%{i}.x.example ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8; possible all"},
        {"v=spf1 -a:%{i}.x.example ip4:10.0.0.0/8 -all", "sure none; possible 10.0.0.0/8"},
        {"v=spf1 mx:%{i}.x.example ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8; possible all; definite none"},
        {"v=spf1 ip4:10.0.0.0/8 redirect=%{i}.x.example", "sure 10.0.0.0/8; possible all"},
        {"v=spf1 ptr -all", "sure none; possible all"},
        {"v=spf1 ip4:10.0.0.0/8 ptr -all", "sure 10.0.0.0/8; possible all"},
        {"v=spf1 -ptr:x.example ip4:10.0.0.0/8 -all", "sure none; possible 10.0.0.0/8"},
        // No client has a name below one that cannot be.
        {"v=spf1 -ptr:x..example ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8"},
        {"v=spf1 exists:%{p}.x.example ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8; possible all"},
        // Everybody passes whatever it says.
        {"v=spf1 exists:%{i}.x.example +all", "sure all"},
        {"v=spf1 ip4:0.0.0.0/0 -exists:%{i}.x.example", "sure all"},
        // Nobody comes to it.
        {"v=spf1 -all exists:%{i}.x.example", "sure none"},
    });
}

TEST_CASE("Undecidable terms: a non-matching exists is a void lookup, an unknown host perhaps one") {
    check_rows({
        {"v=spf1 a:gone.example exists:%{i}.x.example ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8; possible all"},
        // The third void lookup on the way to ip4, if not for a local-part that makes no name to ask for.
        {"v=spf1 a:gone.example a:gone.example -exists:%{l}.x.example ip4:10.0.0.0/8 -all",
         "sure none; possible 10.0.0.0/8"},
        {"v=spf1 exists:%{i}.x.example a:gone.example a:gone.example ip4:10.0.0.0/8 -all",
         "sure none; possible all"},
        {"v=spf1 exists:%{i}.x.example exists:%{i}.y.example exists:%{i}.z.example ip4:10.0.0.0/8 -all",
         "sure none; possible all"},
        {"v=spf1 a:%{i}.x.example a:gone.example ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8; possible all"},
        {"v=spf1 a:%{i}.x.example a:gone.example a:gone.example ip4:10.0.0.0/8 -all",
         "sure 10.0.0.0/8; possible all; definite none"},
        {"v=spf1 ptr ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8; possible all; definite none"},
    });
    check_rows(
        {
            {"v=spf1 a:gone.example a:gone.example exists:%{i}.x.example ip4:10.0.0.0/8 -all",
             "sure 10.0.0.0/8; possible all"},
            {"v=spf1 a:%{i}.x.example a:gone.example a:gone.example ip4:10.0.0.0/8 -all",
             "sure 10.0.0.0/8; possible all"},
            {"v=spf1 ptr ip4:10.0.0.0/8 -all", "sure 10.0.0.0/8; possible all"},
            // A missing record is an error without any void limit.
            {"v=spf1 include:%{i}.x.example ip4:10.0.0.0/8 -all",
             "sure 10.0.0.0/8; possible all; definite none"},
        },
        without_void_limit());
}

TEST_CASE("Undecidable terms count as lookups and may stand in nested records") {
    const std::string nine = "v=spf1" + times(9, "a:one.example");
    CHECK(certainty(verdict_of(nine + " ptr ip4:10.0.0.0/8 -all")) ==
          "sure 10.0.0.0/8 192.0.2.1/32; possible all; definite 192.0.2.1/32");
    CHECK(certainty(verdict_of(nine + " a:one.example ptr ip4:10.0.0.0/8 -all")) == "sure 192.0.2.1/32");
    const spf::Verdict over = verdict_of(nine + " ptr a:one.example ip4:10.0.0.0/8 -all");
    CHECK(certainty(over) == "sure 192.0.2.1/32; possible all");
    CHECK(finding_texts(over) == Texts{"undecidable at ptr", "lookup-limit at a:one.example"});

    const std::string nested = txt("in.example", "v=spf1 -exists:%{i}.x.example ip4:172.16.0.0/12 -all");
    const spf::Verdict inside = verdict_of("v=spf1 include:in.example ip4:10.0.0.0/8 -all", nested);
    CHECK(certainty(inside) == "sure 10.0.0.0/8; possible 10.0.0.0/8 172.16.0.0/12");
    CHECK(finding_texts(inside) == Texts{"undecidable at include:in.example: -exists:%{i}.x.example"});
    // What the target lets pass for sure or perhaps, the including record takes away for sure or perhaps.
    const net::AddressSet all = spf::universe(Family::ipv4);
    const net::AddressSet taken(net::parse_prefix("172.16.0.0/12")->range());
    const spf::Verdict carved = verdict_of("v=spf1 -include:in.example +all", nested);
    CHECK(carved.possible() == all);
    CHECK(carved.sure() == all - taken);
    CHECK(carved.definite() == all - taken);
}

TEST_CASE("RFC 7208 §7.2: which macros a list can expand") {
    struct MacroRow {
        const char* record;
        const char* detail; ///< of the finding; null: it is decidable
    };
    const std::vector<MacroRow> rows = {
        {"v=spf1 exists:%{d}.x.example -all", nullptr},
        {"v=spf1 exists:%{o}.x.example -all", nullptr},
        {"v=spf1 exists:%{v}.x.example -all", nullptr},
        {"v=spf1 exists:%%.%_.%-.x.example -all", nullptr},
        {"v=spf1 exists:%{ir}.x.example -all", "%{i}"},
        {"v=spf1 a:%{p}.x.example -all", "%{p}"},
        {"v=spf1 mx:%{l}.x.example -all", "%{l}"},
        {"v=spf1 include:%{S}.x.example -all", "%{s}"},
        {"v=spf1 exists:%{h2}.x.example -all", "%{h}"},
        {"v=spf1 redirect=%{l}.%{i}.x.example", "%{i}, %{l}"},
        {"v=spf1 exists:%{l}.%{d}.%{l}.x.example", "%{l}"},
        {"v=spf1 ptr:x.example -all", "ptr"},
        {"v=spf1 -all exp=%{i}.%{c}", nullptr}, // %{c} only within the text: a permerror, no fork
        {"v=spf1 +all x=%{i}%{s}", nullptr},
    };
    for (const MacroRow& row : rows) {
        INFO("record " << row.record);
        const spf::Verdict verdict = verdict_of(row.record);
        CHECK(verdict.undecidable == (row.detail != nullptr));
        const auto found =
            std::find_if(verdict.findings.begin(), verdict.findings.end(),
                         [](const spf::Finding& f) { return f.code == spf::Code::undecidable; });
        REQUIRE((found != verdict.findings.end()) == (row.detail != nullptr));
        if (row.detail) CHECK(found->detail == row.detail);
    }
}

TEST_CASE("RFC 7208 §7.2: a fixed sender or HELO identity decides its macros") {
    const std::string zone = txt("d.example", "v=spf1 exists:%{l}.l.example exists:%{h}.h.example -all") +
                             txt("o.example", "v=spf1 exists:%{o}.%{s}.x.example -all") +
                             "bob.l.example. A 127.0.0.2\nmail.example.net.h.example. A 127.0.0.2\n"
                             "example.net.bob\\@example.net.x.example. A 127.0.0.2\n"
                             "postmaster.l.example. A 127.0.0.2\n";
    const auto with = [&](std::optional<std::string> sender, std::optional<std::string> helo,
                          const char* domain = "d.example") {
        spf::Inquiry inquiry = inquiry_for(domain, Family::ipv4);
        inquiry.sender = std::move(sender);
        inquiry.helo = std::move(helo);
        return certainty(evaluated(zone, inquiry));
    };
    CHECK(with("bob@d.example", "host.example") == "sure all");
    CHECK(with("alice@d.example", "host.example") == "sure none");
    CHECK(with("alice@d.example", "mail.example.net") == "sure all");
    CHECK(with("bob@d.example", std::nullopt) == "sure all");
    CHECK(with("alice@d.example", std::nullopt) == "sure none; possible all");
    CHECK(with(std::nullopt, "mail.example.net") == "sure all");
    CHECK(with(std::nullopt, std::nullopt) == "sure none; possible all");
    CHECK(with("bob@example.net", std::nullopt, "o.example") == "sure all");
    // §4.3: no local-part stands for postmaster.
    CHECK(with("@d.example", "host.example") == "sure all");
}

TEST_CASE("RFC 8616 §4: terms with the local-part in them match nothing if it is not in ASCII") {
    const std::string zone =
        "\\195\\188ser.l.example. A 127.0.0.2\n\\195\\188ser.l.example. TXT \"v=spf1 +all\"\n"
        "\\195\\188ser\\@d.example.l.example. TXT \"v=spf1 +all\"\n";
    const auto with = [&](const std::string& record) {
        spf::Inquiry inquiry = inquiry_for("d.example", Family::ipv4);
        inquiry.sender = "\xc3\xbcser@d.example";
        return results(evaluated(zone + txt("d.example", record), inquiry));
    };
    for (const char* term : {"exists", "a", "mx", "ptr", "include"})
        for (const char* macro : {"%{l}", "%{L1r}", "%{s}"}) {
            const std::string text = fmt::format("v=spf1 {}:{}.l.example ip4:192.0.2.1 -all", term, macro);
            INFO(text);
            CHECK(with(text) == "pass 192.0.2.1/32, fail rest");
        }
    // It costs its lookup, and no void lookup.
    CHECK(with("v=spf1 a:%{l}.l.example a:%{l}.l.example a:%{l}.l.example ip4:192.0.2.1 -all") ==
          "pass 192.0.2.1/32, fail rest");
    CHECK(with("v=spf1 redirect=%{l}.l.example") == "permerror all");
    CHECK(with("v=spf1 exists:%{o}.l.example -all") == "fail all");
    CHECK(with("v=spf1 -include:%{l}.%{i}.l.example ip4:192.0.2.1 -all") == "pass 192.0.2.1/32, fail rest");
}

// --- One client ---

namespace {

const std::string reverse = R"(
1.2.0.192.in-addr.arpa.    PTR mail.d.example.
1.2.0.192.in-addr.arpa.    PTR d.example.
1.2.0.192.in-addr.arpa.    PTR other.test.
2.2.0.192.in-addr.arpa.    PTR fake.d.example.
3.2.0.192.in-addr.arpa.    PTR notd.example.
4.2.0.192.in-addr.arpa.    PTR gone.d.example.
;! 5.2.0.192.in-addr.arpa. PTR SERVFAIL
6.2.0.192.in-addr.arpa.    PTR down.d.example.
6.2.0.192.in-addr.arpa.    PTR six.d.example.
1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR mail.d.example.
mail.d.example.   A 192.0.2.1
mail.d.example.   AAAA 2001:db8::1
d.example.        A 192.0.2.1
other.test.       A 192.0.2.1
fake.d.example.   A 192.0.2.99
notd.example.     A 192.0.2.3
;! down.d.example. A SERVFAIL
six.d.example.    A 192.0.2.6
8.2.0.192.in-addr.arpa.    PTR first.test.
8.2.0.192.in-addr.arpa.    PTR sub.d.example.
first.test.       A 192.0.2.8
sub.d.example.    A 192.0.2.8
)";

struct ClientRow {
    const char* record;
    const char* client;
    const char* result;
};

void check_clients(const std::vector<ClientRow>& rows, const std::string& more) {
    for (const ClientRow& row : rows) {
        INFO("record " << row.record << ", client " << row.client);
        const Family family = net::parse_ipv4(row.client) ? Family::ipv4 : Family::ipv6;
        const spf::Verdict verdict =
            evaluated(txt("d.example", row.record) + more, inquiry_for("d.example", family, row.client));
        CHECK(result_of_client(verdict) == row.result);
        CHECK_FALSE(verdict.undecidable);
    }
}

} // namespace

TEST_CASE("RFC 7208 §5.5: ptr for one client") {
    const std::string gone = "v=spf1 a:gone.example a:gone.example ptr ~all";
    check_clients(
        {
            {"v=spf1 ptr -all", "192.0.2.1", "pass"},
            {"v=spf1 -ptr +all", "192.0.2.1", "fail"},
            {"v=spf1 ptr -all", "2001:db8::1", "pass"},
            {"v=spf1 ptr:d.example -all", "192.0.2.1", "pass"},
            {"v=spf1 ptr:mail.d.example -all", "192.0.2.1", "pass"},
            {"v=spf1 ptr:D.Example. -all", "192.0.2.1", "pass"},
            {"v=spf1 ptr:test.example -all", "192.0.2.1", "fail"},
            {"v=spf1 ptr:%{d} -all", "192.0.2.1", "pass"},
            {"v=spf1 ptr -all", "192.0.2.2", "fail"}, // does not map back
            {"v=spf1 ptr -all", "192.0.2.3", "fail"}, // ends like the domain, but is not below it
            {"v=spf1 ptr:example -all", "192.0.2.3", "permerror"}, // no top label
            {"v=spf1 ptr -all", "192.0.2.77", "fail"},             // no name at all
            {"v=spf1 ptr ~all", "192.0.2.5", "softfail"},          // a DNS error is no match
            {"v=spf1 ptr -all", "192.0.2.6", "pass"},              // … and skips the name
            {"v=spf1 ptr ptr ~all", "192.0.2.77", "softfail"},
            {"v=spf1 ptr ptr ptr ~all", "192.0.2.77", "permerror"},             // void lookups
            {"v=spf1 ptr:x..d.example ptr ptr ~all", "192.0.2.77", "softfail"}, // nothing is asked
            {"v=spf1 ptr ptr ptr ~all", "192.0.2.4", "permerror"},
            {"v=spf1 ptr ptr ptr ~all", "192.0.2.5", "softfail"},
            {"v=spf1 ptr ptr ptr ptr ptr ptr ptr ptr ptr ptr ~all", "192.0.2.2", "softfail"},
            {"v=spf1 ptr ptr ptr ptr ptr ptr ptr ptr ptr ptr ptr ~all", "192.0.2.2", "permerror"},
            {gone.c_str(), "192.0.2.1", "pass"},
            {gone.c_str(), "192.0.2.77", "permerror"},
            {gone.c_str(), "192.0.2.4", "permerror"},
        },
        reverse);
}

TEST_CASE("RFC 7208 §5.5: only the first ten names count") {
    for (const int others : {9, 10}) {
        std::string zone = "mail.d.example. A 192.0.2.1\n";
        for (int i = 0; i < others; ++i)
            zone += "1.2.0.192.in-addr.arpa. PTR n" + std::to_string(i) + ".test.\nn" + std::to_string(i) +
                    ".test. A 192.0.2.200\n";
        const std::string good = "1.2.0.192.in-addr.arpa. PTR mail.d.example.\n";
        const std::vector<ClientRow> rows{{"v=spf1 ptr -all", "192.0.2.1", others == 9 ? "pass" : "fail"}};
        // Servers turn sets round, so which are first is not for the answer to say.
        check_clients(rows, zone + good);
        check_clients(rows, good + zone);
    }
}

TEST_CASE("RFC 7208 §7.3: of several names that would do, %{p} is always the same") {
    const std::string one = "1.2.0.192.in-addr.arpa. PTR a.test.\n";
    const std::string other = "1.2.0.192.in-addr.arpa. PTR b.test.\n";
    const std::string zone = "a.test. A 192.0.2.1\nb.test. A 192.0.2.1\na.test.ok.example. A 127.0.0.2\n";
    for (const std::string& order : {one + other, other + one})
        check_clients({{"v=spf1 exists:%{p}.ok.example -all", "192.0.2.1", "pass"}}, zone + order);
}

TEST_CASE("RFC 7208 §7.3: macros for one client") {
    check_clients(
        {
            {"v=spf1 exists:%{i}.wl.example -all", "192.0.2.1", "pass"},
            {"v=spf1 exists:%{ir}.%{v}.rev.example -all", "192.0.2.7", "pass"},
            {"v=spf1 exists:%{i}.wl.example -all", "192.0.2.7", "fail"},
            {"v=spf1 exists:%{i}.wl.example -all", "2001:db8::9", "pass"},
            // %{p}: the domain itself, else one below it, else any that maps back, else unknown.
            {"v=spf1 exists:%{p}.p.example -all", "192.0.2.1", "pass"},
            {"v=spf1 exists:%{p}.below.example -all", "2001:db8::1", "pass"},
            {"v=spf1 exists:%{p}.below.example -all", "192.0.2.8", "pass"},
            {"v=spf1 exists:%{p}.any.example -all", "192.0.2.3", "pass"},
            {"v=spf1 exists:%{p}.no.example -all", "192.0.2.2", "pass"},
            {"v=spf1 exists:%{p}.no.example -all", "192.0.2.5", "pass"},
            {"v=spf1 exists:%{p}.no.example -all", "192.0.2.77", "pass"},
            {"v=spf1 exists:%{p}.no.example -all", "192.0.2.1", "fail"},
            {"v=spf1 include:%{p}.rec.example -all", "192.0.2.1", "pass"},
            {"v=spf1 redirect=%{p}.rec.example", "192.0.2.1", "pass"},
            // The name itself, not as a master file has it; one that would read as another is not taken.
            {"v=spf1 exists:%{p}.odd.example -all", "192.0.2.9", "pass"},
            {"v=spf1 exists:%{p}.no.example -all", "192.0.2.10", "pass"},
            // What %{p} asks is neither a void lookup nor a term.
            {"v=spf1 a:%{p}.no.example a:%{p}.no.example ~all", "192.0.2.77", "softfail"},
        },
        reverse + R"(
192.0.2.1.wl.example.      A 127.0.0.2
7.2.0.192.in-addr.rev.example. A 127.0.0.2
2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.9.wl.example. A 127.0.0.2
d.example.p.example.       A 127.0.0.2
mail.d.example.below.example. A 127.0.0.2
sub.d.example.below.example. A 127.0.0.2
notd.example.any.example.  A 127.0.0.2
unknown.no.example.        A 127.0.0.2
9.2.0.192.in-addr.arpa.    PTR x\$y.test.
x\$y.test.                 A 192.0.2.9
x\$y.test.odd.example.     A 127.0.0.2
10.2.0.192.in-addr.arpa.   PTR x\.y.test.
x\.y.test.                 A 192.0.2.10
d.example.rec.example.     TXT "v=spf1 ip4:192.0.2.1"
)");
    // The same name for everyone: a client is a universe of one, so a plain record works as ever.
    check_clients(
        {
            {"v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.1", "pass"},
            {"v=spf1 ip4:192.0.2.0/24 -all", "192.0.3.1", "fail"},
            {"v=spf1 ip6:2001:db8::/32 include:gone.example", "2001:db8::1", "pass"},
            {"v=spf1 ip6:2001:db8::/32 include:gone.example", "2001:db9::1", "permerror"},
        },
        {});
}

TEST_CASE("A client's unknown identity still forks") {
    spf::Inquiry inquiry = inquiry_for("d.example", Family::ipv4, "192.0.2.1");
    const std::string zone = txt("d.example", "v=spf1 exists:%{l}.%{i}.x.example -all");
    const spf::Verdict unknown = evaluated(zone, inquiry);
    CHECK(unknown.undecidable);
    CHECK(unknown.has(spf::Result::pass));
    CHECK(unknown.has(spf::Result::fail));
    REQUIRE(!unknown.findings.empty());
    CHECK(unknown.findings[0].detail == "%{l}");
    inquiry.sender = "bob@d.example";
    CHECK(result_of_client(evaluated(zone, inquiry)) == "fail");
    CHECK(result_of_client(evaluated(zone + "bob.192.0.2.1.x.example. A 127.0.0.2\n", inquiry)) == "pass");
}
