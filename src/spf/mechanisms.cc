// The mechanisms of RFC 7208 §5, and the steps they share.
#include "spf/evaluator.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

const MacroString* spec_of(const std::optional<MacroString>& domain) {
    return domain ? &*domain : nullptr;
}

/// Removes, in place and in order, what `keep` says no to; that may have been moved from.
template <class Keep>
void keep_if(Worlds& worlds, Keep keep) {
    auto end = worlds.begin();
    for (World& world : worlds) {
        if (!keep(world)) continue;
        if (&*end != &world) *end = std::move(world);
        ++end;
    }
    worlds.erase(end, worlds.end());
}

} // namespace

void Evaluator::apply(Frame& frame, const Directive& directive, const All&, Site site) {
    frame.finish_all(result_of(directive.qualifier), site);
}

void Evaluator::apply(Frame& frame, const Directive& directive, const Ip& ip, Site site) {
    if (ip.prefix.family == inquiry_.family) match(frame, directive, {&ip.prefix, 1}, site);
}

void Evaluator::apply(Frame& frame, const Directive& directive, const Include& include, Site site) {
    if (!count_lookup(frame, site)) return;
    Target target = expand_target(frame, include.domain, site);
    if (target.state == Target::State::pending) return suppose(frame, directive, site);
    if (target.state == Target::State::undecidable) {
        fork(frame, directive, site, [&](const World& world) {
            frame.finish(unlikely(world), Result::permerror, site); // the record may be missing or broken
        });
        return;
    }
    Worlds live;
    const bool may_pass_before =
        std::exchange(may_pass_, may_pass_ && directive.qualifier == Qualifier::pass);
    Outcomes outcomes = visit(frame, directive.where, std::move(target.text));
    may_pass_ = may_pass_before;
    frame.done.reserve(frame.done.size() + outcomes.size() + frame.record.directives.size());
    for (Outcome& outcome : outcomes) { // §5.2, the table
        switch (outcome.result) {
        case Result::pass:
            outcome.result = result_of(directive.qualifier);
            frame.done.push_back(std::move(outcome));
            break;
        case Result::fail:
        case Result::softfail:
        case Result::neutral:
            live.push_back(std::move(outcome.world));
            break;
        case Result::none:
            if (rules_.grammar == Grammar::lenient) {
                live.push_back(std::move(outcome.world));
                break;
            }
            outcome.result = Result::permerror;
            [[fallthrough]];
        case Result::temperror:
        case Result::permerror:
            frame.done.push_back(std::move(outcome));
            break;
        }
    }
    frame.live = merged(std::move(live));
}

void Evaluator::apply(Frame& frame, const Directive& directive, const A& a, Site site) {
    if (!count_lookup(frame, site)) return;
    const Target target = resolve(frame, spec_of(a.domain), site);
    if (target.state == Target::State::undecidable) {
        fork(frame, directive, site, [&](const World& world) {
            // Whether the name exists is unknown too.
            if (!rules_.void_limit) return;
            World more = unlikely(world);
            if (++more.voids > *rules_.void_limit)
                frame.finish(std::move(more), Result::permerror, site);
            else
                frame.live.push_back(std::move(more));
        });
    }
    if (!is_named(frame, directive, target, site)) return;
    const dns::Answer* answer = lookup(frame, directive, {target.name, address_type_}, site);
    if (answer != nullptr) match(frame, directive, prefixes(*answer, a.lengths), site);
}

void Evaluator::apply(Frame& frame, const Directive& directive, const Mx& mx, Site site) {
    if (!count_lookup(frame, site)) return;
    const Target target = resolve(frame, spec_of(mx.domain), site);
    if (target.state == Target::State::undecidable) {
        fork(frame, directive, site, [&](const World& world) {
            frame.finish(unlikely(world), Result::permerror, site); // too many names, too many voids
        });
    }
    if (!is_named(frame, directive, target, site)) return;
    const dns::Answer* answer = lookup(frame, directive, {target.name, dns::Type::mx}, site);
    if (answer == nullptr || frame.live.empty()) return;
    std::vector<dns::Name> hosts = exchanges(*answer);
    if (hosts.size() > rules_.mx_limit) { // §4.6.4
        if (rules_.grammar == Grammar::strict) {
            find(Code::mx_limit, site, fmt::format("{}", hosts.size()));
            frame.finish_all(Result::permerror, site);
            return;
        }
        find(Code::lenient_mx, site, fmt::format("{}", hosts.size()));
        hosts.resize(rules_.mx_limit);
    }
    if (rules_.mx_order == MxOrder::eager)
        match_all_hosts(frame, directive, mx.lengths, hosts, site);
    else
        match_hosts_in_order(frame, directive, mx.lengths, hosts, site);
}

