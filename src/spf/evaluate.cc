#include "spfwalk/spf/evaluate.h"

#include "spfwalk/spf/macro.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <span>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

/// Void lookups are counted to here where they are not limited: enough to tell that the RFC's limit was passed.
constexpr int void_ceiling = 3;
constexpr std::size_t ptr_limit = 10; // §5.5

/// Addresses that took the same path so far.
struct World {
    net::AddressSet addresses;
    int lookups = 0;
    int voids = 0;
    bool speculative = false; ///< behind a missing answer
    bool unlikely = false;    ///< see Region

    auto key() const { return std::tuple(lookups, voids, speculative, unlikely); }
};
using Worlds = std::vector<World>;

/// Where a world ended.
struct Outcome {
    World world;
    Result result = Result::neutral;
    Site site;
};
using Outcomes = std::vector<Outcome>;

/// One record being evaluated.
struct Frame {
    std::uint32_t visit;
    std::string domain;
    const Record& record;
    Worlds live;
    Outcomes done;

    void finish(World world, Result result, Site site) {
        if (!world.addresses.empty()) done.push_back({std::move(world), result, site});
    }
    void finish_all(Result result, Site site) {
        for (World& world : live)
            finish(std::move(world), result, site);
        live.clear();
    }
};

/// The name a term speaks of.
struct Target {
    enum class State : std::uint8_t { name, malformed, pending, undecidable };
    State state = State::malformed;
    std::string text;
    dns::Name name; ///< set if state is `name`
};

/// The names of a client's reverse mapping that map back to it (§5.5).
struct Validation {
    bool pending = false;
    int voids = 0;
    std::vector<dns::Name> names;
};

Result result_of(Qualifier qualifier) {
    switch (qualifier) {
    case Qualifier::pass: return Result::pass;
    case Qualifier::fail: return Result::fail;
    case Qualifier::softfail: return Result::softfail;
    case Qualifier::neutral: break;
    }
    return Result::neutral;
}

/// Joins worlds with equal counters, so that their number stays within the counters' range.
Worlds merged(Worlds worlds) {
    if (worlds.size() < 2) return worlds;
    std::ranges::stable_sort(worlds, {}, &World::key);
    Worlds result;
    for (std::size_t i = 0; i < worlds.size();) {
        std::size_t end = i + 1;
        while (end < worlds.size() && worlds[end].key() == worlds[i].key())
            ++end;
        if (end > i + 1) {
            std::vector<net::Range> ranges;
            for (std::size_t k = i; k < end; ++k) {
                const auto more = worlds[k].addresses.ranges();
                ranges.insert(ranges.end(), more.begin(), more.end());
            }
            worlds[i].addresses = net::AddressSet::from_ranges(std::move(ranges));
        }
        result.push_back(std::move(worlds[i]));
        i = end;
    }
    return result;
}

class Evaluator {
  public:
    Evaluator(const Evidence& evidence, const Inquiry& inquiry, const Rules& rules)
        : evidence_(evidence), inquiry_(inquiry), rules_(rules),
          address_type_(inquiry.family == net::Family::ipv4 ? dns::Type::a : dns::Type::aaaa) {}

    Evaluation run() {
        verdict_.family = inquiry_.family;
        World start;
        start.addresses = inquiry_.client ? net::AddressSet({*inquiry_.client, *inquiry_.client})
                                          : universe(inquiry_.family);
        Worlds worlds;
        worlds.push_back(std::move(start));
        std::string domain = inquiry_.domain;
        if (domain.ends_with('.')) domain.pop_back();
        if (!inquiry_.sender) any_sender_ = "postmaster@" + domain;
        verdict_.visits.push_back({Visit::no_parent, {}, std::move(domain), nullptr});
        for (Outcome& outcome : check_host(0, std::move(worlds))) {
            verdict_.lookups = std::max(verdict_.lookups, outcome.world.lookups);
            verdict_.voids = std::max(verdict_.voids, outcome.world.voids);
            if (!outcome.world.speculative)
                verdict_.regions.push_back(
                    {std::move(outcome.world.addresses), outcome.result, outcome.site, outcome.world.unlikely});
        }
        return {std::move(verdict_), std::move(wanted_)};
    }

  private:
    // --- The record of one domain (§4) ---

