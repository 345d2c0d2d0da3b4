#include "dns/cares_servers.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>

namespace spfwalk::dns::cares {

namespace {

/// A channel is replaced after so many queries: it gets a new UDP port, and never comes near the 65,536 open
/// queries for which there are ids.
constexpr std::size_t queries_of_a_channel = 32'768;
/// Receive buffer for one reply in flight: what the kernel counts for a large datagram.
constexpr std::size_t receive_octets_of_a_reply = 2'304;
/// So many sockets may share the replies of a window if the kernel grants one too little.
constexpr std::size_t most_sockets = 16;
/// A server that leaves so many tries in a row unanswered is passed over, but for one question of so many.
constexpr std::size_t silent_at = 8;
constexpr std::uint32_t questions_to_a_silent = 256;
/// A server that was there, but left so many questions with EDNS unanswered, and has never answered one, gets
/// no more.
constexpr std::size_t plain_answers_enough = 3;
/// c-ares times out by itself only what was given up here long ago; so often it may look.
constexpr auto tick_interval = std::chrono::milliseconds(100);

/// For poll(): rounded up, so that what is waited for is due then.
int milliseconds_between(Clock::time_point now, Clock::time_point until) {
    if (until <= now) return 0;
    return static_cast<int>(std::chrono::ceil<std::chrono::milliseconds>(until - now).count());
}

} // namespace

Servers::Servers(const Options& options, Listener& listener) : options_(options), listener_(listener) {
    if (options_.servers.empty()) throw std::runtime_error("no DNS server to ask");
    for (const Server& server : options_.servers)
        servers_.emplace_back().server = server;
}

std::uint32_t Servers::first() {
    if (!options_.rotate) return preferred_;
    const auto servers = static_cast<std::uint32_t>(count());
    std::uint32_t passed_over = 0;
    do {
        const std::uint32_t turn = rotation_++;
        const std::uint32_t server = turn % servers;
        if (servers_[server].silent < silent_at || turn / servers % questions_to_a_silent == 0) return server;
    } while (++passed_over < servers);
    return rotation_++ % servers;
}

std::uint32_t Servers::after(std::uint32_t server) const {
    return (server + 1) % static_cast<std::uint32_t>(count());
}

void Servers::prefer(std::uint32_t server) {
    preferred_ = server;
}

void Servers::leave_dead_connection(std::uint32_t server, std::uint64_t serial) {
    auto& channel = servers_[server].tcp;
    if (channel && channel->is_deaf_to(serial)) retired_.push_back(std::exchange(channel, nullptr));
}

void Servers::note_plain_answer(std::uint32_t server, bool refused, std::uint64_t first_serial) {
    State& state = servers_[server];
    if (state.edns != Edns::untried) return;
    // Before it answered anything it may have been away.
    const bool was_deaf = !refused && first_serial > state.answering_since;
    if (refused || (was_deaf && ++state.plain_answers == plain_answers_enough)) state.edns = Edns::refused;
}

std::unique_ptr<Channel>& Servers::place_of_channel(State& state, Transport transport) {
    if (transport == Transport::tcp) return state.tcp;
    // How much the kernel grants is known once there is a socket. A reply for which there is no room is lost,
    // and each one lost costs the wait for it.
    const std::size_t granted = state.udp.front() ? state.udp.front()->received_octets() : 0;
    if (state.udp.size() == 1 && granted > 0) {
        const std::size_t wanted = options_.window * receive_octets_of_a_reply;
        state.udp.resize(std::clamp<std::size_t>((wanted + granted - 1) / granted, 1, most_sockets));
    }
    return state.udp[state.turn++ % state.udp.size()];
}

Channel& Servers::channel(std::uint32_t server, Transport transport) {
    auto& channel = place_of_channel(servers_[server], transport);
    if (channel && channel->taken() >= queries_of_a_channel)
        retired_.push_back(std::exchange(channel, nullptr));
    if (!channel) {
        constexpr std::size_t most = std::numeric_limits<int>::max() / receive_octets_of_a_reply;
        const ChannelOptions setup{.server = servers_[server].server,
                                   .transport = transport,
                                   .patience = options_.patience,
                                   .receive_octets =
                                       std::min(options_.window, most) * receive_octets_of_a_reply};
        channel = std::make_unique<Channel>(setup, listener_, inbox_);
    }
    return *channel;
}

void Servers::send(const Name& name, Type type, const Try& query) {
    channel(query.server, query.transport).query(name, type, query);
}

template <class Visit>
void Servers::each_channel(Visit&& visit) {
    for (State& server : servers_) {
        for (auto& channel : server.udp)
            if (channel) visit(*channel);
        if (server.tcp) visit(*server.tcp);
    }
    for (auto& channel : retired_)
        visit(*channel);
}

void Servers::flush() {
    each_channel([](Channel& channel) { channel.flush(); });
}

bool Servers::wait(Clock::time_point now, Clock::time_point until, int other) {
    flush();
    descriptors_.clear();
    polled_.clear();
    each_channel([&](Channel& channel) {
        if (channel.is_refused()) {
            channel.process_refusal();
            until = now; // the listener has heard something
        }
        channel.append_descriptors(descriptors_);
        polled_.resize(descriptors_.size(), &channel);
    });
    const std::size_t own = descriptors_.size();
    if (other >= 0) descriptors_.push_back({.fd = other, .events = POLLIN, .revents = 0});
    const int milliseconds = milliseconds_between(now, std::min(until, last_tick_ + tick_interval));
    const int count = ::poll(descriptors_.data(), static_cast<nfds_t>(descriptors_.size()), milliseconds);
    // After an interruption (EINTR) there is nothing to read.
    for (std::size_t i = 0; count > 0 && i < own; ++i)
        if (descriptors_[i].revents != 0) polled_[i]->process(descriptors_[i]);
    const bool other_is_ready = count > 0 && other >= 0 && descriptors_.back().revents != 0;
    now = Clock::now();
    if (now - last_tick_ < tick_interval) return other_is_ready;
    last_tick_ = now;
    each_channel([](Channel& channel) { channel.tick(); });
    std::erase_if(retired_, [](const auto& channel) { return channel->open() == 0; });
    return other_is_ready;
}

} // namespace spfwalk::dns::cares
