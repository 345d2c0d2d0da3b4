// The mechanisms of RFC 7208 §5, and the steps they share.
#include "dns/duplicates.h"
#include "spf/evaluator.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

const MacroString* spec_of(const std::optional<MacroString>& domain) {
    return domain ? &*domain : nullptr;
}

/// Removes, in place and in order, what `keep` says no to of the items behind the first few; that may have
/// been moved from.
template <class Items, class Keep>
void keep_if(Items& items, std::size_t first, Keep keep) {
    auto end = std::next(items.begin(), static_cast<std::ptrdiff_t>(first));
    for (auto item = end; item != items.end(); ++item) {
        if (!keep(*item)) continue;
        if (end != item) *end = std::move(*item);
        ++end;
    }
    items.erase(end, items.end());
}

} // namespace

void Evaluator::apply(const Frame&, const Directive& directive, const All&, Site site) {
    finish_all(result_of(directive.qualifier), site);
}

void Evaluator::apply(const Frame&, const Directive& directive, const Ip& ip, Site site) {
    if (ip.prefix.family == inquiry_.family) match(directive, {&ip.prefix, 1}, site);
}

void Evaluator::apply(const Frame& frame, const Directive& directive, const Include& include, Site site) {
    if (!count_lookup(site)) return;
    const Target target = expand_target(frame, include.domain, site);
    if (target.state == Target::State::pending) return suppose(directive, site);
    if (target.state == Target::State::unmatched) return;
    if (target.state == Target::State::undecidable) {
        fork(directive, site, [&](const World& world) {
            finish(unlikely(world), Result::permerror, site); // the record may be missing or broken
        });
        return;
    }
    const std::size_t before = done_.size();
    const bool passes = directive.qualifier == Qualifier::pass;
    const bool may_pass_before = std::exchange(may_pass_, may_pass_ && passes);
    const bool takes_away_before = std::exchange(takes_away_, takes_away_ == passes);
    visit(frame, directive.where, target.text);
    may_pass_ = may_pass_before;
    takes_away_ = takes_away_before;
    keep_if(done_, before, [&](Outcome& outcome) { // §5.2, the table
        switch (outcome.result) {
        case Result::pass:
            outcome.result = result_of(directive.qualifier);
            return true;
        case Result::none:
            if (rules_.grammar == Grammar::lenient) break;
            outcome.result = Result::permerror;
            return true;
        case Result::temperror:
        case Result::permerror:
            return true;
        case Result::fail:
        case Result::softfail:
        case Result::neutral:
            break;
        }
        live_.push_back(std::move(outcome.world));
        return false;
    });
    merge(live_);
}

void Evaluator::apply(const Frame& frame, const Directive& directive, const A& a, Site site) {
    if (!count_lookup(site)) return;
    const Target target = resolve(frame, spec_of(a.domain), site);
    if (target.state == Target::State::undecidable) {
        fork(directive, site, [&](const World& world) {
            // Whether the name exists is unknown too.
            if (!rules_.void_limit) return;
            World more = unlikely(world);
            if (++more.voids > *rules_.void_limit)
                finish(std::move(more), Result::permerror, site);
            else
                live_.push_back(std::move(more));
        });
    }
    if (!is_named(directive, target, site)) return;
    const dns::Answer* answer = lookup(directive, {target.name, address_type_}, site);
    if (answer != nullptr) match(directive, prefixes(*answer, a.lengths), site);
}

void Evaluator::apply(const Frame& frame, const Directive& directive, const Mx& mx, Site site) {
    if (!count_lookup(site)) return;
    const Target target = resolve(frame, spec_of(mx.domain), site);
    if (target.state == Target::State::undecidable) {
        fork(directive, site, [&](const World& world) {
            finish(unlikely(world), Result::permerror, site); // too many names, too many voids
        });
    }
    if (!is_named(directive, target, site)) return;
    const dns::Answer* answer = lookup(directive, {target.name, dns::Type::mx}, site);
    if (answer == nullptr || live_.empty()) return;
    const std::size_t records = std::get<dns::Exchanges>(answer->records).size();
    if (records > rules_.mx_limit && rules_.grammar == Grammar::strict) { // §4.6.4
        find(Code::mx_limit, site, fmt::format("{}", records));
        return finish_all(Result::permerror, site);
    }
    std::vector<dns::Name> hosts = exchanges(*answer);
    dns::drop_duplicates(hosts);
    const bool has_too_many = hosts.size() > rules_.mx_limit;
    if (has_too_many) {
        find(Code::lenient_mx, site, fmt::format("{}", hosts.size()));
        hosts.resize(rules_.mx_limit);
    }
    if (rules_.mx_order == MxOrder::eager)
        match_all_hosts(directive, mx.lengths, hosts, site);
    else
        match_hosts_in_order(directive, mx.lengths, hosts, site);
    if (has_too_many && !live_.empty()) look_past(directive, site); // the other hosts may match any address
}

void Evaluator::match_all_hosts(const Directive& directive, CidrLengths lengths,
                                std::span<const dns::Name> hosts, Site site) {
    std::vector<net::Prefix> found;
    int voids = 0;
    bool pending = false;
    bool failed = false;
    for (const dns::Name& host : hosts) {
        const dns::Question question{host, address_type_};
        const dns::Answer* answer = ask(question);
        if (answer == nullptr) {
            pending = true;
        } else if (answer->status == dns::Status::failure) {
            find_failure(site, question, *answer);
            failed = true;
        } else if (answer->status == dns::Status::records) {
            const auto more = prefixes(*answer, lengths);
            found.insert(found.end(), more.begin(), more.end());
        } else {
            ++voids;
        }
    }
    if (pending) return suppose(directive, site);
    if (failed) return finish_all(Result::temperror, site);
    add_voids(voids, site);
    match(directive, found, site);
}

