#include "spfwalk/spf/macro.h"

#include "spfwalk/spf/parse.h"

#include "support/catch.h"

#include <cstddef>
#include <string>
#include <vector>

using namespace spfwalk;
using namespace spfwalk::spf;
using namespace std::string_literals;

namespace {

constexpr net::Address ipv4_client = net::ipv4(0xc0000203);                // 192.0.2.3
constexpr net::Address ipv6_client = {0x2001'0db8'0000'0000, 0x0000'cb01}; // 2001:db8::cb01
const std::string nibbles = "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1";
const std::string reversed_nibbles = "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2";

/// The identity of §7.4.
MacroValues example(net::Family family) {
    MacroValues values{};
    values.domain = "email.example.com";
    values.sender = "strong-bad@email.example.com";
    values.helo = "mail.example.com";
    values.family = family;
    values.client = family == net::Family::ipv4 ? ipv4_client : ipv6_client;
    return values;
}

/// The grammar of explanations, because it has all letters.
MacroString macro_string(const std::string& text) {
    auto parsed = parse_explanation(text);
    REQUIRE(parsed.has_value());
    return std::move(*parsed);
}

struct Row {
    std::string text;
    std::string expanded;
};

void check(const std::vector<Row>& table, const MacroValues& values) {
    for (const Row& row : table) {
        INFO("text: " << row.text);
        CHECK(expand(macro_string(row.text), values) == row.expanded);
    }
}

/// A name of `octets` octets whose first label takes what the rest leaves over; the others have 49 and a dot.
std::string name_of(std::size_t octets, const std::string& end = "example.com") {
    std::string name = end;
    while (octets - name.size() > 64)
        name = std::string(49, 'b') + '.' + name;
    return std::string(octets - name.size() - 1, 'a') + '.' + name;
}

} // namespace

TEST_CASE("RFC 7208 §7.4: the examples", "[macro]") {
    check(
        {
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
        },
        example(net::Family::ipv4));
    check({{"%{ir}.%{v}._spf.%{d2}", reversed_nibbles + ".ip6._spf.example.com"}},
          example(net::Family::ipv6));
}

TEST_CASE("RFC 7208 §7.2: what the letters stand for", "[macro]") {
    MacroValues values = example(net::Family::ipv4);
    values.domain = "policy.example.net"; // after an include: o and s stay the sender's
    const std::vector<Row> common = {
        {"%{s}", "strong-bad@email.example.com"},
        {"%{l}", "strong-bad"},
        {"%{o}", "email.example.com"},
        {"%{d}", "policy.example.net"},
        {"%{h}", "mail.example.com"},
        {"%{p}", "unknown"},
        {"%{r}", "unknown"},
        {"%{t}", "0"},
    };
    check(common, values);
    check({{"%{i}", "192.0.2.3"}, {"%{c}", "192.0.2.3"}, {"%{v}", "in-addr"}}, values);

    values.family = net::Family::ipv6;
    values.client = ipv6_client;
    check(common, values);
    check({{"%{i}", nibbles}, {"%{c}", "2001:db8::cb01"}, {"%{v}", "ip6"}}, values);

    values.validated = "mx.example.org";
    values.receiver = "here.example";
    values.timestamp = "1700000000";
    check({{"%{p}", "mx.example.org"},
           {"%{p2}", "example.org"},
           {"%{r}", "here.example"},
           {"%{t}", "1700000000"}},
          values);
}

TEST_CASE("RFC 7208 §7.1: literals", "[macro]") {
    check({{"", ""},
           {"b.example", "b.example"},
           {"Case.Stays", "Case.Stays"},
           {"%%%_%-", "% %20"},
           {"%%{d}", "%{d}"},
           {"a%%b%_c%-d.%{d1}.e", "a%b c%20d.com.e"},
           {"%{d1}%{d1}", "comcom"}},
          example(net::Family::ipv4));
}

