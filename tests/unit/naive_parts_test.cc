// What the oracle of the property tests is made of: its grammar, its DNS and its addresses.
#include "support/catch.h"
#include "support/naive_address.h"
#include "support/naive_record.h"
#include "support/naive_zone.h"

#include <string>
#include <utility>
#include <vector>

using namespace naive;

TEST_CASE("RFC 7208 §12: the grammar", "[naive]") {
    for (const std::string term : {"ALL",
                                   "?All",
                                   "ip4:10.0.0.0/0",
                                   "ip6:::",
                                   "ip6:::ffff:1.2.3.4/96",
                                   "ip6:1:2:3:4:5:6:7::",
                                   "A/32//128",
                                   "a//0",
                                   "mx:%{d}",
                                   "a:%%",
                                   "a:x%-",
                                   "a:.com",
                                   "a:a..com",
                                   "a:x/24.com",
                                   "a:x/24.com/24//64",
                                   "a:x.com.",
                                   "a:x.1-2",
                                   "a:x.x--1",
                                   "a:%{d127R.-+,/_=}",
                                   "a:%{d01}",
                                   "a:!\"#$&.x",
                                   "PTR",
                                   "ptr:x.y",
                                   "foo=",
                                   "a=%{d}",
                                   "include=1",
                                   "exp=%{d}",
                                   "f-o_o.1=:/=",
                                   "v=spf1",
                                   "redirect=x.y"}) {
        INFO(term);
        CHECK(parse_record("v=spf1  " + term + "  ").has_value());
    }
    for (const std::string term : {"all:",
                                   "all/0",
                                   "al",
                                   "--all",
                                   "+",
                                   "ip4",
                                   "ip4:",
                                   "ip4:10.0.0",
                                   "ip4:10.0.0.256",
                                   "ip4:10.0.0.01",
                                   "ip4:10.0.0.0/33",
                                   "ip4:10.0.0.0/024",
                                   "ip4:10.0.0.0/",
                                   "ip4:10.0.0.0//32",
                                   "ip4:10.0.0.1,",
                                   "ip6:::/129",
                                   "ip6:1::2::3",
                                   "ip6:1:2:3:4::5:6:7:8",
                                   "ip6:::1%0",
                                   "ip6:10.0.0.1",
                                   "ip6:12345::",
                                   "a:",
                                   "a/",
                                   "a/24/64",
                                   "a//",
                                   "a///64",
                                   "a/33",
                                   "a//129",
                                   "a:/24",
                                   "a:com",
                                   "a:com.",
                                   "a:1.2.3.4",
                                   "a:x.com..",
                                   "a:x.-y",
                                   "a:x.y-",
                                   "a:%{d}.",
                                   "a:%{d}com",
                                   "a:%",
                                   "a:%d.com",
                                   "a:%{d.com",
                                   "a:%{}",
                                   "a:%{d0}",
                                   "a:%{rd}",
                                   "a:%{z}",
                                   "a:%{c}",
                                   "a:%{t}",
                                   "include",
                                   "include:",
                                   "include:x.com/24",
                                   "exists",
                                   "ptr/24",
                                   "redirect=",
                                   "redirect=com",
                                   "redirect:x.com",
                                   "-redirect=x.com",
                                   "exp=",
                                   "exp=%{r}",
                                   "foo=%",
                                   "foo=%{c}",
                                   "=x",
                                   "1=x",
                                   "moo",
                                   "all\t",
                                   "foo=\x7f",
                                   "foo=\xc3\xa9",
                                   "redirect=x.y redirect=x.y",
                                   "exp=x.y foo=1 Exp=x.z"}) {
        INFO(term);
        CHECK_FALSE(parse_record("v=spf1 " + term).has_value());
    }
}

TEST_CASE("RFC 4592: wildcards and empty non-terminals of the naive zone", "[naive]") {
    Zone zone;
    zone.names["*.w.test"].a = {"10.0.0.1"};
    zone.names["sub.host.w.test"].a = {"10.0.0.2"};
    zone.names["loop1.test"].cname = "loop2.test";
    zone.names["loop2.test"].cname = "loop1.test";
    CHECK(lookup(zone, "x.y.w.test", "A").outcome == Outcome::records);
    CHECK(lookup(zone, "X.W.test", "AAAA").outcome == Outcome::no_data);
    CHECK(lookup(zone, "host.w.test", "A").outcome == Outcome::no_data);
    CHECK(lookup(zone, "other.host.w.test", "A").outcome == Outcome::no_name);
    CHECK(lookup(zone, "w.test", "A").outcome == Outcome::no_data);
    CHECK(lookup(zone, "xw.test", "A").outcome == Outcome::no_name);
    CHECK(lookup(zone, "loop1.test", "A").outcome == Outcome::failure);
}

TEST_CASE("RFC 1035 §5.1: the naive zone as a master file", "[naive]") {
    Zone zone;
    zone.names["a b.test"].txt = {"say \"hi\\\x01\xff", ""};
    zone.names["c.test"].cname = "Target.test";
    zone.names["m.test"].mx = {{0, ""}, {10, "x.test"}};
    zone.names["bare.test"];
    zone.fails = {{"c.test", "A"}};
    const std::string text = to_master_file(zone, 1);
    const auto has = [&](const std::string& line) { return text.find(line + "\n") != std::string::npos; };
    CHECK(has("a\\032b.test. IN TXT \"say \\\"hi\\\\\\001\\255\""));
    CHECK(has("a\\032b.test. IN TXT \"\""));
    CHECK(has("c.test. IN CNAME Target.test."));
    CHECK(has("m.test. IN MX 0 ."));
    CHECK(has("m.test. IN MX 10 x.test."));
    CHECK(has("bare.test. IN TYPE65280 \\# 0"));
    CHECK(has(";! c.test. A SERVFAIL"));
}

TEST_CASE("RFC 4291 §2.2, RFC 5952: addresses of the oracle", "[naive]") {
    const std::vector<std::pair<std::string, std::string>> rows = {
        {"::", "::"},
        {"0:0:0:0:0:0:0:1", "::1"},
        {"2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"},
        {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::"},
        {"64:ff9b::1.2.3.4", "64:ff9b::102:304"},
    };
    for (const auto& [text, canonical] : rows) {
        const auto address = parse_v6(text);
        REQUIRE(address);
        CHECK(to_text(*address) == canonical);
    }
    CHECK(parse_client("::ffff:10.1.2.3") == parse_v4("10.1.2.3"));
    CHECK_FALSE(parse_client("10.1.2"));
}
