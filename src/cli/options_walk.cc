// `spfwalk walk`: its own options.
#include "option_parts.h"

#include "spfwalk/cli/domains.h"
#include "spfwalk/escape.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

std::string format_help() {
    std::string text;
    for (const emit::Format& format : emit::formats())
        text += fmt::format("{:<14}{}\n", format.name, format.summary);
    for (const emit::PublishFormat& format : emit::publish_formats())
        text += fmt::format("{:<14}{}\n", format.name, format.summary);
    return text;
}

class WalkParser final : public CommandParser {
  public:
    WalkParser() {
        define_selection();
        define_output();
        define_publishing();
        define_policy();
        common_.define(options_, command_);
        options_.flag("--strict", command_.strict, "Fail on any warning about a domain");
        auto* progress =
            options_.flag("--progress", progress_, "Show progress even if standard error is no terminal");
        options_.flag("--no-progress", no_progress_, "Show no progress")->excludes(progress);
    }

    OptionSet& options() override { return options_; }

    Expected<Command, Instead> finish() override {
        if (format_ == "help") return unexpected(Instead{ExitStatus::ok, format_help(), {}});
        for (const auto check : {&WalkParser::check_format, &WalkParser::check_publishing,
                                 &WalkParser::check_files, &WalkParser::check_policy})
            if (auto error = (this->*check)()) return refuse(std::move(*error));
        if (auto error = common_.check(options_, command_)) return refuse(std::move(*error));
        if (auto error = check_mailbox(command_)) return refuse(std::move(*error));
        return std::move(command_);
    }

  private:
    void define_selection();
    void define_output();
    void define_publishing();
    void define_policy();
    std::optional<std::string> check_format();
    std::optional<std::string> check_publishing();
    std::optional<std::string> check_files();
    std::optional<std::string> check_policy();
    bool given(const char* name) const { return options_.given(name); }

    WalkCommand command_;
    OptionSet options_{
        "Print exactly the IPv4 and IPv6 prefixes from which mail for a domain passes SPF (RFC 7208).\n"
        "Other commands, each with its own --help: check, lint, tree.",
        "spfwalk [walk]"};
    CommonParser common_;
    bool only_ipv4_ = false, only_ipv6_ = false;
    std::string format_ = "plain", custom_;
    bool annotate_ = false, no_aggregate_ = false, regions_ = false, possible_ = false;
    std::string output_, resume_, state_, stats_, name_, bogons_ = "warn", max_stale_, max_shrink_, max_grow_;
    std::string ending_, under_, ttl_, diff_;
    bool progress_ = false, no_progress_ = false;
};

void WalkParser::define_selection() {
    options_.app.add_option("domain", command_.domains, "Domains to walk; - reads them from standard input")
        ->type_name("DOMAIN");
    auto* four = options_.flag("-4", only_ipv4_, "IPv4 only, and ask only what IPv4 needs");
    options_.flag("-6", only_ipv6_, "IPv6 only, and ask only what IPv6 needs")->excludes(four);
    options_.inputs("-f,--file", command_.files, "Read domains from FILE, one a line (repeatable)");
}

void WalkParser::define_output() {
    auto* format = options_.text("-t,--format", format_, "Output format; \"help\" lists them", "NAME");
    auto* custom =
        options_.text("-F", custom_, "Own output format: %n %l %m %p %d %% \\n \\t", "FMT")->excludes(format);
    auto* annotate =
        options_.flag("--annotate", annotate_, "Comment where each prefix came from")->excludes(custom);
    auto* as_published = options_.flag("--no-aggregate", no_aggregate_,
                                       "Prefixes as published, not the fewest that are the same");
    auto* possible = options_.flag("--possible", possible_, "Add what undecidable terms might match");
    options_.flag("--regions", regions_, "Print the result and deciding term of every address")
        ->excludes(format)
        ->excludes(custom)
        ->excludes(annotate)
        ->excludes(as_published)
        ->excludes(possible);
    options_.file("--diff", diff_, "Print what was added to and removed from the list in FILE")
        ->excludes(custom)
        ->excludes(annotate)
        ->excludes("--regions");
    options_.flag("--ordered", command_.ordered, "ndjson in the order of the domains, not as they are done");
    options_.file("--resume", resume_, "ndjson: leave out what has an object in FILE");
    options_.text("-N,--name", name_, "Name of the table or set, in formats that have one (default spfwalk)",
                  "NAME");
}

