// What the answers of DNS tell beside the addresses: sizes, TTLs, aliases, names that do not exist.
#include "spf/lint/linter.h"
#include "spf/lint/words.h"

#include "spfwalk/ascii.h"
#include "spfwalk/dns/message.h"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

constexpr std::size_t comfortable_octets = 450; // of a record (§3.4)
constexpr std::size_t classic_octets = 512;     // RFC 1035 §4.2.1: UDP without EDNS
constexpr std::size_t safe_octets = 1232;       // a UDP payload that no path of 1280 octets has to fragment
constexpr std::uint32_t low_seconds = 300;
constexpr std::size_t longest_beginning = 24; // of a text, in which "v=spf1" is looked for
constexpr std::size_t version_octets = 6;

/// Octets of the message with all TXT records of a name, as a server sends it: header, question, and for each
/// record a compressed owner (2), type, class, TTL and length (10), and its text with a length octet for each
/// 255; with an OPT record (11).
std::size_t message_octets(const dns::Name& name, const dns::Texts& texts) {
    std::size_t octets = dns::header_octets + name.wire().size() + 4 + 11;
    for (const std::string& text : texts)
        octets += 2 + 10 + text.size() + std::max<std::size_t>((text.size() + 254) / 255, 1);
    return octets;
}

std::string_view type_in_words(dns::Type type) {
    switch (type) {
    case dns::Type::a:
        return "no IPv4 address";
    case dns::Type::aaaa:
        return "no IPv6 address";
    case dns::Type::mx:
        return "no MX record";
    default:
        return "no record";
    }
}

/// What stands between a text and being an SPF record, for one that is nearly one.
std::string flaw_in(std::string_view text) {
    const std::size_t at = lowercased(text.substr(0, longest_beginning)).find("v=spf1");
    if (at == text.npos)
        return fmt::format("{} stands where \"v=spf1\" belongs",
                           quotation(text.substr(0, text.find(' ', text.find_first_not_of(' ')))));
    const std::string_view wrong = at > 0 ? text.substr(0, at) : first_character(text.substr(version_octets));
    const auto odd = std::ranges::find_if(wrong, [](char c) { return c < ' ' || c > '~'; });
    const std::string what(odd == wrong.end()
                               ? quotation(wrong)
                               : character_name(wrong.substr(static_cast<std::size_t>(odd - wrong.begin()))));
    return fmt::format("{} {} \"v=spf1\"", what, at > 0 ? "in front of" : "instead of a space behind");
}

bool is_void(const dns::Answer& answer) {
    return answer.status == dns::Status::no_data || answer.status == dns::Status::no_name;
}

} // namespace

const std::string* almost_record(const dns::Answer& texts) {
    const auto* list = std::get_if<dns::Texts>(&texts.records);
    if (list == nullptr) return nullptr;
    for (const std::string& text : *list) {
        if (is_spf_record(text)) continue;
        std::string folded; // without what people put in front of or into the version
        for (const char c : text.substr(0, longest_beginning)) {
            if (is_alphanumeric(c) || c == '=') folded += lower(c);
        }
        if (folded.starts_with("spf1") || folded.starts_with("v=spf") ||
            is_misspelt_version(text.substr(0, text.find(' '))))
            return &text;
    }
    return nullptr;
}

