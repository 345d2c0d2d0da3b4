// The command line as plain data.
#pragma once

#include "spfwalk/cli/exit_status.h"
#include "spfwalk/dns/resolv_conf.h"
#include "spfwalk/emit/format.h"
#include "spfwalk/emit/publish_format.h"
#include "spfwalk/policy/guard.h"
#include "spfwalk/spf/evaluate.h"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spfwalk::cli {

enum class Verbosity : std::uint8_t { quiet, normal, verbose };

/// What becomes of special-purpose addresses in a list.
enum class Bogons : std::uint8_t { warn, keep, drop };

/// Whether to show progress on standard error.
enum class Progress : std::uint8_t { on_terminal, always, never };

/// What every command can be told: whom to ask and how, by which rules, how loud.
struct CommonOptions {
    std::vector<dns::Server> servers; ///< empty: those of resolv.conf
    bool tcp_only = false;
    std::optional<std::chrono::milliseconds> timeout;
    std::optional<int> tries;
    std::optional<std::chrono::milliseconds> deadline;
    std::optional<std::size_t> window;
    std::optional<std::size_t> rate;    ///< queries a second; 0: any number
    bool spreads_questions = false;     ///< over all servers, side by side
    std::optional<std::string> zone;    ///< path of a master file
    std::optional<std::string> capture; ///< path of the master file to write
    std::optional<std::string> record;

    spf::Rules rules;
    std::optional<std::string> sender;
    std::optional<std::string> helo;

    std::optional<std::string> user; ///< whom to become first
    bool sandbox = true;             ///< give up what the run does not need

    Verbosity verbosity = Verbosity::normal;
};

/// What `spfwalk walk` was asked to do. Checked: what contradicts itself never gets here.
struct WalkCommand : CommonOptions {
    std::vector<std::string> domains; ///< arguments, "-" for standard input
    std::vector<std::string> files;   ///< -f
    std::vector<net::Family> families{net::Family::ipv4, net::Family::ipv6};

    const emit::Format* format = nullptr; ///< never null after parsing
    std::optional<emit::CustomFormat> custom;
    emit::Style style;
    emit::Certainty certainty = emit::Certainty::sure;
    bool regions = false;
    const emit::PublishFormat* publish_format =
        nullptr; ///< records to publish instead of a list, if not null
    emit::PublishOptions publishing;
    std::optional<std::uint32_t> publish_ttl; ///< seconds

    /// Path of the earlier list to compare with instead of printing one.
    std::optional<std::string> diff;
    bool ordered = false;              ///< objects in the order of the input
    std::optional<std::string> resume; ///< path of the objects of an earlier run

    bool strict = false;

    std::optional<std::string> output; ///< -o: the file to replace; otherwise standard output
    policy::Guards guards;
    bool force = false;               ///< replace an old file that cannot be read
    bool partial = false;             ///< keep what is proven of domains that DNS did not answer for
    std::optional<std::string> state; ///< path of the state file
    std::chrono::seconds max_stale{7 * 86400};
    std::optional<std::string> stats; ///< path of the statistics to write
    std::vector<std::string> also;    ///< paths of prefix lists
    std::vector<std::string> except;
    Bogons bogons = Bogons::warn;

    Progress progress = Progress::on_terminal;
};

/// What `spfwalk check` prints.
enum class CheckOutput : std::uint8_t { text, json, explanation, received_spf };

/// What `spfwalk check` was asked to do.
struct CheckCommand : CommonOptions {
    std::string client;             ///< the address as text; empty in a batch
    std::string identity;           ///< the sender or domain behind it; empty: none given
    bool batch = false;             ///< lines of "ip sender helo"
    std::vector<std::string> files; ///< -f, of a batch; empty: standard input
    CheckOutput output = CheckOutput::text;
    std::string receiver = "unknown"; ///< the host in whose name it is checked
};

/// What `spfwalk lint` was asked to do.
struct LintCommand : CommonOptions {
    std::vector<std::string> domains; ///< as given
    std::vector<std::string> files;   ///< -f, as given
    bool json = false;
};

enum class TreeOutput : std::uint8_t { text, json, dot, html };

/// What `spfwalk tree` was asked to do.
struct TreeCommand : CommonOptions {
    std::vector<std::string> domains; ///< as given
    std::vector<std::string> files;   ///< -f, as given
    std::vector<net::Family> families = {net::Family::ipv4, net::Family::ipv6};
    TreeOutput output = TreeOutput::text;
};

using Command = std::variant<WalkCommand, CheckCommand, LintCommand, TreeCommand>;

/// What to say instead of running: help, the version, or what is wrong with the command line.
struct Instead {
    ExitStatus status = ExitStatus::ok;
    std::string output; ///< for standard output
    std::string error;  ///< one line without "spfwalk: " for standard error
};

/// Reads the arguments (without the program's name). The command's name may stand behind options; without one
/// it is walk.
Expected<Command, Instead> parse_arguments(std::vector<std::string> arguments);

/// "300ms", "2s", "10m", "1h", "7d"; a bare number is seconds. Nothing for anything else or over ten years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

} // namespace spfwalk::cli
