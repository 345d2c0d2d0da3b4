#include "spfwalk/policy/state.h"

#include "support/catch.h"

#include <limits>
#include <random>

using namespace spfwalk;
using policy::LastGood;
using policy::State;

namespace {

emit::Addresses addresses(std::initializer_list<std::string_view> prefixes) {
    emit::Addresses result;
    for (const std::string_view text : prefixes) {
        const net::Prefix prefix = net::parse_prefix(text).value();
        (prefix.family == net::Family::ipv4 ? result.ipv4 : result.ipv6).insert(prefix.range());
    }
    return result;
}

State example() {
    State state;
    state.domains["example.com"] = {1700000000, addresses({"192.0.2.0/24", "198.51.100.1", "2001:db8::/32"}),
                                    "ipv4 ipv6"};
    state.domains["a.example"] = {0, {}, "say \"\\\xc3\xa9\n\""};
    return state;
}

std::string error_of(std::string_view text) {
    const auto state = policy::read_state(text);
    return state ? "no error" : state.error();
}

/// A state file around the members of one domain.
std::string with_domain(const std::string& members) {
    return R"({"format": "spfwalk-state", "version": 1, "domains": {"example.com": {)" + members + "}}}";
}

} // namespace

TEST_CASE("state: what is printed") {
    CHECK(policy::print_state({}) ==
          "{\n\"format\": \"spfwalk-state\",\n\"version\": 1,\n\"domains\": {\n}\n}\n");
    CHECK(policy::print_state(example()) ==
          "{\n\"format\": \"spfwalk-state\",\n\"version\": 1,\n\"domains\": {\n"
          "\"a.example\": {\"time\": 0, \"conditions\": \"say \\\"\\\\\\u00e9\\n\\\"\", \"ipv4\": [], "
          "\"ipv6\": []},\n"
          "\"example.com\": {\"time\": 1700000000, \"conditions\": \"ipv4 ipv6\", "
          "\"ipv4\": [\"192.0.2.0/24\", \"198.51.100.1/32\"], \"ipv6\": [\"2001:db8::/32\"]}\n}\n}\n");
}

TEST_CASE("state: print and read are inverse") {
    for (const State& state : {State{}, example()}) {
        const auto back = policy::read_state(policy::print_state(state));
        REQUIRE(back.has_value());
        CHECK(back->domains == state.domains);
    }
    constexpr unsigned seed = 7208;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    State state;
    for (int i = 0; i < 200; ++i) {
        LastGood& good = state.domains["d" + std::to_string(i) + ".example"];
        good.time = static_cast<std::int64_t>(random()) * 1000003;
        good.conditions = std::string(random() % 5, static_cast<char>('a' + random() % 26));
        for (auto n = random() % 6; n > 0; --n) {
            good.addresses.ipv4.insert(
                net::Prefix::containing(net::Family::ipv4, net::ipv4(static_cast<std::uint32_t>(random())),
                                        static_cast<int>(random() % 33))
                    .range());
            const net::Address ipv6{static_cast<std::uint64_t>(random()) << 32, random()};
            good.addresses.ipv6.insert(
                net::Prefix::containing(net::Family::ipv6, ipv6, static_cast<int>(random() % 129)).range());
        }
    }
    const auto back = policy::read_state(policy::print_state(state));
    REQUIRE(back.has_value());
    CHECK(back->domains == state.domains);
}

TEST_CASE("state: the order of members and white space do not matter") {
    const auto state = policy::read_state("\t{\"domains\":{\"x.example\":{\"ipv6\":[],\"ipv4\":[\"192.0.2.1/"
                                          "32\"],\"conditions\":\"c\",\"time\":5}},"
                                          "\r\n\"version\":1,\"format\":\"spfwalk-state\"} \n");
    REQUIRE(state.has_value());
    REQUIRE(state->domains.size() == 1);
    CHECK(state->domains.at("x.example") == LastGood{5, addresses({"192.0.2.1"}), "c"});
}

