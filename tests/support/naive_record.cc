#include "support/naive_record.h"

#include "support/naive_zone.h"

namespace naive {

namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_alpha(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_alphanum(char c) {
    return is_alpha(c) || is_digit(c);
}
bool contains(const std::string& set, char c) {
    return set.find(c) != std::string::npos;
}

// toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )
bool is_toplabel(const std::string& label) {
    if (label.empty() || !is_alphanum(label.front()) || !is_alphanum(label.back())) return false;
    bool has_alpha = false;
    bool has_hyphen = false;
    for (const char c : label) {
        if (!is_alphanum(c) && c != '-') return false;
        has_alpha = has_alpha || is_alpha(c);
        has_hyphen = has_hyphen || c == '-';
    }
    return has_alpha || has_hyphen;
}

// domain-spec = macro-string domain-end
// domain-end  = ( "." toplabel [ "." ] ) / macro-expand
bool is_domain_spec(const std::string& text) {
    const auto pieces = parse_macro_string(text, false);
    if (!pieces || pieces->empty()) return false;
    if (pieces->back().is_macro) return true;
    std::string end; // the literals behind the last macro
    for (const Piece& piece : *pieces) {
        if (piece.is_macro)
            end.clear();
        else
            end += piece.text;
    }
    if (end.ends_with('.')) end.pop_back();
    const std::size_t dot = end.rfind('.');
    return dot != std::string::npos && is_toplabel(end.substr(dot + 1));
}

// "0" / %x31-39 0*2DIGIT, value range 0-most
std::optional<int> parse_length(const std::string& text, int most) {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return std::nullopt;
    int value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + (c - '0');
    }
    if (value > most) return std::nullopt;
    return value;
}

/// Takes `mark` and the length behind it off the end of `text`, if `text` ends so. False on a bad length.
bool take_length(std::string& text, const std::string& mark, int most, int& length) {
    std::size_t digits = text.size();
    while (digits > 0 && is_digit(text[digits - 1]))
        --digits;
    if (digits == text.size() || !text.substr(0, digits).ends_with(mark)) return true;
    const auto value = parse_length(text.substr(digits), most);
    if (!value) return false;
    length = *value;
    text.resize(digits - mark.size());
    return true;
}

// directive = [ qualifier ] mechanism
std::optional<Directive> parse_directive(std::string text) {
    Directive directive;
    if (!text.empty() && contains("+-?~", text[0])) {
        directive.qualifier = text[0];
        text.erase(0, 1);
    }
    const std::size_t name_end = text.find_first_of(":/");
    directive.name = lower(text.substr(0, name_end));
    std::string rest = name_end == std::string::npos ? "" : text.substr(name_end);
    const std::string& name = directive.name;

    if (name == "all") { // all = "all"
        if (!rest.empty()) return std::nullopt;
        return directive;
    }
    if (name == "ip4" || name == "ip6") {
        // ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ], ip6 alike
        if (!rest.starts_with(':')) return std::nullopt;
        rest.erase(0, 1);
        if (!take_length(rest, "/", name == "ip4" ? 32 : 128,
                         name == "ip4" ? directive.ip4_length : directive.ip6_length))
            return std::nullopt;
        const auto network = name == "ip4" ? parse_v4(rest) : parse_v6(rest);
        if (!network) return std::nullopt;
        directive.network = *network;
        return directive;
    }
    if (name == "a" || name == "mx") {
        // a = "a" [ ":" domain-spec ] [ dual-cidr-length ]
        // dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]
        if (!take_length(rest, "//", 128, directive.ip6_length)) return std::nullopt;
        if (!take_length(rest, "/", 32, directive.ip4_length)) return std::nullopt;
    }
    const bool needs_domain = name == "include" || name == "exists"; // "include" ":" domain-spec
    const bool may_have_domain = name == "a" || name == "mx" || name == "ptr";
    if (!needs_domain && !may_have_domain) return std::nullopt;
    if (rest.empty()) {
        if (needs_domain) return std::nullopt;
        return directive;
    }
    if (rest[0] != ':' || !is_domain_spec(rest.substr(1))) return std::nullopt;
    directive.domain_spec = rest.substr(1);
    return directive;
}

// name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." ), followed by "="
std::optional<std::string> modifier_name(const std::string& term) {
    const std::size_t equals = term.find('=');
    if (equals == std::string::npos || equals == 0 || !is_alpha(term[0])) return std::nullopt;
    for (const char c : term.substr(0, equals)) {
        if (!is_alphanum(c) && !contains("-_.", c)) return std::nullopt;
    }
    return lower(term.substr(0, equals));
}

} // namespace

