// What an evaluation asks of DNS, and the names that terms speak of.
#include "spf/evaluator.h"
#include "spfwalk/spf/macro.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

/// Uses of answers that an answer is expected to lead to.
constexpr std::uint64_t uses_of_the_missing = 10;

} // namespace

const dns::Answer* Evaluator::ask(const dns::Question& question, std::span<const World> worlds) {
    ++uses_;
    if (const dns::Answer* answer = evidence_.find(question)) {
        const bool has_ttl = answer->status == dns::Status::records ||
                             (answer->status != dns::Status::failure && answer->ttl > 0);
        if (has_ttl) {
            verdict_.ttl = dns::smaller_ttl(verdict_.ttl, answer->ttl);
            if (TermUse* use = current_use()) use->ttl = dns::smaller_ttl(use->ttl, answer->ttl);
        }
        if (TermUse* use = current_use();
            use != nullptr && std::ranges::find(use->questions, question) == use->questions.end())
            use->questions.push_back(question);
        return answer;
    }
    // What it will lead to is not known yet. Otherwise each level of a tree could have as many questions as
    // all.
    if (question.type != dns::Type::a && question.type != dns::Type::aaaa) uses_ += uses_of_the_missing;
    bool& speculative = wanted_.try_add(question, true).first;
    speculative = speculative && std::ranges::all_of(worlds, &World::speculative);
    return nullptr;
}

const dns::Answer* Evaluator::lookup(const Directive& directive, const dns::Question& question, Site site) {
    const dns::Answer* answer = ask(question);
    if (answer == nullptr) {
        suppose(directive, site);
        return nullptr;
    }
    if (answer->status == dns::Status::records) return answer;
    if (answer->status == dns::Status::failure) {
        find_failure(site, question, *answer);
        finish_all(Result::temperror, site);
    } else {
        add_voids(1, site);
    }
    return nullptr;
}

void Evaluator::suppose(const Directive& directive, Site site) {
    for (World& world : live_) {
        work_ += 1 + world.addresses.ranges().size() / 64;
        world.speculative = true;
        finish(world, result_of(directive.qualifier), site);
    }
    merge(live_);
}

void Evaluator::suppose(Site site) {
    for (World& world : live_) {
        work_ += 1 + world.addresses.ranges().size() / 64;
        world.speculative = true;
        finish(world, Result::pass, site);
    }
    finish_all(Result::neutral, site);
}

