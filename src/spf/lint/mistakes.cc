#include "spf/lint/mistakes.h"
#include "spf/lint/linter.h"

#include "spfwalk/ascii.h"
#include "spfwalk/escape.h"
#include "spfwalk/net/address.h"
#include "spfwalk/net/prefix.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

constexpr std::string_view mechanisms[] = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"};
constexpr std::string_view qualifiers = "+-~?";
constexpr std::string_view punctuation = ".,;:!?\"'`<>()[]{}/\\|=+-~*&^#@";

bool is_mechanism(std::string_view name) {
    return std::ranges::find(mechanisms, lowercased(name)) != std::end(mechanisms);
}

/// Whether the word begins like a term of its own.
bool is_term_like(std::string_view word) {
    const std::string_view name = name_of(without_qualifier(word));
    return is_mechanism(name) || lowercased(name) == "redirect" || lowercased(name) == "exp";
}

bool is_network(std::string_view text, net::Family family) {
    const std::size_t slash = text.find('/');
    return net::parse_address(family, text.substr(0, slash)).has_value();
}
bool is_network(std::string_view text) {
    return is_network(text, net::Family::ipv4) || is_network(text, net::Family::ipv6);
}

/// Whether the text could be the name of a host or domain.
bool is_domain_like(std::string_view text) {
    while (text.ends_with('.'))
        text.remove_suffix(1);
    const std::size_t dot = text.rfind('.');
    return dot != text.npos && dot + 2 < text.size() && is_letter(text[dot + 1]) &&
           text.find_first_of(":/=@%, ") == text.npos;
}

/// How many letters must be added, removed or changed to turn one word into the other.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j)
        row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i);
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
            diagonal = row[j];
            row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
        }
    }
    return row.back();
}

/// The mechanism or modifier that a misspelt name is near to; empty if none is.
std::string_view nearest(std::string_view name) {
    if (name.size() < 2 || name.size() > 12) return {};
    if (name.find("v6") != name.npos || name.find("p6") != name.npos) return "ip6";
    if (name.find("ip") != name.npos && name.size() <= 5) return "ip4";
    constexpr std::string_view known[] = {"include", "exists", "redirect", "all", "mx", "ptr"};
    for (const std::string_view candidate : known)
        if (distance(name, candidate) <= (candidate.size() > 5 ? 2 : 1)) return candidate;
    return {};
}

/// What a sequence of octets beyond ASCII is called, for those that come from word processors and web pages.
std::string_view character_name(std::string_view octets) {
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"\xe2\x80\x93", "an en dash"},
        {"\xe2\x80\x94", "an em dash"},
        {"\xe2\x88\x92", "a minus sign"},
        {"\xe2\x80\x90", "a typographic hyphen"},
        {"\xe2\x80\x91", "a non-breaking hyphen"},
        {"\xe2\x80\x9c", "a typographic quotation mark"},
        {"\xe2\x80\x9d", "a typographic quotation mark"},
        {"\xe2\x80\x98", "a typographic quotation mark"},
        {"\xe2\x80\x99", "a typographic quotation mark"},
        {"\xc2\xa0", "a non-breaking space"},
        {"\xe2\x80\x8b", "a zero-width space"},
        {"\xe2\x80\x8e", "an invisible left-to-right mark"},
        {"\xe2\x80\x8f", "an invisible right-to-left mark"},
        {"\xef\xbb\xbf", "an invisible byte order mark"},
        {"\x96", "a dash of Windows-1252"},
        {"\xa0", "a non-breaking space of Latin-1"},
    };
    for (const auto& [bytes, name] : names)
        if (octets.starts_with(bytes)) return name;
    return "a character";
}

std::size_t length_of_character(std::string_view octets) {
    const auto first = static_cast<unsigned char>(octets[0]);
    const std::size_t claimed = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    std::size_t length = 1;
    while (length < std::min(claimed, octets.size()) &&
           (static_cast<unsigned char>(octets[length]) & 0xc0) == 0x80)
        ++length;
    return length;
}

