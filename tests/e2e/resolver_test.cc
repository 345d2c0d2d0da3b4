// CaresResolver against a real server on loopback that misbehaves (support/dns_server.h). What is counted is
// queries, never time.
#include "spfwalk/dns/cares_resolver.h"

#include "support/catch.h"
#include "support/dns_server.h"

#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <system_error>
#include <thread>
#include <utility>

using namespace spfwalk;
using namespace spfwalk::dns;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view odd_signs = "+=%@!&~:,";

std::string zone_text() {
    std::string text =
        "$TTL 300\n$ORIGIN example.com.\n"
        "@ SOA ns hostmaster 1 3600 600 86400 120\n"
        "@ TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n@ A 192.0.2.1\n@ AAAA 2001:db8::1\n@ MX 10 mail\n"
        "mail A 192.0.2.25\n"
        "alias CNAME @\n"
        "plus+tag TXT \"odd name\"\n"
        "back\\\\slash\\.dot TXT \"odder name\"\n";
    for (const char sign : odd_signs)
        text += std::string("x\\") + sign + "y TXT \"" + sign + "\"\n";
    for (int i = 0; i < 150; ++i)
        text += "big A 10.0.0." + std::to_string(i) + "\n";
    for (int i = 0; i < 40; ++i)
        text += "medium A 10.0.1." + std::to_string(i) + "\n";
    for (int i = 0; i < 5000; ++i)
        text += "n" + std::to_string(i) + " TXT \"" + std::to_string(i) + "\"\n";
    return text;
}

/// A server in a thread of its own.
class Served {
  public:
    explicit Served(test::DnsServerOptions options = {}) : server_(with_zone(std::move(options))) {
        REQUIRE(::pipe(stop_) == 0);
        thread_ = std::thread([this] { server_.run(stop_[0]); });
    }
    ~Served() {
        ::close(stop_[1]);
        thread_.join();
        ::close(stop_[0]);
    }
    Server address() const { return {.address = net::ipv4(0x7f000001), .port = server_.port()}; }
    Server address6() const {
        return {.family = net::Family::ipv6, .address = {0, 1}, .port = server_.port()};
    }
    bool has_ipv6() const { return server_.has_ipv6(); }

  private:
    static test::DnsServerOptions with_zone(test::DnsServerOptions options) {
        static const auto zone = parse_master_file(zone_text(), "zone");
        if (!zone) throw std::runtime_error(zone.error().text);
        options.zone = *zone;
        return options;
    }

    test::DnsServer server_;
    int stop_[2] = {-1, -1};
    std::thread thread_;
};

/// A server that takes everything, over UDP and TCP, and never answers.
class Silent {
  public:
    Silent() {
        for (int tries = 0; tries < 20 && !open(); ++tries)
            close();
        REQUIRE(tcp_ >= 0);
    }
    ~Silent() { close(); }
    Silent(const Silent&) = delete;
    Silent& operator=(const Silent&) = delete;
    Server address() const { return {.address = net::ipv4(0x7f000001), .port = port_}; }

  private:
    bool open() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        udp_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        tcp_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const bool bound = ::bind(udp_, any, size) == 0 && ::getsockname(udp_, any, &size) == 0 &&
                           ::bind(tcp_, any, size) == 0 && ::listen(tcp_, 8) == 0;
        port_ = ntohs(address.sin_port);
        return bound;
    }
    void close() {
        ::close(std::exchange(udp_, -1));
        ::close(std::exchange(tcp_, -1));
    }

    int udp_ = -1;
    int tcp_ = -1;
    std::uint16_t port_ = 0;
};

/// An address where nothing listens.
Server nobody() {
    return Silent().address();
}

Question question(const std::string& name, Type type = Type::txt) {
    const auto parsed = Name::from_domain(name);
    REQUIRE(parsed.has_value());
    return {*parsed, type};
}

CaresOptions patient(std::vector<Server> servers, std::chrono::milliseconds timeout = 5s, int tries = 3) {
    CaresOptions options;
    options.servers = std::move(servers);
    options.timeout = timeout;
    options.tries = tries;
    return options;
}

CaresOptions hasty(std::vector<Server> servers) {
    return patient(std::move(servers), 240ms, 3);
}

using Answers = std::map<std::string, AnswerPtr>; ///< by question

/// Waits for all that is open; each question is answered once.
Answers collect(CaresResolver& resolver) {
    Answers answers;
    std::vector<Reply> replies;
    while (resolver.open() > 0) {
        replies.clear();
        resolver.wait(replies);
        REQUIRE_FALSE(replies.empty());
        for (const Reply& reply : replies)
            REQUIRE(answers.emplace(to_text(reply.question), reply.answer).second);
    }
    return answers;
}