TEST_CASE("RFC 7208 §7.3: delimiters, reversal and the number of parts", "[macro]") {
    MacroValues values = example(net::Family::ipv4);
    values.sender = "a-b.c+d,e/f_g=h@o.example";
    check(
        {
            {"%{l}", "a-b.c+d,e/f_g=h"}, // neither transformer nor delimiter: left alone
            {"%{l.}", "a-b.c+d,e/f_g=h"},
            {"%{l-}", "a.b.c+d,e/f_g=h"}, // "." no longer splits, and joins
            {"%{l1}", "c+d,e/f_g=h"},
            {"%{l1-}", "b.c+d,e/f_g=h"},
            {"%{lr}", "c+d,e/f_g=h.a-b"},
            {"%{lr-}", "b.c+d,e/f_g=h.a"},
            {"%{l.-+,/_=}", "a.b.c.d.e.f.g.h"},
            {"%{lr=_/,+-.}", "h.g.f.e.d.c.b.a"},
            {"%{l3.-+,/_=}", "f.g.h"},
            {"%{l3r.-+,/_=}", "c.b.a"},
            {"%{l8.-+,/_=}", "a.b.c.d.e.f.g.h"},
            {"%{l9r.-+,/_=}", "h.g.f.e.d.c.b.a"},
            {"%{l255,}", "a-b.c+d.e/f_g=h"},
            {"%{l256,}", "a-b.c+d.e/f_g=h"},
            {"%{l,,}", "a-b.c+d.e/f_g=h"},
            {"%{o1}", "example"},
            {"%{s-}", "a.b.c+d,e/f_g=h@o.example"},
            {"%{i3}", "0.2.3"},
            {"%{i2r}", "0.192"},
            {"%{v-}", "in.addr"},
            {"%{vr-}", "addr.in"},
            {"%{v1-}", "addr"},
        },
        values);
    // Leading, trailing and consecutive delimiters make empty parts.
    values.sender = "-a--b-@o.example";
    check({{"%{l-}", ".a..b."}, {"%{lr-}", ".b..a."}, {"%{l2-}", "b."}, {"%{l1-}", ""}, {"%{l3r-}", ".a."}},
          values);
    values.domain = "b.example.";
    check({{"%{d}", "b.example."}, {"%{d1}", ""}, {"%{d2}", "example."}, {"%{dr}", ".example.b"}}, values);
    values.family = net::Family::ipv6;
    values.client = ipv6_client;
    check({{"%{i2}", "0.1"}, {"%{i4r}", "1.0.0.2"}, {"%{i32}", nibbles}, {"%{i33r}", reversed_nibbles}},
          values);
}

TEST_CASE("RFC 7208 §7.3: an upper-case letter escapes for URLs", "[macro]") {
    MacroValues values = example(net::Family::ipv4);
    const std::string unreserved = "ABCXYZabcxyz0189-._~";
    const std::string unescaped = unreserved + "@o.example";
    values.sender = unescaped;
    check({{"%{L}", unreserved}, {"%{S}", unreserved + "%40o.example"}, {"%{O}", "o.example"}}, values);

    values.sender = "!#$%&'*+/=?^`{|}@o.example"; // the rest of what an atom may have
    check({{"%{L}", "%21%23%24%25%26%27%2A%2B%2F%3D%3F%5E%60%7B%7C%7D"}, {"%{l}", "!#$%&'*+/=?^`{|}"}},
          values);
    const std::string octets = "a b\"c\\\0\x7f\x80\xff@o.example"s;
    values.sender = octets;
    check({{"%{L}", "a%20b%22c%5C%00%7F%80%FF"}}, values);
    values.sender = "(),:;<>[]@o.example";
    check({{"%{L}", "%28%29%2C%3A%3B%3C%3E%5B%5D"}}, values);

    // Transformed first, then escaped; only what the macro stands for is escaped.
    values.sender = "x=1+y=2@o.example";
    check({{"%{L+}", "x%3D1.y%3D2"}, {"%{L1R+}", "x%3D1"}, {"%{L}=%{l}", "x%3D1%2By%3D2=x=1+y=2"}}, values);
    values.family = net::Family::ipv6;
    values.client = ipv6_client;
    check({{"%{C}", "2001%3Adb8%3A%3Acb01"}, {"%{I}", nibbles}, {"%{V}", "ip6"}}, values);
}