std::vector<net::Prefix> Evaluator::prefixes(const dns::Answer& answer, CidrLengths lengths) const {
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

std::vector<dns::Name> Evaluator::exchanges(const dns::Answer& answer) {
    dns::Exchanges records = std::get<dns::Exchanges>(answer.records);
    std::ranges::sort(records);
    std::vector<dns::Name> hosts;
    for (dns::Mx& record : records)
        if (!record.exchange.is_root()) hosts.push_back(std::move(record.exchange));
    return hosts;
}

Target Evaluator::expand_target(const Frame& frame, const MacroString& spec, Site site) {
    Target target;
    if (const auto fixed = fixed_domain(spec)) {
        target.text = *fixed;
        return target;
    }
    needs_context_ = needs_context_ || spec.letters.any_of("slohip");
    if (has_unusable_local_part(spec.letters)) {
        find(Code::local_part, site);
        target.state = Target::State::unmatched;
        return target;
    }
    if (const std::string why = undecidable_macros(spec.letters); !why.empty()) {
        verdict_.undecidable = true;
        find(Code::undecidable, site, why);
        target.state = Target::State::undecidable;
        return target;
    }
    if (auto text = expand_fully(spec, verdict_.visits[frame.visit].domain, live_, expand_domain))
        target.text = expanded_ = std::move(*text);
    else
        target.state = Target::State::pending;
    return target;
}

Target Evaluator::resolve(const Frame& frame, const MacroString* spec, Site site) {
    if (spec == nullptr) return {Target::State::name, {}, frame.name};
    Target target = expand_target(frame, *spec, site);
    if (target.state != Target::State::malformed) return target;
    if (auto name = dns::Name::from_domain(target.text)) {
        target.name = std::move(*name);
        target.state = Target::State::name;
    }
    return target;
}

bool Evaluator::is_named(const Directive& directive, const Target& target, Site site) {
    if (target.state == Target::State::pending) suppose(directive, site);
    if (target.state == Target::State::malformed) find(Code::unqueryable, site, std::string(target.text));
    return target.state == Target::State::name;
}

bool Evaluator::has_unusable_local_part(const MacroLetters& letters) const {
    return (letters.has('s') || letters.has('l')) && inquiry_.sender && !is_for_labels(*inquiry_.sender);
}

std::string Evaluator::undecidable_macros(const MacroLetters& letters) const {
    std::string result;
    if (letters.none()) return result;
    for (const char letter : std::string_view("iplsh")) {
        const bool known = letter == 'i' || letter == 'p' ? inquiry_.client.has_value()
                           : letter == 'h'                ? inquiry_.helo.has_value()
                                                          : inquiry_.sender.has_value();
        if (letters.has(letter) && !known)
            result += fmt::format("{}%{{{}}}", result.empty() ? "" : ", ", letter);
    }
    return result;
}

MacroValues Evaluator::macro_values(std::string_view domain) {
    if (!inquiry_.sender && any_sender_.empty()) any_sender_ = "postmaster@" + verdict_.visits.front().domain;
    MacroValues values{.domain = domain,
                       .sender = inquiry_.sender ? *inquiry_.sender : any_sender_,
                       .helo = {},
                       .family = inquiry_.family,
                       .client = inquiry_.client};
    if (inquiry_.helo) values.helo = *inquiry_.helo;
    values.receiver = inquiry_.receiver;
    values.timestamp = inquiry_.timestamp;
    return values;
}

std::optional<std::string>
Evaluator::expand_fully(const MacroString& text, const std::string& domain, std::span<const World> worlds,
                        std::string (*expand)(const MacroString&, const MacroValues&)) {
    if (text.letters.none())
        return expand(text, {.domain = {}, .sender = {}, .helo = {}, .family = {}, .client = {}});
    MacroValues values = macro_values(domain);
    std::string validated;
    if (text.letters.has('p')) {
        const Validation validation = validate(worlds);
        if (validation.pending) return std::nullopt;
        validated = preferred_name(validation, domain);
        values.validated = validated;
    }
    return expand(text, values);
}

Validation Evaluator::validate(std::span<const World> worlds) {
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
    const dns::Answer* pointers = ask({*dns::Name::from_domain(reverse), dns::Type::ptr}, worlds);
    if (pointers == nullptr) {
        result.pending = true;
        return result;
    }
    const auto* names = std::get_if<dns::Names>(&pointers->records);
    if (names == nullptr) {
        result.voids = pointers->status == dns::Status::failure ? 0 : 1;
        return result;
    }
    dns::Names sorted = *names; // their order in the answer is nobody's
    std::ranges::sort(sorted);
    for (const dns::Name& name : std::span(sorted).first(std::min(sorted.size(), ptr_limit))) {
        const dns::Answer* answer = ask({name, address_type_}, worlds);
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

std::string Evaluator::preferred_name(const Validation& validation, const std::string& domain) {
    if (validation.names.empty()) return "unknown";
    const auto wanted = dns::Name::from_domain(domain);
    const dns::Name* best = &validation.names.front();
    if (wanted) {
        const auto equal = std::ranges::find(validation.names, *wanted);
        const auto below = std::ranges::find_if(
            validation.names, [&](const dns::Name& name) { return name.is_within(*wanted); });
        if (equal != validation.names.end())
            best = &*equal;
        else if (below != validation.names.end())
            best = &*below;
    }
    std::string text; // as a name and not as a master file has it
    for (const std::string_view label : best->labels()) {
        if (label.find('.') != label.npos) return "unknown"; // it would read as two
        if (!text.empty()) text += '.';
        text += label;
    }
    return text;
}

} // namespace spfwalk::spf