void Evaluator::match_all_hosts(Frame& frame, const Directive& directive, CidrLengths lengths,
                                std::span<const dns::Name> hosts, Site site) {
    std::vector<net::Prefix> found;
    int voids = 0;
    bool pending = false;
    bool failed = false;
    for (const dns::Name& host : hosts) {
        const dns::Question question{host, address_type_};
        const dns::Answer* answer = ask(question, frame.live);
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
    if (pending) return suppose(frame, directive, site);
    if (failed) return frame.finish_all(Result::temperror, site);
    add_voids(frame, voids, site);
    match(frame, directive, found, site);
}

void Evaluator::match_hosts_in_order(Frame& frame, const Directive& directive, CidrLengths lengths,
                                     std::span<const dns::Name> hosts, Site site) {
    for (const dns::Name& host : hosts) {
        if (frame.live.empty()) return;
        const dns::Answer* answer = lookup(frame, directive, {host, address_type_}, site);
        if (answer != nullptr) match(frame, directive, prefixes(*answer, lengths), site);
    }
}

void Evaluator::apply(Frame& frame, const Directive& directive, const Exists& exists, Site site) {
    if (!count_lookup(frame, site)) return;
    const Target target = resolve(frame, &exists.domain, site);
    if (target.state == Target::State::undecidable) {
        const Worlds before = frame.live;
        fork(frame, directive, site, [](const World&) {});
        add_voids(frame, 1, site); // not matching is a void lookup …
        for (const World& world : before)
            if (rules_.void_limit) frame.live.push_back(unlikely(world)); // … unless the name cannot be asked
        frame.live = merged(std::move(frame.live));
    }
    if (!is_named(frame, directive, target, site)) return;
    // An A record, whatever the family of the client.
    const dns::Answer* answer = lookup(frame, directive, {target.name, dns::Type::a}, site);
    if (answer != nullptr && answer->status == dns::Status::records)
        frame.finish_all(result_of(directive.qualifier), site);
}

void Evaluator::apply(Frame& frame, const Directive& directive, const Ptr& ptr, Site site) {
    if (!count_lookup(frame, site)) return;
    const Target target = resolve(frame, spec_of(ptr.domain), site);
    const bool is_known = is_named(frame, directive, target, site);
    if (target.state == Target::State::undecidable || (is_known && !inquiry_.client)) {
        if (is_known) find(Code::undecidable, site, "ptr");
        fork(frame, directive, site, [&](const World& world) {
            if (rules_.void_limit) frame.finish(unlikely(world), Result::permerror, site);
        });
        return;
    }
    if (!is_known) return; // nothing is looked up for a name that nothing can match (§4.8)
    const Validation validation = validate(frame.live);
    if (validation.pending) return suppose(frame, directive, site);
    add_voids(frame, validation.voids, site);
    const bool matches = std::ranges::any_of(
        validation.names, [&](const dns::Name& name) { return name.is_within(target.name); });
    if (matches) frame.finish_all(result_of(directive.qualifier), site);
}

void Evaluator::apply(Frame& frame, const Directive& directive, const Malformed&, Site site) {
    if (directive.qualifier == Qualifier::pass) return;
    find(Code::lenient_undecidable, site);
    fork(frame, directive, site, [](const World&) {});
}

World Evaluator::unlikely(World world) {
    world.unlikely = true;
    return world;
}

void Evaluator::match(Frame& frame, const Directive& directive, std::span<const net::Prefix> found,
                      Site site) {
    if (TermUse* use = current_use()) use->found.insert(use->found.end(), found.begin(), found.end());
    for (World& world : frame.live) {
        for (const net::Prefix& prefix : found) {
            work_ += 1 + world.addresses.ranges().size() / 64;
            net::AddressSet taken = world.addresses.take(prefix.range());
            if (taken.empty()) continue;
            work_ += 8; // for the memory that it keeps
            if (matched_) matched_->append(taken.ranges());
            frame.done.push_back(
                {{std::move(taken), world.lookups, world.voids, world.speculative, world.unlikely},
                 result_of(directive.qualifier),
                 site});
        }
    }
    std::erase_if(frame.live, [](const World& world) { return world.addresses.empty(); });
}

bool Evaluator::count_lookup(Frame& frame, Site site) {
    bool exceeded = false;
    bool relaxed = false;
    keep_if(frame.live, [&](World& world) {
        ++work_;
        if (world.lookups == rules_.lookup_limit) {
            exceeded = true;
            frame.finish(std::move(world), Result::permerror, site);
            return false;
        }
        ++world.lookups;
        relaxed = relaxed || (rules_.grammar == Grammar::lenient && world.lookups > Rules{}.lookup_limit);
        return true;
    });
    if (TermUse* use = current_use(); use != nullptr && !frame.live.empty()) use->lookups = 1;
    if (exceeded) find(Code::lookup_limit, site, fmt::format("{}", rules_.lookup_limit));
    if (relaxed) find_once(Code::lenient_lookups, site);
    return !frame.live.empty();
}

void Evaluator::add_voids(Frame& frame, int count, Site site) {
    if (count == 0) return;
    if (TermUse* use = current_use()) use->voids += count;
    bool exceeded = false;
    bool relaxed = false;
    keep_if(frame.live, [&](World& world) {
        world.voids += count;
        if (!rules_.void_limit) {
            world.voids = std::min(world.voids, void_ceiling);
            relaxed = relaxed || world.voids > Rules{}.void_limit;
        } else if (world.voids > *rules_.void_limit) {
            exceeded = true;
            frame.finish(std::move(world), Result::permerror, site);
            return false;
        }
        return true;
    });
    frame.live = merged(std::move(frame.live));
    if (exceeded) find_once_here(Code::void_limit, site, fmt::format("{}", *rules_.void_limit));
    if (relaxed && rules_.grammar == Grammar::lenient) find_once(Code::lenient_voids, site);
}

bool Evaluator::gave_up(Frame& frame, Site site) {
    if (work_ <= rules_.work_limit) return false;
    find_once(Code::work_limit, site);
    frame.finish_all(Result::temperror, site);
    return true;
}

} // namespace spfwalk::spf
