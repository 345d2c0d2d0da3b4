#include "lines.h"

namespace spfwalk::emit {

std::string print_plain(const List& list, const Style& style) {
    std::string out;
    append_lines(out, list, style, entries_of(list, style), {});
    return out;
}

Expected<Addresses, std::string> read_plain(std::string_view text) {
    return read_lines(text, {}, Comments::anywhere);
}

} // namespace spfwalk::emit
