// The servers to ask: a channel for each and each transport, which one is preferred, and the wait on all.
#pragma once

#include "dns/cares_channel.h"
#include "dns/retry.h"

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
    /// `server` has said something, or has not for as long as it was waited for.
    void note_answer(std::uint32_t server) {
        servers_[server].silent = 0;
        have_answered_ = true;
    }
    void note_silence(std::uint32_t server) { ++servers_[server].silent; }
    /// Whether any server has said something, since they were all given up the last time.
    bool have_answered() const { return have_answered_; }
    void give_up() { have_answered_ = false; }

    /// Whether to ask `server` with EDNS (RFC 6891 §6.2.2); it may turn out not to know it.
    bool takes_edns(std::uint32_t server) const { return servers_[server].takes_edns; }
    void forget_edns(std::uint32_t server) { servers_[server].takes_edns = false; }
    /// Whether it has ever answered with EDNS.
    bool knows_edns(std::uint32_t server) const { return servers_[server].knows_edns; }
    void note_edns(std::uint32_t server) { servers_[server].knows_edns = true; }

    /// Sends a query to query.server over query.transport, at the latest when flush() or wait() is called.
    void send(const Name& name, Type type, const Try& query);
    void flush();

    /// Waits until `until` or until something comes, and lets the listener hear all that came. True if
    /// `other`, a descriptor or -1, can be read, which ends the wait too.
    bool wait(Clock::time_point now, Clock::time_point until, int other);

  private:
    struct State {
        Server server;
        std::vector<std::unique_ptr<Channel>> udp{1}; ///< as many as it takes to receive a window of replies
        std::unique_ptr<Channel> tcp;
        std::size_t turn = 0;   ///< which of the first it is
        std::size_t silent = 0; ///< tries in a row that were not answered
        bool takes_edns = true;
        bool knows_edns = false;
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
    bool have_answered_ = false;
    std::uint32_t rotation_ = 0;
    Clock::time_point last_tick_ = Clock::now();
};

} // namespace spfwalk::dns::cares