Answer ask_one(CaresResolver& resolver, const Question& asked) {
    resolver.ask(asked);
    Answers answers = collect(resolver);
    REQUIRE(answers.size() == 1);
    REQUIRE(answers.begin()->first == to_text(asked));
    return *answers.begin()->second;
}

void check_is_spf_record(const Answer& answer) {
    CHECK(answer.status == Status::records);
    REQUIRE(std::holds_alternative<Texts>(answer.records));
    CHECK(std::get<Texts>(answer.records) == Texts{"v=spf1 ip4:192.0.2.0/24 -all"});
    CHECK(answer.octets > 0);
}

} // namespace

TEST_CASE("answers of each kind, one query each") {
    const Served served;
    CaresResolver resolver(patient({served.address()}));
    check_is_spf_record(ask_one(resolver, question("example.com")));

    const Answer address = ask_one(resolver, question("example.com", Type::a));
    CHECK(address.status == Status::records);
    CHECK(address.records == Records(Addresses{net::ipv4(0xc0000201)}));
    CHECK(address.ttl == 300);
    CHECK_FALSE(address.over_tcp);

    const Answer alias = ask_one(resolver, question("alias.example.com", Type::a));
    CHECK(alias.records == address.records);
    CHECK(alias.aliases == std::vector{question("example.com").name});

    const Answer no_data = ask_one(resolver, question("mail.example.com", Type::aaaa));
    CHECK(no_data.status == Status::no_data);
    CHECK(no_data.ttl == 120);
    CHECK(ask_one(resolver, question("nothere.example.com")).status == Status::no_name);

    CHECK(resolver.counters().asked == 5);
    CHECK(resolver.counters().sent == 5);
    CHECK(resolver.counters().retried == 0);
    CHECK(resolver.counters().tcp == 0);
    CHECK(resolver.counters().failed == 0);
    CHECK(resolver.open() == 0);
    CHECK(resolver.room() == CaresOptions().window);
    std::vector<Reply> none;
    resolver.wait(none); // returns, for nothing is open
    CHECK(none.empty());
}

TEST_CASE("faults: what comes of them and how many queries they take") {
    // The number of queries is exact where every step is a definite reply; the timeout is far away then.
    struct Row {
        const char* fault;
        Status status;
        Failure failure;
        unsigned rcode;
        std::uint64_t sent, tcp;
    };
    const Row rows[] = {
        {"servfail", Status::failure, Failure::rcode, 2, 3, 2},
        {"refused", Status::failure, Failure::rcode, 5, 3, 2},
        {"rcode4", Status::failure, Failure::rcode, 4, 3, 1}, // NOTIMP: once more without EDNS
        {"rcode6", Status::failure, Failure::rcode, 6, 3, 2},
        {"rcode15", Status::failure, Failure::rcode, 15, 3, 2},
        {"servfailonce", Status::records, Failure::none, 0, 2, 1},
        {"formerr", Status::records, Failure::none, 0, 2, 0},
        {"rcode1", Status::failure, Failure::rcode, 1, 3, 1},
        {"tc", Status::records, Failure::none, 0, 2, 1},
        {"tcempty", Status::records, Failure::none, 0, 2, 1},
        {"tcgarbage", Status::records, Failure::none, 0, 2, 1},
        {"tcboth", Status::failure, Failure::malformed, 0, 4, 3},
        {"tcclose", Status::no_name, Failure::none, 0, 1, 0}, // no such fault: the name as it stands
        {"tcpclose", Status::failure, Failure::malformed, 0, 4, 3},
        {"badtxt", Status::failure, Failure::malformed, 0, 3, 2},
        {"badname", Status::failure, Failure::malformed, 0, 3, 2},
        {"trailing", Status::failure, Failure::malformed, 0, 3, 2},
        {"referral", Status::failure, Failure::referral, 0, 3, 2},
        {"wrongaddr", Status::records, Failure::none, 0, 1, 0},
        {"cnameonly", Status::records, Failure::none, 0, 2, 0},
        {"cnameloop", Status::failure, Failure::alias_loop, 0, 1, 0},
        {"cnameping", Status::failure, Failure::alias_loop, 0, 2, 0},
        {"cnameinc1", Status::failure, Failure::alias_loop, 0, 17, 0},
        {"ms20", Status::records, Failure::none, 0, 1, 0},
    };
    const Served served;
    for (const Row& row : rows) {
        INFO(row.fault);
        CaresResolver resolver(patient({served.address()}));
        const Answer answer = ask_one(resolver, question(std::string(row.fault) + ".example.com"));
        CHECK(answer.status == row.status);
        CHECK(answer.failure == row.failure);
        CHECK(answer.rcode == row.rcode);
        CHECK(answer.ttl <= 300);
        if (row.status == Status::records) check_is_spf_record(answer);
        CHECK(resolver.counters().sent == row.sent);
        CHECK(resolver.counters().retried == row.sent - 1);
        CHECK(resolver.counters().tcp == row.tcp);
        CHECK(resolver.counters().failed == (row.status == Status::failure ? 1 : 0));
        if (row.tcp == 1 && row.sent == 2) CHECK(answer.over_tcp);
    }
}

