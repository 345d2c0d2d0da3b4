#include "spfwalk/cli/run.h"

#include "spfwalk/cli/collector.h"
#include "spfwalk/cli/file.h"
#include "spfwalk/cli/inputs.h"
#include "spfwalk/cli/update.h"
#include "spfwalk/dns/answer_store.h"
#include "spfwalk/dns/capture.h"
#include "spfwalk/dns/cares_resolver.h"
#include "spfwalk/dns/zone_resolver.h"
#include "spfwalk/escape.h"
#include "spfwalk/policy/special.h"

#include <chrono>
#include <ctime>
#include <memory>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

dns::CaresOptions network_options(const WalkCommand& command) {
    dns::CaresOptions options;
    const dns::ResolvConf system =
        command.servers.empty() ? dns::read_resolv_conf("/etc/resolv.conf") : dns::ResolvConf{};
    options.servers = command.servers.empty() ? system.servers : command.servers;
    options.rotate = system.rotate;
    options.tcp_only = command.tcp_only || system.use_tcp;
    if (system.timeout) options.timeout = *system.timeout;
    if (system.tries) options.tries = *system.tries;
    if (command.timeout) options.timeout = *command.timeout;
    if (command.tries) options.tries = *command.tries;
    if (command.window) options.window = *command.window;
    if (command.deadline) options.deadline = std::chrono::steady_clock::now() + *command.deadline;
    return options;
}

/// The answer that a domain which publishes just `text` would give.
dns::AnswerPtr pretended(const std::string& text) {
    auto answer = std::make_shared<dns::Answer>();
    answer->status = dns::Status::records;
    answer->records = dns::Texts{text};
    return answer;
}

/// The state file, locked for the run.
class StateFile {
  public:
    /// Nothing if it cannot be used: then it was said. A file that is not ours or is corrupt is set aside,
    /// said, and not trusted.
    static std::optional<StateFile> open(const std::string& path, Voice& voice) {
        auto replacement = policy::Replacement::open(path);
        if (!replacement) {
            voice.error(replacement.error());
            return std::nullopt;
        }
        StateFile file(path, std::move(*replacement));
        if (!file.replacement_.old_contents()) return file;
        auto state = policy::read_state(*file.replacement_.old_contents());
        if (state) {
            file.state = std::move(*state);
            return file;
        }
        const std::string aside = path + ".rejected";
        const auto error = write_file(aside, *file.replacement_.old_contents());
        voice.warning(fmt::format("{}: not used: {}; {}", escape(path), state.error(),
                                  error ? "and not kept: " + *error : "kept as " + escape(aside)));
        if (error) return std::nullopt;
        return file;
    }

    std::optional<std::string> save() { return replacement_.commit(policy::print_state(state)); }

    policy::State state;

  private:
    StateFile(std::string path, policy::Replacement replacement)
        : path_(std::move(path)), replacement_(std::move(replacement)) {}

    std::string path_;
    policy::Replacement replacement_;
};

/// One run, from domains to an exit status. Its members are what is open at the same time.
class Run {
  public:
    Run(const WalkCommand& command, Terminal& terminal)
        : command_(command),
          terminal_(terminal),
          voice_(terminal, command.verbosity, command.progress),
          now_(std::time(nullptr)) {}

    ExitStatus go() {
        outcome_ = walk_and_write();
        if (command_.stats && !save_stats()) return ExitStatus::failed;
        return outcome_.status;
    }

  private:
    using Outcome = Update::Outcome;

    Outcome fail(const std::string& reason, policy::Written written = policy::Written::failed) {
        voice_.error(reason);
        return {ExitStatus::failed, written, reason};
    }
    /// For what was said where it happened.
    static Outcome failed(std::string reason) {
        return {ExitStatus::failed, policy::Written::failed, std::move(reason)};
    }

    Outcome walk_and_write() {
        const auto domains = gather_domains(command_, terminal_, voice_);
        if (!domains) return failed("the list of domains is unusable");
        if (command_.record && domains->size() != 1)
            return fail(fmt::format("--record is for one domain, not {}", domains->size()));
        const auto also = read_prefix_lists(command_.also, voice_);
        const auto except = read_prefix_lists(command_.except, voice_);
        if (!also || !except) return failed("a list of prefixes is unusable");
        // What may not be replaced should fail before anything is asked.
        std::optional<Update> update;
        if (command_.output && !(update = Update::open(command_, voice_)))
            return failed("the output file is unusable");
        std::optional<StateFile> state;
        if (command_.state && !(state = StateFile::open(*command_.state, voice_)))
            return failed("the state file is unusable");
        if (!open_resolver()) return failed("the zone is unusable");

        Collector collector(command_, voice_, state ? &state->state : nullptr, now_);
        const auto capture_error = walk(*domains, collector);
        stats_.domains = collector.take_stats();
        if (capture_error) return fail(fmt::format("{}: {}", escape(*command_.capture), *capture_error));
        if (state) {
            if (const auto error = state->save()) return fail(*error);
        }
        if (const auto failure = collector.failure())
            return fail(*failure + (command_.output
                                        ? fmt::format(": {} not replaced", escape(*command_.output))
                                        : ": nothing printed"));
        if (command_.regions) return print(collector.take_regions());

        emit::List list = collector.finish();
        if (!also->empty()) extend(list, "--also", *also);
        if (!except->empty()) remove(list, *except);
        deal_with_special(list);
        count(list.addresses);
        const std::string text = command_.custom ? command_.custom->print(list, command_.style)
                                                 : command_.format->print(list, command_.style);
        return update ? update->commit(text, list.addresses) : print(text);
    }

