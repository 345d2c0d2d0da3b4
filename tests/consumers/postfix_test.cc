// Postfix's cidr tables: asked with postmap(1), and by real sessions with postscreen(8) and smtpd(8).
#include "consumers.h"
#include "network.h"
#include "smtp.h"

#include "support/catch.h"
#include "support/files.h"

#include <chrono>
#include <csignal>
#include <thread>

#include <grp.h>
#include <pwd.h>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// Any user and any group that Postfix accepts for itself: neither root, nor "nobody", nor in each other's
/// group.
std::string postfix_configuration() {
    if (::getpwnam("postfix") != nullptr && ::getgrnam("postdrop") != nullptr)
        return "compatibility_level = 3.6\n";
    return "compatibility_level = 3.6\nmail_owner = daemon\nsetgid_group = mail\n";
}

/// The directory that a package was unpacked into; empty for an installed one.
std::string root_of(const std::string& postmap) {
    return postmap.substr(0, postmap.rfind("/usr/"));
}

/// The libraries of an unpacked package lie beside it.
std::string libraries_of(const std::string& postmap) {
    return "LD_LIBRARY_PATH=" + root_of(postmap) + "/usr/lib/postfix";
}

struct Ports {
    std::uint16_t postscreen = free_port();
    std::uint16_t smtpd = free_port();
};

/// postscreen hands listed clients to an smtpd that takes everything, and turns all others away. The smtpd
/// behind the other port takes mail from listed clients only.
void write_configuration(const TemporaryDirectory& directory, const std::string& root, const Ports& ports) {
    const std::string list = "cidr:" + (directory / "list");
    write_text(directory / "main.cf",
               "compatibility_level = 3.6\n"
               "import_environment = MAIL_CONFIG LD_LIBRARY_PATH\n"
               "queue_directory = " +
                   (directory / "queue") +
                   "\n"
                   "data_directory = " +
                   (directory / "data") +
                   "\n"
                   "daemon_directory = " +
                   root +
                   "/usr/lib/postfix/sbin\n"
                   "command_directory = " +
                   root +
                   "/usr/sbin\n"
                   "maillog_file = /dev/stdout\n"
                   "myhostname = test.invalid\n"
                   "mydestination =\nmynetworks =\nlocal_recipient_maps =\n"
                   "inet_interfaces = loopback-only\n"
                   "smtpd_peername_lookup = no\n"
                   // No limits for one client, no waiting for a queue manager.
                   "smtpd_client_connection_count_limit = 0\n"
                   "postscreen_client_connection_count_limit = 0\n"
                   "in_flow_delay = 0\n"
                   "max_use = 1000000\n"
                   "postscreen_cache_map =\n"
                   "postscreen_access_list = " +
                   list +
                   ", static:reject\n"
                   "postscreen_denylist_action = drop\n"
                   "postscreen_blacklist_action = drop\n" // its name before Postfix 3.6
                   "smtpd_relay_restrictions = check_client_access " +
                   list + ", reject\n");
    std::string services;
    for (const std::string& address : loopback_addresses()) {
        const std::string host = address.find(':') == address.npos ? address : "[" + address + "]";
        services += host + ":" + std::to_string(ports.postscreen) + " inet n - n - 1 postscreen\n" + host +
                    ":" + std::to_string(ports.smtpd) + " inet n - n - - smtpd\n";
    }
    write_text(directory / "master.cf",
               services + "smtpd pass - - n - - smtpd\n"
                          "  -o { smtpd_relay_restrictions = check_client_access static:permit, reject }\n"
                          "cleanup unix n - n - 0 cleanup\n"
                          "rewrite unix - - n - - trivial-rewrite\n"
                          "postlog unix-dgram n - n - 1 postlogd\n");
}

} // namespace

