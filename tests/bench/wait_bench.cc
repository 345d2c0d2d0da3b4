// Which wait is the cheapest for the few descriptors of c-ares: poll(2), or epoll(7) with its set kept in the
// kernel.
//
//     wait_bench [TURNS]
//
// For 1 to 16 UDP sockets on loopback it sends a datagram to one of them, waits for it and reads it, as the
// pump does for a reply, TURNS times each way in alternation, and prints the ratio of the processor time.
// What both have in common, sending and reading, is measured without a wait and taken off.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace {

[[noreturn]] void die(const char* what) {
    std::perror(what);
    std::exit(2);
}

double processor_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Sockets that each send to themselves.
class Sockets {
  public:
    explicit Sockets(std::size_t count) : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        if (epoll_ < 0) die("epoll_create1");
        for (std::size_t i = 0; i < count; ++i) {
            const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            socklen_t size = sizeof address;
            auto* name = reinterpret_cast<sockaddr*>(&address);
            if (descriptor < 0 || ::bind(descriptor, name, size) != 0 ||
                ::getsockname(descriptor, name, &size) != 0 || ::connect(descriptor, name, size) != 0)
                die("socket");
            polled_.push_back({descriptor, POLLIN, 0});
            epoll_event event{};
            event.events = EPOLLIN;
            event.data.fd = descriptor;
            if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) die("epoll_ctl");
        }
    }
    ~Sockets() {
        for (const pollfd& polled : polled_)
            ::close(polled.fd);
        ::close(epoll_);
    }
    Sockets(const Sockets&) = delete;
    Sockets& operator=(const Sockets&) = delete;

    std::size_t size() const { return polled_.size(); }
    void send(std::size_t which) {
        if (::send(polled_[which].fd, "x", 1, 0) != 1) die("send");
    }
    static void read(int descriptor) {
        char octet = 0;
        if (::recv(descriptor, &octet, 1, 0) != 1) die("recv");
    }
    int descriptor(std::size_t which) const { return polled_[which].fd; }
    int by_poll() {
        if (::poll(polled_.data(), polled_.size(), 1000) != 1) die("poll");
        for (const pollfd& polled : polled_)
            if (polled.revents != 0) return polled.fd;
        die("poll");
    }
    int by_epoll() {
        epoll_event event{};
        if (::epoll_wait(epoll_, &event, 1, 1000) != 1) die("epoll_wait");
        return event.data.fd;
    }

  private:
    std::vector<pollfd> polled_;
    int epoll_;
};

/// Seconds of the processor for so many datagrams.
template <class Wait>
double cost(Sockets& sockets, std::size_t turns, Wait wait) {
    const double begin = processor_seconds();
    for (std::size_t turn = 0; turn < turns; ++turn) {
        const std::size_t which = turn % sockets.size();
        sockets.send(which);
        Sockets::read(wait(which));
    }
    return processor_seconds() - begin;
}

} // namespace

int main(int argc, char** argv) {
    const std::size_t turns = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 200'000;
    constexpr std::size_t rounds = 9;
    for (const std::size_t count : std::initializer_list<std::size_t>{1, 2, 4, 8, 16}) {
        Sockets sockets(count);
        std::array<double, rounds> poll{}, epoll{}, ratio{};
        for (std::size_t round = 0; round < rounds; ++round) {
            const std::size_t part = std::max<std::size_t>(1, turns / rounds);
            const double both =
                cost(sockets, part, [&](std::size_t which) { return sockets.descriptor(which); });
            const auto each = [&](double all) { return (all - both) / static_cast<double>(part) * 1e9; };
            poll[round] = each(cost(sockets, part, [&](std::size_t) { return sockets.by_poll(); }));
            epoll[round] = each(cost(sockets, part, [&](std::size_t) { return sockets.by_epoll(); }));
            ratio[round] = poll[round] / epoll[round];
        }
        for (auto* figures : {&poll, &epoll, &ratio})
            std::ranges::sort(*figures);
        std::printf("%2zu descriptors: poll %4.0f ns, epoll %4.0f ns, poll/epoll %.2f\n", count,
                    poll[rounds / 2], epoll[rounds / 2], ratio[rounds / 2]);
    }
    return 0;
}
