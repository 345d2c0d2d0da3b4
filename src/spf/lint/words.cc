#include "spf/lint/words.h"

#include "spfwalk/ascii.h"
#include "spfwalk/net/address_set.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

constexpr std::string_view mechanisms[] = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"};
constexpr std::string_view needy[] = {"ip4", "ip6", "include", "exists"};
/// Terms that a range of addresses takes at most to be spelt out.
constexpr std::size_t most_terms = 8;

/// How many letters must be added, removed, changed or swapped with their neighbour to turn one word into the
/// other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before; // the rows of the two letters of `a` in front
    std::vector<std::size_t> above(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::vector<std::size_t> row(b.size() + 1, i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1), above[j] + 1, row[j - 1] + 1});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        before = std::exchange(above, std::move(row));
    }
    return above.back();
}

} // namespace

std::string_view without_qualifier(std::string_view term) {
    return !term.empty() && qualifiers.find(term[0]) != term.npos ? term.substr(1) : term;
}

std::string_view name_of(std::string_view term) {
    return term.substr(0, term.find_first_of(":/="));
}

bool is_mechanism(std::string_view name) {
    return std::ranges::find(mechanisms, lowercased(name)) != std::end(mechanisms);
}

bool needs_argument(std::string_view name) {
    return std::ranges::find(needy, lowercased(name)) != std::end(needy);
}

bool is_term_like(std::string_view word) {
    const std::string_view name = name_of(without_qualifier(word));
    return is_mechanism(name) || lowercased(name) == "redirect" || lowercased(name) == "exp";
}

bool is_network(std::string_view text, net::Family family) {
    const std::size_t slash = text.find('/');
    return net::parse_address(family, text.substr(0, slash)).has_value();
}
bool is_network(std::string_view text) {
    return is_network(text, net::Family::ipv4) || is_network(text, net::Family::ipv6);
}

std::string as_term(std::string_view network) {
    const auto prefix = net::parse_prefix(network);
    if (!prefix) return {};
    return fmt::format("{}:{}", prefix->family == net::Family::ipv4 ? "ip4" : "ip6", network);
}

std::vector<std::string> as_terms(std::string_view text, net::Family family) {
    const std::size_t mark = std::min(text.find_first_of("/-"), text.size());
    const auto first = net::parse_address(family, text.substr(0, mark));
    std::string rest(text.substr(std::min(mark + 1, text.size())));
    if (!first || rest.empty()) return {};
    std::vector<net::Prefix> prefixes;
    if (text[mark] == '/') {
        for (int length = 0; length <= net::bits(family); ++length) {
            const net::Prefix prefix = net::Prefix::containing(family, *first, length);
            std::string mask;
            net::append_mask(mask, prefix);
            if (mask == rest) prefixes = {prefix};
        }
    } else {
        // The last number alone.
        if (std::ranges::all_of(rest, is_digit)) rest.insert(0, text.substr(0, text.rfind('.', mark) + 1));
        const auto last = net::parse_address(family, rest);
        if (last && *first <= *last) prefixes = net::AddressSet({*first, *last}).prefixes(family);
    }
    std::vector<std::string> terms;
    if (prefixes.size() <= most_terms)
        for (const net::Prefix& prefix : prefixes)
            terms.push_back(as_term(net::to_text(prefix)));
    return terms;
}

bool is_domain_like(std::string_view text) {
    while (text.ends_with('.'))
        text.remove_suffix(1);
    const std::size_t dot = text.rfind('.');
    return dot != text.npos && dot + 2 < text.size() && is_letter(text[dot + 1]) &&
           text.find_first_of(":/=@%, ") == text.npos;
}

bool is_spf_version(std::string_view text) {
    return lowercased(text.substr(0, 5)) == "v=spf";
}

bool is_misspelt_version(std::string_view text) {
    return text.size() < 10 && distance(lowercased(text), "v=spf1") == 1;
}

std::string_view nearest(std::string_view name, std::string_view argument) {
    if (name.size() < 2 || name.size() > 12) return {};
    if (is_network(argument, net::Family::ipv4)) return "ip4";
    if (is_network(argument, net::Family::ipv6)) return "ip6";
    if (name.find("v6") != name.npos || name.find("p6") != name.npos) return "ip6";
    if (name.find("ip") != name.npos && name.size() <= 5) return is_domain_like(argument) ? "a" : "ip4";
    if (name == "aaaa" || name == "host") return "a";
    if (name == "spf") return "include";
    constexpr std::string_view known[] = {"include", "exists", "redirect", "all", "mx", "ptr"};
    for (const std::string_view candidate : known)
        if (distance(name, candidate) <= (candidate.size() > 5 ? 2 : 1)) return candidate;
    return {};
}

