#include "lines.h"

namespace spfwalk::emit {

namespace {

// ngx_http_geo_module. "default" is 0.0.0.0/0 and ::/0 to nginx: whichever of the two came last would count.
constexpr LineShape shape{.after = " 1;", .halves = true, .no_broadcast = true};

} // namespace

std::string print_nginx_geo(const List& list, const Style& style) {
    return print_lines(list, style, shape);
}

Expected<Addresses, std::string> read_nginx_geo(std::string_view text) {
    return read_lines(text, shape, Comments::anywhere);
}

} // namespace spfwalk::emit
