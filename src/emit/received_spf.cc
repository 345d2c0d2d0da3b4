// The Received-SPF header field (RFC 7208 §9.1, with the lexical rules of RFC 5322).
#include "spfwalk/emit/check.h"

#include "spfwalk/ascii.h"
#include "spfwalk/escape.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

/// RFC 5322 §3.2.3.
bool is_dot_atom(std::string_view text) {
    return !text.empty() && text.front() != '.' && text.back() != '.' &&
           text.find("..") == std::string_view::npos && std::ranges::all_of(text, [](char c) {
               return is_alphanumeric(c) ||
                      std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
           });
}

/// Puts a backslash in front of each of `special` (RFC 5322 §3.2.1).
std::string with_quoted_pairs(std::string_view text, std::string_view special) {
    std::string result;
    for (const char c : printable(text)) {
        if (special.find(c) != special.npos) result += '\\';
        result += c;
    }
    return result;
}

/// The same of as much as fits in a line of a message (RFC 5322 §2.1.1), whoever wrote it.
std::string fitting(std::string_view text, std::string_view special) {
    constexpr std::size_t most = 900;                 // of 998, with a key in front
    constexpr std::size_t most_of_any = most / 5 - 3; // each octet may take five
    std::string result = with_quoted_pairs(text, special);
    return result.size() <= most ? result : with_quoted_pairs(beginning(text, most_of_any), special);
}

std::string value_of(std::string_view text) {
    std::string quoted = fitting(text, "\"\\");
    return quoted == text && is_dot_atom(text) ? quoted : '"' + quoted + '"';
}

/// What the result means (§8), for people.
std::string comment_of(const CheckResult& result) {
    const CheckSubject& subject = result.subject;
    const std::string client = net::to_text(subject.family, subject.client);
    const std::string whose = "domain of " + (subject.helo_identity ? subject.helo : subject.sender);
    switch (result.result) {
    case spf::Result::pass:
        return fmt::format("{} designates {} as permitted sender", whose, client);
    case spf::Result::fail:
        return fmt::format("{} does not designate {} as permitted sender", whose, client);
    case spf::Result::softfail:
        return fmt::format("transitioning {} does not designate {} as permitted sender", whose, client);
    case spf::Result::neutral:
        return fmt::format("{} says nothing about {}", whose, client);
    case spf::Result::none:
        return fmt::format("{} does not publish an SPF record", whose);
    case spf::Result::temperror:
        return fmt::format("DNS did not answer for {}", whose);
    case spf::Result::permerror:
        break;
    }
    return fmt::format("{} publishes a record that cannot be evaluated", whose);
}

/// A finding's text in ASCII.
std::string ascii(std::string text) {
    constexpr std::string_view sign = "§";
    for (std::size_t at = text.find(sign); at != text.npos; at = text.find(sign, at))
        text.replace(at, sign.size(), "section ");
    return text;
}

/// A line that takes words as long as they fit.
class Folded {
  public:
    explicit Folded(std::string start) : text_(std::move(start)), column_(text_.size()) {}
    void add(std::string_view word) {
        constexpr std::size_t width = 78;
        const bool fits = column_ + 1 + word.size() <= width;
        text_ += fits ? " " : "\n    ";
        column_ = (fits ? column_ + 1 : 4) + word.size();
        text_ += word;
    }
    std::string take() { return std::move(text_) + '\n'; }

  private:
    std::string text_;
    std::size_t column_;
};

} // namespace

std::string print_received_spf(const CheckResult& result) {
    const CheckSubject& subject = result.subject;
    Folded field(fmt::format("Received-SPF: {}", to_text(result.result)));
    const std::string comment = subject.receiver + ": " + comment_of(result);
    for (std::string_view rest = comment; !rest.empty();) {
        const std::size_t end = std::min(rest.find(' '), rest.size());
        const bool first = rest.size() == comment.size();
        const bool last = end == rest.size();
        field.add(
            fmt::format("{}{}{}", first ? "(" : "", fitting(rest.substr(0, end), "()\\"), last ? ")" : ""));
        rest.remove_prefix(last ? end : end + 1);
    }
    const auto pair = [&](std::string_view key, std::string_view value) {
        field.add(fmt::format("{}={};", key, value_of(value)));
    };
    pair("receiver", subject.receiver);
    pair("client-ip", net::to_text(subject.family, subject.client));
    if (!subject.helo_identity) pair("envelope-from", subject.sender);
    pair("helo", subject.helo);
    pair("identity", subject.helo_identity ? "helo" : "mailfrom");
    const bool error = result.result == spf::Result::temperror || result.result == spf::Result::permerror;
    if (error && !result.findings.empty()) pair("problem", ascii(result.findings.front().text));
    // §9.1: the mechanism that matched, "default" if none did.
    const bool decided = result.result == spf::Result::pass || result.result == spf::Result::fail ||
                         result.result == spf::Result::softfail || result.result == spf::Result::neutral;
    if (decided) pair("mechanism", result.is_default || result.path.empty() ? "default" : result.path.back());
    return field.take();
}

} // namespace spfwalk::emit
