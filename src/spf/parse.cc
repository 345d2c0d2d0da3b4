#include "spfwalk/spf/parse.h"

#include "spfwalk/ascii.h"
#include "spfwalk/escape.h"
#include "spfwalk/expected.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

constexpr std::string_view version = "v=spf1";
constexpr std::string_view delimiters = ".-+,/_=";

/// What went wrong, where in the text being read, thrown no further than a term.
struct Defect {
    std::string_view at;
    std::string what;
    const char* section;
};

template <class T>
using Read = Expected<T, Defect>;

unexpected<Defect> defect(std::string_view at, std::string what, const char* section) {
    return unexpected(Defect{at, std::move(what), section});
}

enum class MacroPlace : std::uint8_t { record, explanation };

/// "%{" macro-letter transformers *delimiter "}": `text` starts behind "%{". Returns how much was read.
Read<std::size_t> read_macro_expand(std::string_view text, MacroPlace place, MacroExpand& expand) {
    const std::size_t close = text.find('}');
    if (close == text.npos) return defect(text, "macro without \"}\"", "7.1");
    const std::string_view body = text.substr(0, close);
    if (body.empty()) return defect(text.substr(0, 1), "macro without a letter", "7.1");
    expand.letter = lower(body[0]);
    expand.url_escape = expand.letter != body[0];
    if (std::string_view("slodiphcrtv").find(expand.letter) == std::string_view::npos)
        return defect(body, "unknown macro letter", "7.1");
    if (place == MacroPlace::record && std::string_view("crt").find(expand.letter) != std::string_view::npos)
        return defect(body, "macro letter is for explanations only", "7.2");
    std::size_t at = 1;
    std::size_t number = 0;
    for (; at < body.size() && is_digit(body[at]); ++at)
        number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(body[at] - '0'), 1000);
    if (at > 1 && number == 0) return defect(body, "macro keeps zero parts", "7.3");
    // No name has more parts than an octet can count, so larger numbers keep them all.
    expand.keep = number > 255 ? 0 : static_cast<std::uint8_t>(number);
    if (at < body.size() && lower(body[at]) == 'r') {
        expand.reverse = true;
        ++at;
    }
    const std::string_view rest = body.substr(at);
    if (rest.find_first_not_of(delimiters) != rest.npos) return defect(body, "bad macro transformer", "7.1");
    expand.delimiters = rest;
    return close + 1;
}

Read<MacroString> read_macro_string(std::string_view text, MacroPlace place) {
    MacroString result;
    std::string literal;
    const auto is_allowed = [place](char c) {
        return (c > ' ' && c <= '~') || (c == ' ' && place == MacroPlace::explanation);
    };
    const auto flush = [&] {
        if (!literal.empty()) result.parts.emplace_back(std::move(literal));
        literal.clear();
    };
    for (std::size_t at = 0; at < text.size();) {
        if (const std::size_t end = std::min(text.find('%', at), text.size()); end > at) {
            const std::string_view run = text.substr(at, end - at);
            const auto bad = std::ranges::find_if_not(run, is_allowed);
            if (bad != run.end()) {
                at += static_cast<std::size_t>(bad - run.begin());
                return defect(text.substr(at, 1), "character not allowed in a macro-string", "7.1");
            }
            literal += run;
            at = end;
            continue;
        }
        const char next = at + 1 < text.size() ? text[at + 1] : '\0';
        if (next == '%' || next == '_' || next == '-') {
            literal += next == '%' ? "%" : next == '_' ? " " : "%20";
            at += 2;
        } else if (next == '{') {
            MacroExpand expand;
            const auto read = read_macro_expand(text.substr(at + 2), place, expand);
            if (!read) return unexpected(read.error());
            flush();
            result.letters.add(expand.letter);
            result.parts.emplace_back(std::move(expand));
            at += 2 + *read;
        } else {
            return defect(text.substr(at, 2), "\"%\" that starts no macro", "7.1");
        }
    }
    flush();
    return result;
}

/// toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
bool is_toplabel(std::string_view label) {
    if (label.empty() || !is_alphanumeric(label.front()) || !is_alphanumeric(label.back())) return false;
    if (!std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; })) return false;
    return !std::ranges::all_of(label, is_digit);
}

/// domain-spec = macro-string domain-end; domain-end = ( "." toplabel [ "." ] ) / macro-expand
Read<MacroString> read_domain_spec(std::string_view text) {
    if (text.empty()) return defect(text, "empty domain", "7.1");
    auto spec = read_macro_string(text, MacroPlace::record);
    if (!spec) return spec;
    // What stands behind the last macro-expand, as written: "%%", "%_" and "%-" are macro-expands too.
    std::size_t tail = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] != '%') {
            ++at;
            continue;
        }
        at = text[at + 1] == '{' ? text.find('}', at) + 1 : at + 2;
        tail = at;
    }
    if (tail == text.size()) return spec;
    std::string_view end = text.substr(tail);
    if (end.ends_with('.')) end.remove_suffix(1);
    const std::size_t dot = end.rfind('.');
    if (dot == end.npos) return defect(text, "domain without a top label", "7.1");
    if (!is_toplabel(end.substr(dot + 1))) return defect(text, "bad top label in domain", "7.1");
    return spec;
}

