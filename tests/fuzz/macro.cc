#include "fuzz/fuzz.h"

#include "support/naive_check_host.h"

#include "spfwalk/dns/name.h"
#include "spfwalk/spf/macro.h"
#include "spfwalk/spf/parse.h"
#include "spfwalk/spf/universe.h"

namespace spfwalk::fuzz {

namespace {

/// Expands as the text of an explanation, and compares with what a second check_host() explains.
void check_explanation(const std::string& text, const spf::MacroValues& values) {
    const std::string domain(values.domain);
    const std::string helo(values.helo);
    const std::string sender(values.sender);
    const auto parsed = spf::parse_explanation(text);
    const std::string ours = parsed ? spf::expand(*parsed, values) : "";

    const std::string explanation = "why.explanation.test";
    const std::string key = naive::lower(domain);
    if (key == explanation) return;
    naive::Zone zone;
    zone.names[key].txt = {"v=spf1 -all exp=" + explanation};
    zone.names[explanation].txt = {text};
    const std::string theirs =
        naive::check_host_in_full(zone, net::to_text(values.family, *values.client), domain, sender, helo)
            .explanation;
    promise(ours == theirs, "an explanation is expanded as a second implementation does",
            ours + "\n" + theirs);
}

void check_domain_spec(const std::string& text, const spf::MacroValues& values) {
    const spf::Record record = spf::parse_record("v=spf1 exists:" + text);
    if (!record.errors.empty() || record.directives.size() != 1) return;
    const auto* exists = std::get_if<spf::Exists>(&record.directives.front().mechanism);
    promise(exists != nullptr, "exists is exists", text);
    spf::MacroLetters letters;
    for (const auto& part : exists->domain.parts)
        if (const auto* macro = std::get_if<spf::MacroExpand>(&part)) letters.add(macro->letter);
    promise(letters == exists->domain.letters, "the letters are those of the parts", text);
    promise(!letters.any_of("crt"), "c, r and t are for explanations (§7.2)", text);

    std::string whole = spf::expand(exists->domain, values);
    const std::string name = spf::expand_domain(exists->domain, values);
    if (whole.ends_with('.')) whole.pop_back();
    promise(whole.ends_with(name), "a name is made shorter from the left only", whole);
    promise(name.size() <= dns::max_name_text || name.find('.') == name.npos, "a name of 253 octets", name);
    if (whole.size() <= dns::max_name_text) promise(whole == name, "a short name stays as it is", whole);
    if (name.size() < whole.size()) {
        promise(whole[whole.size() - name.size() - 1] == '.', "whole labels are removed", whole);
        const std::string removed = whole.substr(0, whole.size() - name.size() - 1);
        const std::size_t label = removed.size() - (removed.rfind('.') + 1); // npos + 1 is 0
        const std::size_t longer = label + 1 + name.size();
        promise(longer > dns::max_name_text, "no more labels are removed than need be", whole);
    }
}

} // namespace

void fuzz_macro(Bytes bytes) {
    Input input(bytes);
    spf::MacroValues values{.domain = {}, .sender = {}, .helo = {}, .family = {}, .client = {}};
    values.family = (input.octet() & 1) == 0 ? net::Family::ipv4 : net::Family::ipv6;
    values.client = input.address(values.family);
    const auto next = [&] { return std::string(as_text(input.line())); };
    const std::string text = next();
    const std::string sender = next();
    const std::string helo = next();
    std::string domain = next();
    const auto name = dns::Name::from_domain(domain);
    if (!name || name->label_count() < 2 || domain.ends_with('.')) domain = "Mail.Example.test";
    values.domain = domain;
    values.sender = sender;
    values.helo = helo;

    const bool is_mapped = values.family == net::Family::ipv6 && values.client >= spf::mapped_range.first &&
                           values.client <= spf::mapped_range.last;
    // The second implementation takes mapped clients for IPv4.
    if (!is_mapped) check_explanation(text, values);
    check_domain_spec(text, values);
}

} // namespace spfwalk::fuzz
