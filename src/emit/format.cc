#include "spfwalk/emit/format.h"

#include <algorithm>
#include <array>

namespace spfwalk::emit {

namespace {

constexpr std::array table{
    Format{.name = "plain", .summary = "a prefix a line", .print = print_plain, .read = read_plain, .annotates = true},
};

} // namespace

std::span<const Format> formats() { return table; }

const Format* find_format(std::string_view name) {
    const auto found = std::ranges::find(table, name, &Format::name);
    return found == table.end() ? nullptr : &*found;
}

} // namespace spfwalk::emit