/// Takes dual-cidr-length off the end of `text`. A "/" may stand in a domain-spec as well, so the lengths are
/// whatever digits behind "//" and then "/" close the term.
Read<CidrLengths> take_cidr_lengths(std::string_view& text) {
    CidrLengths lengths;
    const auto slash_before_digits = [&]() -> std::size_t {
        const std::size_t slash = text.find_last_not_of("0123456789");
        if (slash == text.npos || text[slash] != '/' || slash + 1 == text.size()) return text.npos;
        return slash;
    };
    std::size_t slash = slash_before_digits();
    if (slash != text.npos && slash > 0 && text[slash - 1] == '/') {
        const auto length = net::parse_length(text.substr(slash + 1), 128);
        if (!length) return defect(text.substr(slash - 1), "bad IPv6 prefix length", "5.6");
        lengths.ipv6 = static_cast<std::uint8_t>(*length);
        text = text.substr(0, slash - 1);
        slash = slash_before_digits();
    }
    if (slash != text.npos) {
        const auto length = net::parse_length(text.substr(slash + 1), 32);
        if (!length) return defect(text.substr(slash), "bad IPv4 prefix length", "5.6");
        lengths.ipv4 = static_cast<std::uint8_t>(*length);
        text = text.substr(0, slash);
    }
    return lengths;
}

Read<Mechanism> read_ip(std::string_view argument, net::Family family) {
    const int bits = net::bits(family);
    const char* const what = family == net::Family::ipv4 ? "not an IPv4 network" : "not an IPv6 network";
    const std::size_t slash = argument.find('/');
    const auto address = net::parse_address(family, argument.substr(0, slash));
    if (!address) return defect(argument, what, "5.6");
    int length = bits;
    if (slash != argument.npos) {
        const auto read = net::parse_length(argument.substr(slash + 1), bits);
        if (!read) return defect(argument.substr(slash), "bad prefix length", "5.6");
        length = *read;
    }
    return Mechanism{Ip{net::Prefix::containing(family, *address, length)}};
}

/// `name` is as written; `rest` starts with ":" or "/" or is empty.
Read<Mechanism> read_mechanism(std::string_view name, std::string_view rest) {
    const auto is = [&](std::string_view known) { return equal_ignoring_case(name, known); };
    const auto required_domain = [&](const char* section) -> Read<MacroString> {
        if (!rest.starts_with(':')) return defect(name, "domain missing", section);
        return read_domain_spec(rest.substr(1));
    };
    const auto optional_domain = [](std::string_view text) -> Read<std::optional<MacroString>> {
        if (text.empty()) return std::nullopt;
        if (text[0] != ':') return defect(text, "unexpected characters", "12");
        auto spec = read_domain_spec(text.substr(1));
        if (!spec) return unexpected(std::move(spec.error()));
        return std::move(*spec);
    };
    const auto address_mechanism = [&]<class M>(M mechanism) -> Read<Mechanism> {
        const auto lengths = take_cidr_lengths(rest);
        if (!lengths) return unexpected(lengths.error());
        auto domain = optional_domain(rest);
        if (!domain) return unexpected(std::move(domain.error()));
        mechanism.domain = std::move(*domain);
        mechanism.lengths = *lengths;
        return Mechanism{std::move(mechanism)};
    };

    if (is("all")) {
        if (!rest.empty()) return defect(rest, "\"all\" takes no argument", "5.1");
        return Mechanism{All{}};
    }
    if (is("include")) {
        auto domain = required_domain("5.2");
        if (!domain) return unexpected(std::move(domain.error()));
        return Mechanism{Include{std::move(*domain)}};
    }
    if (is("a")) return address_mechanism(A{});
    if (is("mx")) return address_mechanism(Mx{});
    if (is("ptr")) {
        auto domain = optional_domain(rest);
        if (!domain) return unexpected(std::move(domain.error()));
        return Mechanism{Ptr{std::move(*domain)}};
    }
    if (is("ip4") || is("ip6")) {
        if (!rest.starts_with(':')) return defect(name, "network missing", "5.6");
        return read_ip(rest.substr(1), name[2] == '4' ? net::Family::ipv4 : net::Family::ipv6);
    }
    if (is("exists")) {
        auto domain = required_domain("5.7");
        if (!domain) return unexpected(std::move(domain.error()));
        return Mechanism{Exists{std::move(*domain)}};
    }
    return defect(name, name.empty() ? "no mechanism" : "unknown mechanism", "4.6.1");
}

std::optional<Qualifier> qualifier_of(char c) {
    switch (c) {
    case '+':
        return Qualifier::pass;
    case '-':
        return Qualifier::fail;
    case '~':
        return Qualifier::softfail;
    case '?':
        return Qualifier::neutral;
    default:
        return std::nullopt;
    }
}

