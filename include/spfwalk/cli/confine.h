// What a run gives up of itself, as its options want it.
#pragma once

#include "spfwalk/cli/options.h"
#include "spfwalk/cli/terminal.h"
#include "spfwalk/cli/voice.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spfwalk::cli {

/// `--user`: becomes that user for good; to be done before any file is opened. Returns why that failed, if it
/// did: then the run must not go on.
std::optional<std::string> change_user(const CommonOptions& common, const Terminal& terminal);

/// Gives up whatever a run does not need that will ask `servers` only, and create, write and rename files
/// in `directories` only. All else that it reads or writes must be open. Says with `-v` what was given up and
/// what could not be. Nothing is done with `--no-sandbox`, or in a process that is not the program's own.
void confine(const CommonOptions& common, const Terminal& terminal, std::span<const dns::Server> servers,
             std::vector<std::string> directories, Voice& voice);

/// Gives up the network too, after confine().
void leave_network(const CommonOptions& common, const Terminal& terminal, Voice& voice);

/// For `--version -v`: a line for each part of the sandbox that tells whether it is active here.
std::string sandbox_lines();

} // namespace spfwalk::cli
