#include "spfwalk/cli/options.h"

#include "spfwalk/dns/cares_resolver.h"
#include "spfwalk/escape.h"

#include <algorithm>
#include <charconv>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

template <class T>
std::optional<T> parse_number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// What CLI11 fills in before it is checked: text as given.
struct Raw {
    bool only_ipv4 = false, only_ipv6 = false;
    std::string format = "plain", custom;
    bool annotate = false, no_aggregate = false, regions = false, possible = false;
    std::vector<std::string> servers;
    std::string timeout, deadline, void_limit, mx_order = "eager";
    std::string zone, capture, record, sender, helo;
    int tries = 0, lookup_limit = 0;
    std::size_t window = 0;
    std::string output, state, stats, name, bogons = "warn", max_stale, max_shrink, max_grow;
    bool progress = false, no_progress = false;
    bool lenient = false, quiet = false, verbose = false;
};

/// Shows an option's value only: which options exclude which is told when it matters.
class Help final : public CLI::Formatter {
  public:
    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_type_size() == 0 ? "" : ' ' + option->get_type_name();
    }
};

unexpected<Instead> refuse(std::string error) {
    std::ranges::replace(error, '\n', ' ');
    return unexpected(Instead{ExitStatus::failed, {}, std::move(error)});
}

/// Names of one label are nobody's mail domain, so these can only be meant as commands.
bool is_later_command(std::string_view word) {
    return word == "check" || word == "tree" || word == "lint";
}

std::string format_help() {
    std::string text;
    for (const emit::Format& format : emit::formats())
        text += fmt::format("{:<14}{}\n", format.name, format.summary);
    return text;
}