    Outcomes check_host(std::uint32_t visit, Worlds worlds) {
        Frame entry{visit, verdict_.visits[visit].domain, no_record_, std::move(worlds), {}};
        const Site whole{visit, {}};
        const auto name = dns::Name::from_domain(entry.domain);
        if (!name || name->label_count() < 2) { // §4.3
            find_missing(Code::bad_name, visit, entry.domain);
            entry.finish_all(Result::none, whole);
            return std::move(entry.done);
        }
        const dns::Question question{*name, dns::Type::txt};
        const dns::Answer* answer = ask(question, entry.live);
        if (answer == nullptr) {
            suppose(entry, whole);
            return std::move(entry.done);
        }
        const PublicationPtr found = publication(*answer, rules_.grammar);
        verdict_.visits[visit].publication = found;
        switch (found->kind) {
        case Publication::Kind::failure: // §4.4
            find_failure(whole, question, *answer);
            entry.finish_all(Result::temperror, whole);
            return std::move(entry.done);
        case Publication::Kind::none: // §4.5
            find_missing(Code::no_record, visit,
                 answer->status == dns::Status::no_name ? "the name does not exist" : std::string());
            entry.finish_all(Result::none, whole);
            return std::move(entry.done);
        case Publication::Kind::several:
            find(Code::several_records, whole);
            entry.finish_all(Result::permerror, whole);
            return std::move(entry.done);
        case Publication::Kind::record: break;
        }
        Frame frame{visit, std::move(entry.domain), found->record, std::move(entry.live), {}};
        if (!accept_syntax(frame, *found)) frame.finish_all(Result::permerror, whole); // §4.6
        evaluate_record(frame);
        return std::move(frame.done);
    }

    /// Whether the record may be evaluated although it has `errors`.
    bool accept_syntax(const Frame& frame, const Publication& found) {
        const Record& record = frame.record;
        const Site whole{frame.visit, {}};
        if (rules_.grammar == Grammar::strict || std::ranges::any_of(record.errors, &SyntaxError::repeated_modifier)) {
            for (const SyntaxError& error : record.errors)
                find(Code::syntax, whole, error.what, error.where);
            return record.errors.empty();
        }
        if (found.repeated) find(Code::lenient_repeated, whole);
        if (record.text.find_first_of("\t\r\n") != std::string::npos) find(Code::lenient_separator, whole);
        for (const SyntaxError& error : record.errors)
            find(Code::lenient_dropped, whole, error.what, error.where);
        return true;
    }

    void evaluate_record(Frame& frame) {
        for (const Directive& directive : frame.record.directives) { // §4.6.2
            if (frame.live.empty()) return;
            const Site site{frame.visit, directive.where};
            if (gave_up(frame, site)) return;
            std::visit([&](const auto& mechanism) { apply(frame, directive, mechanism, site); }, directive.mechanism);
        }
        if (frame.live.empty()) return;
        if (frame.record.redirect) return redirect(frame, *frame.record.redirect);
        frame.finish_all(Result::neutral, {frame.visit, {}}); // §4.7
    }

    /// redirect (§6.1)
    void redirect(Frame& frame, const Modifier& modifier) {
        const Site site{frame.visit, modifier.where};
        if (gave_up(frame, site) || !count_lookup(frame, site)) return;
        Target target = resolve(frame, modifier.domain, site);
        switch (target.state) {
        case Target::State::pending: return suppose(frame, site);
        case Target::State::undecidable:
            // Whatever the unknown record says: it may pass, it may not, it may be broken.
            for (const World& world : frame.live) {
                frame.finish(world, Result::pass, site);
                frame.finish(world, Result::neutral, site);
                frame.finish(unlikely(world), Result::permerror, site);
            }
            frame.live.clear();
            return;
        case Target::State::malformed:
        case Target::State::name: break;
        }
        for (Outcome& outcome : visit(frame, modifier.where, std::move(target.text))) {
            if (outcome.result == Result::none) outcome.result = Result::permerror;
            frame.done.push_back(std::move(outcome));
        }
    }

    /// Evaluates another domain for all live worlds, which are handed over.
    Outcomes visit(Frame& frame, Extent via, std::string domain) {
        work_ += 64;
        const auto child = static_cast<std::uint32_t>(verdict_.visits.size());
        verdict_.visits.push_back({frame.visit, via, std::move(domain), nullptr});
        Worlds worlds = std::move(frame.live);
        frame.live.clear();
        return check_host(child, std::move(worlds));
    }

