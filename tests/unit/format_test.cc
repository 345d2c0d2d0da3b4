// Every format: the exact text, and that what is printed can be read back, and nothing else.
#include "spfwalk/emit/domain.h"
#include "spfwalk/emit/format.h"
#include "spfwalk/escape.h"
#include "spfwalk/spf/universe.h"

#include "support/addresses.h"
#include "support/catch.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>

using namespace spfwalk;
using namespace spfwalk::emit;

namespace {

using Prefixes = std::vector<std::string>;

net::Prefix prefix(const std::string& text) {
    return net::parse_prefix(text).value();
}

/// What a term of a domain brought.
struct Term {
    std::string path;
    Prefixes prefixes;
};
using Terms = std::vector<Term>;

void add(Addresses& addresses, const net::Prefix& p) {
    (p.family == net::Family::ipv4 ? addresses.ipv4 : addresses.ipv6).insert(p.range());
}

std::string object_text(const DomainResult& result, const Style& style = {}) {
    std::string text;
    append_domain_object(text, result, style);
    return text;
}

DomainResult result_of(const std::string& domain, const Terms& terms) {
    DomainResult result;
    result.domain = domain;
    result.status = "ok";
    for (const Term& term : terms) {
        for (const std::string& text : term.prefixes) {
            const net::Prefix p = prefix(text);
            add(result.addresses, p);
            if (result.paths.empty() || result.paths.back() != term.path) result.paths.push_back(term.path);
            result.pieces.push_back(
                {p.family, static_cast<std::uint32_t>(result.paths.size() - 1), p.range()});
        }
    }
    std::ranges::sort(result.pieces);
    return result;
}

/// The same as a list has it.
std::vector<Source> sources_of(const Terms& terms) {
    std::vector<Source> sources;
    for (const Term& term : terms) {
        for (const std::string& text : term.prefixes) {
            const net::Prefix p = prefix(text);
            if (sources.empty() || sources.back().path != term.path || sources.back().family != p.family)
                sources.push_back({0, term.path, p.family, {}});
            sources.back().pieces.emplace_back(p.range());
        }
    }
    return sources;
}

/// A list as ListBuilder makes it with Detail::full.
List list_of(const std::vector<std::pair<std::string, Terms>>& domains) {
    List list;
    for (const auto& [domain, terms] : domains) {
        const DomainResult result = result_of(domain, terms);
        list.addresses.ipv4 |= result.addresses.ipv4;
        list.addresses.ipv6 |= result.addresses.ipv6;
        for (Source& source : sources_of(terms)) {
            source.domain = list.domains.size();
            list.sources.push_back(std::move(source));
        }
        list.domains.push_back(domain);
        list.results.push_back(std::make_shared<const DomainResult>(result));
    }
    return list;
}

/// A list of one domain.
List list_of(const Prefixes& prefixes) {
    return list_of({{"example.com", {{"all", prefixes}}}});
}

const Format& format(std::string_view name) {
    const Format* found = find_format(name);
    REQUIRE(found != nullptr);
    return *found;
}

std::string print(std::string_view name, const List& list, const Style& style = {}) {
    return format(name).print(list, style);
}

/// Why a text is not of a format, or "" if it is.
std::string refusal(std::string_view name, std::string_view text) {
    const auto addresses = format(name).read(text);
    return addresses ? std::string() : addresses.error();
}

/// The fewest prefixes of what a format reads.
Prefixes read(std::string_view name, std::string_view text) {
    const auto addresses = format(name).read(text);
    INFO(name << ": " << (addresses ? std::string() : addresses.error()));
    REQUIRE(addresses);
    Prefixes prefixes;
    for (const net::Prefix& p : addresses->ipv4.prefixes(net::Family::ipv4))
        prefixes.push_back(to_text(p));
    for (const net::Prefix& p : addresses->ipv6.prefixes(net::Family::ipv6))
        prefixes.push_back(to_text(p));
    return prefixes;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size())
        text.replace(at, from.size(), to);
    return text;
}

const Style published{.aggregate = Aggregate::as_published};
const Style annotated{.annotate = Annotate::yes};
const Style only_ipv4{.families = {net::Family::ipv4}};
const Style only_ipv6{.families = {net::Family::ipv6}};

const Prefixes empty{};
const Prefixes one{"192.0.2.1"};
const Prefixes both{"192.0.2.0/24", "2001:db8::/32"};
const Prefixes whole{"0.0.0.0/0", "::/0"};

/// Two domains that overlap, with neighbours that could be one prefix.
List overlapping() {
    return list_of(
        {{"a.example", {{"ip4:192.0.2.0/25", {"192.0.2.0/25"}}, {"ip4:192.0.2.128/25", {"192.0.2.128/25"}}}},
         {"b.example", {{"include:c.example: ip4:192.0.2.0/26", {"192.0.2.0/26"}}}}});
}

constexpr const char* line_formats[] = {"plain", "pf", "postscreen", "opensmtpd", "nginx-geo", "nginx-allow"};

} // namespace

TEST_CASE("The table of formats") {
    REQUIRE(formats().front().name == "plain");
    CHECK(find_format("nosuch") == nullptr);
    Prefixes names;
    for (const Format& f : formats()) {
        INFO(f.name);
        CHECK(find_format(f.name) == &f);
        CHECK(f.summary.size() > 4);
        CHECK(f.summary.size() < 66);
        CHECK(f.annotates == (f.detail != Detail::full));
        names.emplace_back(f.name);
    }
    CHECK(names == Prefixes{"plain", "pf", "nft", "ipset", "postscreen", "opensmtpd", "nginx-geo",
                            "nginx-allow", "json", "ndjson"});
}

