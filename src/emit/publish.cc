#include "spfwalk/emit/publish.h"

#include "publish_pack.h"
#include "publish_plan.h"
#include "published_zone.h"
#include "spfwalk/spf/finding.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::emit {

namespace {

/// Whether the records mean what the report says.
bool confirmed(const Published& published, const spf::Report& report, const spf::Rules& rules) {
    const auto evaluated = [&](net::Family family, const spf::Rules& by) {
        const PublishedZone zone(published.records); // an answer is read by one grammar only
        spf::Inquiry inquiry;
        inquiry.domain = report.domain;
        inquiry.family = family;
        return spf::evaluate(zone, inquiry, by);
    };
    return std::ranges::all_of(report.verdicts, [&](const spf::Verdict& original) {
        // Receivers go by the RFC, whatever the walk went by.
        const spf::Evaluation strict = evaluated(original.family, {});
        if (!strict.complete() || strict.verdict.sure() != original.sure()) return false;
        if (!published.left_out.empty()) return strict.verdict.possible() == original.sure();
        const spf::Evaluation same = evaluated(original.family, rules);
        return same.complete() && same.verdict.possible() == original.possible() &&
               same.verdict.definite() == original.definite() &&
               (original.definite() == original.possible() || same_way(original, same.verdict));
    });
}

/// The undecidable terms of the report, by path.
std::vector<std::string> undecidable_terms(const spf::Report& report) {
    std::vector<std::string> paths;
    for (const spf::Verdict& verdict : report.verdicts) {
        for (const spf::Finding& finding : verdict.findings) {
            if (finding.code != spf::Code::undecidable && finding.code != spf::Code::lenient_undecidable)
                continue;
            std::string path = spf::path_text(verdict.visits, finding.site);
            if (std::ranges::find(paths, path) == paths.end()) paths.push_back(std::move(path));
        }
    }
    return paths;
}

std::vector<std::string> terms_in(const Plan& plan) {
    std::vector<std::string> terms;
    for (const auto& item : plan.items)
        if (const auto* term = std::get_if<PlanTerm>(&item)) terms.push_back(term->text);
    if (plan.ending.starts_with("redirect")) terms.push_back(plan.ending);
    return terms;
}

/// What else the domain's TXT answer holds.
std::size_t other_octets(const spf::Report& report) {
    for (const spf::Verdict& verdict : report.verdicts)
        if (const auto& publication = verdict.visits.front().publication) return publication->other_octets;
    return 0;
}

Expected<Published, std::string> packed(const Plan& plan, const spf::Report& report,
                                        const PublishOptions& options) {
    const std::size_t beside = other_octets(report);
    auto published = pack(plan, report.domain, beside, options);
    if (published || beside == 0) return published;
    published = pack(plan, report.domain, 0, options);
    if (published) {
        published->oversized = true;
        published->records.front().octets += beside;
    }
    return published;
}

/// A size that would do, in words.
std::string advice(const Plan& plan, const spf::Report& report, PublishOptions options) {
    const std::size_t too_small = options.answer_size;
    for (const std::size_t size : {512U, 800U, 1232U, 2048U, 4096U, 8192U, 16'384U, 32'768U, 65'535U}) {
        options.answer_size = size;
        if (size > too_small && packed(plan, report, options))
            return fmt::format(" (--answer-size {} would do)", size);
    }
    return {};
}

} // namespace

Expected<Published, std::string> publish(const spf::Report& report, const spf::Rules& rules,
                                         const PublishOptions& options) {
    const auto attempt = [&](const Plan& plan) -> Expected<Published, std::string> {
        auto published = packed(plan, report, options);
        if (!published) return unexpected(published.error() + advice(plan, report, options));
        published->kept = terms_in(plan);
        return published;
    };
    // Terms that make no difference need no place.
    const bool decided = std::ranges::all_of(report.verdicts, [](const spf::Verdict& verdict) {
        return verdict.definite() == verdict.possible();
    });
    if (!decided) {
        if (const auto plan = keeping_plan(report, options.ending)) {
            auto published = attempt(*plan);
            if (!published || confirmed(*published, report, rules)) return published;
        }
    }
    auto published = attempt(sure_plan(report, options.ending));
    if (!published) return published;
    if (!decided) published->left_out = undecidable_terms(report);
    if (!confirmed(*published, report, rules))
        return unexpected(std::string("no records were found that mean the same"));
    return published;
}

} // namespace spfwalk::emit