void define(CLI::App& app, WalkCommand& command, Raw& raw) {
    app.set_version_flag("--version",
                         fmt::format("spfwalk {} (c-ares {})", SPFWALK_VERSION, dns::cares_version()));
    app.formatter(std::make_shared<Help>());
    app.set_help_flag("-h,--help", "Show this help");
    app.add_option("domain", command.domains, "Domains to walk; - reads them from standard input")
        ->type_name("DOMAIN");

    const auto text = [&](const char* name, std::string& value, const char* help, const char* type) {
        return app.add_option(name, value, help)->type_name(type)->group("Options");
    };
    const auto flag = [&](const char* name, bool& value, const char* help) {
        return app.add_flag(name, value, help)->group("Options");
    };
    auto* four = flag("-4", raw.only_ipv4, "IPv4 only, and ask only what IPv4 needs");
    flag("-6", raw.only_ipv6, "IPv6 only, and ask only what IPv6 needs")->excludes(four);
    // allow_extra_args(false): one value an option, or it would swallow the domains behind it.
    app.add_option("-f,--file", command.files, "Read domains from FILE, one a line (repeatable)")
        ->type_name("FILE")
        ->allow_extra_args(false)
        ->group("Options");

    auto* format = text("-t,--format", raw.format, "Output format; \"help\" lists them", "NAME");
    auto* custom =
        text("-F", raw.custom, "Own output format: %n %l %m %p %d %% \\n \\t", "FMT")->excludes(format);
    auto* annotate =
        flag("--annotate", raw.annotate, "Comment where each prefix came from")->excludes(custom);
    auto* as_published =
        flag("--no-aggregate", raw.no_aggregate, "Prefixes as published, not the fewest that are the same");
    auto* possible = flag("--possible", raw.possible, "Add what undecidable terms might match");
    flag("--regions", raw.regions, "Print the result and deciding term of every address")
        ->excludes(format)
        ->excludes(custom)
        ->excludes(annotate)
        ->excludes(as_published)
        ->excludes(possible);

    text("-N,--name", raw.name, "Name of the table or set, in formats that have one (default spfwalk)",
         "NAME");

    auto* output =
        text("-o,--output", raw.output, "Replace FILE atomically, and only by a good list", "FILE");
    output->excludes("--regions");
    flag("--allow-empty", command.guards.allow_empty, "With -o: an empty list is good too")->needs(output);
    text("--max-shrink", raw.max_shrink, "With -o: largest loss of addresses (default 50%)", "SHARE")
        ->needs(output);
    text("--max-grow", raw.max_grow, "With -o: largest gain of addresses (default: any)", "SHARE")
        ->needs(output);
    flag("--force", command.force, "With -o: replace a FILE that cannot be read as the format")
        ->needs(output);
    flag("--partial", command.partial, "Keep what is proven of domains that DNS did not answer for");
    auto* state =
        text("--state", raw.state, "Keep each domain's last good list here, for when DNS is down", "FILE");
    text("--max-stale", raw.max_stale, "How old a last good list may be (default 7d)", "TIME")->needs(state);
    text("--stats", raw.stats, "Write what became of the run as JSON", "FILE");
    const auto files = [&](const char* name, std::vector<std::string>& value, const char* help) {
        app.add_option(name, value, help)->type_name("FILE")->allow_extra_args(false)->group("Options");
    };
    files("--also", command.also, "Always add the prefixes in FILE (repeatable)");
    files("--except", command.except, "Always remove the prefixes in FILE (repeatable)");
    text("--bogons", raw.bogons, "Special-purpose addresses: warn (default), keep or drop", "WHAT");
    app.add_option("--widest4", command.guards.widest_ipv4,
                   "Shortest IPv4 prefix that is no surprise (default 8)")
        ->type_name("N")
        ->check(CLI::Range(0, 32).description(""))
        ->group("Options");
    app.add_option("--widest6", command.guards.widest_ipv6,
                   "Shortest IPv6 prefix that is no surprise (default 19)")
        ->type_name("N")
        ->check(CLI::Range(0, 128).description(""))
        ->group("Options");
    flag("--allow-wide", command.guards.allow_wide, "With -o: wider prefixes are good too");

    auto* zone = text("--zone", raw.zone, "Answer from a master file, never from the network", "FILE");
    app.add_option("-r,--resolver", raw.servers, "Ask this server (repeatable); default: resolv.conf")
        ->type_name("ADDR[:PORT]")
        ->allow_extra_args(false)
        ->excludes(zone)
        ->group("Options");
    flag("--tcp", command.tcp_only, "Ask over TCP only")->excludes(zone);
    text("--timeout", raw.timeout, "Longest wait for one try of a question (default 2500ms)", "TIME");
    app.add_option("--tries", raw.tries, "How often an unanswered question is sent (default 5)")
        ->type_name("N")
        ->check(CLI::Range(1, 20).description(""))
        ->group("Options");
    text("--deadline", raw.deadline, "End of the whole run", "TIME");
    app.add_option("--window", raw.window, "Questions in flight at once (default 256)")
        ->type_name("N")
        ->check(CLI::Range(1, 60000).description(""))
        ->group("Options");
    text("--capture", raw.capture, "Write every answer as a master file for --zone", "FILE");
    text("--record", raw.record, "Pretend the one DOMAIN publishes TEXT", "TEXT");

    text("--sender", raw.sender, "The sender whose mail is meant (default: any at DOMAIN)", "MAILBOX");
    text("--helo", raw.helo, "The HELO name that is meant (default: any)", "NAME");
    app.add_option("--lookup-limit", raw.lookup_limit, "Terms with lookups (default 10)")
        ->type_name("N")
        ->check(CLI::Range(1, 255).description(""))
        ->group("Options");
    text("--void-limit", raw.void_limit, "Lookups that find nothing, or \"none\" (default 2)", "N");
    text("--mx", raw.mx_order, "How servers visit MX hosts: eager or sequential", "ORDER");
    flag("--lenient", raw.lenient, "Look past common mistakes; not RFC 7208");
    flag("--strict", command.strict, "Fail on any warning about a domain");

    auto* progress = flag("--progress", raw.progress, "Show progress even if standard error is no terminal");
    flag("--no-progress", raw.no_progress, "Show no progress")->excludes(progress);
    auto* verbose = flag("-v,--verbose", raw.verbose, "Say more on standard error");
    flag("-q,--quiet", raw.quiet, "No warnings")->excludes(verbose);
}

