#include "lines.h"

#include <algorithm>

namespace spfwalk::emit {

// pfctl(8) resolves a word that is not an address as a host name, so nothing else may ever be among the
// words.

std::string print_pf(const List& list, const Style& style) {
    return print_lines(list, style, {});
}

Expected<Addresses, std::string> read_pf(std::string_view text) {
    AddressGatherer addresses;
    LineReader reader(text, Comments::anywhere);
    while (auto line = reader.next()) {
        while (!line->empty()) {
            const std::size_t end = line->find_first_of(" \t");
            const auto prefix = net::parse_prefix(line->substr(0, end));
            if (!prefix) return unexpected(reader.error("not a prefix"));
            addresses.add(*prefix);
            line->remove_prefix(std::min(line->find_first_not_of(" \t", end), line->size()));
        }
    }
    return addresses.finish();
}

} // namespace spfwalk::emit
