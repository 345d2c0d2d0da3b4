// Standard error: a line at a time, as loud as the user wants, with the progress line out of the way.
#pragma once

#include "spfwalk/cli/options.h"
#include "spfwalk/cli/remarks.h"
#include "spfwalk/cli/terminal.h"

#include <chrono>
#include <string>
#include <string_view>

namespace spfwalk::cli {

class Voice {
  public:
    Voice(Terminal& terminal, Verbosity verbosity, Progress progress = Progress::never);
    ~Voice(); ///< erases the progress line

    /// Why the run fails: always said.
    void error(std::string_view line) { say(line); }
    /// Worth knowing; not said to those who asked for quiet.
    void warning(std::string_view line);
    /// For those who asked for more.
    void figures(std::string_view line);
    void remark(const Remark& remark);

    struct Figures {
        std::size_t done = 0;
        std::size_t total = 0; ///< 0: nobody knows
        std::size_t in_flight = 0;
        std::uint64_t failed = 0;
    };
    /// Draws the progress line if the run has taken over a second, at most ten times a second.
    void progress(const Figures& figures);

  private:
    using Clock = std::chrono::steady_clock;
    void say(std::string_view line);
    void erase();

    Terminal& terminal_;
    Verbosity verbosity_;
    bool draws_;
    bool drawn_ = false;
    Clock::time_point start_ = Clock::now();
    Clock::time_point last_{};
};

} // namespace spfwalk::cli
