// Exit statuses of the program.
#pragma once

#include "spfwalk/spf/lint.h"
#include "spfwalk/spf/verdict.h"

namespace spfwalk::cli {

/// Of walk; of all commands, 0 and 1.
enum class ExitStatus : int {
    ok = 0, ///< the result was printed, or the file replaced
    /// Usage, input, DNS, guards, output. The file is untouched unless the last step failed, and nothing was
    /// printed but for objects of a stream, results of check and what a failing output took.
    failed = 1,
    unchanged = 2, ///< with -o: the file says it already, and is untouched; with --diff: nothing differs
};

/// Of check.
constexpr int check_status(spf::Result result) {
    switch (result) {
    case spf::Result::pass:
        return 0;
    case spf::Result::fail:
        return 2;
    case spf::Result::softfail:
        return 3;
    case spf::Result::neutral:
        return 4;
    case spf::Result::none:
        return 5;
    case spf::Result::temperror:
        return 6;
    case spf::Result::permerror:
        break;
    }
    return 7;
}

/// Of lint.
constexpr int lint_status(spf::Severity worst) {
    switch (worst) {
    case spf::Severity::note:
        return 0;
    case spf::Severity::warning:
        return 2;
    case spf::Severity::error:
        break;
    }
    return 3;
}

} // namespace spfwalk::cli
