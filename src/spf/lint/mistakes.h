// What people mean when they break the grammar: one kind of mistake for each syntax error.
#pragma once

#include "spfwalk/spf/lint.h"

#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::spf {

struct Mistake {
    LintCode code = LintCode::syntax;
    Extent term;      ///< the word that the error is in
    Extent where;     ///< the part that is wrong
    std::string text; ///< escaped
};

/// Tells what went wrong at a syntax error of the record. Nothing if it only follows from the mistake in the
/// word before. It guesses the intention and never what the record means.
std::optional<Mistake> mistake_in(const Record& record, const SyntaxError& error);

/// A term without its qualifier, if it has one.
std::string_view without_qualifier(std::string_view term);
/// What stands in front of ":", "/" or "=".
std::string_view name_of(std::string_view term);

/// A mechanism or modifier that `text` holds behind its first octet ("ip4:", "include:" …), as a place in it:
/// two terms with no space between them. npos if there is none.
std::size_t second_term_in(std::string_view text);
/// Where a domain-spec has a comma, semicolon, colon or "@" outside of macros; npos if nowhere.
std::size_t first_mark_in(std::string_view name);

} // namespace spfwalk::spf
