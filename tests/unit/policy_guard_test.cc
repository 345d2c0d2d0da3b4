#include "spfwalk/policy/guard.h"

#include "support/catch.h"

#include <initializer_list>

using namespace spfwalk;
using policy::Guards;

namespace {

emit::Addresses addresses(std::initializer_list<std::string_view> prefixes) {
    emit::Addresses result;
    for (const std::string_view text : prefixes) {
        const net::Prefix prefix = net::parse_prefix(text).value();
        (prefix.family == net::Family::ipv4 ? result.ipv4 : result.ipv6).insert(prefix.range());
    }
    return result;
}

std::vector<std::string> texts(const std::vector<net::Prefix>& prefixes) {
    std::vector<std::string> result;
    for (const net::Prefix& prefix : prefixes)
        result.push_back(to_text(prefix));
    return result;
}

using Texts = std::vector<std::string>;

} // namespace

TEST_CASE("a change is two differences in the fewest prefixes") {
    const auto before = addresses({"192.0.2.0/24", "2001:db8::/33"});
    const auto after = addresses({"192.0.2.0/25", "198.51.100.7", "2001:db8::/32"});
    const policy::Change change = policy::change(before, after);
    CHECK(texts(change.added) == Texts{"198.51.100.7/32", "2001:db8:8000::/33"});
    CHECK(texts(change.removed) == Texts{"192.0.2.128/25"});
    CHECK_FALSE(change.empty());
    CHECK(policy::change(before, before).empty());
    CHECK_FALSE(policy::change(before, {}).empty());
    CHECK_FALSE(policy::change({}, before).empty());
}

TEST_CASE("an empty list is refused unless allowed, whatever it would replace") {
    Guards guards;
    const Texts refused = {"the list would be empty (--allow-empty)"};
    CHECK(objections(std::nullopt, {}, guards) == refused);
    CHECK(objections(emit::Addresses{}, {}, guards) == refused);
    CHECK(objections(addresses({"192.0.2.0/24"}), {}, guards) == refused);
    guards.allow_empty = true;
    CHECK(objections(std::nullopt, {}, guards).empty());
    CHECK(objections(addresses({"192.0.2.0/24"}), {}, guards).empty());
    // One empty family is another matter.
    CHECK(objections(addresses({"192.0.2.0/24", "2001:db8::/64"}), addresses({"192.0.2.0/24"}), guards)
              .size() == 1);
}

TEST_CASE("a family may shrink to the share and not below it") {
    Guards guards;
    const auto old = addresses({"192.0.2.0/24"});
    CHECK(objections(old, addresses({"192.0.2.0/25"}), guards).empty());
    CHECK(objections(old,
                     addresses({"192.0.2.0/26", "192.0.2.64/27", "192.0.2.96/28", "192.0.2.112/29",
                                "192.0.2.120/30", "192.0.2.124/31", "192.0.2.126"}),
                     guards) ==
          Texts{"IPv4 would shrink by 50.4% (256 addresses to 127 addresses), more than 50% "
                "(--max-shrink)"});
    // The number counts: other addresses, as many of them, are no smaller a list.
    CHECK(objections(old, addresses({"198.51.100.0/24"}), guards).empty());
    guards.max_shrink = 1;
    CHECK(objections(old, addresses({"192.0.2.1"}), guards).empty());
    guards.max_shrink = 0;
    CHECK(objections(old, old, guards).empty());
    CHECK(objections(old, addresses({"192.0.2.0/25", "192.0.2.128/26"}), guards).size() == 1);
}

TEST_CASE("a share that binary fractions cannot say is still met exactly") {
    // 10 addresses to 7 with 0.3, which is a little less than 3/10.
    Guards guards;
    guards.max_shrink = 0.3;
    const auto old = addresses({"192.0.2.0/29", "192.0.2.8/31"});
    CHECK(objections(old, addresses({"192.0.2.0/30", "192.0.2.4/31", "192.0.2.6"}), guards).empty());
    CHECK(objections(old, addresses({"192.0.2.0/30", "192.0.2.4/31"}), guards).size() == 1);
}

TEST_CASE("shrinking is seen in IPv6 where sizes are rounded") {
    Guards guards;
    guards.max_shrink = 0;
    const auto old = addresses({"2001:db8::/32"});
    auto less = old;
    less.ipv6.erase(net::parse_prefix("2001:db8::1/128")->range());
    CHECK(objections(old, less, guards).size() == 1);
    guards.max_grow = 0;
    CHECK(objections(less, old, guards).size() == 1);
}

