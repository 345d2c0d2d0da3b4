// An SPF record as typed data (RFC 7208 §12). The ABNF stands above each type.
#pragma once

#include "spfwalk/net/prefix.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spfwalk::spf {

/// Where something stands in the record's text: octets [begin, end).
struct Extent {
    std::uint32_t begin = 0;
    std::uint32_t end = 0;

    /// Counted from 1, for people.
    std::uint32_t column() const { return begin + 1; }
    friend bool operator==(const Extent&, const Extent&) = default;
};

/// A set of macro letters, lower case.
class MacroLetters {
  public:
    void add(char letter) { bits_ |= bit(letter); }
    bool has(char letter) const { return (bits_ & bit(letter)) != 0; }
    bool none() const { return bits_ == 0; }
    bool any_of(std::string_view letters) const {
        for (const char letter : letters)
            if (has(letter)) return true;
        return false;
    }
    friend bool operator==(const MacroLetters&, const MacroLetters&) = default;

  private:
    static std::uint32_t bit(char letter) { return std::uint32_t{1} << (letter - 'a'); }
    std::uint32_t bits_ = 0;
};

/// macro-expand = ( "%{" macro-letter transformers *delimiter "}" ) / …
struct MacroExpand {
    char letter = 'd';       ///< lower case
    bool url_escape = false; ///< the letter was upper case (§7.3)
    std::uint8_t keep = 0;   ///< how many rightmost parts, 0 for all; larger numbers than 255 are all too
    bool reverse = false;    ///< "r"
    std::string delimiters;  ///< empty: "."

    friend bool operator==(const MacroExpand&, const MacroExpand&) = default;
};

/// macro-string = *( macro-expand / macro-literal ). "%%", "%_" and "%-" are literals here already.
/// A domain-spec is a macro-string that ends in "." toplabel or in a macro-expand.
struct MacroString {
    std::vector<std::variant<std::string, MacroExpand>> parts;
    MacroLetters letters;

    friend bool operator==(const MacroString&, const MacroString&) = default;
};

/// qualifier = "+" / "-" / "?" / "~" (§4.6.2)
enum class Qualifier : std::uint8_t { pass, fail, softfail, neutral };

/// dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ] (§5.6)
struct CidrLengths {
    std::uint8_t ipv4 = 32;
    std::uint8_t ipv6 = 128;

    friend bool operator==(const CidrLengths&, const CidrLengths&) = default;
};

/// all = "all" (§5.1)
struct All {};
/// include = "include" ":" domain-spec (§5.2)
struct Include {
    MacroString domain;
};
/// a = "a" [ ":" domain-spec ] [ dual-cidr-length ] (§5.3)
struct A {
    std::optional<MacroString> domain;
    CidrLengths lengths;
};
/// mx = "mx" [ ":" domain-spec ] [ dual-cidr-length ] (§5.4)
struct Mx {
    std::optional<MacroString> domain;
    CidrLengths lengths;
};
/// ptr = "ptr" [ ":" domain-spec ] (§5.5)
struct Ptr {
    std::optional<MacroString> domain;
};
/// ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ]; ip6 likewise (§5.6). Host bits are cleared.
struct Ip {
    net::Prefix prefix;
};
/// exists = "exists" ":" domain-spec (§5.7)
struct Exists {
    MacroString domain;
};
/// A term that breaks the grammar. It makes the record a permerror; only `--lenient` looks past it.
struct Malformed {};

using Mechanism = std::variant<All, Include, A, Mx, Ptr, Ip, Exists, Malformed>;

/// directive = [ qualifier ] mechanism (§4.6.1)
struct Directive {
    Qualifier qualifier = Qualifier::pass;
    Mechanism mechanism;
    Extent where;
};

/// redirect = "redirect" "=" domain-spec (§6.1); explanation = "exp" "=" domain-spec (§6.2)
struct Modifier {
    MacroString domain;
    Extent where;
};

/// A defect of the record, with the section that it breaks.
struct SyntaxError {
    Extent where; ///< the part of the term that is wrong
    std::string what;
    const char* section = "4.6";
    bool repeated_modifier = false; ///< a second redirect or exp (§6): which one counts, nobody can say
};

struct Record {
    std::string text;      ///< as published, strings joined
    bool is_plain = false; ///< nothing in `text` is ever escaped, see spfwalk::is_plain()
    std::vector<Directive> directives;
    std::optional<Modifier> redirect;
    std::optional<Extent> dropped_redirect; ///< one whose domain-spec cannot be read; it is an error, too
    std::optional<Modifier> explanation;
    std::vector<Extent> unknown_modifiers; ///< well-formed and without a meaning here (§6)
    std::vector<SyntaxError> errors;       ///< any at all: the record is a permerror (§4.6)

    std::string_view slice(Extent where) const {
        return std::string_view(text).substr(where.begin, where.end - where.begin);
    }
    /// Whether the term is the record's redirect.
    bool is_redirect(Extent term) const { return redirect && redirect->where == term; }
};

} // namespace spfwalk::spf
