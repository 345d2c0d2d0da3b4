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
        for (std::uint32_t visit = 0; visit < of.visits.size(); ++visit)
            visits.emplace(path_text(of.visits, {visit, {}}), visit);
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
    std::set<Place> deciding;                    ///< where regions were decided, and the terms that led there
    std::map<std::string, std::uint32_t> visits; ///< by the path to them
    bool broken = false;

    const TermUse* use(Site site) const {
        const auto found = uses.find(place_of(site));
        return found == uses.end() ? nullptr : found->second;
    }

    /// What the record of `visit` makes of a region that `site` decides about: for an included one, pass if
    /// it matches there.
    Result here(const Region& region, Site site, std::uint32_t visit) const {
        if (visit == 0) return region.result;
        if (site.visit != visit) return Result::neutral; // it did not match, and was decided further on
        for (const Directive& directive : verdict->visits[visit].publication->record.directives)
            if (directive.where == site.term) return result_of(directive.qualifier);
        return region.result;
    }

    /// Adds the terms that decide about `addresses` to `names`: those of `visit`'s own record, or else what
    /// of the domain's own led there. Returns whether the result is `result` for all of them.
    bool add_takers(const net::AddressSet& addresses, std::uint32_t visit, Result result,
                    std::vector<std::string>& names) const {
        bool is_same = true;
        for (const Region& region : verdict->regions) {
            if (!region.addresses.intersects(addresses)) continue;
            Site site = region.decided_by;
            while (site.visit != visit && site.visit != 0)
                site = {verdict->visits[site.visit].parent, verdict->visits[site.visit].via};
            is_same = is_same && here(region, site, visit) == result;
            std::string name = path_text(verdict->visits, site);
            if (site.visit == visit && visit != 0)
                name = escape(verdict->visits[visit].publication->record.slice(site.term));
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
    const std::array<View, 2> views = {View(wide_.verdicts[0]), View(wide_.verdicts[1])};
    const Verdict& first = *views[0].verdict;
    const bool broken = views[0].broken || views[1].broken;

    const auto look_at = [&](const Directive& directive, const std::array<std::uint32_t, 2>& visits) {
        // What such a term takes out of an included record is decided further on, so that nothing tells.
        if (visits[0] != 0 && directive.qualifier != Qualifier::pass) return;
        const Spot spot{&first, {visits[0], directive.where}};
        const auto say = [&](LintCode code, std::string text) {
            add(code, spot, std::move(text), {{}, {}, true});
        };
        bool reached = false;
        bool passes = false; // somebody, by the included record alone
        bool unknown = false;
        bool same = true; // as it would be by this term
        std::string target;
        std::vector<std::string> takers;
        for (std::size_t i = 0; i < 2; ++i) {
            const Site site{visits[i], directive.where};
            const TermUse* use = views[i].use(site);
            if (use == nullptr) continue;
            reached = true;
            if (views[i].deciding.contains(place_of(site))) return;
            net::AddressSet matched;
            for (const net::Prefix& prefix : use->found)
                matched.insert(prefix.range());
            if (std::holds_alternative<Include>(directive.mechanism)) {
                const auto children = visits_by(*views[i].verdict, site);
                if (children.empty()) return;
                target = views[i].verdict->visits[children.front()].domain;
                const auto set = pass_set(target, views[i].verdict->family);
                if (set)
                    matched = *set;
                else
                    unknown = true;
            } else if (matched.empty()) {
                continue;
            }
            passes = passes || !matched.empty();
            same = views[i].add_takers(matched, visits[i], result_of(directive.qualifier), takers) && same;
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

    std::set<std::string> seen;
    for (std::uint32_t visit = 0; visit < first.visits.size(); ++visit) {
        const Record* record = record_of(first, visit);
        const std::string key = domain_key(first.visits[visit].domain);
        if (record == nullptr || !record->errors.empty() || !is_own(first, visit)) continue;
        if (!seen.insert(key).second) continue;
        const auto other = views[1].visits.find(path_text(first.visits, {visit, {}}));
        if (other == views[1].visits.end()) continue;
        for (const Directive& directive : record->directives) {
            if (std::holds_alternative<All>(directive.mechanism)) break;
            if (!duplicates_.contains({key, directive.where.begin}))
                look_at(directive, {visit, other->second});
        }
    }
}

std::optional<net::AddressSet> Linter::pass_set(const std::string& domain, net::Family family) const {
    Inquiry inquiry;
    inquiry.domain = domain;
    inquiry.family = family;
    Rules rules = unlimited(input_.rules);
    rules.work_limit /= 10; // it is done for each include
    const Evaluation evaluation = evaluate(*input_.answers, inquiry, rules);
    if (!evaluation.complete()) return std::nullopt;
    return evaluation.verdict.possible();
}

} // namespace spfwalk::spf
