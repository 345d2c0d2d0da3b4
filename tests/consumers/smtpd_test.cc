// OpenSMTPD: it takes every list as a table, and a session from a listed address goes through, another does
// not.
#include "consumers.h"
#include "network.h"
#include "smtp.h"

#include "support/catch.h"
#include "support/files.h"

#include <csignal>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

void write_configuration(const TemporaryDirectory& directory, std::uint16_t port) {
    std::string listeners;
    for (const std::string& address : loopback_addresses())
        listeners += "listen on " + address + " port " + std::to_string(port) + " hostname test.invalid\n";
    write_text(directory / "smtpd.conf", "table listed file:" + (directory / "list") + "\n" + listeners +
                                             "action out relay\n"
                                             "match from src <listed> for any action out\n");
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
    if (!own_mounts_for("sessions with smtpd")) return;
    for (const Sample& s : samples()) {
        INFO(s.name);
        const TemporaryDirectory directory;
        const std::uint16_t port = free_port();
        write_configuration(directory, port);
        write_text(directory / "list", printed("opensmtpd", s.addresses));
        const std::string log = directory / "log";
        Launch launch = logging_to(log, in_own_mounts("smtpd.sh", {*smtpd, directory.path().string()}));
        launch.limit = std::chrono::seconds(100);
        Child server(launch);
        const bool listening = greets(server, port);
        const std::vector<Probe> clients = clients_of(s.addresses, 100);
        std::vector<std::string> answers;
        for (const Probe& client : clients)
            answers.push_back(listening ? answer_to(text_of(client), port) : "");
        server.send(SIGTERM);
        CHECK(!server.wait().timed_out);
        INFO(file_text(log));
        REQUIRE(listening);
        for (std::size_t i = 0; i < clients.size(); ++i) {
            INFO(text_of(clients[i]) << ": " << answers[i]);
            CHECK(answers[i].substr(0, 3) == (clients[i].listed ? "250" : "550"));
        }
    }
}