/// From text to values. Returns what is wrong, if anything is.
std::optional<std::string> check(const CLI::App& app, const Raw& raw, WalkCommand& command) {
    const auto given = [&](const char* name) { return app.count(name) > 0; };
    const auto duration = [&](const char* name, const std::string& text,
                              std::optional<std::chrono::milliseconds>& value) -> std::optional<std::string> {
        if (!given(name)) return std::nullopt;
        value = parse_duration(text);
        if (value && value->count() > 0) return std::nullopt;
        return fmt::format("{}: \"{}\" is not a time such as 300ms, 2s or 10m", name, escape(text));
    };
    if (raw.only_ipv4) command.families = {net::Family::ipv4};
    if (raw.only_ipv6) command.families = {net::Family::ipv6};
    command.format = emit::find_format(raw.format);
    if (command.format == nullptr)
        return fmt::format("--format: \"{}\" is not a format (--format help lists them)", escape(raw.format));
    if (given("-F")) {
        auto custom = emit::compile_custom(raw.custom);
        if (!custom) return fmt::format("-F: {}", custom.error());
        command.custom = std::move(*custom);
    }
    command.style.aggregate = raw.no_aggregate ? emit::Aggregate::as_published : emit::Aggregate::fewest;
    command.style.annotate = raw.annotate ? emit::Annotate::yes : emit::Annotate::no;
    command.certainty = raw.possible ? emit::Certainty::possible : emit::Certainty::sure;
    command.style.families = command.families;
    if (given("--name")) {
        if (command.format->check_name == nullptr || command.custom)
            return fmt::format("-N: the format {} has no name in it", command.custom ? "-F" : raw.format);
        if (const auto why = command.format->check_name(raw.name))
            return fmt::format("-N: \"{}\": {}", escape(raw.name), *why);
        command.style.name = raw.name;
    }
    if (raw.annotate && !command.format->annotates)
        return fmt::format("--annotate: the format {} has no comments", raw.format);
    command.regions = raw.regions;
    if (given("--output")) command.output = raw.output;
    if (given("--state")) command.state = raw.state;
    if (given("--stats")) command.stats = raw.stats;
    for (const auto& [name, path] : {std::pair("--output", &raw.output), std::pair("--state", &raw.state),
                                     std::pair("--stats", &raw.stats), std::pair("--capture", &raw.capture)})
        if (given(name) && path->empty()) return fmt::format("{}: no file named", name);
    if (given("--state") && given("--record")) return "--state does not remember what --record pretends";
    for (const auto& [name, path] : {std::pair("--state", &raw.state), std::pair("--stats", &raw.stats)})
        if (given(name) && given("--output") && *path == raw.output)
            return fmt::format("{}: the same file as --output", name);
    if (given("--state") && given("--stats") && raw.state == raw.stats)
        return "--stats: the same file as --state";
    if (raw.regions && (given("--also") || given("--except") || given("--state") || raw.name.size()))
        return "--regions tells what records say: no --also, --except, --state or -N";
    if (given("--max-stale")) {
        std::optional<std::chrono::milliseconds> value;
        if (auto error = duration("--max-stale", raw.max_stale, value)) return error;
        command.max_stale = std::chrono::ceil<std::chrono::seconds>(*value);
    }
    for (const auto& [name, share] :
         {std::pair("--max-shrink", &raw.max_shrink), std::pair("--max-grow", &raw.max_grow)}) {
        if (!given(name)) continue;
        const auto value = policy::parse_share(*share);
        if (!value) return fmt::format("{}: \"{}\" is not a share such as 50% or 0.5", name, escape(*share));
        if (share == &raw.max_grow)
            command.guards.max_grow = *value;
        else
            command.guards.max_shrink = *value;
    }
    if (raw.bogons == "keep")
        command.bogons = Bogons::keep;
    else if (raw.bogons == "drop")
        command.bogons = Bogons::drop;
    else if (raw.bogons != "warn")
        return fmt::format("--bogons: \"{}\" is none of warn, keep and drop", escape(raw.bogons));
    if (raw.progress) command.progress = Progress::always;
    if (raw.no_progress) command.progress = Progress::never;
    for (const std::string& text : raw.servers) {
        auto server = dns::parse_server(text);
        if (!server) return fmt::format("--resolver: {}", server.error());
        command.servers.push_back(*server);
    }
    if (auto error = duration("--timeout", raw.timeout, command.timeout)) return error;
    if (auto error = duration("--deadline", raw.deadline, command.deadline)) return error;
    if (given("--tries")) command.tries = raw.tries;
    if (given("--window")) command.window = raw.window;
    if (given("--zone")) command.zone = raw.zone;
    if (given("--capture")) command.capture = raw.capture;
    if (given("--record")) command.record = raw.record;
    if (given("--sender")) command.sender = raw.sender;
    if (given("--helo")) command.helo = raw.helo;
    if (given("--sender") && (raw.sender.find('@') == std::string::npos || raw.sender.ends_with('@')))
        return fmt::format("--sender: \"{}\" is not a mailbox such as someone@example.com",
                           escape(raw.sender));
    if (raw.lenient) command.rules = spf::Rules::lenient();
    if (given("--lookup-limit")) command.rules.lookup_limit = raw.lookup_limit;
    if (given("--void-limit")) {
        command.rules.void_limit = parse_number<int>(raw.void_limit);
        const bool is_limit =
            command.rules.void_limit && *command.rules.void_limit >= 0 && *command.rules.void_limit < 256;
        if (!is_limit && raw.void_limit != "none")
            return fmt::format("--void-limit: \"{}\" is not \"none\" or a number from 0 to 255",
                               escape(raw.void_limit));
    }
    if (raw.mx_order != "eager" && raw.mx_order != "sequential")
        return fmt::format("--mx: \"{}\" is neither eager nor sequential", escape(raw.mx_order));
    if (raw.mx_order == "sequential") command.rules.mx_order = spf::MxOrder::sequential;
    if (raw.verbose) command.verbosity = Verbosity::verbose;
    if (raw.quiet) command.verbosity = Verbosity::quiet;
    return std::nullopt;
}

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = parse_number<std::int64_t>(text.substr(0, digits));
    constexpr std::pair<std::string_view, std::int64_t> units[] = {
        {"ms", 1}, {"", 1000}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}};
    const auto unit =
        std::ranges::find(units, text.substr(digits), &std::pair<std::string_view, std::int64_t>::first);
    constexpr std::int64_t ten_years = 3650LL * 86'400'000;
    if (!number || unit == std::end(units) || *number > ten_years / unit->second) return std::nullopt;
    return std::chrono::milliseconds(*number * unit->second);
}

