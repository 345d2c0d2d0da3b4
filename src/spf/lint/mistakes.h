// What people mean when they break the grammar: one kind of mistake for each syntax error.
#pragma once

#include "spfwalk/spf/lint.h"

#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::spf {

struct Mistake {
    LintCode code = LintCode::syntax;
    Extent term;        ///< the word that the error is in
    Extent where;       ///< the part that is wrong
    std::string text;   ///< escaped
    std::string advice; ///< escaped; empty: that of the rule
};

/// Tells what went wrong at a syntax error of the record. Nothing if it only follows from the mistake in the
/// word before. It guesses the intention and never what the record means.
std::optional<Mistake> mistake_in(const Record& record, const SyntaxError& error);

} // namespace spfwalk::spf
