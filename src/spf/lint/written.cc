// What records say as they are written, whatever DNS says.
#include "spf/lint/linter.h"
#include "spf/lint/words.h"

#include "spfwalk/ascii.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

/// Prefixes wider than these are more than a sender's own network, but for the very largest.
constexpr int widest_ipv4 = 16;
constexpr int widest_ipv6 = 29; // RIPE-738 §5.1.2 allocates it to whoever asks

/// The domain-spec of a directive, or null.
const MacroString* spec_of(const Mechanism& mechanism) {
    struct Visitor {
        const MacroString* operator()(const Include& m) const { return &m.domain; }
        const MacroString* operator()(const Exists& m) const { return &m.domain; }
        const MacroString* operator()(const A& m) const { return m.domain ? &*m.domain : nullptr; }
        const MacroString* operator()(const Mx& m) const { return m.domain ? &*m.domain : nullptr; }
        const MacroString* operator()(const Ptr& m) const { return m.domain ? &*m.domain : nullptr; }
        const MacroString* operator()(const All&) const { return nullptr; }
        const MacroString* operator()(const Ip&) const { return nullptr; }
        const MacroString* operator()(const Malformed&) const { return nullptr; }
    };
    return std::visit(Visitor{}, mechanism);
}

/// The same for terms that do the same whatever their qualifiers.
std::string sameness(const Record& record, const Directive& directive) {
    if (const auto* ip = std::get_if<Ip>(&directive.mechanism)) return "ip:" + net::to_text(ip->prefix);
    return lowercased(without_qualifier(record.slice(directive.where)));
}

std::string counted(std::size_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

} // namespace

void Linter::look_at_record(const Spot& spot) {
    const Record& record = *record_of(*spot.verdict, spot.site.visit);
    look_at_case(spot, record);
    look_at_modifiers(spot, record);
    if (record.redirect) {
        const std::string_view term = record.slice(record.redirect->where);
        look_at_name({spot.verdict, {spot.site.visit, record.redirect->where}}, record,
                     term.substr(term.find('=') + 1));
    }
    look_at_order(spot, record);
    look_at_duplicates(spot, record);
    for (const Directive& directive : record.directives) {
        const Spot term{spot.verdict, {spot.site.visit, directive.where}};
        look_at_term(term, record, directive);
        look_at_addresses(term, record, directive);
    }
    look_at_explanation(spot, record);
}

void Linter::look_at_case(const Spot& spot, const Record& record) {
    std::vector<Extent> places;
    const auto look_at = [&](Extent where, std::string_view name) {
        if (std::ranges::any_of(name, is_upper)) places.push_back(where);
    };
    constexpr Extent version{0, 6};
    look_at(version, record.slice(version));
    for (const Directive& directive : record.directives)
        if (!std::holds_alternative<Malformed>(directive.mechanism))
            look_at(directive.where, name_of(record.slice(directive.where)));
    for (const auto* modifier : {&record.redirect, &record.explanation})
        if (*modifier) look_at((*modifier)->where, name_of(record.slice((*modifier)->where)));
    if (places.empty()) return;
    const Extent first = *std::ranges::min_element(places, {}, &Extent::begin);
    add(LintCode::uppercase, {spot.verdict, {spot.site.visit, first}},
        places.size() == 1 ? "upper case in the name of a term"
                           : fmt::format("upper case in the names of {}", counted(places.size(), "term")),
        {{}, {}, true});
}

void Linter::look_at_modifiers(const Spot& spot, const Record& record) {
    for (const Extent where : record.unknown_modifiers) {
        const std::string_view written = record.slice(where);
        const std::string name = lowercased(name_of(written));
        const Spot term{spot.verdict, {spot.site.visit, where}};
        // RFC 6652.
        if (name == "ra" || name == "rp" || name == "rr") continue;
        if (name == "v" && is_spf_version(written)) {
            add(LintCode::second_version, term, "the version again, in the middle of the record",
                {{}, {}, true});
            continue;
        }
        const std::string_view value = written.substr(name.size() + 1);
        if (is_mechanism(name))
            add(LintCode::mechanism_as_modifier, term,
                fmt::format("{}= is no mechanism, so the term is ignored", name),
                {{},
                 {},
                 true,
                 value.empty() || name == "all"
                     ? fmt::format("remove it, or write {} as it is meant", quotation(name))
                     : fmt::format("write {}: as it stands the term is an unknown modifier and does nothing",
                                   quotation(fmt::format("{}:{}", name, value)))});
        else if (nearest(name, {}) == "redirect")
            add(LintCode::unknown_modifier, term,
                fmt::format("unknown modifier {}, ignored: redirect= was meant?", quotation(name + "=")),
                {{}, {}, true, fmt::format("write {}", quotation(fmt::format("redirect={}", value)))});
        else
            add(LintCode::unknown_modifier, term,
                fmt::format("unknown modifier {}, ignored", quotation(name + "=")), {{}, {}, true});
    }
}