void WalkParser::define_publishing() {
    options_.text("--all", ending_, "With -t spf: the end; as-is (default), fail, softfail, neutral or none",
                  "RESULT");
    options_.number("--answer-size", command_.publishing.answer_size,
                    "With -t spf: octets of a TXT answer at most (default 450)", emit::smallest_answer_size,
                    emit::largest_answer_size);
    options_.text("--under", under_, "With -t spf: name below which sub-records live (default: the domain)",
                  "NAME");
    options_.text("--ttl", ttl_, "With -t spf-zone: TTL of the records (default: that of the zone)", "TIME");
}

void WalkParser::define_policy() {
    auto* output = options_.file("-o,--output", output_, "Replace FILE atomically, and only by a good list");
    output->excludes("--regions");
    output->excludes("--diff");
    options_.flag("--allow-empty", command_.guards.allow_empty, "With -o: an empty list is good too")
        ->needs(output);
    options_.text("--max-shrink", max_shrink_, "With -o: largest loss of addresses (default 50%)", "SHARE")
        ->needs(output);
    options_.text("--max-grow", max_grow_, "With -o: largest gain of addresses (default: any)", "SHARE")
        ->needs(output);
    options_.flag("--force", command_.force, "With -o: replace a FILE that cannot be read as the format")
        ->needs(output);
    options_.flag("--partial", command_.partial,
                  "Keep what is proven of domains that DNS did not answer for");
    auto* state =
        options_.file("--state", state_, "Keep each domain's last good list here, for when DNS is down");
    options_.text("--max-stale", max_stale_, "How old a last good list may be (default 7d)", "TIME")
        ->needs(state);
    options_.file("--stats", stats_, "Write what became of the run as JSON");
    options_.files("--also", command_.also, "Always add the prefixes in FILE (repeatable)");
    options_.files("--except", command_.except, "Always remove the prefixes in FILE (repeatable)");
    options_.text("--bogons", bogons_, "Special-purpose addresses: warn (default), keep or drop", "WHAT");
    options_.number("--widest4", command_.guards.widest_ipv4,
                    "Shortest IPv4 prefix that is no surprise (default 8)", 0, 32);
    options_.number("--widest6", command_.guards.widest_ipv6,
                    "Shortest IPv6 prefix that is no surprise (default 19)", 0, 128);
    options_.flag("--allow-wide", command_.guards.allow_wide, "With -o: wider prefixes are good too");
}

std::optional<std::string> WalkParser::check_format() {
    if (only_ipv4_) command_.families = {net::Family::ipv4};
    if (only_ipv6_) command_.families = {net::Family::ipv6};
    command_.publish_format = emit::find_publish_format(format_);
    command_.format = command_.publish_format ? &emit::formats().front() : emit::find_format(format_);
    if (command_.format == nullptr)
        return fmt::format("--format: \"{}\" is not a format (--format help lists them)", escape(format_));
    if (given("-F")) {
        auto custom = emit::compile_custom(custom_);
        if (!custom) return fmt::format("-F: {}", custom.error());
        command_.custom = std::move(*custom);
    }
    command_.style.aggregate = no_aggregate_ ? emit::Aggregate::as_published : emit::Aggregate::fewest;
    command_.style.annotate = annotate_ ? emit::Annotate::yes : emit::Annotate::no;
    command_.certainty = possible_ ? emit::Certainty::possible : emit::Certainty::sure;
    command_.style.families = command_.families;
    command_.style.version = SPFWALK_VERSION;
    if (given("--name")) {
        if (command_.format->check_name == nullptr || command_.custom)
            return fmt::format("-N: the format {} has no name in it", command_.custom ? "-F" : format_);
        if (const auto why = command_.format->check_name(name_))
            return fmt::format("-N: \"{}\": {}", escape(name_), *why);
        command_.style.name = name_;
    }
    if (annotate_ && !command_.format->annotates)
        return fmt::format("--annotate: the format {} has no comments", format_);
    command_.regions = regions_;
    const bool objects = command_.format->every_outcome_is_data && !command_.custom && !regions_;
    command_.spreads_questions = objects && !given("--output");
    for (const char* name : {"--ordered", "--resume"})
        if (given(name) && (!objects || given("--output") || given("--record")))
            return fmt::format("{}: only with --format ndjson, and without --output or --record", name);
    return std::nullopt;
}

