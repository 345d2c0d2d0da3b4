#include "spfwalk/net/prefix.h"

#include "support/addresses.h"
#include "support/catch.h"

#include <string>
#include <vector>

using namespace spfwalk::net;
using namespace spfwalk::test;

namespace {

std::string mask_text(const Prefix& prefix) {
    std::string out;
    append_mask(out, prefix);
    return out;
}

} // namespace

TEST_CASE("RFC 4632 §3.1: reading IPv4 prefixes") {
    struct Row {
        const char* text;
        const char* canonical;
    };
    const std::vector<Row> rows = {
        {"192.0.2.0/24", "192.0.2.0/24"},
        {"192.0.2.77/24", "192.0.2.0/24"}, // host bits are cleared
        {"192.0.2.77", "192.0.2.77/32"},
        {"192.0.2.77/32", "192.0.2.77/32"},
        {"192.0.2.77/31", "192.0.2.76/31"},
        {"255.255.255.255/1", "128.0.0.0/1"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"255.255.255.255/0", "0.0.0.0/0"},
        {"255.255.255.255/32", "255.255.255.255/32"},
        {"10.0.0.0/9", "10.0.0.0/9"},
    };
    for (const Row& row : rows) {
        INFO("text '" << row.text << "'");
        const auto prefix = parse_prefix(row.text);
        REQUIRE(prefix);
        CHECK(prefix->family == Family::ipv4);
        CHECK(to_text(*prefix) == row.canonical);
    }
}

TEST_CASE("RFC 4291 §2.3: reading IPv6 prefixes") {
    struct Row {
        const char* text;
        const char* canonical;
    };
    const std::vector<Row> rows = {
        {"2001:0DB8:0000:CD30:0000:0000:0000:0000/60", "2001:db8:0:cd30::/60"},
        {"2001:0DB8::CD30:0:0:0:0/60", "2001:db8:0:cd30::/60"},
        {"2001:0DB8:0:CD30::/60", "2001:db8:0:cd30::/60"},
        {"2001:db8:0:cd30:123:4567:89ab:cdef/60", "2001:db8:0:cd30::/60"},
        {"ffff::1/0", "::/0"},
        {"::1", "::1/128"},
        {"::1/128", "::1/128"},
        {"::3/127", "::2/127"},
        {"1:2:3:4:5:6:7:8/64", "1:2:3:4::/64"},
        {"1:2:3:4:5:6:7:8/65", "1:2:3:4::/65"},
        {"1:2:3:4:f:6:7:8/63", "1:2:3:4::/63"},
        {"1:2:3:5:f:6:7:8/63", "1:2:3:4::/63"},
        {"::ffff:192.0.2.1/120", "::ffff:c000:200/120"},
        {"::ffff:192.0.2.1/9", "::/9"},
    };
    for (const Row& row : rows) {
        INFO("text '" << row.text << "'");
        const auto prefix = parse_prefix(row.text);
        REQUIRE(prefix);
        CHECK(prefix->family == Family::ipv6);
        CHECK(to_text(*prefix) == row.canonical);
    }
}