TEST_CASE("faults that leave nothing to believe: the question is asked three times and given up") {
    const Served served;
    CaresResolver resolver(hasty({served.address()}));
    const std::vector<std::string> faults = {"drop", "wrongid", "wrongname", "noqr", "short", "empty"};
    for (const std::string& fault : faults)
        resolver.ask(question(fault + ".example.com"));
    resolver.ask(question("tcpsilent.example.com"));
    resolver.ask(question("tcpslow.example.com"));
    const Answers answers = collect(resolver);
    for (const auto& [name, answer] : answers) {
        INFO(name);
        CHECK(answer->status == Status::failure);
        CHECK(answer->failure == Failure::timeout);
    }
    CHECK(answers.size() == faults.size() + 2);
    // The two truncated ones were sent over TCP once more.
    CHECK(resolver.counters().sent == 3 * answers.size() + 2);
    CHECK(resolver.counters().tcp == 6);
    CHECK(resolver.counters().failed == answers.size());
}

TEST_CASE("a lost query is asked again until an answer comes") {
    const Served served;
    CaresResolver resolver(hasty({served.address()}));
    check_is_spf_record(ask_one(resolver, question("drop1.example.com")));
    CHECK(resolver.counters().sent == 2);
    check_is_spf_record(ask_one(resolver, question("drop2.example.com")));
    CHECK(resolver.counters().sent == 5);
    CHECK(ask_one(resolver, question("drop3.example.com")).failure == Failure::timeout);
    CHECK(resolver.counters().sent == 8);
}

TEST_CASE("a question asked once is asked once") {
    const Served served;
    CaresResolver resolver(patient({served.address()}, 50ms, 1));
    CHECK(ask_one(resolver, question("drop1.example.com")).failure == Failure::timeout);
    CHECK(resolver.counters().sent == 1);
    CHECK(resolver.counters().retried == 0);
}

TEST_CASE("a late reply to an earlier try counts") {
    const Served served;
    // Waits are 107, 160 and 240 ms; every reply takes 350 ms, longer than any try but the sum.
    CaresResolver resolver(hasty({served.address()}));
    check_is_spf_record(ask_one(resolver, question("ms350.example.com")));
    CHECK(resolver.counters().sent == 3);
    // The replies to the other tries come while this is asked, and belong to nobody.
    check_is_spf_record(ask_one(resolver, question("ms340.example.com")));
    CHECK(resolver.counters().failed == 0);
}

TEST_CASE("a definite answer is told even if silence follows") {
    const Served served;
    // SERVFAIL at the one server, silence at the other, first over UDP and then over TCP.
    const Silent silent;
    CaresResolver resolver(hasty({served.address(), silent.address()}));
    const Answer answer = ask_one(resolver, question("servfail.example.com"));
    CHECK(answer.failure == Failure::rcode);
    CHECK(answer.rcode == 2);
    CHECK(resolver.counters().tcp > 0);
}

TEST_CASE("a server that fails over UDP is followed by all others over UDP, and then asked over TCP") {
    const Served failing({.rcode = 2});
    const Served only_udp({.tcp = false});
    for (int i = 0; i < 2; ++i) {
        CaresResolver resolver(i == 0 ? patient({failing.address(), only_udp.address()})
                                      : patient({failing.address(), failing.address(), only_udp.address()}));
        check_is_spf_record(ask_one(resolver, question("example.com")));
        CHECK(resolver.counters().sent == (i == 0 ? 2 : 3));
        CHECK(resolver.counters().tcp == 0);
    }
    // What EDNS is refused with does not count.
    const Served plain({.edns = false, .rcode = 2});
    CaresResolver refused(patient({plain.address(), only_udp.address()}));
    check_is_spf_record(ask_one(refused, question("example.com")));
    CHECK(refused.counters().sent == 3);
    CHECK(refused.counters().tcp == 0);
    // A name that fails at both is asked about over TCP once.
    CaresResolver resolver(patient({failing.address(), failing.address()}));
    CHECK(ask_one(resolver, question("example.com")).rcode == 2);
    CHECK(resolver.counters().sent == 3);
    CHECK(resolver.counters().tcp == 1);
}

