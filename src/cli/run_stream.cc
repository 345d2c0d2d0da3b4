#include "spfwalk/cli/run_stream.h"

#include "spfwalk/cli/domain_input.h"
#include "spfwalk/cli/finished.h"
#include "spfwalk/cli/object_stream.h"
#include "spfwalk/cli/session.h"
#include "spfwalk/escape.h"

#include <chrono>
#include <system_error>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

using Outcome = Update::Outcome;

class Stream {
  public:
    Stream(const WalkCommand& command, Terminal& terminal, Voice& voice, Session& session, DomainInput& input,
           Finished finished, LastGood last_good)
        : command_(command),
          voice_(voice),
          session_(session),
          input_(input),
          finished_(std::move(finished)),
          last_good_(std::move(last_good)),
          objects_(command, style(), terminal, voice, last_good_) {}

    /// Returns why it could not go on, if so.
    std::optional<std::string> walk() {
        std::optional<std::string> failure;
        try {
            session_.walk([this] { return next(); },
                          [this](const spf::Report& report) { objects_.add(report); },
                          {.on_turn = [this] { on_turn(); },
                           .is_ready = [this] { return is_ready(); },
                           .is_stopped = [this] { return objects_.failure().has_value(); }});
        } catch (const std::system_error& error) { // no descriptors
            failure = error.what();
        }
        objects_.flush();
        return failure;
    }

    const ObjectStream& objects() const { return objects_; }
    /// Whether there was any input.
    bool any() const { return any_; }

    /// "3 domains in 0.2 s: 2 ok, 1 none; 8 questions, …"
    std::string counters_text() const {
        std::string statuses;
        for (const char* status : {"ok", "none", "permerror", "temperror", "invalid"}) {
            const auto count = objects_.statuses().find(status);
            if (count == objects_.statuses().end()) continue;
            statuses += fmt::format("{} {} {}", statuses.empty() ? ":" : ",", count->second, status);
        }
        const dns::Counters counters = session_.counters();
        const double seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        return fmt::format(
            "{} domains in {:.1f} s{}{}; {} questions, {} sent, {} of them again, {} over TCP, {} failed",
            objects_.done(), seconds, statuses, skipped_ == 0 ? "" : fmt::format("; {} skipped", skipped_),
            counters.asked, counters.sent, counters.retried, counters.tcp, counters.failed);
    }

  private:
    emit::Style style() const {
        emit::Style style = command_.style;
        style.resolvers = session_.resolvers();
        return style;
    }

    /// Reads on to the next domain to walk; `wait`: even if that has to be waited for. False: it is not
    /// there yet.
    bool read_on(bool wait) {
        while (!domain_ && !ended_ && !objects_.failure()) {
            if (!input_.is_ready()) {
                if (!wait) return false;
                objects_.flush(); // nobody should wait for what is done
                if (objects_.failure()) break;
            }
            std::optional<DomainInput::Item> item = input_.next();
            if (!item) {
                ended_ = true;
                break;
            }
            any_ = true;
            const std::string name = item->domain ? *item->domain : escape(item->text);
            if (finished_.take(name)) {
                ++skipped_;
            } else if (item->domain) {
                domain_ = std::move(*item->domain);
            } else {
                const std::string where =
                    item->source.empty() ? "" : fmt::format("{}:{}: ", item->source, item->line);
                objects_.add_invalid(
                    emit::invalid_result(item->text, item->domain.error()),
                    fmt::format("{}\"{}\": {}", where, escape(item->text), item->domain.error()), opened_);
            }
        }
        return true;
    }

    bool is_ready() {
        if (objects_.is_full()) return false;
        if (read_on(false)) return true;
        session_.store().wake_on(input_.descriptor());
        return false;
    }

    std::optional<spf::Request> next() {
        read_on(true);
        if (!domain_) return std::nullopt;
        ++opened_;
        const std::string domain = std::move(*domain_);
        domain_.reset();
        const bool share = command_.style.aggregate == emit::Aggregate::fewest;
        return spf::Request::about(domain, command_.families, command_.sender, command_.helo, share);
    }

    void on_turn() {
        objects_.flush();
        voice_.progress({objects_.done(), 0, session_.store().open(), session_.counters().failed});
    }

    const WalkCommand& command_;
    Voice& voice_;
    Session& session_;
    DomainInput& input_;
    Finished finished_;
    LastGood last_good_;
    ObjectStream objects_;
    std::optional<std::string> domain_; ///< the next to walk
    bool any_ = false;
    bool ended_ = false;
    std::size_t opened_ = 0;
    std::size_t skipped_ = 0;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

} // namespace

bool is_stream(const WalkCommand& command) {
    return !command.custom && !command.regions && !command.output && !command.record &&
           command.format->every_outcome_is_data;
}

Outcome run_stream(const WalkCommand& command, Terminal& terminal, Voice& voice, const Memory& memory,
                   policy::Timestamp now, policy::Stats& stats, std::vector<std::string> directories) {
    const auto failed = [](std::string reason) {
        return Outcome{ExitStatus::failed, policy::Written::failed, std::move(reason)};
    };
    const auto fail = [&](const std::string& reason) {
        voice.error(reason);
        return failed(reason);
    };
    auto input = DomainInput::open(command, terminal, voice);
    if (!input) return failed("the list of domains is unusable");
    auto finished = command.resume ? Finished::read(*command.resume, voice) : Finished();
    if (!finished) return failed("the file of --resume is unusable");
    const auto opened = Session::open(command, terminal, voice, std::move(directories));
    if (!opened) return fail(opened.error());
    Session& session = **opened;

    Stream stream(command, terminal, voice, session, *input, std::move(*finished),
                  LastGood(command, memory.state, now));
    const auto walk_error = stream.walk();

    const ObjectStream& objects = stream.objects();
    stats.counters = session.counters();
    stats.statuses = objects.statuses();
    stats.ttl = objects.ttl();
    stats.ipv4_prefixes = objects.prefixes(net::Family::ipv4);
    stats.ipv6_prefixes = objects.prefixes(net::Family::ipv6);
    if (const auto blocks = objects.special(); !blocks.empty())
        voice.warning("special-purpose addresses in the lists: " + policy::names_of(blocks));
    if (stream.any()) voice.warning(stream.counters_text());
    const auto capture_error = session.finish();
    const auto state_error = memory.state == nullptr ? std::nullopt : memory.save();
    if (state_error) voice.error(*state_error);
    if (objects.failure()) return fail("standard output: " + *objects.failure());
    if (walk_error) return fail(*walk_error);
    if (capture_error) return fail(*capture_error);
    if (state_error) return failed(*state_error);
    if (input->failure()) return fail(*input->failure());
    // A part of a longer list may have nothing in it.
    if (!stream.any() && !command.resume) return fail("no domain given (--help tells how)");
    if (command.strict && objects.warned()) return fail("there were warnings, and --strict was given");
    return {ExitStatus::ok, policy::Written::printed, {}};
}

} // namespace spfwalk::cli
