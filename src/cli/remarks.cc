#include "spfwalk/cli/remarks.h"

#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

Weight weight_of(const spf::Finding& finding, const spf::Verdict& verdict) {
    if (finding.code == spf::Code::dns_failure || finding.code == spf::Code::work_limit) return Weight::error;
    // A term that nobody can decide only matters if the list depends on it.
    if (finding.code == spf::Code::undecidable && verdict.sure() == verdict.possible()) return Weight::note;
    return Weight::warning;
}

/// Whether what passes may hold a prefix shorter than `length`; seldom, and counting is cheap: IPv4
/// addresses, or the /64s of IPv6.
bool may_hold(const spf::Verdict& verdict, int length) {
    const bool is_ipv4 = verdict.family == net::Family::ipv4;
    const int bits = is_ipv4 ? 32 : 64;
    if (length == 0) return false;
    if (length == 1 || length > bits) return true; // not worth counting
    std::uint64_t missing = std::uint64_t{1} << (bits - length + 1);
    if (!is_ipv4) --missing; // one may be touched by spf::for_output()
    for (const spf::Region& region : verdict.regions) {
        if (region.result != spf::Result::pass) continue;
        for (const net::Range& range : region.addresses.ranges()) {
            const std::uint64_t distance =
                is_ipv4 ? range.last.lo - range.first.lo : range.last.hi - range.first.hi;
            if (distance >= missing - 1) return true;
            missing -= distance + 1;
        }
    }
    return false;
}

void add_wide_prefixes(std::vector<Remark>& result, const spf::Report& report, emit::Certainty certainty,
                       const policy::Guards& guards) {
    for (const spf::Verdict& verdict : report.verdicts) {
        const int widest = verdict.family == net::Family::ipv4 ? guards.widest_ipv4 : guards.widest_ipv6;
        if (!may_hold(verdict, widest)) continue;
        const net::AddressSet set = spf::for_output(verdict.family, chosen(verdict, certainty));
        for (const net::Prefix& prefix : set.prefixes(verdict.family)) {
            if (prefix.length >= widest) continue;
            result.push_back({Weight::warning, fmt::format("{}: passes for {}, wider than /{}", report.domain,
                                                           to_text(prefix), widest)});
            break; // the widest come in numbers, and one is enough to look into it
        }
    }
}

} // namespace

std::vector<Remark> remarks(const spf::Report& report, emit::Certainty certainty,
                            const policy::Guards& guards) {
    struct Line {
        Weight weight;
        std::string text; ///< as it holds for all families
        const spf::Finding* finding;
        const spf::Verdict* verdict;
        std::size_t families;
    };
    std::vector<Line> lines;
    std::unordered_map<std::string, std::size_t> places; // hostile records have thousands of findings
    for (const spf::Verdict& verdict : report.verdicts) {
        for (const spf::Finding& finding : verdict.findings) {
            std::string text = spf::describe(finding, verdict);
            const auto [place, fresh] = places.try_emplace(text, lines.size());
            const Weight weight = weight_of(finding, verdict);
            if (fresh) {
                lines.push_back({weight, std::move(text), &finding, &verdict, 1});
            } else {
                Line& same = lines[place->second];
                ++same.families;
                same.weight = std::max(same.weight, weight);
            }
        }
    }
    std::vector<Remark> result;
    for (const Line& line : lines) {
        const bool common = line.families == report.verdicts.size();
        result.push_back({line.weight, fmt::format("{}: {}", report.domain,
                                                   common ? line.text
                                                          : spf::describe(*line.finding, *line.verdict,
                                                                          line.verdict->family))});
    }
    add_wide_prefixes(result, report, certainty, guards);
    return result;
}

std::string summary(const spf::Report& report, const spf::Rules& rules, emit::Certainty certainty) {
    std::string text = fmt::format("{}: {}", report.domain, to_text(report.standing()));
    int lookups = 0;
    int voids = 0;
    for (const spf::Verdict& verdict : report.verdicts) {
        const net::AddressSet set = spf::for_output(verdict.family, chosen(verdict, certainty));
        text += fmt::format(", {} {}", set.prefix_count(), name_of(verdict.family));
        lookups = std::max(lookups, verdict.lookups);
        voids = std::max(voids, verdict.voids);
    }
    text += fmt::format(" prefixes, lookups {}/{}, void lookups {}/{}", lookups, rules.lookup_limit, voids,
                        rules.void_limit ? fmt::format("{}", *rules.void_limit) : "-");
    if (const auto ttl = report.ttl()) text += fmt::format(", TTL {} s", *ttl);
    return text;
}

} // namespace spfwalk::cli
