#include "spfwalk/policy/stats.h"

#include "support/catch.h"

#include <limits>

using namespace spfwalk;

TEST_CASE("stats: what is printed") {
    policy::Stats stats;
    stats.time = 1700000000;
    stats.seconds = 0.25;
    stats.written = policy::Written::replaced;
    stats.domains = {{"b.example", "ok", 0, 300, 4, 2},
                     {"a.example", "temperror", 86400, std::nullopt, 1, 0},
                     {"c.example", "ok", 0, 60, 0, 0}};
    stats.statuses = {{"ok", 2}, {"temperror", 1}};
    stats.ipv4_prefixes = 5;
    stats.ipv6_prefixes = 2;
    stats.counters = {10, 12, 2, 1, 3};
    CHECK(policy::print_stats(stats) == R"({
"format": "spfwalk-stats",
"version": 1,
"time": 1700000000,
"seconds": 0.25,
"written": "replaced",
"reason": "",
"exit_status": 0,
"next_refresh_seconds": 60,
"statuses": {"ok":2,"none":0,"permerror":0,"temperror":1,"invalid":0},
"ipv4_prefixes": 5,
"ipv6_prefixes": 2,
"questions": {"asked":10,"sent":12,"retried":2,"tcp":1,"failed":3},
"domains": [
{"domain":"b.example","status":"ok","good_age":0,"ttl":300,"ipv4_prefixes":4,"ipv6_prefixes":2},
{"domain":"a.example","status":"temperror","good_age":86400,"ttl":null,"ipv4_prefixes":1,"ipv6_prefixes":0},
{"domain":"c.example","status":"ok","good_age":0,"ttl":60,"ipv4_prefixes":0,"ipv6_prefixes":0}
]
}
)");
}

TEST_CASE("stats: nothing known, and how a run can end") {
    policy::Stats stats;
    const std::string text = policy::print_stats(stats);
    CHECK(text.find("\"next_refresh_seconds\": null,\n") != text.npos);
    CHECK(text.ends_with("\"domains\": [\n]\n}\n"));
    const std::pair<policy::Written, const char*> words[] = {{policy::Written::printed, "printed"},
                                                             {policy::Written::replaced, "replaced"},
                                                             {policy::Written::unchanged, "unchanged"},
                                                             {policy::Written::refused, "refused"},
                                                             {policy::Written::failed, "failed"}};
    for (const auto& [written, word] : words) {
        stats.written = written;
        CHECK(policy::print_stats(stats).find("\"written\": \"" + std::string(word) + "\",\n") !=
              std::string::npos);
    }
}

TEST_CASE("stats: odd values neither throw nor break the JSON") {
    policy::Stats stats;
    stats.seconds = std::numeric_limits<double>::quiet_NaN();
    stats.reason = "list\xff: \"quoted\"\n\x1b";
    stats.domains = {{"\xfe", "invalid", std::nullopt, 0, 0, std::numeric_limits<std::uint64_t>::max()}};
    const std::string text = policy::print_stats(stats);
    CHECK(text.find("\"seconds\": null,\n") != text.npos);
    CHECK(text.find("\"reason\": \"list\\ufffd: \\\"quoted\\\"\\n\\u001b\",\n") != text.npos);
    CHECK(
        text.find(
            "{\"domain\":\"\\ufffd\",\"status\":\"invalid\",\"good_age\":null,\"ttl\":0,\"ipv4_prefixes\":0,"
            "\"ipv6_prefixes\":18446744073709551615}") != text.npos);
    CHECK(text.find("\"next_refresh_seconds\": 0,\n") != text.npos);
}