TEST_CASE("a refused TCP connection does not hide what was said over UDP") {
    const Served served({.tcp = false});
    CaresResolver resolver(patient({served.address()}));
    const Answer servfail = ask_one(resolver, question("servfail.example.com"));
    CHECK(servfail.failure == Failure::rcode);
    CHECK(servfail.rcode == 2);
    CHECK(resolver.counters().sent == 3);
    CHECK(resolver.counters().tcp == 1);
    check_is_spf_record(ask_one(resolver, question("servfailonce.example.com")));
    CHECK(ask_one(resolver, question("tc.example.com")).failure == Failure::malformed);
}

TEST_CASE("hostile replies leave the other questions in flight alone") {
    const Served served;
    CaresResolver resolver(patient({served.address()}));
    // The slow ones are in flight while the hostile replies come.
    std::size_t good = 0;
    for (int i = 0; i < 50; ++i) {
        resolver.ask(question("ms100.n" + std::to_string(i) + ".example.com"));
        ++good;
    }
    for (const char* const fault : {"badtxt", "badname", "tcgarbage-badtxt", "trailing", "formerr",
                                    "servfail", "tcpclose", "rcode1", "wrongaddr", "cnameloop"})
        resolver.ask(question(std::string(fault) + ".example.com"));
    // These are never answered, but their datagrams come.
    for (const char* const fault : {"empty", "short", "noqr"})
        resolver.ask(question(std::string("drop1-") + fault + ".n1.example.com"));

    std::vector<Reply> replies;
    std::size_t answered = 0;
    while (answered < good && resolver.open() > 3) {
        replies.clear();
        resolver.wait(replies);
        for (const Reply& reply : replies)
            if (to_text(reply.question).starts_with("ms100.")) {
                CHECK(reply.answer->status == Status::records);
                ++answered;
            }
    }
    CHECK(answered == good);
    // 50 once; badtxt, badname, trailing, servfail, rcode1 three times; formerr twice; the truncated four
    // times; the last two once; the silent three once, for their first wait is two seconds away. A connection
    // that is closed takes some with it that have to be asked again.
    const std::size_t alone = 50 + 5 * 3 + 2 + 2 * 4 + 2 + 3;
    CHECK(resolver.counters().sent >= alone);
    CHECK(resolver.counters().sent <= 2 * alone);
}

TEST_CASE("replies without sense do not disturb, over UDP") {
    const Served served;
    CaresResolver resolver(hasty({served.address()}));
    for (int i = 0; i < 20; ++i)
        for (const char* const fault : {"empty", "short", "noqr", "wrongid"})
            resolver.ask(question(std::string(fault) + ".n" + std::to_string(i) + ".example.com"));
    for (int i = 0; i < 100; ++i)
        resolver.ask(question("ms30.n" + std::to_string(i) + ".example.com"));
    std::size_t live = 0;
    for (const auto& [name, answer] : collect(resolver)) {
        INFO(name);
        if (name.starts_with("ms30.")) {
            ++live;
            CHECK(answer->status == Status::records);
        } else {
            CHECK(answer->failure == Failure::timeout);
        }
    }
    CHECK(live == 100);
    CHECK(resolver.counters().sent == 80 * 3 + 100);
}

TEST_CASE("RFC 1034 §3.6.2: aliases that the server leaves to be asked are followed") {
    const Served served;
    CaresResolver resolver(patient({served.address()}));
    const Answer answer = ask_one(resolver, question("cnameonly.alias.example.com", Type::a));
    CHECK(answer.records == Records(Addresses{net::ipv4(0xc0000201)}));
    CHECK(answer.aliases == std::vector{question("alias.example.com").name, question("example.com").name});
    CHECK(answer.ttl == 60); // of the first alias
    CHECK(resolver.counters().sent == 2);

    const Answer gone = ask_one(resolver, question("cnameonly.nothere.example.com", Type::a));
    CHECK(gone.status == Status::no_name);
    CHECK(gone.aliases == std::vector{question("nothere.example.com").name});

    const Answer broken = ask_one(resolver, question("cnameonly.servfail.example.com", Type::a));
    CHECK(broken.failure == Failure::rcode);
    CHECK(broken.rcode == 2);
}

TEST_CASE("RFC 2181 §9: what does not fit is asked again over TCP") {
    const Served served;
    CaresResolver resolver(patient({served.address()}));
    const Answer medium = ask_one(resolver, question("medium.example.com", Type::a));
    CHECK(std::get<Addresses>(medium.records).size() == 40);
    CHECK_FALSE(medium.over_tcp); // over 512 octets, but EDNS has room for it
    const Answer big = ask_one(resolver, question("big.example.com", Type::a));
    CHECK(std::get<Addresses>(big.records).size() == 150);
    CHECK(big.over_tcp);
    CHECK(big.octets > 1232);
    CHECK(resolver.counters().sent == 3);
    CHECK(resolver.counters().tcp == 1);
}