TEST_CASE("Formats with an entry a line") {
    const std::map<std::string, std::vector<std::pair<Prefixes, std::string>>> expected{
        {"plain",
         {{empty, ""},
          {one, "192.0.2.1/32\n"},
          {both, "192.0.2.0/24\n2001:db8::/32\n"},
          {whole, "0.0.0.0/0\n::/0\n"}}},
        {"pf",
         {{empty, "# no addresses\n"},
          {one, "192.0.2.1/32\n"},
          {both, "192.0.2.0/24\n2001:db8::/32\n"},
          {whole, "0.0.0.0/0\n::/0\n"}}},
        {"postscreen",
         {{empty, "# no addresses\n"},
          {one, "192.0.2.1/32 permit\n"},
          {both, "192.0.2.0/24 permit\n2001:db8::/32 permit\n"},
          {whole, "0.0.0.0/0 permit\n::/0 permit\n"}}},
        {"opensmtpd",
         {{empty, "# @list\n# no addresses\n"},
          {one, "# @list\n192.0.2.1/32\n"},
          {both, "# @list\n192.0.2.0/24\n2001:db8::/32\n"},
          {whole, "# @list\n0.0.0.0/0\n::/0\n"}}},
        {"nginx-geo",
         {{empty, "# no addresses\n"},
          {one, "192.0.2.1/32 1;\n"},
          {both, "192.0.2.0/24 1;\n2001:db8::/32 1;\n"},
          {whole, "0.0.0.0/1 1;\n128.0.0.0/1 1;\n::/1 1;\n8000::/1 1;\n"}}},
        {"nginx-allow",
         {{empty, "# no addresses\n"},
          {one, "allow 192.0.2.1/32;\n"},
          {both, "allow 192.0.2.0/24;\nallow 2001:db8::/32;\n"},
          {whole, "allow 0.0.0.0/0;\nallow ::/0;\n"}}},
    };
    CHECK(expected.size() == std::size(line_formats));
    for (const auto& [name, cases] : expected) {
        for (const auto& [prefixes, text] : cases) {
            INFO(name << ": " << text);
            CHECK(print(name, list_of(prefixes)) == text);
            CHECK(print(name, list_of(prefixes), published) == text);
        }
    }
}

TEST_CASE("Formats with an entry a line: as published, and annotated") {
    const auto list = overlapping();
    CHECK(print("plain", list) == "192.0.2.0/24\n");
    CHECK(print("plain", list, published) == "192.0.2.0/25\n192.0.2.0/26\n192.0.2.128/25\n");
    CHECK(print("plain", list, annotated) == "# a.example: ip4:192.0.2.0/25\n"
                                             "# a.example: ip4:192.0.2.128/25\n"
                                             "# b.example: include:c.example: ip4:192.0.2.0/26\n"
                                             "192.0.2.0/24\n");
    CHECK(print("opensmtpd", list, {Aggregate::as_published, Annotate::yes}) ==
          "# @list\n"
          "# a.example: ip4:192.0.2.0/25\n"
          "192.0.2.0/25\n"
          "# b.example: include:c.example: ip4:192.0.2.0/26\n"
          "192.0.2.0/26\n"
          "# a.example: ip4:192.0.2.128/25\n"
          "192.0.2.128/25\n");
    CHECK(print("postscreen", list_of(both), annotated) ==
          "# example.com: all\n192.0.2.0/24 permit\n# example.com: all\n2001:db8::/32 permit\n");
    CHECK(print("nginx-geo", list_of({"0.0.0.0/0"}), annotated) ==
          "# example.com: all\n0.0.0.0/1 1;\n128.0.0.0/1 1;\n");
}

TEST_CASE("nft: one transaction") {
    CHECK(print("nft", list_of(both)) == R"(add table inet spfwalk
add set inet spfwalk ipv4 { type ipv4_addr; flags interval; }
add set inet spfwalk ipv6 { type ipv6_addr; flags interval; }
flush set inet spfwalk ipv4
flush set inet spfwalk ipv6
table inet spfwalk {
    set ipv4 {
        type ipv4_addr
        flags interval
        elements = {
            192.0.2.0/24,
        }
    }
    set ipv6 {
        type ipv6_addr
        flags interval
        elements = {
            2001:db8::/32,
        }
    }
}
)");
    SECTION("an empty set has no list of elements") {
        CHECK(print("nft", list_of(empty), only_ipv4) == R"(add table inet spfwalk
add set inet spfwalk ipv4 { type ipv4_addr; flags interval; }
flush set inet spfwalk ipv4
table inet spfwalk {
    set ipv4 {
        type ipv4_addr
        flags interval
    }
}
)");
        CHECK(print("nft", list_of(one)).find("elements") == print("nft", list_of(one)).rfind("elements"));
    }
    SECTION("a name, one family, sources, overlaps") {
        const Style style{Aggregate::as_published, Annotate::yes, "mail-in", {net::Family::ipv6}};
        CHECK(print("nft", list_of({"2001:db8::/33", "2001:db8::/32", "192.0.2.1"}), style) ==
              R"(add table inet mail-in
add set inet mail-in ipv6 { type ipv6_addr; flags interval; }
flush set inet mail-in ipv6
table inet mail-in {
    set ipv6 {
        type ipv6_addr
        flags interval
        auto-merge
        elements = {
            # example.com: all
            2001:db8::/32,
            2001:db8::/33,
        }
    }
}
)");
    }
    SECTION("whole families") {
        CHECK(print("nft", list_of(whole)).find("            0.0.0.0/0,\n") != std::string::npos);
        CHECK(print("nft", list_of(whole)).find("            ::/0,\n") != std::string::npos);
    }
}