void Linter::look_at_texts(const Spot& spot) {
    const std::string& domain = spot.verdict->visits[spot.site.visit].domain;
    const dns::Answer* found = answer(domain, dns::Type::txt);
    if (found == nullptr) return;
    const bool root = spot.site.visit == 0;
    const auto say = [&](LintCode code, std::string text) {
        add(code, root ? spot : Spot{spot.verdict, {spot.site.visit, {}}}, std::move(text), {{}, {}, true});
    };
    if (!found->aliases.empty() && found->status == dns::Status::records)
        say(LintCode::alias,
            fmt::format("{} is an alias of {}", quotation(domain), quotation(found->aliases.back())));
    const auto* texts = std::get_if<dns::Texts>(&found->records);
    if (texts == nullptr) return;
    const bool any = std::ranges::any_of(*texts, [](const std::string& t) { return is_spf_record(t); });
    if (const std::string* almost = almost_record(*found))
        say(any ? LintCode::stray_record : LintCode::not_quite_record,
            fmt::format("{} is no SPF record: {}", quotation(beginning(*almost, 40)), flaw_in(*almost)));
    if (std::ranges::any_of(*texts, [](const std::string& t) { return t.starts_with("spf2.0"); }))
        say(LintCode::sender_id, "a record of Sender ID");
    if (!any) return;
    const std::size_t octets = message_octets(*dns::Name::from_domain(domain), *texts);
    const auto size = [&](std::size_t limit) {
        return fmt::format("an answer with the {} here takes {} octets, more than {}",
                           texts->size() == 1 ? "TXT record" : fmt::format("{} TXT records", texts->size()),
                           octets, limit);
    };
    if (octets > safe_octets)
        say(LintCode::answer_over_1232, size(safe_octets));
    else if (const Record* record = record_of(*spot.verdict, spot.site.visit);
             record != nullptr && record->text.size() > comfortable_octets)
        say(LintCode::long_record, fmt::format("{} octets, more than {}, in an answer of {}",
                                               record->text.size(), comfortable_octets, octets));
    else if (octets > classic_octets)
        say(LintCode::answer_over_512, size(classic_octets));
    if (found->ttl < low_seconds && !(root && input_.pretended))
        say(LintCode::low_ttl,
            fmt::format("TTL of {} seconds, or what is left of it in a cache", found->ttl));
}

void Linter::look_at_type_99() {
    const dns::Answer* found = answer(report_.domain, dns::Type::spf);
    const auto* texts = found == nullptr ? nullptr : std::get_if<dns::Texts>(&found->records);
    if (texts == nullptr) return;
    const Record* record = record_of(report_.verdicts.front(), 0);
    const bool same = record != nullptr && std::ranges::find(*texts, record->text) != texts->end();
    add(LintCode::type_99, {&report_.verdicts.front(), {}},
        same ? "the record is published with type SPF (99) too"
             : "a record of type SPF (99) says something else",
        {{}, {}, true});
}

void Linter::look_at_uses(const Verdict& verdict) {
    for (const TermUse& use : verdict.uses)
        if (!use.site.whole() && !is_loop(verdict, use.site.visit)) look_at_use(verdict, use);
}

void Linter::look_at_use(const Verdict& verdict, const TermUse& use) {
    const Spot spot{&verdict, use.site};
    for (const dns::Question& question : use.questions) {
        const dns::Answer* found = input_.answers->find(question);
        if (found == nullptr) continue;
        if (question.type != dns::Type::txt && is_void(*found)) look_at_void(verdict, use, question);
        if (!is_own(verdict, use.site.visit)) continue;
        if (const auto* exchanges = std::get_if<dns::Exchanges>(&found->records))
            if (std::ranges::any_of(*exchanges, [](const dns::Mx& mx) { return mx.exchange.is_root(); }))
                add(LintCode::null_mx, spot, "the domain has a null MX, so the term matches nobody",
                    {{}, {}, true});
        // The hosts of an mx come behind the question for its MX records.
        const bool host = use.questions.front().type == dns::Type::mx && question.type != dns::Type::mx;
        if (host && !found->aliases.empty())
            add(LintCode::mx_alias, spot,
                fmt::format("the MX host {} is an alias of {}", quotation(question.name),
                            quotation(found->aliases.back())),
                {{}, {}, true});
    }
}