TEST_CASE("RFC 6891 §7: a server without EDNS is asked without it after the first time") {
    const Served served({.edns = false});
    CaresResolver resolver(patient({served.address()}));
    check_is_spf_record(ask_one(resolver, question("example.com")));
    CHECK(resolver.counters().sent == 2);
    CHECK(ask_one(resolver, question("example.com", Type::a)).status == Status::records);
    CHECK(resolver.counters().sent == 3);
    // 512 octets are not enough for this.
    CHECK(std::get<Addresses>(ask_one(resolver, question("medium.example.com", Type::a)).records).size() ==
          40);
    CHECK(resolver.counters().tcp == 1);
}

TEST_CASE("a server that leaves EDNS unanswered is asked without it from the third try on") {
    const Served deaf({.hears_edns = false});
    CaresResolver resolver(hasty({deaf.address()}));
    check_is_spf_record(ask_one(resolver, question("example.com")));
    CHECK(resolver.counters().sent == 3);
    // It may have been loss, so that the next questions are asked with EDNS again, but not for ever.
    check_is_spf_record(ask_one(resolver, question("example.com")));
    CHECK(resolver.counters().sent == 6);
    for (const std::size_t sent : {9U, 12U, 13U, 14U}) {
        check_is_spf_record(ask_one(resolver, question("example.com")));
        CHECK(resolver.counters().sent == sent);
    }
    // What was lost before a server answered anything says nothing about EDNS.
    const Served late;
    CaresResolver early(hasty({late.address()}));
    for (int i = 0; i < 10; ++i)
        early.ask(question("drop2.n" + std::to_string(i) + ".example.com"));
    CHECK(collect(early).size() == 10);
    CHECK(early.counters().sent == 30);
    CHECK_FALSE(ask_one(early, question("medium.example.com", Type::a)).over_tcp);
    // The last of all tries is without it, however many servers there are.
    const Silent silent;
    CaresResolver third(hasty({silent.address(), silent.address(), deaf.address()}));
    check_is_spf_record(ask_one(third, question("example.com")));
    // One that has answered with EDNS is not suspected: only what is lost is silent.
    const Served well;
    CaresResolver other(hasty({well.address()}));
    check_is_spf_record(ask_one(other, question("example.com")));
    const Answer large = ask_one(other, question("drop2.medium.example.com", Type::a));
    CHECK(large.status == Status::records);
    CHECK_FALSE(large.over_tcp);
}

TEST_CASE("TCP only") {
    const Served served;
    CaresOptions options = patient({served.address()});
    options.tcp_only = true;
    CaresResolver resolver(options);
    for (int i = 0; i < 200; ++i)
        resolver.ask(question("n" + std::to_string(i) + ".example.com"));
    for (const auto& [name, answer] : collect(resolver)) {
        INFO(name);
        CHECK(answer->status == Status::records);
        CHECK(answer->over_tcp);
    }
    CHECK(resolver.counters().sent == 200);
    CHECK(resolver.counters().tcp == 200);
}

TEST_CASE("RFC 7766 §6.2.3: a server may close a connection when it has answered some queries") {
    for (const std::size_t closes_after : {1U, 10U, 100U}) {
        CAPTURE(closes_after);
        const Served served({.tcp_closes_after = closes_after});
        CaresOptions options = patient({served.address()});
        options.tcp_only = true;
        CaresResolver resolver(options);
        const int count = closes_after == 100 ? 1000 : 300; // more than a window
        for (int i = 0; i < count; ++i)
            resolver.ask(question("n" + std::to_string(i) + ".example.com"));
        for (const auto& [name, answer] : collect(resolver)) {
            INFO(name);
            CHECK(answer->status == Status::records);
        }
    }
    // A question that makes it do so takes nobody along.
    const Served served;
    CaresOptions options = patient({served.address()});
    options.tcp_only = true;
    CaresResolver careful(options);
    for (int i = 0; i < 40; ++i)
        careful.ask(question((i == 7 || i == 20 ? "tcpclose.n" : "n") + std::to_string(i) + ".example.com"));
    for (const auto& [name, answer] : collect(careful)) {
        INFO(name);
        CHECK(answer->status == (name.starts_with("tcpclose") ? Status::failure : Status::records));
    }
    CHECK(careful.counters().sent < 500);
    CaresResolver resolver(patient({served.address()}, 60s));
    for (int i = 0; i < 20; ++i)
        resolver.ask(question("n" + std::to_string(i) + ".example.com"));
    resolver.ask(question("tcpclose.example.com"));
    const Answers answers = collect(resolver);
    CHECK(answers.at("tcpclose.example.com TXT")->failure == Failure::malformed);
    CHECK(answers.at("n7.example.com TXT")->status == Status::records);
    CHECK(resolver.counters().tcp <= 4);
}

