// Terms that decide nothing: every address that they match was taken by terms before them.
#include "spf/lint/linter.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

using Place = std::pair<std::uint32_t, std::uint32_t>; ///< a visit and where in its record

Place place_of(Site site) {
    return {site.visit, site.term.begin};
}

/// One family's verdict, to be looked things up in.
struct View {
    explicit View(const Verdict& of) : verdict(&of) {
        for (const TermUse& use : of.uses)
            uses.emplace(place_of(use.site), &use);
        for (const Region& region : of.regions) {
            Site site = region.decided_by;
            while (deciding.insert(place_of(site)).second) {
                const Visit& visit = of.visits[site.visit];
                if (visit.parent == Visit::no_parent) break;
                site = {visit.parent, visit.via};
            }
        }
        broken = of.has(Result::temperror) || of.has(Result::permerror);
    }

    const Verdict* verdict;
    std::map<Place, const TermUse*> uses;
    std::set<Place> deciding; ///< where regions were decided, and the terms that led there
    bool broken = false;

    const TermUse* use(Site site) const {
        const auto found = uses.find(place_of(site));
        return found == uses.end() ? nullptr : found->second;
    }

    /// Adds the terms of the record that decide about `addresses` to `names`. Returns whether the result is
    /// `result` for all of them.
    bool add_takers(const net::AddressSet& addresses, Result result, std::vector<std::string>& names) const {
        bool is_same = true;
        for (const Region& region : verdict->regions) {
            if (!region.addresses.intersects(addresses)) continue;
            Site site = region.decided_by;
            while (site.visit != 0)
                site = {verdict->visits[site.visit].parent, verdict->visits[site.visit].via};
            is_same = is_same && region.result == result;
            std::string name = path_text(verdict->visits, site);
            if (std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
        }
        return is_same;
    }
};

std::string joined(const std::vector<std::string>& names) {
    constexpr std::size_t shown = 3;
    std::string text;
    for (std::size_t i = 0; i < std::min(names.size(), shown); ++i) {
        if (i != 0) text += i + 1 == names.size() ? " and " : ", ";
        text += beginning(names[i], longest_quotation);
    }
    if (names.size() > shown) text += fmt::format(" and {} more", names.size() - shown);
    return text;
}

} // namespace

void Linter::look_for_coverage() {
    const Verdict& first = wide_.verdicts.front();
    std::set<std::string> seen;
    for (std::uint32_t visit = 0; visit < first.visits.size(); ++visit) {
        const Record* record = record_of(first, visit);
        const std::string& domain = first.visits[visit].domain;
        if (record == nullptr || !record->errors.empty() || !is_own(first, visit)) continue;
        if (!seen.insert(domain_key(domain)).second) continue;
        if (visit == 0) {
            look_at_coverage({&first, {}}, *record, wide_.verdicts[0], wide_.verdicts[1]);
            continue;
        }
        // What an included record does not let pass is decided further on: only by itself it tells by what.
        const auto ipv4 = verdict_of(domain, net::Family::ipv4);
        const auto ipv6 = verdict_of(domain, net::Family::ipv6);
        if (ipv4 && ipv6) look_at_coverage({&first, {visit, {}}}, *record, *ipv4, *ipv6);
    }
}

void Linter::look_at_coverage(const Spot& spot, const Record& record, const Verdict& ipv4,
                              const Verdict& ipv6) {
    const std::array<View, 2> views = {View(ipv4), View(ipv6)};
    const bool broken = views[0].broken || views[1].broken;
    const std::string key = domain_key(spot.verdict->visits[spot.site.visit].domain);

    const auto look_at = [&](const Directive& directive) {
        const auto say = [&](LintCode code, std::string text) {
            add(code, {spot.verdict, {spot.site.visit, directive.where}}, std::move(text), {{}, {}, true});
        };
        const Site site{0, directive.where};
        bool reached = false;
        bool passes = false; // somebody, by the included record alone
        bool unknown = false;
        bool same = true; // as it would be by this term
        std::string target;
        std::vector<std::string> takers;
        for (const View& view : views) {
            const TermUse* use = view.use(site);
            if (use == nullptr) continue;
            reached = true;
            if (view.deciding.contains(place_of(site))) return;
            net::AddressSet matched;
            for (const net::Prefix& prefix : use->found)
                matched.insert(prefix.range());
            if (std::holds_alternative<Include>(directive.mechanism)) {
                const auto children = visits_by(*view.verdict, site);
                if (children.empty()) return;
                target = view.verdict->visits[children.front()].domain;
                if (const auto verdict = verdict_of(target, view.verdict->family))
                    matched = verdict->possible();
                else
                    unknown = true;
            } else if (matched.empty()) {
                continue;
            }
            passes = passes || !matched.empty();
            same = view.add_takers(matched, result_of(directive.qualifier), takers) && same;
        }
        if (!reached) {
            if (!broken) say(LintCode::never_matches, "no address gets this far");
        } else if (passes) {
            say(same ? LintCode::redundant_term : LintCode::never_matches,
                fmt::format("every address it matches is taken before, by {}", joined(takers)));
        } else if (!target.empty() && !unknown) {
            say(LintCode::empty_include, fmt::format("nobody passes by the record of {}", quotation(target)));
        }
    };

    for (const Directive& directive : record.directives) {
        if (std::holds_alternative<All>(directive.mechanism)) break;
        if (!duplicates_.contains({key, directive.where.begin})) look_at(directive);
    }
}

std::optional<Verdict> Linter::verdict_of(const std::string& domain, net::Family family) const {
    Inquiry inquiry;
    inquiry.domain = domain;
    inquiry.family = family;
    inquiry.audit = true;
    Rules rules = unlimited(input_.rules);
    rules.work_limit /= 10; // it is done for each include
    Evaluation evaluation = evaluate(*input_.answers, inquiry, rules);
    if (!evaluation.complete()) return std::nullopt;
    return std::move(evaluation.verdict);
}

} // namespace spfwalk::spf
