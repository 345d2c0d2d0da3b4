#include "spfwalk/cli/run.h"

#include "spfwalk/cli/domains.h"
#include "spfwalk/cli/file.h"
#include "spfwalk/cli/remarks.h"
#include "spfwalk/dns/answer_store.h"
#include "spfwalk/dns/capture.h"
#include "spfwalk/dns/cares_resolver.h"
#include "spfwalk/dns/zone_resolver.h"
#include "spfwalk/escape.h"

#include <algorithm>
#include <map>
#include <memory>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

/// Standard error, a line at a time, as loud as the user wants.
class Voice {
  public:
    Voice(Terminal& terminal, Verbosity verbosity) : terminal_(terminal), verbosity_(verbosity) {}

    void error(std::string_view line) { say(line); }
    void remark(const Remark& remark) {
        const bool wanted = remark.weight == Weight::error || verbosity_ == Verbosity::verbose ||
                            (remark.weight == Weight::warning && verbosity_ == Verbosity::normal);
        if (wanted) say(remark.text);
    }
    void figures(std::string_view line) {
        if (verbosity_ == Verbosity::verbose) say(line);
    }

  private:
    void say(std::string_view line) { terminal_.write_error(fmt::format("spfwalk: {}\n", line)); }

    Terminal& terminal_;
    Verbosity verbosity_;
};

/// All domains of the run, or nothing: then what is wrong was said.
std::optional<std::vector<std::string>> gather_domains(const WalkCommand& command, Terminal& terminal, Voice& voice) {
    DomainList list;
    bool readable = true;
    const auto add_input = [&] {
        if (const auto text = terminal.read_input()) return list.add_lines(*text, "standard input");
        voice.error("standard input: cannot be read");
        readable = false;
    };
    for (const std::string& argument : command.domains) {
        if (argument == "-")
            add_input();
        else
            list.add_argument(argument);
    }
    for (const std::string& path : command.files) {
        if (path == "-") {
            add_input();
        } else if (const auto text = read_file(path)) {
            list.add_lines(*text, path);
        } else {
            voice.error(fmt::format("{}: {}", escape(path), text.error()));
            readable = false;
        }
    }
    if (command.domains.empty() && command.files.empty() && !terminal.input_is_terminal()) add_input();
    for (const std::string& error : list.errors)
        voice.error(error);
    if (!readable || !list.errors.empty()) return std::nullopt;
    if (list.domains.empty()) {
        voice.error("no domain given (--help tells how)");
        return std::nullopt;
    }
    return std::move(list.domains);
}

dns::CaresOptions network_options(const WalkCommand& command) {
    dns::CaresOptions options;
    const dns::ResolvConf system = command.servers.empty() ? dns::read_resolv_conf("/etc/resolv.conf") : dns::ResolvConf{};
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

/// Collects reports: says what is to be said in input order, whatever the order in which walks are done.
class Collector {
  public:
    Collector(const WalkCommand& command, Voice& voice)
        : command_(command), voice_(voice), list_(command.certainty, detail(command)) {}

    void add(const spf::Report& report) {
        const spf::Standing standing = report.standing();
        useful_ = list_.add(report) || standing == spf::Standing::ok || useful_;
        Said said{remarks(report, command_.certainty), summary(report, command_.rules, command_.certainty), {}};
        if (command_.regions) said.regions = emit::print_regions(report);
        failed_ = failed_ || standing == spf::Standing::temperror;
        warned_ = warned_ || std::ranges::any_of(said.remarks, [](const Remark& remark) {
                      return remark.weight >= Weight::warning;
                  });
        waiting_.emplace(report.index, std::move(said));
        for (auto next = waiting_.find(spoken_); next != waiting_.end(); next = waiting_.find(++spoken_)) {
            speak(next->second);
            waiting_.erase(next);
        }
    }

    /// Why the run has no result, or nothing.
    std::optional<std::string> failure() const {
        if (failed_) return "DNS did not answer everything that matters: nothing printed";
        if (!useful_) return "no domain has anything to print";
        if (command_.strict && warned_) return "warnings, and --strict was given: nothing printed";
        return std::nullopt;
    }

    std::string print() {
        if (command_.regions) return std::move(regions_);
        const emit::List list = list_.finish();
        return command_.custom ? command_.custom->print(list, command_.style)
                               : command_.format->print(list, command_.style);
    }

  private:
    struct Said {
        std::vector<Remark> remarks;
        std::string figures;
        std::string regions;
    };

    static emit::Detail detail(const WalkCommand& command) {
        return command.custom && command.custom->per_domain() ? emit::Detail::sources : command.style.detail();
    }

    void speak(const Said& said) {
        for (const Remark& remark : said.remarks)
            voice_.remark(remark);
        voice_.figures(said.figures);
        regions_ += said.regions;
    }

    const WalkCommand& command_;
    Voice& voice_;
    emit::ListBuilder list_;
    std::map<std::size_t, Said> waiting_;
    std::size_t spoken_ = 0;
    std::string regions_;
    bool useful_ = false;
    bool failed_ = false;
    bool warned_ = false;
};

} // namespace

ExitStatus run_walk(const WalkCommand& command, Terminal& terminal) {
    Voice voice(terminal, command.verbosity);
    const auto domains = gather_domains(command, terminal, voice);
    if (!domains) return ExitStatus::failed;
    if (command.record && domains->size() != 1) {
        voice.error(fmt::format("--record is for one domain, not {}", domains->size()));
        return ExitStatus::failed;
    }

    std::unique_ptr<dns::Resolver> resolver;
    if (command.zone) {
        auto zone = dns::read_master_file(*command.zone);
        if (!zone) {
            voice.error(zone.error().text);
            return ExitStatus::failed;
        }
        resolver = std::make_unique<dns::ZoneResolver>(std::move(*zone));
    } else {
        resolver = std::make_unique<dns::CaresResolver>(network_options(command));
    }

    dns::Capture capture;
    dns::AnswerStore::Observer observer;
    if (command.capture)
        observer = [&](const dns::Question& question, const dns::AnswerPtr& answer) { capture.add(question, answer); };
    dns::AnswerStore store(*resolver, {}, observer);
    if (command.record) {
        if (const auto name = dns::Name::from_domain(domains->front()))
            store.put({*name, dns::Type::txt}, pretended(*command.record));
    }

    Collector collector(command, voice);
    spf::WalkOptions options;
    options.families = command.families;
    options.rules = command.rules;
    options.sender = command.sender;
    options.helo = command.helo;
    auto next = domains->begin();
    spf::Walker(store, std::move(options))
        .run([&]() { return next == domains->end() ? std::nullopt : std::optional(*next++); },
             [&](const spf::Report& report) { collector.add(report); });

    const dns::Counters counters = resolver->counters();
    voice.figures(fmt::format("{} domains, {} questions, {} sent, {} of them again, {} over TCP, {} failed",
                              domains->size(), counters.asked, counters.sent, counters.retried, counters.tcp,
                              counters.failed));
    if (command.capture) {
        if (const auto error = write_file(*command.capture, capture.to_text())) {
            voice.error(fmt::format("{}: {}", escape(*command.capture), *error));
            return ExitStatus::failed;
        }
    }
    if (const auto failure = collector.failure()) {
        voice.error(*failure);
        return ExitStatus::failed;
    }
    if (const auto error = terminal.write_output(collector.print())) {
        voice.error(fmt::format("standard output: {}", *error));
        return ExitStatus::failed;
    }
    return ExitStatus::ok;
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
