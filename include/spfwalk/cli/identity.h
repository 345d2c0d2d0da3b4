// Whose mail a client brings, as people and batches say it.
#pragma once

#include "spfwalk/emit/check.h"
#include "spfwalk/expected.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::cli {

/// A domain as macros and questions have it: in ASCII if it is an internationalised name (RFC 8616 §4), and
/// without the dot of the root at its end. Any other text as it is.
std::string claimed_name(std::string_view text);
/// A mailbox with such a domain, without the angle brackets that SMTP and logs have around it (RFC 5321
/// §4.1.2). Without an "@" it is all domain.
std::string claimed_sender(std::string_view text);

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
/// is an IPv4 client (§5). Names are read by claimed_name(); nothing is refused about them, because
/// check_host() has a result for any. The error is one line.
Expected<emit::CheckSubject, std::string> subject_of(const Claim& claim);

/// A batch: each line "IP [SENDER|DOMAIN [HELO]]", separated by spaces or tabs; "<>" is the empty sender.
/// Blank lines and those that begin with "#" are skipped. An error is "NAME:LINE: what".
struct Batch {
    std::vector<emit::CheckSubject> subjects;
    std::vector<std::string> errors;

    void add_lines(std::string_view text, std::string_view name);
};

} // namespace spfwalk::cli
