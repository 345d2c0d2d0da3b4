// Distance: passes DNS over UDP and TCP on to a server and holds each reply back for a fixed time, as a far
// away resolver would. Also counts how many queries are on their way, which is what a window is for.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

namespace spfwalk::bench {

class DelayProxy {
  public:
    /// Listens on a free port of 127.0.0.1. Throws std::system_error.
    /// UDP queries that hold `lost` are lost, if it is not empty.
    DelayProxy(std::uint16_t server_port, std::chrono::microseconds delay, const std::string& lost = {});
    ~DelayProxy();

    std::uint16_t port() const { return port_; }
    /// The average number of UDP queries that had come and whose replies had not left yet, from the first
    /// query to the last reply. Of a proxy that nobody uses any more.
    double mean_in_flight() const;

  private:
    struct Loop;
    std::uint16_t port_ = 0;
    Loop* loop_;
    std::thread thread_;
};

} // namespace spfwalk::bench
