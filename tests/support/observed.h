// The real program run against a server, seen through its own counters (`--stats`) and what it says.
#pragma once

#include "support/catch.h"
#include "support/files.h"
#include "support/process.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::test {

/// A run and what it counted.
struct Observed {
    Ended ended;
    std::string stats; ///< empty if none were written
    std::uint64_t asked = 0, sent = 0, retried = 0, tcp = 0, failed = 0;
};

/// The number of a member of the statistics.
inline std::uint64_t figure(const std::string& stats, std::string_view member) {
    const std::size_t at = stats.find('"' + std::string(member) + "\":");
    if (at == stats.npos) throw std::runtime_error("no statistics of " + std::string(member));
    const char* const begin = stats.data() + stats.find_first_of("0123456789", at);
    std::uint64_t number = 0;
    std::from_chars(begin, stats.data() + stats.size(), number);
    return number;
}

/// Words that the program is run under (SPFWALK_UNDER: a memory checker), none usually.
inline std::vector<std::string> program_command() {
    std::vector<std::string> command;
    if (const char* const under = std::getenv("SPFWALK_UNDER")) {
        std::istringstream words(under);
        for (std::string word; words >> word;)
            command.push_back(word);
    }
    // What watches a program from inside makes system calls that the program has given up.
    const bool watched = !command.empty();
    command.insert(command.end(), {SPFWALK_PROGRAM, "--bogons", "keep"});
    if (watched) command.push_back("--no-sandbox");
    return command;
}

/// Runs the program with the arguments and input, and no more descriptors than that.
inline Observed observe(const std::vector<std::string>& arguments, std::string input = {},
                        std::optional<int> descriptor_limit = {}) {
    const TemporaryDirectory directory;
    const std::string stats = directory / "stats";
    Launch launch;
    launch.command = program_command();
    launch.command.insert(launch.command.end(), {"--stats", stats});
    launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
    launch.input_text = std::move(input);
    launch.descriptor_limit = descriptor_limit;
    launch.limit = std::chrono::minutes(2);
    Observed seen;
    seen.ended = run_program(std::move(launch));
    if (!std::filesystem::exists(stats)) return seen;
    seen.stats = file_text(stats);
    seen.asked = figure(seen.stats, "asked");
    seen.sent = figure(seen.stats, "sent");
    seen.retried = figure(seen.stats, "retried");
    seen.tcp = figure(seen.stats, "tcp");
    seen.failed = figure(seen.stats, "failed");
    return seen;
}

/// Whether a terminal shows the text as it stands: printable ASCII, ends of lines, and the program's own "§".
inline bool is_clean(std::string_view text) {
    constexpr std::string_view section = "\xc2\xa7";
    while (!text.empty()) {
        const bool plain = text.front() == '\n' || (text.front() >= 0x20 && text.front() < 0x7f);
        if (!plain && !text.starts_with(section)) return false;
        text.remove_prefix(plain ? 1 : section.size());
    }
    return true;
}

/// What holds however hostile the server was: an end of its own, text that a terminal can show, every message
/// with the program's name, nothing printed if it failed, and memory within bounds.
inline void check_decent(const Observed& seen) {
    const Ended& ended = seen.ended;
    INFO("standard error: " << ended.error.substr(0, 2000));
    CHECK(ended.signal == 0);
    CHECK(!ended.timed_out);
    CHECK((ended.status == 0 || ended.status == 1));
    CHECK(!seen.stats.empty());
    CHECK(is_clean(ended.output));
    CHECK(is_clean(ended.error));
    CHECK(is_clean(seen.stats));
    if (ended.status == 1) CHECK(ended.output.empty());
    std::istringstream lines(ended.error);
    for (std::string line; std::getline(lines, line);)
        CHECK(line.starts_with("spfwalk: "));
#if !defined(__SANITIZE_ADDRESS__)
    if (std::getenv("SPFWALK_UNDER") == nullptr) CHECK(ended.peak_kilobytes < 400 * 1024);
#endif
}

} // namespace spfwalk::test
