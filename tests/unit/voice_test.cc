#include "spfwalk/cli/voice.h"

#include "support/catch.h"

#include <chrono>
#include <thread>

using namespace spfwalk;

namespace {

class Screen final : public cli::Terminal {
  public:
    explicit Screen(bool terminal) : terminal_(terminal) {}
    std::optional<std::string> write_output(std::string_view) override { return std::nullopt; }
    void write_error(std::string_view text) override { error += text; }
    Expected<std::string, std::string> read_input() override {
        return unexpected(std::string("cannot be read"));
    }
    bool input_is_terminal() override { return true; }
    bool error_is_terminal() override { return terminal_; }

    std::string error;

  private:
    bool terminal_;
};

constexpr cli::Voice::Figures figures{.done = 3, .total = 10, .in_flight = 4, .failed = 1};
constexpr const char* erased = "\r\x1b[K";

} // namespace

TEST_CASE(
    "Progress: on a terminal, after a second, one line that makes way for messages and goes at the end") {
    Screen screen(true);
    {
        cli::Voice voice(screen, cli::Verbosity::normal, cli::Progress::on_terminal);
        voice.progress(figures);
        CHECK(screen.error == ""); // short runs show nothing
        std::this_thread::sleep_for(std::chrono::milliseconds(1100));
        voice.progress(figures);
        CHECK(screen.error.starts_with(std::string(erased) + "3/10 domains, 4 questions open, 1 failed, "));
        CHECK(screen.error.find('\n') == std::string::npos);
        const std::size_t drawn = screen.error.size();
        voice.progress(figures);
        CHECK(screen.error.size() == drawn); // not more often than the eye sees
        voice.warning("w");
        CHECK(screen.error.substr(drawn) == std::string(erased) + "spfwalk: w\n");
        voice.warning("x");
        CHECK(screen.error.ends_with("spfwalk: w\nspfwalk: x\n")); // nothing left to erase
        std::this_thread::sleep_for(std::chrono::milliseconds(150));
        voice.progress(figures);
    }
    CHECK(screen.error.ends_with(erased));
}

TEST_CASE("Progress: nothing off a terminal or against the user's will, always on demand") {
    const auto shows = [](bool terminal, cli::Progress wanted) {
        Screen screen(terminal);
        cli::Voice voice(screen, cli::Verbosity::normal, wanted);
        std::this_thread::sleep_for(std::chrono::milliseconds(1050));
        voice.progress(figures);
        return !screen.error.empty();
    };
    CHECK_FALSE(shows(false, cli::Progress::on_terminal));
    CHECK_FALSE(shows(true, cli::Progress::never));
    CHECK(shows(false, cli::Progress::always));
}

TEST_CASE("A voice is as loud as it was asked to be") {
    const auto said = [](cli::Verbosity verbosity) {
        Screen screen(false);
        cli::Voice voice(screen, verbosity);
        voice.error("e");
        voice.warning("w");
        voice.figures("f");
        voice.remark({cli::Weight::note, "n"});
        return screen.error;
    };
    CHECK(said(cli::Verbosity::quiet) == "spfwalk: e\n");
    CHECK(said(cli::Verbosity::normal) == "spfwalk: e\nspfwalk: w\n");
    CHECK(said(cli::Verbosity::verbose) == "spfwalk: e\nspfwalk: w\nspfwalk: f\nspfwalk: n\n");
}
