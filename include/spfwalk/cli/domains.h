// Domain names as people and files give them.
#pragma once

#include "spfwalk/expected.h"

#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::cli {

/// The ASCII name that an argument or a line means: surrounding space cut, `user@domain` and `rank,domain`
/// mean the domain, a trailing dot is dropped, letters become lower case, internationalised names are
/// converted (IDNA 2008, libidn2). The error says what is wrong with it, in a few words.
Expected<std::string, std::string> domain_from_text(std::string_view text);

/// An internationalised name (UTF-8) in ASCII (RFC 5891), lower case; text in ASCII as it is. The error is
/// one line.
Expected<std::string, std::string> to_ascii(std::string_view text);

/// Without the white space at its ends.
std::string_view trimmed(std::string_view text);

/// What a line of a list says: without a comment and the space around it.
std::string_view line_content(std::string_view line);

/// A list of domains and everything that is wrong with it.
struct DomainList {
    std::vector<std::string> domains; ///< ASCII, in order, repetitions kept
    std::vector<std::string> errors;  ///< one line each: "domains.txt:3: \"a..b\": empty label"

    /// Adds an argument.
    void add_argument(std::string_view text);
    /// Adds each line of a file; blank lines and what follows a "#" are skipped, CRLF is tolerated. `name` is
    /// the file's in errors.
    void add_lines(std::string_view text, std::string_view name);
};

} // namespace spfwalk::cli