/// Works out one mistake.
class Diagnosis {
  public:
    Diagnosis(const Record& record, const SyntaxError& error) : record_(record), error_(error) {
        const std::string_view text = record.text;
        const std::size_t begin = error.where.begin;
        const std::size_t before = begin == 0 ? text.npos : text.rfind(' ', begin - 1);
        const std::size_t start = before == text.npos ? 0 : before + 1;
        term_ = text.substr(start, std::min(text.find(' ', start), text.size()) - start);
        const std::size_t behind = std::min(text.find_first_not_of(' ', start + term_.size()), text.size());
        next_ = text.substr(behind, std::min(text.find(' ', behind), text.size()) - behind);
        const std::size_t end_before = start == 0 ? text.npos : text.find_last_not_of(' ', start - 1);
        if (end_before != text.npos) {
            const std::size_t space = text.rfind(' ', end_before);
            const std::size_t first = space == text.npos ? 0 : space + 1;
            previous_ = text.substr(first, end_before + 1 - first);
        }
        bare_ = without_qualifier(term_);
        name_ = lowercased(name_of(bare_));
        separator_ = name_.size() < bare_.size() ? bare_[name_.size()] : '\0';
        argument_ = bare_.substr(std::min(name_.size() + 1, bare_.size()));
    }

    std::optional<Mistake> run() {
        if (splits_argument(previous_, term_)) return std::nullopt; // said of the word before
        if (error_.repeated_modifier)
            return all(LintCode::repeated_modifier, fmt::format("{} is given twice", name_));
        for (const auto step : {&Diagnosis::characters, &Diagnosis::shape, &Diagnosis::name,
                                &Diagnosis::network, &Diagnosis::domain})
            if (auto mistake = (this->*step)()) return mistake;
        return part(LintCode::syntax, error_.where, "");
    }

  private:
    Extent extent(std::string_view piece) const {
        const auto begin = static_cast<std::uint32_t>(piece.data() - record_.text.data());
        return {begin, begin + static_cast<std::uint32_t>(piece.size())};
    }
    Mistake part(LintCode code, Extent where, const std::string& text) const {
        const Extent shown = where.begin == where.end ? extent(term_) : where;
        return {code, extent(term_), shown, text.empty() ? said() : text};
    }
    Mistake all(LintCode code, const std::string& text) const { return part(code, extent(term_), text); }
    /// What the parser says.
    std::string said() const {
        const std::string_view bad = record_.slice(error_.where);
        return bad.empty() ? error_.what : fmt::format("{}: {}", quotation(bad), error_.what);
    }

    /// Whether `word` ends behind its colon and what belongs there follows as a word of its own.
    static bool splits_argument(std::string_view word, std::string_view next) {
        if (!word.ends_with(':') || next.empty() || is_term_like(next)) return false;
        return is_mechanism(name_of(without_qualifier(word))) && (is_network(next) || is_domain_like(next));
    }