TEST_CASE("state: what is not one is told apart") {
    CHECK(error_of("") == "not JSON at octet 1");
    CHECK(error_of("example.com\n") == "not JSON at octet 1");
    CHECK(error_of("192.0.2.0/24\n") == "another format"); // it begins with a number
    CHECK(error_of("{}") == "another format");
    CHECK(error_of("[]") == "another format");
    CHECK(error_of("7") == "another format");
    CHECK(error_of("null") == "another format");
    CHECK(error_of("\"spfwalk-state\"") == "another format");
    CHECK(error_of(R"({"format": "spfwalk-stats", "version": 1})") == "another format");
    CHECK(error_of(R"({"name": "left-pad", "version": "1.3.0"})") == "another format");
    CHECK(error_of(R"({"format": 1})") == "another format");
    CHECK(error_of(R"({"format": "spfwalk-state", "version": 2, "domains": {}})") == "another version (2)");
    CHECK(error_of(R"({"format": "spfwalk-state", "version": 1.0, "domains": {}})") == "unexpected value");
    CHECK(error_of(R"({"format": "spfwalk-state", "version": 1})") == "a member is missing");
    CHECK(error_of(R"({"format": "spfwalk-state", "domains": {}})") == "a member is missing");
    CHECK(error_of(R"({"format": "spfwalk-state", "version": 1, "domains": {}, "x": 0})") ==
          "unexpected member");
    CHECK(error_of(R"({"format": "spfwalk-state", "version": 1, "domains": []})") == "unexpected value");
    CHECK(error_of(R"({"format": "spfwalk-state", "version": 1, "version": 1, "domains": {}})") ==
          "a member comes twice");
    CHECK(error_of(policy::print_state(example()) + "{}").starts_with("not JSON at octet "));
    CHECK(error_of(policy::print_state(example()) + '\0').starts_with("not JSON at octet "));
    CHECK(
        error_of(policy::print_state(example()) + std::string("\0{}", 3)).starts_with("not JSON at octet "));
}

TEST_CASE("state: what is wrong with a domain names it") {
    const std::string good = R"("time": 1, "conditions": "", "ipv4": [], "ipv6": [])";
    CHECK(error_of(with_domain(good)) == "no error");
    CHECK(error_of(with_domain(R"("time": 1, "conditions": "", "ipv4": [])")) ==
          "example.com: a member is missing");
    CHECK(error_of(with_domain(good + R"(, "time": 1)")) == "example.com: a member comes twice");
    CHECK(error_of(with_domain(good + R"(, "more": 1)")) == "example.com: unexpected member");
    for (const char* time : {"-1", "1.5", "1e3", "\"1\"", "null", "true", "[]", "{}", "9223372036854775808",
                             "99999999999999999999999999"}) {
        INFO(time);
        CHECK(error_of(with_domain(std::string(R"("time": )") + time)) == "example.com: unexpected value");
    }
    CHECK(error_of(with_domain(R"("time": 1e999)")).starts_with("not JSON at octet "));
    CHECK(error_of(with_domain(R"("time": 9223372036854775807, "conditions": "", "ipv4": [], "ipv6": [])")) ==
          "no error");
    CHECK(error_of(with_domain(R"("conditions": 1)")) == "example.com: unexpected value");
    CHECK(error_of(with_domain(R"("conditions": ")" + std::string(4096, 'x') + R"(")")) ==
          "example.com: a member is missing");
    CHECK(error_of(with_domain(R"("conditions": ")" + std::string(4097, 'x') + R"(")")) ==
          "example.com: conditions too long");
    CHECK(error_of(R"({"format": "spfwalk-state", "version": 1, "domains": {"a": {)" + good + R"(}, "a": {)" +
                   good + "}}}") == "a: comes twice");
}

