// resolv.conf missing, empty or useless: the server is the one at 127.0.0.1, as resolver(5) has it, and
// without that one DNS does not answer. In namespaces of its own, where /etc is empty and nobody else uses
// port 53.
#include "support/observed.h"
#include "support/server_thread.h"

#include <cerrno>
#include <cstring>
#include <iostream>

#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

constexpr const char* zone = "example.net. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n";
constexpr const char* resolv_conf = "/etc/resolv.conf";

bool raise_loopback() {
    const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    const bool raised = ::ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
    ::close(descriptor);
    return raised;
}

/// An empty /etc and a network of loopback alone, seen by this process and its children only.
bool enter_empty_machine() {
    const std::string user = std::to_string(::geteuid()), group = std::to_string(::getegid());
    if (::unshare(CLONE_NEWNS | CLONE_NEWNET) != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET) != 0) return false;
        write_text("/proc/self/setgroups", "deny");
        write_text("/proc/self/uid_map", "0 " + user + " 1");
        write_text("/proc/self/gid_map", "0 " + group + " 1");
    }
    return raise_loopback() && ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("none", "/etc", "tmpfs", 0, "size=64k,mode=0755") == 0;
}

void check_answers() {
    const ServerThread server(zone, {.port = 53});
    const Observed seen = observe({"example.net"});
    check_decent(seen);
    CHECK(seen.ended.output == "192.0.2.0/24\n");
    CHECK(seen.ended.error == "");
    CHECK(seen.sent == 1);
}

void check_no_answer() {
    const Observed seen = observe({"--timeout", "200ms", "--tries", "2", "example.net"});
    check_decent(seen);
    CHECK(seen.ended.status == 1);
    CHECK(seen.ended.error ==
          "spfwalk: example.net: example.net TXT: no server reachable (temperror, RFC 7208 §4.4)\n"
          "spfwalk: DNS did not answer everything that matters: nothing printed\n");
    CHECK(seen.failed == 1);
}

} // namespace

TEST_CASE("resolv.conf missing, empty or useless means the server on this machine") {
    if (!enter_empty_machine()) {
        std::cout << "SKIPPED: no namespaces here: " << std::strerror(errno) << '\n';
        return;
    }
    SECTION("one after the other") { // there is no way back from the namespaces
        REQUIRE(!std::filesystem::exists(resolv_conf));
        check_answers();
        check_no_answer();
        for (const char* const text :
             {"", "\n\n", "# nothing\nsearch example.org\noptions ndots:3\n", "nameserver\n",
              "nameserver not-an-address\nnameserver 300.1.1.1\n", "\x01\xff\x7f\n"}) {
            INFO(text);
            write_text(resolv_conf, text);
            check_answers();
            check_no_answer();
        }
        std::filesystem::remove(resolv_conf);
        std::filesystem::create_directory(resolv_conf);
        check_answers();
        std::filesystem::remove(resolv_conf);
        // One that is there, and is the second.
        write_text(resolv_conf, "nameserver 127.0.0.9\nnameserver 127.0.0.1\noptions timeout:1 attempts:2\n");
        const ServerThread server(zone, {.port = 53});
        const Observed seen = observe({"example.net"});
        check_decent(seen);
        CHECK(seen.ended.output == "192.0.2.0/24\n");
        CHECK(seen.retried == 1);
    }
}