TEST_CASE("ipset: filled aside, then swapped") {
    CHECK(print("ipset", list_of(both)) ==
          "create spfwalk-4 hash:net family inet hashsize 1024 maxelem 4294967295 -exist\n"
          "create spfwalk-4.new hash:net family inet hashsize 1024 maxelem 4294967295 -exist\n"
          "create spfwalk-6 hash:net family inet6 hashsize 1024 maxelem 4294967295 -exist\n"
          "create spfwalk-6.new hash:net family inet6 hashsize 1024 maxelem 4294967295 -exist\n"
          "flush spfwalk-4.new\n"
          "add spfwalk-4.new 192.0.2.0/24\n"
          "flush spfwalk-6.new\n"
          "add spfwalk-6.new 2001:db8::/32\n"
          "swap spfwalk-4.new spfwalk-4\n"
          "swap spfwalk-6.new spfwalk-6\n"
          "destroy spfwalk-4.new\n"
          "destroy spfwalk-6.new\n");
    SECTION("empty") {
        CHECK(print("ipset", list_of(empty), only_ipv6) ==
              "create spfwalk-6 hash:net family inet6 hashsize 1024 maxelem 4294967295 -exist\n"
              "create spfwalk-6.new hash:net family inet6 hashsize 1024 maxelem 4294967295 -exist\n"
              "flush spfwalk-6.new\n"
              "swap spfwalk-6.new spfwalk-6\n"
              "destroy spfwalk-6.new\n");
    }
    SECTION("a name, one family, sources, and a /0 in halves, one of which is there already") {
        const Style style{Aggregate::as_published, Annotate::yes, "mx", {net::Family::ipv4}};
        CHECK(print("ipset", list_of({"0.0.0.0/0", "128.0.0.0/1", "::1"}), style) ==
              "create mx-4 hash:net family inet hashsize 1024 maxelem 4294967295 -exist\n"
              "create mx-4.new hash:net family inet hashsize 1024 maxelem 4294967295 -exist\n"
              "flush mx-4.new\n"
              "# example.com: all\n"
              "add mx-4.new 0.0.0.0/1 -exist\n"
              "add mx-4.new 128.0.0.0/1 -exist\n"
              "add mx-4.new 128.0.0.0/1 -exist\n"
              "swap mx-4.new mx-4\n"
              "destroy mx-4.new\n");
        CHECK(print("ipset", list_of({"::/0"}), only_ipv6).find("add spfwalk-6.new 8000::/1\nswap") !=
              std::string::npos);
    }
    SECTION("the hash grows with the list") {
        List list;
        for (std::uint32_t i = 0; i < 1025; ++i) {
            const net::Address address = net::ipv4(0x0a000000 + 2 * i);
            list.addresses.ipv4.insert({address, address});
        }
        const std::string text = print("ipset", list);
        CHECK(text.find("create spfwalk-4 hash:net family inet hashsize 2048 maxelem 4294967295") == 0);
        CHECK(text.find("create spfwalk-6 hash:net family inet6 hashsize 1024 ") != std::string::npos);
    }
}

TEST_CASE("Names of sets and tables") {
    for (const Format& f : formats())
        CHECK((f.check_name != nullptr) == (f.name == "nft" || f.name == "ipset"));
    for (const char* name : {"nft", "ipset"}) {
        INFO(name);
        const auto check = format(name).check_name;
        for (const char* good : {"spfwalk", "a", "Mail_2-b", "x------"})
            CHECK(check(good) == std::nullopt);
        for (const char* bad :
             {"", "-a", "4a", "_a", "a b", "a\n", "a;b", "a{", "a\"", "a.b", "\xc3\xa4", "a/b", "$a"})
            CHECK(check(bad) != std::nullopt);
        CHECK(check(std::string_view("a\0b", 3)) != std::nullopt);
    }
    CHECK(check_name_ipset(std::string(25, 'a')) == std::nullopt);
    CHECK(check_name_ipset(std::string(26, 'a')) == "a name has at most 25 characters here");
    CHECK(check_name_nft(std::string(255, 'a')) == std::nullopt);
    for (const char* word : {"accept", "eq", "limit", "mark", "policy", "xt"})
        CHECK(check_name_nft(word) == "nft takes this word for something else");
    CHECK(check_name_nft("Limit") == std::nullopt);
    CHECK(check_name_nft("limits") == std::nullopt);
    CHECK(check_name_nft(std::string(256, 'a')) == "a name has at most 255 characters here");
}