TEST_CASE("Postfix: a cidr table permits what is in the list, without a warning", "[postfix]") {
    const auto postmap = find_consumer("postfix", "postmap");
    if (!postmap) return;
    const TemporaryDirectory directory;
    write_text(directory / "main.cf", postfix_configuration());
    const std::vector<std::string> query{"/usr/bin/env", libraries_of(*postmap),    *postmap,
                                         "-c",           directory.path().string(), "-q"};
    const auto ask = [&](const std::string& keys, const std::string& file, const std::string& input) {
        std::vector<std::string> command = query;
        command.insert(command.end(), {keys, "cidr:" + file});
        return run(command, input);
    };
    write_text(directory / "probe", "192.0.2.1/32 permit\n");
    const Ended usable = ask("192.0.2.1", directory / "probe", "");
    if (usable.status == 127) {
        skip("postmap", usable.error);
        return;
    }
    CHECK(usable.error == "");
    REQUIRE(usable.output == "permit\n");
    for (const Sample& s : samples()) {
        INFO(s.name);
        const std::string file = directory / "list.cidr";
        write_text(file, printed("postscreen", s.addresses));
        const std::vector<Probe> probes = probes_of(s.addresses, 4'000);
        std::string keys;
        std::string expected;
        for (const Probe& probe : probes) {
            keys += text_of(probe) + '\n';
            if (probe.listed) expected += text_of(probe) + "\tpermit\n";
        }
        const Ended ended = ask("-", file, keys);
        CHECK(ended.error == ""); // a rule that is skipped is a warning
        CHECK(ended.status == (expected.empty() ? 1 : 0));
        CHECK((ended.output == expected));
    }
    // That it would warn.
    write_text(directory / "probe", "192.0.2.1/24 permit\n");
    CHECK(ask("192.0.2.1", directory / "probe", "").error != "");
}

TEST_CASE("Postfix: postscreen and smtpd accept and refuse clients as the list says", "[postfix]") {
    const auto postmap = find_consumer("postfix", "postmap");
    if (!postmap) return;
    if (const auto& why = own_network_refused()) {
        skip("sessions with postscreen", "no network of its own: " + *why);
        return;
    }
    if (!own_mounts_for("sessions with postscreen")) return;
    for (const Sample& s : samples()) {
        INFO(s.name);
        const TemporaryDirectory directory;
        const Ports ports;
        write_configuration(directory, root_of(*postmap), ports);
        write_text(directory / "list", printed("postscreen", s.addresses));
        const std::string log = directory / "log";
        Launch launch =
            logging_to(log, in_own_mounts("postfix.sh", {root_of(*postmap), directory.path().string()}));
        launch.limit = std::chrono::seconds(100);
        Child server(launch);
        const bool listening = greets(server, ports.postscreen) && greets(server, ports.smtpd);
        const std::vector<Probe> clients = clients_of(s.addresses, 100);
        std::vector<std::string> to_postscreen, to_smtpd;
        for (const Probe& client : clients) {
            to_postscreen.push_back(listening ? answer_to(text_of(client), ports.postscreen) : "");
            to_smtpd.push_back(listening ? answer_to(text_of(client), ports.smtpd) : "");
        }
        const auto line_of = [](const Probe& client) {
            return std::string(client.listed ? " ALLOWLISTED [" : " DENYLISTED [") + text_of(client) + "]:";
        };
        // Another process writes the log, and ends with the rest.
        for (int turn = 0; listening && turn < 1000; ++turn) {
            if (file_text(log).find(line_of(clients.back())) != std::string::npos) break;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        server.send(SIGTERM);
        const Ended ended = server.wait();
        INFO("status " << ended.status << ", signal " << ended.signal << ", " << ended.took.count() << " ms");
        CHECK(!ended.timed_out);
        const std::string said = file_text(log);
        INFO(said);
        REQUIRE(listening);
        for (std::size_t i = 0; i < clients.size(); ++i) {
            INFO(text_of(clients[i]) << ": " << to_postscreen[i] << ", " << to_smtpd[i]);
            CHECK(to_postscreen[i].substr(0, 3) == (clients[i].listed ? "250" : "521"));
            CHECK(to_smtpd[i].substr(0, 3) == (clients[i].listed ? "250" : "554"));
            CHECK(said.find(line_of(clients[i])) != said.npos);
        }
        CHECK(said.find("warning:") == said.npos); // such as a rule that is skipped
    }
}
