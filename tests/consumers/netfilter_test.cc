// nft(8) and ipset(8), with a kernel behind them: what they say is in the sets is what was to be there.
#include "consumers.h"
#include "network.h"

#include "support/catch.h"
#include "support/files.h"

#include <nlohmann/json.hpp>

#include <sstream>

using namespace spfwalk;
using namespace spfwalk::test;
using nlohmann::json;

namespace {

std::optional<net::Range> range_of(const json& element) {
    if (element.is_string()) {
        const auto prefix = net::parse_prefix(element.get<std::string>());
        return prefix ? std::optional(prefix->range()) : std::nullopt;
    }
    if (element.contains("prefix")) {
        const json& prefix = element["prefix"];
        return range_of(
            json(prefix["addr"].get<std::string>() + "/" + std::to_string(prefix["len"].get<int>())));
    }
    const auto first = range_of(element.at("range").at(0)), last = range_of(element.at("range").at(1));
    if (!first || !last) return std::nullopt;
    return net::Range{first->first, last->last};
}

/// What the kernel has in the two sets of a table.
emit::Addresses nft_sets(const std::string& nft, const std::string& table) {
    const Ended listed = run({nft, "-j", "list", "table", "inet", table});
    INFO(listed.error);
    REQUIRE(listed.status == 0);
    emit::Addresses addresses;
    std::size_t sets = 0;
    const json document = json::parse(listed.output);
    for (const json& object : document.at("nftables")) {
        if (!object.contains("set")) continue;
        const json& set = object["set"];
        ++sets;
        const bool ipv4 = set.at("name") == "ipv4";
        CHECK(set.at("type") == (ipv4 ? "ipv4_addr" : "ipv6_addr"));
        std::vector<net::Range> ranges;
        for (const json& element : set.value("elem", json::array())) {
            const auto range = range_of(element);
            REQUIRE(range);
            ranges.push_back(*range);
        }
        (ipv4 ? addresses.ipv4 : addresses.ipv6) = net::AddressSet::from_ranges(std::move(ranges));
    }
    CHECK(sets == 2);
    return addresses;
}

/// Whether nft may speak to the kernel; else says why not.
std::optional<std::string> usable_nft() {
    const auto nft = find_consumer("nftables", "nft");
    if (!nft) return nft;
    if (const auto& why = own_network_refused()) {
        skip("nft", "no network of its own: " + *why);
        return std::nullopt;
    }
    const Ended ended = run({*nft, "add", "table", "inet", "probe"});
    if (ended.status == 0) return nft;
    skip("nft", ended.error);
    return std::nullopt;
}

std::optional<std::string> usable_ipset() {
    const auto ipset = find_consumer("ipset", "ipset");
    if (!ipset) return ipset;
    if (const auto& why = own_network_refused()) {
        skip("ipset", "no network of its own: " + *why);
        return std::nullopt;
    }
    const Ended ended = run({*ipset, "create", "probe", "hash:net"});
    run({*ipset, "destroy", "probe"});
    if (ended.status == 0) return ipset;
    skip("ipset", ended.error);
    return std::nullopt;
}

struct Saved {
    emit::Addresses addresses; ///< of mailers-4 and mailers-6
    std::size_t sets = 0;
};

Saved ipset_sets(const std::string& ipset) {
    const Ended ended = run({ipset, "save"});
    REQUIRE(ended.status == 0);
    Saved saved;
    std::vector<net::Range> ranges[2];
    std::istringstream lines(ended.output);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string command, set, entry;
        words >> command >> set >> entry;
        if (command == "create") {
            ++saved.sets;
        } else {
            INFO(line);
            const auto prefix = net::parse_prefix(entry);
            REQUIRE(command == "add");
            REQUIRE(prefix);
            const bool ipv6 = prefix->family == net::Family::ipv6;
            REQUIRE(set == (ipv6 ? "spfwalk-6" : "spfwalk-4"));
            ranges[ipv6].push_back(prefix->range());
        }
    }
    saved.addresses.ipv4 = net::AddressSet::from_ranges(ranges[0]);
    saved.addresses.ipv6 = net::AddressSet::from_ranges(ranges[1]);
    return saved;
}

} // namespace

