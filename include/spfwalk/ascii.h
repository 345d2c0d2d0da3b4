// The letters and digits of DNS names, SPF terms and options: ASCII, whatever the locale, which <cctype>
// follows.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace spfwalk {

constexpr bool is_ascii(char c) {
    return static_cast<unsigned char>(c) < 0x80;
}

constexpr bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

constexpr bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

constexpr char lower(char c) {
    return is_upper(c) ? static_cast<char>(c + ('a' - 'A')) : c;
}

constexpr bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

constexpr bool is_alphanumeric(char c) {
    return is_letter(c) || is_digit(c);
}

/// The text in lower case; other octets stay.
inline std::string lowercased(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = lower(c);
    return result;
}

inline bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](char one, char other) { return lower(one) == lower(other); });
}

/// How many of the octets are `c`, looked at in eights: all text of all records goes through here.
inline std::size_t count_of(std::string_view text, char c) {
    constexpr std::uint64_t ones = 0x0101010101010101, lows = 0x7f * ones;
    std::size_t result = 0;
    for (; text.size() >= 8; text.remove_prefix(8)) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, text.data(), 8);
        const std::uint64_t differing = eight ^ (ones * static_cast<unsigned char>(c));
        const std::uint64_t equal = ~(((differing & lows) + lows) | differing | lows); // their top bits
        result += ((equal >> 7) * ones) >> 56;
    }
    return result + static_cast<std::size_t>(std::ranges::count(text, c));
}

/// What a digit of base 16 stands for; -1 if it is none.
constexpr int hex_digit(char c) {
    if (is_digit(c)) return c - '0';
    return lower(c) >= 'a' && lower(c) <= 'f' ? lower(c) - 'a' + 10 : -1;
}

/// A text without the mark that some editors begin a file in UTF-8 with.
constexpr std::string_view without_byte_order_mark(std::string_view text) {
    constexpr std::string_view mark = "\xef\xbb\xbf";
    return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

} // namespace spfwalk
