// Lists as promises speak of them.
#pragma once

#include "fuzz/fuzz.h"

#include "spfwalk/emit/format.h"
#include "spfwalk/spf/universe.h"

#include <string>

namespace spfwalk::fuzz {

/// A style that the format has.
inline emit::Style style_of(const emit::Format& format, std::uint8_t choice) {
    emit::Style style;
    if ((choice & 1) != 0) style.aggregate = emit::Aggregate::as_published;
    if ((choice & 2) != 0 && format.annotates) style.annotate = emit::Annotate::yes;
    return style;
}

/// Prints a list, reads it back and prints it again.
inline void check_list(const emit::List& list, const emit::Format& format, const emit::Style& style) {
    const std::string name(format.name);
    const std::string text = format.print(list, style);
    promise(text.empty() || text.ends_with('\n'), "the last line ends", name + '\n' + text);
    promise(are_clean_lines(text), "a list is lines of printable ASCII", name + '\n' + text);
    promise(format.print(list, style) == text, "the same list is printed the same way", name + '\n' + text);
    const auto read = format.read(text);
    if (format.name == "ndjson" && list.results.empty()) return; // no domain, no line
    promise(read.has_value(), "a list that was printed can be read",
            name + '\n' + (read ? "" : read.error() + '\n') + text);
    emit::Addresses expected = list.addresses;
    if (name.starts_with("nginx")) { // which has no word for this one (format.h)
        const net::Address broadcast = net::last_address(net::Family::ipv4);
        const bool alone = !expected.ipv4.contains({broadcast.previous(), broadcast});
        if (alone) expected.ipv4.erase({broadcast, broadcast});
    }
    emit::Addresses found = *read;
    if (style.aggregate == emit::Aggregate::as_published) { // see emit::as_published()
        found.ipv6.erase(spf::mapped_range);
        expected.ipv6.erase(spf::mapped_range);
    }
    promise(found == expected, "a list is read back as it was", name + '\n' + text);
}

} // namespace spfwalk::fuzz