void Linter::look_at_order(const Spot& spot, const Record& record) {
    const auto all = std::ranges::find_if(record.directives, [](const Directive& directive) {
        return std::holds_alternative<All>(directive.mechanism);
    });
    if (all == record.directives.end()) return;
    if (record.redirect)
        add(LintCode::redirect_beside_all, {spot.verdict, {spot.site.visit, record.redirect->where}},
            "redirect is ignored where there is an all", {{}, {}, true});
    // Something else is said of those that are no terms.
    std::vector<const Directive*> behind;
    for (auto at = all + 1; at != record.directives.end(); ++at)
        if (!std::holds_alternative<Malformed>(at->mechanism)) behind.push_back(&*at);
    if (behind.empty()) return;
    const bool only_all = std::ranges::all_of(
        behind, [](const Directive* each) { return std::holds_alternative<All>(each->mechanism); });
    add(LintCode::term_after_all, {spot.verdict, {spot.site.visit, behind.front()->where}},
        only_all             ? "only the first all counts"
        : behind.size() == 1 ? "a term behind all is never looked at"
                             : fmt::format("this and {} more behind all are never looked at",
                                           counted(behind.size() - 1, "term")),
        {{behind.front()->where.begin, behind.back()->where.end},
         {},
         true,
         only_all ? "keep one all, at the end" : ""});
}

void Linter::look_at_duplicates(const Spot& spot, const Record& record) {
    std::map<std::string, std::uint32_t> seen;
    for (const Directive& directive : record.directives) {
        if (std::holds_alternative<Malformed>(directive.mechanism)) continue;
        if (std::holds_alternative<All>(directive.mechanism)) break; // what follows is another finding
        const auto [first, fresh] = seen.try_emplace(sameness(record, directive), directive.where.column());
        if (fresh) continue;
        duplicates_.insert({domain_key(spot.verdict->visits[spot.site.visit].domain), directive.where.begin});
        add(LintCode::duplicate_term, {spot.verdict, {spot.site.visit, directive.where}},
            fmt::format("the same as in column {}", first->second), {{}, {}, true});
    }
}

void Linter::look_at_name(const Spot& spot, const Record& record, std::string_view name) {
    const auto say = [&](LintCode code, std::string_view piece, const std::string& text,
                         std::string advice = {}) {
        const auto begin = static_cast<std::uint32_t>(piece.data() - record.text.data());
        add(code, spot, text,
            {{begin, begin + static_cast<std::uint32_t>(piece.size())}, {}, true, std::move(advice)});
    };
    if (const std::string_view doubled = second_name_in(name); !doubled.empty()) {
        const bool redirect = is_redirect_term(*spot.verdict, spot.site);
        const std::string meant =
            redirect ? fmt::format("redirect={}", name.substr(doubled.size())) : std::string(name);
        return say(LintCode::run_together, doubled, fmt::format("{} within a name", quotation(doubled)),
                   fmt::format("write {}", quotation(meant)));
    }
    const std::size_t second = second_term_in(name);
    std::size_t mark = std::min(second, first_mark_in(name));
    if (mark == name.npos) return;
    // A list of mailboxes is a list first.
    if (const std::size_t list = name.find_first_of(",;");
        mark != second && name[mark] == '@' && list != name.npos)
        mark = list;
    const std::string_view behind = name.substr(mark);
    if (mark == second)
        say(LintCode::run_together, behind, fmt::format("no space in front of {}", quotation(behind)));
    else if (behind.starts_with("://"))
        say(LintCode::bad_domain, name, "a URL where a domain belongs");
    else if (behind.starts_with('@'))
        say(LintCode::bad_domain, name, "a mailbox where a domain belongs");
    else
        say(LintCode::run_together, behind, fmt::format("{} within a name", quotation(behind.substr(0, 1))));
}

void Linter::look_at_term(const Spot& spot, const Record& record, const Directive& directive) {
    const MacroString* spec = spec_of(directive.mechanism);
    const std::string_view term = record.slice(directive.where);
    if (std::holds_alternative<Ptr>(directive.mechanism))
        add(LintCode::ptr, spot, "ptr should not be published", {{}, {}, true});
    if (spec != nullptr && spec->letters.has('p'))
        add(LintCode::macro_p, spot, "%{p} should not be published", {{}, {}, true});
    if (spec != nullptr) look_at_name(spot, record, term.substr(term.find(':') + 1));
    const bool takes_away =
        directive.qualifier == Qualifier::fail || directive.qualifier == Qualifier::softfail;
    if (std::holds_alternative<Include>(directive.mechanism) && takes_away)
        add(LintCode::qualified_include, spot,
            fmt::format("{} for those whom the other record lets pass",
                        directive.qualifier == Qualifier::fail ? "fail" : "softfail"),
            {{}, {}, true});
}

