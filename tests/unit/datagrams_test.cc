#include "dns/datagrams.h"

#include "support/catch.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <sys/socket.h>

#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>
#include <vector>

using namespace spfwalk::dns;

namespace {

/// Two UDP sockets connected with each other.
class Pair {
  public:
    Pair() {
        for (int& fd : fds_) {
            fd = ::socket(AF_INET, SOCK_DGRAM, 0);
            REQUIRE(fd >= 0);
            sockaddr_in address = loopback();
            REQUIRE(::bind(fd, cast(address), sizeof address) == 0);
        }
        connect(0, 1);
        connect(1, 0);
    }
    ~Pair() {
        close(0);
        close(1);
    }
    Pair(const Pair&) = delete;
    Pair& operator=(const Pair&) = delete;

    int operator[](int which) const { return fds_[which]; }
    void close(int which) {
        if (fds_[which] >= 0) ::close(std::exchange(fds_[which], -1));
    }

  private:
    static sockaddr_in loopback() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    static sockaddr* cast(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }
    void connect(int which, int with) {
        sockaddr_in address{};
        socklen_t size = sizeof address;
        REQUIRE(::getsockname(fds_[with], cast(address), &size) == 0);
        REQUIRE(::connect(fds_[which], cast(address), size) == 0);
    }

    int fds_[2] = {-1, -1};
};

void put(Outbox& outbox, const std::string& text) {
    outbox.put({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

/// All that has come.
std::vector<std::string> received(Inbox& inbox, int fd) {
    std::vector<std::string> result;
    while (inbox.receive(fd) >= 0)
        while (const auto datagram = inbox.take())
            result.emplace_back(datagram->begin(), datagram->end());
    CHECK((errno == EAGAIN || errno == EWOULDBLOCK));
    CHECK(inbox.empty());
    return result;
}

} // namespace

TEST_CASE("Datagrams come as they were sent, in that order, whatever their number and size") {
    const Pair pair;
    Inbox inbox;
    Outbox outbox;
    CHECK(outbox.send(pair[0]) == 0);
    CHECK(received(inbox, pair[1]).empty());
    const std::size_t more = datagrams_of_a_call;
    for (const std::size_t count : {std::size_t{1}, more - 1, more, more + 1, 3 * more}) {
        std::vector<std::string> sent;
        for (std::size_t i = 0; i < count; ++i) {
            sent.emplace_back(i % 7 == 3 ? 0 : i + 1, static_cast<char>('a' + i % 26));
            put(outbox, sent.back());
            CHECK(outbox.is_full() == (i + 1 >= more));
        }
        CHECK(outbox.send(pair[0]) == 0);
        CHECK(outbox.empty());
        CHECK(received(inbox, pair[1]) == sent);
    }
    const std::string largest(65'507, 'x'); // RFC 768, less the headers
    put(outbox, largest);
    put(outbox, "behind it");
    CHECK(outbox.send(pair[0]) == 0);
    CHECK(received(inbox, pair[1]) == std::vector<std::string>{largest, "behind it"});
}

TEST_CASE("A datagram that cannot be sent does not keep the others from it") {
    const Pair pair;
    Inbox inbox;
    Outbox outbox;
    put(outbox, "one");
    put(outbox, std::string(70'000, 'x'));
    put(outbox, "three");
    CHECK(outbox.send(pair[0]) == EMSGSIZE);
    CHECK(outbox.empty());
    CHECK(received(inbox, pair[1]) == std::vector<std::string>{"one", "three"});
    put(outbox, "forgotten");
    outbox.clear();
    CHECK(outbox.send(pair[0]) == 0);
    CHECK(received(inbox, pair[1]).empty());
}

TEST_CASE("Where nobody listens any more, that is told once") {
    Pair pair;
    Outbox outbox;
    pair.close(1);
    put(outbox, "to nobody");
    CHECK(outbox.send(pair[0]) == 0);
    put(outbox, "again");
    put(outbox, "and again");
    // The news of the first meets the second; what was sent after that has news of its own.
    CHECK(outbox.send(pair[0]) == ECONNREFUSED);
    Inbox inbox;
    CHECK(inbox.receive(pair[0]) == -1);
    CHECK(errno == ECONNREFUSED);
}

TEST_CASE("What has not been taken can be forgotten") {
    const Pair pair;
    Inbox inbox;
    Outbox outbox;
    for (const char* text : {"one", "two", "three"})
        put(outbox, text);
    CHECK(outbox.send(pair[0]) == 0);
    CHECK(inbox.receive(pair[1]) == 3);
    CHECK(inbox.take());
    CHECK_FALSE(inbox.empty());
    inbox.clear();
    CHECK(inbox.empty());
    CHECK_FALSE(inbox.take());
    CHECK(received(inbox, pair[1]).empty());
}
