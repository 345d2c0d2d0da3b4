// c-ares 1.28 and later mark calls that 1.18 has no other name for as deprecated; they stay.
#define CARES_NO_DEPRECATED

#include "spfwalk/dns/cares_resolver.h"

#include "dns/cares_servers.h"
#include "dns/cares_wire.h"
#include "dns/retry.h"
#include "spfwalk/dns/message.h"

#include <ares.h>

#include <algorithm>
#include <deque>
#include <utility>

namespace spfwalk::dns {

using cares::Servers;
using cares::Transport;
using cares::Trouble;
using cares::Try;

namespace {

/// Questions that have met a slow server may be so many times the window.
constexpr std::size_t slow_factor = 8;
/// So long a question may hold a place in the window.
constexpr auto slow_after = std::chrono::milliseconds(500);
/// Questions are sent by so many, or when answers are waited for: a server that has to be woken for each
/// costs more than the question itself.
constexpr std::size_t burst = 32;
/// So many tries for each server are made with EDNS, but for the last of all, if it has never answered with
/// it.
constexpr std::size_t tries_with_edns = 2;
/// So often a question is asked again at once because its connection was closed. With a server that closes
/// after each answer, every question of the default window comes to its turn, though some answers are lost.
constexpr std::size_t most_closed = 1024;
constexpr std::uint16_t rcode_format_error = 1;
constexpr std::uint16_t rcode_not_implemented = 4;

enum class Lane : std::uint8_t { none, fast, slow };

/// A question in flight. Its slot is used again, so whatever speaks of it later carries a serial.
struct Asked {
    Question original;
    Question current; ///< differs if an alias left the rest to be asked
    std::vector<Name> aliases;
    std::uint32_t ttl = UINT32_MAX; ///< of those aliases

    std::uint64_t first_serial = 0; ///< tries before this are about something else; 0: the slot is free
    std::uint64_t last_serial = 0;  ///< the latest try
    std::uint64_t alarm = 0;        ///< the alarm that matters
    std::size_t level = 0;          ///< which try of the schedule is waited for
    std::size_t bad_replies = 0;
    std::size_t failed_servers = 0; ///< bad replies that were not about EDNS
    std::size_t closed = 0;         ///< connections that ended before they answered it
    std::uint32_t server = 0;
    Transport transport = Transport::udp; ///< of the latest try
    Lane lane = Lane::none;
    bool truncated = false;                       ///< so UDP is of no use
    std::optional<std::uint32_t> edns_refused_by; ///< a server
    bool sent_before = false;
    Failure failure = Failure::none; ///< what went wrong so far, the most telling
    std::uint16_t rcode = 0;
};

/// What a channel heard, kept until nothing of c-ares is on the stack.
struct Heard {
    Try query;
    std::optional<Trouble> trouble; ///< none: `parsed` is the reply
    bool truncated = false;
    Parsed parsed;
};

bool is_truncated(std::span<const std::uint8_t> reply) {
    return reply.size() > 2 && (reply[2] & 0x02) != 0;
}

/// The answer to the original question, from one about the end of its aliases.
void put_before(std::vector<Name> aliases, std::uint32_t ttl, Answer& answer) {
    aliases.insert(aliases.end(), answer.aliases.begin(), answer.aliases.end());
    answer.aliases = std::move(aliases);
    answer.ttl = std::min(answer.ttl, ttl);
}

} // namespace

struct CaresResolver::Impl final : cares::Listener {
    CaresOptions options;
    Alarms alarms;
    Alarms slow_alarms; ///< by first serial; unused if the first retry comes before them
    Servers servers;

    std::deque<Question> queue;
    std::deque<Asked> slots; ///< grows only; a deque, so that references stay good
    std::vector<std::uint32_t> free_slots;
    /// Slot and first serial of those that wait for room in the slow lane.
    std::deque<std::pair<std::uint32_t, std::uint64_t>> overdue;
    std::size_t fast = 0;
    std::size_t slow = 0;

