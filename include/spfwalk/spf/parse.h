// From text to Record (RFC 7208 §4.5, §4.6, §12).
#pragma once

#include "spfwalk/spf/record.h"

namespace spfwalk::spf {

enum class Grammar : std::uint8_t {
    strict,  ///< RFC 7208
    lenient, ///< tabs and newlines separate terms too (see `--lenient`)
};

/// Whether a TXT record's text is an SPF record: "v=spf1" in any case, then a space or the end (§4.5).
/// Lenient: any white space.
bool is_spf_record(std::string_view text, Grammar grammar = Grammar::strict);

/// Parses all of a record for which is_spf_record() holds. Never fails: what is wrong is in Record::errors,
/// one entry for each bad term in order, and a bad directive keeps its place as Malformed.
Record parse_record(std::string text, Grammar grammar = Grammar::strict);

/// Parses a macro-string as the text of an explanation (§6.2), where `c`, `r` and `t` are allowed and spaces
/// are literal. Nothing if it is malformed.
std::optional<MacroString> parse_explanation(std::string_view text);

} // namespace spfwalk::spf
