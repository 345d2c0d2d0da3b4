#include "spfwalk/spf/parse.h"

#include "spfwalk/ascii.h"
#include "support/catch.h"
#include "support/show_record.h"
#include "support/term_tables.h"

#include <algorithm>
#include <string>
#include <vector>

using namespace spfwalk;
using namespace spfwalk::spf;
using namespace spfwalk::test;
using namespace std::string_literals;

TEST_CASE("Octets of a kind are counted, wherever they are") {
    std::string text;
    std::size_t spaces = 0;
    for (int octet = 0; octet < 256; ++octet) {
        for (const char c : {static_cast<char>(octet), '!', ' '}) { // '!' differs in the lowest bit
            text += c;
            spaces += c == ' ' ? 1 : 0;
            CHECK(count_of(text, ' ') == spaces);
        }
    }
    CHECK(count_of(std::string(1000, ' '), ' ') == 1000);
    CHECK(count_of(std::string(23, '\xa0'), ' ') == 0);
    CHECK(count_of(std::string(23, '\xa0'), '\xa0') == 23);
}

TEST_CASE("RFC 7208 §4.5: the version section", "[parse]") {
    struct Row {
        std::string text;
        bool strict;
        bool lenient;
    };
    const std::vector<Row> table = {
        {"v=spf1", true, true},
        {"v=spf1 ", true, true},
        {"v=spf1 -all", true, true},
        {"V=SPF1 -all", true, true},
        {"v=SpF1", true, true},
        {"", false, false},
        {"v", false, false},
        {"v=spf", false, false},
        {"v=spf10", false, false},
        {"v=spf1.", false, false},
        {"v=spf1-all", false, false},
        {"v=spf1,-all", false, false},
        {"v=spf2 -all", false, false},
        {"v = spf1 -all", false, false},
        {" v=spf1 -all", false, false},
        {"\tv=spf1 -all", false, false},
        {"\"v=spf1 -all\"", false, false},
        {"\xef\xbb\xbfv=spf1 -all", false, false}, // a byte order mark
        {"v=spf1\0"s, false, false},
        {"v=spf1\xc2\xa0-all", false, false}, // a no-break space
        {"v=spf1\t-all", false, true},
        {"v=spf1\n-all", false, true},
        {"v=spf1\r\n-all", false, true},
    };
    for (const Row& row : table) {
        INFO("text: " << row.text);
        CHECK(is_spf_record(row.text) == row.strict);
        CHECK(is_spf_record(row.text, Grammar::lenient) == row.lenient);
    }
}

TEST_CASE("RFC 7208 §4.6.1: terms are separated by one or more spaces", "[parse]") {
    struct Row {
        std::string text;
        std::string shown;
        std::vector<std::uint32_t> columns;
    };
    const std::vector<Row> table = {
        {"v=spf1", "", {}},
        {"v=spf1    ", "", {}},
        {"v=spf1 all", "+all", {8}},
        {"V=SPF1   ?all   ", "?all", {10}},
        {"v=spf1 a  mx   -all ", "+a/32//128 +mx/32//128 -all", {8, 11, 16}},
        {"v=spf1 all -all all", "+all -all +all", {8, 12, 17}},
        {"v=spf1 redirect=b.example exp=c.example a", "+a/32//128 redirect=b.example exp=c.example", {41}},
        {"v=spf1 x=1 a y=2", "+a/32//128", {12}},
    };
    for (const Row& row : table) {
        INFO("text: " << row.text);
        const Record record = parse_record(row.text);
        CHECK(record.text == row.text);
        CHECK(record.errors.empty());
        CHECK(show(record) == row.shown);
        std::vector<std::uint32_t> columns;
        for (const Directive& directive : record.directives)
            columns.push_back(directive.where.column());
        CHECK(columns == row.columns);
    }
}