TEST_CASE("JSON: the document") {
    List list = list_of(both);
    DomainResult result = *list.results.front();
    result.exact = false;
    result.record = "v=spf1 \xff\"\\ +all";
    result.lookups = 3;
    result.voids = 1;
    result.ttl = 300;
    result.findings = {{"lookup-limit", "include:x: more than 10 lookups (RFC 7208 \u00a74.6.4)", {}},
                       {"dns-failure", "include:y: no \xff", net::Family::ipv6, std::uint16_t{2}}};
    result.time = 1700000000;
    list.results.front() = std::make_shared<const DomainResult>(result);
    Style style;
    style.resolvers = {"192.0.2.1:53", "[::1]:53"};
    style.version = "1.2.3";
    CHECK(print("json", list, style) == R"json({
  "format": "spfwalk",
  "version": 1,
  "prefixes": {
    "ipv4": [
      "192.0.2.0/24"
    ],
    "ipv6": [
      "2001:db8::/32"
    ]
  },
  "domains": [
    {
      "domain": "example.com",
      "status": "ok",
      "exact": false,
      "record": "v=spf1 \\xff\"\\\\ +all",
      "lookups": 3,
      "voids": 1,
      "ttl": 300,
      "stale": null,
      "prefixes": [
        {
          "prefix": "192.0.2.0/24",
          "from": [
            "all"
          ]
        },
        {
          "prefix": "2001:db8::/32",
          "from": [
            "all"
          ]
        }
      ],
      "findings": [
        {
          "code": "lookup-limit",
          "text": "include:x: more than 10 lookups (RFC 7208 §4.6.4)",
          "family": null,
          "rcode": null
        },
        {
          "code": "dns-failure",
          "text": "include:y: no �",
          "family": "ipv6",
          "rcode": 2
        }
      ],
      "time": 1700000000,
      "resolver": [
        "192.0.2.1:53",
        "[::1]:53"
      ],
      "version": "1.2.3"
    }
  ]
}
)json");
    CHECK(print("json", {}) == R"json({
  "format": "spfwalk",
  "version": 1,
  "prefixes": {
    "ipv4": [],
    "ipv6": []
  },
  "domains": []
}
)json");
}

TEST_CASE("JSON: a domain's object is a line of ndjson") {
    DomainResult result = result_of("a.example", {{"a", {"192.0.2.1"}}});
    result.stale = 86400;
    const std::string line =
        R"({"domain":"a.example","status":"ok","exact":true,"record":null,"lookups":0,"voids":0,"ttl":null,)"
        R"("stale":86400,"prefixes":[{"prefix":"192.0.2.1/32","from":["a"]}],"findings":[],)"
        R"("time":null,"resolver":[],"version":""})"
        "\n";
    CHECK(object_text(result) == line);
    List list;
    list.results = {std::make_shared<const DomainResult>(result),
                    std::make_shared<const DomainResult>(result)};
    CHECK(print("ndjson", list) == line + line);
    CHECK(print("ndjson", {}).empty());

    SECTION("its domain is read back") {
        CHECK(read_domain_of_object(line.substr(0, line.size() - 1)) == "a.example");
        CHECK(read_domain_of_object(R"({"status": "ok", "domain": "b.example"})") == "b.example");
        const std::string invalid = object_text(invalid_result("a\xff\\\"..b", "empty label"));
        CHECK(read_domain_of_object(invalid.substr(0, invalid.size() - 1)) == escape("a\xff\\\"..b"));
        CHECK(read_domain_of_object("{\"domain\":\"a.example\"").error() == "not JSON");
        const std::string cut = R"({"domain":"a.example","status":"o)" + line.substr(0, line.size() - 1);
        CHECK(read_domain_of_object(cut).error() == "two objects in one line");
        CHECK(read_domain_of_object("{}").error() == "not an object with \"domain\"");
        CHECK(read_domain_of_object("[]").error() == "not an object with \"domain\"");
        CHECK(read_domain_of_object("{\"domain\":1}").error() == "not an object with \"domain\"");
    }
    SECTION("fewest prefixes with all their sources, or those published") {
        const List two = overlapping();
        const std::string fewest = object_text(*two.results[0]);
        CHECK(
            fewest.find(
                R"("prefixes":[{"prefix":"192.0.2.0/24","from":["ip4:192.0.2.0/25","ip4:192.0.2.128/25"]}],)") !=
            std::string::npos);
        const std::string each = object_text(*two.results[0], published);
        CHECK(each.find(R"("prefixes":[{"prefix":"192.0.2.0/25","from":["ip4:192.0.2.0/25"]},)"
                        R"({"prefix":"192.0.2.128/25","from":["ip4:192.0.2.128/25"]}],)") !=
              std::string::npos);
    }
    SECTION("whole families") {
        const std::string text = object_text(result_of("a.example", {{"all", whole}}));
        CHECK(text.find(R"([{"prefix":"0.0.0.0/0","from":["all"]},{"prefix":"::/0","from":["all"]}])") !=
              std::string::npos);
    }
}

TEST_CASE("Comments are printable lines of bounded length, whatever a record says") {
    const std::string path = "exists:" + std::string(2000, 'x') + " add spfwalk-4 0.0.0.0/1";
    const List list = list_of({{"a\nb\x80.example", {{path, {"192.0.2.1"}}, {"a:\\\\", {"192.0.2.2"}}}}});
    for (const Format& f : formats()) {
        if (!f.annotates) continue;
        INFO(f.name);
        const std::string text = f.print(list, annotated);
        CHECK(text.find("# a?b?.example: exists:xxx") != std::string::npos);
        CHECK(text.find("xx...\n") != std::string::npos);
        CHECK(text.find("# a?b?.example: a:\\\\\n") != std::string::npos);
        std::size_t longest = 0;
        bool clean = true;
        for (std::size_t at = 0; at < text.size();) {
            const std::size_t end = text.find('\n', at);
            REQUIRE(end != text.npos);
            const std::string line = text.substr(at, end - at);
            longest = std::max(longest, line.size());
            clean = clean && !line.empty() && line.back() != ' ' &&
                    std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; });
            at = end + 1;
        }
        CHECK(clean);
        CHECK(longest <= 512);
        CHECK(f.read(text) == list.addresses);
    }
}