void Evaluator::match_hosts_in_order(const Directive& directive, CidrLengths lengths,
                                     std::span<const dns::Name> hosts, Site site) {
    for (const dns::Name& host : hosts) {
        if (live_.empty()) return;
        const dns::Answer* answer = lookup(directive, {host, address_type_}, site);
        if (answer != nullptr) match(directive, prefixes(*answer, lengths), site);
    }
}

void Evaluator::apply(const Frame& frame, const Directive& directive, const Exists& exists, Site site) {
    if (!count_lookup(site)) return;
    const Target target = resolve(frame, &exists.domain, site);
    if (target.state == Target::State::undecidable) {
        const Worlds before = live_;
        fork(directive, site, [](const World&) {});
        add_voids(1, site); // not matching is a void lookup …
        for (const World& world : before)
            if (rules_.void_limit) live_.push_back(unlikely(world)); // … unless the name cannot be asked
        merge(live_);
    }
    if (!is_named(directive, target, site)) return;
    // An A record, whatever the family of the client.
    const dns::Answer* answer = lookup(directive, {target.name, dns::Type::a}, site);
    if (answer != nullptr && answer->status == dns::Status::records)
        finish_all(result_of(directive.qualifier), site);
}

void Evaluator::apply(const Frame& frame, const Directive& directive, const Ptr& ptr, Site site) {
    if (!count_lookup(site)) return;
    const Target target = resolve(frame, spec_of(ptr.domain), site);
    const bool is_known = is_named(directive, target, site);
    if (target.state == Target::State::undecidable || (is_known && !inquiry_.client)) {
        if (is_known) find(Code::undecidable, site, "ptr");
        fork(directive, site, [&](const World& world) {
            if (rules_.void_limit) finish(unlikely(world), Result::permerror, site);
        });
        return;
    }
    if (!is_known) return; // nothing is looked up for a name that nothing can match (§4.8)
    const Validation validation = validate(live_);
    if (validation.pending) return suppose(directive, site);
    add_voids(validation.voids, site);
    const bool matches = std::ranges::any_of(
        validation.names, [&](const dns::Name& name) { return name.is_within(target.name); });
    if (matches) finish_all(result_of(directive.qualifier), site);
}

void Evaluator::apply(const Frame&, const Directive& directive, const Malformed&, Site site) {
    look_past(directive, site);
}

void Evaluator::look_past(const Directive& directive, Site site) {
    const bool passes = directive.qualifier == Qualifier::pass;
    if (passes != takes_away_) return;
    find(Code::lenient_undecidable, site);
    fork(directive, site, [](const World&) {});
}

World Evaluator::unlikely(World world) {
    world.unlikely = true;
    return world;
}

void Evaluator::match(const Directive& directive, std::span<const net::Prefix> found, Site site) {
    if (TermUse* use = current_use()) use->found.insert(use->found.end(), found.begin(), found.end());
    if (found.empty()) return;
    for (World& world : live_) {
        net::AddressSet& addresses = world.settled();
        for (const net::Prefix& prefix : found) {
            if (work_ > rules_.work_limit) break; // the end of all; see below
            work_ += 1 + addresses.ranges().size() / 64;
            net::AddressSet taken = addresses.take(prefix.range());
            if (taken.empty()) continue;
            work_ += 8; // for the memory that it keeps
            if (matched_) matched_->append(taken.ranges());
            done_.push_back({world.with(std::move(taken)), result_of(directive.qualifier), site});
        }
    }
    std::erase_if(live_, [](const World& world) { return world.addresses.empty(); });
    if (!live_.empty()) (void)gave_up(site);
}

bool Evaluator::count_lookup(Site site) {
    bool exceeded = false;
    bool relaxed = false;
    keep_if(live_, 0, [&](World& world) {
        ++work_;
        if (world.lookups == rules_.lookup_limit) {
            exceeded = true;
            finish(std::move(world), Result::permerror, site);
            return false;
        }
        ++world.lookups;
        relaxed = relaxed || (rules_.grammar == Grammar::lenient && world.lookups > Rules{}.lookup_limit);
        return true;
    });
    if (TermUse* use = current_use(); use != nullptr && !live_.empty()) use->lookups = 1;
    if (exceeded) find(Code::lookup_limit, site, fmt::format("{}", rules_.lookup_limit));
    if (relaxed) find_once(Code::lenient_lookups, site);
    return !live_.empty();
}

void Evaluator::add_voids(int count, Site site) {
    if (count == 0) return;
    if (TermUse* use = current_use()) use->voids += count;
    bool exceeded = false;
    bool relaxed = false;
    keep_if(live_, 0, [&](World& world) {
        world.voids += count;
        if (!rules_.void_limit) {
            world.more_voids += std::max(world.voids - void_ceiling, 0);
            world.voids = std::min(world.voids, void_ceiling);
            relaxed = relaxed || world.voids > Rules{}.void_limit;
        } else if (world.voids > *rules_.void_limit) {
            exceeded = true;
            finish(std::move(world), Result::permerror, site);
            return false;
        }
        return true;
    });
    merge(live_);
    if (exceeded) find_once_here(Code::void_limit, site, fmt::format("{}", *rules_.void_limit));
    if (relaxed && rules_.grammar == Grammar::lenient) find_once(Code::lenient_voids, site);
}

void Evaluator::give_up(Site site) {
    find_once(Code::work_limit, site);
    finish_all(Result::temperror, site);
}

} // namespace spfwalk::spf
