#include "spfwalk/cli/run.h"

#include "spfwalk/cli/collector.h"
#include "spfwalk/cli/file.h"
#include "spfwalk/cli/heap.h"
#include "spfwalk/cli/inputs.h"
#include "spfwalk/cli/run_stream.h"
#include "spfwalk/cli/session.h"
#include "spfwalk/cli/update.h"
#include "spfwalk/emit/diff.h"
#include "spfwalk/escape.h"
#include "spfwalk/policy/special.h"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

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
        const auto aside = set_aside(path, *file.replacement_.old_contents());
        const std::string problem = fmt::format("{}: not used: {}", escape(path), state.error());
        if (!aside) {
            voice.error(fmt::format("{}; and not kept: {}", problem, aside.error()));
            return std::nullopt;
        }
        voice.warning(fmt::format("{}; kept as {}", problem, escape(*aside)));
        return file;
    }

    const std::string& directory() const { return replacement_.directory(); }
    std::optional<std::string> save() { return replacement_.commit(policy::print_state(state)); }

    policy::State state;

  private:
    /// The name of a copy. Nothing that was set aside before is written over; who never looks is told so in
    /// the end.
    static Expected<std::string, std::string> set_aside(const std::string& path,
                                                        const std::string& contents) {
        constexpr int most = 9;
        std::string name = path + ".rejected";
        for (int number = 2;; ++number) {
            std::error_code error;
            const auto status = std::filesystem::symlink_status(name, error);
            if (is_regular_file(status) && read_file(name) == contents) return name; // by a run before
            if (!exists(status) || number > most) break;
            name = fmt::format("{}.rejected.{}", path, number);
        }
        if (auto error = write_new_file(name, contents)) return unexpected(std::move(*error));
        return name;
    }

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
        if (command_.stats) {
            auto file = policy::Replacement::open(*command_.stats, policy::OldContents::ignored);
            if (!file) {
                voice_.error(file.error());
                return ExitStatus::failed;
            }
            stats_file_.emplace(std::move(*file));
        }
        try {
            outcome_ = walk_and_write();
        } catch (const std::system_error& error) { // no descriptors
            outcome_ = fail(error.what());
        }
        if (stats_file_ && !save_stats()) return ExitStatus::failed;
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
        // A few domains are done before it pays.
        if (terminal_.owns_process() && (is_stream(command_) || !command_.files.empty()))
            prepare_for_many_objects();
        if (is_stream(command_)) return stream();
        const auto domains = gather_domains(command_.domains, command_.files, terminal_, voice_);
        if (!domains) return failed("the list of domains is unusable");
        if (command_.record && domains->size() != 1)
            return fail(fmt::format("--record is for one domain, not {}", domains->size()));
        auto also = read_prefix_lists(command_.also, command_.families, voice_);
        const auto except = read_prefix_lists(command_.except, command_.families, voice_);
        if (!also || !except) return failed("a list of prefixes is unusable");
        std::optional<emit::List> earlier;
        if (command_.diff && !(earlier = read_earlier_list(*command_.diff, command_.families, voice_)))
            return failed("the earlier list is unusable");
        // What may not be replaced should fail before anything is asked.
        std::optional<Update> update;
        if (command_.output && !(update = Update::open(command_, voice_)))
            return failed("the output file is unusable");
        std::optional<StateFile> state;
        if (command_.state && !(state = StateFile::open(*command_.state, voice_)))
            return failed("the state file is unusable");
        auto session = Session::open(command_, terminal_, voice_, written_directories(update, state));
        if (!session) return fail(session.error());
        session_ = std::move(*session);

        Collector collector(command_, voice_, state ? &state->state : nullptr, now_);
        const auto capture_error = walk(*domains, collector);
        collector.settle_published();
        stats_.domains = collector.take_stats();
        stats_.statuses = collector.statuses();
        const auto state_error = state ? state->save() : std::nullopt;
        if (capture_error && state_error) voice_.error(*state_error);
        if (capture_error) return fail(*capture_error);
        if (state_error) return fail(*state_error);
        if (const auto failure = collector.failure())
            return fail(*failure + (command_.output
                                        ? fmt::format(": {} not replaced", escape(*command_.output))
                                        : ": nothing printed"));
        if (command_.regions) return print(collector.take_regions());

        emit::List list = collector.finish();
        if (!also->empty()) extend(list, "--also", std::move(*also), collector.detail());
        if (!except->empty()) remove(list, *except);
        deal_with_special(list);
        count(list.addresses);
        if (earlier) return compare(*earlier, list);
        if (update) return update->commit(to_text(list, collector), list.addresses);
        const bool in_pieces = !command_.custom && !command_.publish_format && command_.format->write;
        return in_pieces ? write(list) : print(to_text(list, collector));
    }

    Outcome stream() {
        if (!read_prefix_lists(command_.also, command_.families, voice_) ||
            !read_prefix_lists(command_.except, command_.families, voice_))
            return failed("a list of prefixes is unusable");
        std::optional<StateFile> state;
        if (command_.state && !(state = StateFile::open(*command_.state, voice_)))
            return failed("the state file is unusable");
        Memory memory;
        if (state) memory = {&state->state, [&state] { return state->save(); }};
        return run_stream(command_, terminal_, voice_, memory, now_, stats_,
                          written_directories(std::nullopt, state));
    }

    /// Where files are still made and renamed once DNS has been asked.
    std::vector<std::string> written_directories(const std::optional<Update>& update,
                                                 const std::optional<StateFile>& state) const {
        std::vector<std::string> directories;
        if (update) directories.push_back(update->directory());
        if (state) directories.push_back(state->directory());
        if (stats_file_) directories.push_back(stats_file_->directory());
        return directories;
    }

    /// Walks all domains. Returns why the capture could not be written, if it could not.
    std::optional<std::string> walk(const std::vector<std::string>& domains, Collector& collector) {
        if (command_.record) session_->pretend(domains.front());
        auto next = domains.begin();
        session_->walk(
            [&]() -> std::optional<spf::Request> {
                if (next == domains.end()) return std::nullopt;
                return spf::Request::about(*next++, command_.families, command_.sender, command_.helo);
            },
            [&](const spf::Report& report) { collector.add(report); }, {.on_turn = [&] {
                voice_.progress({collector.done(), domains.size(), session_->store().open(),
                                 session_->counters().failed});
            }});
        stats_.counters = session_->counters();
        return session_->finish();
    }

    void deal_with_special(emit::List& list) {
        if (command_.bogons == Bogons::keep) return;
        const auto found = policy::special_in(list.addresses);
        if (found.empty()) return;
        const bool drop = command_.bogons == Bogons::drop;
        voice_.warning(fmt::format("special-purpose addresses {} the list: {}", drop ? "dropped from" : "in",
                                   policy::names_of(found)));
        if (!drop) return;
        emit::Addresses dropped;
        for (const net::Family family : net::both_families)
            if (std::ranges::find(found, family, &policy::SpecialBlock::family) != found.end())
                dropped.of(family) = policy::special_addresses().of(family);
        remove(list, dropped);
    }

    emit::Style style() const {
        emit::Style style = command_.style;
        style.resolvers = session_->resolvers();
        return style;
    }

    std::string to_text(const emit::List& list, Collector& collector) {
        const emit::Style style = this->style();
        if (command_.custom) return command_.custom->print(list, style);
        if (command_.publish_format == nullptr) return command_.format->print(list, style);
        return command_.publish_format->print(collector.take_published(), command_.publish_ttl);
    }

    Outcome compare(const emit::List& before, const emit::List& after) {
        const auto found = emit::differences(before, after, command_.style.aggregate);
        Outcome outcome =
            print(command_.format->name == "json" ? emit::print_diff_json(found) : emit::print_diff(found));
        if (outcome.status == ExitStatus::ok && found.empty()) outcome.status = ExitStatus::unchanged;
        return outcome;
    }

    void count(const emit::Addresses& addresses) {
        stats_.ipv4_prefixes += addresses.ipv4.prefix_count();
        stats_.ipv6_prefixes += addresses.ipv6.prefix_count();
    }

    Outcome print(const std::string& text) {
        if (const auto error = terminal_.write_output(text))
            return fail(fmt::format("standard output: {}", *error));
        return {ExitStatus::ok, policy::Written::printed, {}};
    }

    /// Prints a list that may be too long to be one text.
    Outcome write(const emit::List& list) {
        std::optional<std::string> error;
        command_.format->write(list, style(), [&](std::string_view piece) {
            if (!error) error = terminal_.write_output(piece);
        });
        return error ? fail(fmt::format("standard output: {}", *error))
                     : Outcome{ExitStatus::ok, policy::Written::printed, {}};
    }

    bool save_stats() {
        stats_.time = std::time(nullptr);
        stats_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        stats_.written = outcome_.written;
        stats_.reason = outcome_.reason;
        stats_.exit_status = static_cast<int>(outcome_.status);
        const auto error = stats_file_->commit(policy::print_stats(stats_));
        if (error) voice_.error(*error);
        return !error;
    }

    const WalkCommand& command_;
    Terminal& terminal_;
    Voice voice_;
    policy::Timestamp now_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::optional<policy::Replacement> stats_file_;
    std::unique_ptr<Session> session_;
    policy::Stats stats_;
    Outcome outcome_;
};

} // namespace

ExitStatus run_walk(const WalkCommand& command, Terminal& terminal) {
    return Run(command, terminal).go();
}

} // namespace spfwalk::cli
