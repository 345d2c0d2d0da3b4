#include "spfwalk/spf/macro.h"

#include "spfwalk/ascii.h"
#include "spfwalk/dns/name.h"

#include <algorithm>
#include <vector>

namespace spfwalk::spf {

namespace {

std::string value_of(char letter, const MacroValues& values) {
    switch (letter) {
    case 's':
        return std::string(local_part(values.sender)) + '@' + std::string(domain_part(values.sender));
    case 'l':
        return std::string(local_part(values.sender));
    case 'o':
        return std::string(domain_part(values.sender));
    case 'd':
        return std::string(values.domain);
    case 'i':
        return values.client ? dotted(values.family, *values.client) : std::string();
    case 'p':
        return std::string(values.validated);
    case 'v':
        return values.family == net::Family::ipv4 ? "in-addr" : "ip6";
    case 'h':
        return std::string(values.helo);
    case 'c':
        return values.client ? net::to_text(values.family, *values.client) : std::string();
    case 'r':
        return std::string(values.receiver);
    case 't':
        return std::string(values.timestamp);
    default:
        return {};
    }
}

/// Splits at any of the delimiters, reverses, keeps the rightmost parts and joins with ".".
std::string transform(const std::string& value, const MacroExpand& expand) {
    const std::string_view delimiters = expand.delimiters.empty() ? "." : std::string_view(expand.delimiters);
    std::vector<std::string_view> parts;
    std::string_view rest = value;
    while (true) {
        const std::size_t cut = rest.find_first_of(delimiters);
        parts.push_back(rest.substr(0, cut));
        if (cut == rest.npos) break;
        rest.remove_prefix(cut + 1);
    }
    if (expand.reverse) std::ranges::reverse(parts);
    const std::size_t skip = expand.keep != 0 && expand.keep < parts.size() ? parts.size() - expand.keep : 0;
    std::string result;
    for (std::size_t i = skip; i < parts.size(); ++i) {
        if (i > skip) result += '.';
        result += parts[i];
    }
    return result;
}

/// Everything but RFC 3986's unreserved characters as %XX.
std::string url_escape(std::string_view text) {
    constexpr std::string_view hex = "0123456789ABCDEF";
    std::string result;
    for (const char c : text) {
        const bool unreserved = is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
        const auto octet = static_cast<unsigned char>(c);
        if (unreserved)
            result += c;
        else
            result.append({'%', hex[octet >> 4], hex[octet & 15]});
    }
    return result;
}

/// A literal in which "%" and space are macros again (§7.1).
std::string literal_text(std::string_view literal) {
    std::string result;
    for (const char c : literal) {
        if (c == '%')
            result += "%%";
        else if (c == ' ')
            result += "%_";
        else
            result += c;
    }
    return result;
}

std::string macro_text(const MacroExpand& macro) {
    std::string result = "%{";
    result += macro.url_escape ? static_cast<char>(macro.letter - 'a' + 'A') : macro.letter;
    if (macro.keep != 0) result += std::to_string(macro.keep);
    if (macro.reverse) result += 'r';
    return (result += macro.delimiters) += '}';
}

} // namespace

std::string to_text(const MacroString& text, std::string_view domain) {
    std::string result;
    for (const auto& part : text.parts) {
        const auto* macro = std::get_if<MacroExpand>(&part);
        if (macro == nullptr)
            result += literal_text(std::get<std::string>(part));
        else if (macro->letter == 'd')
            result += literal_text(expand(
                {{part}, {}}, {.domain = domain, .sender = {}, .helo = {}, .family = {}, .client = {}}));
        else
            result += macro_text(*macro);
    }
    return result;
}

std::string_view local_part(std::string_view sender) {
    const std::size_t at = sender.rfind('@');
    return at == sender.npos || at == 0 ? "postmaster" : sender.substr(0, at);
}

std::string_view domain_part(std::string_view sender) {
    const std::size_t at = sender.rfind('@');
    return at == sender.npos ? sender : sender.substr(at + 1);
}

bool is_for_labels(std::string_view sender) {
    return std::ranges::all_of(local_part(sender), is_ascii);
}

std::string dotted(net::Family family, net::Address address) {
    if (family == net::Family::ipv4) return net::to_text(family, address);
    constexpr std::string_view hex = "0123456789abcdef";
    std::string result;
    for (int nibble = 0; nibble < 32; ++nibble) {
        const std::uint64_t half = nibble < 16 ? address.hi : address.lo;
        if (nibble > 0) result += '.';
        result += hex[half >> (60 - 4 * (nibble % 16)) & 15];
    }
    return result;
}

std::string expand(const MacroString& text, const MacroValues& values) {
    std::string result;
    for (const auto& part : text.parts) {
        if (const auto* literal = std::get_if<std::string>(&part)) {
            result += *literal;
            continue;
        }
        const auto& macro = std::get<MacroExpand>(part);
        const std::string value = transform(value_of(macro.letter, values), macro);
        result += macro.url_escape ? url_escape(value) : value;
    }
    return result;
}

std::string expand_domain(const MacroString& spec, const MacroValues& values) {
    std::string name = expand(spec, values);
    name.resize(dns::without_root_dot(name).size());
    while (name.size() > dns::max_name_text) {
        const std::size_t dot = name.find('.');
        if (dot == name.npos) break;
        name.erase(0, dot + 1);
    }
    return name;
}

std::optional<std::string_view> fixed_domain(const MacroString& spec) {
    const auto* text = spec.parts.size() == 1 ? std::get_if<std::string>(&spec.parts.front()) : nullptr;
    if (text == nullptr || text->size() > dns::max_name_text || text->ends_with('.')) return std::nullopt;
    return *text;
}

} // namespace spfwalk::spf
