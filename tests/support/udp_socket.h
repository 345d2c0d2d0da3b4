// A UDP socket that stands for a name server: what it hears, and what it is made to say.
#pragma once

#include "support/catch.h"

#include <chrono>
#include <string>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spfwalk::test {

/// A UDP socket on loopback at a port of its own.
class UdpSocket {
  public:
    UdpSocket() : descriptor_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(descriptor_, any, size) == 0);
        REQUIRE(::getsockname(descriptor_, any, &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    ~UdpSocket() { ::close(descriptor_); }
    UdpSocket(const UdpSocket&) = delete;
    UdpSocket& operator=(const UdpSocket&) = delete;

    int get() const { return descriptor_; }
    /// Lets nobody but the other be heard or sent to.
    void connect_to(const UdpSocket& other) const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        auto* const peer = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::getsockname(other.descriptor_, peer, &size) == 0);
        REQUIRE(::connect(descriptor_, peer, size) == 0);
    }

    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    bool readable(std::chrono::milliseconds patience) const {
        pollfd polled{descriptor_, POLLIN, 0};
        return ::poll(&polled, 1, static_cast<int>(patience.count())) == 1;
    }
    /// The next datagram, which must be there; then sends `reply(datagram)` back.
    template <class Reply>
    std::string exchange(Reply reply) const {
        std::string datagram(65536, '\0');
        sockaddr_in from{};
        socklen_t size = sizeof from;
        auto* const peer = reinterpret_cast<sockaddr*>(&from);
        const ssize_t count = ::recvfrom(descriptor_, datagram.data(), datagram.size(), 0, peer, &size);
        datagram.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
        const std::string answer = reply(datagram);
        (void)::sendto(descriptor_, answer.data(), answer.size(), 0, peer, size);
        return datagram;
    }

  private:
    int descriptor_;
    std::uint16_t port_ = 0;
};

} // namespace spfwalk::test
