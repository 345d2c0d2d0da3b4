#include "spfwalk/cli/options.h"

#include "file_uses.h"
#include "option_parts.h"

#include "spfwalk/cli/confine.h"
#include "spfwalk/cli/identity.h"
#include "spfwalk/dns/cares_resolver.h"
#include "spfwalk/escape.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

std::string objection_to_input(const std::string& name) {
    return name.empty() ? "no file named" : "";
}

std::string objection_to_file(const std::string& name) {
    return name == "-" ? "- is no file here (./- is one of that name)" : objection_to_input(name);
}

/// Shows an option's value only: which options exclude which is told when it matters.
class Help final : public CLI::Formatter {
  public:
    std::string make_option_opts(const CLI::Option* option) const override {
        return option->get_type_size() == 0 ? "" : ' ' + option->get_type_name();
    }
};

constexpr std::pair<std::string_view, std::unique_ptr<CommandParser> (*)()> commands[] = {
    {"walk", walk_parser},
    {"check", check_parser},
    {"lint", lint_parser},
    {"tree", tree_parser},
};

bool has_value(const CLI::App& app, const std::string& name) {
    const CLI::Option* option = app.get_option_no_throw(name);
    return option != nullptr && option->get_expected_min() > 0;
}

/// Whether the word behind `argument` is the value of an option, perhaps of the last of several in one
/// ("-4f").
bool takes_next(const CLI::App& app, std::string_view argument) {
    if (argument.size() < 2 || !argument.starts_with('-')) return false;
    if (argument.starts_with("--")) return has_value(app, std::string(argument));
    for (std::size_t i = 1; i < argument.size(); ++i)
        if (has_value(app, {'-', argument[i]})) return i + 1 == argument.size();
    return false;
}

/// Takes the command's name off the arguments. Names of one label are nobody's mail domain, so one of these
/// words can only be meant as a command, unless it is the value of an option of any command.
std::unique_ptr<CommandParser> take_command(std::vector<std::string>& arguments) {
    const auto is_value = [](std::string_view before) {
        return std::ranges::any_of(commands, [before](const auto& command) {
            return takes_next(command.second()->options().app, before);
        });
    };
    for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
        const auto command = std::ranges::find(commands, arguments[i], [](const auto& c) { return c.first; });
        if (command == std::end(commands) || (i > 0 && is_value(arguments[i - 1]))) continue;
        arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i));
        return command->second();
    }
    return walk_parser();
}

/// An argument such as "-5" that is no option, if there is one: CLI11 takes it for a number that stands for
/// itself, but no domain and no address begins so.
std::optional<std::string> stray_number(const CLI::App& app, const std::vector<std::string>& arguments) {
    for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
        const std::string& argument = arguments[i];
        if (argument.size() < 2 || argument[0] != '-' || argument[1] < '0' || argument[1] > '9') continue;
        const bool is_known = app.get_option_no_throw(argument.substr(0, 2)) != nullptr;
        if (!is_known && (i == 0 || !takes_next(app, arguments[i - 1]))) return argument;
    }
    return std::nullopt;
}

/// CLI11 takes an argument such as "[a.example,b.example]" for two. With a blank in front it stays what it
/// is: no name.
void keep_whole(const CLI::App& app, std::vector<std::string>& arguments) {
    bool are_options_over = false;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const bool is_value = !are_options_over && i > 0 && takes_next(app, arguments[i - 1]);
        if (!is_value && arguments[i].starts_with('[')) arguments[i].insert(0, " ");
        are_options_over = are_options_over || (!is_value && arguments[i] == "--");
    }
}

} // namespace

OptionSet::OptionSet(std::string description, std::string name)
    : app(std::move(description), std::move(name)) {
    app.set_version_flag("--version",
                         fmt::format("spfwalk {} (c-ares {})", SPFWALK_VERSION, dns::cares_version()));
    app.formatter(std::make_shared<Help>());
    app.set_help_flag("-h,--help", "Show this help");
}

