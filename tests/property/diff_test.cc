// Differences of random lists, read back from every format.
#include "support/catch.h"
#include "support/random_zone.h"
#include "support/walks.h"

#include "spfwalk/emit/diff.h"
#include "spfwalk/emit/publish_format.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <set>

using namespace spfwalk;

namespace {

std::vector<spf::Report> reports_of(std::uint64_t seed) {
    const naive::Sample sample = naive::random_sample(seed, naive::Flavour::decidable);
    return test::walk(naive::to_master_file(sample.zone, seed), {sample.domain, "b.test", "c.test"},
                      test::FakeResolver::all)
        .reports;
}

emit::List list_of(const std::vector<spf::Report>& reports) {
    emit::ListBuilder builder(emit::Certainty::sure, emit::Detail::full);
    for (const spf::Report& report : reports)
        builder.add(report);
    return builder.finish();
}

emit::Addresses minus(emit::Addresses a, const emit::Addresses& b) {
    a.ipv4 -= b.ipv4;
    a.ipv6 -= b.ipv6;
    return a;
}

/// The addresses of the differences of one kind; they must not overlap if they are the fewest.
emit::Addresses addresses_of(const std::vector<emit::Difference>& differences, bool added, bool apart) {
    emit::Addresses result;
    for (const emit::Difference& difference : differences) {
        if (difference.added != added) continue;
        const bool ipv4 = difference.prefix.family == net::Family::ipv4;
        net::AddressSet& set = ipv4 ? result.ipv4 : result.ipv6;
        if (apart) CHECK_FALSE(set.intersects(difference.prefix.range()));
        set.insert(difference.prefix.range());
    }
    return result;
}

/// Which sources of the list have an address of the prefix, as "DOMAIN: PATH".
std::set<std::string> sources_of(const emit::List& list, const net::Prefix& prefix) {
    std::set<std::string> result;
    for (const emit::Source& source : list.sources)
        for (const net::AddressSet& piece : source.pieces)
            if (source.family == prefix.family && piece.intersects(prefix.range()))
                result.insert(list.domains[source.domain] + ": " + source.path);
    return result;
}

std::set<std::string> origins_of(const emit::Difference& difference) {
    std::set<std::string> result;
    for (const emit::Origin& origin : difference.from)
        result.insert(origin.domain + ": " + origin.path);
    CHECK(result.size() == difference.from.size());
    return result;
}

} // namespace

TEST_CASE("Differences are what only one of two lists has, from the sources that brought it") {
    std::size_t added = 0;
    std::size_t removed = 0;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        const emit::List old = list_of(reports_of(seed));
        const emit::List list = list_of(reports_of(seed + 1000));
        INFO("seed " << seed);
        for (const emit::Format& format : emit::formats()) {
            INFO(format.name);
            emit::Addresses before = *format.read(format.print(old, {})); // nginx has no 255.255.255.255
            const auto earlier = emit::read_any(format.print(old, {}));
            REQUIRE(earlier);
            CHECK((earlier->addresses == before));
            const bool has_sources = format.name == "json" || format.name == "ndjson";
            for (const emit::Aggregate aggregate : {emit::Aggregate::fewest, emit::Aggregate::as_published}) {
                const bool fewest = aggregate == emit::Aggregate::fewest;
                const auto found = emit::differences(*earlier, list, aggregate);
                const auto same = [&](emit::Addresses a, emit::Addresses b) {
                    if (!fewest) { // see emit::as_published()
                        a.ipv6.erase(spf::mapped_range);
                        b.ipv6.erase(spf::mapped_range);
                    }
                    return a == b;
                };
                CHECK(same(addresses_of(found, true, fewest), minus(list.addresses, before)));
                CHECK(same(addresses_of(found, false, fewest), minus(before, list.addresses)));
                CHECK(std::ranges::is_sorted(found, {}, &emit::Difference::prefix));
                emit::List fresh = list;
                remove(fresh, before);
                for (const emit::Difference& difference : found) {
                    added += difference.added;
                    removed += !difference.added;
                    const auto origins = origins_of(difference);
                    const auto sources = sources_of(fresh, difference.prefix);
                    if (difference.added && fewest)
                        CHECK(origins == sources);
                    else if (difference.added) // the prefixes of other sources may overlap
                        CHECK((!origins.empty() && std::ranges::includes(sources, origins)));
                    else if (has_sources)
                        CHECK_FALSE(difference.from.empty());
                    else
                        CHECK(difference.from.empty());
                }
            }
        }
    }
    CHECK(added > 1000);
    CHECK(removed > 1000);
}

TEST_CASE("An earlier list may be records to publish, and never what is not a list") {
    const auto records = emit::read_any("example.com v=spf1 ip4:192.0.2.0/24 -all\n");
    REQUIRE(records);
    CHECK(records->addresses.ipv4.prefixes(net::Family::ipv4) ==
          std::vector{*net::parse_prefix("192.0.2.0/24")});
    for (const char* text : {"{", "hello\n", "192.0.2.0/33\n", "example.com v=spf1 include:gone.example\n",
                             "{\"format\": \"spfwalk\"}\n", "add set inet t ipv4\n"}) {
        INFO(text);
        const auto list = emit::read_any(text);
        REQUIRE_FALSE(list);
        const bool is_json = std::string_view(text).starts_with('{');
        CHECK(list.error().starts_with(is_json ? "not a list in any format (as json: "
                                               : "not a list in any format (as plain: line 1: "));
        CHECK((list.error().find("; as ndjson: ") != std::string::npos) == is_json);
    }
}

TEST_CASE("What a file says of sources is shown without harm, and only where it has addresses") {
    const auto list = emit::read_any(
        R"({"format": "spfwalk", "version": 1, "prefixes": {"ipv4": ["192.0.2.0/25"], "ipv6": []}, "domains": [
            {"domain": "a.test", "prefixes": [{"prefix": "192.0.2.0/24", "from": ["mx\u001b[2J", 7]},
                                              {"prefix": "198.51.100.0/24", "from": ["a"]}, 3]}, 5]})");
    REQUIRE(list);
    CHECK(emit::print_diff(emit::differences(*list, {}, emit::Aggregate::fewest)) ==
          "- 192.0.2.0/25 a.test: mx?[2J\n");
}
