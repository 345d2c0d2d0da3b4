// `spfwalk tree`: its own options.
#include "option_parts.h"

#include "spfwalk/escape.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

class TreeParser final : public CommandParser {
  public:
    TreeParser() {
        options_.app
            .add_option("domain", command_.domains,
                        "Domains; \"-\" is standard input; without any, standard input if it is no terminal")
            ->type_name("DOMAIN");
        options_.inputs("-f,--file", command_.files, "Read domains from FILE, one a line (repeatable)");
        auto* only_ipv4 = options_.flag("-4", only_ipv4_, "IPv4 only");
        options_.flag("-6", only_ipv6_, "IPv6 only")->excludes(only_ipv4);
        options_.text("-t,--format", format_, "text (default), json, dot or html", "NAME");
        common_.define(options_, command_);
    }

    OptionSet& options() override { return options_; }

    Expected<Command, Instead> finish() override {
        constexpr std::pair<std::string_view, TreeOutput> outputs[] = {{"text", TreeOutput::text},
                                                                       {"json", TreeOutput::json},
                                                                       {"dot", TreeOutput::dot},
                                                                       {"html", TreeOutput::html}};
        const auto output = std::ranges::find(outputs, format_, [](const auto& o) { return o.first; });
        if (output == std::end(outputs))
            return refuse(
                fmt::format("--format: \"{}\" is neither text, json, dot nor html", escape(format_)));
        command_.output = output->second;
        if (only_ipv4_) command_.families = {net::Family::ipv4};
        if (only_ipv6_) command_.families = {net::Family::ipv6};
        if (auto error = common_.check(options_, command_)) return refuse(std::move(*error));
        if (auto error = check_mailbox(command_)) return refuse(std::move(*error));
        return std::move(command_);
    }

  private:
    TreeCommand command_;
    OptionSet options_{
        "Draw the include tree of a domain's SPF record: what each term brings, costs and runs into.\n"
        "Exit status: 0 the tree was drawn, whatever is wrong with the record, 1 could not run.",
        "spfwalk tree"};
    CommonParser common_;
    std::string format_ = "text";
    bool only_ipv4_ = false, only_ipv6_ = false;
};

} // namespace

std::unique_ptr<CommandParser> tree_parser() {
    return std::make_unique<TreeParser>();
}

} // namespace spfwalk::cli
