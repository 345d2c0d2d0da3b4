#include "dns/datagrams.h"

#include "support/catch.h"
#include "support/udp_socket.h"

#include <cerrno>
#include <optional>
#include <string>
#include <vector>

using namespace spfwalk::dns;

namespace {

/// Two UDP sockets connected with each other.
class Pair {
  public:
    Pair() {
        sockets_[0].emplace();
        sockets_[1].emplace();
        sockets_[0]->connect_to(*sockets_[1]);
        sockets_[1]->connect_to(*sockets_[0]);
    }
    int operator[](std::size_t which) const { return sockets_[which]->get(); }
    void close(std::size_t which) { sockets_[which].reset(); }

  private:
    std::optional<spfwalk::test::UdpSocket> sockets_[2];
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
