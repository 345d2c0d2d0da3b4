#include "spf/lint/linter.h"

#include "spfwalk/dns/name.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

/// The place of a finding that was not kept.
constexpr std::size_t left_out = std::numeric_limits<std::size_t>::max();

/// Whether a finding is about all records together, in whichever of them it shows.
bool is_about_the_whole(LintCode code) {
    return code == LintCode::lookup_limit || code == LintCode::void_limit ||
           code == LintCode::repeated_include || code == LintCode::work_limit;
}

} // namespace

Linter::Linter(const LintInput& input)
    : input_(input),
      report_(*input.report),
      wide_(input.unlimited != nullptr ? *input.unlimited : *input.report),
      own_(registrable(input.report->domain)) {}

LintFindings Linter::run() {
    // The order of records in what is said: as the walk came upon them.
    for (const Verdict& verdict : wide_.verdicts)
        for (std::uint32_t visit = 0; visit < verdict.visits.size(); ++visit)
            record_number(verdict, visit);
    for (const Verdict& verdict : report_.verdicts)
        look_at_findings(verdict, true);
    if (&wide_ != &report_)
        for (const Verdict& verdict : wide_.verdicts)
            look_at_findings(verdict, false);
    look_at_lookups();
    for (const Verdict& verdict : wide_.verdicts) {
        look_at_loops(verdict);
        look_at_regions(verdict);
        look_at_uses(verdict);
        for (std::uint32_t visit = 0; visit < verdict.visits.size(); ++visit) {
            if (const Record* record = record_of(verdict, visit); record && speaks_for_domain(verdict, visit))
                look_at_end({&verdict, {visit, {}}}, *record);
            const std::string key = domain_key(verdict.visits[visit].domain);
            if (!is_own(verdict, visit) || !own_records_.insert(key).second) continue;
            const Spot spot{&verdict, {visit, {}}};
            look_at_texts(spot);
            if (record_of(verdict, visit) != nullptr) look_at_record(spot);
        }
    }
    look_at_repeated_includes();
    look_at_type_99();
    look_for_coverage();
    drop_echoes();

    std::ranges::stable_sort(entries_, {}, [](const Entry& entry) {
        const LintFinding& finding = entry.finding;
        return std::tuple(entry.record, finding.where.begin, finding.where.end, finding.code);
    });
    LintFindings result;
    for (Entry& entry : entries_) {
        if (!entry.families[0] || !entry.families[1])
            entry.finding.only = entry.families[0] ? net::Family::ipv4 : net::Family::ipv6;
        result.found.push_back(std::move(entry.finding));
    }
    for (const auto& [code, count] : counts_)
        if (count > most_of_a_code) result.omitted.push_back({code, count - most_of_a_code});
    return result;
}

void Linter::drop_echoes() {
    std::vector<std::pair<std::size_t, Extent>> causes; // a record and where in it
    std::vector<std::pair<std::size_t, Extent>> widest;
    for (const Entry& entry : entries_) {
        if (entry.finding.code == LintCode::run_together || entry.finding.code == LintCode::bad_domain)
            causes.emplace_back(entry.record, entry.finding.where);
        if (entry.finding.code == LintCode::everybody_passes)
            widest.emplace_back(entry.record, entry.finding.where);
    }
    std::erase_if(entries_, [&](const Entry& entry) {
        switch (entry.finding.code) {
        case LintCode::wide_prefix:
            return std::ranges::find(widest, std::pair(entry.record, entry.finding.where)) != widest.end();
        case LintCode::dangling_include:
        case LintCode::dead_include:
        case LintCode::void_lookup:
        case LintCode::void_for_one_family:
            break;
        default:
            return false;
        }
        const Extent where = entry.finding.where;
        return std::ranges::any_of(causes, [&](const auto& cause) {
            return cause.first == entry.record && where.begin <= cause.second.begin &&
                   cause.second.end <= where.end;
        });
    });
}

void Linter::add(LintCode code, const Spot& spot, std::string text, Extra extra) {
    const Verdict& verdict = *spot.verdict;
    const Visit& visit = verdict.visits[spot.site.visit];
    const Extent where = extra.where.begin == extra.where.end ? spot.site.term : extra.where;
    const auto family = static_cast<std::size_t>(verdict.family);
    const std::size_t record = record_number(verdict, spot.site.visit);
    const std::string key = fmt::format("{} {} {} {} {} {}", static_cast<int>(code), record,
                                        spot.site.term.begin, where.begin, where.end, text);
    const auto [place, fresh] = places_.try_emplace(key, entries_.size());
    if (fresh && ++counts_[code] > most_of_a_code) place->second = left_out;
    if (place->second == left_out) return;
    if (fresh) {
        LintFinding finding;
        finding.code = code;
        for (const std::string_view term : path(verdict.visits, spot.site))
            finding.path.push_back(beginning(term, longest_quotation));
        finding.domain = visit.domain;
        if (record_of(verdict, spot.site.visit) != nullptr) finding.publication = visit.publication;
        finding.where = where;
        finding.text = std::move(text);
        finding.advice = advice_at(
            spot, code, extra.advice.empty() ? std::string(finding.rule().advice) : std::move(extra.advice));
        finding.section =
            extra.section.empty() ? std::string(finding.rule().section) : std::move(extra.section);
        entries_.push_back({std::move(finding), record, {false, false}});
    }
    Entry& entry = entries_[place->second];
    entry.families[family] = true;
    if (extra.both) entry.families[0] = entry.families[1] = true;
}

