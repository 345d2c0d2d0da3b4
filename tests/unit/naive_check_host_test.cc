// The oracle of the property tests, held against examples whose results the text of RFC 7208 gives.
#include "support/naive_check_host.h"

#include "support/catch.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace naive;

namespace {

/// A zone with one record at example.com.
Zone zone_with(const std::string& record) {
    Zone zone;
    zone.names["example.com"].txt = {record};
    return zone;
}

Result check(const Zone& zone, const std::string& ip, const std::string& domain = "example.com",
             const Options& options = {}) {
    return check_host(zone, ip, domain, "strong-bad@" + domain, "mx.example.org", options);
}

std::string repeated(const std::string& term, int times) {
    std::string text;
    for (int i = 0; i < times; ++i)
        text += " " + term;
    return text;
}

/// RFC 7208, Appendix A.
Zone appendix_a(const std::string& record) {
    Zone zone = zone_with(record);
    zone.names["example.com"].mx = {{10, "mail-a.example.com"}, {20, "mail-b.example.com"}};
    zone.names["example.com"].a = {"192.0.2.10", "192.0.2.11"};
    zone.names["amy.example.com"].a = {"192.0.2.65"};
    zone.names["bob.example.com"].a = {"192.0.2.66"};
    zone.names["mail-a.example.com"].a = {"192.0.2.129"};
    zone.names["mail-b.example.com"].a = {"192.0.2.130"};
    zone.names["www.example.com"].cname = "example.com";
    zone.names["example.org"].mx = {{10, "mail-c.example.org"}};
    zone.names["mail-c.example.org"].a = {"192.0.2.140"};
    zone.names["10.2.0.192.in-addr.arpa"].ptr = {"example.com"};
    zone.names["11.2.0.192.in-addr.arpa"].ptr = {"example.com"};
    zone.names["65.2.0.192.in-addr.arpa"].ptr = {"amy.example.com"};
    zone.names["66.2.0.192.in-addr.arpa"].ptr = {"bob.example.com"};
    zone.names["129.2.0.192.in-addr.arpa"].ptr = {"mail-a.example.com"};
    zone.names["130.2.0.192.in-addr.arpa"].ptr = {"mail-b.example.com"};
    zone.names["140.2.0.192.in-addr.arpa"].ptr = {"mail-c.example.org"};
    zone.names["4.0.0.10.in-addr.arpa"].ptr = {"bob.example.com"};
    return zone;
}

const std::vector<std::string> appendix_clients = {
    "192.0.2.10",  "192.0.2.11",  "192.0.2.65",  "192.0.2.127", "192.0.2.128", "192.0.2.129", "192.0.2.130",
    "192.0.2.131", "192.0.2.132", "192.0.2.140", "192.0.2.143", "192.0.2.144", "10.0.0.4",    "2001:db8::1"};

struct Row {
    std::string record;
    std::vector<std::string> passing; ///< of appendix_clients; the others fail
};

} // namespace

TEST_CASE("RFC 7208 Appendix A.1: simple examples", "[naive]") {
    const std::vector<Row> rows = {
        {"v=spf1 +all", appendix_clients},
        {"v=spf1 a -all", {"192.0.2.10", "192.0.2.11"}},
        {"v=spf1 a:example.org -all", {}},
        {"v=spf1 a:www.example.com -all", {"192.0.2.10", "192.0.2.11"}},
        {"v=spf1 mx -all", {"192.0.2.129", "192.0.2.130"}},
        {"v=spf1 mx:example.org -all", {"192.0.2.140"}},
        {"v=spf1 mx mx:example.org -all", {"192.0.2.129", "192.0.2.130", "192.0.2.140"}},
        {"v=spf1 mx/30 mx:example.org/30 -all",
         {"192.0.2.128", "192.0.2.129", "192.0.2.130", "192.0.2.131", "192.0.2.140", "192.0.2.143"}},
        {"v=spf1 ptr -all", {"192.0.2.10", "192.0.2.11", "192.0.2.65", "192.0.2.129", "192.0.2.130"}},
        {"v=spf1 ptr:example.org -all", {"192.0.2.140"}},
        {"v=spf1 ip4:192.0.2.128/28 -all",
         {"192.0.2.128", "192.0.2.129", "192.0.2.130", "192.0.2.131", "192.0.2.132", "192.0.2.140",
          "192.0.2.143"}},
    };
    Options options;
    options.void_limit = -1; // the appendix knows no void lookups
    for (const Row& row : rows) {
        const Zone zone = appendix_a(row.record);
        for (const std::string& ip : appendix_clients) {
            INFO(row.record << " for " << ip);
            const bool passes = std::find(row.passing.begin(), row.passing.end(), ip) != row.passing.end();
            CHECK(check(zone, ip, "example.com", options) == (passes ? Result::pass : Result::fail));
        }
    }
}

