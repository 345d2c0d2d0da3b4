#include "emit/json_writer.h"

#include "spfwalk/escape.h"

#include <charconv>

namespace spfwalk::emit {

namespace {

bool is_plain(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return octet >= 0x20 && octet < 0x80 && c != '"' && c != '\\';
}

/// How many octets at the front of `text` are one character beyond ASCII in UTF-8 (RFC 3629 §4); 0: none are.
std::size_t utf8_size(std::string_view text) {
    const auto octet = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    const auto is_tail = [&](std::size_t i) { return (octet(i) & 0xc0) == 0x80; };
    const unsigned lead = octet(0), second = octet(1);
    if (lead >= 0xc2 && lead <= 0xdf) return is_tail(1) ? 2 : 0;
    if (lead >= 0xe0 && lead <= 0xef) {
        const bool overlong = lead == 0xe0 && second < 0xa0;
        const bool surrogate = lead == 0xed && second > 0x9f;
        return is_tail(1) && is_tail(2) && !overlong && !surrogate ? 3 : 0;
    }
    if (lead >= 0xf0 && lead <= 0xf4) {
        const bool overlong = lead == 0xf0 && second < 0x90;
        const bool beyond = lead == 0xf4 && second > 0x8f;
        return is_tail(1) && is_tail(2) && is_tail(3) && !overlong && !beyond ? 4 : 0;
    }
    return 0;
}

void append_special(std::string& out, char c) {
    constexpr std::string_view hex = "0123456789abcdef";
    switch (c) {
    case '"':
    case '\\':
        out += '\\';
        out += c;
        return;
    case '\b':
        out += "\\b";
        return;
    case '\f':
        out += "\\f";
        return;
    case '\n':
        out += "\\n";
        return;
    case '\r':
        out += "\\r";
        return;
    case '\t':
        out += "\\t";
        return;
    default:
        const auto octet = static_cast<unsigned char>(c);
        out.append({'\\', 'u', '0', '0', hex[octet >> 4], hex[octet & 15]});
    }
}

} // namespace

void JsonWriter::integer(std::int64_t value) {
    char digits[24];
    word({digits, std::to_chars(digits, digits + sizeof digits, value).ptr});
}

void append_json_escaped(std::string& out, std::string_view text) {
    while (true) {
        std::size_t plain = plain_eights(text, '"', '\\');
        while (plain < text.size() && is_plain(text[plain]))
            ++plain;
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) return;
        std::size_t size = 1;
        if (static_cast<unsigned char>(text.front()) < 0x80) {
            append_special(out, text.front());
        } else if ((size = utf8_size(text)) > 0) {
            out += text.substr(0, size);
        } else {
            out += "\xef\xbf\xbd"; // U+FFFD
            size = 1;
        }
        text.remove_prefix(size);
    }
}

} // namespace spfwalk::emit
