#include "bench/delay_proxy.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <deque>
#include <map>
#include <memory>
#include <system_error>
#include <vector>

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace spfwalk::bench {

namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int open_socket(int type) {
    const int fd = ::socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) fail("socket");
    const int octets = 8 << 20;
    if (type == SOCK_DGRAM) (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    return fd;
}

template <class Call>
void with_port(int fd, std::uint16_t port, Call call, const char* what) {
    const sockaddr_in address = loopback(port);
    if (call(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)
        fail(what);
}

constexpr std::size_t batch = 64;
constexpr std::size_t datagram_octets = 4096;

/// Many datagrams with one system call.
class Batch {
  public:
    Batch() : data_(batch * datagram_octets) {
        for (std::size_t i = 0; i < batch; ++i) {
            parts_[i] = {data_.data() + i * datagram_octets, datagram_octets};
            headers_[i].msg_hdr.msg_iov = &parts_[i];
            headers_[i].msg_hdr.msg_iovlen = 1;
            headers_[i].msg_hdr.msg_name = &addresses_[i];
        }
    }
    int receive(int fd) {
        for (std::size_t i = 0; i < batch; ++i) {
            headers_[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
            parts_[i].iov_len = datagram_octets;
        }
        return ::recvmmsg(fd, headers_.data(), batch, MSG_DONTWAIT, nullptr);
    }
    const sockaddr_in& from(int i) const { return addresses_[static_cast<std::size_t>(i)]; }
    std::string text(int i) const {
        const auto at = static_cast<std::size_t>(i);
        return {data_.data() + at * datagram_octets, headers_[at].msg_len};
    }

  private:
    std::vector<char> data_;
    std::array<iovec, batch> parts_{};
    std::array<mmsghdr, batch> headers_{};
    std::array<sockaddr_in, batch> addresses_{};
};

/// Datagrams to send by one call, as long as they go out by the same socket: a proxy that is busy with system
/// calls keeps what is measured from a processor.
class Sender {
  public:
    /// `to`: null if the socket is connected.
    void add(int fd, const sockaddr_in* to, std::string data) {
        if (fd != fd_ || count_ == batch) flush();
        fd_ = fd;
        texts_[count_] = std::move(data);
        parts_[count_] = {texts_[count_].data(), texts_[count_].size()};
        msghdr& header = headers_[count_].msg_hdr;
        header = {};
        header.msg_iov = &parts_[count_];
        header.msg_iovlen = 1;
        header.msg_name = const_cast<sockaddr_in*>(to); // which is only read
        header.msg_namelen = to == nullptr ? 0 : sizeof *to;
        ++count_;
    }
    /// What cannot be sent is lost.
    void flush() {
        for (std::size_t at = 0; at < count_;) {
            const int sent = ::sendmmsg(fd_, &headers_[at], static_cast<unsigned>(count_ - at), 0);
            at += static_cast<std::size_t>(std::max(sent, 1));
        }
        count_ = 0;
    }

  private:
    int fd_ = -1;
    std::size_t count_ = 0;
    std::array<std::string, batch> texts_;
    std::array<iovec, batch> parts_{};
    std::array<mmsghdr, batch> headers_{};
};

} // namespace

struct DelayProxy::Loop {
    std::uint16_t server_port;
    std::chrono::microseconds delay;
    std::string lost;
    int udp = open_socket(SOCK_DGRAM);
    int tcp = open_socket(SOCK_STREAM);
    std::atomic<bool> stop = false;

    struct Client {
        sockaddr_in address;
        int upstream;
    };
    struct Pair {
        int client;
        int upstream;
        bool open = true;
    };
    struct Held {
        Clock::time_point due;
        int fd; ///< of a TCP client; -1: `client`
        const Client* client;
        std::string data;
    };
    std::deque<Client> clients;
    std::map<std::pair<std::uint32_t, std::uint16_t>, Client*> by_address;
    std::deque<Pair> pairs;
    std::deque<Held> held;
    Batch in;
    Sender out;

    std::uint64_t queries = 0;
    std::uint64_t replies = 0;
    double queries_time = 0; ///< integral of the queries on their way, over seconds
    Clock::time_point first{}, last{}, counted{};
    std::int64_t on_the_way = 0;

    void count(Clock::time_point now, std::int64_t change) {
        if (on_the_way > 0)
            queries_time +=
                static_cast<double>(on_the_way) * std::chrono::duration<double>(now - counted).count();
        counted = now;
        on_the_way += change;
        if (change > 0 && first == Clock::time_point{}) first = now;
        if (change < 0) last = now;
    }

    Client& client_of(const sockaddr_in& address) {
        Client*& known = by_address[{address.sin_addr.s_addr, address.sin_port}];
        if (known == nullptr) {
            const int upstream = open_socket(SOCK_DGRAM);
            with_port(upstream, server_port, ::connect, "connect");
            known = &clients.emplace_back(Client{address, upstream});
        }
        return *known;
    }

    void take_queries(Clock::time_point now) {
        for (int count_now = batch; count_now == static_cast<int>(batch);) {
            count_now = in.receive(udp);
            for (int i = 0; i < count_now; ++i) {
                std::string query = in.text(i);
                if (!lost.empty() && query.find(lost) != query.npos) continue;
                out.add(client_of(in.from(i)).upstream, nullptr, std::move(query));
                count(now, 1);
            }
        }
        out.flush();
    }

    void take_replies(Client& client, Clock::time_point now) {
        for (int count_now = batch; count_now == static_cast<int>(batch);) {
            count_now = in.receive(client.upstream);
            for (int i = 0; i < count_now; ++i)
                held.push_back({now + delay, -1, &client, in.text(i)});
        }
    }

    void release(Clock::time_point now) {
        while (!held.empty() && held.front().due <= now) {
            Held& one = held.front();
            if (one.fd >= 0) {
                (void)::send(one.fd, one.data.data(), one.data.size(), MSG_NOSIGNAL);
            } else {
                out.add(udp, &one.client->address, std::move(one.data));
                count(now, -1);
            }
            held.pop_front();
        }
        out.flush();
    }

    void accept_all() {
        for (int fd = ::accept4(tcp, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK); fd >= 0;
             fd = ::accept4(tcp, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) {
            const int upstream = open_socket(SOCK_STREAM);
            with_port(upstream, server_port, ::connect, "connect");
            pairs.push_back({fd, upstream});
        }
    }

    void pass(Pair& pair, bool from_client, Clock::time_point now) {
        std::array<char, 65536> buffer;
        const ssize_t size =
            ::recv(from_client ? pair.client : pair.upstream, buffer.data(), buffer.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (size <= 0) {
            pair.open = false;
        } else if (from_client) {
            // A query is small; a connection that is not there yet takes it soon.
            while (::send(pair.upstream, buffer.data(), static_cast<std::size_t>(size), MSG_NOSIGNAL) < 0 &&
                   (errno == EAGAIN || errno == ENOTCONN))
                std::this_thread::yield();
        } else {
            held.push_back(
                {now + delay, pair.client, nullptr, {buffer.data(), static_cast<std::size_t>(size)}});
        }
    }

    void run() {
        std::vector<pollfd> polled;
        while (!stop) {
            polled.assign({{udp, POLLIN, 0}, {tcp, POLLIN, 0}});
            for (const Client& client : clients)
                polled.push_back({client.upstream, POLLIN, 0});
            const std::size_t pairs_at = polled.size();
            for (const Pair& pair : pairs) {
                polled.push_back({pair.open ? pair.client : -1, POLLIN, 0});
                polled.push_back({pair.open ? pair.upstream : -1, POLLIN, 0});
            }
            timespec patience{0, 50'000'000};
            if (!held.empty()) {
                const auto left = std::max<std::chrono::nanoseconds>(held.front().due - Clock::now(),
                                                                     std::chrono::microseconds(200));
                patience.tv_nsec = static_cast<long>(std::min<std::int64_t>(left.count(), 50'000'000));
            }
            (void)::ppoll(polled.data(), polled.size(), &patience, nullptr);
            const auto now = Clock::now();
            const std::size_t known = clients.size();
            const std::size_t paired = pairs.size();
            if (polled[0].revents != 0) take_queries(now);
            for (std::size_t i = 0; i < known; ++i)
                if (polled[2 + i].revents != 0) take_replies(clients[i], now);
            for (std::size_t i = 0; i < paired; ++i) {
                if (polled[pairs_at + 2 * i].revents != 0) pass(pairs[i], true, now);
                if (polled[pairs_at + 2 * i + 1].revents != 0) pass(pairs[i], false, now);
            }
            if (polled[1].revents != 0) accept_all();
            release(now);
        }
    }

    ~Loop() {
        for (const int fd : {udp, tcp})
            ::close(fd);
        for (const Client& client : clients)
            ::close(client.upstream);
        for (const Pair& pair : pairs) {
            ::close(pair.client);
            ::close(pair.upstream);
        }
    }
};

DelayProxy::DelayProxy(std::uint16_t server_port, std::chrono::microseconds delay, const std::string& lost)
    : loop_(nullptr) {
    auto loop = std::make_unique<Loop>();
    loop->server_port = server_port;
    loop->delay = delay;
    loop->lost = lost;
    with_port(loop->tcp, 0, ::bind, "bind");
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(loop->tcp, reinterpret_cast<sockaddr*>(&address), &size) != 0) fail("getsockname");
    port_ = ntohs(address.sin_port);
    with_port(loop->udp, port_, ::bind, "bind");
    if (::listen(loop->tcp, 64) != 0) fail("listen");
    loop_ = loop.release();
    thread_ = std::thread([this] { loop_->run(); });
}

DelayProxy::~DelayProxy() {
    loop_->stop = true;
    thread_.join();
    delete loop_;
}

double DelayProxy::mean_in_flight() const {
    const double seconds = std::chrono::duration<double>(loop_->last - loop_->first).count();
    return seconds > 0 ? loop_->queries_time / seconds : 0;
}

} // namespace spfwalk::bench
