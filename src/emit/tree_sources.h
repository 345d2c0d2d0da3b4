// Where the addresses of a tree come from, in as few parts as can be told apart by color.
#pragma once

#include "spfwalk/spf/tree.h"

#include <array>
#include <cstddef>
#include <string>
#include <vector>

namespace spfwalk::emit {

/// Colors that are told apart; the last one is for includes that have none of their own.
inline constexpr std::size_t source_colors = 12;

struct TreeSource {
    std::vector<const spf::TreeNode*> nodes; ///< the terms that it is made of
    std::string name;                        ///< printable ASCII
    std::size_t color = 0;                   ///< below source_colors
    std::array<net::AddressSet, 2> passes;   ///< by net::Family; disjoint from those of the other sources
};

/// A source for each include or redirect of the record that brings addresses, in the order of terms, one for
/// what the record lists itself, and one for the includes with the fewest addresses if there are too many. A
/// record that is nothing but one include or redirect says little, so the record behind it is taken in its
/// place.
std::vector<TreeSource> sources_of(const spf::Tree& tree);

} // namespace spfwalk::emit
