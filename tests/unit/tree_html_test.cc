// The page of a tree: the picture of IPv4, what it is divided into, and what strangers can do to it.
#include "emit/ipv4_map.h"
#include "emit/tree_sources.h"
#include "spfwalk/emit/tree.h"

#include "support/catch.h"
#include "support/zone_evidence.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

net::Prefix prefix(std::uint32_t network, int length) {
    return {net::Family::ipv4, net::ipv4(network), static_cast<std::uint8_t>(length)};
}

std::uint32_t right(const emit::MapBox& box) {
    return box.x + box.width;
}
std::uint32_t below(const emit::MapBox& box) {
    return box.y + box.height;
}

bool holds(const emit::MapBox& outer, const emit::MapBox& inner) {
    return outer.x <= inner.x && right(inner) <= right(outer) && outer.y <= inner.y &&
           below(inner) <= below(outer);
}

bool overlap(const emit::MapBox& a, const emit::MapBox& b) {
    return a.x < right(b) && b.x < right(a) && a.y < below(b) && b.y < below(a);
}

spf::Tree tree_of(const std::string& zone, const std::string& domain) {
    const ZoneEvidence evidence = evidence_from(zone);
    spf::Report report;
    report.domain = domain;
    for (const net::Family family : net::both_families) {
        spf::Inquiry inquiry;
        inquiry.domain = domain;
        inquiry.family = family;
        inquiry.audit = true;
        report.verdicts.push_back(evaluate(evidence, inquiry, {}).verdict);
    }
    return spf::make_tree(report);
}

std::string page_of(const spf::Tree& tree) {
    return emit::print_trees_html(std::span(&tree, 1), {});
}

/// Whether what stands behind a tag's name is attributes that load and do nothing, as this program writes
/// them.
bool only_harmless_attributes(std::string_view text) {
    static const std::set<std::string_view> harmless{"class",      "id", "lang", "viewBox", "role",
                                                     "aria-label", "d",  "x",    "y",       "href"};
    while (!text.empty()) {
        const std::size_t equals = text.find("=\"");
        if (text.front() != ' ' || equals == text.npos) return false;
        const std::string_view name = text.substr(1, equals - 1);
        const std::size_t end = text.find('"', equals + 2);
        if (end == text.npos || !harmless.contains(name)) return false;
        // A link leads to a part of the page.
        if (name == "href" && !text.substr(equals + 2).starts_with("#d")) return false;
        text.remove_prefix(end + 1);
    }
    return true;
}

/// What a page is made of: that its elements are those of this program, each closed, each attribute one that
/// loads and does nothing, and all of it printable.
void check_harmless(const std::string& page) {
    CHECK(std::ranges::all_of(
        page, [](char c) { return c == '\n' || (c >= ' ' && c <= '~') || c == '\xc2' || c == '\xa7'; }));
    const std::set<std::string_view> elements{
        "html", "head", "title", "style", "body", "nav",     "section", "h1",  "h2", "p",    "ul",   "li",
        "div",  "span", "code",  "i",     "em",   "details", "summary", "svg", "g",  "path", "text", "a"};
    std::vector<std::string_view> open;
    const std::string_view text = page;
    for (std::size_t at = text.find('<'); at != text.npos; at = text.find('<', at + 1)) {
        const std::size_t end = text.find('>', at);
        REQUIRE(end != text.npos);
        std::string_view tag = text.substr(at + 1, end - at - 1);
        INFO(tag);
        CHECK(tag.find('<') == tag.npos);
        if (tag == "!DOCTYPE html" || tag.starts_with("meta ")) continue;
        const bool closes = tag.starts_with('/');
        if (closes) tag.remove_prefix(1);
        const bool empty = tag.ends_with('/');
        if (empty) tag.remove_suffix(1);
        const std::string_view name = tag.substr(0, tag.find(' '));
        CHECK(elements.contains(name));
        CHECK(only_harmless_attributes(tag.substr(name.size())));
        if (closes) {
            REQUIRE_FALSE(open.empty());
            CHECK(open.back() == name);
            open.pop_back();
        } else if (!empty) {
            open.push_back(name);
        }
    }
    CHECK(open.empty());
}

} // namespace