    // --- Mechanisms (§5) ---

    void apply(Frame& frame, const Directive& directive, const All&, Site site) {
        frame.finish_all(result_of(directive.qualifier), site);
    }

    void apply(Frame& frame, const Directive& directive, const Ip& ip, Site site) {
        if (ip.prefix.family == inquiry_.family) match(frame, directive, {&ip.prefix, 1}, site);
    }

    void apply(Frame& frame, const Directive& directive, const Include& include, Site site) {
        if (!count_lookup(frame, site)) return;
        Target target = resolve(frame, include.domain, site);
        if (target.state == Target::State::pending) return suppose(frame, directive, site);
        if (target.state == Target::State::undecidable) {
            fork(frame, directive, site, [&](const World& world) {
                frame.finish(unlikely(world), Result::permerror, site); // the record may be missing or broken
            });
            return;
        }
        Worlds live;
        for (Outcome& outcome : visit(frame, directive.where, std::move(target.text))) { // §5.2, the table
            switch (outcome.result) {
            case Result::pass:
                outcome.result = result_of(directive.qualifier);
                frame.done.push_back(std::move(outcome));
                break;
            case Result::fail:
            case Result::softfail:
            case Result::neutral: live.push_back(std::move(outcome.world)); break;
            case Result::none:
                if (rules_.grammar == Grammar::lenient) {
                    live.push_back(std::move(outcome.world));
                    break;
                }
                outcome.result = Result::permerror;
                [[fallthrough]];
            case Result::temperror:
            case Result::permerror: frame.done.push_back(std::move(outcome)); break;
            }
        }
        frame.live = merged(std::move(live));
    }

