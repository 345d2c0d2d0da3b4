// A run whose objects are written as they are made: any number of domains in the same memory.
#pragma once

#include "spfwalk/cli/options.h"
#include "spfwalk/cli/terminal.h"
#include "spfwalk/cli/update.h"
#include "spfwalk/cli/voice.h"
#include "spfwalk/policy/state.h"
#include "spfwalk/policy/stats.h"

namespace spfwalk::cli {

/// Whether the command's output is such a stream: ndjson to standard output.
bool is_stream(const WalkCommand& command);

/// Walks what the command names and writes an object for each, invalid names included. `state` is null
/// without `--state`. Files will still be written in `directories`. Fills in what it knows of `stats`, and
/// says the counters.
Update::Outcome run_stream(const WalkCommand& command, Terminal& terminal, Voice& voice, policy::State* state,
                           policy::Timestamp now, policy::Stats& stats, std::vector<std::string> directories);

} // namespace spfwalk::cli
