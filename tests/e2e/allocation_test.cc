// The real program when memory runs out: every allocation of a run fails once, and every seventh with all
// that follow (support/failing_malloc.cc), those of c-ares, libidn2 and the C library too. The old file stays
// or the new one is complete, nothing is left behind, the exit status is true, and there is a message.
#include "support/catch.h"
#include "support/files.h"
#include "support/process.h"
#include "support/server_thread.h"

#include <cstdint>
#include <cstring>
#include <set>

#ifndef SPFWALK_FAILING_MALLOC
#define SPFWALK_FAILING_MALLOC ""
#endif

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

std::string zone_text() {
    std::string text =
        "$ORIGIN example.com.\n"
        "@ TXT \"v=spf1 a mx include:alias.example.com include:big.example.com -all\"\n"
        "@ A 192.0.2.1\n@ MX 10 mail\n@ MX 20 mail2\nmail A 192.0.2.25\nmail AAAA 2001:db8::25\n"
        "mail2 A 192.0.2.26\nalias CNAME spf\nspf TXT \"v=spf1 ip4:198.51.100.0/24 ~all\"\n"
        "xn--bcher-kva TXT \"v=spf1 a:%{o3r}.gone.example.com ip4:203.0.113.9 -all\"\n";
    text += "big TXT \"v=spf1 ip4:10.0.0.0/25 -all\"\n"; // over TCP
    for (int i = 0; i < 6; ++i)
        text += "big TXT \"" + std::string(250, 'x') + "\"\n";
    return text;
}

/// A directory with what a run finds there before it.
struct Scene {
    TemporaryDirectory directory;
    std::string counter = directory / "counter";
    std::string list = directory / "list";
    std::string state = directory / "state";
    std::string domains = directory / "domains";
    std::string old_state;

    Scene() {
        write_text(domains, "example.com\nb\xc3\xbc"
                            "cher.example.com # IDNA\n");
        reset();
    }
    void reset() const {
        write_text(counter, std::string(8, '\0'));
        write_text(list, "192.0.2.1/32\n");
        write_text(state, old_state);
        if (old_state.empty()) std::filesystem::remove(state);
    }
    std::uint64_t allocations() const {
        std::uint64_t number = 0;
        std::memcpy(&number, file_text(counter).data(), sizeof number);
        return number;
    }
    std::set<std::string> files() const {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
            names.insert(entry.path().filename().string());
        return names;
    }
};

struct Run {
    std::vector<std::string> arguments;
    bool replaces = false; ///< -o list --state state
};

/// Fails allocation after allocation until a run gets by without.
void fail_each(const Scene& scene, const Run& run, bool all_that_follow) {
    const std::set<std::string> expected_files = scene.files();
    const std::string old_list = file_text(scene.list);
    Launch launch;
    launch.command = {SPFWALK_PROGRAM, "--bogons", "keep"};
    launch.command.insert(launch.command.end(), run.arguments.begin(), run.arguments.end());
    const auto attempt = [&](std::uint64_t number) {
        scene.reset();
        launch.environment = {"LD_PRELOAD=" SPFWALK_FAILING_MALLOC, "SPFWALK_ALLOCATIONS=" + scene.counter,
                              "SPFWALK_FAIL_AT=" + std::to_string(number)};
        if (all_that_follow) launch.environment.emplace_back("SPFWALK_FAIL_ALL=");
        return run_program(launch);
    };
    const Ended clean = attempt(UINT64_MAX);
    INFO(clean.error);
    REQUIRE(clean.status == 0);
    REQUIRE(scene.allocations() > 100);
    const std::string new_list = file_text(scene.list);
    const std::set<std::string> new_files = scene.files();
    REQUIRE((new_list != old_list) == run.replaces);

    // Memory that stays away leads to the same end from everywhere: some of those points will do.
    const std::uint64_t stride = all_that_follow ? 7 : 1;
    std::uint64_t points = 0;
    std::uint64_t survived = 0;
    for (std::uint64_t number = 1;; number += stride) {
        const Ended ended = attempt(number);
        if (scene.allocations() < number) break;
        ++points;
        INFO("allocation " << number << (all_that_follow ? " and all that follow" : ""));
        INFO("status " << ended.status << ", standard error: " << ended.error);
        REQUIRE(ended.signal == 0);
        REQUIRE(!ended.timed_out);
        REQUIRE((ended.status == 0 || ended.status == 1));
        const std::set<std::string> files = scene.files();
        REQUIRE((files == new_files || files == expected_files));
        const std::string list = file_text(scene.list);
        if (ended.status == 0) {
            ++survived;
            REQUIRE(ended.output == clean.output);
            REQUIRE(list == new_list);
        } else {
            REQUIRE(ended.output.empty());
            REQUIRE(ended.error.starts_with("spfwalk: "));
            REQUIRE(ended.error.ends_with('\n'));
            REQUIRE(list == old_list);
        }
    }
    WARN(points << " allocations failed"
                << (all_that_follow ? ", each with all that follow" : ", one at a time") << ": " << survived
                << " runs succeeded all the same");
    CHECK(points > 100);
}

} // namespace

TEST_CASE("every allocation of a walk fails") {
    if (std::string_view(SPFWALK_FAILING_MALLOC).empty()) {
        WARN("skipped: the C library of this build does not let its allocations be replaced");
        return;
    }
    const ServerThread server(zone_text());
    const Scene scene;
    Run run;
    bool all_that_follow = false;
    SECTION("from the network to -o and --state") {
        all_that_follow = GENERATE(false, true);
        run.replaces = true;
        run.arguments = {"-r", server.address(), "--timeout", "100ms",    "-f", scene.domains,
                         "-o", scene.list,       "--state",   scene.state};
    }
    SECTION("from a master file to standard output") {
        const std::string zone = scene.directory / "zone";
        write_text(zone, zone_text());
        run.arguments = {"--zone", zone, "-t", "json", "example.com"};
    }
    fail_each(scene, run, all_that_follow);
}
