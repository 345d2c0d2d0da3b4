#include "spfwalk/cli/domains.h"

#include "spfwalk/ascii.h"
#include "spfwalk/dns/name.h"
#include "spfwalk/escape.h"
#include "spfwalk/net/address.h"

#include <algorithm>
#include <memory>
#include <new>

#include <fmt/format.h>
#include <idn2.h>

namespace spfwalk::cli {

namespace {

constexpr std::string_view white_space = " \t\r\n\f\v";

/// Why no question can be asked about the name.
std::string defect_of(std::string_view name) {
    if (name.empty()) return "empty name";
    for (std::string_view rest = name;;) {
        const std::size_t dot = rest.find('.');
        const std::string_view label = rest.substr(0, dot);
        if (label.empty()) return "empty label in name";
        if (label.size() > dns::max_label_octets) return "label of more than 63 octets";
        if (dot == rest.npos) break;
        rest.remove_prefix(dot + 1);
    }
    if (name.size() > dns::max_name_text) return "name of more than 253 octets";
    if (net::parse_ipv4(name)) return "an address, not a domain name";
    // DNS itself allows any octet, but in an argument these are typing mistakes, URLs, addresses with a port
    // …
    const auto is_strange = [](char c) {
        return !is_alphanumeric(c) &&
               (c <= ' ' || c > '~' ||
                std::string_view("/:,;@\"'()<>[]\\|`").find(c) != std::string_view::npos);
    };
    return std::ranges::any_of(name, is_strange) ? "not a domain name" : "";
}

} // namespace

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(white_space);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(white_space) - first + 1);
}

Expected<std::string, std::string> to_ascii(std::string_view text) {
    if (std::ranges::all_of(text, is_ascii)) return std::string(text);
    if (text.find('\0') != text.npos) return unexpected(std::string("not a domain name"));
    // The name is UTF-8 whatever the locale: lists are written on other machines.
    std::uint8_t* converted = nullptr;
    const std::string input(text);
    const int status = idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(input.c_str()), &converted,
                                      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
    const std::unique_ptr<std::uint8_t, void (*)(void*)> owner(converted, idn2_free);
    if (status == IDN2_MALLOC) throw std::bad_alloc();
    if (status != IDN2_OK) return unexpected(fmt::format("not a domain name ({})", idn2_strerror(status)));
    return std::string(reinterpret_cast<const char*>(converted));
}

Expected<std::string, std::string> domain_from_text(std::string_view text) {
    std::string_view name = trimmed(text);
    if (const std::size_t at = name.rfind('@'); at != name.npos) {
        name.remove_prefix(at + 1);
    } else if (const std::size_t comma = name.find(','); comma != name.npos) {
        const bool rank = comma > 0 && std::ranges::all_of(name.substr(0, comma), is_digit);
        if (rank) name = trimmed(name.substr(comma + 1));
    }
    const auto ascii = to_ascii(name);
    if (!ascii) return ascii;
    // One name, one spelling, in lists and states.
    std::string domain = lowercased(dns::without_root_dot(*ascii));
    if (std::string defect = defect_of(domain); !defect.empty()) return unexpected(std::move(defect));
    return domain;
}

std::string_view line_content(std::string_view line) {
    return trimmed(line.substr(0, line.find('#')));
}

void DomainList::add_argument(std::string_view text) {
    auto domain = domain_from_text(text);
    if (domain)
        domains.push_back(std::move(*domain));
    else
        errors.push_back(fmt::format("\"{}\": {}", escape(trimmed(text)), domain.error()));
}

void DomainList::add_lines(std::string_view text, std::string_view name) {
    text = without_byte_order_mark(text);
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        const std::string_view line = line_content(text.substr(0, end));
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (line.empty()) continue;
        auto domain = domain_from_text(line);
        if (domain)
            domains.push_back(std::move(*domain));
        else
            errors.push_back(
                fmt::format("{}:{}: \"{}\": {}", escape(name), number, escape(line), domain.error()));
    }
}

} // namespace spfwalk::cli
