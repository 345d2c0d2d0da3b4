// Text in HTML.
#pragma once

#include <string>
#include <string_view>

namespace spfwalk::emit {

/// Fit for the text of elements and for attributes in double quotes. `printable` is escaped for terminals
/// already (escape.h), so that no control octet or broken UTF-8 is left.
inline std::string html(std::string_view printable) {
    std::string result;
    result.reserve(printable.size());
    for (const char c : printable) {
        switch (c) {
        case '&':
            result += "&amp;";
            break;
        case '<':
            result += "&lt;";
            break;
        case '>':
            result += "&gt;";
            break;
        case '"':
            result += "&quot;";
            break;
        case '\'':
            result += "&#39;";
            break;
        default:
            result += c;
        }
    }
    return result;
}

} // namespace spfwalk::emit