    bool open_resolver() {
        if (!command_.zone) {
            resolver_ = std::make_unique<dns::CaresResolver>(network_options(command_));
            return true;
        }
        auto zone = dns::read_master_file(*command_.zone);
        if (!zone) {
            voice_.error(zone.error().text);
            return false;
        }
        resolver_ = std::make_unique<dns::ZoneResolver>(std::move(*zone));
        return true;
    }

    /// Walks all domains. Returns why the capture could not be written, if it could not.
    std::optional<std::string> walk(const std::vector<std::string>& domains, Collector& collector) {
        dns::Capture capture;
        dns::AnswerStore::Observer observer;
        if (command_.capture)
            observer = [&](const dns::Question& question, const dns::AnswerPtr& answer) {
                capture.add(question, answer);
            };
        dns::AnswerStore store(*resolver_, {}, observer);
        if (command_.record) {
            if (const auto name = dns::Name::from_domain(domains.front()))
                store.put({*name, dns::Type::txt}, pretended(*command_.record));
        }
        spf::WalkOptions options;
        options.families = command_.families;
        options.rules = command_.rules;
        options.sender = command_.sender;
        options.helo = command_.helo;
        options.on_turn = [&] {
            voice_.progress({collector.done(), domains.size(), store.open(), resolver_->counters().failed});
        };
        auto next = domains.begin();
        spf::Walker(store, std::move(options))
            .run([&]() { return next == domains.end() ? std::nullopt : std::optional(*next++); },
                 [&](const spf::Report& report) { collector.add(report); });
        const dns::Counters counters = stats_.counters = resolver_->counters();
        voice_.figures(fmt::format(
            "{} domains, {} questions, {} sent, {} of them again, {} over TCP, {} failed", domains.size(),
            counters.asked, counters.sent, counters.retried, counters.tcp, counters.failed));
        return command_.capture ? write_file(*command_.capture, capture.to_text()) : std::nullopt;
    }

    void deal_with_special(emit::List& list) {
        if (command_.bogons == Bogons::keep) return;
        std::string blocks;
        for (const policy::SpecialBlock* block : policy::special_in(list.addresses)) {
            if (!blocks.empty()) blocks += ", ";
            blocks += fmt::format("{} ({})", block->prefix, block->name);
        }
        if (blocks.empty()) return;
        const bool drop = command_.bogons == Bogons::drop;
        voice_.warning(
            fmt::format("special-purpose addresses {} the list: {}", drop ? "dropped from" : "in", blocks));
        if (drop) remove(list, policy::special_addresses());
    }

    void count(const emit::Addresses& addresses) {
        addresses.ipv4.each_prefix(net::Family::ipv4, [&](const net::Prefix&) { ++stats_.ipv4_prefixes; });
        addresses.ipv6.each_prefix(net::Family::ipv6, [&](const net::Prefix&) { ++stats_.ipv6_prefixes; });
    }

    Outcome print(const std::string& text) {
        if (const auto error = terminal_.write_output(text))
            return fail(fmt::format("standard output: {}", *error));
        return {ExitStatus::ok, policy::Written::printed, {}};
    }

    bool save_stats() {
        stats_.time = std::time(nullptr);
        stats_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        stats_.written = outcome_.written;
        stats_.reason = outcome_.reason;
        stats_.exit_status = static_cast<int>(outcome_.status);
        auto file = policy::Replacement::open(*command_.stats);
        const auto error = file ? file->commit(policy::print_stats(stats_)) : std::optional(file.error());
        if (error) voice_.error(*error);
        return !error;
    }

    const WalkCommand& command_;
    Terminal& terminal_;
    Voice voice_;
    policy::Timestamp now_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::unique_ptr<dns::Resolver> resolver_;
    policy::Stats stats_;
    Outcome outcome_;
};

} // namespace

ExitStatus run_walk(const WalkCommand& command, Terminal& terminal) {
    return Run(command, terminal).go();
}

ExitStatus run(std::vector<std::string> arguments, Terminal& terminal) {
    const auto command = parse_arguments(std::move(arguments));
    if (command) return run_walk(*command, terminal);
    const Instead& instead = command.error();
    Voice voice(terminal, Verbosity::normal);
    if (!instead.error.empty()) voice.error(instead.error);
    if (const auto error = terminal.write_output(instead.output)) {
        voice.error(fmt::format("standard output: {}", *error));
        return ExitStatus::failed;
    }
    return instead.status;
}

} // namespace spfwalk::cli
