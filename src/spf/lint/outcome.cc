// What verdicts say: findings of the evaluation, who passes by which term, lookups, loops.
#include "spf/lint/linter.h"
#include "spf/lint/mistakes.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

/// Whether only redirects lead to the visit, so that its record speaks for the domain.
bool speaks_for_domain(const Verdict& verdict, std::uint32_t visit) {
    for (; verdict.visits[visit].parent != Visit::no_parent; visit = verdict.visits[visit].parent)
        if (!is_redirect_term(verdict, {verdict.visits[visit].parent, verdict.visits[visit].via}))
            return false;
    return true;
}

} // namespace

void Linter::look_at_syntax(const Verdict& verdict, std::uint32_t visit) {
    const Record& record = verdict.visits[visit].publication->record;
    for (const SyntaxError& error : record.errors) {
        auto mistake = mistake_in(record, error);
        if (!mistake) continue;
        add(mistake->code, {&verdict, {visit, mistake->term}}, std::move(mistake->text),
            {mistake->where, fmt::format("RFC 7208 §{}", error.section), false, std::move(mistake->advice)});
    }
}

void Linter::look_at_findings(const Verdict& verdict, bool limits) {
    std::uint32_t broken = Visit::no_parent;
    for (const Finding& finding : verdict.findings) {
        const Spot spot{&verdict, finding.site};
        switch (finding.code) {
        case Code::no_record:
        case Code::bad_name:
        case Code::several_records:
            look_at_missing(verdict, finding);
            break;
        case Code::syntax: // one for each error of the record, in a row
            if (std::exchange(broken, finding.site.visit) != finding.site.visit)
                look_at_syntax(verdict, finding.site.visit);
            break;
        case Code::lookup_limit:
            if (!limits || is_loop(verdict, finding.site.visit)) break;
            add(LintCode::lookup_limit, spot,
                &wide_ == &report_
                    ? fmt::format("one lookup more than the {} allowed", finding.detail)
                    : fmt::format("one lookup more than the {} allowed; all terms together make {}: {}",
                                  finding.detail, wide_.verdicts[verdict.family == net::Family::ipv6].lookups,
                                  cost_by_term()));
            break;
        case Code::void_limit:
            if (!limits) break;
            add(LintCode::void_limit, spot,
                fmt::format("one void lookup more than the {} allowed: from here on permerror",
                            finding.detail));
            break;
        case Code::mx_limit:
            add(LintCode::mx_limit, spot,
                fmt::format("{} MX records, more than the ten allowed", finding.detail));
            break;
        case Code::dns_failure:
            add(LintCode::dns_failure,
                finding.site.whole() ? Spot{&verdict, way_to(verdict, finding.site.visit)} : spot,
                fmt::format("DNS did not answer: {}", escape(finding.detail)));
            break;
        case Code::unqueryable:
            add(LintCode::unqueryable, spot,
                fmt::format("{} cannot be looked up, so the term matches nothing",
                            quotation(finding.detail)));
            break;
        case Code::work_limit:
            add(LintCode::work_limit, spot, "too complex, evaluation given up");
            break;
        default: // undecidable terms are no mistake, nor are senders, and nothing is relaxed
            break;
        }
    }
}

void Linter::look_at_missing(const Verdict& verdict, const Finding& finding) {
    const std::uint32_t visit = finding.site.visit;
    const std::string& domain = verdict.visits[visit].domain;
    const bool root = visit == 0;
    const Spot spot{&verdict, way_to(verdict, visit)};
    const std::string section = root                                   ? ""
                                : is_redirect_term(verdict, spot.site) ? "RFC 7208 §6.1"
                                                                       : "RFC 7208 §5.2";
    if (finding.code == Code::several_records)
        return add(LintCode::several_records, spot,
                   root ? "more than one SPF record, so none counts"
                        : fmt::format("more than one SPF record at {}", quotation(domain)));
    if (finding.code == Code::bad_name)
        return add(root ? LintCode::bad_name : LintCode::dead_include, spot,
                   fmt::format("{} is not a name that can have an SPF record", quotation(domain)),
                   {{}, section, false});
    const dns::Answer* texts = answer(domain, dns::Type::txt);
    const bool exists = texts == nullptr || texts->status != dns::Status::no_name;
    if (root) {
        if (texts != nullptr && almost_record(*texts) != nullptr) return; // look_at_texts() says it
        return add(LintCode::no_record, spot,
                   exists ? "no SPF record" : "no SPF record: the name does not exist");
    }
    if (exists)
        return add(LintCode::dead_include, spot, fmt::format("no SPF record at {}", quotation(domain)),
                   {{}, section, false});
    if (const auto name = unregistered({*dns::Name::from_domain(domain), dns::Type::txt}, *texts))
        return add(
            LintCode::takeover, spot,
            fmt::format("{} does not exist: anybody can register it and become a sender", quotation(*name)));
    add(LintCode::dangling_include, spot, fmt::format("{} does not exist", quotation(domain)),
        {{}, section, false});
}