TEST_CASE("On the map a prefix is the square, or the two, of its addresses") {
    std::size_t compared = 0;
    for (int length = 0; length < 13; ++length) {
        for (std::uint64_t network = 0; network < std::uint64_t{1} << 32;
             network += std::uint64_t{1} << (32 - length)) {
            const auto first = static_cast<std::uint32_t>(network);
            const emit::MapBox whole = emit::map_box(prefix(first, length));
            const emit::MapBox a = emit::map_box(prefix(first, length + 1));
            const emit::MapBox b =
                emit::map_box(prefix(first + (std::uint32_t{1} << (31 - length)), length + 1));
            // Halves fill the whole and share nothing; so do all prefixes below.
            const bool right_place = holds(whole, a) && holds(whole, b) && !overlap(a, b) &&
                                     a.width * a.height == b.width * b.height &&
                                     2 * a.width * a.height == whole.width * whole.height &&
                                     whole.width <= 2 * whole.height && whole.height <= 2 * whole.width;
            if (!right_place) FAIL(net::to_text(prefix(first, length)));
            ++compared;
        }
    }
    CHECK(compared == (1 << 13) - 1);
    const emit::MapBox all = emit::map_box(prefix(0, 0));
    CHECK(all.width * all.height == emit::map_side * emit::map_side);
    CHECK(emit::map_side * emit::map_side == 1U << emit::map_length);
    // The smallest parts, one after the other, lie side by side.
    emit::MapBox before = emit::map_box(prefix(0, emit::map_length));
    CHECK((before.x == 0 && before.y == 0));
    for (std::uint32_t i = 1; i < 1U << emit::map_length; ++i) {
        const emit::MapBox box = emit::map_box(prefix(i << (32 - emit::map_length), emit::map_length));
        const int distance = std::abs(int(box.x) - int(before.x)) + std::abs(int(box.y) - int(before.y));
        if (distance != 1 || box.width != 1 || box.height != 1) FAIL(i);
        before = box;
    }
    CHECK((before.x == emit::map_side - 1 && before.y == 0));
}

TEST_CASE("The map shows each layer in its color, and the smallest prefix so that it can be seen") {
    std::vector<emit::MapLayer> layers(2);
    layers[0] = {"large", 3, net::AddressSet(prefix(0, 8).range())};
    layers[1] = {"small", 5, net::AddressSet(prefix(0xffffffff, 32).range())};
    const emit::Ipv4Map map = emit::draw_ipv4_map(layers);
    CHECK(map.length == emit::map_length);
    CHECK(map.svg.find("<path class=\"c3\" d=\"M0 0h64v64h-64z\"><title>large</title></path>") !=
          std::string::npos);
    CHECK(map.svg.find("<path class=\"c5\" d=\"M1018 0h6v6h-6z\"><title>small</title></path>") !=
          std::string::npos);
}