Expected<WalkCommand, Instead> parse_arguments(std::vector<std::string> arguments) {
    // "walk" is the default command. It is taken off here rather than made a CLI11 subcommand, because
    // options in front of a subcommand would stay with the program and not reach it.
    if (!arguments.empty() && arguments.front() == "walk") arguments.erase(arguments.begin());

    WalkCommand command;
    Raw raw;
    CLI::App app(
        "Print exactly the IPv4 and IPv6 prefixes from which mail for a domain passes SPF (RFC 7208).",
        "spfwalk [walk]");
    define(app, command, raw);
    std::ranges::reverse(arguments); // as CLI11 wants them
    try {
        app.parse(arguments);
    } catch (const CLI::CallForHelp&) {
        return unexpected(Instead{ExitStatus::ok, app.help(), {}});
    } catch (const CLI::CallForVersion& version) {
        return unexpected(Instead{ExitStatus::ok, std::string(version.what()) + '\n', {}});
    } catch (const CLI::ParseError& error) {
        return refuse(error.what());
    }
    if (raw.format == "help") return unexpected(Instead{ExitStatus::ok, format_help(), {}});
    if (auto error = check(app, raw, command)) return refuse(std::move(*error));
    // "spfwalk -4 walk example.com": a name of one label has no SPF record, so nobody means a domain by it.
    if (!command.domains.empty() && command.domains.front() == "walk")
        command.domains.erase(command.domains.begin());
    if (!command.domains.empty() && is_later_command(command.domains.front()))
        return refuse(fmt::format("no such command yet: {}", command.domains.front()));
    return command;
}

} // namespace spfwalk::cli