TEST_CASE("families are compared apart") {
    const Guards guards;
    const auto old = addresses({"192.0.2.0/24", "2001:db8::/32"});
    // The IPv6 addresses are countless times more, and do not make up for lost IPv4 ones.
    const auto found = objections(old, addresses({"192.0.2.0/26", "2001:db8::/31"}), guards);
    CHECK(found ==
          Texts{"IPv4 would shrink by 75.0% (256 addresses to 64 addresses), more than 50% (--max-shrink)"});
    const auto both = objections(old, addresses({"192.0.2.1", "2001:db8::/36"}), guards);
    REQUIRE(both.size() == 2);
    CHECK(both[0].starts_with("IPv4 would shrink by 99.6% (256 addresses to 1 address)"));
    CHECK(both[1].starts_with("IPv6 would shrink by 93.8%"));
    // A family that had nothing cannot shrink.
    CHECK(objections(addresses({"192.0.2.0/24"}), addresses({"192.0.2.0/24"}), guards).empty());
}

TEST_CASE("growth is free unless limited") {
    Guards guards;
    const auto old = addresses({"192.0.2.0/25"});
    const auto twice = addresses({"192.0.2.0/24"});
    const auto more = addresses({"192.0.2.0/24", "198.51.100.1"});
    CHECK(objections(old, addresses({"10.0.0.0/8"}), guards).empty());
    guards.max_grow = 1.0;
    CHECK(objections(old, twice, guards).empty());
    CHECK(objections(old, more, guards) ==
          Texts{"IPv4 would grow by 100.8% (128 addresses to 257 addresses), more than 100% (--max-grow)"});
    CHECK(objections(std::nullopt, more, guards).empty());
}

TEST_CASE("a family that appears counts as growth unless the whole list was empty") {
    Guards guards;
    const auto old = addresses({"192.0.2.0/24"});
    const auto both = addresses({"192.0.2.0/24", "2001:db8::/64"});
    CHECK(objections(old, both, guards).empty());
    guards.max_grow = 100.0;
    const auto found = objections(old, both, guards);
    REQUIRE(found.size() == 1);
    CHECK(found[0] == "IPv6 would appear (1.84467e+19 addresses), where there was none (--max-grow)");
    CHECK(objections(emit::Addresses{}, both, guards).empty());
}

TEST_CASE("wide prefixes are found in the aggregate, widest first") {
    const Guards guards;
    CHECK(policy::too_wide(addresses({"10.0.0.0/8", "2001::/19"}), guards).empty());
    const auto wide = addresses({"10.0.0.0/8", "11.0.0.0/8", "64.0.0.0/2", "2000::/3", "4000::/18"});
    CHECK(texts(policy::too_wide(wide, guards)) ==
          Texts{"64.0.0.0/2", "2000::/3", "10.0.0.0/7", "4000::/18"});

    // Everything but one address is as wide.
    auto nearly = addresses({"0.0.0.0/0"});
    nearly.ipv4.erase(net::parse_prefix("192.0.2.1")->range());
    CHECK(policy::too_wide(nearly, guards).size() == 7);

    Guards narrow;
    narrow.widest_ipv4 = 24;
    narrow.widest_ipv6 = 0;
    CHECK(texts(policy::too_wide(addresses({"192.0.2.0/24", "198.51.100.0/23", "::/0"}), narrow)) ==
          Texts{"198.51.100.0/23"});
}

TEST_CASE("a wide list is refused unless allowed, also the first one") {
    Guards guards;
    const auto all = addresses({"0.0.0.0/0", "::/0"});
    const Texts refused = {"too wide: 0.0.0.0/0, ::/0 (--widest4, --widest6, --allow-wide)"};
    CHECK(objections(std::nullopt, all, guards) == refused);
    CHECK(objections(all, all, guards) == refused);
    auto nearly = addresses({"0.0.0.0/0"});
    nearly.ipv4.erase(net::parse_prefix("255.255.255.255")->range());
    CHECK(
        objections(std::nullopt, nearly, guards) ==
        Texts{"too wide: 0.0.0.0/1, 128.0.0.0/2, 192.0.0.0/3, 224.0.0.0/4 and 3 more (--widest4, --widest6, "
              "--allow-wide)"});
    guards.allow_wide = true;
    CHECK(objections(std::nullopt, all, guards).empty());
}

TEST_CASE("shares are read") {
    CHECK(policy::parse_share("50%") == 0.5);
    CHECK(policy::parse_share("0.5") == 0.5);
    CHECK(policy::parse_share("0") == 0.0);
    CHECK(policy::parse_share("1") == 1.0);
    CHECK(policy::parse_share("1.0") == 1.0);
    CHECK(policy::parse_share("0%") == 0.0);
    CHECK(policy::parse_share("12.5%") == 0.125);
    CHECK(policy::parse_share("300%") == 3.0);
    for (const char* text :
         {"",    "%",   "50",  "1.01", "-1",  "-0",  "+1",  "-5%",  ".5",  "5.%",  "0.",
          " 5%", "5 %", "5%%", "1e2%", "inf", "nan", "0x1", "1,5%", "5%x", "half", "1.2.3%"}) {
        INFO(text);
        CHECK_FALSE(policy::parse_share(text).has_value());
    }
    CHECK_FALSE(policy::parse_share(std::string(400, '9') + "%").has_value());
}
