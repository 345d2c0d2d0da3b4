#include "spfwalk/cli/identity.h"

#include "spfwalk/ascii.h"
#include "spfwalk/cli/domains.h"
#include "spfwalk/dns/name.h"
#include "spfwalk/escape.h"
#include "spfwalk/spf/macro.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

bool read_client(std::string_view text, emit::CheckSubject& subject) {
    if (const auto address = net::parse_ipv4(text)) {
        subject.family = net::Family::ipv4;
        subject.client = *address;
        return true;
    }
    const auto address = net::parse_ipv6(text);
    if (!address) return false;
    const auto mapped = spf::mapped_ipv4({*address, *address});
    subject.family = mapped ? net::Family::ipv4 : net::Family::ipv6;
    subject.client = mapped ? mapped->first : *address;
    return true;
}

} // namespace

std::string claimed_name(std::string_view text) {
    const std::string ascii = to_ascii(text).value_or(std::string(text));
    return std::string(dns::without_root_dot(ascii));
}

std::string claimed_sender(std::string_view text) {
    if (text.size() >= 2 && text.starts_with('<') && text.ends_with('>'))
        text = text.substr(1, text.size() - 2);
    const std::size_t at = text.rfind('@');
    const std::size_t domain = at == text.npos ? 0 : at + 1;
    return std::string(text.substr(0, domain)) + claimed_name(text.substr(domain));
}

Expected<emit::CheckSubject, std::string> subject_of(const Claim& claim) {
    emit::CheckSubject subject;
    if (!read_client(claim.client, subject))
        return unexpected(fmt::format("\"{}\": not an address", escape(claim.client)));
    const std::string identity = claimed_sender(claim.identity);
    const bool is_sender = identity.find('@') != identity.npos;
    if (is_sender && claim.sender) return unexpected(std::string("two senders given"));
    const std::string sender = is_sender ? identity : claimed_sender(claim.sender.value_or(""));
    const std::string domain = is_sender ? "" : identity;
    const bool has_empty_sender = claim.sender.has_value() || claim.identity == "<>";
    subject.helo = claimed_name(claim.helo.value_or(""));
    if (!sender.empty()) {
        subject.domain = domain.empty() ? spf::domain_part(sender) : domain;
        subject.sender = fmt::format("{}@{}", spf::local_part(sender), spf::domain_part(sender));
        if (!claim.helo) subject.helo = subject.domain;
        return subject;
    }
    if (has_empty_sender && claim.helo && !domain.empty())
        return unexpected(std::string("a domain and a HELO name, and an empty sender: whose record?"));
    if (domain.empty() && !claim.helo) return unexpected(std::string("no sender, domain or HELO name given"));
    // A bare domain is that of a sender, unless the reverse-path is said to be empty.
    subject.helo_identity = has_empty_sender || domain.empty();
    subject.domain = domain.empty() ? subject.helo : domain;
    subject.sender = "postmaster@" + subject.domain; // §2.4
    if (!claim.helo) subject.helo = subject.domain;
    return subject;
}

void Batch::add_lines(std::string_view text, std::string_view name) {
    text = without_byte_order_mark(text);
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
        // A quoted local-part may have spaces in it (RFC 5321 §4.1.2), and no place here.
        const std::string_view quoted =
            std::string_view(claim.identity).substr(claim.identity.starts_with('<') ? 1 : 0);
        const bool is_cut = quoted.starts_with('"') && quoted.find("\"@") == quoted.npos;
        auto subject = is_cut ? unexpected(std::string("a sender with a space in it"))
                       : words.size() > 3
                           ? unexpected(std::string("more than an address, a sender and a HELO name"))
                           : subject_of(claim);
        if (subject)
            subjects.push_back(std::move(*subject));
        else
            errors.push_back(fmt::format("{}:{}: {}", escape(name), number, subject.error()));
    }
}

} // namespace spfwalk::cli
