// A run whose objects are written as they are made: any number of domains in the same memory.
#pragma once

#include "spfwalk/cli/options.h"
#include "spfwalk/cli/terminal.h"
#include "spfwalk/cli/update.h"
#include "spfwalk/cli/voice.h"
#include "spfwalk/policy/state.h"
#include "spfwalk/policy/stats.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace spfwalk::cli {

/// Whether the command's output is such a stream: ndjson to standard output.
bool is_stream(const WalkCommand& command);

/// What a run that could ask remembers (`--state`).
struct Memory {
    policy::State* state = nullptr; ///< null: nothing
    /// Stores it. Returns why that could not be done, if so.
    std::function<std::optional<std::string>()> save{};
};

/// Walks what the command names and writes an object for each, invalid names included. Files will still be
/// written in `directories`. Fills in what it knows of `stats`, and says the counters.
Update::Outcome run_stream(const WalkCommand& command, Terminal& terminal, Voice& voice, const Memory& memory,
                           policy::Timestamp now, policy::Stats& stats, std::vector<std::string> directories);

} // namespace spfwalk::cli
