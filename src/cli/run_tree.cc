// `spfwalk tree`.
#include "spfwalk/cli/inputs.h"
#include "spfwalk/cli/run.h"
#include "spfwalk/cli/session.h"
#include "spfwalk/cli/voice.h"
#include "spfwalk/emit/tree.h"

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

std::string print(const TreeCommand& command, const std::vector<spf::Tree>& trees, const Canvas& canvas) {
    const emit::Budgets budgets{command.rules.lookup_limit, command.rules.void_limit};
    if (command.output == TreeOutput::json) return emit::print_trees_json(trees, budgets);
    if (command.output == TreeOutput::dot) return emit::print_trees_dot(trees, budgets);
    if (command.output == TreeOutput::html) return emit::print_trees_html(trees, budgets);
    std::string text;
    for (const spf::Tree& tree : trees) {
        if (!text.empty()) text += '\n';
        text += emit::print_tree(tree, budgets, {canvas.unicode, canvas.color, canvas.width});
    }
    return text;
}

} // namespace

ExitStatus run_tree(const TreeCommand& command, Terminal& terminal) {
    Voice voice(terminal, command.verbosity);
    const auto fail = [&](const std::string& reason) {
        voice.error(reason);
        return ExitStatus::failed;
    };
    const auto domains = gather_domains(command.domains, command.files, terminal, voice);
    if (!domains) return ExitStatus::failed;
    if (command.record && domains->size() != 1)
        return fail(fmt::format("--record is for one domain, not {}", domains->size()));
    const Canvas canvas = terminal.canvas(); // while the terminal may still be asked
    const auto opened = Session::open(command, terminal, voice);
    if (!opened) return fail(opened.error());
    Session* const session = opened->get();
    session->pretend(domains->front());
    std::vector<spf::Tree> trees(domains->size());
    std::size_t next = 0;
    session->walk(
        [&]() -> std::optional<spf::Request> {
            if (next == domains->size()) return std::nullopt;
            auto request =
                spf::Request::about((*domains)[next++], command.families, command.sender, command.helo);
            for (spf::Inquiry& inquiry : request.inquiries)
                inquiry.audit = true;
            return request;
        },
        [&](const spf::Report& report) { trees[report.index] = spf::make_tree(report); });
    if (const auto error = session->finish()) return fail(*error);
    if (const auto error = terminal.write_output(print(command, trees, canvas)))
        return fail(fmt::format("standard output: {}", *error));
    return ExitStatus::ok;
}

} // namespace spfwalk::cli