TEST_CASE("nft: every list, loaded twice and over the one before, is in the kernel as it went in", "[nft]") {
    const auto nft = usable_nft();
    if (!nft) return;
    const TemporaryDirectory directory;
    const std::string file = directory / "list.nft";
    for (const Sample& s : samples()) {
        INFO(s.name);
        write_text(file, printed("nft", s.addresses));
        const Ended checked = run({*nft, "-c", "-f", file});
        CHECK(checked.error == "");
        CHECK(silent(checked));
        for (int times = 0; times < 2; ++times) {
            const Ended loaded = run({*nft, "-f", file});
            CHECK(loaded.error == "");
            CHECK(silent(loaded));
            CHECK(nft_sets(*nft, "spfwalk") == s.addresses);
        }
    }
}

TEST_CASE("nft: what else is in the table stays, and the sets can be used by rules", "[nft]") {
    const auto nft = usable_nft();
    if (!nft) return;
    const TemporaryDirectory directory;
    const std::string file = directory / "list.nft";
    run({*nft, "delete", "table", "inet", "spfwalk"});
    CHECK(silent(
        run({*nft, "-f", "-"},
            "table inet spfwalk {\n"
            " set ipv4 { type ipv4_addr; flags interval; }\n"
            " set ipv6 { type ipv6_addr; flags interval; }\n"
            " set own { type ipv4_addr; elements = { 203.0.113.9 }; }\n"
            " chain in { type filter hook input priority 0; ip saddr @ipv4 drop; ip6 saddr @ipv6 drop; }\n"
            "}\n")));
    write_text(file, printed("nft", sample("both families")));
    const Ended loaded = run({*nft, "-f", file});
    CHECK(loaded.error == "");
    CHECK(silent(loaded));
    const Ended listed = run({*nft, "list", "table", "inet", "spfwalk"});
    for (const char* text : {"203.0.113.9", "ip saddr @ipv4 drop", "192.0.2.0/24", "2001:db8::/32"})
        CHECK(listed.output.find(text) != std::string::npos);
}

TEST_CASE("nft: a list that has lost its end is refused and changes nothing", "[nft]") {
    const auto nft = usable_nft();
    if (!nft) return;
    const TemporaryDirectory directory;
    const std::string file = directory / "list.nft";
    run({*nft, "delete", "table", "inet", "spfwalk"});
    write_text(file, printed("nft", sample("one IPv4 address")));
    REQUIRE(silent(run({*nft, "-f", file})));
    const std::string whole = printed("nft", sample("both families"));
    // From where the block begins. Cut in front of that, it is a script of its own that empties the sets.
    const std::size_t block = whole.find('{', whole.find("\ntable"));
    REQUIRE(block != whole.npos);
    for (std::size_t length = block + 1; length < whole.size() - 1; length += 7) {
        const std::string text = whole.substr(0, length);
        INFO(text);
        write_text(file, text);
        CHECK(run({*nft, "-f", file}).status != 0);
        CHECK(nft_sets(*nft, "spfwalk") == sample("one IPv4 address"));
    }
}

TEST_CASE("ipset: every list, restored twice and over the one before, is in the kernel as it went in",
          "[ipset]") {
    const auto ipset = usable_ipset();
    if (!ipset) return;
    for (const Sample& s : samples()) {
        INFO(s.name);
        for (int times = 0; times < 2; ++times) {
            const Ended restored = run({*ipset, "restore"}, printed("ipset", s.addresses));
            CHECK(restored.error == "");
            CHECK(silent(restored));
            const Saved saved = ipset_sets(*ipset);
            CHECK(saved.addresses == s.addresses);
            CHECK(saved.sets == 2); // the temporary ones are gone
        }
    }
}

TEST_CASE("ipset: a list that has lost its end leaves the old sets, and the next one loads", "[ipset]") {
    const auto ipset = usable_ipset();
    if (!ipset) return;
    const emit::Addresses& old = sample("one IPv4 address");
    REQUIRE(silent(run({*ipset, "restore"}, printed("ipset", old))));
    const std::string whole = printed("ipset", sample("both families"));
    const std::string half = whole.substr(0, whole.find("swap "));
    run({*ipset, "restore"}, half);
    // The temporary sets are still there, with something in them.
    const Ended kept = run({*ipset, "save", "spfwalk-4"});
    CHECK(kept.output.find("add spfwalk-4 192.0.2.1\n") != std::string::npos);
    CHECK(kept.output.find("198.51.100") == std::string::npos);
    const Ended restored = run({*ipset, "restore"}, whole);
    CHECK(restored.error == "");
    CHECK(silent(restored));
    CHECK(ipset_sets(*ipset).addresses == sample("both families"));
}
