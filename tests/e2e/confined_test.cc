// The program in its sandbox: that it is in it when it asks DNS, and as whom.
#include "support/catch.h"
#include "support/files.h"
#include "support/process.h"
#include "support/udp_socket.h"

#include <csignal>
#include <iostream>
#include <sstream>

#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace spfwalk;
using namespace spfwalk::test;
using namespace std::chrono_literals;

namespace {

/// The value of a line "NAME:<tab>VALUE" of /proc/PID/status.
std::string status_of(pid_t process, const std::string& name) {
    std::istringstream lines(file_text("/proc/" + std::to_string(process) + "/status"));
    for (std::string line; std::getline(lines, line);)
        if (line.starts_with(name + ":\t")) return line.substr(name.size() + 2);
    return "no such line";
}

bool has(const std::string& part) {
    Launch launch;
    launch.command = {SPFWALK_PROGRAM, "--version", "-v"};
    return run_program(launch).output.find("sandbox: " + part + ": active") != std::string::npos;
}

} // namespace

TEST_CASE("while DNS is asked, what the run does not need is given up") {
    if (!has("system calls (seccomp)")) {
        std::cout << "SKIPPED: no filters of system calls\n";
        return;
    }
    const UdpSocket silent;
    Launch launch;
    launch.command = {SPFWALK_PROGRAM, "-r", silent.address(), "example.com"};
    const bool confined = GENERATE(true, false);
    if (!confined) launch.command.emplace_back("--no-sandbox");
    Child child(launch);
    REQUIRE(silent.readable(20s));
    CHECK(status_of(child.id(), "Seccomp") == (confined ? "2" : "0"));
    CHECK(status_of(child.id(), "NoNewPrivs") == (confined ? "1" : "0"));
    child.send(SIGTERM);
    CHECK(child.wait().signal == SIGTERM);
}

TEST_CASE("--user: whatever a run makes is that user's") {
    if (::geteuid() != 0) {
        std::cout << "SKIPPED: not root\n";
        return;
    }
    const passwd* const nobody = ::getpwnam("nobody");
    REQUIRE(nobody != nullptr);
    const TemporaryDirectory directory;
    write_text(directory / "zone", "example.com. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n");
    Launch launch;
    launch.command = {SPFWALK_PROGRAM, "--zone", directory / "zone", "--bogons",
                      "keep",          "--user", "nobody",           "example.com"};
    for (const char* file : {"output", "state", "stats", "capture"})
        launch.command.insert(launch.command.end(), {std::string("--") + file, directory / file});

    const Ended refused = run_program(launch);
    CHECK(refused.status == 1); // the directory is root's
    CHECK(refused.error.ends_with("Permission denied\n"));

    REQUIRE(::chown(directory.path().c_str(), nobody->pw_uid, nobody->pw_gid) == 0);
    const Ended ended = run_program(launch);
    INFO(ended.error);
    REQUIRE(ended.status == 0);
    CHECK(file_text(directory / "output") == "192.0.2.0/24\n");
    for (const char* file : {"output", "state", "stats", "capture"}) {
        INFO(file);
        struct stat status {};
        REQUIRE(::stat((directory / file).c_str(), &status) == 0);
        CHECK(status.st_uid == nobody->pw_uid);
        CHECK(status.st_gid == nobody->pw_gid);
    }
}

TEST_CASE("--user: nobody's name, or root's, fails the run") {
    for (const char* name : {"no-such-user", "root"}) {
        Launch launch;
        launch.command = {SPFWALK_PROGRAM, "--user", name, "--record", "v=spf1 -all", "example.com"};
        const Ended ended = run_program(launch);
        CHECK(ended.status == 1);
        CHECK(ended.output == "");
        CHECK(ended.error.starts_with(std::string("spfwalk: --user ") + name + ": "));
    }
}
