// What all forms of a tree say in the same words.
#pragma once

#include "spfwalk/emit/tree.h"

#include <string>
#include <vector>

namespace spfwalk::emit {

/// How many addresses of a family a term brings: "256", "0 to 4,294,967,296" if that is undecidable, empty if
/// no address of the family came there.
std::string count_words(const spf::TermShare& share);

/// What is to be said of a term beside figures: "softfail", "undecidable", "not reached", "IPv4 only", where
/// it led if that does not show.
std::vector<std::string> notes(const spf::TreeNode& node);

/// "lookups 7/10", "void 0/2", "ttl 300 s", "ipv4 1,234 addresses in 3 prefixes", …
std::vector<std::string> totals(const spf::Tree& tree, const Budgets& budgets);

std::string budget_words(int used, const std::optional<int>& limit);

} // namespace spfwalk::emit
