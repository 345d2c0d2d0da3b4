// The servers to ask: a channel for each and each transport, which one is preferred, and the wait on all.
#pragma once

#include "dns/cares_channel.h"
#include "dns/retry.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace spfwalk::dns::cares {

class Servers {
  public:
    struct Options {
        std::vector<Server> servers; ///< at least one
        bool rotate = false;
        std::chrono::milliseconds patience{}; ///< see ChannelOptions
        std::size_t window = 0;               ///< replies to expect at a time
    };

    /// Opens nothing yet. `listener` hears of all channels.
    Servers(const Options& options, Listener& listener);

    std::size_t count() const { return servers_.size(); }
    /// The server to ask a new question.
    std::uint32_t first();
    /// The server to ask after `server` did not help.
    std::uint32_t after(std::uint32_t server) const;
    /// `server` has given a good answer.
    void prefer(std::uint32_t server);
    /// `server` has said something: it is not silent, and somebody answers. `serial`: the latest.
    void note_answer(std::uint32_t server, Transport transport, std::uint64_t serial) {
        servers_[server].silent = 0;
        if (servers_[server].answering_since == 0) servers_[server].answering_since = serial;
        have_answered_[static_cast<std::size_t>(transport)] = true;
    }
    /// `server` has said nothing for as long as it was waited for.
    void note_silence(std::uint32_t server) { ++servers_[server].silent; }
    /// The same of a try with that serial over TCP. If the connection is dead, the next query gets another.
    void leave_dead_connection(std::uint32_t server, std::uint64_t serial);
    /// Whether any server has said something over the transport, since they were all given up the last time:
    /// then a refusal may mean that it is being started again, and is waited for like silence.
    bool have_answered(Transport transport) const {
        return have_answered_[static_cast<std::size_t>(transport)];
    }
    void give_up(Transport transport) { have_answered_[static_cast<std::size_t>(transport)] = false; }

    /// Whether to ask `server` with EDNS (RFC 6891 §6.2.2); it may turn out not to know it.
    bool takes_edns(std::uint32_t server) const { return servers_[server].edns != Edns::refused; }
    /// Whether it has ever answered with EDNS.
    bool knows_edns(std::uint32_t server) const { return servers_[server].edns == Edns::known; }
    /// `server` has answered with EDNS.
    void note_edns(std::uint32_t server) { servers_[server].edns = Edns::known; }
    /// `server` has answered a query without EDNS, having refused one with it (`refused`), or left some
    /// unanswered. `first_serial`: all of these came after it.
    void note_plain_answer(std::uint32_t server, bool refused, std::uint64_t first_serial);

    /// Sends a query to query.server over query.transport, at the latest when flush() or wait() is called.
    void send(const Name& name, Type type, const Try& query);
    void flush();

    /// Waits until `until` or until something comes, and lets the listener hear all that came. True if
    /// `other`, a descriptor or -1, can be read, which ends the wait too.
    bool wait(Clock::time_point now, Clock::time_point until, int other);

  private:
    enum class Edns : std::uint8_t { untried, known, refused };
    struct State {
        Server server;
        std::vector<std::unique_ptr<Channel>> udp{1}; ///< as many as it takes to receive a window of replies
        std::unique_ptr<Channel> tcp;
        std::size_t turn = 0;              ///< which of the first it is
        std::size_t silent = 0;            ///< tries in a row that were not answered
        std::uint64_t answering_since = 0; ///< the latest serial when it answered first
        Edns edns = Edns::untried;
        std::size_t plain_answers = 0; ///< see note_plain_answer(); untried only
    };

    Channel& channel(std::uint32_t server, Transport transport);
    std::unique_ptr<Channel>& place_of_channel(State& state, Transport transport);
    template <class Visit>
    void each_channel(Visit&& visit);

    Options options_;
    Listener& listener_;
    Inbox inbox_;
    std::vector<State> servers_;
    std::vector<std::unique_ptr<Channel>> retired_; ///< take no more queries, but late replies
    std::vector<pollfd> descriptors_;
    std::vector<Channel*> polled_; ///< whose descriptor that is
    std::uint32_t preferred_ = 0;
    std::array<bool, 2> have_answered_{}; ///< by transport
    std::uint32_t rotation_ = 0;
    Clock::time_point last_tick_ = Clock::now();
};

} // namespace spfwalk::dns::cares
