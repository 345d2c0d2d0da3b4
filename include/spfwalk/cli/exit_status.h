// Exit statuses of the program.
#pragma once

namespace spfwalk::cli {

enum class ExitStatus : int {
    ok = 0,        ///< the result was printed, or the file replaced
    failed = 1,    ///< nothing was printed, the file is untouched: usage, input, DNS, guards, output
    unchanged = 2, ///< with -o: the file says it already, and is untouched
};

} // namespace spfwalk::cli
