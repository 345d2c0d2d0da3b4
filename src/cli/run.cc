#include "spfwalk/cli/run.h"

#include "spfwalk/cli/confine.h"
#include "spfwalk/cli/voice.h"

#include <fmt/format.h>

namespace spfwalk::cli {

int run(std::vector<std::string> arguments, Terminal& terminal) {
    const auto parsed = parse_arguments(std::move(arguments));
    if (parsed) {
        const CommonOptions& common =
            std::visit([](const CommonOptions& command) -> const CommonOptions& { return command; }, *parsed);
        if (const auto error = change_user(common, terminal)) {
            Voice(terminal, Verbosity::normal).error(*error);
            return static_cast<int>(ExitStatus::failed);
        }
        struct Runner {
            Terminal& terminal;
            int operator()(const WalkCommand& command) const {
                return static_cast<int>(run_walk(command, terminal));
            }
            int operator()(const CheckCommand& command) const { return run_check(command, terminal); }
            int operator()(const LintCommand& command) const { return run_lint(command, terminal); }
            int operator()(const TreeCommand& command) const {
                return static_cast<int>(run_tree(command, terminal));
            }
        };
        return std::visit(Runner{terminal}, *parsed);
    }
    const Instead& instead = parsed.error();
    Voice voice(terminal, Verbosity::normal);
    if (!instead.error.empty()) voice.error(instead.error);
    if (const auto error = terminal.write_output(instead.output)) {
        voice.error(fmt::format("standard output: {}", *error));
        return static_cast<int>(ExitStatus::failed);
    }
    return static_cast<int>(instead.status);
}

} // namespace spfwalk::cli