CLI::Option* OptionSet::text(const char* name, std::string& value, const char* help, const char* type) {
    return app.add_option(name, value, help)->type_name(type)->group("Options");
}

CLI::Option* OptionSet::texts(const char* name, std::vector<std::string>& value, const char* help,
                              const char* type) {
    return app.add_option(name, value, help)->type_name(type)->allow_extra_args(false)->group("Options");
}

CLI::Option* OptionSet::file(const char* name, std::string& value, const char* help) {
    return text(name, value, help, "FILE")->check(objection_to_file);
}

CLI::Option* OptionSet::files(const char* name, std::vector<std::string>& value, const char* help) {
    return texts(name, value, help, "FILE")->check(objection_to_file);
}

CLI::Option* OptionSet::inputs(const char* name, std::vector<std::string>& value, const char* help) {
    return texts(name, value, help, "FILE")->check(objection_to_input);
}

CLI::Option* OptionSet::flag(const char* name, bool& value, const char* help) {
    return app.add_flag(name, value, help)->group("Options");
}

void CommonParser::define(OptionSet& options, CommonOptions& common, Modes modes) {
    auto* zone = options.file("--zone", zone_, "Answer from a master file, never from the network");
    options
        .texts("-r,--resolver", servers_, "Ask this server (repeatable); default: resolv.conf", "ADDR[:PORT]")
        ->excludes(zone);
    options.flag("--tcp", common.tcp_only, "Ask over TCP only")->excludes(zone);
    options.text("--timeout", timeout_, "Longest wait for one try of a question (default 2500ms)", "TIME");
    options.number("--tries", tries_, "How often an unanswered question is sent (default 5)", 1, 20);
    options.text("--deadline", deadline_, "End of the whole run", "TIME");
    options.number<std::size_t>("--window", window_, "Questions in flight at once (default 256)", 1, 60000);
    options.text("--rate", rate_, "Queries a second, or \"none\" (default 1000, none on this machine)", "N");
    options.file("--capture", capture_, "Write every answer as a master file for --zone");
    options.text("--record", record_, "Pretend the one DOMAIN publishes TEXT", "TEXT");

    options.text("--sender", sender_, "The sender whose mail is meant", "MAILBOX");
    options.text("--helo", helo_, "The HELO name that is meant", "NAME");
    options.number("--lookup-limit", lookup_limit_, "Terms with lookups (default 10)", 1, 255);
    options.text("--void-limit", void_limit_, "Lookups that find nothing, or \"none\" (default 2)", "N");
    options.text("--mx", mx_order_, "How servers visit MX hosts: eager or sequential", "ORDER");
    if (modes == Modes::strict_or_lenient)
        options.flag("--lenient", lenient_, "Look past common mistakes; not RFC 7208");
    options.text("--user", user_, "Become this user first", "NAME");
    options.flag("--no-sandbox", no_sandbox_, "Keep what the run does not need, for debugging");
    auto* verbose = options.flag("-v,--verbose", verbose_, "Say more on standard error");
    options.flag("-q,--quiet", quiet_, "No warnings")->excludes(verbose);
}

