// Which files a command reads and writes, so that it writes over none that it, or its user, still needs.
#pragma once

#include "spfwalk/cli/options.h"

#include <optional>
#include <string>

namespace spfwalk::cli {

/// What is wrong if a file that the command writes is named for something else, too, through whatever links:
/// "--stats: the same file as --zone", or if it is standard input, output or error. Devices and pipes are no
/// matter, and -o may replace a list that --also or --except reads.
std::optional<std::string> clash_of_files(const Command& command);

} // namespace spfwalk::cli