TEST_CASE("a TCP connection on which nothing comes any more is left for another") {
    const Served served({.tcp_dies_after = 1});
    CaresOptions options = patient({served.address()}, 1s, 5);
    options.tcp_only = true;
    CaresResolver resolver(options);
    for (int i = 0; i < 4; ++i) // each is the only one of a connection that is answered
        check_is_spf_record(ask_one(resolver, question("example.com")));
    CHECK(resolver.counters().sent == 1 + 3 * 2);
    const Answer truncated = ask_one(resolver, question("big.example.com", Type::a));
    CHECK(truncated.status == Status::records);
}

TEST_CASE("messages without end, and none a reply, do not keep anybody from anything") {
    const Served served;
    CaresOptions options = patient({served.address()}, 60s);
    options.deadline = std::chrono::steady_clock::now() + 2s;
    CaresResolver resolver(options);
    resolver.ask(question("tcpzeros.example.com"));
    resolver.ask(question("ms500.example.com"));
    const Answers answers = collect(resolver);
    CHECK(answers.at("tcpzeros.example.com TXT")->failure == Failure::deadline);
    CHECK(answers.at("ms500.example.com TXT")->status == Status::records);
}

TEST_CASE("malformed replies over TCP leave the other questions on the connection alone") {
    const Served served;
    CaresOptions options = patient({served.address()});
    options.tcp_only = true;
    CaresResolver resolver(options);
    for (int i = 0; i < 20; ++i)
        resolver.ask(question("ms50.n" + std::to_string(i) + ".example.com"));
    for (const char* const fault : {"badtxt", "badname", "trailing"})
        resolver.ask(question(std::string(fault) + ".example.com"));
    for (const auto& [name, answer] : collect(resolver)) {
        INFO(name);
        if (name.starts_with("ms50."))
            CHECK(answer->status == Status::records);
        else
            CHECK(answer->failure == Failure::malformed);
    }
    CHECK(resolver.counters().sent == 20 + 3 * 3);
}

TEST_CASE("IPv6") {
    const Served served;
    if (!served.has_ipv6()) {
        WARN("no IPv6 on the loopback interface: not tested");
        return;
    }
    CaresResolver resolver(patient({served.address6()}));
    check_is_spf_record(ask_one(resolver, question("example.com")));
    CHECK(ask_one(resolver, question("big.example.com", Type::a)).over_tcp);
    CHECK(resolver.counters().sent == 3);
}

TEST_CASE("nobody listens: that is found out at once") {
    CaresResolver one(patient({nobody()}, 60s));
    CHECK(ask_one(one, question("example.com")).failure == Failure::unreachable);
    CHECK(one.counters().sent == 3);
    CaresResolver two(patient({nobody(), nobody()}, 60s));
    CHECK(ask_one(two, question("example.com")).failure == Failure::unreachable);

    // Many at once, so that a send meets the refusal of another's datagram.
    for (int i = 0; i < 300; ++i)
        one.ask(question("n" + std::to_string(i) + ".example.com"));
    const Answers answers = collect(one);
    CHECK(answers.size() == 300);
    CHECK(std::all_of(answers.begin(), answers.end(),
                      [](const auto& entry) { return entry.second->failure == Failure::unreachable; }));
}

TEST_CASE("the first of two servers refuses: the second is asked at once, and preferred from then on") {
    const Served served;
    CaresResolver resolver(patient({nobody(), served.address()}, 60s));
    check_is_spf_record(ask_one(resolver, question("example.com")));
    CHECK(resolver.counters().sent == 2);
    CHECK(resolver.counters().tcp == 0);
    for (int i = 0; i < 100; ++i)
        CHECK(ask_one(resolver, question("n" + std::to_string(i) + ".example.com")).status ==
              Status::records);
    CHECK(resolver.counters().sent == 102);
}

TEST_CASE("the first of two servers is silent: only the first questions pay") {
    const Served served;
    const Silent silent;
    CaresOptions options = hasty({silent.address(), served.address()});
    options.window = 10;
    CaresResolver resolver(options);
    for (int i = 0; i < 300; ++i)
        resolver.ask(question("n" + std::to_string(i) + ".example.com"));
    for (const auto& [name, answer] : collect(resolver)) {
        INFO(name);
        CHECK(answer->status == Status::records);
    }
    // Those of the first window, and what came into it before the first answer.
    CHECK(resolver.counters().retried >= 10);
    CHECK(resolver.counters().retried <= 30);
}

