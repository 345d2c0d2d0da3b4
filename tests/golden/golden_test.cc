// The whole program in process over the cases of golden/cases (support/golden.h says what a case is). To make
// what the program does now what is expected of it, run this with SPFWALK_UPDATE_GOLDEN=1 and then read every
// line that changed: what is wrong would be expected from then on.
#include "spfwalk/cli/run.h"

#include "support/catch.h"
#include "support/files.h"
#include "support/golden.h"
#include "support/recorder.h"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <string_view>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

Outcome run(const std::vector<std::string>& arguments,
            const std::optional<std::string>& input = std::nullopt) {
    Recorder terminal(input);
    const auto status = cli::run(arguments, terminal);
    // A reader must never see half a list.
    const auto has = [&](const char* word) { return std::ranges::find(arguments, word) != arguments.end(); };
    CHECK((terminal.writes <= 1 || has("--batch") || has("ndjson")));
    return {terminal.output, terminal.error, status};
}

/// The current directory, put back at the end.
class CurrentDirectory {
  public:
    explicit CurrentDirectory(const std::filesystem::path& path) { std::filesystem::current_path(path); }
    ~CurrentDirectory() { std::filesystem::current_path(before_); }
    CurrentDirectory(const CurrentDirectory&) = delete;
    CurrentDirectory& operator=(const CurrentDirectory&) = delete;

  private:
    std::filesystem::path before_ = std::filesystem::current_path();
};

/// Fit for a terminal: whole lines of printable ASCII; "§" and tabs are the program's own.
bool is_clean(std::string text) {
    for (std::size_t at = text.find("§"); at != text.npos; at = text.find("§", at))
        text.replace(at, std::string_view("§").size(), "$");
    return (text.empty() || text.ends_with('\n')) &&
           std::ranges::all_of(text, [](char c) { return c == '\n' || c == '\t' || (c >= ' ' && c <= '~'); });
}

} // namespace

TEST_CASE("the program does what the golden cases say") {
    const char* const update = std::getenv("SPFWALK_UPDATE_GOLDEN");
    const bool updating = update != nullptr && std::string_view(update) == "1";
    const auto cases = golden_cases(SPFWALK_GOLDEN_CASES);
    REQUIRE(cases.size() >= 50);
    for (const GoldenCase& golden : cases) {
        INFO(golden.name);
        const CurrentDirectory inside(golden.directory);
        const Outcome actual = run(golden.arguments_with_zone(), golden.input);
        if (updating) write_expectations(golden, actual);
        const std::string differs = updating ? "" : difference(golden.expected, actual);
        std::cout << (differs.empty()
                          ? ""
                          : "golden case " + golden.name + ":\n" + differs); // Catch would wrap it
        CHECK(differs.empty());
        // What holds whatever a case expects.
        CHECK((actual.status != 1 || actual.output.empty()));
        CHECK(is_clean(actual.output));
        CHECK(is_clean(actual.error));
        CHECK((actual.error.empty() || actual.error.starts_with("spfwalk: ")));
        CHECK((actual.status != 1 || !actual.error.empty()));
    }
}

TEST_CASE("a captured run read back with --zone is the same run") {
    const TemporaryDirectory directory;
    const std::string capture = directory / "captured.zone";
    std::size_t compared = 0;
    for (const GoldenCase& golden : golden_cases(SPFWALK_GOLDEN_CASES)) {
        if (!golden.has_zone() || std::ranges::find(golden.arguments, "-v") != golden.arguments.end())
            continue;
        INFO(golden.name);
        const CurrentDirectory inside(golden.directory);
        std::filesystem::remove(capture);
        std::vector<std::string> arguments = golden.arguments_with_zone();
        arguments.insert(arguments.begin(), {"--capture", capture});
        const Outcome captured = run(arguments, golden.input);
        CHECK(difference(golden.expected, captured) == "");
        if (!std::filesystem::exists(capture)) continue; // failed before anything was asked
        arguments = golden.arguments;
        std::ranges::replace(arguments, "ZONE", capture);
        CHECK(difference(captured, run(arguments, golden.input)) == "");
        ++compared;
    }
    CHECK(compared >= 40);
}

TEST_CASE("a capture that cannot be written fails the run") {
    const TemporaryDirectory directory;
    const std::string zone = directory / "zone";
    write_text(zone, "example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n");
    const std::string capture = directory / "absent/captured.zone";
    const Outcome outcome = run({"--zone", zone, "--capture", capture, "example.com"});
    CHECK(outcome.status == 1);
    CHECK(outcome.output == "");
    CHECK(outcome.error ==
          "spfwalk: " + capture + ": directory " + (directory / "absent/") + ": No such file or directory\n");
}

TEST_CASE("an output that cannot be written fails the run") {
    struct Full final : cli::Terminal {
        std::optional<std::string> write_output(std::string_view) override {
            return "No space left on device";
        }
        void write_error(std::string_view text) override { error += text; }
        Expected<std::string, std::string> read_input() override {
            return unexpected(std::string("cannot be read"));
        }
        bool input_is_terminal() override { return false; }
        std::string error;
    };
    const TemporaryDirectory directory;
    const std::string zone = directory / "zone";
    write_text(zone, "example.com. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n");
    Full terminal;
    SECTION("a list") {
        CHECK(cli::run({"--zone", zone, "--bogons", "keep", "example.com"}, terminal) == 1);
    }
    SECTION("help") {
        CHECK(cli::run({"--help"}, terminal) == 1);
    }
    SECTION("standard input that cannot be read") {
        CHECK(cli::run({"--zone", zone}, terminal) == 1);
        CHECK(terminal.error == "spfwalk: standard input: cannot be read\n");
        return;
    }
    CHECK(terminal.error == "spfwalk: standard output: No space left on device\n");
}
