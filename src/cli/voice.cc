#include "spfwalk/cli/voice.h"

#include <fmt/format.h>

namespace spfwalk::cli {

Voice::Voice(Terminal& terminal, Verbosity verbosity, Progress progress)
    : terminal_(terminal),
      verbosity_(verbosity),
      draws_(progress == Progress::always ||
             (progress == Progress::on_terminal && terminal.error_is_terminal())) {}

Voice::~Voice() {
    erase();
}

void Voice::warning(std::string_view line) {
    if (verbosity_ != Verbosity::quiet) say(line);
}

void Voice::figures(std::string_view line) {
    if (verbosity_ == Verbosity::verbose) say(line);
}

void Voice::remark(const Remark& remark) {
    switch (remark.weight) {
    case Weight::error:
        return error(remark.text);
    case Weight::warning:
        return warning(remark.text);
    case Weight::note:
        return figures(remark.text);
    }
}

void Voice::progress(const Figures& figures) {
    using namespace std::chrono_literals;
    if (!draws_) return;
    const auto now = Clock::now();
    if (now - start_ < 1s || now - last_ < 100ms) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    // Short enough for 80 columns whatever the numbers, so that one line is all there is to erase.
    const std::string total = figures.total == 0 ? "" : fmt::format("/{}", figures.total);
    terminal_.write_error(fmt::format("\r\x1b[K{}{} domains, {} questions open, {} failed, {:.0f}/s",
                                      figures.done, total, figures.in_flight, figures.failed,
                                      static_cast<double>(figures.done) / seconds));
    drawn_ = true;
}

void Voice::erase() {
    if (drawn_) terminal_.write_error("\r\x1b[K");
    drawn_ = false;
}

void Voice::say(std::string_view line) {
    erase();
    terminal_.write_error(fmt::format("spfwalk: {}\n", line));
}

} // namespace spfwalk::cli