TEST_CASE("rotate spreads the questions") {
    const Served served;
    CaresOptions options = patient({served.address(), nobody()}, 60s);
    options.rotate = true;
    CaresResolver resolver(options);
    for (int i = 0; i < 20; ++i)
        CHECK(ask_one(resolver, question("n" + std::to_string(i) + ".example.com")).status ==
              Status::records);
    CHECK(resolver.counters().sent == 30); // every other question meets a refusal first
}

TEST_CASE("rotate passes over a server that is silent, and takes note when it answers") {
    const Served served;
    const Silent silent;
    CaresOptions options = patient({served.address(), silent.address()}, 60ms, 4);
    options.rotate = true;
    options.window = 1;
    CaresResolver resolver(options);
    for (int i = 0; i < 300; ++i)
        CHECK(ask_one(resolver, question("n" + std::to_string(i) + ".example.com")).status ==
              Status::records);
    CHECK(resolver.counters().retried >= 8);
    CHECK(resolver.counters().retried <= 20); // not 150
}

TEST_CASE("the rate: a tenth of a second's worth at once, and what is beyond it waits") {
    const Served served;
    CaresOptions options = patient({served.address()}, 60s);
    options.rate = 50;
    CaresResolver resolver(options);
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i)
        resolver.ask(question("n" + std::to_string(i) + ".example.com"));
    CHECK(resolver.counters().sent >= 5);
    CHECK(resolver.room() == 0);
    CHECK(collect(resolver).size() == 20);
    CHECK(std::chrono::steady_clock::now() - start >= 15 * 20ms); // a slow machine only takes longer
    CHECK(resolver.counters().sent == 20);
}

TEST_CASE("a question leaves the window after half a second, however late its first retry is") {
    const Served served;
    CaresOptions options = patient({served.address()}, 60s);
    options.window = 2;
    options.deadline = std::chrono::steady_clock::now() + 5s;
    CaresResolver resolver(options);
    for (const char* name : {"drop.a.example.com", "drop.b.example.com", "c.example.com"})
        resolver.ask(question(name));
    CHECK(resolver.room() == 0);
    std::vector<Reply> replies;
    resolver.wait(replies);
    CHECK(resolver.counters().sent == 3);
    REQUIRE(replies.size() == 1); // before the deadline, which the others will see
    CHECK(to_text(replies.front().question) == "c.example.com TXT");
    CHECK(replies.front().answer->status != Status::failure);
}

TEST_CASE(
    "wait() also ends when another descriptor can be read, but only once for each time it is asked to") {
    const Served served;
    CaresResolver resolver(patient({served.address()}, 60s));
    int pipe[2];
    REQUIRE(::pipe(pipe) == 0);
    REQUIRE(::write(pipe[1], "x", 1) == 1);
    resolver.ask(question("ms200.example.com"));
    std::vector<Reply> replies;
    resolver.wake_on(pipe[0]);
    resolver.wait(replies);
    CHECK(replies.empty());
    CHECK(resolver.open() == 1);
    resolver.wait(replies);
    CHECK(replies.size() == 1);
    ::close(pipe[0]);
    ::close(pipe[1]);
}

TEST_CASE("the deadline ends what is open and what is queued, and what is asked after it") {
    const Served served;
    CaresOptions options = patient({served.address()}, 60s);
    options.deadline = std::chrono::steady_clock::now() + 100ms;
    options.window = 2;
    CaresResolver resolver(options);
    for (int i = 0; i < 5; ++i)
        resolver.ask(question("drop.n" + std::to_string(i) + ".example.com"));
    CHECK(resolver.room() == 0);
    CHECK(resolver.open() == 5);
    const Answers answers = collect(resolver);
    CHECK(answers.size() == 5);
    for (const auto& [name, answer] : answers)
        CHECK(answer->failure == Failure::deadline);
    CHECK(resolver.counters().sent == 2);
    CHECK(ask_one(resolver, question("example.com")).failure == Failure::deadline);
    CHECK(resolver.counters().sent == 2);
    CHECK(resolver.counters().failed == 6);
}

TEST_CASE("the window: what is beyond it waits; what is slow leaves it") {
    const Served served;
    CaresOptions options = patient({served.address()}, 300ms, 3);
    options.window = 32;
    CaresResolver resolver(options);
    for (int i = 0; i < 300; ++i)
        resolver.ask(question("drop.n" + std::to_string(i) + ".example.com"));
    CHECK(resolver.room() == 0);
    CHECK(resolver.open() == 300);
    CHECK(resolver.counters().sent == 32);
    for (int i = 0; i < 300; ++i)
        resolver.ask(question("n" + std::to_string(i) + ".example.com"));
    std::size_t live = 0;
    for (const auto& [name, answer] : collect(resolver)) {
        INFO(name);
        if (name.starts_with("drop.")) {
            CHECK(answer->failure == Failure::timeout);
        } else {
            ++live;
            CHECK(answer->status == Status::records);
        }
    }
    CHECK(live == 300);
    CHECK(resolver.counters().sent == 300 * 3 + 300);
    CHECK(resolver.room() == 32);
}

