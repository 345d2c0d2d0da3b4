// How JSON text is laid out.
#pragma once

#include <cstdint>

namespace spfwalk::emit {

enum class JsonLayout : std::uint8_t {
    line,     ///< no white space at all
    indented, ///< a member or element a line, two spaces for each level
};

} // namespace spfwalk::emit
