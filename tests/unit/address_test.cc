#include "spfwalk/net/address.h"

#include "support/addresses.h"
#include "support/catch.h"

#include <arpa/inet.h>

#include <array>
#include <string>
#include <vector>

using namespace spfwalk::net;
using namespace spfwalk::test;

namespace {

/// What the C library says about the same text.
std::optional<Address> parse_with_inet_pton(Family family, const std::string& text) {
    std::array<unsigned char, 16> bytes{};
    if (inet_pton(family == Family::ipv4 ? AF_INET : AF_INET6, text.c_str(), bytes.data()) != 1)
        return std::nullopt;
    Number value = 0;
    for (int i = 0; i < bits(family) / 8; ++i)
        value = value << 8 | bytes[static_cast<std::size_t>(i)];
    return address(value);
}

std::string print_with_inet_ntop(Address value) {
    std::array<unsigned char, 16> bytes{};
    for (std::size_t i = 0; i < 16; ++i)
        bytes[i] = static_cast<unsigned char>(number(value) >> (120 - 8 * i));
    std::array<char, INET6_ADDRSTRLEN> text{};
    REQUIRE(inet_ntop(AF_INET6, bytes.data(), text.data(), text.size()) != nullptr);
    return text.data();
}

/// Replaces, inserts, removes or doubles a few characters.
std::string mutate(std::mt19937_64& random, std::string text) {
    static const std::string alphabet = "0123456789abcdefABCDEFg:::...%/ x-+";
    for (std::uint64_t n = below_or_at(random, 2); n < 3; ++n) {
        const std::size_t at = any_index(random, text.size() + 1);
        const char c = alphabet[any_index(random, alphabet.size())];
        switch (below_or_at(random, 3)) {
        case 0:
            text.insert(at, 1, c);
            break;
        case 1:
            if (at < text.size()) text[at] = c;
            break;
        case 2:
            if (at < text.size()) text.erase(at, 1);
            break;
        default:
            text.insert(at, text.substr(at, 1 + any_index(random, 5)));
            break;
        }
    }
    return text;
}

/// A text that is often an address: groups or octets of random width, with "::" or a dotted tail at times.
std::string random_text(std::mt19937_64& random, Family family) {
    std::string text;
    const auto add_octets = [&] {
        for (int i = 0; i < 4; ++i)
            text += (i > 0 ? "." : "") + std::to_string(below_or_at(random, 270));
    };
    if (family == Family::ipv4) {
        add_octets();
        return text;
    }
    const std::uint64_t groups = below_or_at(random, 9);
    const std::uint64_t gap = below_or_at(random, 9);
    for (std::uint64_t i = 0; i < groups; ++i) {
        if (i == gap)
            text += "::";
        else if (i > 0)
            text += ':';
        for (std::uint64_t n = below_or_at(random, 20) == 0 ? 5 : 1 + below_or_at(random, 3); n > 0; --n)
            text += "0123456789abcdefABCDEF"[below_or_at(random, 21)];
    }
    if (gap == groups) text += "::";
    if (below_or_at(random, 3) == 0) {
        if (!text.empty() && text.back() != ':') text += ':';
        add_octets();
    }
    return text;
}

} // namespace

TEST_CASE("Address: next and previous carry between the halves") {
    CHECK(Address{0, UINT64_MAX}.next() == Address{1, 0});
    CHECK(Address{1, 0}.previous() == Address{0, UINT64_MAX});
    CHECK(Address{7, 8}.next() == Address{7, 9});
    CHECK(Address{UINT64_MAX, UINT64_MAX}.next() == Address{});
    CHECK(Address{}.previous() == Address{UINT64_MAX, UINT64_MAX});
    CHECK(Address{1, 0} > Address{0, UINT64_MAX});
}

TEST_CASE("Address: low_bits sets exactly that many bits") {
    for (int count = 0; count < 128; ++count) {
        INFO("count " << count);
        CHECK(number(low_bits(count)) == (Number{1} << count) - 1);
    }
    CHECK(low_bits(128) == last_address(Family::ipv6));
    CHECK(low_bits(32) == last_address(Family::ipv4));
}

TEST_CASE("RFC 7208 §12: ip4-network is a strict dotted quad") {
    CHECK(parse_ipv4("0.0.0.0") == ipv4(0));
    CHECK(parse_ipv4("192.0.2.1") == ipv4(0xc0000201));
    CHECK(parse_ipv4("255.255.255.255") == ipv4(UINT32_MAX));
    const std::vector<std::string> bad = {
        "",          ".",          "1",          "1.2",       "1.2.3",     "1.2.3.",
        "1.2.3.4.",  ".1.2.3.4",   "1.2.3.4.5",  "1..3.4",    "01.2.3.4",  "1.2.3.04",
        "00.0.0.0",  "1.2.3.00",   "256.1.1.1",  "1.1.1.256", "1.2.3.999", "1.2.3.1000",
        "1.2.3.0x4", "0x01020304", "16909060",   " 1.2.3.4",  "1.2.3.4 ",  "1.2.3.+4",
        "1.2.3.-4",  "1,2,3,4",    "1.2.3.4/32", "::1.2.3.4", "1.2.3.a",   "4294967297.1.1.1"};
    for (const std::string& text : bad) {
        INFO("text '" << text << "'");
        CHECK_FALSE(parse_ipv4(text));
    }
    CHECK_FALSE(parse_ipv4(std::string_view("1.2.3.4\0", 8)));
    CHECK_FALSE(parse_ipv4(std::string_view("1.2.3\0004", 7)));
    CHECK(parse_ipv4(std::string_view("1.2.3.45").substr(0, 7)) ==
          ipv4(0x01020304)); // no look beyond the end
}

