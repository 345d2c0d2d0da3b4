// A parsed record as one line of text, so that a test's table can say what it expects.
#pragma once

#include "spfwalk/net/prefix.h"
#include "spfwalk/spf/record.h"

#include <string>

namespace spfwalk::test {

/// Literals as they are, a macro-expand as <letter, keep, "r", delimiters>; an upper-case letter is one to
/// URL-escape.
inline std::string show(const spf::MacroString& text) {
    std::string out;
    for (const auto& part : text.parts) {
        if (const auto* literal = std::get_if<std::string>(&part)) {
            out += *literal;
            continue;
        }
        const auto& macro = std::get<spf::MacroExpand>(part);
        out += '<';
        out += macro.url_escape ? static_cast<char>(macro.letter - 'a' + 'A') : macro.letter;
        if (macro.keep != 0) out += std::to_string(macro.keep);
        if (macro.reverse) out += 'r';
        out += macro.delimiters + '>';
    }
    return out;
}

struct ShowMechanism {
    static std::string domain(const std::optional<spf::MacroString>& spec) {
        return spec ? ":" + show(*spec) : "";
    }
    static std::string lengths(spf::CidrLengths value) {
        return "/" + std::to_string(value.ipv4) + "//" + std::to_string(value.ipv6);
    }
    std::string operator()(const spf::All&) const { return "all"; }
    std::string operator()(const spf::Include& m) const { return "include:" + show(m.domain); }
    std::string operator()(const spf::A& m) const { return "a" + domain(m.domain) + lengths(m.lengths); }
    std::string operator()(const spf::Mx& m) const { return "mx" + domain(m.domain) + lengths(m.lengths); }
    std::string operator()(const spf::Ptr& m) const { return "ptr" + domain(m.domain); }
    std::string operator()(const spf::Ip& m) const { return "ip:" + net::to_text(m.prefix); }
    std::string operator()(const spf::Exists& m) const { return "exists:" + show(m.domain); }
    std::string operator()(const spf::Malformed&) const { return "malformed"; }
};

/// The qualifier is always written, and so are both lengths.
inline std::string show(const spf::Directive& directive) {
    return "+-~?"[static_cast<std::size_t>(directive.qualifier)] +
           std::visit(ShowMechanism{}, directive.mechanism);
}

/// Directives in order, then the modifiers that count, separated by spaces.
inline std::string show(const spf::Record& record) {
    std::string out;
    const auto add = [&out](const std::string& term) { out += (out.empty() ? "" : " ") + term; };
    for (const spf::Directive& directive : record.directives)
        add(show(directive));
    if (record.redirect) add("redirect=" + show(record.redirect->domain));
    if (record.explanation) add("exp=" + show(record.explanation->domain));
    return out;
}

} // namespace spfwalk::test
