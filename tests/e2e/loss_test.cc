// A thousand domains over a network that loses, doubles and reorders: no domain comes out otherwise than it
// does over a perfect one, unless it says temperror. Which queries are lost is decided by their content alone
// (see support/dns_server.h), so each run of this test meets the same losses.
#include "support/observed.h"
#include "support/server_thread.h"

#include <map>

using namespace spfwalk;
using namespace spfwalk::test;
using namespace std::chrono_literals;

namespace {

const std::string domains = SPFWALK_TEST_DATA "/sample.domains";
const std::string zone_file = SPFWALK_TEST_DATA "/sample.zone";

using Lines = std::map<std::string, std::string>; ///< domain to what its line of ndjson says was found

Lines lines_of(const std::string& ndjson) {
    Lines lines;
    std::istringstream stream(ndjson);
    constexpr std::string_view start = "{\"domain\":\"";
    for (std::string line; std::getline(stream, line);) {
        REQUIRE(line.starts_with(start));
        // Behind that: when, and from whom.
        const std::size_t found = line.rfind(",\"time\":");
        REQUIRE(found != line.npos);
        lines.emplace(line.substr(start.size(), line.find('"', start.size()) - start.size()),
                      line.substr(0, found));
    }
    return lines;
}

bool is_temperror(const std::string& line) {
    return line.find("\",\"status\":\"temperror\",") != std::string::npos;
}

/// What DNS says of the sample, without a network.
Lines truth() {
    const Observed seen = observe({"--zone", zone_file, "-f", domains, "--format=ndjson"});
    check_decent(seen);
    REQUIRE(seen.ended.status == 0);
    Lines lines = lines_of(seen.ended.output);
    REQUIRE(lines.size() == 1000);
    for (const auto& [domain, line] : lines)
        REQUIRE(!is_temperror(line));
    return lines;
}

struct Loss {
    int percent;
    std::uint32_t seed;
    std::size_t least_failures; ///< questions whose every try this loss eats
    std::size_t most_failures;
};

} // namespace

TEST_CASE("a thousand domains with datagrams lost, doubled and reordered: as without, or temperror") {
    const Lines expected = truth();
    const std::string zone = file_text(zone_file);
    // With three tries a question fails with a probability of a millionth, a thousandth and 27 thousandths.
    const Loss losses[] = {{0, 1, 0, 0}, {1, 1, 0, 0}, {10, 2, 1, 40}, {30, 3, 30, 400}, {30, 4, 30, 400}};
    for (const Loss& loss : losses) {
        INFO(loss.percent << "% lost, seed " << loss.seed);
        ServerThread server(zone, {.reorder = 20ms,
                                   .loss_percent = loss.percent,
                                   .duplicate_percent = 2 * loss.percent,
                                   .seed = loss.seed});
        const Observed seen = observe(
            {"-r", server.address(), "--timeout", "1s", "--tries", "3", "-f", domains, "--format=ndjson"});
        const DnsServerCounters served = server.stop();
        check_decent(seen);
        CHECK(seen.ended.status == 0);
        const Lines lines = lines_of(seen.ended.output);
        CHECK(lines.size() == expected.size());
        std::size_t temperrors = 0;
        for (const auto& [domain, line] : lines) {
            INFO(domain);
            REQUIRE(expected.contains(domain));
            if (is_temperror(line))
                ++temperrors;
            else
                CHECK(line == expected.at(domain));
        }
        // A domain is temperror because of a question that failed, and every failure shows.
        CHECK((temperrors > 0) == (seen.failed > 0));
        CHECK(seen.failed >= loss.least_failures);
        CHECK(seen.failed <= loss.most_failures);
        CHECK((served.lost > 0) == (loss.percent > 0));
        CHECK((served.duplicated > 0) == (loss.percent > 0));
        CHECK(served.delayed > 3000);
        CHECK(seen.sent <= 3 * seen.asked + seen.tcp);
        WARN(loss.percent << "% lost: " << seen.asked << " questions, " << served.lost << " of "
                          << served.queries << " queries lost, " << served.duplicated << " replies doubled, "
                          << seen.failed << " questions failed, " << temperrors << " domains temperror");
    }
}

TEST_CASE("a thousand domains with losses: a list is whole or not made, and the old one stays") {
    const std::string zone = file_text(zone_file);
    const TemporaryDirectory directory;
    const std::string list = directory / "list";
    const Observed whole = observe({"--zone", zone_file, "-f", domains});
    REQUIRE(whole.ended.status == 0);
    int made = 0;
    int refused = 0;
    for (const int percent : {1, 10, 30}) {
        INFO(percent << "% lost");
        write_text(list, "192.0.2.1/32\n");
        const ServerThread server(
            zone, {.reorder = 20ms, .loss_percent = percent, .duplicate_percent = percent, .seed = 5});
        const Observed seen = observe({"-r", server.address(), "--timeout", "1s", "--tries", "3", "-f",
                                       domains, "--allow-wide", "-o", list});
        check_decent(seen);
        if (seen.ended.status == 0) {
            ++made;
            CHECK(file_text(list) == whole.ended.output);
        } else {
            ++refused;
            CHECK(seen.failed > 0);
            CHECK(file_text(list) == "192.0.2.1/32\n");
            CHECK(seen.ended.error.find("(temperror, RFC 7208 §") != std::string::npos);
            CHECK(seen.ended.error.ends_with("spfwalk: DNS did not answer everything that matters: " + list +
                                             " not replaced\n"));
        }
    }
    CHECK(made > 0);
    CHECK(refused > 0);
}
