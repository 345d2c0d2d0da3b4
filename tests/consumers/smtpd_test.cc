// OpenSMTPD: it takes every list as a table, and a session from a listed address goes through, another does
// not.
#include "connection.h"
#include "consumers.h"

#include "support/catch.h"
#include "support/files.h"

#include <csignal>
#include <cstdlib>

#include <pwd.h>
#include <unistd.h>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

void write_configuration(const TemporaryDirectory& directory, std::uint16_t port) {
    write_text(directory / "smtpd.conf", "table listed file:" + (directory / "list") +
                                             "\nlisten on 127.0.0.1 port " + std::to_string(port) +
                                             " hostname test.invalid\naction out relay\n"
                                             "match from src <listed> for any action out\n");
}

/// What the server answers to the recipient of a mail from a client of that address; "" if it does not come
/// so far.
std::string answer_to(const std::string& client, std::uint16_t port) {
    Connection connection(client, port);
    std::string answer = connection.receive_until("\r\n");
    for (const char* command :
         {"HELO client.invalid", "MAIL FROM:<a@sender.invalid>", "RCPT TO:<b@target.invalid>"}) {
        if (!answer.starts_with("2")) return "";
        connection.send(std::string(command) + "\r\n");
        answer = connection.receive_until("\r\n");
    }
    connection.send("QUIT\r\n");
    connection.receive_all();
    return answer;
}

/// The server in a file system where its users and directories are, whether it is installed or only unpacked.
/// smtpd.sh makes that; needs root.
Launch server_in(const TemporaryDirectory& directory, const std::string& smtpd) {
    return {.command = {"/usr/bin/unshare", "--mount", "/bin/sh", CONSUMERS_SOURCE_DIR "/smtpd.sh", smtpd,
                        directory.path().string()}};
}

} // namespace

TEST_CASE("OpenSMTPD: takes every list as a table", "[opensmtpd]") {
    const auto smtpd = find_consumer("opensmtpd", "smtpd");
    if (!smtpd) return;
    const TemporaryDirectory directory;
    write_configuration(directory, 2525);
    for (const Sample& s : samples()) {
        INFO(s.name);
        write_text(directory / "list", printed("opensmtpd", s.addresses));
        const Ended ended = run({*smtpd, "-n", "-f", directory / "smtpd.conf"});
        INFO(ended.output);
        CHECK(ended.status == 0);
        CHECK(ended.error == "configuration OK\n");
    }
    // That it would notice: a mapping is no list of addresses.
    write_text(directory / "list", "2001:db8::/32\n192.0.2.0/24\n");
    CHECK(run({*smtpd, "-n", "-f", directory / "smtpd.conf"}).status != 0);
}

TEST_CASE("OpenSMTPD: accepts and refuses clients as the list says", "[opensmtpd]") {
    const auto smtpd = find_consumer("opensmtpd", "smtpd");
    if (!smtpd) return;
    if (const auto& why = own_network_refused()) {
        skip("sessions with smtpd", "no network of its own: " + *why);
        return;
    }
    if (::getuid() != 0 || ::access("/usr/bin/unshare", X_OK) != 0) {
        skip("sessions with smtpd", "needs root and unshare(1)");
        return;
    }
    emit::Addresses many = sample("10,000 prefixes");
    many.ipv4 -= net::AddressSet(net::parse_prefix("127.0.0.0/8")->range());
    many.ipv4 |= addresses_of({"127.0.0.2", "127.0.0.8/30"}).ipv4;
    const std::vector<Sample> lists{{"nothing", {}},
                                    {"127.0.0.2", addresses_of({"127.0.0.2"})},
                                    {"IPv6 first", addresses_of({"2001:db8::/32"})},
                                    {"everything", sample("everything")},
                                    {"10,000 prefixes and two", many}};
    for (const Sample& s : lists) {
        INFO(s.name);
        const TemporaryDirectory directory;
        const std::uint16_t port = free_port();
        write_configuration(directory, port);
        write_text(directory / "list", printed("opensmtpd", s.addresses));
        Child server(server_in(directory, *smtpd));
        const bool listening = listens(server, port);
        std::vector<std::string> answers;
        const std::vector<std::string> clients{"127.0.0.1", "127.0.0.2",  "127.0.0.3", "127.0.0.7",
                                               "127.0.0.8", "127.0.0.11", "127.0.0.12"};
        for (const std::string& client : clients)
            answers.push_back(listening ? answer_to(client, port) : "");
        server.send(SIGTERM);
        const Ended ended = server.wait();
        INFO(ended.error);
        REQUIRE(listening);
        CHECK(!ended.timed_out);
        for (std::size_t i = 0; i < clients.size(); ++i) {
            INFO(clients[i] << ": " << answers[i]);
            const bool listed = s.addresses.ipv4.contains(*net::parse_ipv4(clients[i]));
            CHECK(answers[i].substr(0, 3) == (listed ? "250" : "550"));
        }
    }
}
