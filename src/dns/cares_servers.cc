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
    return options_.rotate ? rotation_++ % static_cast<std::uint32_t>(count()) : preferred_;
}

std::uint32_t Servers::after(std::uint32_t server) const {
    return (server + 1) % static_cast<std::uint32_t>(count());
}

void Servers::prefer(std::uint32_t server) {
    preferred_ = server;
}

Channel& Servers::channel(std::uint32_t server, Transport transport) {
    auto& channel = servers_[server].channels[static_cast<std::size_t>(transport)];
    if (channel && channel->taken() >= queries_of_a_channel) retired_.push_back(std::move(channel));
    if (!channel) {
        constexpr std::size_t most = std::numeric_limits<int>::max() / receive_octets_of_a_reply;
        const ChannelOptions setup{.server = servers_[server].server,
                                   .transport = transport,
                                   .patience = options_.patience,
                                   .receive_octets =
                                       std::min(options_.window, most) * receive_octets_of_a_reply};
        channel = std::make_unique<Channel>(setup, listener_);
    }
    return *channel;
}

void Servers::send(const Name& name, Type type, const Try& query) {
    channel(query.server, query.transport).query(name, type, query);
}

template <class Visit>
void Servers::each_channel(Visit&& visit) {
    for (State& server : servers_)
        for (auto& channel : server.channels)
            if (channel) visit(*channel);
    for (auto& channel : retired_)
        visit(*channel);
}

void Servers::wait(Clock::time_point now, Clock::time_point until) {
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
    const int milliseconds = milliseconds_between(now, std::min(until, last_tick_ + tick_interval));
    const int count = ::poll(descriptors_.data(), static_cast<nfds_t>(descriptors_.size()), milliseconds);
    // After an interruption (EINTR) there is nothing to read.
    for (std::size_t i = 0; count > 0 && i < descriptors_.size(); ++i)
        if (descriptors_[i].revents != 0) polled_[i]->process(descriptors_[i]);
    now = Clock::now();
    if (now - last_tick_ < tick_interval) return;
    last_tick_ = now;
    each_channel([](Channel& channel) { channel.tick(); });
    std::erase_if(retired_, [](const auto& channel) { return channel->open() == 0; });
}

} // namespace spfwalk::dns::cares