TEST_CASE("RFC 7208 §4.6.1, §4.6.2, §5: mechanisms, qualifiers and their case", "[parse]") {
    check_good({
        {"all", "+all"},
        {"+all", "+all"},
        {"-all", "-all"},
        {"~ALL", "~all"},
        {"?All", "?all"},
        {"include:a.example", "+include:a.example"},
        {"~Include:A.Example", "~include:A.Example"},
        {"a", "+a/32//128"},
        {"-A", "-a/32//128"},
        {"a:b.example", "+a:b.example/32//128"},
        {"?mX", "?mx/32//128"},
        {"mx:b.example", "+mx:b.example/32//128"},
        {"ptr", "+ptr"},
        {"-PTR:b.example", "-ptr:b.example"},
        {"IP4:192.0.2.1", "+ip:192.0.2.1/32"},
        {"-iP6:2001:DB8::1", "-ip:2001:db8::1/128"},
        {"~EXISTS:b.example", "~exists:b.example"},
    });
    check_bad(
        {
            {"al", 8, "al", "unknown mechanism", "4.6.1"},
            {"ipv4:192.0.2.1", 8, "ipv4", "unknown mechanism", "4.6.1"},
            {"ip:192.0.2.1", 8, "ip", "unknown mechanism", "4.6.1"},
            {"192.0.2.1", 8, "192.0.2.1", "unknown mechanism", "4.6.1"},
            {"a.b.example", 8, "a.b.example", "unknown mechanism", "4.6.1"},
            {"a,mx", 8, "a,mx", "unknown mechanism", "4.6.1"},
            {"+-all", 9, "-all", "unknown mechanism", "4.6.1"},
            {"++all", 9, "+all", "unknown mechanism", "4.6.1"},
            {"!all", 8, "!all", "unknown mechanism", "4.6.1"},
            {"v", 8, "v", "unknown mechanism", "4.6.1"},
            {"redirect:b.example", 8, "redirect", "unknown mechanism", "4.6.1"},
            {"exp:b.example", 8, "exp", "unknown mechanism", "4.6.1"},
            {"redirect", 8, "redirect", "unknown mechanism", "4.6.1"},
            {"+", 9, "", "no mechanism", "4.6.1"},
            {":b.example", 8, "", "no mechanism", "4.6.1"},
            {"/24", 8, "", "no mechanism", "4.6.1"},
            {"all:", 11, ":", "\"all\" takes no argument", "5.1"},
            {"all:b.example", 11, ":b.example", "\"all\" takes no argument", "5.1"},
            {"all/0", 11, "/0", "\"all\" takes no argument", "5.1"},
            {"include", 8, "include", "domain missing", "5.2"},
            {"include/24", 8, "include", "domain missing", "5.2"},
            {"include:", 16, "", "empty domain", "7.1"},
            {"include:b.example/24", 16, "b.example/24", "bad top label in domain", "7.1"},
            {"exists", 8, "exists", "domain missing", "5.7"},
            {"exists:", 15, "", "empty domain", "7.1"},
            {"exists:%{d}/24", 15, "%{d}/24", "domain without a top label", "7.1"},
            {"ptr:", 12, "", "empty domain", "7.1"},
            {"ptr/24", 11, "/24", "unexpected characters", "12"},
            {"ptr:b.example/24", 12, "b.example/24", "bad top label in domain", "7.1"},
            {"a:", 10, "", "empty domain", "7.1"},
            {"mx:", 11, "", "empty domain", "7.1"},
        },
        "+malformed");
}

TEST_CASE("RFC 7208 §4.6.2: a bad directive keeps its qualifier", "[parse]") {
    check_bad({{"-foo", 9, "foo", "unknown mechanism", "4.6.1"},
               {"--all", 9, "-all", "unknown mechanism", "4.6.1"},
               {"-", 9, "", "no mechanism", "4.6.1"},
               {"-redirect=b.example", 8, "-redirect", "not the name of a modifier", "4.6.1"}},
              "-malformed");
    check_bad({{"~a/33", 10, "/33", "bad IPv4 prefix length", "5.6"}}, "~malformed");
    check_bad({{"?ip4:1", 13, "1", "not an IPv4 network", "5.6"}}, "?malformed");
}

