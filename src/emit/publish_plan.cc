#include "publish_plan.h"

#include "spfwalk/dns/name.h"
#include "spfwalk/spf/macro.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <array>
#include <map>

namespace spfwalk::emit {

namespace {

using spf::Qualifier;

constexpr std::array qualifiers{Qualifier::pass, Qualifier::fail, Qualifier::softfail, Qualifier::neutral};

std::string signed_term(Qualifier qualifier, std::string_view mechanism) {
    constexpr std::array<std::string_view, 4> signs{"", "-", "~", "?"};
    return std::string(signs[static_cast<std::size_t>(qualifier)]) += mechanism;
}

// --- What the original's record says ---

const spf::Record* record_of(const spf::Visit& visit) {
    const bool has = visit.publication && visit.publication->kind == spf::Publication::Kind::record;
    return has ? &visit.publication->record : nullptr;
}

const spf::Directive* directive_at(const spf::Record& record, spf::Extent where) {
    const auto found = std::ranges::find(record.directives, where, &spf::Directive::where);
    return found == record.directives.end() ? nullptr : &*found;
}

/// Whether nothing but redirects leads to the visit, so that its results are the domain's own.
bool is_own(const spf::Verdict& verdict, std::uint32_t index) {
    for (const spf::Visit* visit = &verdict.visits[index]; visit->parent != spf::Visit::no_parent;
         visit = &verdict.visits[visit->parent])
        if (!record_of(verdict.visits[visit->parent])->is_redirect(visit->via)) return false;
    return true;
}

/// The `all` that the record ends in, itself or through redirects; none without one. Which records these are
/// is read from the visits. Nothing if it cannot be known, or if it would let pass what does not.
std::optional<Ending> written_ending(const spf::Verdict& verdict) {
    for (std::uint32_t index = static_cast<std::uint32_t>(verdict.visits.size()); index-- > 0;) {
        if (!is_own(verdict, index)) continue;
        const spf::Record* record = record_of(verdict.visits[index]);
        if (record == nullptr) return std::nullopt;
        const auto all = std::ranges::find_if(record->directives, [](const spf::Directive& directive) {
            return std::holds_alternative<spf::All>(directive.mechanism);
        });
        if (all == record->directives.end())
            return record->redirect ? std::nullopt : std::optional(Ending::none);
        constexpr std::array endings{Ending::original, Ending::fail, Ending::softfail, Ending::neutral};
        return endings[static_cast<std::size_t>(all->qualifier)]; // `original` stands for +all
    }
    return std::nullopt;
}

/// Whether some address passes by an `all` of the domain's own.
bool all_passes(const spf::Verdict& verdict) {
    return std::ranges::any_of(verdict.regions, [&](const spf::Region& region) {
        if (region.result != spf::Result::pass || !is_own(verdict, region.decided_by.visit)) return false;
        const spf::Record* record = record_of(verdict.visits[region.decided_by.visit]);
        const spf::Directive* directive = record ? directive_at(*record, region.decided_by.term) : nullptr;
        return directive != nullptr && std::holds_alternative<spf::All>(directive->mechanism);
    });
}

/// What is left gets this at the end.
struct Rest {
    Qualifier qualifier = Qualifier::fail;
    std::string text;
};

Rest rest_of(const spf::Report& report, Ending ending) {
    if (ending == Ending::original) {
        if (std::ranges::any_of(report.verdicts, all_passes)) return {Qualifier::pass, "+all"};
        ending = Ending::fail; // the safe one
        for (const spf::Verdict& verdict : report.verdicts) {
            const auto written = written_ending(verdict);
            if (!written || *written == Ending::original) continue;
            ending = *written;
            break;
        }
    }
    switch (ending) {
    case Ending::softfail:
        return {Qualifier::softfail, "~all"};
    case Ending::neutral:
        return {Qualifier::neutral, "?all"};
    case Ending::none:
        return {Qualifier::neutral, ""};
    case Ending::original:
    case Ending::fail:
        break;
    }
    return {Qualifier::fail, "-all"};
}

// --- Addresses as terms ---

/// Addresses of both families that terms so far have matched.
struct Settled {
    /// Mapped addresses belong to no client, so they may be matched by anything.
    std::array<net::AddressSet, 2> sets{net::AddressSet(), net::AddressSet(spf::mapped_range)};
};

/// Adds the fewest prefixes that match all of `wanted` and beyond it only what is settled.
void cover(PlanGroup& group, net::Family family, const net::AddressSet& wanted, Settled& settled) {
    if (wanted.empty()) return;
    net::AddressSet& done = settled.sets[static_cast<std::size_t>(family)];
    done |= wanted;
    done.each_prefix(family, [&](const net::Prefix& prefix) {
        if (wanted.intersects(prefix.range())) group.prefixes.push_back(prefix);
    });
}

using Pair = std::array<net::AddressSet, 2>; ///< of both families

void add_group(Plan& plan, Qualifier qualifier, const Pair& wanted, Settled& settled) {
    PlanGroup group{qualifier, {}};
    for (const net::Family family : net::both_families)
        cover(group, family, wanted[static_cast<std::size_t>(family)], settled);
    if (!group.prefixes.empty()) plan.items.emplace_back(std::move(group));
}

// --- Terms that no list can decide ---

std::string lengths_text(const spf::CidrLengths& lengths) {
    std::string text;
    if (lengths.ipv4 != 32) text += '/' + std::to_string(lengths.ipv4);
    if (lengths.ipv6 != 128) text += "//" + std::to_string(lengths.ipv6);
    return text;
}

/// A term as it must be written in the record of another domain; its mechanism alone.
struct Moved {
    std::string text;
    std::string redirect; ///< the same as a modifier, if it is one of the domain's own
};

/// Nothing if there is no way to write it: `%{p}` prefers the domain whose record it stands in (§7.3).
std::optional<Moved> moved(const spf::Verdict& verdict, spf::Site site) {
    const spf::Visit& visit = verdict.visits[site.visit];
    const spf::Record& record = *record_of(visit);
    const bool at_home =
        dns::Name::from_domain(visit.domain) == dns::Name::from_domain(verdict.visits[0].domain);
    const auto spec = [&](const spf::MacroString& text) -> std::optional<std::string> {
        if (text.letters.has('p') && !at_home) return std::nullopt;
        return to_text(text, visit.domain);
    };
    std::string name;
    std::string lengths;
    std::optional<std::string> target;
    Moved result;
    if (record.is_redirect(site.term)) {
        name = "include"; // which asks the same and takes its pass alone
        target = spec(record.redirect->domain);
        if (target && is_own(verdict, site.visit)) result.redirect = "redirect=" + *target;
    } else if (const spf::Directive* directive = directive_at(record, site.term)) {
        if (std::holds_alternative<spf::Malformed>(directive->mechanism)) return std::nullopt;
        if (at_home) { // verbatim
            std::string_view text = record.slice(directive->where);
            if (std::string_view("+-~?").find(text.front()) != std::string_view::npos) text.remove_prefix(1);
            return Moved{std::string(text), {}};
        }
        const auto own_or = [&](const std::optional<spf::MacroString>& text) {
            return text ? spec(*text) : std::optional(visit.domain);
        };
        if (const auto* include = std::get_if<spf::Include>(&directive->mechanism)) {
            name = "include";
            target = spec(include->domain);
        } else if (const auto* exists = std::get_if<spf::Exists>(&directive->mechanism)) {
            name = "exists";
            target = spec(exists->domain);
        } else if (const auto* a = std::get_if<spf::A>(&directive->mechanism)) {
            name = "a";
            target = own_or(a->domain);
            lengths = lengths_text(a->lengths);
        } else if (const auto* mx = std::get_if<spf::Mx>(&directive->mechanism)) {
            name = "mx";
            target = own_or(mx->domain);
            lengths = lengths_text(mx->lengths);
        } else if (const auto* ptr = std::get_if<spf::Ptr>(&directive->mechanism)) {
            name = "ptr";
            target = own_or(ptr->domain);
        }
    }
    if (!target) return std::nullopt;
    result.text = name + ':' + *target + lengths;
    return result;
}

bool is_undecidable(const spf::Verdict& verdict, spf::Site site) {
    return std::ranges::any_of(verdict.findings, [&](const spf::Finding& finding) {
        return finding.site == site &&
               (finding.code == spf::Code::undecidable || finding.code == spf::Code::lenient_undecidable);
    });
}

Qualifier qualifier_of(spf::Result result, Qualifier otherwise) {
    switch (result) {
    case spf::Result::pass:
        return Qualifier::pass;
    case spf::Result::fail:
        return Qualifier::fail;
    case spf::Result::softfail:
        return Qualifier::softfail;
    case spf::Result::neutral:
        return Qualifier::neutral;
    case spf::Result::none:
    case spf::Result::temperror:
    case spf::Result::permerror:
        break;
    }
    return otherwise; // an error that the published record does not have
}

/// An undecidable term, and which addresses come to it.
struct Met {
    spf::Site site;
    Qualifier qualifier = Qualifier::pass;
    Moved term;
    Pair addresses;
};

/// What happens to the addresses of one family.
struct Course {
    std::vector<Met> met;                     ///< in order
    std::array<net::AddressSet, 4> elsewhere; ///< what other terms decide, by qualifier
};

/// Whether each undecidable term that some address comes to decides its result by matching.
bool all_show(const spf::Verdict& verdict) {
    return std::ranges::all_of(verdict.findings, [&](const spf::Finding& finding) {
        return !is_undecidable(verdict, finding.site) ||
               std::ranges::find(verdict.regions, finding.site, &spf::Region::decided_by) !=
                   verdict.regions.end();
    });
}

/// Nothing if it cannot be told from the regions, or not be written.
std::optional<Course> course_of(const spf::Verdict& verdict, Qualifier rest) {
    if (!all_show(verdict)) return std::nullopt;
    Course course;
    const auto family = static_cast<std::size_t>(verdict.family);
    for (const spf::Region& region : verdict.regions) {
        if (region.unlikely) continue;
        const spf::Site site = region.decided_by;
        if (!is_undecidable(verdict, site)) {
            const Qualifier qualifier =
                qualifier_of(region.result, rest == Qualifier::pass ? Qualifier::fail : rest);
            course.elsewhere[static_cast<std::size_t>(qualifier)] |= region.addresses;
            continue;
        }
        auto known = std::ranges::find(course.met, site, &Met::site);
        if (known == course.met.end()) {
            const auto term = moved(verdict, site);
            if (!term) return std::nullopt;
            course.met.push_back({site, qualifier_of(region.result, Qualifier::fail), *term, {}});
            known = std::prev(course.met.end());
        }
        known->addresses[family] |= region.addresses;
    }
    return course;
}

/// The terms that either family meets, in an order that is that of each; the same term of both is one.
std::vector<Met> merged(std::vector<Met> a, const std::vector<Met>& b) {
    std::size_t place = 0; // where the last term of b went
    for (const Met& met : b) {
        const auto same =
            std::find_if(a.begin() + static_cast<std::ptrdiff_t>(place), a.end(), [&](const Met& other) {
                return other.term.text == met.term.text && other.qualifier == met.qualifier &&
                       other.addresses[1].empty();
            });
        if (same != a.end()) {
            same->addresses[1] = met.addresses[1];
            place = static_cast<std::size_t>(same - a.begin()) + 1;
        } else {
            a.insert(a.begin() + static_cast<std::ptrdiff_t>(place++), met);
        }
    }
    return a;
}

} // namespace

Plan sure_plan(const spf::Report& report, Ending ending) {
    const Rest rest = rest_of(report, ending);
    Plan plan;
    Settled settled;
    Pair wanted;
    const bool positive = rest.qualifier != Qualifier::pass;
    for (const spf::Verdict& verdict : report.verdicts) {
        net::AddressSet& set = wanted[static_cast<std::size_t>(verdict.family)];
        set = positive ? verdict.sure() : spf::universe(verdict.family) - verdict.sure();
    }
    add_group(plan, positive ? Qualifier::pass : Qualifier::fail, wanted, settled);
    plan.ending = rest.text;
    return plan;
}

std::optional<Plan> keeping_plan(const spf::Report& report, Ending ending) {
    const Rest rest = rest_of(report, ending);
    std::array<Course, 2> courses;
    for (const spf::Verdict& verdict : report.verdicts) {
        auto course = course_of(verdict, rest.qualifier);
        if (!course) return std::nullopt;
        courses[static_cast<std::size_t>(verdict.family)] = std::move(*course);
    }
    const std::vector<Met> met = merged(std::move(courses[0].met), courses[1].met);

    // What an address gets is settled right behind the last such term that it comes to.
    std::vector<std::array<Pair, 4>> behind(met.size() + 1);
    for (const net::Family family : net::both_families) {
        const auto f = static_cast<std::size_t>(family);
        for (const Qualifier qualifier : qualifiers) {
            const auto q = static_cast<std::size_t>(qualifier);
            net::AddressSet left = courses[f].elsewhere[q];
            for (std::size_t i = met.size(); i > 0; --i) {
                behind[i][q][f] = left & met[i - 1].addresses[f];
                left -= behind[i][q][f];
            }
            behind[0][q][f] = std::move(left);
        }
    }
    Plan plan;
    Settled settled;
    plan.ending = rest.text;
    for (std::size_t i = 0; i <= met.size(); ++i) {
        const bool last = i == met.size();
        for (const Qualifier qualifier : qualifiers) {
            // At the end all that does not pass is the rest, or all that passes.
            if (last && (qualifier == Qualifier::pass) == (rest.qualifier == Qualifier::pass)) continue;
            add_group(plan, qualifier, behind[i][static_cast<std::size_t>(qualifier)], settled);
        }
        if (last) break;
        const Met& term = met[i];
        if (i + 1 == met.size() && !term.term.redirect.empty() && ending == Ending::original)
            plan.ending = term.term.redirect;
        else
            plan.items.emplace_back(PlanTerm{signed_term(term.qualifier, term.term.text)});
    }
    return plan;
}

bool same_way(const spf::Verdict& original, const spf::Verdict& published) {
    const auto a = course_of(original, Qualifier::fail);
    const auto b = course_of(published, Qualifier::fail);
    constexpr auto pass = static_cast<std::size_t>(Qualifier::pass);
    return a && b && a->elsewhere[pass] == b->elsewhere[pass] &&
           std::ranges::equal(a->met, b->met, [](const Met& x, const Met& y) {
               return x.term.text == y.term.text && x.qualifier == y.qualifier && x.addresses == y.addresses;
           });
}

} // namespace spfwalk::emit
