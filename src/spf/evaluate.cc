#include "spfwalk/spf/evaluate.h"

#include "spf/evaluator.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::spf {

Result result_of(Qualifier qualifier) {
    switch (qualifier) {
    case Qualifier::pass:
        return Result::pass;
    case Qualifier::fail:
        return Result::fail;
    case Qualifier::softfail:
        return Result::softfail;
    case Qualifier::neutral:
        break;
    }
    return Result::neutral;
}

void merge(Worlds& worlds) {
    if (worlds.size() < 2) return;
    std::ranges::stable_sort(worlds, {}, &World::key);
    auto kept = worlds.begin();
    for (auto world = worlds.begin(); world != worlds.end();) {
        const auto is_other = [&](const World& more) { return more.key() != world->key(); };
        const auto end = std::find_if(std::next(world), worlds.end(), is_other);
        if (end - world > 1) {
            net::RangeList ranges;
            for (auto equal = world; equal != end; ++equal) {
                ranges.append(equal->settled().ranges());
                world->more_voids = std::max(world->more_voids, equal->more_voids);
            }
            world->addresses = net::AddressSet::from_ranges(std::move(ranges));
        }
        if (kept != world) *kept = std::move(*world);
        ++kept;
        world = end;
    }
    worlds.erase(kept, worlds.end());
}

Evaluation Evaluator::run() {
    verdict_.family = inquiry_.family;
    World start;
    start.addresses =
        inquiry_.client ? net::AddressSet({*inquiry_.client, *inquiry_.client}) : universe(inquiry_.family);
    live_.reserve(2);
    live_.push_back(std::move(start));
    done_.reserve(12); // most records have fewer terms
    std::string domain(dns::without_root_dot(inquiry_.domain));
    verdict_.visits.reserve(12); // as many as RFC 7208's limits allow
    verdict_.visits.push_back({Visit::no_parent, {}, std::move(domain), nullptr});
    if (inquiry_.audit) verdict_.uses.push_back({{0, {}}, 0, 0, std::nullopt});
    check_host(0, inquiry_.record ? inquiry_.record : record_question(verdict_.visits.front().domain));
    if (inquiry_.explain)
        for (const Outcome& outcome : done_)
            if (outcome.result == Result::fail) explain(outcome);
    Evaluation result;
    auto wanted = wanted_.take();
    result.wanted.reserve(wanted.size());
    for (auto& [question, speculative] : wanted)
        result.wanted.push_back({std::move(question), speculative});
    if (result.complete()) gather_regions();
    result.verdict = std::move(verdict_);
    return result;
}

void Evaluator::gather_regions() {
    verdict_.regions.reserve(done_.size());
    for (Outcome& outcome : done_) {
        verdict_.lookups = std::max(verdict_.lookups, outcome.world.lookups);
        verdict_.voids = std::max(verdict_.voids, outcome.world.voids + outcome.world.more_voids);
        const bool is_told = outcome.result == Result::pass || !outcome.world.within;
        verdict_.regions.push_back({is_told ? std::move(outcome.world.settled()) : net::AddressSet(),
                                    outcome.result, outcome.site, outcome.world.unlikely,
                                    std::move(outcome.shared)});
    }
}

std::optional<dns::Question> record_question(std::string_view domain) {
    auto name = dns::Name::from_domain(domain);
    if (!name || name->label_count() < 2) return std::nullopt;
    return dns::Question{std::move(*name), dns::Type::txt};
}

void Evaluator::check_host(std::uint32_t visit, const std::optional<dns::Question>& question) {
    const Site whole{visit, {}};
    if (!question) {
        find_missing(Code::bad_name, visit, verdict_.visits[visit].domain);
        return finish_all(Result::none, whole);
    }
    const dns::Answer* answer = ask(*question);
    if (answer == nullptr) return suppose(whole);
    const PublicationPtr& found = verdict_.visits[visit].publication = publication(*answer, rules_.grammar);
    switch (found->kind) {
    case Publication::Kind::failure: // §4.4
        find_failure(whole, *question, *answer);
        return finish_all(Result::temperror, whole);
    case Publication::Kind::none: // §4.5
        find_missing(Code::no_record, visit,
                     answer->status == dns::Status::no_name ? "the name does not exist" : std::string());
        return finish_all(Result::none, whole);
    case Publication::Kind::several:
        find(Code::several_records, whole);
        return finish_all(Result::permerror, whole);
    case Publication::Kind::record:
        break;
    }
    const Frame frame{visit, question->name, found->record};
    if (!accept_syntax(frame, *found)) finish_all(Result::permerror, whole); // §4.6
    evaluate_record(frame);
}

bool Evaluator::accept_syntax(const Frame& frame, const Publication& found) {
    const Record& record = frame.record;
    const Site whole{frame.visit, {}};
    if (rules_.grammar == Grammar::strict ||
        std::ranges::any_of(record.errors, &SyntaxError::repeated_modifier)) {
        for (const SyntaxError& error : record.errors)
            find(Code::syntax, whole, error.what, error.where);
        return record.errors.empty();
    }
    const bool has_separator = record.text.find_first_of("\t\r\n") != std::string::npos;
    if (record.errors.empty() && !found.repeated && !has_separator) return true;
    // A record that is come to again and again says it once.
    const PublicationPtr& publication = verdict_.visits[frame.visit].publication;
    if (std::ranges::find(verdict_.visits, publication, &Visit::publication) !=
        verdict_.visits.begin() + frame.visit)
        return true;
    if (found.repeated) find(Code::lenient_repeated, whole);
    if (has_separator) find(Code::lenient_separator, whole);
    for (const SyntaxError& error : record.errors)
        find(Code::lenient_dropped, whole, error.what, error.where);
    return true;
}

