#include "lines.h"

namespace spfwalk::emit {

namespace {

// ngx_http_access_module. What becomes of all others ("deny all;") is for the place that includes the file.
constexpr LineShape shape{.before = "allow ", .after = ";", .no_broadcast = true};

} // namespace

std::string print_nginx_allow(const List& list, const Style& style) {
    return print_lines(list, style, shape);
}

Expected<Addresses, std::string> read_nginx_allow(std::string_view text) {
    return read_lines(text, shape, Comments::anywhere);
}

} // namespace spfwalk::emit