namespace {

/// A list of a few domains with random prefixes, some of them neighbours.
List random_list(std::mt19937_64& random) {
    std::vector<std::pair<std::string, Terms>> domains;
    for (std::uint64_t d = test::below_or_at(random, 3); d > 0; --d) {
        Terms terms;
        for (std::uint64_t t = test::below_or_at(random, 4); t > 0; --t) {
            Prefixes prefixes;
            for (std::uint64_t p = test::below_or_at(random, 8); p > 0; --p) {
                const auto family = static_cast<net::Family>(test::below_or_at(random, 1));
                const int length =
                    static_cast<int>(test::below_or_at(random, std::uint64_t(net::bits(family))));
                prefixes.push_back(
                    to_text(net::Prefix::containing(family, test::random_address(random, family), length)));
            }
            terms.push_back({"ip4:term-" + std::to_string(t), prefixes});
        }
        domains.emplace_back("d" + std::to_string(d) + ".example", terms);
    }
    List list = list_of(domains);
    list.addresses.ipv6 = spf::for_output(net::Family::ipv6, list.addresses.ipv6);
    for (Source& source : list.sources)
        for (net::AddressSet& piece : source.pieces)
            if (source.family == net::Family::ipv6) piece = spf::for_output(net::Family::ipv6, piece);
    return list;
}

} // namespace

TEST_CASE("What is printed is read back") {
    constexpr unsigned seed = 4632;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    int with_both = 0;
    for (int round = 0; round < 300; ++round) {
        const List list = random_list(random);
        with_both += !list.addresses.ipv4.empty() && !list.addresses.ipv6.empty();
        for (const Format& f : formats()) {
            if (f.name == "ndjson" && list.results.empty()) continue;
            for (const Aggregate aggregate : {Aggregate::fewest, Aggregate::as_published}) {
                for (const Annotate annotate : {Annotate::no, Annotate::yes}) {
                    const std::string text = f.print(list, {aggregate, annotate});
                    INFO("round " << round << ", " << f.name << ":\n" << text);
                    const bool json = f.detail == Detail::full;
                    const bool same = f.read(text) == list.addresses;
                    const bool same_with_crlf = f.read(replaced(text, "\n", "\r\n")) == list.addresses;
                    const bool same_with_blank_lines =
                        f.read(f.name == "opensmtpd" ? text + "\n \n" : "\n \t\n" + text + "\n") ==
                        list.addresses;
                    const bool same_indented = json || f.name == "opensmtpd" ||
                                               f.read(replaced(text, "\n", " \t\n\t ")) == list.addresses;
                    REQUIRE(same);
                    REQUIRE(same_with_crlf);
                    REQUIRE(same_with_blank_lines);
                    REQUIRE(same_indented);
                }
            }
        }
    }
    CHECK(with_both > 100);
}

TEST_CASE("A family that was not asked for is not lost when it is read") {
    const List list = list_of({"192.0.2.0/24"});
    for (const Format& f : formats())
        CHECK(read(f.name, f.print(list, only_ipv4)) == Prefixes{"192.0.2.0/24"});
    CHECK(read("nft", print("nft", list_of({"2001:db8::1"}), only_ipv6)) == Prefixes{"2001:db8::1/128"});
    CHECK(read("ipset", print("ipset", list_of({"2001:db8::1"}), only_ipv6)) == Prefixes{"2001:db8::1/128"});
}

TEST_CASE("A file that has lost its end is refused where the format can tell") {
    const List list = list_of({"192.0.2.0/24", "198.51.100.1", "2001:db8::/32"});
    for (const char* name : {"nft", "ipset", "json"}) {
        for (const List& printed : {list, list_of(empty)}) {
            const std::string text = print(name, printed, annotated);
            for (std::size_t size = 0; size + 1 < text.size(); ++size) {
                INFO(name << ": " << text.substr(0, size));
                const bool refused = !refusal(name, text.substr(0, size)).empty();
                REQUIRE(refused);
            }
            CHECK(format(name).read(text.substr(0, text.size() - 1)) == printed.addresses);
        }
    }
    for (const char* name : {"postscreen", "nginx-geo", "nginx-allow", "ndjson"}) {
        const std::string text = print(name, list_of(one));
        for (std::size_t size = 1; size + 1 < text.size(); ++size) {
            INFO(name << ": " << text.substr(0, size));
            const bool refused = !refusal(name, text.substr(0, size)).empty();
            REQUIRE(refused);
        }
    }
}

TEST_CASE("An empty file is a list only where an empty list may look so") {
    for (const Format& f : formats()) {
        const bool may_be = f.name == "plain" || f.name == "pf" || f.name == "postscreen" ||
                            f.name == "nginx-geo" || f.name == "nginx-allow";
        INFO(f.name);
        for (const char* text : {"", "\n", "# all gone\n", "#"})
            CHECK(refusal(f.name, text).empty() == may_be);
    }
}

