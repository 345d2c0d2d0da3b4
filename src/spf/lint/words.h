// What the words of a record look like to somebody who does not know SPF well: which of them are networks,
// names and terms, and which mechanism a misspelt one was to be.
#pragma once

#include "spfwalk/net/address.h"

#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::spf {

/// What may stand in front of a mechanism.
inline constexpr std::string_view qualifiers = "+-~?";
/// Octets that are no term by themselves.
inline constexpr std::string_view punctuation = ".,;:!?\"'`<>()[]{}/\\|=+-~*&^#@";

/// A term without its qualifier, if it has one.
std::string_view without_qualifier(std::string_view term);
/// What stands in front of ":", "/" or "=".
std::string_view name_of(std::string_view term);

/// Whether it is the name of a mechanism, in any case.
bool is_mechanism(std::string_view name);
/// Whether it is the name of one that is nothing without an argument.
bool needs_argument(std::string_view name);
/// Whether the word begins like a term of its own.
bool is_term_like(std::string_view word);
/// Whether the text is an address, with or without a slash and anything behind it.
bool is_network(std::string_view text, net::Family family);
bool is_network(std::string_view text);
/// The ip4 or ip6 term for a text that is a network, to the last octet; empty if it is none.
std::string as_term(std::string_view network);
/// Such terms for a network with a netmask, and for a range ("192.0.2.4-192.0.2.6", "192.0.2.4-6"). Empty if
/// it is neither, or takes many.
std::vector<std::string> as_terms(std::string_view text, net::Family family);
/// Whether the text could be the name of a host or domain.
bool is_domain_like(std::string_view text);
/// Whether the text begins with "v=spf".
bool is_spf_version(std::string_view text);
/// Whether the text is a word for "v=spf1" with a letter too many, missing, wrong, or two of them swapped.
bool is_misspelt_version(std::string_view text);

/// The mechanism or modifier that a misspelt name is near to, or that its argument belongs to; empty if none.
std::string_view nearest(std::string_view name, std::string_view argument);
/// The term that a word was to be whose colon is missing or another mark ("ip4192.0.2.1"); empty if none.
std::string with_colon(std::string_view word);
/// The mechanism, with its colon, that an argument begins with though it stands behind one ("ip4:" of
/// "ip4:192.0.2.1"); empty if none.
std::string_view second_name_in(std::string_view argument);

/// A mechanism or modifier that `text` holds behind its first octet ("ip4:", "include:" …), as a place in it:
/// two terms with no space between them. npos if there is none.
std::size_t second_term_in(std::string_view text);
/// Where a domain-spec has a comma, semicolon, colon or "@" outside of macros; npos if nowhere.
std::size_t first_mark_in(std::string_view name);

/// The octets of the first character of a text in UTF-8, or its first octet.
std::string_view first_character(std::string_view text);
/// What the first character of a text is called that is not printable ASCII, for those that come from word
/// processors and web pages.
std::string_view character_name(std::string_view text);

} // namespace spfwalk::spf
