#include "support/nsd.h"

#include <array>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spfwalk::test {

namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr const char* nsd_path = "/usr/sbin/nsd";
constexpr const char* checkzone_path = "/usr/sbin/nsd-checkzone";

class Socket {
  public:
    Socket(int family, int type) : descriptor_(::socket(family, type | SOCK_CLOEXEC, 0)), family_(family) {}
    ~Socket() { ::close(descriptor_); }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;

    int get() const { return descriptor_; }
    /// bind() or connect() to a loopback port; of the test's own family.
    template <class Call>
    bool with_loopback(Call call, std::uint16_t port) const {
        if (family_ == AF_INET) {
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_port = htons(port);
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            return call(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
        }
        sockaddr_in6 address{};
        address.sin6_family = AF_INET6;
        address.sin6_port = htons(port);
        address.sin6_addr = in6addr_loopback;
        return call(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    }
    std::uint16_t port() const {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        ::getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
        return ntohs(address.sin_port);
    }

  private:
    int descriptor_;
    int family_;
};

/// A port that nobody uses just now, for UDP and TCP, in both families; 0 if the one tried was in use.
std::uint16_t free_port() {
    const Socket first(AF_INET, SOCK_STREAM);
    if (!first.with_loopback(::bind, 0)) return 0;
    const std::uint16_t port = first.port();
    for (const auto& [family, type] :
         {std::pair{AF_INET, SOCK_DGRAM}, {AF_INET6, SOCK_DGRAM}, {AF_INET6, SOCK_STREAM}})
        if (!Socket(family, type).with_loopback(::bind, port)) return 0;
    return port;
}

/// Whether a server answers the question for the root's SOA with success.
bool answers(int family, std::uint16_t port) {
    const Socket socket(family, SOCK_DGRAM);
    if (!socket.with_loopback(::connect, port)) return false;
    const timeval patience{.tv_sec = 0, .tv_usec = 20'000};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    constexpr std::array<unsigned char, 17> query{0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1};
    std::array<unsigned char, 512> reply{};
    if (::send(socket.get(), query.data(), query.size(), 0) != static_cast<ssize_t>(query.size()))
        return false;
    const ssize_t size = ::recv(socket.get(), reply.data(), reply.size(), 0);
    return size > 12 && (reply[3] & 0xf) == 0 && reply[7] == 1;
}

} // namespace

std::optional<std::string> nsd_unavailable() {
    if (::access(nsd_path, X_OK) != 0) return std::string(nsd_path) + " is not there (Debian package nsd)";
    if (!Socket(AF_INET6, SOCK_DGRAM).with_loopback(::bind, 0)) return "there is no ::1 to listen on";
    return std::nullopt;
}

std::optional<std::string> nsd_refuses(const std::string& zone_file) {
    const Ended ended = run_program({.command = {checkzone_path, ".", zone_file}});
    if (ended.status == 0) return std::nullopt;
    const std::string text = ended.error + ended.output;
    return text.substr(0, text.find('\n'));
}

Nsd::Nsd(const std::string& zone_file, std::chrono::seconds patience) {
    const auto deadline = Clock::now() + patience;
    // A port that is free now may be somebody else's when NSD wants it.
    for (int tries = 0; tries < 20; ++tries)
        if (start(zone_file, deadline)) return;
    const std::string log = directory_ / "nsd.log";
    throw std::runtime_error("NSD does not answer: " + (std::filesystem::exists(log) ? file_text(log) : ""));
}

Nsd::~Nsd() {
    if (!child_) return;
    child_->send(SIGTERM); // its own children go with it
    for (int turn = 0; turn < 500 && child_->running(); ++turn)
        std::this_thread::sleep_for(10ms);
}

bool Nsd::start(const std::string& zone_file, Clock::time_point deadline) {
    port_ = free_port();
    if (port_ == 0) return false;
    const std::string place = directory_.path().string();
    const std::string port = std::to_string(port_);
    write_text(directory_ / "nsd.conf",
               "server:\n"
               "  ip-address: 127.0.0.1@" +
                   port +
                   "\n"
                   "  ip-address: ::1@" +
                   port +
                   "\n"
                   "  do-ip6: yes\n"
                   "  server-count: 1\n"
                   "  rrl-ratelimit: 0\n" // or it would drop what it takes for an attack
                   "  username: \"\"\n"
                   "  chroot: \"\"\n"
                   "  database: \"\"\n"
                   "  zonesdir: \"" +
                   place +
                   "\"\n"
                   "  pidfile: \"" +
                   place +
                   "/nsd.pid\"\n"
                   "  xfrdir: \"" +
                   place +
                   "\"\n"
                   "  xfrdfile: \"" +
                   place +
                   "/xfrd.state\"\n"
                   "  zonelistfile: \"" +
                   place +
                   "/zone.list\"\n"
                   "remote-control:\n"
                   "  control-enable: no\n"
                   "zone:\n"
                   "  name: \".\"\n"
                   "  zonefile: \"" +
                   std::filesystem::absolute(zone_file).string() + "\"\n");
    child_ = std::make_unique<Child>(Launch{.command = {nsd_path, "-d", "-c", directory_ / "nsd.conf"},
                                            .output = Descriptor::file,
                                            .error = Descriptor::file,
                                            .output_file = directory_ / "nsd.log",
                                            .error_file = directory_ / "nsd.log"});
    while (child_->running() && Clock::now() < deadline) {
        if (answers(AF_INET, port_) && answers(AF_INET6, port_)) return true;
        std::this_thread::sleep_for(5ms);
    }
    return false;
}

} // namespace spfwalk::test