std::string Linter::advice_at(const Spot& spot, LintCode code, std::string cure) const {
    const Verdict& verdict = *spot.verdict;
    std::uint32_t visit = spot.site.visit;
    if (is_own(verdict, visit) || is_about_the_whole(code)) return cure;
    while (!is_own(verdict, verdict.visits[visit].parent))
        visit = verdict.visits[visit].parent;
    const Site way = way_to(verdict, visit);
    return fmt::format("tell the owner of {}, or do without {}; what helps there: {}",
                       quotation(verdict.visits[spot.site.visit].domain),
                       quotation(verdict.visits[way.visit].publication->record.slice(way.term)), cure);
}

std::size_t Linter::record_number(const Verdict& verdict, std::uint32_t visit) {
    const auto [number, fresh] = record_numbers_.try_emplace({&verdict, visit}, 0);
    if (fresh)
        number->second =
            records_.try_emplace(path_text(verdict.visits, way_to(verdict, visit)), records_.size())
                .first->second;
    return number->second;
}

std::string Linter::registrable(const std::string& domain) const {
    std::string name = domain_key(domain);
    return input_.registrable(name).value_or(name);
}

bool Linter::is_own(const Verdict& verdict, std::uint32_t visit) const {
    return visit == 0 || registrable(verdict.visits[visit].domain) == own_;
}

const dns::Answer* Linter::answer(const std::string& domain, dns::Type type) const {
    const auto name = dns::Name::from_domain(domain);
    return name ? input_.answers->find({*name, type}) : nullptr;
}

std::vector<std::uint32_t> Linter::visits_by(const Verdict& verdict, Site site) {
    std::vector<std::uint32_t> result;
    for (std::uint32_t visit = site.visit + 1; visit < verdict.visits.size(); ++visit)
        if (verdict.visits[visit].parent == site.visit && verdict.visits[visit].via == site.term)
            result.push_back(visit);
    return result;
}

Site Linter::way_to(const Verdict& verdict, std::uint32_t visit) {
    const Visit& there = verdict.visits[visit];
    return there.parent == Visit::no_parent ? Site{0, {}} : Site{there.parent, there.via};
}

const Record* Linter::record_of(const Verdict& verdict, std::uint32_t visit) {
    const PublicationPtr& publication = verdict.visits[visit].publication;
    return publication && publication->kind == Publication::Kind::record ? &publication->record : nullptr;
}

const Directive* Linter::directive_at(const Verdict& verdict, Site site) {
    const Record* record = record_of(verdict, site.visit);
    if (record == nullptr || site.whole()) return nullptr;
    const auto found =
        std::ranges::lower_bound(record->directives, site.term.begin, {},
                                 [](const Directive& directive) { return directive.where.begin; });
    return found == record->directives.end() || found->where != site.term ? nullptr : &*found;
}

std::string Linter::domain_key(const std::string& domain) {
    const auto name = dns::Name::from_domain(domain);
    return name ? name->to_text() : domain;
}

bool Linter::is_loop(const Verdict& verdict, std::uint32_t visit) {
    const std::string key = domain_key(verdict.visits[visit].domain);
    for (std::uint32_t at = verdict.visits[visit].parent; at != Visit::no_parent;
         at = verdict.visits[at].parent)
        if (domain_key(verdict.visits[at].domain) == key) return true;
    return false;
}

bool speaks_for_domain(const Verdict& verdict, std::uint32_t visit) {
    for (; verdict.visits[visit].parent != Visit::no_parent; visit = verdict.visits[visit].parent)
        if (!is_redirect_term(verdict, {verdict.visits[visit].parent, verdict.visits[visit].via}))
            return false;
    return true;
}

bool is_redirect_term(const Verdict& verdict, Site site) {
    const PublicationPtr& publication = verdict.visits[site.visit].publication;
    return publication && publication->record.is_redirect(site.term);
}

bool wants_unlimited(const Report& report) {
    bool exceeded = false;
    for (const Verdict& verdict : report.verdicts) {
        for (const Finding& finding : verdict.findings) {
            if (finding.code != Code::lookup_limit && finding.code != Code::void_limit) continue;
            exceeded = true;
            for (std::uint32_t at = finding.site.visit; at != Visit::no_parent;
                 at = verdict.visits[at].parent)
                for (std::uint32_t above = verdict.visits[at].parent; above != Visit::no_parent;
                     above = verdict.visits[above].parent)
                    if (verdict.visits[above].domain == verdict.visits[at].domain) return false;
        }
    }
    return exceeded;
}

Rules unlimited(Rules rules) {
    rules.lookup_limit = 100; // the largest real trees need 83
    rules.void_limit = std::nullopt;
    return rules;
}

LintFindings lint(const LintInput& input) {
    return Linter(input).run();
}

} // namespace spfwalk::spf