TEST_CASE("RFC 7208 §5.6: dual-cidr-length of a and mx", "[parse]") {
    check_good({
        {"a/0", "+a/0//128"},
        {"a/24", "+a/24//128"},
        {"a/32", "+a/32//128"},
        {"a//0", "+a/32//0"},
        {"a//64", "+a/32//64"},
        {"a//128", "+a/32//128"},
        {"-mx/24//64", "-mx/24//64"},
        {"a/0//0", "+a/0//0"},
        {"a:b.example/24", "+a:b.example/24//128"},
        {"mx:b.example//64", "+mx:b.example/32//64"},
        {"a:b.example/9//99", "+a:b.example/9//99"},
        {"a:b.example./24", "+a:b.example./24//128"},
        {"a:%{d}/24", "+a:<d>/24//128"},
        {"a:%{d}//64", "+a:<d>/32//64"},
        // A "/" may be part of the domain-spec; only what closes the term is a length.
        {"a:b/24.example", "+a:b/24.example/32//128"},
        {"a:b/24.example/8", "+a:b/24.example/8//128"},
        {"a:b//64.example/8//9", "+a:b//64.example/8//9"},
        {"a:b.example/24%{d}", "+a:b.example/24<d>/32//128"},
        {"a:%{d/}/24", "+a:<d/>/24//128"},
        {"ptr:b/24.example", "+ptr:b/24.example"},
    });
    check_bad(
        {
            {"a/33", 9, "/33", "bad IPv4 prefix length", "5.6"},
            {"a/00", 9, "/00", "bad IPv4 prefix length", "5.6"},
            {"a/024", 9, "/024", "bad IPv4 prefix length", "5.6"},
            {"a/4294967320", 9, "/4294967320", "bad IPv4 prefix length", "5.6"},
            {"a//129", 9, "//129", "bad IPv6 prefix length", "5.6"},
            {"a//064", 9, "//064", "bad IPv6 prefix length", "5.6"},
            {"a//00", 9, "//00", "bad IPv6 prefix length", "5.6"},
            {"mx/33//64", 10, "/33", "bad IPv4 prefix length", "5.6"},
            {"a/24/64", 12, "/64", "bad IPv4 prefix length", "5.6"},
            {"a/24/32", 9, "/24", "unexpected characters", "12"},
            {"a//64/24", 9, "//64", "unexpected characters", "12"},
            {"a///64", 9, "/", "unexpected characters", "12"},
            {"a/", 9, "/", "unexpected characters", "12"},
            {"a//", 9, "//", "unexpected characters", "12"},
            {"a/24//", 9, "/24//", "unexpected characters", "12"},
            {"a/-1", 9, "/-1", "unexpected characters", "12"},
            {"a/24x", 9, "/24x", "unexpected characters", "12"},
            {"a:/24", 10, "", "empty domain", "7.1"},
            {"a/24:b.example", 9, "/24:b.example", "unexpected characters", "12"},
            {"a:b.example/", 10, "b.example/", "bad top label in domain", "7.1"},
            {"a:b.example/24/24", 10, "b.example/24", "bad top label in domain", "7.1"},
            {"a:b.example:25", 10, "b.example:25", "bad top label in domain", "7.1"},
        },
        "+malformed");
}

TEST_CASE("RFC 7208 §5.6: ip4 and ip6, host bits cleared", "[parse]") {
    check_good({
        {"ip4:0.0.0.0/0", "+ip:0.0.0.0/0"},
        {"ip4:255.255.255.255/0", "+ip:0.0.0.0/0"},
        {"ip4:192.0.2.1/24", "+ip:192.0.2.0/24"},
        {"ip4:192.0.2.255/31", "+ip:192.0.2.254/31"},
        {"ip4:192.0.2.255/32", "+ip:192.0.2.255/32"},
        {"ip6:::", "+ip:::/128"},
        {"ip6:::/0", "+ip:::/0"},
        {"ip6:2001:db8:ffff::1/33", "+ip:2001:db8:8000::/33"},
        {"ip6:2001:db8::1/127", "+ip:2001:db8::/127"},
        {"ip6:1:2:3:4:5:6:7:8", "+ip:1:2:3:4:5:6:7:8/128"},
        {"ip6:::ffff:192.0.2.1/96", "+ip:::ffff:0:0/96"},
        {"ip6:2001:db8::192.0.2.1", "+ip:2001:db8::c000:201/128"},
    });
    std::vector<Bad> table = {
        {"ip4", 8, "ip4", "network missing", "5.6"},
        {"ip4/24", 8, "ip4", "network missing", "5.6"},
        {"ip6", 8, "ip6", "network missing", "5.6"},
        {"ip4:192.0.2.1/33", 21, "/33", "bad prefix length", "5.6"},
        {"ip4:192.0.2.0/024", 21, "/024", "bad prefix length", "5.6"},
        {"ip4:192.0.2.0/", 21, "/", "bad prefix length", "5.6"},
        {"ip4:192.0.2.0/-1", 21, "/-1", "bad prefix length", "5.6"},
        {"ip4:192.0.2.0//32", 21, "//32", "bad prefix length", "5.6"},
        {"ip4:192.0.2.0/24//32", 21, "/24//32", "bad prefix length", "5.6"},
        {"ip4:192.0.2.0/255.255.255.0", 21, "/255.255.255.0", "bad prefix length", "5.6"},
        {"ip6:2001:db8::/129", 22, "/129", "bad prefix length", "5.6"},
        {"ip6:2001:db8::/032", 22, "/032", "bad prefix length", "5.6"},
        {"ip6:2001:db8::/", 22, "/", "bad prefix length", "5.6"},
        {"ip6:2001:db8:://64", 22, "//64", "bad prefix length", "5.6"},
    };
    for (const std::string network :
         {"", "1", "192.0.2", "192.0.2.", "192.0.2.0.1", "192.0.2.256", "192.0.02.1", "192.0.2.1:25",
          "192.0.2.1,", "+192.0.2.1", "%{i}", "2001:db8::", "b.example"})
        table.push_back({"ip4:" + network, 12, network, "not an IPv4 network", "5.6"});
    for (const std::string network : {"", ":", ":::", "192.0.2.1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
                                      "[::1]", "::1%lo", "::1::", "12345::", "::g", "::ffff:192.0.2"})
        table.push_back({"ip6:" + network, 12, network, "not an IPv6 network", "5.6"});
    // The whole argument is shown where the network itself is wrong.
    table.push_back({"ip4:10/8", 12, "10/8", "not an IPv4 network", "5.6"});
    table.push_back({"ip4:/24", 12, "/24", "not an IPv4 network", "5.6"});
    check_bad(table, "+malformed");
}

