// `spfwalk lint`: its own options.
#include "option_parts.h"

#include "spfwalk/escape.h"

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

class LintParser final : public CommandParser {
  public:
    LintParser() {
        options_.app
            .add_option("domain", command_.domains, "Domains to check; - reads them from standard input")
            ->type_name("DOMAIN");
        options_.inputs("-f,--file", command_.files, "Read domains from FILE, one a line (repeatable)");
        options_.text("-t,--format", format_, "text (default) or json", "NAME");
        common_.define(options_, command_, CommonParser::Modes::strict);
    }

    OptionSet& options() override { return options_; }

    Expected<Command, Instead> finish() override {
        if (format_ == "json")
            command_.json = true;
        else if (format_ != "text")
            return refuse(fmt::format("--format: \"{}\" is neither text nor json", escape(format_)));
        if (auto error = common_.check(options_, command_)) return refuse(std::move(*error));
        if (auto error = check_mailbox(command_)) return refuse(std::move(*error));
        return std::move(command_);
    }

  private:
    LintCommand command_;
    OptionSet options_{"Tell what is wrong with the SPF records of domains, where, and what to do about it.\n"
                       "docs/findings.md explains each code.\n"
                       "Exit status: 0 nothing worse than a note, 1 could not run, 2 warnings, 3 errors.",
                       "spfwalk lint"};
    CommonParser common_;
    std::string format_ = "text";
};

} // namespace

std::unique_ptr<CommandParser> lint_parser() {
    return std::make_unique<LintParser>();
}

} // namespace spfwalk::cli
