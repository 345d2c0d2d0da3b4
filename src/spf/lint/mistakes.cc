#include "spf/lint/mistakes.h"
#include "spf/lint/linter.h"
#include "spf/lint/words.h"

#include "spfwalk/ascii.h"
#include "spfwalk/spf/parse.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

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
    Mistake part(LintCode code, Extent where, const std::string& text, std::string advice = {}) const {
        const Extent shown = where.begin == where.end ? extent(term_) : where;
        return {code, extent(term_), shown, text.empty() ? said() : text, std::move(advice)};
    }
    Mistake all(LintCode code, const std::string& text, std::string advice = {}) const {
        return part(code, extent(term_), text, std::move(advice));
    }
    /// Advice to write `meant` for the term, behind its qualifier; none if that is no term.
    std::string write(std::string_view meant) const {
        if (meant.empty() || !parse_record(fmt::format("v=spf1 {}", meant)).errors.empty()) return {};
        return fmt::format("write {}", quotation(fmt::format("{}{}", qualifier(), meant)));
    }
    std::string_view qualifier() const { return term_.substr(0, term_.size() - bare_.size()); }
    /// What the parser says.
    std::string said() const {
        const std::string_view bad = record_.slice(error_.where);
        return bad.empty() ? error_.what : fmt::format("{}: {}", quotation(bad), error_.what);
    }

    /// A word without what lists of other kinds have between their parts.
    static std::string_view without_separators(std::string_view word) {
        return word.substr(0, word.find_last_not_of(",;") + 1);
    }

    /// Whether `word` ends with its colon, or in front of it, and what belongs there follows as a word of its
    /// own.
    static bool splits_argument(std::string_view word, std::string_view next) {
        next = without_separators(next);
        if (is_term_like(next) || (!is_network(next) && !is_domain_like(next))) return false;
        const std::string_view bare = without_qualifier(word);
        return word.ends_with(':') ? is_mechanism(name_of(bare)) : needs_argument(bare);
    }

    std::optional<Mistake> characters() {
        const auto beyond = std::ranges::find_if_not(term_, is_ascii);
        if (beyond != term_.end()) {
            const std::string_view character =
                first_character(term_.substr(static_cast<std::size_t>(beyond - term_.begin())));
            return part(LintCode::non_ascii, extent(character),
                        fmt::format("{} that is not ASCII", character_name(character)));
        }
        const auto control =
            std::ranges::find_if(term_, [](char c) { return (c >= 0 && c < ' ') || c == 0x7f; });
        if (control != term_.end()) {
            const std::string_view octet = term_.substr(static_cast<std::size_t>(control - term_.begin()), 1);
            return part(LintCode::control_character, extent(octet),
                        fmt::format("{} is part of the term, and no space", character_name(octet)));
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
        if (splits_argument(term_, next_)) {
            const bool has_colon = term_.ends_with(':');
            return part(LintCode::space_in_term, {extent(term_).begin, extent(next_).end},
                        has_colon ? "a space behind the colon" : "a space where a colon belongs",
                        write(fmt::format("{}{}{}", bare_, has_colon ? "" : ":", without_separators(next_))));
        }
        if (const std::string meant = with_colon(bare_); !meant.empty())
            return all(LintCode::unknown_mechanism, fmt::format("no colon in {}", quotation(bare_)),
                       write(meant));
        if (is_network(bare_))
            return all(LintCode::bare_argument, "an address without a mechanism in front",
                       write(as_term(bare_)));
        if (is_domain_like(bare_)) return all(LintCode::bare_argument, "a name without a mechanism in front");
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
            return joined(bare_.substr(0, second), rest);
        }
        const std::string_view unknown = bare_.substr(0, name_.size());
        const std::string_view meant = nearest(name_, argument_);
        const std::string text = fmt::format("unknown mechanism {}", quotation(unknown));
        if (meant.empty()) return part(LintCode::unknown_mechanism, extent(unknown), text);
        std::string term(meant);
        if (!argument_.empty() && meant != "all")
            term += fmt::format("{}{}", meant == "redirect" ? '=' : separator_, argument_);
        return part(LintCode::unknown_mechanism, extent(unknown),
                    fmt::format("{}: {} was meant?", text, quotation(meant)), write(term));
    }

    /// `rest` stands behind `before` without a space.
    Mistake joined(std::string_view before, std::string_view rest) const {
        if (is_spf_version(rest))
            return part(LintCode::joined_terms, extent(rest),
                        fmt::format("another record is pasted on behind {}", quotation(before)),
                        "make one record of the two, with one v=spf1 in front and one all at the end");
        const bool is_end = lowercased(before) == "all";
        const bool is_all = lowercased(without_qualifier(rest)) == "all";
        if (is_end && (is_all || !is_term_like(rest.substr(rest.find_first_not_of(punctuation)))))
            return part(LintCode::joined_terms, extent(rest),
                        fmt::format("{} is pasted on behind {}", quotation(rest), quotation(before)),
                        is_all ? "keep one all, at the end"
                               : "remove it; tokens for other services are TXT records of their own");
        return part(LintCode::joined_terms, extent(rest),
                    fmt::format("no space between {} and {}", quotation(before), quotation(rest)),
                    is_end ? "move what stands behind all in front of it: behind it nothing is ever looked at"
                           : "");
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

    /// A mechanism behind a mechanism, as in "ip4:ip4:192.0.2.1".
    std::optional<Mistake> doubled(LintCode code) const {
        const std::string_view second = second_name_in(argument_);
        if (second.empty()) return std::nullopt;
        return part(code, extent(second),
                    fmt::format("{} behind {}", quotation(second), quotation(name_ + separator_)),
                    write(argument_));
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
        const LintCode bad_network = name_ == "ip4" ? LintCode::bad_ip4 : LintCode::bad_ip6;
        if (auto mistake = doubled(bad_network)) return mistake;
        if (auto mistake = marks("network")) return mistake;
        const std::size_t second = std::min(second_term_in(argument_), term_behind_network(family));
        if (second != argument_.npos) return joined(argument_.substr(0, second), argument_.substr(second));
        if (is_network(argument_, other))
            return part(LintCode::wrong_family, extent(argument_),
                        fmt::format("an {} address behind {}:", net::name_of(other), name_),
                        write(as_term(argument_)));
        std::string advice;
        for (const std::string& term : as_terms(argument_, family))
            advice += fmt::format("{}{}{}", advice.empty() ? "write " : " ", qualifier(), term);
        if (is_network(argument_, family)) return part(LintCode::bad_length, error_.where, "", advice);
        if (const std::string_view before = argument_.substr(0, argument_.find_last_not_of('.') + 1);
            before.size() < argument_.size() && is_network(before, family))
            return stray(argument_.substr(before.size()), before);
        const std::string_view address = argument_.substr(0, argument_.find('/'));
        if (std::ranges::count(address, '.') > 3 && address.find_first_not_of("0123456789.") == address.npos)
            return part(LintCode::joined_terms, extent(argument_), "several addresses run together");
        if (is_domain_like(address))
            return part(LintCode::domain_as_address, extent(argument_),
                        fmt::format("a name behind {}:", name_));
        return part(bad_network, extent(argument_),
                    fmt::format("{} is not an {} network", quotation(argument_), net::name_of(family)),
                    advice);
    }

    std::optional<Mistake> domain() {
        if (name_ == "all" || (separator_ != ':' && separator_ != '=')) {
            if (std::string_view(error_.section) == "5.6")
                return part(LintCode::bad_length, error_.where, "");
            return std::nullopt;
        }
        if (is_network(argument_))
            return part(LintCode::address_as_domain, extent(argument_),
                        fmt::format("an address behind {}{}", name_, separator_), write(as_term(argument_)));
        if (auto mistake = doubled(LintCode::bad_domain)) return mistake;
        if (const std::size_t second = second_term_in(argument_); second != argument_.npos)
            return joined(argument_.substr(0, second), argument_.substr(second));
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

std::optional<Mistake> mistake_in(const Record& record, const SyntaxError& error) {
    return Diagnosis(record, error).run();
}

} // namespace spfwalk::spf
