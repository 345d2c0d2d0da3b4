#include "spfwalk/emit/domain.h"

#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>

namespace spfwalk::emit {

namespace {

/// What the families have in common is said once.
std::vector<FindingText> findings_of(const spf::Report& report) {
    struct Said {
        FindingText finding;
        std::size_t families;
    };
    std::vector<Said> said;
    for (const spf::Verdict& verdict : report.verdicts) {
        for (const spf::Finding& finding : verdict.findings) {
            std::string text = spf::describe(finding, verdict);
            const auto same = std::ranges::find(said, text, [](const Said& s) { return s.finding.text; });
            if (same == said.end())
                said.push_back({{std::string(to_text(finding.code)), std::move(text), verdict.family}, 1});
            else
                ++same->families;
        }
    }
    std::vector<FindingText> result;
    for (Said& one : said) {
        if (one.families == report.verdicts.size()) one.finding.only.reset();
        result.push_back(std::move(one.finding));
    }
    return result;
}

} // namespace

DomainResult domain_result(const spf::Report& report, Certainty certainty) {
    DomainResult result;
    result.index = report.index;
    result.domain = report.domain;
    result.status = to_text(report.standing());
    result.ttl = report.ttl();
    result.findings = findings_of(report);
    for (const spf::Verdict& verdict : report.verdicts) {
        result.exact = result.exact && verdict.sure() == verdict.possible();
        result.lookups = std::max(result.lookups, verdict.lookups);
        result.voids = std::max(result.voids, verdict.voids);
        const spf::PublicationPtr& publication = verdict.visits.front().publication;
        if (publication && publication->kind == spf::Publication::Kind::record)
            result.record = publication->record.text;
        net::AddressSet& set =
            verdict.family == net::Family::ipv4 ? result.addresses.ipv4 : result.addresses.ipv6;
        set = spf::for_output(verdict.family, chosen(verdict, certainty));
        std::ranges::move(sources_of(verdict, certainty), std::back_inserter(result.sources));
    }
    return result;
}

} // namespace spfwalk::emit