void Evaluator::evaluate_record(const Frame& frame) {
    for (const Directive& directive : frame.record.directives) { // §4.6.2
        if (live_.empty()) return;
        const Site site{frame.visit, directive.where};
        if (gave_up(site)) return;
        const Using use(*this, site);
        std::visit([&](const auto& mechanism) { apply(frame, directive, mechanism, site); },
                   directive.mechanism);
    }
    if (live_.empty()) return;
    if (frame.record.redirect) return redirect(frame, *frame.record.redirect);
    if (frame.record.dropped_redirect && takes_away_) { // lenient only, see look_past()
        const Site site{frame.visit, *frame.record.dropped_redirect};
        find(Code::lenient_undecidable, site);
        return end_undecided(site, [](const World&) {});
    }
    finish_all(Result::neutral, {frame.visit, {}}); // §4.7
}

void Evaluator::begin_use(Site site) {
    current_use_ = verdict_.uses.size();
    verdict_.uses.push_back({site, 0, 0, std::nullopt});
}

void Evaluator::redirect(const Frame& frame, const Modifier& modifier) {
    const Site site{frame.visit, modifier.where};
    if (gave_up(site)) return;
    const Using use(*this, site);
    if (!count_lookup(site)) return;
    const Target target = expand_target(frame, modifier.domain, site);
    switch (target.state) {
    case Target::State::pending:
        return suppose(site);
    case Target::State::undecidable:
        return end_undecided(site, [&](const World& world) {
            finish(unlikely(world), Result::permerror, site); // the record may be missing or broken
        });
    case Target::State::unmatched: // as a malformed one (§6.1)
        return finish_all(Result::permerror, site);
    case Target::State::malformed:
    case Target::State::name:
        break;
    }
    const std::size_t before = done_.size();
    visit(frame, modifier.where, target.text);
    for (Outcome& outcome : std::span(done_).subspan(before))
        if (outcome.result == Result::none) outcome.result = Result::permerror;
}

void Evaluator::visit(const Frame& frame, Extent via, std::string_view domain) {
    work_ += 64;
    if (const PartitionPtr partition = partition_for(domain)) return reuse(partition, frame, via);
    const auto child = static_cast<std::uint32_t>(verdict_.visits.size());
    verdict_.visits.push_back({frame.visit, via, std::string(domain), nullptr});
    check_host(child, record_question(domain));
}

void Evaluator::find(Code code, Site site, std::string detail, Extent where) {
    work_ += 8; // for the memory that it keeps
    verdict_.findings.push_back({code, site, where, std::move(detail), {}});
}

void Evaluator::find_once_here(Code code, Site site, std::string detail) {
    const Finding finding{code, site, {}, std::move(detail), {}};
    if (std::ranges::find(verdict_.findings, finding) == verdict_.findings.end())
        verdict_.findings.push_back(finding);
}

void Evaluator::find_once(Code code, Site site) {
    if (std::ranges::find(verdict_.findings, code, &Finding::code) == verdict_.findings.end())
        find(code, site);
}

void Evaluator::find_missing(Code code, std::uint32_t visit, std::string detail) {
    const Visit& missing = verdict_.visits[visit];
    const bool included = missing.parent != Visit::no_parent && !is_redirect(missing);
    const bool lenient = included && rules_.grammar == Grammar::lenient;
    find(lenient ? Code::lenient_dead_include : code, {visit, {}}, std::move(detail));
}

bool Evaluator::is_redirect(const Visit& visit) const {
    return verdict_.visits[visit.parent].publication->record.is_redirect(visit.via);
}

void Evaluator::find_failure(Site site, const dns::Question& question, const dns::Answer& answer) {
    find(Code::dns_failure, site, fmt::format("{}: {}", dns::to_text(question), dns::describe(answer)));
    if (answer.failure == dns::Failure::rcode) verdict_.findings.back().rcode = answer.rcode;
}

Rules Rules::lenient() {
    Rules rules;
    rules.grammar = Grammar::lenient;
    rules.lookup_limit = 50;
    rules.void_limit = std::nullopt;
    return rules;
}

Evaluation evaluate(const Evidence& evidence, const Inquiry& inquiry, const Rules& rules,
                    Partitions* partitions) {
    const bool for_all = !inquiry.client && !inquiry.audit && !inquiry.explain;
    if (partitions != nullptr && for_all && rules.grammar == Grammar::strict && rules.void_limit) {
        Evaluator evaluator(evidence, inquiry, rules, partitions);
        Evaluation evaluation = evaluator.run();
        const Verdict& verdict = evaluation.verdict;
        if (verdict.undecidable && evaluation.complete() &&
            std::ranges::any_of(verdict.regions,
                                [](const Region& region) { return region.shared != nullptr; })) {
            Inquiry apart = inquiry;
            apart.share_regions = false;
            return evaluate(evidence, apart, rules, partitions);
        }
        if (!evaluator.overcharged()) return evaluation;
    }
    return Evaluator(evidence, inquiry, rules, nullptr).run();
}

} // namespace spfwalk::spf
