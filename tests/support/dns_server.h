// A DNS server for tests and benchmarks that misbehaves on request.
//
// It serves a master file over UDP and TCP on both loopback addresses. The first label of a query's name may
// ask for faults, several joined by '-'; what is behind it is looked up and answered as the asked name,
// unless the zone has the whole name:
//     ms<N>              answers N milliseconds late
//     drop, drop<N>      drops all, or the first N, queries of that name and type
//     servfail, refused, rcode<N>, servfailonce (the first query only); an RCODE over 15 needs EDNS, and a
//     query
//         without it is answered as if there were no fault
//     lie                records beside an RCODE that says there are none
//     formerr            FORMERR without OPT to a query with OPT
//     tc, tcempty, tcgarbage   truncated over UDP, with all records, none, or garbage; whole over TCP
//     tcboth             truncated over TCP too
//     tcpsilent, tcpclose   truncated; over TCP no answer, or the end
//     tcpslow, tcpdrip<N>   truncated; over TCP an octet per 50, or N, milliseconds
//     tcpzeros           truncated; over TCP messages of no octets, without end
//     oversize           over UDP too much for what EDNS allows, and not truncated
//     octets             TXT strings of one octet each
//     badtxt             a TXT string overruns its RDATA
//     badname, badnames  a name that points to itself, two that point to each other
//     wrongid, wrongname a reply to another query
//     wrongport          a reply from another port
//     chaff              wrong replies of all these kinds that would be believed, then the right one
//     wrongaddr          records of other names beside the right ones
//     noqr, short, empty, trailing   a query, 11 octets, no octet, four octets too many
//     referral           other servers are named, as one does that is no resolver
//     cnameonly          an alias for the rest of the name and nothing about that
//     cnameloop          two aliases for each other
//     cnameping          an alias for cnamepong.<rest>, which is one for cnameping.<rest>, a reply each
//     cnameinc<N>        an alias for cnameinc<N+1>.<rest>, a reply each
//     cnamechain<N>      N aliases in a reply, the last for the rest of the name, with the records of that
//
// Loss, duplicates and delays are decided by a hash of the seed, the question and how often it was asked, not
// by the order in which queries come: the same queries meet the same faults in each run.
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
    std::chrono::milliseconds reorder{0}; ///< delay up to this, so that replies overtake each other
    int loss_percent = 0;                 ///< queries dropped
    int duplicate_percent = 0;            ///< replies sent twice
    std::uint32_t seed = 1;
    std::size_t max_udp = 65'535;
    bool tcp = true;
    std::size_t tcp_closes_after = 0; ///< so many queries on a connection; 0: never
    std::size_t tcp_dies_after = 0;   ///< so many queries on a connection, the others are ignored; 0: never
    bool edns = true;
    bool hears_edns = true;       ///< if not, queries with OPT are dropped
    std::uint8_t rcode = 0;       ///< if not 0, of all replies
    std::string log{};            ///< a file that gets a line for each query: name type transport edns-size
    std::uint64_t stop_after = 0; ///< queries after which run() returns; 0: never
};

/// What a server has done.
struct DnsServerCounters {
    std::uint64_t queries = 0;
    std::uint64_t lost = 0;
    std::uint64_t duplicated = 0;
    std::uint64_t delayed = 0;
};

class DnsServer {
  public:
    /// Binds its sockets; throws std::system_error if it cannot.
    explicit DnsServer(DnsServerOptions options);
    ~DnsServer();

    std::uint16_t port() const;
    bool has_ipv6() const;
    /// To be read when run() has returned.
    DnsServerCounters counters() const;

    /// Serves until `stop_descriptor` becomes readable or is closed at the other end (for ever if it is -1),
    /// or as the options have it.
    void run(int stop_descriptor);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spfwalk::test