TEST_CASE("RFC 4291 §2.2: the three forms of an IPv6 address") {
    struct Row {
        const char* text;
        Address address;
    };
    const std::vector<Row> rows = {
        {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", {0xabcdef0123456789, 0xabcdef0123456789}},
        {"2001:DB8:0:0:8:800:200C:417A", {0x20010db800000000, 0x00080800200c417a}},
        {"2001:DB8::8:800:200C:417A", {0x20010db800000000, 0x00080800200c417a}},
        {"FF01::101", {0xff01000000000000, 0x101}},
        {"::1", {0, 1}},
        {"::", {0, 0}},
        {"0:0:0:0:0:0:0:0", {0, 0}},
        {"1::", {0x0001000000000000, 0}},
        {"0001:0002::", {0x0001000200000000, 0}},
        {"::2:3:4:5:6:7:8", {0x0000000200030004, 0x0005000600070008}},
        {"1:2:3:4:5:6:7::", {0x0001000200030004, 0x0005000600070000}},
        {"1:2:3::5:6:7:8", {0x0001000200030000, 0x0005000600070008}},
        {"0:0:0:0:0:0:13.1.68.3", {0, 0x0d014403}},
        {"::13.1.68.3", {0, 0x0d014403}},
        {"::ffff:1.2.3.4", {0, 0xffff01020304}},
        {"1:2:3:4:5::1.2.3.4", {0x0001000200030004, 0x0005000001020304}},
        {"1:2:3:4:5:6:255.255.255.255", {0x0001000200030004, 0x00050006ffffffff}},
        {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", {UINT64_MAX, UINT64_MAX}},
    };
    for (const Row& row : rows) {
        INFO("text '" << row.text << "'");
        CHECK(parse_ipv6(row.text) == row.address);
        CHECK(parse_address(Family::ipv6, row.text) == row.address);
        CHECK_FALSE(parse_address(Family::ipv4, row.text));
    }
}

TEST_CASE("RFC 4291 §2.2: what is not an IPv6 address") {
    const std::vector<std::string> bad = {"",
                                          ":",
                                          ":::",
                                          "1",
                                          "1:",
                                          ":1",
                                          "1:2:3:4:5:6:7",
                                          "1:2:3:4:5:6:7:",
                                          ":1:2:3:4:5:6:7:8",
                                          "1:2:3:4:5:6:7:8:",
                                          "1:2:3:4:5:6:7:8:9",
                                          "1:2:3:4:5:6:7:8::",
                                          "::1:2:3:4:5:6:7:8",
                                          "1:2:3:4::5:6:7:8",
                                          "1::2::3",
                                          "::1::",
                                          "1:::2",
                                          ":::1",
                                          "1:::",
                                          "12345::",
                                          "::00001",
                                          "::g",
                                          "::1 ",
                                          " ::1",
                                          "::1%lo",
                                          "fe80::1%1",
                                          "[::1]",
                                          "::1/128",
                                          "1.2.3.4",
                                          "::1.2.3",
                                          "::1.2.3.4.5",
                                          "::1.2.3.4:1",
                                          "::1.2.3.256",
                                          "::01.2.3.4",
                                          "::1a.2.3.4",
                                          "1.2.3.4::",
                                          "::1.2.3.4::",
                                          "1:2:3:4:5:6:7:1.2.3.4",
                                          "1:2:3:4:5:1.2.3.4",
                                          "1:2:3:4:5:6::1.2.3.4",
                                          "::.1.2.3.4",
                                          "::1.2.3.",
                                          "::-1",
                                          "::+1",
                                          "::0x1"};
    for (const std::string& text : bad) {
        INFO("text '" << text << "'");
        CHECK_FALSE(parse_ipv6(text));
        CHECK_FALSE(parse_with_inet_pton(Family::ipv6, text));
    }
    CHECK_FALSE(parse_ipv6(std::string_view("::1\0", 4)));
    CHECK(parse_ipv6(std::string_view("::1:2").substr(0, 3)) == Address{0, 1}); // no look beyond the end
}

TEST_CASE("RFC 4291 §2.2: both parsers agree with inet_pton on random and mutated texts") {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        std::mt19937_64 random(4291);
        int accepted = 0;
        const int texts = 150'000;
        for (int i = 0; i < texts; ++i) {
            std::string text =
                i % 2 == 0 ? random_text(random, family) : to_text(family, random_address(random, family));
            if (i % 3 != 0) text = mutate(random, text);
            const auto expected = parse_with_inet_pton(family, text);
            accepted += expected ? 1 : 0;
            if (parse_address(family, text) != expected) {
                INFO("seed 4291, text '" << text << "'");
                CHECK(parse_address(family, text) == expected);
            }
        }
        // The comparison is worth something only if both outcomes are common.
        CHECK(accepted > texts / 10);
        CHECK(accepted < texts * 9 / 10);
    }
}

TEST_CASE("IPv4 text: every value of every octet") {
    for (std::uint32_t value = 0; value < 256; ++value) {
        const std::string octet = std::to_string(value);
        INFO("octet " << octet);
        CHECK(to_text(Family::ipv4, ipv4(value << 24)) == octet + ".0.0.0");
        CHECK(to_text(Family::ipv4, ipv4(value << 16 | 0xff)) == "0." + octet + ".0.255");
        CHECK(to_text(Family::ipv4, ipv4(10U << 24 | value << 8)) == "10.0." + octet + ".0");
        CHECK(to_text(Family::ipv4, ipv4(0xffffff00 | value)) == "255.255.255." + octet);
    }
}

TEST_CASE("RFC 5952 §4: canonical IPv6 text") {
    struct Row {
        const char* rule;
        const char* from;
        const char* text;
    };
    const std::vector<Row> rows = {
        {"§4.1 leading zeros", "2001:0db8::0001", "2001:db8::1"},
        {"§4.1 a zero group is 0", "2001:db8:0000:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"§4.2.1 as short as possible", "2001:db8:0:0:0:0:2:1", "2001:db8::2:1"},
        {"§4.2.1 as short as possible", "2001:db8::0:1", "2001:db8::1"},
        {"§4.2.2 not for one group", "2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"§4.2.2 not for one group at the start", "0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"},
        {"§4.2.2 not for one group at the end", "1:2:3:4:5:6:7:0", "1:2:3:4:5:6:7:0"},
        {"§4.2.3 the longest run", "2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"§4.2.3 the first of equal runs", "2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"§4.2.3 a run at the end", "1:0:0:4:5:0:0:0", "1:0:0:4:5::"},
        {"§4.3 lower case", "2001:DB8::ABCD:EF", "2001:db8::abcd:ef"},
        {"§5 never mixed", "::ffff:192.0.2.1", "::ffff:c000:201"},
        {"§5 never mixed", "::192.0.2.1", "::c000:201"},
        {"§5 never mixed", "64:ff9b::192.0.2.33", "64:ff9b::c000:221"},
        {"all zero", "0:0:0:0:0:0:0:0", "::"},
        {"loopback", "::0:1", "::1"},
        {"the longest text", "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
         "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"},
    };
    for (const Row& row : rows) {
        INFO(row.rule << ": " << row.from);
        const auto parsed = parse_ipv6(row.from);
        REQUIRE(parsed);
        CHECK(to_text(Family::ipv6, *parsed) == row.text);
    }
}

TEST_CASE("RFC 5952 §4: all patterns of zero groups print as the C library prints them") {
    int compared = 0;
    for (const std::uint64_t group : {0x1U, 0x10U, 0xabU, 0x100U, 0xfffU, 0x1000U, 0xffffU}) {
        for (unsigned pattern = 0; pattern < 256; ++pattern) {
            Number value = 0;
            for (unsigned i = 0; i < 8; ++i)
                value = value << 16 | ((pattern >> i & 1) != 0 ? group : 0);
            const std::string expected = print_with_inet_ntop(address(value));
            if (expected.find('.') != std::string::npos) continue; // it mixes where RFC 5952 §5 lets it
            CHECK(to_text(Family::ipv6, address(value)) == expected);
            ++compared;
        }
    }
    CHECK(compared > 7 * 240);
}

TEST_CASE("Address: append_text appends") {
    std::string out = "a ";
    append_text(out, Family::ipv4, ipv4(0x7f000001));
    out += ' ';
    append_text(out, Family::ipv6, {0, 1});
    CHECK(out == "a 127.0.0.1 ::1");
}

TEST_CASE("RFC 4291 §2.2: parse(to_text(x)) is x, and canonical text is stable") {
    for (const Family family : {Family::ipv4, Family::ipv6}) {
        std::mt19937_64 random(5952);
        for (int i = 0; i < 50'000; ++i) {
            const Address value = random_address(random, family);
            const std::string text = to_text(family, value);
            if (parse_address(family, text) != value || parse_with_inet_pton(family, text) != value) {
                INFO("seed 5952, text '" << text << "'");
                CHECK(parse_address(family, text) == value);
                CHECK(parse_with_inet_pton(family, text) == value);
            }
        }
        for (const Address edge : {Address{}, last_address(family), last_address(family).previous()})
            CHECK(parse_address(family, to_text(family, edge)) == edge);
    }
}
