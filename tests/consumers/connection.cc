#include "connection.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace spfwalk::test {

namespace {

/// Of either family.
struct Endpoint {
    sockaddr_storage address{};
    socklen_t size = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

Endpoint endpoint(const std::string& text, std::uint16_t port) {
    Endpoint result;
    if (text.find(':') == text.npos) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        ::inet_pton(AF_INET, text.c_str(), &address.sin_addr);
        std::memcpy(&result.address, &address, result.size = sizeof address);
    } else {
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(port);
        ::inet_pton(AF_INET6, text.c_str(), &address.sin6_addr);
        std::memcpy(&result.address, &address, result.size = sizeof address);
    }
    return result;
}

Endpoint end_of(int descriptor, int (*which)(int, sockaddr*, socklen_t*)) {
    Endpoint result;
    socklen_t size = sizeof result.address;
    if (which(descriptor, reinterpret_cast<sockaddr*>(&result.address), &size) == 0) result.size = size;
    return result;
}

/// A port that nobody listens on yet can be given to whoever connects to it, who then reaches himself.
bool is_own_peer(int descriptor) {
    const Endpoint here = end_of(descriptor, ::getsockname), there = end_of(descriptor, ::getpeername);
    return here.size == there.size && std::memcmp(&here.address, &there.address, here.size) == 0;
}

int tcp_socket(const Endpoint& from) {
    return ::socket(from.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

/// Whether a server could listen there: IPv4 to find a port (0), IPv6 to see that it is free there too.
bool binds(const std::string& address, std::uint16_t& port) {
    Endpoint local = endpoint(address, port);
    const int descriptor = tcp_socket(local);
    const bool bound = ::bind(descriptor, local.get(), local.size) == 0;
    const bool missing = !bound && (descriptor < 0 || errno == EADDRNOTAVAIL); // no IPv6 here
    sockaddr_in got{};
    socklen_t size = sizeof got;
    if (bound && port == 0 && ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&got), &size) == 0)
        port = ntohs(got.sin_port);
    ::close(descriptor);
    return bound || missing;
}

} // namespace

std::uint16_t free_port() {
    for (int turn = 0; turn < 100; ++turn) {
        std::uint16_t port = 0;
        if (binds("127.0.0.1", port) && binds("::1", port)) return port;
    }
    throw std::runtime_error("no free port");
}

Connection::Connection(const std::string& source, std::uint16_t port) {
    const bool ipv6 = source.find(':') != source.npos;
    const Endpoint from = endpoint(source, 0), to = endpoint(ipv6 ? "::1" : "127.0.0.1", port);
    descriptor_ = tcp_socket(from);
    limit_patience();
    // An address that routes lead here is not yet one that this machine knows as its own.
    const int yes = 1;
    ::setsockopt(descriptor_, ipv6 ? IPPROTO_IPV6 : IPPROTO_IP, ipv6 ? IPV6_FREEBIND : IP_FREEBIND, &yes,
                 sizeof yes);
    // The port is chosen by connect(), which begins with other ones than bind(): a port that a server has
    // been promised is not taken by who waits for it.
    ::setsockopt(descriptor_, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof yes);
    if (::bind(descriptor_, from.get(), from.size) != 0)
        refusal_ = std::string("bind: ") + std::strerror(errno);
    else if (::connect(descriptor_, to.get(), to.size) != 0)
        refusal_ = std::string("connect: ") + std::strerror(errno);
    else if (is_own_peer(descriptor_)) {
        refusal_ = "connected to itself";
        const linger at_once{.l_onoff = 1, .l_linger = 0}; // or the port would be taken for another minute
        ::setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
}

Connection::Connection(const std::string& path)
    : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    limit_patience();
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
        refusal_ = std::string("connect: ") + std::strerror(errno);
}

Connection::~Connection() {
    ::close(descriptor_);
}

void Connection::limit_patience() {
    const timeval patience{.tv_sec = 30, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(descriptor_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

void Connection::send(const std::string& text) {
    std::size_t sent = 0;
    while (sent < text.size()) {
        const ssize_t count = ::send(descriptor_, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (count <= 0) return;
        sent += static_cast<std::size_t>(count);
    }
}

bool Connection::more() {
    std::array<char, 65536> buffer;
    const ssize_t count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
    if (count <= 0) return false;
    received_.append(buffer.data(), static_cast<std::size_t>(count));
    return true;
}

std::string Connection::receive_until(const std::string& end) {
    std::size_t found = std::string::npos;
    while (end.empty() || (found = received_.find(end)) == std::string::npos)
        if (!more()) return std::exchange(received_, {});
    std::string text = received_.substr(0, found);
    received_.erase(0, found + end.size());
    return text;
}

std::string Connection::receive(std::size_t size) {
    while (received_.size() < size && more()) {
    }
    std::string text = received_.substr(0, size);
    received_.erase(0, text.size());
    return text;
}

namespace {

/// Tries until it is so, while the server runs; at most for half a minute and what the last try takes.
template <typename Reached>
bool becomes(Child& server, Reached reached) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (server.running() && std::chrono::steady_clock::now() < deadline) {
        if (reached()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

} // namespace

bool listens(Child& server, std::uint16_t port) {
    return becomes(server, [&] { return Connection("127.0.0.1", port).connected(); });
}

bool greets(Child& server, std::uint16_t port) {
    return becomes(server, [&] {
        Connection connection("127.0.0.1", port);
        return connection.connected() && !connection.receive_until("\r\n").empty();
    });
}

} // namespace spfwalk::test
