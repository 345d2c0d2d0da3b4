// `spfwalk check`: its own options.
#include "option_parts.h"

#include "spfwalk/escape.h"

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

class CheckParser final : public CommandParser {
  public:
    CheckParser() {
        options_.app.add_option("ip", command_.client, "The client's address")->type_name("IP");
        options_.app
            .add_option("identity", command_.identity, "The sender whose mail it brings, or just its domain")
            ->type_name("[SENDER|DOMAIN]");
        auto* batch = options_.flag("--batch", command_.batch,
                                    "Read lines of \"IP SENDER HELO\", and print a line for each");
        options_.inputs("-f,--file", command_.files, "With --batch: read FILE rather than standard input")
            ->needs(batch);
        auto* format = options_.text("-t,--format", format_, "text (default) or json", "NAME");
        auto* explanation =
            options_.flag("--explanation", explanation_, "Print what the domain says to those who fail")
                ->excludes(format);
        options_.flag("--received-spf", received_spf_, "Print a Received-SPF header field")
            ->excludes(format)
            ->excludes(explanation);
        options_.text("--receiver", command_.receiver, "The host that checks (default: unknown)", "NAME");
        common_.define(options_, command_);
    }

    OptionSet& options() override { return options_; }

    Expected<Command, Instead> finish() override {
        if (format_ == "json")
            command_.output = CheckOutput::json;
        else if (format_ != "text")
            return refuse(fmt::format("--format: \"{}\" is neither text nor json", escape(format_)));
        if (explanation_) command_.output = CheckOutput::explanation;
        if (received_spf_) command_.output = CheckOutput::received_spf;
        if (auto error = common_.check(options_, command_)) return refuse(std::move(*error));
        if (command_.batch && options_.given("ip"))
            return refuse("--batch reads clients from its input, not from arguments");
        if (command_.batch && (command_.sender || command_.helo || command_.record))
            return refuse(
                "--batch reads senders and HELO names from its input: no --sender, --helo, --record");
        if (!command_.batch && command_.client.empty()) return refuse("no address given (--help tells how)");
        return std::move(command_);
    }

  private:
    CheckCommand command_;
    OptionSet options_{
        "Check a client as a mail server would: check_host() of RFC 7208. The first line begins "
        "with the result.\nExit status: 0 pass, 1 could not run, 2 fail, 3 softfail, 4 neutral, "
        "5 none, 6 temperror, 7 permerror.",
        "spfwalk check"};
    CommonParser common_;
    std::string format_ = "text";
    bool explanation_ = false, received_spf_ = false;
};

} // namespace

std::unique_ptr<CommandParser> check_parser() {
    return std::make_unique<CheckParser>();
}

} // namespace spfwalk::cli
