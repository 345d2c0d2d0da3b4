// Bytes from strangers made fit for a terminal or a log.
#pragma once

#include <string>
#include <string_view>

namespace spfwalk {

/// Appends printable ASCII as it is, a backslash doubled, every other byte as \xHH.
inline void append_escaped(std::string& out, std::string_view bytes) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::size_t begin = 0; // of what goes as it is
    for (std::size_t at = 0; at < bytes.size(); ++at) {
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

/// The first `most` bytes, with "..." behind them if there are more.
inline std::string beginning(std::string_view bytes, std::size_t most) {
    std::string result(bytes.substr(0, most));
    if (bytes.size() > most) result += "...";
    return result;
}

} // namespace spfwalk