    std::optional<Mistake> characters() {
        const auto beyond = std::ranges::find_if_not(term_, is_ascii);
        if (beyond != term_.end()) {
            std::string_view rest = term_.substr(static_cast<std::size_t>(beyond - term_.begin()));
            rest = rest.substr(0, length_of_character(rest));
            return part(LintCode::non_ascii, extent(rest),
                        fmt::format("{} that is not ASCII", character_name(rest)));
        }
        const auto control =
            std::ranges::find_if(term_, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
        if (control != term_.end()) {
            const std::string_view octet = term_.substr(static_cast<std::size_t>(control - term_.begin()), 1);
            const std::string_view what = *control == '\t'                       ? "a tab"
                                          : *control == '\n' || *control == '\r' ? "a line break"
                                                                                 : "a control character";
            return part(LintCode::control_character, extent(octet),
                        fmt::format("{} is part of the term, and no space", what));
        }
        return std::nullopt;
    }

    std::optional<Mistake> shape() {
        if (bare_.empty())
            return all(LintCode::lone_qualifier, is_term_like(next_)
                                                     ? "a space between the qualifier and its mechanism"
                                                     : "a qualifier without a mechanism");
        if (bare_.find_first_not_of(punctuation) == bare_.npos)
            return all(LintCode::stray_punctuation, fmt::format("{} is no term", quotation(term_)));
        if (const std::size_t mark = term_.find_first_of("\"`'"); mark != term_.npos)
            return part(LintCode::quotes, extent(term_.substr(mark, 1)),
                        "a quotation mark within the record");
        if (name_ == "redirect" || name_ == "exp") {
            if (separator_ != '=')
                return all(LintCode::modifier_as_mechanism,
                           fmt::format("{} is a modifier, and is written {}=", name_, name_));
            if (bare_.size() < term_.size())
                return all(LintCode::modifier_as_mechanism,
                           fmt::format("{} is a modifier, and takes no qualifier", name_));
        }
        if (splits_argument(term_, next_))
            return part(LintCode::space_in_term, {extent(term_).begin, extent(next_).end},
                        "a space behind the colon");
        if (is_network(bare_) || is_domain_like(bare_))
            return all(LintCode::bare_argument, fmt::format("{} without a mechanism in front",
                                                            is_network(bare_) ? "an address" : "a name"));
        return std::nullopt;
    }

    std::optional<Mistake> name() {
        if (is_mechanism(name_) || name_ == "redirect" || name_ == "exp") {
            const bool needs = name_ != "all" && name_ != "a" && name_ != "mx" && name_ != "ptr";
            if (argument_.empty() && (separator_ != '\0' || needs) && name_ != "all")
                return all(LintCode::empty_argument, fmt::format("nothing behind {}", quotation(bare_)));
            return std::nullopt;
        }
        if (separator_ == '=' && error_.section[0] == '7') return part(LintCode::bad_macro, error_.where, "");
        if (const std::size_t second = joined_at(); second != bare_.npos) {
            const std::string_view rest = bare_.substr(second);
            if (rest.find_first_not_of(punctuation) == rest.npos) return stray(rest, bare_.substr(0, second));
            return part(LintCode::joined_terms, extent(rest),
                        fmt::format("no space between {} and {}", quotation(bare_.substr(0, second)),
                                    quotation(rest)));
        }
        const std::string_view meant = nearest(name_);
        return part(LintCode::unknown_mechanism, extent(bare_.substr(0, name_.size())),
                    meant.empty()
                        ? fmt::format("unknown mechanism {}", quotation(bare_.substr(0, name_.size())))
                        : fmt::format("unknown mechanism {}: {} was meant?",
                                      quotation(bare_.substr(0, name_.size())), quotation(meant)));
    }

    /// Where a known mechanism at the beginning of an unknown name ends.
    std::size_t joined_at() const {
        if (name_.starts_with("all")) return 3;
        if (const std::size_t second = second_term_in(bare_); second != bare_.npos) return second;
        for (const std::string_view first : {std::string_view("mx"), std::string_view("a")})
            if (name_.starts_with(first) && name_.size() > first.size() &&
                (qualifiers.find(name_[first.size()]) != qualifiers.npos ||
                 is_mechanism(name_.substr(first.size()))))
                return first.size();
        return bare_.npos;
    }

    Mistake stray(std::string_view rest, std::string_view before) const {
        return part(LintCode::stray_punctuation, extent(rest),
                    fmt::format("{} behind {}", quotation(rest), quotation(before)));
    }

    /// A comma or semicolon in the argument: something follows that belongs into a term of its own, or it is
    /// a leftover of a sentence.
    std::optional<Mistake> marks(std::string_view what) const {
        const std::size_t mark = argument_.find_first_of(",;");
        if (mark == argument_.npos) return std::nullopt;
        const std::string_view rest = argument_.substr(mark);
        if (mark > 0 && rest.find_first_not_of(punctuation) == rest.npos)
            return stray(rest, argument_.substr(0, mark));
        return part(LintCode::list_in_term, extent(rest.substr(0, 1)),
                    fmt::format("{} within a {}", quotation(rest.substr(0, 1)), what));
    }

    /// Where in the argument a good network ends and a term begins without a space; npos if nowhere.
    std::size_t term_behind_network(net::Family family) const {
        constexpr std::size_t longest_network = 49; // an IPv6 address with an IPv4 address in it, and /128
        for (std::size_t end = 1; end < argument_.size() && end <= longest_network; ++end) {
            const std::string_view rest = argument_.substr(end);
            const std::string_view bare = without_qualifier(rest);
            const std::string_view name = name_of(bare);
            if (!is_mechanism(name)) continue;
            // "a:f" is the end of an IPv6 address, and "a:mail.example.com" is not.
            if (name.size() < bare.size() && bare[name.size()] == ':' &&
                !is_network(bare.substr(name.size() + 1)) && !is_domain_like(bare.substr(name.size() + 1)))
                continue;
            if (is_network(argument_.substr(0, end), family)) return end;
        }
        return argument_.npos;
    }

    std::optional<Mistake> network() {
        if (name_ != "ip4" && name_ != "ip6") return std::nullopt;
        if (separator_ != ':')
            return all(LintCode::empty_argument, fmt::format("no colon behind {}", quotation(name_)));
        const auto family = name_ == "ip4" ? net::Family::ipv4 : net::Family::ipv6;
        const auto other = name_ == "ip4" ? net::Family::ipv6 : net::Family::ipv4;
        if (auto mistake = marks("network")) return mistake;
        const std::size_t second = std::min(second_term_in(argument_), term_behind_network(family));
        if (second != argument_.npos)
            return part(LintCode::joined_terms, extent(argument_.substr(second)),
                        fmt::format("no space in front of {}", quotation(argument_.substr(second))));
        if (is_network(argument_, other))
            return part(
                LintCode::wrong_family, extent(argument_),
                fmt::format("an {} address behind {}:", other == net::Family::ipv4 ? "IPv4" : "IPv6", name_));
        if (is_network(argument_, family)) return part(LintCode::bad_length, error_.where, "");
        if (const std::string_view before = argument_.substr(0, argument_.find_last_not_of('.') + 1);
            before.size() < argument_.size() && is_network(before, family))
            return stray(argument_.substr(before.size()), before);
        const std::string_view address = argument_.substr(0, argument_.find('/'));
        if (std::ranges::count(address, '.') > 3 && address.find_first_not_of("0123456789.") == address.npos)
            return part(LintCode::joined_terms, extent(argument_), "several addresses run together");
        if (is_domain_like(address))
            return part(LintCode::domain_as_address, extent(argument_),
                        fmt::format("a name behind {}:", name_));
        return part(
            name_ == "ip4" ? LintCode::bad_ip4 : LintCode::bad_ip6, extent(argument_),
            fmt::format("{} is not an {} network", quotation(argument_), name_ == "ip4" ? "IPv4" : "IPv6"));
    }

    std::optional<Mistake> domain() {
        if (name_ == "all" || (separator_ != ':' && separator_ != '=')) {
            if (std::string_view(error_.section) == "5.6")
                return part(LintCode::bad_length, error_.where, "");
            return std::nullopt;
        }
        if (is_network(argument_))
            return part(LintCode::address_as_domain, extent(argument_),
                        fmt::format("an address behind {}{}", name_, separator_));
        if (const std::size_t second = second_term_in(argument_); second != argument_.npos)
            return part(LintCode::joined_terms, extent(argument_.substr(second)),
                        fmt::format("no space in front of {}", quotation(argument_.substr(second))));
        if (auto mistake = marks("name")) return mistake;
        if (std::string_view(error_.section) == "5.6") return part(LintCode::bad_length, error_.where, "");
        if (argument_.find('%') != argument_.npos) return part(LintCode::bad_macro, error_.where, "");
        return part(LintCode::bad_domain, error_.where, "");
    }

    const Record& record_;
    const SyntaxError& error_;
    std::string_view term_, previous_, next_; ///< words of the record
    std::string_view bare_, argument_;        ///< the term without its qualifier, and behind its separator
    std::string name_;                        ///< lower case
    char separator_ = '\0';
};

} // namespace