TEST_CASE("RFC 7208 §6: modifiers", "[parse]") {
    check_good({
        {"redirect=b.example", "redirect=b.example"},
        {"REDIRECT=%{d2}", "redirect=<d2>"},
        {"Exp=b.example", "exp=b.example"},
        {"exp=%{ir}.%{v}.x.", "exp=<ir>.<v>.x."},
        {"x=", ""},
        {"moo=anything", ""},
        {"f-o_o.1=:/=", ""},
        {"x=%{d}%%.%{ir-}", ""},
        {"ip4=1.2.3.4", ""}, // the name of a mechanism before "=" is an unknown modifier (§4.6.1)
        {"all=x", ""},
        {"a=", ""},
        {"v=spf1", ""},
    });
    check_bad(
        {
            {"redirect=", 17, "", "empty domain", "7.1"},
            {"redirect=museum", 17, "museum", "domain without a top label", "7.1"},
            {"redirect=192.0.2.1", 17, "192.0.2.1", "bad top label in domain", "7.1"},
            {"redirect=b.example/24", 17, "b.example/24", "bad top label in domain", "7.1"},
            {"redirect=%{c}.example", 19, "c", "macro letter is for explanations only", "7.2"},
            {"exp=", 12, "", "empty domain", "7.1"},
            {"exp=b", 12, "b", "domain without a top label", "7.1"},
            {"exp=%{t}.x", 14, "t", "macro letter is for explanations only", "7.2"},
            {"x=%", 10, "%", "\"%\" that starts no macro", "7.1"},
            {"x=%{z}", 12, "z", "unknown macro letter", "7.1"},
            {"x=%{r}", 12, "r", "macro letter is for explanations only", "7.2"},
            {"x=%{d0}", 12, "d0", "macro keeps zero parts", "7.3"},
            {"x=\x80", 10, "\x80", "character not allowed in a macro-string", "7.1"},
            {"x=\t", 10, "\t", "character not allowed in a macro-string", "7.1"},
            {"exp=b\x7f.example", 13, "\x7f", "character not allowed in a macro-string", "7.1"},
        },
        "");
    check_bad({{"=b.example", 8, "=b.example", "not the name of a modifier", "4.6.1"},
               {"1x=b", 8, "1x", "not the name of a modifier", "4.6.1"},
               {"_x=b", 8, "_x", "not the name of a modifier", "4.6.1"},
               {"x!=b", 8, "x!", "not the name of a modifier", "4.6.1"},
               {"+exp=b.example", 8, "+exp", "not the name of a modifier", "4.6.1"},
               {"%{d}=b", 8, "%{d}", "not the name of a modifier", "4.6.1"}},
              "+malformed");
}

TEST_CASE("RFC 7208 §6: redirect and exp at most once, others may repeat", "[parse]") {
    CHECK(parse_record("v=spf1 x=1 x=2 X=3 redirect=b.example exp=c.example").errors.empty());
    struct Row {
        std::string text;
        std::uint32_t column; ///< of the second one
        std::string shown;
    };
    const std::vector<Row> table = {
        {"redirect=b.example a redirect=c.example", 29, "+a/32//128 redirect=b.example"},
        {"redirect=b.example REDIRECT=b.example", 27, "redirect=b.example"},
        {"exp=b.example exp=b.example", 22, "exp=b.example"},
        {"redirect=b.example redirect=", 27, "redirect=b.example"},
    };
    for (const Row& row : table) {
        INFO("text: " << row.text);
        const Record record = parse_record(version + row.text);
        REQUIRE(record.errors.size() == 1);
        CHECK(record.errors[0].where.column() == row.column);
        CHECK(record.errors[0].what == "modifier given twice");
        CHECK(record.errors[0].section == "6"s);
        CHECK(record.errors[0].repeated_modifier);
        CHECK(show(record) == row.shown);
    }
    CHECK(parse_record("v=spf1 exp=b.example exp=c.example exp=d.example").errors.size() == 2);
}