void Linter::look_at_void(const Verdict& verdict, const TermUse& use, const dns::Question& question) {
    const Spot spot{&verdict, use.site};
    const dns::Answer& found = *input_.answers->find(question);
    if (input_.assumed && registrable(question.name.to_text()) == own_) return;
    if (const auto free = unregistered(question, found))
        return add(
            LintCode::takeover, spot,
            fmt::format("{} does not exist: anybody can register it and become a sender", quotation(*free)),
            {{}, {}, true});
    if (found.status == dns::Status::no_name)
        return add(LintCode::void_lookup, spot, fmt::format("{} does not exist", quotation(question.name)),
                   {{}, {}, true});
    const bool address = question.type == dns::Type::a || question.type == dns::Type::aaaa;
    const Directive* directive = directive_at(verdict, use.site);
    const bool exists = directive != nullptr && std::holds_alternative<Exists>(directive->mechanism);
    if (!address || exists)
        return add(LintCode::void_lookup, spot,
                   fmt::format("{} has {}", quotation(question.name), type_in_words(question.type)),
                   {{}, {}, true});
    const dns::Type other = question.type == dns::Type::a ? dns::Type::aaaa : dns::Type::a;
    const dns::Answer* counterpart = input_.answers->find({question.name, other});
    if (counterpart != nullptr && is_void(*counterpart))
        return add(LintCode::void_lookup, spot, fmt::format("{} has no address", quotation(question.name)),
                   {{}, {}, true});
    if (is_own(verdict, use.site.visit))
        add(LintCode::void_for_one_family, spot,
            fmt::format("{} has {}: a void lookup", quotation(question.name), type_in_words(question.type)));
}

std::optional<std::string> Linter::unregistered(const dns::Question& question,
                                                const dns::Answer& found) const {
    if (found.status != dns::Status::no_name) return std::nullopt;
    const dns::Name& end = found.aliases.empty() ? question.name : found.aliases.back();
    const auto name = input_.registrable(end.to_text());
    if (!name || *name == own_ || !input_.can_be_registered(*name)) return std::nullopt;
    const dns::Answer* soa = answer(*name, dns::Type::soa);
    // Only a denial that comes with the SOA of the zone above is that zone's word (RFC 2308 §2.1); without
    // one it may be a server that knows nothing, or a zone file that does not hold all of DNS.
    if (soa == nullptr || soa->status != dns::Status::no_name || soa->ttl == 0) return std::nullopt;
    return name;
}

std::vector<dns::Question> lint_questions(const LintInput& input) {
    std::vector<dns::Question> wanted;
    std::unordered_set<dns::Question> seen;
    const auto want = [&](dns::Question question) {
        if (input.answers->find(question) == nullptr && seen.insert(question).second)
            wanted.push_back(std::move(question));
    };
    const auto own = dns::Name::from_domain(input.report->domain);
    if (own && !input.assumed) want({*own, dns::Type::spf});
    for (const Report* report : {input.report, input.unlimited}) {
        if (report == nullptr) continue;
        for (const Verdict& verdict : report->verdicts) {
            for (const TermUse& use : verdict.uses) {
                for (const dns::Question& question : use.questions) {
                    want(question);
                    const dns::Answer* found = input.answers->find(question);
                    if (found == nullptr || found->status != dns::Status::no_name) continue;
                    const dns::Name& end = found->aliases.empty() ? question.name : found->aliases.back();
                    const auto name = input.registrable(end.to_text());
                    if (const auto asked = name ? dns::Name::from_domain(*name) : std::nullopt)
                        want({*asked, dns::Type::soa});
                }
            }
            for (const Visit& visit : verdict.visits) {
                if (!visit.publication || !visit.publication->record.explanation) continue;
                const MacroString& spec = visit.publication->record.explanation->domain;
                const auto* text =
                    spec.parts.size() == 1 ? std::get_if<std::string>(&spec.parts.front()) : nullptr;
                if (const auto name = text == nullptr ? std::nullopt : dns::Name::from_domain(*text))
                    want({*name, dns::Type::txt});
            }
        }
    }
    return wanted;
}

} // namespace spfwalk::spf
