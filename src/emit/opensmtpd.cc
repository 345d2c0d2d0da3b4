#include "lines.h"

namespace spfwalk::emit {

namespace {

/// table(5). Without it a first entry with a colon makes the file a mapping, and an empty file is refused.
constexpr std::string_view kind = "# @list";

} // namespace

std::string print_opensmtpd(const List& list, const Style& style) {
    return std::string(kind) + '\n' + print_lines(list, style, {});
}

Expected<Addresses, std::string> read_opensmtpd(std::string_view text) {
    const std::string_view first = text.substr(0, text.find('\n'));
    if (first != kind && first != std::string(kind) + '\r')
        return unexpected(std::string("line 1: not \"# @list\""));
    return read_lines(text, {}, Comments::whole_lines);
}

} // namespace spfwalk::emit