    std::vector<Heard> heard;
    std::vector<Reply> ready;
    Counters counters;
    std::uint64_t serial = 0;
    int wake_descriptor = -1; ///< of the next wait
    Clock::time_point now = Clock::now();
    Clock::time_point paid_until{}; ///< of the rate: when all that was sent would have been due one by one

    explicit Impl(CaresOptions given)
        : options(std::move(given)),
          alarms(retry_waits(options.timeout, options.tries)),
          slow_alarms({slow_after}),
          servers(server_options(), *this) {
        options.window = std::max<std::size_t>(options.window, 1);
    }

    Servers::Options server_options() const {
        Clock::duration all{};
        for (const auto wait : retry_waits(options.timeout, options.tries))
            all += wait;
        return {.servers = options.servers,
                .rotate = options.rotate,
                .patience = std::chrono::ceil<std::chrono::milliseconds>(all),
                .window = options.window};
    }

    // Sending

    Clock::duration cost() const {
        return Clock::duration(std::chrono::nanoseconds(std::nano::den) /
                               static_cast<std::int64_t>(options.rate));
    }
    /// When the rate allows another question.
    Clock::time_point free_at() const {
        const auto at_once = static_cast<std::int64_t>(std::max<std::size_t>(options.rate / 10, 1));
        return paid_until - (at_once - 1) * cost();
    }
    bool may_send() const { return options.rate == 0 || free_at() <= now; }

    Transport usual_transport(const Asked& asked) const {
        return options.tcp_only || asked.truncated ? Transport::tcp : Transport::udp;
    }

    /// Whether silence may be about EDNS: some servers and firewalls drop such queries, or answer them with a
    /// header alone.
    bool may_be_deaf_to_edns(const Asked& asked, std::uint32_t server) const {
        if (asked.level < tries_with_edns || servers.knows_edns(server)) return false;
        return asked.level >= tries_with_edns * servers.count() || asked.level + 1 == alarms.levels();
    }

    void send(std::uint32_t slot, std::uint32_t server, Transport transport) {
        Asked& asked = slots[slot];
        asked.server = server;
        asked.transport = transport;
        asked.last_serial = asked.alarm = ++serial;
        alarms.set(asked.level, now, slot, asked.alarm);
        if (options.rate != 0) paid_until = std::max(paid_until, now) + cost();
        ++counters.sent;
        if (asked.sent_before) ++counters.retried;
        if (transport == Transport::tcp) ++counters.tcp;
        asked.sent_before = true;
        const bool edns = transport == Transport::udp && asked.edns_refused_by != server &&
                          servers.takes_edns(server) && !may_be_deaf_to_edns(asked, server);
        servers.send(
            asked.current.name, asked.current.type,
            {.serial = serial, .slot = slot, .server = server, .transport = transport, .edns = edns});
    }

    /// Sends the current question of a slot for the first time.
    void begin(std::uint32_t slot) {
        Asked& asked = slots[slot];
        asked.first_serial = ++serial;
        asked.level = 0;
        asked.bad_replies = asked.failed_servers = asked.closed = 0;
        asked.truncated = false;
        asked.edns_refused_by.reset();
        if (asked.lane == Lane::fast && alarms.waits().front() > slow_after)
            slow_alarms.set(0, now, slot, asked.first_serial);
        send(slot, servers.first(), usual_transport(asked));
    }

    void start_queued() {
        while (!queue.empty() && fast < options.window && may_send()) {
            std::uint32_t slot = static_cast<std::uint32_t>(slots.size());
            if (free_slots.empty()) {
                slots.emplace_back();
            } else {
                slot = free_slots.back();
                free_slots.pop_back();
            }
            Asked& asked = slots[slot];
            asked = Asked();
            asked.original = std::move(queue.front());
            asked.current = asked.original;
            queue.pop_front();
            asked.lane = Lane::fast;
            ++fast;
            begin(slot);
        }
        servers.flush();
    }

    // Lanes

    void move_to_slow_lane(std::uint32_t slot) {
        Asked& asked = slots[slot];
        if (asked.lane != Lane::fast) return;
        if (slow >= slow_factor * options.window) {
            overdue.emplace_back(slot, asked.first_serial);
            return;
        }
        asked.lane = Lane::slow;
        --fast;
        ++slow;
    }

