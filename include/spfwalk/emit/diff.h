// What a list has more and less than an earlier one, and where that comes from.
#pragma once

#include "spfwalk/emit/format.h"
#include "spfwalk/expected.h"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::emit {

/// Who brought a prefix.
struct Origin {
    std::string domain; ///< or what stands for one, see extend()
    std::string path;   ///< as Source::path; empty if nothing led there
};

struct Difference {
    bool added = false; ///< otherwise removed
    net::Prefix prefix;
    std::vector<Origin> from; ///< empty if it is not known
};

/// A list in any format that formats() or publish_formats() has: the first that can read it. With sources if
/// the format tells them, as the JSON formats do. The error says why the text is not a list of plain
/// prefixes.
Expected<List, std::string> read_any(std::string_view text);

/// The prefixes that make up what only one of the lists has, in numeric order: the fewest, or those of the
/// sources. `after` needs Detail::sources.
std::vector<Difference> differences(const List& before, const List& after, Aggregate aggregate);

/// "+ PREFIX DOMAIN: PATH" or "- PREFIX" a line; several origins are separated by a comma and a blank.
std::string print_diff(std::span<const Difference> differences);
/// The same as one document, see docs/json.md.
std::string print_diff_json(std::span<const Difference> differences);

} // namespace spfwalk::emit
