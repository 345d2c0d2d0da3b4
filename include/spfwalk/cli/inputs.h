// What a run is about, read from wherever the user has it.
#pragma once

#include "spfwalk/cli/options.h"
#include "spfwalk/cli/terminal.h"
#include "spfwalk/cli/voice.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spfwalk::cli {

/// All domains of the run (ASCII) from arguments, files and standard input, or nothing: then everything that
/// is wrong with them was said.
std::optional<std::vector<std::string>> gather_domains(const std::vector<std::string>& arguments,
                                                       const std::vector<std::string>& files,
                                                       Terminal& terminal, Voice& voice);

/// The union of prefix lists (`--also`, `--except`), of the `families` alone; or nothing: then what is wrong
/// was said.
std::optional<emit::Addresses> read_prefix_lists(const std::vector<std::string>& paths,
                                                 std::span<const net::Family> families, Voice& voice);

/// The earlier list at `path`, in any format (emit/diff.h), of the `families` alone; or nothing: then what is
/// wrong was said.
std::optional<emit::List> read_earlier_list(const std::string& path, std::span<const net::Family> families,
                                            Voice& voice);

} // namespace spfwalk::cli
