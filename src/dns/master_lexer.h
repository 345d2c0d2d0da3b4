// Master files as tokens (RFC 1035 §5.1): lines, parentheses, quotes, comments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::dns {

/// A word as it stands in the file: escapes are still in it, the quotes around it are not.
struct Token {
    std::string_view text;
    bool quoted = false;
};

/// A record, a directive or an override, which may go over several lines.
struct Entry {
    std::size_t line = 1; ///< where it begins
    bool is_override = false;
    bool blank_owner = false;
    std::vector<Token> tokens; ///< at least one; of an override without the `;!`
};

/// What is wrong, and in which line it began.
struct Problem {
    std::size_t line = 1;
    std::string text;
};

class Lexer {
  public:
    /// `text` must outlive the lexer and all tokens.
    explicit Lexer(std::string_view text) : text_(text) {}

    /// Reads the next entry; false at the end and if there is a problem.
    bool next(Entry& entry);
    const std::optional<Problem>& problem() const { return problem_; }

  private:
    bool fail(std::size_t line, std::string text);
    bool read_line(Entry& entry);
    bool read_word(Entry& entry);
    bool read_quoted(Entry& entry);

    std::string_view text_;
    std::size_t at_ = 0;
    std::size_t line_ = 1;
    std::optional<Problem> problem_;
};

/// A token for messages: in quotes, clipped, with everything unprintable escaped.
std::string shown(std::string_view text);

/// Appends the octets that a token stands for (`\X`, `\DDD`); false if an escape is broken.
bool append_unescaped(std::string& out, std::string_view token);

/// A decimal number without sign, up to `limit`.
std::optional<std::uint32_t> parse_number(std::string_view text, std::uint32_t limit);

/// Seconds, or a sum of numbers with units w, d, h, m, s: at most 2^31 - 1 (RFC 2181 §8).
std::optional<std::uint32_t> parse_ttl(std::string_view text);

} // namespace spfwalk::dns