TEST_CASE("RFC 7208 Appendix A.3, A.4: users by name, and requirements that all must hold", "[naive]") {
    Zone zone = zone_with("v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all");
    zone.names["example.com"].mx = {{10, "mail-a.example.com"}};
    zone.names["mail-a.example.com"].a = {"192.0.2.129"};
    zone.names["mobile-users._spf.example.com"].txt = {"v=spf1 exists:%{l1r+}.%{d}"};
    zone.names["mary.mobile-users._spf.example.com"].a = {"127.0.0.2"};
    zone.names["remote-users._spf.example.com"].txt = {"v=spf1 exists:%{ir}.%{l1r+}.%{d}"};
    zone.names["15.15.168.192.joel.remote-users._spf.example.com"].a = {"127.0.0.2"};
    CHECK(check_host(zone, "10.9.8.7", "example.com", "mary@example.com", "h") == Result::pass);
    CHECK(check_host(zone, "10.9.8.7", "example.com", "mary+box@example.com", "h") == Result::pass);
    CHECK(check_host(zone, "192.168.15.15", "example.com", "joel@example.com", "h") == Result::pass);
    CHECK(check_host(zone, "192.168.15.16", "example.com", "joel@example.com", "h") == Result::fail);

    zone = appendix_a("v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all");
    zone.names["ip4._spf.example.com"].txt = {"v=spf1 -ip4:192.0.2.0/24 +all"};
    zone.names["ptr._spf.example.com"].txt = {"v=spf1 -ptr:example.com +all"};
    CHECK(check(zone, "192.0.2.65") == Result::pass);
    CHECK(check(zone, "192.0.2.140") == Result::fail);
    CHECK(check(zone, "10.0.0.4") == Result::fail);
}

