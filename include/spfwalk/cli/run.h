// Composition: from a command to answers, lists and an exit status.
#pragma once

#include "spfwalk/cli/exit_status.h"
#include "spfwalk/cli/options.h"
#include "spfwalk/cli/terminal.h"

#include <string>
#include <vector>

namespace spfwalk::cli {

/// Runs `spfwalk walk`. Standard output is written at the end, and only if the run is good, but for a stream
/// of objects (run_stream.h); everything else goes to standard error, a line each.
ExitStatus run_walk(const WalkCommand& command, Terminal& terminal);

/// Runs `spfwalk check`. The exit status is that of the result (check_status()), or for a batch ok.
int run_check(const CheckCommand& command, Terminal& terminal);

/// Runs `spfwalk lint`. The exit status is that of the worst finding (lint_status()).
int run_lint(const LintCommand& command, Terminal& terminal);

/// Runs `spfwalk tree`: ok if there is something to look at, however broken.
ExitStatus run_tree(const TreeCommand& command, Terminal& terminal);

/// The whole program: arguments without the program's name. Returns the exit status.
int run(std::vector<std::string> arguments, Terminal& terminal);

} // namespace spfwalk::cli
