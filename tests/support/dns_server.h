// A DNS server for tests and benchmarks that misbehaves on request.
//
// It serves a master file over UDP and TCP on both loopback addresses. The first label of a query's name may
// ask for faults, several joined by '-'; what is behind it is looked up and answered as the asked name,
// unless the zone has the whole name:
//     ms<N>              answers N milliseconds late
//     drop, drop<N>      drops all, or the first N, queries of that name and type
//     servfail, refused, rcode<N>, servfailonce (the first query only)
//     formerr            FORMERR without OPT to a query with OPT
//     tc, tcempty, tcgarbage   truncated over UDP, with all records, none, or garbage; whole over TCP
//     tcboth             truncated over TCP too
//     tcpsilent, tcpslow, tcpclose   truncated; over TCP no answer, an octet per 50 ms, or the end
//     badtxt             a TXT string overruns its RDATA
//     badname            a name that points to itself
//     wrongid, wrongname a reply to another query
//     wrongaddr          records of other names beside the right ones
//     noqr, short, empty, trailing   a query, 11 octets, no octet, four octets too many
//     cnameonly          an alias for the rest of the name and nothing about that
//     cnameloop          two aliases for each other
//     cnameping          an alias for cnamepong.<rest>, which is one for cnameping.<rest>, a reply each
//     cnameinc<N>        an alias for cnameinc<N+1>.<rest>, a reply each
#pragma once

#include "spfwalk/dns/zone_resolver.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace spfwalk::test {

struct DnsServerOptions {
    dns::MasterFile zone{};
    std::uint16_t port = 0; ///< 0: one that is free
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds reorder{0}; ///< random delay up to this, so that replies overtake each other
    int loss_percent = 0;                 ///< queries dropped
    int duplicate_percent = 0;            ///< replies sent twice
    std::uint32_t seed = 1;
    std::size_t max_udp = 65'535;
    bool tcp = true;
    bool edns = true;
    std::string log{}; ///< a file that gets a line for each query: name type transport edns-size
};

class DnsServer {
  public:
    /// Binds its sockets; throws std::system_error if it cannot.
    explicit DnsServer(DnsServerOptions options);
    ~DnsServer();

    std::uint16_t port() const;
    bool has_ipv6() const;

    /// Serves until `stop_descriptor` becomes readable or is closed at the other end; for ever if it is -1.
    void run(int stop_descriptor);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spfwalk::test
