#include "spfwalk/emit/format.h"

#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <vector>

namespace spfwalk::emit {

std::string print_regions(const spf::Report& report) {
    std::string out;
    for (const spf::Verdict& verdict : report.verdicts) {
        std::vector<std::pair<net::Prefix, std::string>> lines;
        spf::PathTexts paths(verdict.visits);
        for (const spf::Region& region : verdict.regions) {
            std::string what(to_text(region.result));
            (what += ' ') += report.domain;
            const std::string path = paths.of(region.decided_by);
            if (!path.empty()) (what += ": ") += path;
            const net::AddressSet printed = spf::for_output(verdict.family, region.addresses);
            printed.each_prefix(verdict.family, [&](const net::Prefix& p) { lines.emplace_back(p, what); });
        }
        std::ranges::stable_sort(lines);
        lines.erase(std::ranges::unique(lines).begin(), lines.end());
        for (const auto& [prefix, what] : lines) {
            append_text(out, prefix);
            (out += ' ') += what;
            out += '\n';
        }
    }
    return out;
}

} // namespace spfwalk::emit
