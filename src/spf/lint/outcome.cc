// What verdicts say: findings of the evaluation, who passes by which term, lookups, loops.
#include "spf/lint/linter.h"
#include "spf/lint/mistakes.h"
#include "spf/lint/words.h"

#include "spfwalk/ascii.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

/// The all that a term is, or that stands at an end of it ("~all." or "mx-all"), with its qualifier.
std::string_view all_in(std::string_view term) {
    constexpr std::size_t letters = 3;
    const std::string_view bare = without_qualifier(term);
    if (equal_ignoring_case(bare.substr(0, letters), "all")) {
        const bool is_name_of_another =
            bare.size() == term.size() && bare.size() > letters && is_letter(bare[letters]);
        return is_name_of_another ? std::string_view() : term.substr(0, term.size() - bare.size() + letters);
    }
    const std::size_t second = second_term_in(term);
    const std::string_view behind = second == term.npos ? std::string_view() : term.substr(second);
    return equal_ignoring_case(without_qualifier(behind), "all") ? behind : std::string_view();
}

/// Whether a term that is none was to be the end of the record: what it was to say is anybody's guess.
bool was_to_be_end(std::string_view term) {
    const std::string folded = lowercased(term);
    return folded.find("redirect") != folded.npos || folded.ends_with("all") ||
           nearest(name_of(without_qualifier(folded)), {}) == "all";
}

/// Whether a label begins with an underscore, as in "_spf.example.com": no host has such a name, nor sends
/// mail by it, so that its record is there to be included.
bool is_service_name(std::string_view domain) {
    return domain.starts_with('_') || domain.find("._") != domain.npos;
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
    const Region* widest = nullptr; // of those that pass
    for (const Region& region : verdict.regions) {
        if (region.result != Result::pass) continue;
        if (widest == nullptr || widest->addresses.size() < region.addresses.size()) widest = &region;
        const Directive* directive = directive_at(verdict, region.decided_by);
        if (directive == nullptr || !std::holds_alternative<All>(directive->mechanism)) continue;
        plus_all = true;
        add(LintCode::plus_all, {&verdict, region.decided_by}, "everybody passes who gets this far");
    }
    if (!plus_all && verdict.definite().contains(universe(verdict.family)))
        add(LintCode::everybody_passes, {&verdict, widest->decided_by},
            "every address passes, without +all; by this term more than by any other");
}

void Linter::look_at_end(const Spot& spot, const Record& record) {
    std::string_view before;
    for (const Directive& directive : record.directives) {
        const std::string_view term = record.slice(directive.where);
        const std::string_view all = all_in(term);
        if (all.empty()) {
            before = term;
            if (std::holds_alternative<Malformed>(directive.mechanism) && was_to_be_end(term)) return;
            continue;
        }
        // A qualifier that stands apart has a finding of its own, but is meant for this.
        const bool is_apart = before.size() == 1 && without_qualifier(before).empty();
        const char qualifier = without_qualifier(all).size() < all.size() ? all[0]
                               : is_apart                                 ? before[0]
                                                                          : '+';
        const Spot end{spot.verdict, {spot.site.visit, directive.where}};
        const auto begin = static_cast<std::uint32_t>(all.data() - record.text.data());
        const Extent where{begin, begin + static_cast<std::uint32_t>(all.size())};
        if (qualifier == '+')
            add(LintCode::plus_all, end,
                record.errors.empty() ? "everybody passes who gets this far"
                                      : "everybody would pass who gets this far, if the record had no errors",
                {where});
        if (qualifier == '?')
            add(LintCode::neutral_all, end, "nothing is said about all other senders", {where});
        return;
    }
    if (!record.redirect && !record.dropped_redirect && !is_service_name(report_.domain))
        add(LintCode::no_all, spot,
            record.directives.empty() ? "no terms: nothing is said about any sender"
                                      : "no all at the end: nothing is said about all other senders");
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