// macro-string  = *( macro-expand / macro-literal )
// macro-expand  = ( "%{" macro-letter transformers *delimiter "}" ) / "%%" / "%_" / "%-"
// macro-literal = %x21-24 / %x26-7E
std::optional<std::vector<Piece>> parse_macro_string(const std::string& text, bool in_exp_text) {
    std::vector<Piece> pieces;
    std::size_t at = 0;
    const auto next = [&]() -> char { return at < text.size() ? text[at++] : '\0'; };
    while (at < text.size()) {
        Piece piece;
        const char c = next();
        if (c != '%') {
            // explain-string = *( macro-string / SP )
            if ((c < 0x21 || c > 0x7e) && !(in_exp_text && c == ' ')) return std::nullopt;
            piece.text = c;
            pieces.push_back(piece);
            continue;
        }
        piece.is_macro = true;
        const char kind = next();
        if (kind == '%' || kind == '_' || kind == '-') {
            piece.text = kind == '%' ? "%" : kind == '_' ? " " : "%20"; // §7.1
            pieces.push_back(piece);
            continue;
        }
        if (kind != '{') return std::nullopt;
        piece.letter = next();
        const std::string letter = lower(std::string(1, piece.letter));
        // §7.2: c, r and t are allowed only in "exp" text.
        if (!contains("slodiphv", letter[0]) && !(in_exp_text && contains("crt", letter[0])))
            return std::nullopt;
        // transformers = *DIGIT [ "r" ]
        bool has_digits = false;
        while (at < text.size() && is_digit(text[at])) {
            has_digits = true;
            if (piece.digits < 1000)
                piece.digits = piece.digits * 10 + (text[at] - '0'); // no name has more parts
            ++at;
        }
        if (has_digits && piece.digits == 0) return std::nullopt;       // §7.3: the value MUST be nonzero
        if (at < text.size() && (text[at] == 'r' || text[at] == 'R')) { // literals in ABNF ignore case
            piece.reverse = true;
            ++at;
        }
        // delimiter = "." / "-" / "+" / "," / "/" / "_" / "="
        while (at < text.size() && contains(".-+,/_=", text[at]))
            piece.delimiters += text[at++];
        if (next() != '}') return std::nullopt;
        pieces.push_back(piece);
    }
    return pieces;
}

bool has_version(const std::string& text) {
    return lower(text.substr(0, 6)) == "v=spf1" && (text.size() == 6 || text[6] == ' ');
}

// record = version terms *SP
// terms  = *( 1*SP ( directive / modifier ) )
std::optional<Record> parse_record(const std::string& text) {
    Record record;
    std::vector<std::string> terms;
    bool in_term = false;
    for (const char c : text.substr(6)) {
        if (c == ' ') {
            in_term = false;
            continue;
        }
        if (!in_term) terms.emplace_back();
        in_term = true;
        terms.back() += c;
    }
    for (const std::string& term : terms) {
        const auto name = modifier_name(term);
        if (!name) {
            const auto directive = parse_directive(term);
            if (!directive) return std::nullopt;
            record.directives.push_back(*directive);
            continue;
        }
        const std::string value = term.substr(name->size() + 1);
        if (*name == "redirect" || *name == "exp") {
            // redirect = "redirect" "=" domain-spec; explanation = "exp" "=" domain-spec
            // §6: MUST NOT appear more than once each
            std::optional<std::string>& place = *name == "exp" ? record.exp : record.redirect;
            if (place || !is_domain_spec(value)) return std::nullopt;
            place = value;
        } else if (!parse_macro_string(value, false)) { // unknown-modifier = name "=" macro-string
            return std::nullopt;
        }
    }
    return record;
}

} // namespace naive
