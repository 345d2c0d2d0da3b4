// The grammar of SPF records (RFC 7208 §12, ABNF quoted at each function), for the naive check_host().
#pragma once

#include "support/naive_address.h"

#include <optional>
#include <string>
#include <vector>

namespace naive {

/// One directive. `name` is in lower case.
struct Directive {
    char qualifier = '+';
    std::string name;
    std::optional<std::string> domain_spec; ///< of include, a, mx, ptr, exists
    int ip4_length = 32;                    ///< of a, mx, ip4
    int ip6_length = 128;                   ///< of a, mx, ip6
    Address network;                        ///< of ip4, ip6
};

struct Record {
    std::vector<Directive> directives;
    std::optional<std::string> redirect; ///< domain-spec
    std::optional<std::string> exp;      ///< domain-spec
};

/// §4.5: the version, then a space or the end.
bool has_version(const std::string& text);

/// The whole record after the version, which has_version() saw. Nothing if there is a syntax error anywhere.
std::optional<Record> parse_record(const std::string& text);

/// One piece of a macro-string: a literal character, or a macro-expand.
struct Piece {
    std::string text; ///< the character, or what "%%", "%_", "%-" stand for; empty for a "%{…}"
    char letter = 0;  ///< of "%{…}", as written
    int digits = 0;   ///< 0: all parts
    bool reverse = false;
    std::string delimiters;
    bool is_macro = false; ///< macro-expand, of either kind
};

/// A macro-string; `in_exp_text` allows SP and the letters c, r and t (§7.2). Nothing on a syntax error.
std::optional<std::vector<Piece>> parse_macro_string(const std::string& text, bool in_exp_text);

} // namespace naive
