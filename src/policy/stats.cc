#include "spfwalk/policy/stats.h"

#include "policy/json_text.h"

#include <algorithm>

namespace spfwalk::policy {

namespace {

using Json = nlohmann::ordered_json; // members in the order they are put in

std::string_view to_text(Written written) {
    switch (written) {
    case Written::printed:
        return "printed";
    case Written::replaced:
        return "replaced";
    case Written::unchanged:
        return "unchanged";
    case Written::refused:
        return "refused";
    case Written::failed:
        return "failed";
    }
    return "failed";
}

template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

/// On one line. What is not UTF-8 is replaced, never an exception.
std::string line(const Json& json) {
    return json.dump(-1, ' ', true, Json::error_handler_t::replace);
}

} // namespace

std::string print_stats(const Stats& stats) {
    std::optional<std::uint32_t> next_refresh = stats.ttl;
    for (const DomainStats& domain : stats.domains)
        next_refresh = dns::smaller_ttl(next_refresh, domain.ttl);

    Json summary;
    summary["format"] = "spfwalk-stats";
    summary["version"] = 1;
    summary["time"] = stats.time;
    summary["seconds"] = stats.seconds;
    summary["written"] = to_text(stats.written);
    summary["reason"] = stats.reason;
    summary["exit_status"] = stats.exit_status;
    summary["next_refresh_seconds"] = or_null(next_refresh);
    Json statuses = Json::object();
    for (const char* status : {"ok", "none", "permerror", "temperror", "invalid"}) {
        const auto count = stats.statuses.find(status);
        statuses[status] = count == stats.statuses.end() ? 0 : count->second;
    }
    summary["statuses"] = std::move(statuses);
    summary["ipv4_prefixes"] = stats.ipv4_prefixes;
    summary["ipv6_prefixes"] = stats.ipv6_prefixes;
    summary["questions"] = {{"asked", stats.counters.asked},
                            {"sent", stats.counters.sent},
                            {"retried", stats.counters.retried},
                            {"tcp", stats.counters.tcp},
                            {"failed", stats.counters.failed}};

    // A line per member and per domain, for those who read it with their eyes or with diff; no tree of a
    // million domains.
    std::string out = "{\n";
    for (const auto& [key, value] : summary.items())
        out += '"' + key + "\": " + line(value) + ",\n";
    out += "\"domains\": [";
    bool first = true;
    for (const DomainStats& domain : stats.domains) {
        Json entry;
        entry["domain"] = domain.domain;
        entry["status"] = domain.status;
        entry["good_age"] = or_null(domain.good_age);
        entry["ttl"] = or_null(domain.ttl);
        entry["ipv4_prefixes"] = domain.ipv4_prefixes;
        entry["ipv6_prefixes"] = domain.ipv6_prefixes;
        out += first ? "\n" : ",\n";
        first = false;
        out += line(entry);
    }
    return out + "\n]\n}\n";
}

} // namespace spfwalk::policy