TEST_CASE("many questions through a small window, with loss, delay and duplicates: each answered once") {
    const std::uint32_t seed = 42;
    INFO("seed " << seed);
    const Served served({.reorder = 3ms, .loss_percent = 2, .duplicate_percent = 10, .seed = seed});
    CaresOptions options = patient({served.address()}, 400ms, 6);
    options.window = 100;
    CaresResolver resolver(options);
    for (int i = 0; i < 5000; ++i)
        resolver.ask(question("n" + std::to_string(i) + ".example.com"));
    const Answers answers = collect(resolver); // checks that no question is answered twice
    CHECK(answers.size() == 5000);
    for (int i = 0; i < 5000; ++i) {
        const auto it = answers.find("n" + std::to_string(i) + ".example.com TXT");
        REQUIRE(it != answers.end());
        REQUIRE(it->second->records == Records(Texts{std::to_string(i)}));
    }
    CHECK(resolver.counters().retried > 0);
}

TEST_CASE("RFC 1035 §2.3.1: names with any bytes") {
    const Served served;
    CaresResolver resolver(patient({served.address()}));
    const auto odd = [](const char* text) {
        return Question{Name::from_presentation(text, Name()).value(), Type::txt};
    };
    // c-ares 1.34 sends only letters, digits and a few signs, and none can be told of a zero octet.
    for (const auto& [name, text] : {std::pair("plus+tag.example.com.", "odd name"),
                                     std::pair("back\\\\slash\\.dot.example.com.", "odder name")}) {
        INFO(name);
        CHECK(ask_one(resolver, odd(name)).records == Records(Texts{text}));
    }
    CHECK(ask_one(resolver, odd("a\\000b.example.com.")).status == Status::no_name);
    CHECK(resolver.counters().sent == 3);
    const Answer onion = ask_one(resolver, question("example.onion"));
    CHECK(onion.status == Status::no_name); // from the server, or from c-ares itself (RFC 7686)
}

TEST_CASE("names that differ only in octets that c-ares does not send are told apart, over UDP and TCP") {
    const bool tcp_only = GENERATE(false, true);
    INFO((tcp_only ? "TCP" : "UDP"));
    const Served served({.reorder = 3ms, .seed = 1});
    CaresOptions options = patient({served.address()});
    options.tcp_only = tcp_only;
    CaresResolver resolver(options);
    const auto name_with = [](char sign) {
        return Name::from_presentation(std::string("x\\") + sign + "y.example.com.", Name()).value();
    };
    for (const char sign : odd_signs)
        resolver.ask({name_with(sign), Type::txt});
    const Answers answers = collect(resolver);
    CHECK(answers.size() == odd_signs.size());
    for (const char sign : odd_signs) {
        INFO(sign);
        const auto it = answers.find(to_text(Question{name_with(sign), Type::txt}));
        REQUIRE(it != answers.end());
        CHECK(it->second->records == Records(Texts{std::string(1, sign)}));
    }
    CHECK(resolver.counters().sent == odd_signs.size());
}

TEST_CASE("a resolver may go away with questions open") {
    const Served served;
    CaresResolver resolver(patient({served.address()}));
    for (int i = 0; i < 10; ++i)
        resolver.ask(question("drop.n" + std::to_string(i) + ".example.com"));
    resolver.ask(question("tcpsilent.example.com"));
    resolver.ask(question("example.com"));
    std::vector<Reply> replies;
    resolver.wait(replies);
    CHECK_FALSE(replies.empty());
    CHECK(resolver.open() == 12 - replies.size());
}

#ifndef __SANITIZE_ADDRESS__ // its look at what is thrown takes descriptors
TEST_CASE("no descriptor is left: that is said, and nobody is blamed for it") {
    const Served served;
    CaresResolver resolver(patient({served.address()}));
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    const rlimit none{3, before.rlim_max}; // but those below
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &none) == 0);
    std::string said;
    try {
        (void)ask_one(resolver, question("example.com"));
    } catch (const std::system_error& error) {
        said = error.what();
    }
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(said == "no socket to ask DNS with: Too many open files");
}
#endif

TEST_CASE("no server is a mistake of the caller") {
    CHECK_THROWS_AS(CaresResolver(CaresOptions()), std::runtime_error);
}