void Linter::look_at_regions(const Verdict& verdict) {
    bool plus_all = false;
    for (const Region& region : verdict.regions) {
        const Site site = region.decided_by;
        const Spot spot{&verdict, site};
        const Record* record = record_of(verdict, site.visit);
        const Directive* directive = directive_at(verdict, site);
        const bool all = directive != nullptr && std::holds_alternative<All>(directive->mechanism);
        if (all && region.result == Result::pass) {
            plus_all = true;
            add(LintCode::plus_all, spot, "everybody passes who gets this far");
        }
        if (region.result != Result::neutral || !speaks_for_domain(verdict, site.visit)) continue;
        if (all) add(LintCode::neutral_all, spot, "nothing is said about all other senders");
        if (site.whole() && record != nullptr)
            add(LintCode::no_all, spot,
                record->directives.empty() ? "no terms: nothing is said about any sender"
                                           : "no all at the end: nothing is said about all other senders");
    }
    const bool everybody = verdict.definite().contains(
        net::AddressSet::all(verdict.family) -
        (verdict.family == net::Family::ipv6 ? net::AddressSet(mapped_range) : net::AddressSet()));
    if (everybody && !plus_all)
        add(LintCode::everybody_passes, {&verdict, {}}, "every address passes, without +all");
}

void Linter::look_at_lookups() {
    for (const Verdict& verdict : report_.verdicts) {
        const bool exceeded = std::ranges::any_of(
            verdict.findings, [](const Finding& f) { return f.code == Code::lookup_limit; });
        if (!exceeded && verdict.lookups == input_.rules.lookup_limit)
            add(LintCode::at_lookup_limit, {&verdict, {}},
                fmt::format("uses all {} lookups allowed: {}", verdict.lookups, cost_by_term()));
    }
}

std::string Linter::cost_by_term() const {
    // The family that came further; ties are IPv4's.
    const Verdict* verdict = &wide_.verdicts.front();
    for (const Verdict& other : wide_.verdicts)
        if (other.lookups > verdict->lookups) verdict = &other;
    std::vector<std::pair<Extent, int>> costs;
    for (const TermUse& use : verdict->uses) {
        Site site = use.site;
        while (site.visit != 0)
            site = way_to(*verdict, site.visit);
        if (site.whole() || use.lookups == 0) continue;
        auto cost = std::ranges::find(costs, site.term, &std::pair<Extent, int>::first);
        if (cost == costs.end()) cost = costs.insert(costs.end(), {site.term, 0});
        cost->second += use.lookups;
    }
    std::ranges::stable_sort(costs, std::ranges::greater(), &std::pair<Extent, int>::second);
    std::string text;
    constexpr std::size_t shown = 8;
    for (std::size_t i = 0; i < std::min(costs.size(), shown); ++i) {
        const std::string_view term = verdict->visits[0].publication->record.slice(costs[i].first);
        text += fmt::format("{}{} {}", i == 0 ? "" : ", ", escape(term.substr(0, 60)), costs[i].second);
    }
    if (costs.size() > shown) text += fmt::format(", {} more", costs.size() - shown);
    return text;
}

void Linter::look_at_loops(const Verdict& verdict) {
    for (std::uint32_t visit = 1; visit < verdict.visits.size(); ++visit) {
        if (!is_loop(verdict, visit) || is_loop(verdict, verdict.visits[visit].parent)) continue;
        const bool itself = domain_key(verdict.visits[visit].domain) ==
                            domain_key(verdict.visits[verdict.visits[visit].parent].domain);
        add(LintCode::include_loop, {&verdict, way_to(verdict, visit)},
            itself ? "leads to the record that it stands in, round and round until the lookups are used up"
                   : "leads back to a record that led here, round and round until the lookups are used up");
    }
}

void Linter::look_at_repeated_includes() {
    const Verdict& verdict = wide_.verdicts.front();
    std::map<std::string, std::uint32_t> first;
    for (std::uint32_t visit = 1; visit < verdict.visits.size(); ++visit) {
        const auto [place, fresh] = first.try_emplace(domain_key(verdict.visits[visit].domain), visit);
        if (fresh || is_loop(verdict, visit)) continue;
        const Site here = way_to(verdict, visit);
        // Below a record that is repeated as a whole, or by the very same term, nothing has to be said.
        bool below = false;
        for (std::uint32_t at = here.visit; at != 0; at = verdict.visits[at].parent)
            below = below || first.at(domain_key(verdict.visits[at].domain)) != at;
        const Site before = way_to(verdict, place->second);
        const bool same_record = before.visit == here.visit;
        if (below || same_record) continue;
        if (!is_own(verdict, here.visit) && !is_own(verdict, before.visit)) continue;
        add(LintCode::repeated_include, {&verdict, here},
            fmt::format("{} was included before, by {}", quotation(verdict.visits[visit].domain),
                        beginning(path_text(verdict.visits, before), longest_quotation)),
            {{}, {}, true});
    }
}

} // namespace spfwalk::spf
