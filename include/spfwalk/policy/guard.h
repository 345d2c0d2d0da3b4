// What must be true of a new list before it may replace an old one.
#pragma once

#include "spfwalk/emit/list.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::policy {

/// The user's limits. Shares are of addresses, family by family.
struct Guards {
    bool allow_empty = false; ///< an empty list may replace any list, whatever max_shrink
    double max_shrink = 0.50; ///< 0.5: refuse a list with less than half of the old addresses of a family
    std::optional<double> max_grow; ///< 1.0: refuse one with more than twice the old addresses of a family
    bool allow_wide = false;
    int widest_ipv4 = 8; ///< prefix lengths below this are too wide
    int widest_ipv6 = 19;
};

/// What a change comes to.
struct Change {
    std::vector<net::Prefix> added; ///< of the fewest prefixes of new less old
    std::vector<net::Prefix> removed;
    bool empty() const { return added.empty() && removed.empty(); }
};
Change change(const emit::Addresses& before, const emit::Addresses& after);

/// Why `after` must not replace `before`, one line each without the file's name; empty if it may. `before` is
/// nothing if there was no list: then only emptiness and width are checked.
///
/// A family without old addresses cannot shrink. With max_grow it must not appear either, since any number is
/// more than every share of none, unless the whole old list was empty: that is a first list.
std::vector<std::string> objections(const std::optional<emit::Addresses>& before,
                                    const emit::Addresses& after, const Guards& guards);

/// Prefixes wider than the guards allow, widest first; of the fewest prefixes, so neighbours count as one.
std::vector<net::Prefix> too_wide(const emit::Addresses& addresses, const Guards& guards);

/// "50%" or "0.5" as a share. Nothing for anything else, or below 0, or for a number above 1 without "%": 50
/// could be meant either way.
std::optional<double> parse_share(std::string_view text);

} // namespace spfwalk::policy
