#include "spfwalk/cli/identity.h"

#include "spfwalk/cli/domains.h"
#include "spfwalk/escape.h"
#include "spfwalk/spf/macro.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

/// An internationalised name in ASCII if it is one; any other text as it is.
std::string ascii(std::string_view domain) {
    const bool plain =
        std::ranges::all_of(domain, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
    if (plain) return std::string(domain);
    return domain_from_text(domain).value_or(std::string(domain));
}

bool read_client(std::string_view text, emit::CheckSubject& subject) {
    if (const auto address = net::parse_ipv4(text)) {
        subject.family = net::Family::ipv4;
        subject.client = *address;
        return true;
    }
    const auto address = net::parse_ipv6(text);
    if (!address) return false;
    const bool mapped = spf::mapped_range.first <= *address && *address <= spf::mapped_range.last;
    subject.family = mapped ? net::Family::ipv4 : net::Family::ipv6;
    subject.client = mapped ? net::ipv4(static_cast<std::uint32_t>(address->lo)) : *address;
    return true;
}

} // namespace

std::string_view without_brackets(std::string_view text) {
    const bool has_both = text.size() >= 2 && text.starts_with('<') && text.ends_with('>');
    return has_both ? text.substr(1, text.size() - 2) : text;
}

Expected<emit::CheckSubject, std::string> subject_of(const Claim& claim) {
    emit::CheckSubject subject;
    if (!read_client(claim.client, subject))
        return unexpected(fmt::format("\"{}\": not an address", escape(claim.client)));
    const std::string_view identity = without_brackets(claim.identity);
    std::string_view sender = claim.sender ? without_brackets(*claim.sender) : std::string_view();
    std::string_view domain;
    const bool has_empty_sender = claim.sender.has_value() || claim.identity == "<>";
    if (identity.find('@') == identity.npos) {
        domain = identity;
    } else {
        if (claim.sender) return unexpected(std::string("two senders given"));
        sender = identity;
    }
    subject.helo = ascii(claim.helo.value_or(""));
    if (!sender.empty()) {
        subject.domain = ascii(domain.empty() ? spf::domain_part(sender) : domain);
        subject.sender = fmt::format("{}@{}", spf::local_part(sender), ascii(spf::domain_part(sender)));
        if (!claim.helo) subject.helo = subject.domain;
        return subject;
    }
    if (domain.empty() && !claim.helo) return unexpected(std::string("no sender, domain or HELO name given"));
    // A bare domain is that of a sender, unless the reverse-path is said to be empty.
    subject.helo_identity = has_empty_sender || domain.empty();
    subject.domain = domain.empty() ? subject.helo : ascii(domain);
    subject.sender = "postmaster@" + subject.domain; // §2.4
    if (!claim.helo) subject.helo = subject.domain;
    return subject;
}

void Batch::add_lines(std::string_view text, std::string_view name) {
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::vector<std::string> words;
        for (std::string_view line = text.substr(0, end); !line.empty();) {
            constexpr std::string_view white_space = " \t\r";
            const std::size_t first = std::min(line.find_first_not_of(white_space), line.size());
            line.remove_prefix(first);
            const std::size_t length = std::min(line.find_first_of(white_space), line.size());
            if (length > 0) words.emplace_back(line.substr(0, length));
            line.remove_prefix(length);
        }
        text.remove_prefix(std::min(end + 1, text.size()));
        if (words.empty() || words[0].starts_with('#')) continue;
        Claim claim{words[0], {}, std::nullopt, std::nullopt};
        if (words.size() > 1) claim.identity = std::move(words[1]);
        if (words.size() > 2) claim.helo = words[2];
        auto subject = words.size() > 3
                           ? unexpected(std::string("more than an address, a sender and a HELO name"))
                           : subject_of(claim);
        if (subject)
            subjects.push_back(std::move(*subject));
        else
            errors.push_back(fmt::format("{}:{}: {}", escape(name), number, subject.error()));
    }
}

} // namespace spfwalk::cli
