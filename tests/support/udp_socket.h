// A UDP socket that stands for a name server: what it hears, and what it is made to say.
#pragma once

#include "support/catch.h"
#include "support/loopback_socket.h"

#include <chrono>
#include <string>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace spfwalk::test {

/// A UDP socket on loopback at a port of its own.
class UdpSocket {
  public:
    UdpSocket() : socket_(SOCK_DGRAM) {}

    int get() const { return socket_.get(); }
    /// Lets nobody but the other be heard or sent to.
    void connect_to(const UdpSocket& other) const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        auto* const peer = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::getsockname(other.get(), peer, &size) == 0);
        REQUIRE(::connect(get(), peer, size) == 0);
    }

    std::string address() const { return "127.0.0.1:" + std::to_string(socket_.port()); }
    bool readable(std::chrono::milliseconds patience) const {
        pollfd polled{get(), POLLIN, 0};
        return ::poll(&polled, 1, static_cast<int>(patience.count())) == 1;
    }
    /// The next datagram, which must be there; then sends `reply(datagram)` back.
    template <class Reply>
    std::string exchange(Reply reply) const {
        std::string datagram(65536, '\0');
        sockaddr_in from{};
        socklen_t size = sizeof from;
        auto* const peer = reinterpret_cast<sockaddr*>(&from);
        const ssize_t count = ::recvfrom(get(), datagram.data(), datagram.size(), 0, peer, &size);
        datagram.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
        const std::string answer = reply(datagram);
        (void)::sendto(get(), answer.data(), answer.size(), 0, peer, size);
        return datagram;
    }

  private:
    LoopbackSocket socket_;
};

} // namespace spfwalk::test