TEST_CASE("The text of one format is not of another") {
    // These cannot tell: a list of OpenSMTPD is a pf table, and so on.
    const std::vector<std::pair<std::string, std::string>> alike{
        {"plain", "pf"}, {"pf", "plain"}, {"opensmtpd", "plain"}, {"opensmtpd", "pf"}};
    for (const Format& from : formats()) {
        const std::string text = from.print(list_of(both), {});
        for (const Format& to : formats()) {
            const bool may_read = from.name == to.name ||
                                  std::ranges::find(alike, std::pair(std::string(from.name),
                                                                     std::string(to.name))) != alike.end();
            INFO(from.name << " as " << to.name << ": " << refusal(to.name, text));
            CHECK(refusal(to.name, text).empty() == may_read);
        }
    }
    std::string octets;
    for (int i = 0; i < 256; ++i)
        octets += static_cast<char>(i);
    for (const Format& f : formats())
        for (const std::string& text :
             {std::string("<!DOCTYPE html>\n"), std::string("192.0.2.0/33\n"),
              std::string("mail.example.com\n"), octets, std::string("{"), std::string("}"),
              std::string("\0\0\0", 3), std::string("192.0.2.1/24x")}) {
            INFO(f.name << ": " << text);
            CHECK_FALSE(refusal(f.name, text).empty());
        }
}

TEST_CASE("Edits by hand: lines") {
    CHECK(read("plain", "192.0.2.1 # office\n#x\n2001:db8::1") ==
          Prefixes{"192.0.2.1/32", "2001:db8::1/128"});
    CHECK(refusal("plain", "192.0.2.1\n\n# a\nmail.example.com\n") == "line 4: not a prefix");
    CHECK(refusal("plain", "192.0.2.1 192.0.2.3\n") == "line 1: not a prefix");

    CHECK(read("pf", "192.0.2.1 192.0.2.3\t 192.0.2.5  # office\n") ==
          Prefixes{"192.0.2.1/32", "192.0.2.3/32", "192.0.2.5/32"});
    CHECK(refusal("pf", "192.0.2.1\n!192.0.2.1\n") == "line 2: not a prefix");
    CHECK(refusal("pf", "self\n") == "line 1: not a prefix");

    CHECK(read("postscreen", "192.0.2.1\t\tpermit\n") == Prefixes{"192.0.2.1/32"});
    CHECK(refusal("postscreen", "192.0.2.1 permit # office\n") == "line 1: not \"PREFIX permit\"");
    CHECK(refusal("postscreen", "192.0.2.1 permit\n192.0.2.0/24 reject\n") ==
          "line 2: not \"PREFIX permit\"");
    CHECK(refusal("postscreen", "192.0.2.0/24permit\n") == "line 1: not \"PREFIX permit\"");
    CHECK(refusal("postscreen", "!192.0.2.0/24 permit\n") == "line 1: not a prefix");
    CHECK(refusal("postscreen", "permit\n") == "line 1: not \"PREFIX permit\"");

    CHECK(read("opensmtpd", "# @list\n\n# a\n192.0.2.1\n") == Prefixes{"192.0.2.1/32"});
    CHECK(refusal("opensmtpd", "# @list\n192.0.2.1 # office\n") == "line 2: not a prefix");
    CHECK(refusal("opensmtpd", "192.0.2.1\n# @list\n") == "line 1: not \"# @list\"");
    CHECK(refusal("opensmtpd", "# @lists\n192.0.2.1\n") == "line 1: not \"# @list\"");

    CHECK(read("nginx-geo", "192.0.2.1  1 ; # office\n") == Prefixes{"192.0.2.1/32"});
    CHECK(refusal("nginx-geo", "192.0.2.1 0;\n") == "line 1: not \"PREFIX 1;\"");
    CHECK(refusal("nginx-geo", "192.0.2.0/241;\n") == "line 1: not \"PREFIX 1;\"");
    CHECK(refusal("nginx-geo", "default 1;\n") == "line 1: not a prefix");

    CHECK(read("nginx-allow", "allow\t192.0.2.1 ; # office\n") == Prefixes{"192.0.2.1/32"});
    CHECK(refusal("nginx-allow", "allow 192.0.2.1;\ndeny all;\n") == "line 2: not \"allow PREFIX;\"");
    CHECK(refusal("nginx-allow", "allow192.0.2.1;\n") == "line 1: not \"allow PREFIX;\"");
    CHECK(refusal("nginx-allow", "allow all;\n") == "line 1: not a prefix");
}

TEST_CASE("Edits by hand: nft") {
    const std::string good = print("nft", list_of(both));
    CHECK(read("nft", replaced(good, "192.0.2.0/24,\n", "192.0.2.0/24, # office\n198.51.100.1")) ==
          Prefixes{"192.0.2.0/24", "198.51.100.1/32", "2001:db8::/32"});
    CHECK(read("nft", replaced(good, "192.0.2.0/24,", "")) == Prefixes{"2001:db8::/32"});
    CHECK(read("nft", replaced(good, "inet spfwalk", "inet mine")) == both);
    CHECK(read("nft", replaced(good, "flags interval\n", "flags interval; auto-merge\n")) == both);

    CHECK(refusal("nft", replaced(good, "192.0.2.0/24,", "192.0.2.0/24 198.51.100.1,")) ==
          "line 11: \"198.51.100.1\" does not belong here");
    CHECK(refusal("nft", replaced(good, "192.0.2.0/24", "192.0.2.0-192.0.2.3")) ==
          "line 11: \"192.0.2.0-192.0.2.3\" does not belong here");
    CHECK(refusal("nft", replaced(good, "192.0.2.0/24", "2001:db8::1")) ==
          "line 11: \"2001:db8::1\" does not belong here");
    CHECK(refusal("nft", replaced(good, "192.0.2.0/24,", ",")) == "line 11: \",\" does not belong here");
    CHECK(refusal("nft", replaced(good, "add table inet", "add table ip")) ==
          "line 1: \"ip\" does not belong here");
    CHECK(refusal("nft", "flush " + good) == "line 1: \"add\" does not belong here");
    CHECK(refusal("nft", good + "flush ruleset\n") == "line 22: \"ruleset\" does not belong here");
    CHECK(refusal("nft", replaced(good, "set ipv4 {", "set other {")) ==
          "line 7: \"other\" does not belong here");
    CHECK(refusal("nft", replaced(good, "set ipv4 {", "chain c {")) ==
          "line 7: \"chain\" does not belong here");
    CHECK(refusal("nft", good + "}") == "line 22: \"}\" does not belong here");
    CHECK(refusal("nft", "add table inet spfwalk\n") == "line 2: the file ends too early");
    CHECK(refusal("nft", "table inet spfwalk {\n}\n") == "line 3: the file ends too early");
}

