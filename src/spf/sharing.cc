// What evaluations share: partitions of records that many domains include. The conditions under which that
// changes nothing are in docs/design.md, "Sharing".
#include "spf/evaluator.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>

namespace spfwalk::spf {

namespace {

void note_passing(Partition& partition) {
    net::RangeList passing;
    for (const Partition::Part& part : partition.parts) {
        if (part.result != Result::pass) continue;
        if (!part.passes()) return; // "+all": what it passes depends on what comes to it
        passing.append(part.addresses.ranges());
        partition.passing_lookups = std::max(partition.passing_lookups, part.lookups);
        partition.passing_voids = std::max(partition.passing_voids, part.voids);
    }
    partition.passing = net::AddressSet::from_ranges(std::move(passing));
}

} // namespace

PartitionPtr Evaluator::partition_for(std::string_view domain) {
    if (partitions_ == nullptr || live_.size() != 1) return nullptr;
    Partitions::Entry& before = partitions_->entry(domain, inquiry_.family);
    PartitionPtr partition = before.partition;
    if (!partition) {
        // Not while one is looked for: records that include one another could then go on without end.
        if (++before.uses < before.due || is_alone_) return nullptr;
        // A record that is cheap where it is met may be dear when it is looked at alone.
        if (spent_on_partitions_ > rules_.work_limit / 4) return nullptr;
        before.due = 2 * before.uses;
        partition = find_partition(domain);
        if (!partition) return nullptr;
        partitions_->entry(domain, inquiry_.family).partition = partition; // looking may have moved it
        partitions_->grew(*partition);
    }
    World& world = live_.front();
    const bool fits = world.lookups + partition->lookups <= rules_.lookup_limit &&
                      world.voids + partition->voids <= *rules_.void_limit &&
                      !partition->matched.contains(world.settled());
    return fits ? partition : nullptr;
}

void Evaluator::run_alone(std::string_view domain, net::AddressSet addresses) {
    is_alone_ = true;
    verdict_.visits.push_back({Visit::no_parent, {}, std::string(domain), nullptr});
    live_.push_back({std::move(addresses)});
    check_host(0, record_question(domain));
}

bool Evaluator::is_context_free() const {
    return wanted_.empty() && verdict_.findings.empty() && !verdict_.undecidable && !needs_context_;
}

PartitionPtr Evaluator::find_partition(std::string_view domain) {
    const net::AddressSet& everything = universe(inquiry_.family);
    Rules rules = rules_;
    rules.work_limit /= 32; // of what is dearer, no inclusion could be charged
    Evaluator all(evidence_, inquiry_, rules, partitions_);
    all.matched_.emplace();
    all.run_alone(domain, everything);
    spent_on_partitions_ += all.work_;
    if (!all.is_context_free()) return nullptr;
    auto result = std::make_shared<Partition>();
    result->matched = net::AddressSet::from_ranges(std::move(*all.matched_));
    const net::AddressSet unmatched = everything - result->matched;
    if (unmatched.empty()) return nullptr;
    // An address that no term matches must come to all that any address comes to. (Those that a term of a
    // record below takes out of a "+all" further on may come to more.)
    const net::Address any = unmatched.ranges().front().first;
    Evaluator one(evidence_, inquiry_, rules, partitions_);
    one.run_alone(domain, net::AddressSet({any, any}));
    spent_on_partitions_ += one.work_;
    if (one.verdict_.visits.size() != all.verdict_.visits.size() || one.verdict_.ttl != all.verdict_.ttl)
        return nullptr;
    result->visits = std::move(all.verdict_.visits);
    result->ttl = all.verdict_.ttl;
    result->work = all.work_;
    result->uses = all.uses_;
    result->parts.reserve(all.done_.size());
    for (Outcome& outcome : all.done_) {
        result->lookups = std::max(result->lookups, outcome.world.lookups);
        result->voids = std::max(result->voids, outcome.world.voids);
        const bool is_matched = result->matched.contains(outcome.world.addresses);
        if (!is_matched)
            result->unmatched = result->parts.size();
        else if (outcome.result != Result::pass)
            result->has_matched_rest = true;
        result->parts.push_back({std::move(outcome.world.addresses), outcome.result, outcome.site,
                                 outcome.world.lookups, outcome.world.voids, is_matched});
    }
    // What no term matched takes the same path, so it is all in one part.
    if (std::ranges::count(result->parts, false, &Partition::Part::is_matched) != 1) return nullptr;
    note_passing(*result);
    return result;
}

void Evaluator::add_part(const Partition::Part& part, const World& world, bool has_all, Site site) {
    net::AddressSet addresses =
        has_all && part.is_matched ? part.addresses : world.addresses & part.addresses;
    finish(world.with(std::move(addresses), part.lookups, part.voids), part.result, site);
}

void Evaluator::reuse_whole(const PartitionPtr& partition, World world, Site via) {
    done_.push_back({world.with(partition->passing, partition->passing_lookups, partition->passing_voids),
                     Result::pass, via, partition});
    if (partition->has_matched_rest)
        for (const Partition::Part& part : partition->parts)
            if (part.is_matched && !part.passes()) add_part(part, world, true, via);
    const Partition::Part& rest = partition->parts[partition->unmatched];
    World left = world.with(std::move(world.addresses), rest.lookups, rest.voids);
    left.within = {partition, &rest.addresses};
    finish(std::move(left), rest.result, via);
}

void Evaluator::reuse(const PartitionPtr& partition, const Frame& frame, Extent via) {
    has_shared_ = true;
    verdict_.ttl = dns::smaller_ttl(verdict_.ttl, partition->ttl);
    if (matched_) matched_->append(partition->matched.ranges());
    World world = std::move(live_.front());
    live_.clear();
    // Never less than it would have been: a term is applied to no more ranges than both have together.
    work_ += partition->work * (2 + world.addresses.ranges().size() / 64);
    uses_ += partition->uses;
    // Mostly nobody before has taken any of what is matched here, and then most parts are whole.
    const bool has_all = world.addresses.contains(partition->matched);
    if (inquiry_.share_regions && may_pass_ && !is_alone_ && has_all && !partition->passing.empty())
        return reuse_whole(partition, std::move(world), {frame.visit, via});
    const auto first = static_cast<std::uint32_t>(verdict_.visits.size());
    for (const Visit& visit : partition->visits) {
        const bool is_first = visit.parent == Visit::no_parent;
        verdict_.visits.push_back({is_first ? frame.visit : first + visit.parent, is_first ? via : visit.via,
                                   visit.domain, visit.publication});
    }
    for (const Partition::Part& part : partition->parts)
        add_part(part, world, has_all, {part.site.visit + first, part.site.term});
}

} // namespace spfwalk::spf
