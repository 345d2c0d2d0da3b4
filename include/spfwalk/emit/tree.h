// Trees of SPF records: as text for terminals, JSON, Graphviz's dot language and a page.
#pragma once

#include "spfwalk/spf/tree.h"

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace spfwalk::emit {

/// The budgets (RFC 7208 §4.6.4) that costs are shares of.
struct Budgets {
    int lookups = 10;
    std::optional<int> voids = 2; ///< none: not limited
};

/// What the reader of text can show.
struct TextLook {
    bool unicode = false;             ///< lines of box-drawing characters in UTF-8
    bool color = false;               ///< ANSI escape sequences
    std::optional<std::size_t> width; ///< columns; none: as many as it takes
};

/// A line for each term, then a line of totals. Nothing raw: octets from DNS are escaped.
std::string print_tree(const spf::Tree& tree, const Budgets& budgets, const TextLook& look);

/// A document with the members of docs/json.md.
std::string print_trees_json(std::span<const spf::Tree> trees, const Budgets& budgets);

/// One digraph with all trees.
std::string print_trees_dot(std::span<const spf::Tree> trees, const Budgets& budgets);

/// One HTML page with all trees, the parts of IPv4 that each include covers, and nothing to be loaded. Its
/// size is bounded for each tree, and it says what it leaves out.
std::string print_trees_html(std::span<const spf::Tree> trees, const Budgets& budgets);

} // namespace spfwalk::emit