    void apply(Frame& frame, const Directive& directive, const A& a, Site site) {
        if (!count_lookup(frame, site)) return;
        const Target target = resolve(frame, a.domain, site);
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

    void apply(Frame& frame, const Directive& directive, const Mx& mx, Site site) {
        if (!count_lookup(frame, site)) return;
        const Target target = resolve(frame, mx.domain, site);
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

    void match_all_hosts(Frame& frame, const Directive& directive, CidrLengths lengths,
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

    void match_hosts_in_order(Frame& frame, const Directive& directive, CidrLengths lengths,
                              std::span<const dns::Name> hosts, Site site) {
        for (const dns::Name& host : hosts) {
            if (frame.live.empty()) return;
            const dns::Answer* answer = lookup(frame, directive, {host, address_type_}, site);
            if (answer != nullptr) match(frame, directive, prefixes(*answer, lengths), site);
        }
    }

    void apply(Frame& frame, const Directive& directive, const Exists& exists, Site site) {
        if (!count_lookup(frame, site)) return;
        const Target target = resolve(frame, exists.domain, site);
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

    void apply(Frame& frame, const Directive& directive, const Ptr& ptr, Site site) {
        if (!count_lookup(frame, site)) return;
        const Target target = resolve(frame, ptr.domain, site);
        if (target.state == Target::State::pending) return suppose(frame, directive, site);
        if (!inquiry_.client || target.state == Target::State::undecidable) {
            if (target.state != Target::State::undecidable) find(Code::undecidable, site, "ptr");
            fork(frame, directive, site, [&](const World& world) {
                if (rules_.void_limit) frame.finish(unlikely(world), Result::permerror, site);
            });
            return;
        }
        const Validation validation = validate(frame);
        if (validation.pending) return suppose(frame, directive, site);
        add_voids(frame, validation.voids, site);
        const bool matches =
            is_named(frame, directive, target, site) &&
            std::ranges::any_of(validation.names, [&](const dns::Name& name) { return name.is_within(target.name); });
        if (matches) frame.finish_all(result_of(directive.qualifier), site);
    }

    /// Lenient only. Without a qualifier that takes addresses away it is as if the term were not there; otherwise
    /// nobody knows what it was meant to take away.
    void apply(Frame& frame, const Directive& directive, const Malformed&, Site site) {
        if (directive.qualifier == Qualifier::pass) return;
        find(Code::lenient_undecidable, site);
        fork(frame, directive, site, [](const World&) {});
    }

    // --- Steps that mechanisms share ---

    /// Splits each live world in two: one that matched, and the same world going on. `mishap` adds what else may
    /// happen to it.
    template <class Mishap>
    void fork(Frame& frame, const Directive& directive, Site site, Mishap mishap) {
        verdict_.undecidable = true;
        const Worlds worlds = frame.live;
        for (const World& world : worlds) {
            frame.finish(world, result_of(directive.qualifier), site);
            mishap(world);
        }
        frame.live = merged(std::move(frame.live));
    }

    static World unlikely(World world) {
        world.unlikely = true;
        return world;
    }

    /// Takes the prefixes out of the live worlds.
    void match(Frame& frame, const Directive& directive, std::span<const net::Prefix> found, Site site) {
        for (World& world : frame.live) {
            for (const net::Prefix& prefix : found) {
                work_ += 1 + world.addresses.ranges().size() / 64;
                net::AddressSet taken = world.addresses.take(prefix.range());
                if (taken.empty()) continue;
                frame.done.push_back(
                    {{std::move(taken), world.lookups, world.voids, world.speculative, world.unlikely},
                     result_of(directive.qualifier),
                     site});
            }
        }
        std::erase_if(frame.live, [](const World& world) { return world.addresses.empty(); });
    }

    /// Counts a term that looks something up, before it does (§4.6.4). False if no world may go on.
    bool count_lookup(Frame& frame, Site site) {
        bool exceeded = false;
        bool relaxed = false;
        Worlds live;
        for (World& world : frame.live) {
            ++work_;
            if (world.lookups == rules_.lookup_limit) {
                exceeded = true;
                frame.finish(std::move(world), Result::permerror, site);
                continue;
            }
            ++world.lookups;
            relaxed = relaxed || (rules_.grammar == Grammar::lenient && world.lookups > Rules{}.lookup_limit);
            live.push_back(std::move(world));
        }
        frame.live = std::move(live);
        if (exceeded) find(Code::lookup_limit, site, fmt::format("{}", rules_.lookup_limit));
        if (relaxed) find_once(Code::lenient_lookups, site);
        return !frame.live.empty();
    }

    /// Counts queries that found nothing (§4.6.4).
    void add_voids(Frame& frame, int count, Site site) {
        if (count == 0) return;
        bool exceeded = false;
        bool relaxed = false;
        Worlds live;
        for (World& world : frame.live) {
            const bool was_within = world.voids <= Rules{}.void_limit;
            world.voids += count;
            if (!rules_.void_limit) {
                world.voids = std::min(world.voids, void_ceiling);
                relaxed = relaxed || (was_within && world.voids > Rules{}.void_limit);
            } else if (world.voids > *rules_.void_limit) {
                exceeded = true;
                frame.finish(std::move(world), Result::permerror, site);
                continue;
            }
            live.push_back(std::move(world));
        }
        frame.live = merged(std::move(live));
        if (exceeded) find(Code::void_limit, site, fmt::format("{}", *rules_.void_limit));
        if (relaxed && rules_.grammar == Grammar::lenient) find_once(Code::lenient_voids, site);
    }

    /// Whether the evaluation has become too much work; then the live worlds end here, undecided.
    bool gave_up(Frame& frame, Site site) {
        if (work_ <= rules_.work_limit) return false;
        find_once(Code::work_limit, site);
        frame.finish_all(Result::temperror, site);
        return true;
    }

    // --- DNS ---

    /// The answer, or null: then the question is noted.
    const dns::Answer* ask(const dns::Question& question, std::span<const World> worlds) {
        if (const dns::Answer* answer = evidence_.find(question)) {
            const bool has_ttl = answer->status == dns::Status::records ||
                                 (answer->status != dns::Status::failure && answer->ttl > 0);
            if (has_ttl) verdict_.ttl = std::min(verdict_.ttl.value_or(UINT32_MAX), answer->ttl);
            return answer;
        }
        const bool speculative = std::ranges::all_of(worlds, &World::speculative);
        const auto [place, fresh] = wanted_index_.try_emplace(question, wanted_.size());
        if (fresh)
            wanted_.push_back({question, speculative});
        else
            wanted_[place->second].speculative = wanted_[place->second].speculative && speculative;
        return nullptr;
    }

    /// ask() for a, mx and exists: what is missing or failed or void is dealt with. Null: nothing to match.
    const dns::Answer* lookup(Frame& frame, const Directive& directive, const dns::Question& question, Site site) {
        const dns::Answer* answer = ask(question, frame.live);
        if (answer == nullptr) {
            suppose(frame, directive, site);
            return nullptr;
        }
        if (answer->status == dns::Status::records) return answer;
        if (answer->status == dns::Status::failure) {
            find_failure(site, question, *answer);
            frame.finish_all(Result::temperror, site);
        } else {
            add_voids(frame, 1, site);
        }
        return nullptr;
    }

    /// An answer is missing, so nobody knows whether the term matches: supposes both, to see what could be asked next
    /// either way. Where the match ends the matter, it costs nothing.
    static void suppose(Frame& frame, const Directive& directive, Site site) {
        for (World& world : frame.live) {
            world.speculative = true;
            frame.finish(world, result_of(directive.qualifier), site);
        }
        frame.live = merged(std::move(frame.live));
    }

    /// The same for a whole record that is not known yet.
    static void suppose(Frame& frame, Site site) {
        for (World& world : frame.live) {
            world.speculative = true;
            frame.finish(world, Result::pass, site);
        }
        frame.finish_all(Result::neutral, site);
    }

    std::vector<net::Prefix> prefixes(const dns::Answer& answer, CidrLengths lengths) const {
        std::vector<net::Prefix> result;
        const auto* addresses = std::get_if<dns::Addresses>(&answer.records);
        if (addresses == nullptr) return result;
        const int length = inquiry_.family == net::Family::ipv4 ? lengths.ipv4 : lengths.ipv6;
        for (const net::Address address : *addresses)
            result.push_back(net::Prefix::containing(inquiry_.family, address, length));
        // The order of a record set means nothing and must not show.
        std::ranges::sort(result);
        return result;
    }

    /// The hosts of an MX set by preference and name, each once; the root of a null MX is none (RFC 7505).
    static std::vector<dns::Name> exchanges(const dns::Answer& answer) {
        dns::Exchanges records = std::get<dns::Exchanges>(answer.records);
        std::ranges::sort(records);
        std::vector<dns::Name> hosts;
        for (dns::Mx& record : records)
            if (!record.exchange.is_root() && std::ranges::find(hosts, record.exchange) == hosts.end())
                hosts.push_back(std::move(record.exchange));
        return hosts;
    }

    /// The name that a domain-spec, or <domain> without one, stands for (§4.8).
    Target resolve(Frame& frame, const std::optional<MacroString>& spec, Site site) {
        Target target;
        if (!spec) {
            target.text = frame.domain;
        } else {
            if (const std::string why = undecidable_macros(spec->letters); !why.empty()) {
                verdict_.undecidable = true;
                find(Code::undecidable, site, why);
                target.state = Target::State::undecidable;
                return target;
            }
            std::string validated;
            if (spec->letters.has('p')) {
                const Validation validation = validate(frame);
                if (validation.pending) {
                    target.state = Target::State::pending;
                    return target;
                }
                validated = preferred_name(validation, frame.domain);
            }
            const std::string& sender = inquiry_.sender ? *inquiry_.sender : any_sender_;
            MacroValues values{.domain = frame.domain, .sender = sender, .helo = {}, .family = inquiry_.family,
                               .client = inquiry_.client};
            if (inquiry_.helo) values.helo = *inquiry_.helo;
            if (!validated.empty()) values.validated = validated;
            target.text = expand_domain(*spec, values);
        }
        if (auto name = dns::Name::from_domain(target.text)) {
            target.name = std::move(*name);
            target.state = Target::State::name;
        }
        return target;
    }

    /// Whether there is a name to look up. One that no question can hold (an empty label, one over 63 octets) is taken
    /// as a name that does not exist, without asking and so without a void lookup (§4.8 leaves it open).
    bool is_named(Frame& frame, const Directive& directive, const Target& target, Site site) {
        if (target.state == Target::State::pending) suppose(frame, directive, site);
        if (target.state == Target::State::malformed) find(Code::unqueryable, site, target.text);
        return target.state == Target::State::name;
    }

    /// The macros that this inquiry cannot know, as text; empty if there are none.
    std::string undecidable_macros(const MacroLetters& letters) const {
        std::string result;
        for (const char letter : std::string_view("iplsh")) {
            const bool known = letter == 'i' || letter == 'p' ? inquiry_.client.has_value()
                               : letter == 'h'                ? inquiry_.helo.has_value()
                                                              : inquiry_.sender.has_value();
            if (letters.has(letter) && !known) result += fmt::format("{}%{{{}}}", result.empty() ? "" : ", ", letter);
        }
        return result;
    }

    /// Validates the client's names (§5.5): DNS errors only mean that a name does not count.
    Validation validate(const Frame& frame) {
        const std::string address = dotted(inquiry_.family, *inquiry_.client);
        std::string reverse;
        for (std::string_view rest = address; !rest.empty();) {
            const std::size_t dot = rest.rfind('.');
            reverse += dot == rest.npos ? rest : rest.substr(dot + 1);
            reverse += '.';
            rest = rest.substr(0, dot == rest.npos ? 0 : dot);
        }
        reverse += inquiry_.family == net::Family::ipv4 ? "in-addr.arpa" : "ip6.arpa";
        Validation result;
        const dns::Answer* pointers = ask({*dns::Name::from_domain(reverse), dns::Type::ptr}, frame.live);
        if (pointers == nullptr) {
            result.pending = true;
            return result;
        }
        const auto* names = std::get_if<dns::Names>(&pointers->records);
        if (names == nullptr) {
            result.voids = pointers->status == dns::Status::failure ? 0 : 1;
            return result;
        }
        for (const dns::Name& name : std::span(*names).first(std::min(names->size(), ptr_limit))) {
            const dns::Answer* answer = ask({name, address_type_}, frame.live);
            if (answer == nullptr) {
                result.pending = true;
                continue;
            }
            const auto* addresses = std::get_if<dns::Addresses>(&answer->records);
            if (addresses == nullptr)
                result.voids += answer->status == dns::Status::failure ? 0 : 1;
            else if (std::ranges::find(*addresses, *inquiry_.client) != addresses->end())
                result.names.push_back(name);
        }
        return result;
    }

    /// %{p} (§7.3): the domain itself, else a name below it, else any.
    static std::string preferred_name(const Validation& validation, const std::string& domain) {
        if (validation.names.empty()) return "unknown";
        const auto wanted = dns::Name::from_domain(domain);
        const dns::Name* best = &validation.names.front();
        if (wanted) {
            const auto equal = std::ranges::find(validation.names, *wanted);
            const auto below =
                std::ranges::find_if(validation.names, [&](const dns::Name& name) { return name.is_within(*wanted); });
            if (equal != validation.names.end())
                best = &*equal;
            else if (below != validation.names.end())
                best = &*below;
        }
        return best->to_text();
    }

    // --- Findings ---

    void find(Code code, Site site, std::string detail = {}, Extent where = {}) {
        verdict_.findings.push_back({code, site, where, std::move(detail)});
    }

    /// For what is worth saying at the first place only.
    void find_once(Code code, Site site) {
        if (std::ranges::find(verdict_.findings, code, &Finding::code) == verdict_.findings.end()) find(code, site);
    }

    /// A domain without a record. An include of it is looked past if lenient.
    void find_missing(Code code, std::uint32_t visit, std::string detail) {
        const Visit& missing = verdict_.visits[visit];
        const bool included = missing.parent != Visit::no_parent && !is_redirect(missing);
        const bool lenient = included && rules_.grammar == Grammar::lenient;
        find(lenient ? Code::lenient_dead_include : code, {visit, {}}, std::move(detail));
    }

    bool is_redirect(const Visit& visit) const {
        const auto& redirect = verdict_.visits[visit.parent].publication->record.redirect;
        return redirect && redirect->where == visit.via;
    }

    void find_failure(Site site, const dns::Question& question, const dns::Answer& answer) {
        find(Code::dns_failure, site, fmt::format("{}: {}", dns::to_text(question), dns::describe(answer)));
    }

    const Evidence& evidence_;
    const Inquiry& inquiry_;
    const Rules& rules_;
    const dns::Type address_type_;
    const Record no_record_;
    std::string any_sender_;
    Verdict verdict_;
    std::vector<Wanted> wanted_;
    std::unordered_map<dns::Question, std::size_t> wanted_index_;
    std::uint64_t work_ = 0;
};

} // namespace

Rules Rules::lenient() {
    Rules rules;
    rules.grammar = Grammar::lenient;
    rules.lookup_limit = 50;
    rules.void_limit = std::nullopt;
    return rules;
}

Evaluation evaluate(const Evidence& evidence, const Inquiry& inquiry, const Rules& rules) {
    return Evaluator(evidence, inquiry, rules).run();
}

} // namespace spfwalk::spf