TEST_CASE("state: prefixes are canonical, of their family, and nothing else") {
    for (const char* text : {"192.0.2.1", "192.0.2.1/24", "192.0.2.0/33", "192.0.02.0/24", "192.0.2.0/24 ",
                             "", "2001:db8::/32", "self", "0/0"}) {
        INFO(text);
        CHECK(error_of(with_domain(std::string(R"("ipv4": [")") + text + "\"]")) ==
              std::string("example.com: not a prefix: \"") + text + '"');
    }
    for (const char* text :
         {"192.0.2.0/24", "2001:DB8::/32", "2001:db8:0::/32", "2001:db8::1/32", "::ffff:1.2.3.4/128"}) {
        INFO(text);
        CHECK(error_of(with_domain(std::string(R"("ipv6": [")") + text + "\"]")) ==
              std::string("example.com: not a prefix: \"") + text + '"');
    }
    CHECK(error_of(with_domain(R"("ipv4": ["\u001b[31m"])")) == "example.com: not a prefix: \"\\x1b[31m\"");
    CHECK(error_of(with_domain(R"("ipv4": [")" + std::string(1000000, '1') + R"("])")).size() < 200);
    for (const char* value : {"1", "null", "[]", "{}", "true", "1.5"}) {
        INFO(value);
        CHECK(error_of(with_domain(std::string(R"("ipv4": [)") + value + "]")) ==
              "example.com: unexpected value");
    }
    CHECK(error_of(with_domain(R"("ipv4": "192.0.2.0/24")")) == "example.com: unexpected value");
}

TEST_CASE("state: names are ASCII in lower case (RFC 1035 §2.3.4: at most 253 octets)") {
    const auto with_name = [](const std::string& name) {
        return R"({"format": "spfwalk-state", "version": 1, "domains": {")" + name +
               R"(": {"time": 1, "conditions": "", "ipv4": [], "ipv6": []}}})";
    };
    CHECK(error_of(with_name("x.example")) == "no error");
    CHECK(error_of(with_name(std::string(253, 'x'))) == "no error");
    for (const std::string& name :
         {std::string(), std::string(254, 'x'), std::string("X.example"), std::string("x y"),
          std::string("\xc3\xa9.example"), std::string("x\\u0000")}) {
        INFO(name);
        CHECK(error_of(with_name(name)).starts_with("not a domain: \""));
    }
}

TEST_CASE("state: every truncation and many mutations give a value, never an exception") {
    const std::string text = policy::print_state(example());
    for (std::size_t size = 0; size + 1 < text.size(); ++size) {
        INFO(size);
        CHECK_FALSE(policy::read_state(text.substr(0, size)).has_value());
    }
    constexpr unsigned seed = 1;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    int accepted = 0;
    constexpr int rounds = 20000;
    for (int i = 0; i < rounds; ++i) {
        std::string mutated = text;
        for (auto n = 1 + random() % 3; n > 0; --n)
            mutated[random() % mutated.size()] = static_cast<char>(random() % 256);
        const auto state = policy::read_state(mutated);
        if (!state) {
            CHECK_FALSE(state.error().empty());
            continue;
        }
        ++accepted;
        // Whatever is accepted can be kept.
        const auto again = policy::read_state(policy::print_state(*state));
        REQUIRE(again.has_value());
        CHECK(again->domains == state->domains);
    }
    CHECK(accepted > 0);
    CHECK(accepted < rounds / 2);
}

TEST_CASE("state: depth and size are bounded") {
    CHECK(error_of(std::string(5000000, '[')) == "another format");
    std::string deep;
    for (int i = 0; i < 500000; ++i)
        deep += "{\"domains\":";
    CHECK(error_of(deep) == "another format");
    CHECK(error_of(with_domain(R"("ipv4": )" + std::string(1000000, '['))) ==
          "example.com: unexpected value");
}

TEST_CASE("state: conditions that are not UTF-8 do not match, and do not throw") {
    State state;
    state.domains["example.com"] = {5, {}, "\xff"};
    const auto back = policy::read_state(policy::print_state(state));
    REQUIRE(back.has_value());
    CHECK(back->usable("example.com", "\xff", 5, 10) == nullptr);
}

TEST_CASE("state: what is usable") {
    State state;
    state.domains["example.com"] = {1000000, addresses({"192.0.2.0/24"}), "ipv4"};
    const LastGood* good = &state.domains["example.com"];
    CHECK(state.usable("example.com", "ipv4", 1000000, 0) == good);
    CHECK(state.usable("example.com", "ipv4", 1000600, 600) == good);
    CHECK(state.usable("example.com", "ipv4", 1000601, 600) == nullptr);
    CHECK(state.usable("example.com", "ipv6", 1000000, 600) == nullptr);
    CHECK(state.usable("example.org", "ipv4", 1000000, 600) == nullptr);
    CHECK(state.usable("example.com", "ipv4", 1000000 - 86400, 0) == good);
    CHECK(state.usable("example.com", "ipv4", 1000000 - 86401, 600) == nullptr);
    CHECK(state.usable("example.com", "ipv4", 1000000, -1) == nullptr);
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    constexpr auto highest = std::numeric_limits<std::int64_t>::max();
    state.domains["old"] = {lowest, {}, ""};
    state.domains["new"] = {highest, {}, ""};
    CHECK(state.usable("old", "", highest, highest) == nullptr);
    CHECK(state.usable("new", "", lowest, highest) == nullptr);
    CHECK(state.usable("new", "", highest, 0) != nullptr);
    CHECK(state.usable("old", "", lowest, 0) != nullptr);
}
