// Bytes from strangers made fit for a terminal or a log.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace spfwalk {

/// How many of the bytes at the front are printable ASCII other than `except` and `or_except`, looked at in
/// eights: there may be a few more. Most text is nothing else, and all text of all lists goes through here.
inline std::size_t plain_eights(std::string_view bytes, char except, char or_except) {
    constexpr std::uint64_t ones = 0x0101010101010101, tops = 0x80 * ones;
    const auto is_plain = [&](std::size_t at) {
        std::uint64_t eight = 0;
        std::memcpy(&eight, bytes.data() + at, 8);
        // Sums of bytes below 0x80 do not carry; one at or above shows in ~eight.
        const std::uint64_t low = eight & ~tops;
        const auto differs = [&](char c) {
            return (low ^ (ones * static_cast<unsigned char>(c))) + 0x7f * ones; // top bit: they differ
        };
        const std::uint64_t plain = (low + 0x60 * ones) /* 0x20 or more */ & ~(low + ones) /* not 0x7f */ &
                                    differs(except) & differs(or_except) & ~eight & tops;
        return plain == tops;
    };
    if (bytes.size() < 8) return 0;
    const std::size_t last = bytes.size() - 8;
    std::size_t at = 0;
    for (; at <= last; at += 8)
        if (!is_plain(at)) return at;
    return is_plain(last) ? bytes.size() : at; // those left over, with some that are known already
}

/// Whether the bytes are printable ASCII without quotes and backslashes: the same in all escapings.
inline bool is_plain(std::string_view bytes) {
    for (std::size_t at = plain_eights(bytes, '"', '\\'); at < bytes.size(); ++at) {
        const char c = bytes[at];
        if (c < ' ' || c > '~' || c == '"' || c == '\\') return false;
    }
    return true;
}

/// Appends printable ASCII as it is, a backslash doubled, every other byte as \xHH.
inline void append_escaped(std::string& out, std::string_view bytes) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::size_t begin = 0; // of what goes as it is
    for (std::size_t at = plain_eights(bytes, '\\', '\\'); at < bytes.size(); ++at) {
        const auto octet = static_cast<unsigned char>(bytes[at]);
        if (octet >= 0x20 && octet < 0x7f && octet != '\\') continue;
        out += bytes.substr(begin, at - begin);
        begin = at + 1;
        if (octet == '\\')
            out += "\\\\";
        else
            out.append({'\\', 'x', hex[octet >> 4], hex[octet & 15]});
    }
    out += bytes.substr(begin);
}

/// The same as a new text.
inline std::string escape(std::string_view bytes) {
    std::string result;
    append_escaped(result, bytes);
    return result;
}

/// For readers to whom a backslash is one (SMTP replies, header fields): printable ASCII as it is, every
/// other byte as \xHH.
inline std::string printable(std::string_view bytes) {
    std::string result;
    for (const char c : bytes) {
        if (c == '\\')
            result += c;
        else
            append_escaped(result, {&c, 1});
    }
    return result;
}

/// The first `most` bytes, with "..." behind them if there are more.
inline std::string beginning(std::string_view bytes, std::size_t most) {
    std::string result(bytes.substr(0, most));
    if (bytes.size() > most) result += "...";
    return result;
}

} // namespace spfwalk
