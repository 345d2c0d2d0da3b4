// What a child process costs, for benchmarks.
#pragma once

#include <string>
#include <vector>

namespace spfwalk::bench {

struct Cost {
    int status = -1;    ///< exit status; 127: there is no such program; -1: a signal ended it
    double wall = 0;    ///< seconds
    double cpu = 0;     ///< seconds, user and system
    double system = 0;  ///< seconds of them in the kernel
    long kilobytes = 0; ///< most memory that was resident
};

/// Runs a command to its end, standard output and error into files. Those that are there are written over, in
/// the memory that they have, and cut off behind what was written. Throws std::system_error if a file cannot
/// be opened or no process can be made.
Cost run(std::vector<std::string> command, const std::string& output, const std::string& error);

/// Several runs at the same time. `wall` is that of the whole, in each.
std::vector<Cost> run_side_by_side(const std::vector<std::vector<std::string>>& commands,
                                   const std::vector<std::string>& outputs,
                                   const std::vector<std::string>& errors);

} // namespace spfwalk::bench
