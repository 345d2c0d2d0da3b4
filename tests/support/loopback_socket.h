// A socket of IPv4 at a port of loopback that is its own.
#pragma once

#include "support/catch.h"

#include <cstdint>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spfwalk::test {

class LoopbackSocket {
  public:
    /// `type`: SOCK_DGRAM or SOCK_STREAM.
    explicit LoopbackSocket(int type) : descriptor_(::socket(AF_INET, type | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(descriptor_, any, size) == 0);
        REQUIRE(::getsockname(descriptor_, any, &size) == 0);
        port_ = ntohs(address.sin_port);
    }
    ~LoopbackSocket() { ::close(descriptor_); }
    LoopbackSocket(const LoopbackSocket&) = delete;
    LoopbackSocket& operator=(const LoopbackSocket&) = delete;

    int get() const { return descriptor_; }
    std::uint16_t port() const { return port_; }

  private:
    int descriptor_;
    std::uint16_t port_ = 0;
};

} // namespace spfwalk::test
