#include "connection.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace spfwalk::test {

namespace {

sockaddr_in loopback(const std::string& address, std::uint16_t port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
    return result;
}

} // namespace

std::uint16_t free_port() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback("127.0.0.1", 0);
    socklen_t size = sizeof address;
    ::bind(descriptor, reinterpret_cast<const sockaddr*>(&address), size);
    ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &size);
    ::close(descriptor);
    return ntohs(address.sin_port);
}

Connection::Connection(const std::string& source, std::uint16_t port)
    : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const sockaddr_in from = loopback(source, 0), to = loopback("127.0.0.1", port);
    limit_patience();
    connected_ = ::bind(descriptor_, reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0 &&
                 ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
}

Connection::Connection(const std::string& path)
    : descriptor_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    limit_patience();
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
}

Connection::~Connection() {
    ::close(descriptor_);
}

void Connection::limit_patience() {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
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

bool listens(Child& server, std::uint16_t port) {
    for (int turn = 0; turn < 500 && server.running(); ++turn) {
        if (Connection("127.0.0.1", port).connected()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
}

} // namespace spfwalk::test
