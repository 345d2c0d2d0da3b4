#include "spfwalk/cli/terminal.h"

#include "spfwalk/ascii.h"

#include <charconv>

namespace spfwalk::cli {

namespace {

bool names_utf8(std::string_view locale) {
    const std::string name = lowercased(locale);
    return name.find("utf-8") != name.npos || name.find("utf8") != name.npos;
}

} // namespace

Canvas canvas_of(const std::function<const char*(const char*)>& variable, std::optional<std::size_t> width) {
    const auto value = [&](const char* name) {
        const char* const text = variable(name);
        return std::string_view(text == nullptr ? "" : text);
    };
    Canvas canvas;
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        if (value(name).empty()) continue; // POSIX: unset and empty are the same
        canvas.unicode = names_utf8(value(name));
        break;
    }
    if (!width) return canvas;
    canvas.color = value("NO_COLOR").empty() && value("TERM") != "dumb";
    canvas.width = width;
    const std::string_view columns = value("COLUMNS");
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(columns.data(), columns.data() + columns.size(), number);
    if (error == std::errc() && end == columns.data() + columns.size() && number > 0) canvas.width = number;
    return canvas;
}

} // namespace spfwalk::cli
