// Exit statuses of the program.
#pragma once

namespace spfwalk::cli {

enum class ExitStatus : int {
    ok = 0,     ///< the result was printed
    failed = 1, ///< nothing was printed: usage, input, DNS, output
};

} // namespace spfwalk::cli