TEST_CASE("RFC 7208 §4.3: a missing local-part is postmaster", "[macro]") {
    struct Sender {
        std::string text;
        std::string local;
        std::string domain;
    };
    const std::vector<Sender> table = {
        {"a@b.example", "a", "b.example"},
        {"b.example", "postmaster", "b.example"},
        {"@b.example", "postmaster", "b.example"},
        {"\"x@y\"@b.example", "\"x@y\"", "b.example"},
        {"a@", "a", ""},
        {"", "postmaster", ""},
    };
    for (const Sender& row : table) {
        INFO("sender: " << row.text);
        CHECK(local_part(row.text) == row.local);
        CHECK(domain_part(row.text) == row.domain);
        MacroValues values = example(net::Family::ipv4);
        values.sender = row.text;
        check({{"%{s}", row.local + '@' + row.domain}, {"%{l}", row.local}, {"%{o}", row.domain}}, values);
    }
}

TEST_CASE("RFC 7208 §7.3: the i macro of an address", "[macro]") {
    CHECK(dotted(net::Family::ipv4, net::ipv4(0)) == "0.0.0.0");
    CHECK(dotted(net::Family::ipv4, net::ipv4(0xffffffff)) == "255.255.255.255");
    CHECK(dotted(net::Family::ipv6, {0x0123'4567'89ab'cdef, 0xfedc'ba98'7654'3210}) ==
          "0.1.2.3.4.5.6.7.8.9.a.b.c.d.e.f.f.e.d.c.b.a.9.8.7.6.5.4.3.2.1.0");
    CHECK(dotted(net::Family::ipv6, {0, 1}) ==
          "0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1");
}

TEST_CASE("RFC 7208 §7.3: names lose labels from the left until they have 253 octets", "[macro]") {
    MacroValues values = example(net::Family::ipv4);
    const auto expanded = [&](const std::string& spec) { return expand_domain(macro_string(spec), values); };
    const auto without_labels = [](std::string name, int count) {
        for (; count > 0; --count)
            name.erase(0, name.find('.') + 1);
        return name;
    };

    REQUIRE(name_of(253).size() == 253);
    CHECK(expanded(name_of(252)) == name_of(252));
    CHECK(expanded(name_of(253)) == name_of(253));
    CHECK(expanded(name_of(254)) == without_labels(name_of(254), 1));
    CHECK(expanded("x." + name_of(253)) == name_of(253));
    CHECK(expanded("x.y.z." + name_of(253)) == name_of(253));                // more than one
    CHECK(expanded("x." + name_of(254)) == without_labels(name_of(254), 1)); // "x." alone is not enough
    CHECK(expanded("x.y." + name_of(251)) == "y." + name_of(251));
    CHECK(expanded("x.y." + name_of(252)) == name_of(252));

    // What a macro stands for is cut like a literal.
    const std::string domain = name_of(250);
    values.domain = domain;
    CHECK(expanded("ab.%{d}") == "ab." + domain);
    CHECK(expanded("abc.%{d}") == domain);
    CHECK(expanded("a.b.%{d}") == "b." + domain);
    CHECK(expanded("%{ir}.%{d}") == domain); // "192." would make 254
    CHECK(expanded("%{d}.%{d}") == domain);  // so would "com."
}

TEST_CASE("RFC 7208 §7.3: one trailing dot of a name is dropped, before it is measured", "[macro]") {
    MacroValues values = example(net::Family::ipv4);
    const auto expanded = [&](const std::string& spec) { return expand_domain(macro_string(spec), values); };
    CHECK(expanded("b.example.") == "b.example");
    CHECK(expanded("%{d}.") == "email.example.com");
    CHECK(expanded("b.example..") == "b.example.."); // no name, and it stays none
    CHECK(expanded(name_of(253) + '.') == name_of(253));
    CHECK(expanded(name_of(254) + '.') == name_of(254).substr(name_of(254).find('.') + 1));
    values.domain = "b.example.";
    CHECK(expanded("%{d}") == "b.example");
    CHECK(expanded("a.%{d}") == "a.b.example");
    values.domain = "";
    CHECK(expanded("%{d}").empty());
    CHECK(expanded("%{d}.").empty());
    // A single label that is too long has nothing to lose; it is for dns::Name to refuse.
    CHECK(expanded(std::string(300, 'x')) == std::string(300, 'x'));
}