    void leave_lane(Lane lane) {
        if (lane == Lane::fast) --fast;
        if (lane != Lane::slow) return;
        --slow;
        while (!overdue.empty() && slow < slow_factor * options.window) {
            const auto [slot, first_serial] = overdue.front();
            overdue.pop_front();
            if (slots[slot].first_serial == first_serial) move_to_slow_lane(slot);
        }
    }

    // Ending

    void deliver(Question question, AnswerPtr answer) {
        if (answer->status == Status::failure) ++counters.failed;
        ready.push_back({std::move(question), std::move(answer)});
    }

    void finish(std::uint32_t slot, Answer&& answer) {
        Asked& asked = slots[slot];
        if (!asked.aliases.empty() && answer.status != Status::failure)
            put_before(std::move(asked.aliases), asked.ttl, answer);
        const Lane lane = asked.lane;
        deliver(std::move(asked.original), std::make_shared<const Answer>(std::move(answer)));
        asked.first_serial = asked.alarm = 0;
        asked.lane = Lane::none;
        free_slots.push_back(slot);
        leave_lane(lane);
    }

    void finish_failed(std::uint32_t slot, Failure failure, std::uint16_t rcode = 0) {
        finish(slot, Answer(*failed(failure, rcode)));
    }

    void give_up(std::uint32_t slot, Failure otherwise) {
        const Asked& asked = slots[slot];
        const bool known = asked.failure != Failure::none;
        Failure failure = known ? asked.failure : otherwise;
        if (failure == Failure::unreachable && asked.truncated) failure = Failure::malformed; // and stays so
        finish_failed(slot, failure, known ? asked.rcode : std::uint16_t{0});
    }

    bool is_past_deadline() const { return options.deadline && now >= *options.deadline; }

    void end_everything() {
        for (std::uint32_t slot = 0; slot < slots.size(); ++slot)
            if (slots[slot].first_serial != 0) finish_failed(slot, Failure::deadline);
        for (Question& question : queue)
            deliver(std::move(question), failed(Failure::deadline));
        queue.clear();
    }

    // Hearing: called by c-ares, so nothing but notes

    const Asked* asked_by(const Try& query) const {
        const Asked& asked = slots[query.slot];
        return asked.first_serial != 0 && query.serial >= asked.first_serial ? &asked : nullptr;
    }

    void on_reply(const Try& query, std::span<const std::uint8_t> reply) override {
        const Asked* const asked = asked_by(query);
        if (asked == nullptr) return;
        Heard& it = heard.emplace_back();
        it.query = query;
        it.truncated = query.transport == Transport::udp && is_truncated(reply);
        if (!it.truncated) it.parsed = parse_reply(reply, asked->current);
    }

    void on_trouble(const Try& query, Trouble trouble) override {
        if (asked_by(query) == nullptr) return;
        Heard& it = heard.emplace_back();
        it.query = query;
        it.trouble = trouble;
    }

    // Judging

    void judge_all() {
        // Sending may add to the list, while it is walked.
        for (std::size_t i = 0; i < heard.size(); ++i) {
            Heard it = std::move(heard[i]);
            if (asked_by(it.query) != nullptr) judge(it);
        }
        heard.clear();
    }

    void judge(Heard& it) {
        const std::uint32_t slot = it.query.slot;
        if (it.trouble) return judge_trouble(slot, it.query, *it.trouble);
        servers.note_answer(it.query.server, it.query.transport, serial);
        if (it.truncated) return ask_over_tcp(slot, it.query);
        Answer& answer = it.parsed.answer;
        const bool is_bad = answer.status == Status::failure && answer.failure != Failure::alias_loop;
        if (is_bad) return ask_elsewhere(slot, it.query, answer.failure, answer.rcode);

        servers.prefer(it.query.server);
        if (it.parsed.has_edns) servers.note_edns(it.query.server);
        // Only who has refused EDNS, or was silent to it, is asked without.
        if (it.query.transport == Transport::udp && !it.query.edns)
            servers.note_plain_answer(it.query.server, slots[slot].edns_refused_by == it.query.server,
                                      slots[slot].first_serial);
        if (it.parsed.continues_at) return follow_alias(slot, it.parsed);
        answer.over_tcp = it.query.transport == Transport::tcp;
        finish(slot, std::move(answer));
    }

