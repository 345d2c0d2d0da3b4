// Whose mail a client brings, as people and batches say it.
#pragma once

#include "spfwalk/emit/check.h"
#include "spfwalk/expected.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::cli {

/// A mailbox without the angle brackets that SMTP and logs have around it (RFC 5321 §4.1.2); other text as it
/// is.
std::string_view without_brackets(std::string_view text);

/// What is said of a client, as text.
struct Claim {
    std::string client;                ///< its address
    std::string identity;              ///< sender or domain, or "<>"; empty: not given
    std::optional<std::string> sender; ///< the reverse-path; empty is the empty reverse-path
    std::optional<std::string> helo;
};

/// The arguments of check_host() (RFC 7208 §4.1) that a claim means. The MAIL FROM identity (§2.4) is checked
/// unless the sender is empty or only HELO is known: then it is the HELO identity (§2.3). The domain is the
/// sender's, unless one is given beside a sender. HELO, if not given, is the domain. An IPv4-mapped address
/// is an IPv4 client (§5). Internationalised domains become ASCII; nothing else is refused about names,
/// because check_host() has a result for any. A sender may be in angle brackets. The error is one line.
Expected<emit::CheckSubject, std::string> subject_of(const Claim& claim);

/// A batch: each line "IP [SENDER|DOMAIN [HELO]]", separated by spaces or tabs; "<>" is the empty sender.
/// Blank lines and those that begin with "#" are skipped. An error is "NAME:LINE: what".
struct Batch {
    std::vector<emit::CheckSubject> subjects;
    std::vector<std::string> errors;

    void add_lines(std::string_view text, std::string_view name);
};

} // namespace spfwalk::cli