TEST_CASE("A map of very many prefixes is drawn in larger steps, and stays small") {
    std::vector<net::Range> every_other;
    for (std::uint32_t i = 0; i < 1U << 20; i += 2)
        every_other.push_back({net::ipv4(i << 12), net::ipv4(i << 12)});
    const std::vector<emit::MapLayer> layers{
        {"all", 0, net::AddressSet::from_ranges(std::move(every_other))}};
    const emit::Ipv4Map map = emit::draw_ipv4_map(layers);
    CHECK(map.length < emit::map_length);
    CHECK(map.svg.size() < 300'000);
    // At that step everything is covered.
    CHECK(map.svg.find("M0 0h1024v1024h-1024z") != std::string::npos);
}

TEST_CASE("The largest includes have a color each; the others share one and are counted") {
    std::string record = "\"v=spf1 ip4:10.0.0.1 ip6:2001:db8::1\"";
    std::string zone;
    for (int i = 1; i <= 14; ++i) {
        const std::string name = "i" + std::to_string(i) + ".example";
        record += " \" include:" + name + '"';
        zone += name + ". TXT \"v=spf1 ip4:" + std::to_string(20 + i) + ".0.0.0/" + std::to_string(10 + i) +
                "\"\n";
    }
    zone += "d.example. TXT " + record + "\n";
    const ZoneEvidence evidence = evidence_from(zone);
    spf::Report report;
    report.domain = "d.example";
    spf::Inquiry inquiry;
    inquiry.domain = report.domain;
    inquiry.audit = true;
    spf::Rules rules;
    rules.lookup_limit = 20;
    report.verdicts.push_back(evaluate(evidence, inquiry, rules).verdict);
    const auto sources = emit::sources_of(spf::make_tree(report));
    REQUIRE(sources.size() == emit::source_colors);
    std::set<std::size_t> colors;
    for (const emit::TreeSource& source : sources)
        colors.insert(source.color);
    CHECK(colors.size() == emit::source_colors);
    CHECK(*colors.rbegin() == emit::source_colors - 1);
    CHECK(sources[0].name == "include:i1.example");
    CHECK(sources[9].name == "include:i10.example");
    CHECK(sources[10].name == "terms of d.example itself");
    CHECK(sources[11].name == "4 other includes");
    CHECK(sources[11].nodes.size() == 4);
}

TEST_CASE("A record that is only a redirect is divided as the one behind it") {
    const auto sources = emit::sources_of(tree_of("d.example. TXT \"v=spf1 redirect=s.example\"\n"
                                                  "s.example. TXT \"v=spf1 include:t.example ip4:9.9.9.9\"\n"
                                                  "t.example. TXT \"v=spf1 ip4:8.8.8.8\"\n",
                                                  "d.example"));
    REQUIRE(sources.size() == 2);
    CHECK(sources[0].name == "include:t.example");
    CHECK(sources[1].name == "terms of s.example itself");
}

TEST_CASE("Octets from DNS stay text on the page") {
    const std::string attack = R"(<script>alert(1)</script>)";
    const std::string zones[] = {
        // As terms, names, and details of findings.
        "d.example. TXT \"v=spf1 ip4:192.0.2.1 include:<script>alert(1)</script>.example "
        "a:'onload=x'.\\\"><img/src=//x.example>.example include:&lt;b&gt;.example -all\"\n"
        "<script>alert\\(1\\)</script>.example. TXT \"v=spf1 ip4:192.0.2.2 a:</code></style>.t.example\"\n",
        "d.example. TXT \"v=spf1 <script>alert(1)</script> \\\"onload=x\\\" '-->' "
        "\\000\\027[31m\\200\\255\\195( -all\"\n",
        "d.example. TXT \"v=spf1 exists:%{i}.</title><script>.example mx:]]>.%{d} -all\"\n",
        "d.example. TXT \"v=spf1 redirect=\\\"></svg><script>.example\"\n"
        "\\\"></svg><script>.example. TXT \"v=spf1 ip4:192.0.2.9 include:a..<b>.example\"\n",
    };
    for (const std::string& zone : zones) {
        INFO(zone);
        const std::string page = page_of(tree_of(zone, "d.example"));
        check_harmless(page);
        CHECK(page.find("<script") == std::string::npos);
        CHECK(page.find("<img") == std::string::npos);
        CHECK((page.find("&lt;script&gt;") != std::string::npos));
    }
    check_harmless(page_of(tree_of("", "<b>\"x\"&.example")));
    const std::vector<spf::Tree> several{tree_of(zones[0], "d.example"), tree_of(zones[1], "d.example")};
    check_harmless(emit::print_trees_html(several, {}));
}

TEST_CASE("The page of a record made to be large is bounded, and says what it leaves out") {
    std::string record = "v=spf1";
    for (int i = 0; record.size() < 50'000; ++i)
        record += " ip4:1" + std::to_string(i % 10) + '.' + std::to_string(i / 250) + '.' +
                  std::to_string(i % 250) + ".0/29";
    for (int i = 0; i < 9; ++i)
        record += " a:" + std::string(1000, '"') + ".example";
    std::string zone = "d.example. TXT \"v=spf1";
    for (int i = 0; i < 10; ++i)
        zone += " include:i" + std::to_string(i) + ".example";
    zone += "\"\n";
    for (int i = 0; i < 10; ++i) {
        zone += "i" + std::to_string(i) + ".example. TXT";
        for (std::size_t at = 0; at < record.size(); at += 200) {
            zone += " \"";
            for (const char c : record.substr(at, 200))
                zone += c == '"' ? std::string("\\\"") : std::string(1, c);
            zone += '"';
        }
        zone += '\n';
    }
    const spf::Tree tree = tree_of(zone, "d.example");
    CHECK(tree.root.children.size() == 10);
    CHECK(tree.root.children[0].children.size() > 2500);
    const std::string page = page_of(tree);
    check_harmless(page);
    CHECK(page.size() < 800'000);
    CHECK(page.find(" more terms not shown, but counted") != std::string::npos);
    CHECK(page.find(" more prefixes not listed") != std::string::npos);
    // All includes are there, because they are nearer to the root than the many terms of the first.
    for (int i = 0; i < 10; ++i)
        CHECK(page.find("<code>include:i" + std::to_string(i) + ".example</code>") != std::string::npos);
}