    void judge_trouble(std::uint32_t slot, const Try& query, Trouble trouble) {
        switch (trouble) {
        case Trouble::given_up: // the schedule here decides that
            return;
        case Trouble::no_name:
            return finish(slot, Answer());
        case Trouble::unaskable:
            return finish_failed(slot, Failure::unaskable);
        case Trouble::closed:
            return ask_again(slot, query);
        case Trouble::refused:
            return ask_elsewhere(slot, query, Failure::unreachable, 0);
        case Trouble::garbled:
            return ask_elsewhere(slot, query, Failure::malformed, 0);
        }
    }

    /// After the end of a connection that says nothing about the question: it has answered another, or
    /// another is blamed. If that happens all the time, the question waits for its next try.
    void ask_again(std::uint32_t slot, const Try& query) {
        Asked& asked = slots[slot];
        if (query.serial != asked.last_serial || ++asked.closed > most_closed) return;
        send(slot, query.server, query.transport);
    }

    void ask_over_tcp(std::uint32_t slot, const Try& query) {
        Asked& asked = slots[slot];
        if (asked.truncated) return;
        asked.truncated = true;
        send(slot, query.server, Transport::tcp);
    }

    /// After a reply that is none. The first RCODE is what is told at last: a refused TCP connection or a
    /// silent second server says less.
    void ask_elsewhere(std::uint32_t slot, const Try& query, Failure failure, std::uint16_t rcode) {
        Asked& asked = slots[slot];
        const bool edns_refused = query.edns && failure == Failure::rcode &&
                                  (rcode == rcode_format_error || rcode == rcode_not_implemented);
        const std::size_t enough = std::max<std::size_t>(3, servers.count() + 1);
        const bool is_last = asked.bad_replies + 1 >= enough;
        const bool more_telling = asked.failure == Failure::none || asked.failure == Failure::unreachable ||
                                  (asked.failure != Failure::rcode && failure == Failure::rcode);
        if (more_telling && (!edns_refused || is_last)) {
            asked.failure = failure;
            asked.rcode = rcode;
        }
        // An earlier try of a question that has been asked again since: that one may still do better.
        if (query.serial != asked.last_serial) return;

        ++asked.bad_replies;
        if (is_last) {
            // Who answered before is perhaps being started again: a refusal counts as silence then.
            const bool may_return = servers.have_answered(usual_transport(asked)) &&
                                    failure == Failure::unreachable && asked.failure == Failure::unreachable;
            if (!may_return) give_up(slot, failure);
            return;
        }
        if (edns_refused) {
            asked.edns_refused_by = query.server;
            return send(slot, query.server, usual_transport(asked));
        }
        ++asked.failed_servers;
        // Some servers fail over UDP only, and some cannot be reached over TCP: each is asked in the usual
        // way before it is asked over TCP. Where nothing listens, the other server or transport is to try.
        const bool has_other = query.transport == Transport::tcp || servers.count() > 1;
        const bool usual =
            failure == Failure::unreachable ? has_other : asked.failed_servers < servers.count();
        send(slot, servers.after(query.server), usual ? usual_transport(asked) : Transport::tcp);
    }

    void follow_alias(std::uint32_t slot, Parsed& parsed) {
        Asked& asked = slots[slot];
        const Name& target = *parsed.continues_at;
        std::vector<Name>& chain = asked.aliases;
        const auto is_known = [&](const Name& name) {
            return name == asked.original.name || std::find(chain.begin(), chain.end(), name) != chain.end();
        };
        const std::vector<Name>& more = parsed.answer.aliases;
        if (chain.size() + more.size() > max_aliases || std::any_of(more.begin(), more.end(), is_known))
            return finish_failed(slot, Failure::alias_loop);
        chain.insert(chain.end(), more.begin(), more.end());
        asked.ttl = std::min(asked.ttl, parsed.answer.ttl);
        asked.current.name = target;
        asked.failure = Failure::none;
        begin(slot);
    }

