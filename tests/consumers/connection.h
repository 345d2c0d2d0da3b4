// A TCP connection on loopback from a chosen address, and servers to connect to.
#pragma once

#include "support/process.h"

#include <cstdint>
#include <string>

namespace spfwalk::test {

/// A port of loopback that nobody uses just now, in neither family.
std::uint16_t free_port();

class Connection {
  public:
    /// From `source` to 127.0.0.1 or ::1, whichever is of its family. Any source will do if the network takes
    /// it (clients_of()).
    Connection(const std::string& source, std::uint16_t port);
    /// To a socket in the file system.
    explicit Connection(const std::string& path);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool connected() const { return refusal_.empty(); }
    /// Why it is not connected, for people; empty if it is.
    const std::string& refusal() const { return refusal_; }
    void send(const std::string& text);
    /// Up to the next `end`, which is left out, or all there is before the other side closes or is silent for
    /// seconds.
    std::string receive_until(const std::string& end);
    std::string receive(std::size_t size);
    std::string receive_all() { return receive_until({}); }

  private:
    void limit_patience();
    bool more();

    int descriptor_ = -1;
    std::string refusal_;
    std::string received_;
};

/// Waits until something listens on the port, while the server runs; at most for half a minute.
bool listens(Child& server, std::uint16_t port);
/// Waits until something says a first line there. What supervises servers may listen before it can start
/// them.
bool greets(Child& server, std::uint16_t port);

} // namespace spfwalk::test