std::string_view without_qualifier(std::string_view term) {
    return !term.empty() && qualifiers.find(term[0]) != term.npos ? term.substr(1) : term;
}

std::string_view name_of(std::string_view term) {
    return term.substr(0, term.find_first_of(":/="));
}

std::size_t second_term_in(std::string_view text) {
    std::size_t found = text.npos;
    const std::string folded = lowercased(text);
    for (const std::string_view begin : {"include:", "ip4:", "ip6:", "exists:", "redirect=", "v=spf1", "~all",
                                         "-all", "?all", "+all", "mx:"}) {
        const std::size_t at = folded.find(begin, 1);
        if (at == folded.npos) continue;
        // "-all" within a name such as "spf-all.example.com" is no term, nor "mx:" in "relaymx:".
        if (begin.ends_with("all") && at + begin.size() != folded.size()) continue;
        if (begin == "mx:" && is_letter(folded[at - 1])) continue;
        found = std::min(found, at);
    }
    if (found != text.npos && qualifiers.find(text[found - 1]) != text.npos && found > 1) --found;
    return found;
}

std::size_t first_mark_in(std::string_view name) {
    bool in_macro = false;
    for (std::size_t at = 0; at < name.size(); ++at) {
        if (name.substr(at).starts_with("%%")) {
            ++at;
            continue;
        }
        if (name.substr(at).starts_with("%{")) in_macro = true;
        if (!in_macro && std::string_view(",;:@").find(name[at]) != std::string_view::npos) return at;
        if (name[at] == '}') in_macro = false;
    }
    return name.npos;
}

std::optional<Mistake> mistake_in(const Record& record, const SyntaxError& error) {
    return Diagnosis(record, error).run();
}

} // namespace spfwalk::spf
