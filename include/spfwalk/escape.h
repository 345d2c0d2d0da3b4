// Bytes from strangers made fit for a terminal or a log.
#pragma once

#include <string>
#include <string_view>

namespace spfwalk {

/// Printable ASCII as it is, a backslash doubled, every other byte as \xHH.
inline std::string escape(std::string_view bytes) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::string result;
    result.reserve(bytes.size());
    for (const char c : bytes) {
        const auto octet = static_cast<unsigned char>(c);
        if (c == '\\')
            result += "\\\\";
        else if (octet >= 0x20 && octet < 0x7f)
            result += c;
        else
            result.append({'\\', 'x', hex[octet >> 4], hex[octet & 15]});
    }
    return result;
}

} // namespace spfwalk