void Linter::look_at_addresses(const Spot& spot, const Record& record, const Directive& directive) {
    if (directive.qualifier != Qualifier::pass) return;
    const std::string_view term = record.slice(directive.where);
    const auto wide = [&](std::string_view text) {
        add(LintCode::wide_prefix, spot, std::string(text), {{}, {}, true});
    };
    const auto bogon = [&](const SpecialSpace& space) {
        add(LintCode::bogon, spot, fmt::format("addresses of {}", space.block), {{}, {}, true});
    };
    net::AddressSet addresses[2];
    if (const auto* ip = std::get_if<Ip>(&directive.mechanism)) {
        const net::Prefix& prefix = ip->prefix;
        const std::string_view argument = term.substr(term.find(':') + 1);
        const auto written = net::parse_address(prefix.family, argument.substr(0, argument.find('/')));
        if (written && *written != prefix.network)
            add(LintCode::host_bits, spot, fmt::format("the network is {}", net::to_text(prefix)),
                {{}, {}, true});
        if (prefix.length < (prefix.family == net::Family::ipv4 ? widest_ipv4 : widest_ipv6)) {
            // Nobody sends from a wide prefix that is special all over.
            const auto space = input_.special(prefix.family, net::AddressSet(prefix.range()));
            if (space && space->is_all) return bogon(*space);
            return wide(fmt::format("passes for {}", net::to_text(prefix)));
        }
        addresses[static_cast<std::size_t>(prefix.family)].insert(prefix.range());
    } else {
        const auto* a = std::get_if<A>(&directive.mechanism);
        const auto* mx = std::get_if<Mx>(&directive.mechanism);
        if (a == nullptr && mx == nullptr) return;
        const CidrLengths lengths = a != nullptr ? a->lengths : mx->lengths;
        if (lengths.ipv4 < widest_ipv4 || lengths.ipv6 < widest_ipv6)
            return wide(fmt::format("passes for a /{} around each address",
                                    lengths.ipv4 < widest_ipv4 ? lengths.ipv4 : lengths.ipv6));
        for (const Verdict& verdict : wide_.verdicts)
            for (const TermUse& use : verdict.uses)
                if (use.site.term == directive.where &&
                    domain_key(verdict.visits[use.site.visit].domain) ==
                        domain_key(spot.verdict->visits[spot.site.visit].domain))
                    for (const net::Prefix& prefix : use.found)
                        addresses[static_cast<std::size_t>(verdict.family)].insert(prefix.range());
    }
    for (const net::Family family : net::both_families)
        if (const auto space = input_.special(family, addresses[static_cast<std::size_t>(family)]))
            bogon(*space);
}

void Linter::look_at_explanation(const Spot& spot, const Record& record) {
    if (!record.explanation) return;
    const Spot term{spot.verdict, {spot.site.visit, record.explanation->where}};
    bool included = false;
    const Verdict& verdict = *spot.verdict;
    for (std::uint32_t at = spot.site.visit; at != 0; at = verdict.visits[at].parent)
        included = included || !is_redirect_term(verdict, way_to(verdict, at));
    // An error hides who would fail without it.
    const bool fails = std::ranges::any_of(wide_.verdicts, [](const Verdict& each) {
        return each.has(Result::fail) || each.has(Result::permerror) || each.has(Result::temperror) ||
               each.regions.empty();
    });
    if (included)
        add(LintCode::unused_explanation, term, "nobody asks an included record for its explanation",
            {{}, {}, true});
    else if (!fails && record.errors.empty())
        add(LintCode::unused_explanation, term, "nobody gets fail, so nothing is ever explained",
            {{}, {}, true});
    if (record.explanation->domain.letters == MacroLetters() &&
        record.explanation->domain.parts.size() == 1) {
        const auto* name = std::get_if<std::string>(&record.explanation->domain.parts.front());
        const dns::Answer* texts = name == nullptr ? nullptr : answer(*name, dns::Type::txt);
        if (texts == nullptr || texts->status == dns::Status::failure) return;
        const auto* strings = std::get_if<dns::Texts>(&texts->records);
        if (strings == nullptr || strings->size() != 1)
            add(LintCode::dead_explanation, term,
                strings == nullptr ? fmt::format("no TXT record at {}", quotation(*name))
                                   : fmt::format("{} TXT records at {}", strings->size(), quotation(*name)),
                {{}, {}, true});
    }
}

} // namespace spfwalk::spf
