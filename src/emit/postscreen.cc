#include "lines.h"

namespace spfwalk::emit {

namespace {

// cidr_table(5). Behind a result, a "#" would be part of it.
constexpr LineShape shape{.after = " permit"};

} // namespace

std::string print_postscreen(const List& list, const Style& style) {
    return print_lines(list, style, shape);
}

Expected<Addresses, std::string> read_postscreen(std::string_view text) {
    return read_lines(text, shape, Comments::whole_lines);
}

} // namespace spfwalk::emit