TEST_CASE("Edits by hand: ipset") {
    const std::string good = print("ipset", list_of(both));
    CHECK(read("ipset",
               replaced(
                   good, "add spfwalk-4.new 192.0.2.0/24\n",
                   "# office\n\nadd  spfwalk-4.new 192.0.2.0/24 -exist\nadd spfwalk-4.new 198.51.100.1\n")) ==
          Prefixes{"192.0.2.0/24", "198.51.100.1/32", "2001:db8::/32"});
    CHECK(read("ipset", replaced(good, "spfwalk", "mine")) == both);
    CHECK(read("ipset", replaced(good, "add spfwalk-4.new 192.0.2.0/24\n", "")) == Prefixes{"2001:db8::/32"});
    SECTION("only what is swapped in counts") {
        CHECK(read("ipset", replaced(good, "flush spfwalk-4.new\n",
                                     "add spfwalk-4 198.51.100.1\nflush spfwalk-4.new\n")) == both);
        CHECK(read("ipset", replaced(good, "swap spfwalk-4", "flush spfwalk-4.new\nswap spfwalk-4")) ==
              Prefixes{"2001:db8::/32"});
    }
    CHECK(refusal("ipset", replaced(good, "add spfwalk-6.new", "add spfwalk-4.new")) ==
          "line 8: not a prefix of the set's family");
    CHECK(refusal("ipset", replaced(good, "192.0.2.0/24", "192.0.2.0-192.0.2.3")) ==
          "line 6: not a prefix of the set's family");
    CHECK(refusal("ipset", replaced(good, "add spfwalk-6.new", "add other")) ==
          "line 8: not about a set created above");
    CHECK(refusal("ipset", replaced(good, "swap spfwalk-4.new", "rename spfwalk-4.new")) ==
          "line 9: not a command of such a file");
    CHECK(refusal("ipset", replaced(good, "swap spfwalk-4.new spfwalk-4\n", "")) ==
          "line 10: not a command of such a file");
    CHECK(refusal("ipset", replaced(good, "destroy spfwalk-6.new\n", "")) ==
          "line 11: the file ends before all sets are swapped");
}

TEST_CASE("Edits by hand: JSON") {
    const std::string good = print("json", list_of(both));
    CHECK(read("json", replaced(replaced(good, "\n", ""), "  ", " ")) == both);
    CHECK(read("json", replaced(good, "\"version\"", "\"more\": [1, {}],\n\"version\"")) == both);
    CHECK(refusal("json", replaced(good, "\"ipv4\"", "ipv4")) == "line 5: not JSON");
    CHECK(refusal("json", good + "x").starts_with("line "));
    CHECK(refusal("json", replaced(good, "\"version\": 1", "\"version\": 2")) ==
          "not version 1 of the format");
    CHECK(refusal("json", replaced(good, "\"version\": 1", "\"version\": \"1\"")) ==
          "not version 1 of the format");
    CHECK(refusal("json", replaced(good, "\"spfwalk\"", "\"spfwalk-state\"")) ==
          "no member \"format\": \"spfwalk\"");
    CHECK(refusal("json", replaced(good, "\"ipv6\"", "\"ipv5\"")) == "no array \"ipv6\" in \"prefixes\"");
    CHECK(refusal("json", replaced(good, "      \"192.0.2.0/24\"", "7")) ==
          "element 1 of \"ipv4\" is not a prefix of that family");
    CHECK(refusal("json", replaced(good, "\"2001:db8::/32\"", "\"x\"")) ==
          "element 1 of \"ipv6\" is not a prefix of that family");
    CHECK(refusal("json", replaced(good, "\"2001:db8::/32\"", "\"192.0.2.1\"")) ==
          "element 1 of \"ipv6\" is not a prefix of that family");
    CHECK(refusal("json", "[]") == "no member \"format\": \"spfwalk\"");
    CHECK(refusal("json", "1e999") == "a number in the JSON is too large");
    CHECK_FALSE(refusal("json", std::string(100000, '[')).empty());
    const std::string deep = std::string(100000, '[') + std::string(100000, ']');
    CHECK(refusal("json", replaced(good, "      \"192.0.2.0/24\"", deep)) ==
          "element 1 of \"ipv4\" is not a prefix of that family");

    const std::string lines = print("ndjson", overlapping());
    CHECK(read("ndjson", lines) == Prefixes{"192.0.2.0/24"});
    CHECK(refusal("ndjson", lines + "{\n") == "line 3: not JSON");
    CHECK(refusal("ndjson", lines + "{}\n") == "line 3: not an object with \"domain\" and \"prefixes\"");
    CHECK(refusal("ndjson", lines + "\n\n# x\n") == "line 5: not JSON");
    CHECK(refusal("ndjson", replaced(lines, "192.0.2.0/26\",", "192.0.2.0/36\",")) ==
          "line 2: not a prefix among \"prefixes\"");
    CHECK(refusal("ndjson", replaced(lines, "\"prefix\":", "\"suffix\":")) ==
          "line 1: not a prefix among \"prefixes\"");
}