TEST_CASE("RFC 4632 §3.1: what is not a prefix") {
    const std::vector<std::string> bad = {"",
                                          "/",
                                          "/0",
                                          "/24",
                                          "1.2.3.4/",
                                          "::/",
                                          "1.2.3.4/33",
                                          "::/129",
                                          "1.2.3.4/128",
                                          "1.2.3.4/99",
                                          "::/200",
                                          "::/999",
                                          "::/1000",
                                          "1.2.3.4/4294967296",
                                          "::/18446744073709551616",
                                          "1.2.3.4/00",
                                          "1.2.3.4/01",
                                          "1.2.3.4/024",
                                          "::/00",
                                          "::/064",
                                          "::/0128",
                                          "1.2.3.4/-1",
                                          "1.2.3.4/+1",
                                          "1.2.3.4/ 1",
                                          "1.2.3.4/1 ",
                                          "1.2.3.4 /1",
                                          " 1.2.3.4/1",
                                          "1.2.3.4/0x1",
                                          "1.2.3.4/a",
                                          "1.2.3.4//24",
                                          "1.2.3.4/24/",
                                          "1.2.3.4/24/24",
                                          "::/64/64",
                                          "::1//64",
                                          "1.2.3/24",
                                          "1.2.3.4.5/24",
                                          "1.2.3.04/24",
                                          "10/8",
                                          "10.0/16",
                                          "fe80::1%1/64",
                                          "[::1]/128",
                                          "1.2.3.4/255.255.255.0",
                                          "::1:/64",
                                          "host/24",
                                          "1.2.3.4\n",
                                          "1.2.3.4/24\n",
                                          "1.2.3.4/:"};
    for (const std::string& text : bad) {
        INFO("text '" << text << "'");
        CHECK_FALSE(parse_prefix(text));
    }
    CHECK_FALSE(parse_prefix(std::string_view("1.2.3.4/2\0", 10)));
    CHECK(parse_prefix(std::string_view("1.2.3.4/24").substr(0, 9)) == parse_prefix("1.2.3.4/2"));
}

TEST_CASE("RFC 4632 §3.1: every length has its network, range, mask and text") {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        std::mt19937_64 random(4632);
        const int width = bits(family);
        for (int length = 0; length <= width; ++length) {
            for (const Address inside : {Address{}, last_address(family), random_address(random, family)}) {
                const std::string text = to_text(family, inside) + "/" + std::to_string(length);
                INFO("text " << text);
                const Prefix prefix = Prefix::containing(family, inside, length);
                // The range, from the definition: addresses that share the first `length` bits.
                const Number value = number(inside);
                const int host = width - length;
                const Number network = host == 128 ? 0 : value >> host << host;
                const Number last = network | (host == 128 ? ~Number{0} : (Number{1} << host) - 1);
                CHECK(prefix.network == address(network));
                CHECK(prefix.range() == Range{address(network), address(last)});
                CHECK(prefix.length == length);
                CHECK(parse_prefix(text) == prefix);
                CHECK(to_text(prefix) == to_text(family, prefix.network) + "/" + std::to_string(length));
                CHECK(parse_prefix(to_text(prefix)) == prefix);
                // Mask and host bits are complements.
                const auto mask = parse_address(family, mask_text(prefix));
                REQUIRE(mask);
                CHECK(number(*mask) + (last - network) == number(last_address(family)));
            }
            CHECK_FALSE(parse_prefix(to_text(family, {}) + "/0" + std::to_string(length)));
        }
    }
}

TEST_CASE("Prefix: netmasks") {
    CHECK(mask_text(*parse_prefix("192.0.2.0/20")) == "255.255.240.0");
    CHECK(mask_text(*parse_prefix("0.0.0.0/0")) == "0.0.0.0");
    CHECK(mask_text(*parse_prefix("192.0.2.1")) == "255.255.255.255");
    CHECK(mask_text(*parse_prefix("2001:db8::/20")) == "ffff:f000::");
    CHECK(mask_text(*parse_prefix("::/0")) == "::");
    CHECK(mask_text(*parse_prefix("::/64")) == "ffff:ffff:ffff:ffff::");
    CHECK(mask_text(*parse_prefix("::1")) == "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

TEST_CASE("Prefix: IPv4 before IPv6, then by network, then by length") {
    const std::vector<std::string> ordered = {"0.0.0.0/0",  "0.0.0.0/1",   "9.0.0.0/8", "10.0.0.0/8",
                                              "10.0.0.0/9", "255.0.0.0/8", "::/0",      "::/128",
                                              "::1/128",    "1::/16"};
    for (std::size_t i = 1; i < ordered.size(); ++i) {
        INFO(ordered[i - 1] << " and " << ordered[i]);
        CHECK(*parse_prefix(ordered[i - 1]) < *parse_prefix(ordered[i]));
    }
}