TEST_CASE("RFC 7208 §6: a redirect or exp that is malformed itself counts as given", "[parse]") {
    for (const std::string name : {"redirect", "exp"}) {
        INFO(name);
        for (const Grammar grammar : {Grammar::strict, Grammar::lenient}) {
            const Record record = parse_record(version + name + "=museum " + name + "=b.example", grammar);
            CHECK(record.errors.size() == 2);
            CHECK(std::ranges::count_if(record.errors, &SyntaxError::repeated_modifier) == 1);
        }
    }
}

TEST_CASE("RFC 7208 §3.1, §4.6.1: only a space separates terms, and terms are visible ASCII", "[parse]") {
    for (const std::string& octet :
         {"\0"s, "\t"s, "\n"s, "\v"s, "\f"s, "\r"s, "\x1f"s, "\x7f"s, "\x80"s, "\xff"s}) {
        INFO("octet " << int(static_cast<unsigned char>(octet[0])));
        const std::string what = "not a visible ASCII character";
        check_bad({{octet, 8, octet, what, "3.1"},
                   {"a" + octet, 9, octet, what, "3.1"},
                   {"+a" + octet + "mx", 10, octet, what, "3.1"},
                   {"include:b.ex" + octet + "ample", 20, octet, what, "3.1"}},
                  "+malformed");
        check_bad({{"-all" + octet, 12, octet, what, "3.1"}}, "-malformed");
    }
    // An en dash before "all", typographic quotes.
    check_bad({{"\xe2\x80\x93"
                "all",
                8, "\xe2", "not a visible ASCII character", "3.1"},
               {"\xe2\x80\x9c"
                "a\xe2\x80\x9d",
                8, "\xe2", "not a visible ASCII character", "3.1"}},
              "+malformed");
}

TEST_CASE("RFC 7208 §4.6: every error of a record is reported, in order", "[parse]") {
    const Record record = parse_record("v=spf1 ipv4:192.0.2.1 a -all/0 redirect=museum ip4:192.0.2.0/33 x=% "
                                       "mx/24 ~exists:%{c}.x redirect=b.example");
    std::vector<std::string> errors;
    for (const SyntaxError& error : record.errors)
        errors.push_back(std::to_string(error.where.column()) + ' ' + error.what);
    // redirect= stands there twice (§6), whatever the first one holds: that is tested above.
    std::erase_if(errors, [](const std::string& text) { return text.ends_with("modifier given twice"); });
    CHECK(errors == std::vector<std::string>{"8 unknown mechanism", "29 \"all\" takes no argument",
                                             "41 domain without a top label", "61 bad prefix length",
                                             "67 \"%\" that starts no macro",
                                             "85 macro letter is for explanations only"});
    std::string directives;
    for (const Directive& directive : record.directives)
        directives += show(directive) + ' ';
    CHECK(directives == "+malformed +a/32//128 -malformed +malformed +mx/24//128 ~malformed ");
}

TEST_CASE("lenient: tabs and newlines separate terms, nothing else changes", "[parse]") {
    const std::string text = "v=spf1\ta\r\nip4:192.0.2.1\n\n~all \t";
    const Record record = parse_record(text, Grammar::lenient);
    CHECK(record.errors.empty());
    CHECK(record.text == text);
    CHECK(show(record) == "+a/32//128 +ip:192.0.2.1/32 ~all");
    REQUIRE(record.directives.size() == 3);
    CHECK(record.directives[1].where == Extent{10, 23});
    check_good({{"mx/24//64", "+mx/24//64"}, {"redirect=%{d}", "redirect=<d>"}}, Grammar::lenient);
    for (const std::string& term :
         {"\0"s, "a\0mx"s, "a\x80"s, "ipv4:192.0.2.1"s, "a:192.0.2.1"s, "a/33"s, "a,mx"s,
          "-redirect=b.example"s, "redirect:b.example"s, "x=%"s, "a:%{d0}"s}) {
        INFO("term: " << term);
        CHECK(parse_record(version + term, Grammar::lenient).errors.size() == 1);
    }
}
