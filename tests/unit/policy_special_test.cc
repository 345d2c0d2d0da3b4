#include "spfwalk/policy/special.h"

#include "support/catch.h"

#include <initializer_list>
#include <set>

using namespace spfwalk;

namespace {

emit::Addresses addresses(std::initializer_list<std::string_view> prefixes) {
    emit::Addresses result;
    for (const std::string_view text : prefixes) {
        const net::Prefix prefix = net::parse_prefix(text).value();
        (prefix.family == net::Family::ipv4 ? result.ipv4 : result.ipv6).insert(prefix.range());
    }
    return result;
}

std::vector<std::string> found(const emit::Addresses& set) {
    std::vector<std::string> result;
    for (const policy::SpecialBlock* block : policy::special_in(set))
        result.emplace_back(block->prefix);
    return result;
}

bool special(std::string_view text) {
    const net::Prefix prefix = net::parse_prefix(text).value();
    const emit::Addresses& all = policy::special_addresses();
    return (prefix.family == net::Family::ipv4 ? all.ipv4 : all.ipv6).contains(prefix.range());
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("RFC 6890 §2: every block is a canonical prefix with a name and a source, once, IPv4 first") {
    std::set<std::string_view> seen;
    bool ipv6 = false;
    for (const policy::SpecialBlock& block : policy::special_blocks()) {
        INFO(block.prefix);
        const auto prefix = net::parse_prefix(block.prefix);
        REQUIRE(prefix.has_value());
        CHECK(to_text(*prefix) == block.prefix);
        CHECK(seen.insert(block.prefix).second);
        CHECK_FALSE(block.name.empty());
        CHECK(block.rfc.starts_with("RFC "));
        CHECK_FALSE((ipv6 && prefix->family == net::Family::ipv4));
        ipv6 = ipv6 || prefix->family == net::Family::ipv6;
    }
    CHECK(seen.size() == 39);
}

TEST_CASE("RFC 6890 §2.2: special addresses at the edges of their blocks") {
    for (const char* text : {"0.0.0.0",
                             "0.255.255.255",
                             "10.0.0.0/8",
                             "100.64.0.0",
                             "100.127.255.255",
                             "127.0.0.1",
                             "169.254.255.255",
                             "172.16.0.0",
                             "172.31.255.255",
                             "192.0.0.0",
                             "192.0.0.8",
                             "192.0.0.11",
                             "192.0.0.170",
                             "192.0.2.255",
                             "192.88.99.1",
                             "192.168.255.255",
                             "198.18.0.0",
                             "198.19.255.255",
                             "198.51.100.0/24",
                             "203.0.113.0/24",
                             "224.0.0.0/4",
                             "240.0.0.0/4",
                             "255.255.255.255",
                             "::",
                             "::1",
                             "::ffff:192.0.2.1",
                             "64:ff9b:1::",
                             "100::ffff:ffff:ffff:ffff",
                             "100:0:0:1::",
                             "2001::1",
                             "2001:1::4",
                             "2001:2::",
                             "2001:10::",
                             "2001:1ff:ffff::",
                             "2001:db8:ffff::",
                             "2002::",
                             "3fff:fff::",
                             "5f00::",
                             "fc00::",
                             "fdff::",
                             "fe80::1",
                             "febf::",
                             "ff02::1"}) {
        INFO(text);
        CHECK(special(text));
    }
    for (const char* text : {"1.0.0.0",        "9.255.255.255",   "11.0.0.0",        "100.63.255.255",
                             "100.128.0.0",    "126.255.255.255", "128.0.0.0",       "172.15.255.255",
                             "172.32.0.0",     "191.255.255.255", "192.0.1.0",       "192.0.3.0",
                             "198.17.255.255", "198.20.0.0",      "223.255.255.255", "::2",
                             "64:ff9b::1",     "2001:200::",      "2001:db7::",      "2001:db9::",
                             "2003::",         "3fff:1000::",     "2000::",          "5f01::",
                             "fbff::",         "fec0::"}) {
        INFO(text);
        CHECK_FALSE(special(text));
    }
}

TEST_CASE("RFC 6890 §2.2.2: entries that are globally reachable are not special, whatever is around them") {
    for (const char* text : {"192.0.0.9", "192.0.0.10", "192.31.196.0/24", "192.52.193.0/24",
                             "192.175.48.0/24", "2001:1::1", "2001:1::2", "2001:1::3", "2001:3::/32",
                             "2001:4:112::/48", "2001:20::/28", "2001:30::/28", "2620:4f:8000::/48"}) {
        INFO(text);
        CHECK_FALSE(special(text));
        CHECK(found(addresses({text})).empty());
    }
}

TEST_CASE("the blocks that a list touches, each by its own addresses") {
    CHECK(found(addresses({"8.8.8.0/24", "2600::/32"})).empty());
    CHECK(found({}).empty());
    CHECK(found(addresses({"192.168.1.1", "10.0.0.0/7", "2001:db8::/48"})) ==
          Texts{"10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32"});
    // The most specific entry alone.
    CHECK(found(addresses({"255.255.255.255"})) == Texts{"255.255.255.255/32"});
    CHECK(found(addresses({"192.0.0.1"})) == Texts{"192.0.0.0/29"});
    CHECK(found(addresses({"192.0.0.0/24"})) ==
          Texts{"192.0.0.0/24", "192.0.0.0/29", "192.0.0.8/32", "192.0.0.170/32", "192.0.0.171/32"});
    CHECK(found(addresses({"2001:2::1"})) == Texts{"2001:2::/48"});
}

TEST_CASE("a family that passes as a whole is not about special addresses") {
    CHECK(found(addresses({"0.0.0.0/0"})).empty());
    CHECK(found(addresses({"::/0"})).empty());
    CHECK(found(addresses({"0.0.0.0/0", "fe80::1"})) == Texts{"fe80::/10"});
    // Mapped addresses belong to no client (RFC 7208 §5), so everything is everything without them.
    auto without_mapped = addresses({"::/0"});
    without_mapped.ipv6.erase(net::parse_prefix("::ffff:0:0/96")->range());
    CHECK(found(without_mapped).empty());
    auto nearly = addresses({"0.0.0.0/0"});
    nearly.ipv4.erase(net::parse_prefix("8.8.8.8")->range());
    CHECK(found(nearly).size() == 22);
}