std::optional<std::string> WalkParser::check_publishing() {
    if (command_.publish_format == nullptr) {
        for (const char* name : {"--all", "--answer-size", "--under", "--ttl"})
            if (given(name))
                return fmt::format("{}: only with the formats that publish: spf, spf-zone, spf-json", name);
        return std::nullopt;
    }
    // A record is for both families, any sender and any time, and says what the domain's own says.
    for (const char* name : {"-4", "-6", "--sender", "--helo"})
        if (given(name))
            return fmt::format("{}: not with the format {}: a record holds for all addresses and senders",
                               name, format_);
    for (const char* name :
         {"--annotate", "--possible", "--no-aggregate", "--partial", "--state", "--also", "--except"})
        if (given(name))
            return fmt::format("{}: not with the format {}: a record says what the domain's own says now",
                               name, format_);
    constexpr std::array endings{
        std::pair("as-is", emit::Ending::original), std::pair("fail", emit::Ending::fail),
        std::pair("softfail", emit::Ending::softfail), std::pair("neutral", emit::Ending::neutral),
        std::pair("none", emit::Ending::none)};
    if (given("--all")) {
        const auto found =
            std::ranges::find_if(endings, [&](const auto& ending) { return ending.first == ending_; });
        if (found == endings.end())
            return fmt::format("--all: \"{}\" is none of as-is, fail, softfail, neutral and none",
                               escape(ending_));
        command_.publishing.ending = found->second;
    }
    if (given("--under")) {
        auto name = domain_from_text(under_);
        if (!name) return fmt::format("--under: \"{}\": {}", escape(under_), name.error());
        command_.publishing.under = std::move(*name);
    }
    if (given("--ttl")) {
        if (!command_.publish_format->has_ttl) return fmt::format("--ttl: the format {} has none", format_);
        std::optional<std::chrono::milliseconds> value;
        if (auto error = read_duration(options_, "--ttl", ttl_, value)) return error;
        constexpr std::int64_t longest = (std::int64_t{1} << 31) - 1; // RFC 2181 §8
        command_.publish_ttl = static_cast<std::uint32_t>(
            std::min(std::chrono::ceil<std::chrono::seconds>(*value).count(), longest));
    }
    return std::nullopt;
}

std::optional<std::string> WalkParser::check_files() {
    if (given("--output")) command_.output = output_;
    if (given("--diff")) {
        if (format_ != "plain" && format_ != "json")
            return fmt::format("--diff: printed as plain or json, not as {}", format_);
        command_.diff = diff_;
    }
    if (given("--resume")) command_.resume = resume_;
    if (given("--state")) command_.state = state_;
    if (given("--stats")) command_.stats = stats_;
    if (given("--state") && given("--record")) return "--state does not remember what --record pretends";
    if (regions_ && (given("--also") || given("--except") || given("--state")))
        return "--regions tells what records say: no --also, --except or --state";
    return std::nullopt;
}

std::optional<std::string> WalkParser::check_policy() {
    if (given("--max-stale")) {
        std::optional<std::chrono::milliseconds> value;
        if (auto error = read_duration(options_, "--max-stale", max_stale_, value)) return error;
        command_.max_stale = std::chrono::ceil<std::chrono::seconds>(*value);
    }
    for (const auto& [name, share] :
         {std::pair("--max-shrink", &max_shrink_), std::pair("--max-grow", &max_grow_)}) {
        if (!given(name)) continue;
        const auto value = policy::parse_share(*share);
        if (!value) return fmt::format("{}: \"{}\" is not a share such as 50% or 0.5", name, escape(*share));
        if (share == &max_grow_)
            command_.guards.max_grow = *value;
        else
            command_.guards.max_shrink = *value;
    }
    if (bogons_ == "keep") {
        command_.bogons = Bogons::keep;
    } else if (bogons_ == "drop") {
        // What these print is what records say.
        if (regions_) return "--bogons drop: not with --regions";
        if (command_.publish_format != nullptr ||
            (command_.format->every_outcome_is_data && !command_.custom))
            return fmt::format("--bogons drop: not with the format {}", format_);
        command_.bogons = Bogons::drop;
    } else if (bogons_ != "warn") {
        return fmt::format("--bogons: \"{}\" is none of warn, keep and drop", escape(bogons_));
    }
    if (progress_) command_.progress = Progress::always;
    if (no_progress_) command_.progress = Progress::never;
    return std::nullopt;
}

} // namespace

std::unique_ptr<CommandParser> walk_parser() {
    return std::make_unique<WalkParser>();
}

} // namespace spfwalk::cli