std::string with_colon(std::string_view word) {
    for (const std::string_view name : needy) {
        if (!equal_ignoring_case(word.substr(0, name.size()), name)) continue;
        std::string_view rest = word.substr(name.size());
        rest = rest.substr(std::min(rest.find_first_not_of(".,;-/"), rest.size()));
        const bool fits = name == "ip4"   ? is_network(rest, net::Family::ipv4)
                          : name == "ip6" ? is_network(rest, net::Family::ipv6)
                                          : is_domain_like(rest);
        if (fits) return fmt::format("{}:{}", name, rest);
    }
    return {};
}

std::string_view second_name_in(std::string_view argument) {
    const std::string_view name = name_of(argument);
    if (name.size() == argument.size() || argument[name.size()] != ':' || !is_mechanism(name)) return {};
    const std::string_view rest = argument.substr(name.size() + 1);
    return is_network(rest) || is_domain_like(rest) ? argument.substr(0, name.size() + 1)
                                                    : std::string_view();
}

std::size_t second_term_in(std::string_view text) {
    std::size_t found = text.npos;
    const std::string folded = lowercased(text);
    for (const std::string_view begin : {"include:", "ip4:", "ip6:", "exists:", "redirect=", "v=spf1", "~all",
                                         "-all", "?all", "+all", "mx:"}) {
        const std::size_t at = folded.find(begin, 1);
        if (at == folded.npos) continue;
        // "-all" within a name such as "spf-all.example.com" is no term, nor "mx:" in "relaymx:".
        if (begin.ends_with("all") && at + begin.size() != folded.size()) continue;
        if (begin == "mx:" && is_letter(folded[at - 1])) continue;
        found = std::min(found, at);
    }
    if (found != text.npos && qualifiers.find(text[found - 1]) != text.npos && found > 1) --found;
    return found;
}

std::size_t first_mark_in(std::string_view name) {
    bool in_macro = false;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name.substr(at).starts_with("%%")) {
            ++at;
            continue;
        }
        if (name.substr(at).starts_with("%{")) in_macro = true;
        if (!in_macro && std::string_view(",;:@").find(name[at]) != std::string_view::npos) return at;
        if (name[at] == '}') in_macro = false;
    }
    return name.npos;
}

std::string_view first_character(std::string_view text) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t claimed = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    std::size_t length = 1;
    while (length < std::min(claimed, text.size()) &&
           (static_cast<unsigned char>(text[length]) & 0xc0) == 0x80)
        ++length;
    return text.substr(0, length);
}

std::string_view character_name(std::string_view text) {
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"\xe2\x80\x93", "an en dash"},
        {"\xe2\x80\x94", "an em dash"},
        {"\xe2\x88\x92", "a minus sign"},
        {"\xe2\x80\x90", "a typographic hyphen"},
        {"\xe2\x80\x91", "a non-breaking hyphen"},
        {"\xe2\x80\x9c", "a typographic quotation mark"},
        {"\xe2\x80\x9d", "a typographic quotation mark"},
        {"\xe2\x80\x98", "a typographic quotation mark"},
        {"\xe2\x80\x99", "a typographic quotation mark"},
        {"\xc2\xa0", "a non-breaking space"},
        {"\xe2\x80\x8b", "a zero-width space"},
        {"\xe2\x80\x8e", "an invisible left-to-right mark"},
        {"\xe2\x80\x8f", "an invisible right-to-left mark"},
        {"\xef\xbb\xbf", "an invisible byte order mark"},
        {"\t", "a tab"},
        {"\r", "a line break"},
        {"\n", "a line break"},
        {"\x96", "a dash of Windows-1252"},
        {"\xa0", "a non-breaking space of Latin-1"},
    };
    for (const auto& [bytes, name] : names)
        if (text.starts_with(bytes)) return name;
    return is_ascii(text[0]) ? "a control character" : "a character";
}

} // namespace spfwalk::spf