    // Waiting

    bool matters(const Alarms::Alarm& alarm) const { return slots[alarm.slot].alarm == alarm.serial; }

    bool is_fast(const Alarms::Alarm& alarm) const {
        return slots[alarm.slot].first_serial == alarm.serial && slots[alarm.slot].lane == Lane::fast;
    }

    void ring_alarms() {
        const auto is_still_fast = [this](const Alarms::Alarm& alarm) { return is_fast(alarm); };
        while (const auto alarm = slow_alarms.take_due(now, is_still_fast))
            move_to_slow_lane(alarm->slot);
        const auto still_matters = [this](const Alarms::Alarm& alarm) { return matters(alarm); };
        while (const auto alarm = alarms.take_due(now, still_matters)) {
            Asked& asked = slots[alarm->slot];
            const bool was_refused = asked.failure == Failure::unreachable;
            if (asked.level + 1 == alarms.levels()) {
                if (was_refused) servers.give_up(usual_transport(asked)); // nobody has come back
                give_up(alarm->slot, Failure::timeout);
                continue;
            }
            servers.note_silence(asked.server);
            if (asked.transport == Transport::tcp) servers.leave_dead_connection(asked.server, alarm->serial);
            ++asked.level;
            if (was_refused && servers.have_answered(usual_transport(asked)))
                asked.bad_replies = asked.failed_servers = 0; // a new round
            move_to_slow_lane(alarm->slot);
            send(alarm->slot, servers.after(asked.server), usual_transport(asked));
        }
    }

    /// When there is something to do even if nothing comes.
    Clock::time_point next_event() {
        if (!ready.empty() || !heard.empty()) return now;
        auto until = now + std::chrono::hours(1);
        if (const auto due = alarms.next_due([this](const auto& alarm) { return matters(alarm); }))
            until = std::min(until, *due);
        if (const auto due = slow_alarms.next_due([this](const auto& alarm) { return is_fast(alarm); }))
            until = std::min(until, *due);
        if (!queue.empty() && fast < options.window && !may_send()) until = std::min(until, free_at());
        return options.deadline ? std::min(until, *options.deadline) : until;
    }

    void wait(std::vector<Reply>& answers) {
        if (open() == 0) return;
        bool listened = false;
        bool woken = false;
        const int other = std::exchange(wake_descriptor, -1);
        now = Clock::now();
        if (!is_past_deadline()) start_queued();
        while (!listened || (ready.empty() && !woken)) {
            woken = servers.wait(now, next_event(), other);
            now = Clock::now();
            listened = true;
            judge_all();
            if (is_past_deadline()) {
                end_everything();
            } else {
                ring_alarms();
                start_queued();
            }
        }
        std::move(ready.begin(), ready.end(), std::back_inserter(answers));
        ready.clear();
    }

    void ask(const Question& question) {
        ++counters.asked;
        now = Clock::now();
        if (is_past_deadline()) return deliver(question, failed(Failure::deadline));
        queue.push_back(question);
        if (options.rate != 0 || queue.size() % burst == 0) start_queued();
    }

    std::size_t open() const { return queue.size() + fast + slow + ready.size(); }
};

CaresResolver::CaresResolver(CaresOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}

CaresResolver::~CaresResolver() = default;

void CaresResolver::ask(const Question& question) {
    impl_->ask(question);
}

void CaresResolver::wait(std::vector<Reply>& answers) {
    impl_->wait(answers);
}

void CaresResolver::wake_on(int descriptor) {
    impl_->wake_descriptor = descriptor;
}

std::size_t CaresResolver::room() const {
    if (impl_->options.rate != 0 && !impl_->queue.empty()) return 0; // the rate holds it up
    return impl_->options.window - std::min(impl_->fast + impl_->queue.size(), impl_->options.window);
}

std::size_t CaresResolver::open() const {
    return impl_->open();
}

Counters CaresResolver::counters() const {
    return impl_->counters;
}

const char* cares_version() {
    return ares_version(nullptr);
}

} // namespace spfwalk::dns