TEST_CASE("plain: a list that comes in pieces is read as a whole, errors and their lines included") {
    const std::string good = "192.0.2.0/25 # ours\r\n\n# nothing\n  2001:db8::/48\n198.51.100.1";
    const std::string bad = "192.0.2.0/25\n\n2001:db8::/48 \n198.51.100.256\n10.0.0.0/8\n";
    for (const std::string& text : {std::string(), good, good + '\n', bad}) {
        const auto at_once = read_plain(text);
        for (std::size_t size = 1; size <= text.size() + 1; ++size) {
            std::size_t at = 0;
            const auto read = read_plain([&]() -> std::string_view {
                const std::size_t from = std::exchange(at, std::min(at + size, text.size()));
                return std::string_view(text).substr(from, at - from);
            });
            INFO(size << " octets at a time of " << text);
            REQUIRE(read.has_value() == at_once.has_value());
            if (read)
                CHECK(*read == *at_once);
            else
                CHECK(read.error() == at_once.error());
        }
    }
    CHECK(read_plain(good).value().ipv4.ranges().size() == 2);
    CHECK(read_plain(bad).error() == "line 4: not a prefix");
}

TEST_CASE("plain: written in pieces, it is the same text") {
    net::RangeList ranges;
    for (std::uint32_t i = 0; i < 20'000; ++i)
        ranges.push_back({net::ipv4(i << 8), net::ipv4(i << 8 | 5)});
    List list;
    list.addresses.ipv4 = net::AddressSet::from_ranges(ranges);
    list.addresses.ipv6 = net::AddressSet({{1, 0}, {1, 7}});
    std::string text;
    int pieces = 0;
    write_plain(list, {}, [&](std::string_view piece) {
        text += piece;
        ++pieces;
    });
    CHECK(pieces > 5);
    CHECK(std::ranges::count(text, '\n') == 40'001);
    CHECK(text == print_plain(list, {}));
    CHECK(read_plain(text).value() == list.addresses);
}

TEST_CASE("A long list is printed and read in no time") {
    List list;
    std::vector<net::Range> ranges;
    for (std::uint32_t i = 0; i < 200000; ++i)
        ranges.push_back({net::ipv4(i << 8), net::ipv4(i << 8)});
    list.addresses.ipv4 = net::AddressSet::from_ranges(std::move(ranges));
    DomainResult result;
    result.addresses = list.addresses;
    list.results.push_back(std::make_shared<const DomainResult>(std::move(result)));
    for (const Format& f : formats()) {
        const auto before = std::chrono::steady_clock::now();
        const std::string text = f.print(list, {});
        const auto printed = std::chrono::steady_clock::now();
        const bool same = f.read(text) == list.addresses;
        const auto read = std::chrono::steady_clock::now();
        const auto ms = [](auto from, auto to) {
            return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
        };
        INFO(f.name << ": " << ms(before, printed) << " ms to print, " << ms(printed, read) << " ms to read");
        CHECK(same);
        // Far more than it takes: it is the quadratic that would be found.
        CHECK(ms(before, read) < 20000);
    }
}

TEST_CASE("nginx: the limited broadcast address, which it cannot read, is a comment") {
    for (const char* name : {"nginx-geo", "nginx-allow"}) {
        INFO(name);
        const std::string text = print(name, list_of({"255.255.255.254/31"}));
        CHECK(text.find("255.255.255.254/31") != std::string::npos);
        const std::string alone = print(name, list_of({"255.255.255.255/32"}));
        CHECK(alone == "# left out, no client has it: 255.255.255.255/32\n");
        CHECK(read(name, alone) == Prefixes{});
    }
}

TEST_CASE("Mapped addresses of a prefix list or a state, which belong to no client, are in no list") {
    Addresses given;
    add(given, prefix("::ffff:10.0.0.0/104"));
    Style style;
    style.annotate = Annotate::yes;
    for (const bool is_alone : {true, false}) {
        if (!is_alone) add(given, prefix("192.0.2.0/24"));
        List also;
        extend(also, "--also", given);
        spf::Report report;
        report.domain = "example.com";
        ListBuilder builder(Certainty::sure, Detail::full);
        builder.add_stale(report, given, 60);
        for (const List& list : {also, builder.finish()}) {
            for (const Aggregate aggregate : {Aggregate::fewest, Aggregate::as_published}) {
                style.aggregate = aggregate;
                const std::string text = print_plain(list, style);
                CHECK(read_plain(text).value() == list.addresses);
                CHECK(text.find("::") == text.npos);
                CHECK(text.empty() == is_alone);
            }
        }
    }
    // With all of IPv6 they are filled in, there too.
    add(given, prefix("::/0"));
    List all;
    extend(all, "--also", given);
    CHECK(print_plain(all, style).find("\n::/0\n") != std::string::npos);
}
