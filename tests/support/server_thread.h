// The misbehaving server of dns_server.h in a thread of its own.
#pragma once

#include "support/dns_server.h"
#include "support/walks.h"

#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace spfwalk::test {

class ServerThread {
  public:
    explicit ServerThread(std::string_view zone, DnsServerOptions options = {})
        : server_(with_zone(zone, std::move(options))) {
        if (::pipe(stop_) != 0) throw std::runtime_error("pipe");
        for (const int end : stop_) // no child may hold them open
            ::fcntl(end, F_SETFD, FD_CLOEXEC);
        thread_ = std::thread([this] { server_.run(stop_[0]); });
    }
    ~ServerThread() {
        stop();
        ::close(stop_[0]);
    }
    ServerThread(const ServerThread&) = delete;
    ServerThread& operator=(const ServerThread&) = delete;

    /// As --resolver takes it.
    std::string address() const { return "127.0.0.1:" + std::to_string(server_.port()); }
    std::string address6() const { return "[::1]:" + std::to_string(server_.port()); }
    bool has_ipv6() const { return server_.has_ipv6(); }

    std::uint16_t port() const { return server_.port(); }

    /// Waits until it stops of itself (DnsServerOptions::stop_after).
    void wait() { thread_.join(); }
    /// Serves no longer; says what was served.
    DnsServerCounters stop() {
        if (stop_[1] >= 0) ::close(std::exchange(stop_[1], -1));
        if (thread_.joinable()) thread_.join();
        return server_.counters();
    }

  private:
    static DnsServerOptions with_zone(std::string_view zone, DnsServerOptions options) {
        options.zone = zone_from(zone);
        return options;
    }

    DnsServer server_;
    int stop_[2] = {-1, -1};
    std::thread thread_;
};

} // namespace spfwalk::test