/// Where the name that a term begins with ends: at the first ":", "/" or "=".
std::size_t end_of_name(std::string_view term) {
    const auto ends = [](char c) { return c == ':' || c == '/' || c == '='; };
    return static_cast<std::size_t>(std::ranges::find_if(term, ends) - term.begin());
}

class Parser {
  public:
    Parser(std::string text, Grammar grammar) : grammar_(grammar) { record_.text = std::move(text); }

    Record run() {
        const std::string_view text = record_.text;
        record_.is_plain = is_plain(text);
        constexpr std::size_t usual_terms = 24;
        record_.directives.reserve(std::min(count_of(text, ' '), usual_terms));
        for (std::size_t at = version.size(); at < text.size(); ++at) {
            const std::size_t end = std::min(find_separator(text, at), text.size());
            if (end > at) read_term(text.substr(at, end - at));
            at = end;
        }
        return std::move(record_);
    }

  private:
    std::size_t find_separator(std::string_view text, std::size_t from) const {
        return grammar_ == Grammar::lenient ? text.find_first_of(" \t\r\n", from) : text.find(' ', from);
    }

    Extent extent(std::string_view part) const {
        const auto begin = static_cast<std::uint32_t>(part.data() - record_.text.data());
        return {begin, begin + static_cast<std::uint32_t>(part.size())};
    }

    void error(const Defect& defect) {
        record_.errors.push_back({extent(defect.at), defect.what, defect.section, false});
    }

    void malformed(Qualifier qualifier, std::string_view term) {
        record_.directives.push_back({qualifier, Malformed{}, extent(term)});
    }

    void read_term(std::string_view term) {
        // name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ); only a modifier has "=" behind it.
        const std::size_t name_end = end_of_name(term);
        if (name_end < term.size() && term[name_end] == '=') return read_modifier(term, name_end);

        const auto qualifier = qualifier_of(term[0]);
        const std::string_view mechanism = qualifier ? term.substr(1) : term;
        const auto is_bad = [](char c) { return c <= ' ' || c > '~'; };
        const auto bad = record_.is_plain ? mechanism.end() : std::ranges::find_if(mechanism, is_bad);
        if (bad != mechanism.end()) {
            const auto at = static_cast<std::size_t>(bad - mechanism.begin());
            error({mechanism.substr(at, 1), "not a visible ASCII character", "3.1"});
            return malformed(qualifier.value_or(Qualifier::pass), term);
        }
        const std::size_t end = end_of_name(mechanism); // there is no "=" in front of it
        auto read = read_mechanism(mechanism.substr(0, end), mechanism.substr(end));
        if (!read) {
            error(read.error());
            return malformed(qualifier.value_or(Qualifier::pass), term);
        }
        record_.directives.push_back({qualifier.value_or(Qualifier::pass), std::move(*read), extent(term)});
    }

    void read_modifier(std::string_view term, std::size_t equals) {
        const std::string_view name = term.substr(0, equals);
        const std::string_view value = term.substr(equals + 1);
        const bool named = !name.empty() && is_letter(name[0]) && std::ranges::all_of(name, [](char c) {
            return is_alphanumeric(c) || c == '-' || c == '_' || c == '.';
        });
        if (!named) {
            error({name.empty() ? term : name, "not the name of a modifier", "4.6.1"});
            return malformed(qualifier_of(term[0]).value_or(Qualifier::pass), term);
        }
        const bool redirect = equal_ignoring_case(name, "redirect");
        if (!redirect && !equal_ignoring_case(name, "exp")) {
            if (const auto unknown = read_macro_string(value, MacroPlace::record); !unknown)
                error(unknown.error());
            else
                record_.unknown_modifiers.push_back(extent(term));
            return;
        }
        bool& given = redirect ? redirect_given_ : explanation_given_;
        if (std::exchange(given, true)) {
            record_.errors.push_back({extent(term), "modifier given twice", "6", true});
            return;
        }
        auto domain = read_domain_spec(value);
        if (!domain) {
            if (redirect) record_.dropped_redirect = extent(term);
            return error(domain.error());
        }
        (redirect ? record_.redirect : record_.explanation) = Modifier{std::move(*domain), extent(term)};
    }

    Grammar grammar_;
    Record record_;
    bool redirect_given_ = false; // even if malformed
    bool explanation_given_ = false;
};

} // namespace

bool is_spf_record(std::string_view text, Grammar grammar) {
    if (!equal_ignoring_case(text.substr(0, version.size()), version)) return false;
    if (text.size() == version.size()) return true;
    const char next = text[version.size()];
    return next == ' ' || (grammar == Grammar::lenient && (next == '\t' || next == '\r' || next == '\n'));
}

Record parse_record(std::string text, Grammar grammar) {
    return Parser(std::move(text), grammar).run();
}

std::optional<MacroString> parse_explanation(std::string_view text) {
    auto read = read_macro_string(text, MacroPlace::explanation);
    if (!read) return std::nullopt;
    return std::move(*read);
}

} // namespace spfwalk::spf