std::optional<std::string> CommonParser::check(const OptionSet& options, CommonOptions& common) const {
    for (const std::string& text : servers_) {
        auto server = dns::parse_server(text);
        if (!server) return fmt::format("--resolver: {}", server.error());
        common.servers.push_back(*server);
    }
    if (auto error = read_duration(options, "--timeout", timeout_, common.timeout)) return error;
    if (auto error = read_duration(options, "--deadline", deadline_, common.deadline)) return error;
    if (options.given("--tries")) common.tries = tries_;
    if (options.given("--window")) common.window = window_;
    if (options.given("--rate")) {
        common.rate = rate_ == "none" ? 0 : parse_number<std::size_t>(rate_);
        if (!common.rate || (*common.rate == 0 && rate_ != "none") || *common.rate > 10'000'000)
            return fmt::format("--rate: \"{}\" is not \"none\" or a number from 1 to 10000000",
                               escape(rate_));
    }
    if (options.given("--zone")) common.zone = zone_;
    if (options.given("--capture")) common.capture = capture_;
    if (options.given("--record")) common.record = record_;
    if (options.given("--sender")) common.sender = claimed_sender(sender_);
    if (options.given("--helo")) common.helo = claimed_name(helo_);
    if (lenient_) common.rules = spf::Rules::lenient();
    if (options.given("--lookup-limit")) common.rules.lookup_limit = lookup_limit_;
    if (options.given("--void-limit")) {
        common.rules.void_limit = parse_number<int>(void_limit_);
        const bool is_limit = common.rules.void_limit && *common.rules.void_limit < 256;
        if (!is_limit && void_limit_ != "none")
            return fmt::format("--void-limit: \"{}\" is not \"none\" or a number from 0 to 255",
                               escape(void_limit_));
    }
    if (mx_order_ != "eager" && mx_order_ != "sequential")
        return fmt::format("--mx: \"{}\" is neither eager nor sequential", escape(mx_order_));
    if (mx_order_ == "sequential") common.rules.mx_order = spf::MxOrder::sequential;
    if (options.given("--user")) common.user = user_;
    common.sandbox = !no_sandbox_;
    if (verbose_) common.verbosity = Verbosity::verbose;
    if (quiet_) common.verbosity = Verbosity::quiet;
    return std::nullopt;
}

std::optional<std::string> check_mailbox(const CommonOptions& common) {
    if (!common.sender) return std::nullopt;
    if (common.sender->find('@') != std::string::npos && !common.sender->ends_with('@')) return std::nullopt;
    return fmt::format("--sender: \"{}\" is not a mailbox such as someone@example.com",
                       escape(*common.sender));
}

tl::unexpected<Instead> refuse(std::string error) {
    std::ranges::replace(error, '\n', ' '); // the library has messages of several lines
    return tl::unexpected(Instead{ExitStatus::failed, {}, printable(error)});
}

std::optional<std::string> read_duration(const OptionSet& options, const char* name, const std::string& text,
                                         std::optional<std::chrono::milliseconds>& value) {
    if (!options.given(name)) return std::nullopt;
    value = parse_duration(text);
    if (value && value->count() > 0) return std::nullopt;
    return fmt::format("{}: \"{}\" is not a time such as 300ms, 2s or 10m, of ten years at most", name,
                       escape(text));
}

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

Expected<Command, Instead> parse_arguments(std::vector<std::string> arguments) {
    // Commands are not CLI11's subcommands, because options in front of one would stay with the program and
    // not reach it.
    const std::unique_ptr<CommandParser> parser = take_command(arguments);
    CLI::App& app = parser->options().app;
    if (const auto stray = stray_number(app, arguments))
        return refuse(fmt::format("\"{}\" is no option here", escape(*stray)));
    if (app.get_option_no_throw("domain") != nullptr) keep_whole(app, arguments);
    std::ranges::reverse(arguments); // as CLI11 wants them
    try {
        app.parse(arguments);
    } catch (const CLI::CallForHelp&) {
        return unexpected(Instead{ExitStatus::ok, app.help(), {}});
    } catch (const CLI::CallForVersion& version) {
        const std::string parts = app.count("--verbose") > 0 ? sandbox_lines() : std::string();
        return unexpected(Instead{ExitStatus::ok, std::string(version.what()) + '\n' + parts, {}});
    } catch (const CLI::ArgumentMismatch& error) {
        const std::string_view message = error.what(); // "--zone: …"
        const std::string_view option = message.substr(0, message.find(':'));
        const bool is_surplus = message.find("At Most") != message.npos;
        return refuse(fmt::format("{}: {}", option, is_surplus ? "given more than once" : "needs a value"));
    } catch (const CLI::ParseError& error) {
        return refuse(error.what());
    }
    Expected<Command, Instead> command = parser->finish();
    if (command)
        if (auto error = clash_of_files(*command)) return refuse(std::move(*error));
    return command;
}

} // namespace spfwalk::cli
