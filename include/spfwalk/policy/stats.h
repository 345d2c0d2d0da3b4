// A run in figures, for those who watch it (`--stats`).
#pragma once

#include "spfwalk/dns/resolver.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spfwalk::policy {

struct DomainStats {
    std::string domain;
    std::string status;                   ///< as in emit::DomainResult
    std::optional<std::int64_t> good_age; ///< seconds since the last good answer: 0 for one of this run
    std::optional<std::uint32_t> ttl;     ///< seconds: the smallest of this run's answers
    std::uint64_t ipv4_prefixes = 0;
    std::uint64_t ipv6_prefixes = 0;
};

/// How many domains came out how: "ok", "none", …
using Statuses = std::map<std::string, std::uint64_t>;

/// What became of the run.
enum class Written : std::uint8_t { printed, replaced, unchanged, refused, failed };

struct Stats {
    std::int64_t time = 0; ///< seconds since the epoch at the end of the run
    double seconds = 0;    ///< that it took
    Written written = Written::printed;
    std::string reason; ///< why not, for refused and failed
    int exit_status = 0;
    Statuses statuses;
    std::vector<DomainStats> domains; ///< in input order; of a stream, whose objects say it all, none
    std::optional<std::uint32_t> ttl; ///< seconds: the smallest of domains that are not in `domains`
    std::uint64_t ipv4_prefixes = 0;  ///< of the whole list
    std::uint64_t ipv6_prefixes = 0;
    dns::Counters counters;
};

/// JSON with "format": "spfwalk-stats", "version": 1; holds "next_refresh_seconds", the smallest TTL of all
/// domains.
std::string print_stats(const Stats& stats);

} // namespace spfwalk::policy
