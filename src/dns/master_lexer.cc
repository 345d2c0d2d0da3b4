#include "master_lexer.h"

#include "spfwalk/ascii.h"

#include <array>

namespace spfwalk::dns {

namespace {

/// An entry longer than this cannot be a record: RDATA has 65,535 octets, each at most four characters.
constexpr std::size_t max_entry = 1U << 20;

/// Whether a byte ends an unquoted word or, as a backslash does, needs a closer look.
constexpr auto stops_word = [] {
    std::array<bool, 256> table{};
    for (const char c : {' ', '\t', '\r', '\n', ';', '(', ')', '"', '\\'})
        table[static_cast<unsigned char>(c)] = true;
    return table;
}();

} // namespace

bool Lexer::fail(std::size_t line, std::string text) {
    problem_ = Problem{line, std::move(text)};
    return false;
}

bool Lexer::next(Entry& entry) {
    while (!problem_ && at_ < text_.size()) {
        entry.tokens.clear();
        entry.line = line_;
        const std::string_view rest = text_.substr(at_, 3);
        entry.is_override = rest == ";! " || rest == ";!\t";
        if (entry.is_override) at_ += 2;
        entry.blank_owner = !entry.is_override && (rest[0] == ' ' || rest[0] == '\t');
        if (!read_line(entry)) return false;
        if (!entry.tokens.empty()) return true;
        if (entry.is_override) return fail(entry.line, "nothing behind ;!");
    }
    return false;
}

bool Lexer::read_line(Entry& entry) {
    const std::size_t begin = at_;
    std::size_t depth = 0;
    std::size_t opened = line_;
    while (at_ < text_.size()) {
        if (at_ - begin > max_entry) return fail(entry.line, "entry longer than 1 MiB");
        switch (text_[at_]) {
        case '\n':
            ++at_;
            ++line_;
            if (depth == 0) return true;
            break;
        case ' ':
        case '\t':
        case '\r':
            ++at_;
            break;
        case ';':
            at_ = std::min(text_.find('\n', at_), text_.size());
            break;
        case '(':
            if (entry.is_override) return fail(line_, "parenthesis in a ;! line");
            if (depth++ == 0) opened = line_;
            ++at_;
            break;
        case ')':
            if (depth == 0) return fail(line_, "closing parenthesis without an opening one");
            --depth;
            ++at_;
            break;
        case '"':
            if (!read_quoted(entry)) return false;
            break;
        default:
            if (!read_word(entry)) return false;
        }
    }
    if (depth > 0) return fail(opened, "parenthesis is never closed");
    return true;
}

bool Lexer::read_word(Entry& entry) {
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           (!stops_word[static_cast<unsigned char>(text_[at_])] || text_[at_] == '\\')) {
        if (text_[at_] == '\\') {
            ++at_;
            if (at_ == text_.size() || text_[at_] == '\n') return fail(line_, "nothing behind a backslash");
        }
        ++at_;
    }
    entry.tokens.push_back({text_.substr(begin, at_ - begin), false});
    return true;
}

bool Lexer::read_quoted(Entry& entry) {
    const std::size_t begin = ++at_;
    for (;; ++at_) {
        at_ = text_.find_first_of("\"\\\n", at_);
        if (at_ == std::string_view::npos || text_[at_] == '\n') return fail(line_, "quote is never closed");
        if (text_[at_] == '"') break;
        ++at_; // the escaped byte is skipped by the loop
        if (at_ == text_.size() || text_[at_] == '\n') return fail(line_, "quote is never closed");
    }
    entry.tokens.push_back({text_.substr(begin, at_ - begin), true});
    ++at_;
    return true;
}

std::string shown(std::string_view text) {
    constexpr std::size_t most = 60;
    std::string result = "\"";
    for (const char c : text.substr(0, most)) {
        if (c >= ' ' && c <= '~') {
            result += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        result += {'\\', static_cast<char>('0' + byte / 100), static_cast<char>('0' + byte / 10 % 10),
                   static_cast<char>('0' + byte % 10)};
    }
    return result + (text.size() > most ? "\"..." : "\"");
}

bool append_unescaped(std::string& out, std::string_view token) {
    for (;;) {
        const std::size_t slash = token.find('\\');
        out += token.substr(0, slash);
        if (slash == std::string_view::npos) return true;
        token.remove_prefix(slash + 1);
        if (token.empty()) return false;
        if (!is_digit(token[0])) {
            out += token[0];
            token.remove_prefix(1);
            continue;
        }
        if (token.size() < 3 || !is_digit(token[1]) || !is_digit(token[2])) return false;
        const int value = (token[0] - '0') * 100 + (token[1] - '0') * 10 + (token[2] - '0');
        if (value > 255) return false;
        out += static_cast<char>(value);
        token.remove_prefix(3);
    }
}

std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t limit) {
    if (text.empty()) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : text) {
        if (!is_digit(c)) return std::nullopt;
        value = value * 10 + static_cast<unsigned>(c - '0');
        if (value > limit) return std::nullopt;
    }
    return static_cast<std::uint32_t>(value);
}

std::optional<std::uint32_t> parse_ttl(std::string_view text) {
    constexpr std::uint32_t most = 0x7fffffff;
    if (const auto seconds = parse_number(text, most)) return seconds;
    std::uint64_t sum = 0;
    if (text.empty()) return std::nullopt;
    while (!text.empty()) {
        const std::size_t unit = text.find_first_not_of("0123456789");
        if (unit == std::string_view::npos) return std::nullopt;
        const auto count = parse_number(text.substr(0, unit), most);
        if (!count) return std::nullopt;
        std::uint64_t seconds = *count;
        switch (text[unit] | 0x20) {
        case 'w':
            seconds *= 604800;
            break;
        case 'd':
            seconds *= 86400;
            break;
        case 'h':
            seconds *= 3600;
            break;
        case 'm':
            seconds *= 60;
            break;
        case 's':
            break;
        default:
            return std::nullopt;
        }
        sum += seconds;
        if (sum > most) return std::nullopt;
        text.remove_prefix(unit + 1);
    }
    return static_cast<std::uint32_t>(sum);
}

} // namespace spfwalk::dns
