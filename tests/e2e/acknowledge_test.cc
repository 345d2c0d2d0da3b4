// What comes over TCP is acknowledged at once: a server with Nagle's algorithm on sends no small reply
// before.
#include "spfwalk/dns/cares_resolver.h"

#include "support/catch.h"
#include "support/loopback_socket.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

using namespace spfwalk;
using namespace spfwalk::dns;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

namespace {

/// Answers one connection, NXDOMAIN to everything, and takes the time until each reply is acknowledged.
class PatientServer {
  public:
    PatientServer() : listener_(SOCK_STREAM) {
        REQUIRE(::listen(listener_.get(), 1) == 0);
        thread_ = std::thread([this] { serve(); });
    }
    ~PatientServer() {
        ::shutdown(listener_.get(), SHUT_RDWR);
        thread_.join();
    }
    PatientServer(const PatientServer&) = delete;
    PatientServer& operator=(const PatientServer&) = delete;

    Server address() const { return {.address = net::ipv4(0x7f000001), .port = listener_.port()}; }
    /// Waits until so many replies have been acknowledged; the latest took so long.
    Clock::duration time_of(int number) const {
        for (int i = 0; acknowledged_ < number && i < 50'000; ++i)
            std::this_thread::sleep_for(100us);
        REQUIRE(acknowledged_ == number);
        return std::chrono::microseconds(latest_);
    }

  private:
    static bool is_whole(ssize_t count, std::size_t wanted) { return count == static_cast<ssize_t>(wanted); }
    void serve() {
        const int fd = ::accept(listener_.get(), nullptr, nullptr);
        std::array<std::uint8_t, 2> length{};
        while (is_whole(::recv(fd, length.data(), 2, MSG_WAITALL), 2)) {
            std::vector<std::uint8_t> message(length.size() + length[0] * 256U + length[1]);
            std::ranges::copy(length, message.begin());
            if (!is_whole(::recv(fd, message.data() + 2, message.size() - 2, MSG_WAITALL),
                          message.size() - 2))
                break;
            message[4] |= 0x80; // a reply
            message[5] = 3;     // NXDOMAIN
            if (!is_whole(::send(fd, message.data(), message.size(), MSG_NOSIGNAL), message.size())) break;
            const auto start = Clock::now();
            int not_acknowledged = 1;
            while (::ioctl(fd, SIOCOUTQ, &not_acknowledged) == 0 && not_acknowledged > 0 &&
                   Clock::now() - start < 1s)
                std::this_thread::sleep_for(100us);
            const auto time = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
            latest_ = static_cast<int>(time.count());
            ++acknowledged_;
        }
        ::close(fd);
    }

    test::LoopbackSocket listener_;
    std::atomic<int> latest_ = 0; ///< microseconds
    std::atomic<int> acknowledged_ = 0;
    std::thread thread_;
};

} // namespace

TEST_CASE("RFC 9293 §3.8.6.3: replies over TCP are acknowledged without delay, on old connections, too") {
    const PatientServer server;
    CaresOptions options;
    options.servers = {server.address()};
    options.tcp_only = true;
    CaresResolver resolver(options);
    std::vector<Reply> replies;
    int late = 0;
    for (int i = 1; i <= 60; ++i) {
        resolver.ask({*Name::from_domain("n" + std::to_string(i) + ".example"), Type::txt});
        replies.clear();
        while (replies.empty())
            resolver.wait(replies);
        REQUIRE(replies.front().answer->status == Status::no_name);
        // No question before: it would acknowledge the reply, too.
        if (server.time_of(i) >= 20ms) ++late;
    }
    CHECK(late < 15); // by itself Linux puts every other one off for 40 ms
}
