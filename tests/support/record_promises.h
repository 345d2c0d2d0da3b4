// What the parser promises of any record (record.h, parse.h), checked against its text.
#pragma once

#include "spfwalk/spf/parse.h"
#include "support/show_record.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::test {

inline std::string lower_case(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return result;
}

inline bool inside(spf::Extent part, spf::Extent whole) {
    return whole.begin <= part.begin && part.end <= whole.end;
}

/// The terms, split without the parser.
inline std::vector<spf::Extent> split_terms(std::string_view text, std::string_view separators) {
    std::vector<spf::Extent> terms;
    for (std::size_t at = 6; (at = text.find_first_not_of(separators, at)) != text.npos;) {
        const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
        terms.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
        at = end;
    }
    return terms;
}

/// All that a record says about its text.
inline std::string show_all(const spf::Record& record) {
    std::string out = record.text + '\n' + show(record) + '\n';
    const auto add = [&out](spf::Extent where) {
        out += std::to_string(where.begin) + '-' + std::to_string(where.end) + '\n';
    };
    for (const spf::Directive& directive : record.directives)
        add(directive.where);
    for (const spf::SyntaxError& error : record.errors) {
        out += error.what + " §" + error.section + (error.repeated_modifier ? " repeated " : " ");
        add(error.where);
    }
    for (const auto* modifier : {&record.redirect, &record.explanation})
        if (*modifier) add((*modifier)->where);
    return out;
}

/// The first promise that is broken, or nothing.
inline std::string broken_promise(const std::string& text, const spf::Record& record,
                                  std::string_view separators) {
    if (record.text != text) return "the text is kept";
    const std::vector<spf::Extent> terms = split_terms(text, separators);
    const auto term_of = [&](spf::Extent part) {
        return std::ranges::find_if(terms, [&](spf::Extent term) { return inside(part, term); }) -
               terms.begin();
    };
    const auto is_term = [&](spf::Extent where) { return std::ranges::count(terms, where) == 1; };

    std::uint32_t previous_end = 6;
    std::set<std::ptrdiff_t> malformed;
    for (const spf::Directive& directive : record.directives) {
        if (!is_term(directive.where)) return "a directive is a whole term";
        if (directive.where.begin < previous_end) return "directives are in order";
        previous_end = directive.where.end;
        if (std::holds_alternative<spf::Malformed>(directive.mechanism))
            malformed.insert(term_of(directive.where));
        if (const spf::Ip* ip = std::get_if<spf::Ip>(&directive.mechanism)) {
            const net::Prefix& prefix = ip->prefix;
            if (prefix.length > net::bits(prefix.family)) return "a prefix length fits its family";
            if (net::Prefix::containing(prefix.family, prefix.network, prefix.length) != prefix)
                return "host bits are clear";
        }
    }
    for (const auto* modifier : {&record.redirect, &record.explanation}) {
        if (!*modifier) continue;
        if (!is_term((*modifier)->where)) return "a modifier is a whole term";
        const std::string name = modifier == &record.redirect ? "redirect=" : "exp=";
        if (!lower_case(record.slice((*modifier)->where)).starts_with(name)) return "a modifier has its name";
    }
    std::ptrdiff_t previous_term = -1;
    for (const spf::SyntaxError& error : record.errors) {
        if (error.where.begin > error.where.end || error.where.end > text.size())
            return "an error is in the text";
        const std::ptrdiff_t term = term_of(error.where);
        if (term == static_cast<std::ptrdiff_t>(terms.size())) return "an error is in a term";
        if (term <= previous_term) return "one error for each bad term, in order";
        previous_term = term;
        if (error.what.empty()) return "an error says what is wrong";
        malformed.erase(term);
        if (std::ranges::any_of(record.directives, [&](const spf::Directive& directive) {
                return inside(error.where, directive.where) &&
                       !std::holds_alternative<spf::Malformed>(directive.mechanism);
            }))
            return "a term with an error is no good directive";
    }
    if (!malformed.empty()) return "a malformed directive has an error";
    return {};
}

} // namespace spfwalk::test
