#include "network.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>

#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spfwalk::test {

namespace {

using net::Address;
using net::Family;

std::optional<std::string> refusal = "nobody asked for one";
bool any_source = false;

std::string reason(const char* what) {
    return std::string(what) + ": " + std::strerror(errno);
}

void write_line(const char* path, const std::string& line) {
    std::ofstream(path) << line << std::flush;
}

/// A network namespace, if need be one that belongs to a user namespace of our own.
bool unshare_network() {
    if (::unshare(CLONE_NEWNET) == 0) return true;
    const std::string user = std::to_string(::geteuid()), group = std::to_string(::getegid());
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    write_line("/proc/self/setgroups", "deny");
    write_line("/proc/self/uid_map", "0 " + user + " 1");
    write_line("/proc/self/gid_map", "0 " + group + " 1");
    return true;
}

bool raise_loopback() {
    const int descriptor = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    request.ifr_flags = IFF_UP;
    const bool raised = ::ioctl(descriptor, SIOCSIFFLAGS, &request) == 0;
    ::close(descriptor);
    return raised;
}

/// Makes every address one of this machine's. Says why not.
std::string own_every_address() {
    for (const char* ip : {"/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"}) {
        if (::access(ip, X_OK) != 0) continue;
        for (const char* family : {"-4", "-6"}) {
            const Ended ended = run({ip, family, "route", "add", "local", "default", "dev", "lo"});
            if (ended.status != 0) return "ip: " + ended.error;
        }
        return {};
    }
    return "no ip(8) (Debian package iproute2)";
}

/// Whether this machine, or this network, has IPv6.
bool ipv6_here() {
    const int descriptor = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in6 one{};
    one.sin6_family = AF_INET6;
    one.sin6_addr = in6addr_loopback;
    const bool here = ::bind(descriptor, reinterpret_cast<const sockaddr*>(&one), sizeof one) == 0;
    ::close(descriptor);
    return here;
}

bool can_be_source(Family family, Address address) {
    static const emit::Addresses loopback = addresses_of({"127.0.0.0/8", "::1"});
    static const emit::Addresses never =
        addresses_of({"0.0.0.0/8", "127.255.255.255/32", "224.0.0.0/4", "255.255.255.255/32", "::/128",
                      "ff00::/8", "fe80::/10", "::ffff:0:0/96"});
    if (family == Family::ipv4)
        return !never.ipv4.contains(address) && (any_source || loopback.ipv4.contains(address));
    return ipv6_here() && !never.ipv6.contains(address) && (any_source || loopback.ipv6.contains(address));
}

} // namespace

std::optional<std::string> enter_own_network() {
    if (!unshare_network())
        refusal = reason("unshare");
    else if (!raise_loopback())
        refusal = reason("loopback");
    else
        refusal.reset();
    const std::string why = refusal ? *refusal : own_every_address();
    any_source = why.empty();
    if (!ipv6_here()) std::cout << "No client has an IPv6 address: there is no IPv6 here" << std::endl;
    if (!any_source) std::cout << "Clients are on loopback only: " << why << std::endl;
    return refusal;
}

const std::optional<std::string>& own_network_refused() {
    return refusal;
}

bool clients_are_anywhere() {
    return any_source && ipv6_here();
}

std::vector<std::string> loopback_addresses() {
    if (ipv6_here()) return {"127.0.0.1", "::1"};
    return {"127.0.0.1"};
}

std::vector<Probe> clients_of(const emit::Addresses& addresses, std::size_t at_most) {
    std::vector<Probe> clients;
    for (const Probe& probe : probes_of(addresses, at_most))
        if (can_be_source(probe.family, probe.address)) clients.push_back(probe);
    for (const char* text : {"127.0.0.1", "127.0.0.2", "127.0.0.3", "127.255.255.254"}) {
        const Address address = *net::parse_ipv4(text);
        clients.push_back({Family::ipv4, address, addresses.ipv4.contains(address)});
    }
    const Address one = *net::parse_ipv6("::1");
    if (can_be_source(Family::ipv6, one))
        clients.push_back({Family::ipv6, one, addresses.ipv6.contains(one)});
    return clients;
}

} // namespace spfwalk::test