TEST_CASE("RFC 7208 §7.4: macro expansion", "[naive]") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"%{s}", "strong-bad@email.example.com"},
        {"%{o}", "email.example.com"},
        {"%{d}", "email.example.com"},
        {"%{d4}", "email.example.com"},
        {"%{d3}", "email.example.com"},
        {"%{d2}", "example.com"},
        {"%{d1}", "com"},
        {"%{dr}", "com.example.email"},
        {"%{d2r}", "example.email"},
        {"%{l}", "strong-bad"},
        {"%{l-}", "strong.bad"},
        {"%{lr}", "strong-bad"},
        {"%{lr-}", "bad.strong"},
        {"%{l1r-}", "strong"},
        {"%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
        {"%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
        {"%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
        {"%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"},
        {"%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"},
        // not in the table of §7.4
        {"%{h}", "mx.example.org"},
        {"%{S}", "strong-bad%40email.example.com"},
        {"%{d2R}", "example.email"},
        {"%{i3}", "0.2.3"},
        {"a%%b%_c%-d.test", "a%b c%20d.test"},
        {"%{p}.x.test", "unknown.x.test"},
        {"x.test.", "x.test"},
    };
    for (const auto& [spec, name] : rows) {
        INFO(spec << " is " << name);
        Zone zone;
        zone.names["email.example.com"].txt = {"v=spf1 exists:" + spec + " -all"};
        const auto run = [&] {
            return check_host(zone, "192.0.2.3", "email.example.com", "strong-bad@email.example.com",
                              "mx.example.org");
        };
        CHECK(run() == Result::fail);
        zone.names[name].a = {"127.0.0.2"};
        CHECK(run() == Result::pass);
    }
    Zone zone;
    zone.names["email.example.com"].txt = {"v=spf1 exists:%{ir}.%{v}._spf.%{d2} -all"};
    zone.names["1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com"].a = {
        "127.0.0.2"};
    CHECK(check(zone, "2001:db8::cb01", "email.example.com") == Result::pass);
    CHECK(check(zone, "2001:db8::cb02", "email.example.com") == Result::fail);
}

TEST_CASE("RFC 7208 §7.3: the validated name, postmaster, and names that are too long", "[naive]") {
    Zone zone = zone_with("v=spf1 exists:%{p}.p.test -all");
    zone.names["4.0.0.10.in-addr.arpa"].ptr = {"a.other.test", "sub.example.com", "example.com", "lies.test"};
    for (const char* name : {"a.other.test", "sub.example.com", "example.com"})
        zone.names[name].a = {"10.0.0.4"};
    for (const std::string preferred : {"example.com", "sub.example.com", "a.other.test"}) {
        INFO(preferred);
        Zone one = zone;
        one.names[preferred + ".p.test"].a = {"127.0.0.2"};
        CHECK(check(one, "10.0.0.4") == Result::pass);
        zone.names[preferred].a.clear(); // and now the next best
    }

    zone = zone_with("v=spf1 exists:%{l}.l.test -all");
    zone.names["postmaster.l.test"].a = {"127.0.0.2"};
    CHECK(check_host(zone, "10.0.0.4", "example.com", "example.com", "h") == Result::pass);
    CHECK(check_host(zone, "10.0.0.4", "example.com", "@example.com", "h") == Result::pass);
    CHECK(check_host(zone, "10.0.0.4", "example.com", "x@example.com", "h") == Result::fail);

    const std::string label(60, 'x');
    const std::string four = label + "." + label + "." + label + "." + label; // 243
    zone = zone_with("v=spf1 exists:gone.too." + four + ".ab.test -all");     // 260
    zone.names["too." + four + ".ab.test"].a = {"127.0.0.2"};                 // 255
    CHECK(check(zone, "10.0.0.4") == Result::fail);
    zone.names[four + ".ab.test"].a = {"127.0.0.2"}; // 251
    CHECK(check(zone, "10.0.0.4") == Result::pass);
}

TEST_CASE("RFC 7208 §5.2: the table of include", "[naive]") {
    const std::vector<std::pair<std::string, Result>> rows = {
        {"v=spf1 all", Result::pass},        {"v=spf1 -all", Result::softfail},
        {"v=spf1 ~all", Result::softfail},   {"v=spf1 ?all", Result::softfail},
        {"v=spf1", Result::softfail},        {"v=spf1 moo", Result::permerror},
        {"not a record", Result::permerror}, {"v=spf1 a:fails.test", Result::temperror},
    };
    for (const auto& [record, result] : rows) {
        INFO(record);
        Zone zone = zone_with("v=spf1 include:inner.test ~all");
        zone.names["inner.test"].txt = {record};
        zone.fails = {{"fails.test", "A"}};
        CHECK(check(zone, "10.0.0.1") == result);
    }
    Zone zone = zone_with("v=spf1 ip4:10.0.0.1 include:gone.test -all");
    CHECK(check(zone, "10.0.0.1") == Result::pass); // what is behind the match is not looked at
    CHECK(check(zone, "10.0.0.2") == Result::permerror);
    zone.fails = {{"gone.test", "TXT"}};
    CHECK(check(zone, "10.0.0.2") == Result::temperror);
    zone = zone_with("v=spf1 -include:inner.test ?include:inner2.test all");
    zone.names["inner.test"].txt = {"v=spf1 ip4:10.0.0.1 -all"};
    zone.names["inner2.test"].txt = {"v=spf1 ip4:10.0.0.2 -all"};
    CHECK(check(zone, "10.0.0.1") == Result::fail);
    CHECK(check(zone, "10.0.0.2") == Result::neutral);
    CHECK(check(zone, "10.0.0.3") == Result::pass);
    zone = zone_with("v=spf1 include:com -all"); // §4.3: not a multi-label name
    zone.names["com"].txt = {"v=spf1 all"};
    CHECK(check(zone, "10.0.0.1") == Result::permerror);
}

TEST_CASE("RFC 7208 §6.1: redirect", "[naive]") {
    Zone zone = zone_with("v=spf1 redirect=%{d}.other.test ip4:10.0.0.1");
    zone.names["example.com.other.test"].txt = {"v=spf1 a ~all"};
    zone.names["example.com.other.test"].a = {"10.0.0.2"};
    zone.names["example.com"].a = {"10.0.0.3"};
    CHECK(check(zone, "10.0.0.1") == Result::pass);
    CHECK(check(zone, "10.0.0.2") == Result::pass);
    CHECK(check(zone, "10.0.0.3") == Result::softfail);
    zone.names["example.com.other.test"].txt = {"v=spf1 ip4:10.9.9.9"};
    CHECK(check(zone, "10.0.0.3") == Result::neutral);
    zone.names.erase("example.com.other.test");
    CHECK(check(zone, "10.0.0.3") == Result::permerror);
    CHECK(check(zone_with("v=spf1 redirect=gone.test ?all"), "10.0.0.3") == Result::neutral); // §5.1
    CHECK(check(zone_with("v=spf1 redirect=example.com"), "10.0.0.3") ==
          Result::permerror); // a loop ends at the limit
    CHECK(check(zone_with("v=spf1 Redirect=a.test REDIRECT=a.test all"), "10.0.0.3") ==
          Result::permerror); // §6
    CHECK(check(zone_with("v=spf1 redirect=%{l}..test"), "10.0.0.3") == Result::permerror);
}

TEST_CASE("RFC 7208 §4.6.4: ten lookups pass, the eleventh is a permerror", "[naive]") {
    for (const std::string term :
         {"a:host.test", "mx:mail.test", "exists:host.test", "ptr:x.test", "include:none.test"}) {
        for (const int count : {9, 10, 11}) {
            INFO(count << " times " << term);
            Zone zone = zone_with("v=spf1" + repeated(term, count) + " ip4:10.0.0.1 -all");
            zone.names["host.test"].aaaa = {"2001:db8::9"};
            zone.names["mail.test"].mx = {{1, "host.test"}};
            zone.names["none.test"].txt = {"v=spf1 -all"};
            zone.names["1.0.0.10.in-addr.arpa"].ptr = {"y.test"};
            zone.names["y.test"].a = {"10.0.0.1"};
            if (term != "exists:host.test") zone.names["host.test"].a = {"10.1.1.1"};
            Options options;
            options.void_limit = -1;
            CHECK(check(zone, "10.0.0.1", "example.com", options) ==
                  (count > 10 ? Result::permerror : Result::pass));
        }
    }
    // The redirect counts when it is taken only; all records share one count.
    Zone zone = zone_with("v=spf1" + repeated("a:host.test", 10) + " ip4:10.0.0.1 redirect=more.test");
    zone.names["host.test"].a = {"10.1.1.1"};
    zone.names["more.test"].txt = {"v=spf1 all"};
    CHECK(check(zone, "10.0.0.1") == Result::pass);
    CHECK(check(zone, "10.0.0.2") == Result::permerror);
    zone.names["example.com"].txt = {"v=spf1" + repeated("a:host.test", 4) +
                                     " include:five.test a:host.test -all"};
    zone.names["five.test"].txt = {"v=spf1 ip4:10.0.0.2" + repeated("a:host.test", 5)};
    CHECK(check(zone, "10.1.1.1") == Result::pass);
    CHECK(check(zone, "10.0.0.2") == Result::pass);
    CHECK(check(zone, "10.0.0.3") == Result::permerror);
    zone.names["five.test"].txt = {"v=spf1 ip4:10.0.0.2" + repeated("a:host.test", 4)};
    CHECK(check(zone, "10.0.0.3") == Result::fail);
    Options options;
    options.lookup_limit = 3;
    CHECK(check(zone_with("v=spf1 include:example.com all"), "10.0.0.1", "example.com", options) ==
          Result::permerror);
}

TEST_CASE("RFC 7208 §4.6.4: two void lookups pass, the third is a permerror", "[naive]") {
    Zone zone;
    zone.names["six.test"].aaaa = {"2001:db8::1"};
    zone.names["below.ent.test"].a = {"10.9.9.9"};
    zone.names["alias.test"].cname = "alias2.test";
    zone.names["alias2.test"].cname = "gone.test";
    zone.names["mail2.test"].mx = {{1, "gone.test"}, {2, "six.test"}};
    zone.names["null.test"].mx = {{0, ""}};
    struct VoidRow {
        std::string term;
        int voids;
    };
    for (const VoidRow& row : {VoidRow{"a:gone.test", 1},
                               {"a:six.test", 1},
                               {"a:ent.test", 1},
                               {"a:alias.test", 1},
                               {"exists:six.test", 1},
                               {"mx:six.test", 1},
                               {"mx:mail2.test", 2},
                               {"mx:null.test", 0},
                               {"ptr:x.test", 1},
                               {"a:x..test", 0},
                               {"exists:" + std::string(64, 'x') + ".test", 0},
                               {"ip4:10.1.1.1", 0},
                               {"exists:%{p}.ent.test", 1}}) {
        for (int before = 0; before <= 2; ++before) {
            INFO(before << " void lookups, then " << row.term);
            zone.names["example.com"].txt = {"v=spf1" + repeated("a:gone.test", before) + " " + row.term +
                                             " all"};
            CHECK(check(zone, "10.0.0.1") == (before + row.voids > 2 ? Result::permerror : Result::pass));
            CHECK(check_host_in_full(zone, "10.0.0.1", "example.com", "x@x.test", "h").voids ==
                  before + row.voids);
        }
    }
    Options options;
    options.void_limit = -1;
    zone.names["example.com"].txt = {"v=spf1" + repeated("a:gone.test", 10) + " all"};
    CHECK(check(zone, "10.0.0.1", "example.com", options) == Result::pass);
    // Three hosts without AAAA: for IPv6 only.
    zone.names["four.test"].a = {"10.3.3.3"};
    zone.names["example.com"].txt = {"v=spf1" + repeated("a:four.test", 3) + " all"};
    CHECK(check(zone, "10.0.0.1") == Result::pass);
    CHECK(check(zone, "2001:db8::7") == Result::permerror);
    // A failing question is not void.
    zone.names["example.com"].txt = {"v=spf1 a:gone.test all"};
    zone.fails = {{"gone.test", "A"}};
    CHECK(check(zone, "10.0.0.1") == Result::temperror);
}

TEST_CASE("RFC 7208 §5.4: mx", "[naive]") {
    Zone zone = zone_with("v=spf1 mx -all");
    std::vector<std::pair<int, std::string>>& mx = zone.names["example.com"].mx;
    for (int i = 0; i < 10; ++i) {
        const std::string host = "m" + std::to_string(i) + ".test";
        mx.emplace_back(10 * i, host);
        zone.names[host].a = {"10.0.0." + std::to_string(i)};
    }
    CHECK(check(zone, "10.0.0.9") == Result::pass);
    CHECK(check(zone, "10.0.0.10") == Result::fail);
    mx.emplace_back(5, "M9.test"); // one record more, if with the same host
    CHECK(check(zone, "10.0.0.9") == Result::permerror);
    mx.back().second = "m10.test";
    CHECK(check(zone, "10.0.0.0") == Result::permerror);

    // All hosts are looked up before one is compared, unless asked otherwise.
    zone = zone_with("v=spf1 mx -all");
    zone.names["example.com"].mx = {{20, "fails.test"}, {10, "good.test"}};
    zone.names["good.test"].a = {"10.0.0.1"};
    zone.fails = {{"fails.test", "A"}};
    Options sequential;
    sequential.mx_sequential = true;
    CHECK(check(zone, "10.0.0.1") == Result::temperror);
    CHECK(check(zone, "10.0.0.1", "example.com", sequential) == Result::pass);
    CHECK(check(zone, "10.0.0.2", "example.com", sequential) == Result::temperror);
    // An error weighs more than too many void lookups.
    zone.names["example.com"].mx = {{10, "v1.test"}, {20, "v2.test"}, {30, "v3.test"}, {40, "good.test"}};
    zone.fails.clear();
    CHECK(check(zone, "10.0.0.1") == Result::permerror);
    zone.fails = {{"good.test", "A"}};
    CHECK(check(zone, "10.0.0.1") == Result::temperror);
    CHECK(check(zone, "10.0.0.1", "example.com", sequential) == Result::permerror);
    // No implicit MX (§5.4), and a null MX is no host.
    zone = zone_with("v=spf1 mx mx:null.test/0 -all");
    zone.names["example.com"].a = {"10.0.0.1"};
    zone.names["null.test"].mx = {{0, ""}};
    CHECK(check(zone, "10.0.0.1") == Result::fail);
}

TEST_CASE("RFC 7208 §5.5: ptr", "[naive]") {
    Zone zone = zone_with("v=spf1 ptr:Example.org -all");
    Node& reverse = zone.names["4.0.0.10.in-addr.arpa"];
    reverse.ptr = {"a.EXAMPLE.org"};
    CHECK(check(zone, "10.0.0.4") == Result::fail); // not validated
    zone.names["a.example.org"].a = {"10.0.0.5", "10.0.0.4"};
    CHECK(check(zone, "10.0.0.4") == Result::pass);
    zone.names["a.example.org"].a = {"10.0.0.5"};
    CHECK(check(zone, "10.0.0.4") == Result::fail);
    reverse.ptr = {"notexample.org"};
    zone.names["notexample.org"].a = {"10.0.0.4"};
    CHECK(check(zone, "10.0.0.4") == Result::fail);
    // The first ten names only.
    reverse.ptr.clear();
    for (int i = 0; i < 9; ++i)
        reverse.ptr.push_back("notexample.org");
    reverse.ptr.insert(reverse.ptr.begin(), "a-longer-label.example.org"); // wherever it stands
    zone.names["a-longer-label.example.org"].a = {"10.0.0.4"};
    CHECK(check(zone, "10.0.0.4") == Result::pass);
    reverse.ptr.push_back("notexample.org");
    CHECK(check(zone, "10.0.0.4") == Result::fail);
    zone.names["a.example.org"].a = {"10.0.0.4"};
    // DNS errors are no match; a name that fails is skipped.
    reverse.ptr = {"fails.test", "a.example.org"};
    zone.fails = {{"fails.test", "A"}};
    CHECK(check(zone, "10.0.0.4") == Result::pass);
    zone.fails = {{"4.0.0.10.in-addr.arpa", "PTR"}};
    CHECK(check(zone, "10.0.0.4") == Result::fail);
    // Each forward question without an answer is a void lookup.
    zone.fails.clear();
    reverse.ptr = {"gone1.test", "gone2.test", "a.example.org"};
    CHECK(check(zone, "10.0.0.4") == Result::pass);
    reverse.ptr.emplace_back("gone3.test");
    CHECK(check(zone, "10.0.0.4") == Result::permerror);
    // IPv6: ip6.arpa and AAAA.
    zone.names["1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa"].ptr = {
        "b.example.org"};
    zone.names["b.example.org"].aaaa = {"2001:DB8:0::1"};
    CHECK(check(zone, "2001:db8::1") == Result::pass);
}

TEST_CASE("RFC 7208 §5, §5.3, §5.6, §5.7: families and prefix lengths", "[naive]") {
    Zone zone = zone_with("v=spf1 a:h.test/24//64 -all");
    zone.names["h.test"].a = {"10.0.1.77"};
    zone.names["h.test"].aaaa = {"2001:db8:0:1::77"};
    CHECK(check(zone, "10.0.1.0") == Result::pass);
    CHECK(check(zone, "10.0.2.0") == Result::fail);
    CHECK(check(zone, "2001:db8:0:1:ffff::") == Result::pass);
    CHECK(check(zone, "2001:db8:0:2::77") == Result::fail);
    zone.names["example.com"].txt = {"v=spf1 a:h.test//64 -all"};
    CHECK(check(zone, "10.0.1.76") == Result::fail);
    CHECK(check(zone, "10.0.1.77") == Result::pass);
    zone.names["example.com"].txt = {"v=spf1 a:h.test/0 -all"};
    CHECK(check(zone, "255.0.1.76") == Result::pass);
    CHECK(check(zone, "2001:db8:0:1::76") == Result::fail);
    zone.names["example.com"].txt = {"v=spf1 a:gone.test/0 -all"};
    CHECK(check(zone, "255.0.1.76") == Result::fail);
    zone.names["example.com"].txt = {"v=spf1 ip6:::/0 -all"};
    CHECK(check(zone, "2001:db8::") == Result::pass);
    CHECK(check(zone, "10.0.0.1") == Result::fail);
    CHECK(check(zone, "::ffff:10.0.0.1") == Result::fail);
    zone.names["example.com"].txt = {"v=spf1 ip6:::ffff:10.0.0.1 -all"};
    CHECK(check(zone, "::ffff:10.0.0.1") == Result::fail); // an IPv4 client
    zone.names["example.com"].txt = {"v=spf1 ip4:10.0.0.1 ip4:1.2.3.4/24 -all"};
    CHECK(check(zone, "::ffff:10.0.0.1") == Result::pass);
    CHECK(check(zone, "1.2.3.255") == Result::pass);
    zone.names["example.com"].txt = {"v=spf1 exists:four.test -all"};
    zone.names["four.test"].a = {"10.3.3.3"};
    CHECK(check(zone, "2001:db8::") == Result::pass); // A also for IPv6
    zone.names["example.com"].txt = {"v=spf1 exists:six.test -all"};
    zone.names["six.test"].aaaa = {"2001:db8::"};
    CHECK(check(zone, "2001:db8::") == Result::fail);
}

TEST_CASE("RFC 7208 §4.3, §4.4, §4.5: which record, if any", "[naive]") {
    Zone zone;
    CHECK(check(zone, "10.0.0.1") == Result::none);
    zone.names["example.com"].txt = {"other", "v=spf10 all", " v=spf1 all", "v=spf1\tall", "v=spf1all"};
    CHECK(check(zone, "10.0.0.1") == Result::none);
    zone.names["example.com"].txt.emplace_back("V=sPf1 +ALL");
    CHECK(check(zone, "10.0.0.1", "EXAMPLE.com.") == Result::pass);
    zone.names["example.com"].txt.emplace_back("v=spf1");
    CHECK(check(zone, "10.0.0.1") == Result::permerror);
    CHECK(check(zone_with("v=spf1"), "10.0.0.1") == Result::neutral);
    zone.fails = {{"example.com", "TXT"}};
    CHECK(check(zone, "10.0.0.1") == Result::temperror);
    zone = zone_with("v=spf1 all");
    zone.names["alias.test"].cname = "Example.Com";
    zone.names["com"].txt = {"v=spf1 all"};
    CHECK(check(zone, "10.0.0.1", "alias.test") == Result::pass);
    for (const std::string domain : {"com", "", ".", "example..com", ".example.com"}) {
        INFO(domain);
        CHECK(check(zone, "10.0.0.1", domain) == Result::none);
    }
    CHECK(check(zone, "10.0.0.1", std::string(64, 'x') + ".com") == Result::none);
}

TEST_CASE("RFC 7208 §6.2: explanations", "[naive]") {
    Zone zone = zone_with("v=spf1 ~ip4:10.0.0.2 include:inner.test -all exp=e.%{d}");
    zone.names["inner.test"].txt = {"v=spf1 -all exp=inner.e.test"};
    zone.names["inner.e.test"].txt = {"not this one"};
    zone.names["e.example.com"].txt = {"%{c} is not one of %{d}'s%_%{t}%%"};
    const auto explanation = [&](const std::string& ip) {
        return check_host_in_full(zone, ip, "example.com", "x@y.test", "h").explanation;
    };
    CHECK(explanation("10.0.0.1") == "10.0.0.1 is not one of example.com's 0%");
    CHECK(explanation("2001:db8:0:0:1:0:0:1") == "2001:db8::1:0:0:1 is not one of example.com's 0%");
    CHECK(explanation("10.0.0.2").empty());
    zone.names["e.example.com"].txt = {"%{x}"};
    CHECK(explanation("10.0.0.1").empty());
    zone.names["e.example.com"].txt = {"one", "two"};
    CHECK(explanation("10.0.0.1").empty());
    // The record that redirect leads to brings its own.
    zone.names["example.com"].txt = {"v=spf1 redirect=inner.test exp=e.%{d}"};
    CHECK(explanation("10.0.0.1") == "not this one");
}

TEST_CASE("RFC 7208 §4.6: a syntax error anywhere is a permerror, whatever stands before it", "[naive]") {
    for (const std::string term :
         {"moo", "a:com", "ip4:10.0.0.1/33", "redirect=", "exp=com", "foo=%", "exists:%{c}.x"}) {
        INFO(term);
        CHECK(check(zone_with("v=spf1 all " + term), "10.0.0.1") == Result::permerror);
        Zone zone = zone_with("v=spf1 ip4:10.0.0.1 include:inner.test -all");
        zone.names["inner.test"].txt = {"v=spf1 -all " + term};
        CHECK(check(zone, "10.0.0.1") == Result::pass);
        CHECK(check(zone, "10.0.0.2") == Result::permerror);
    }
    CHECK(check(zone_with("v=spf1 x=1 all X=2 x=1"), "10.0.0.1") == Result::pass); // §6
}
