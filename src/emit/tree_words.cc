#include "emit/tree_words.h"

#include "emit/count.h"
#include "spfwalk/escape.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::emit {

std::string count_words(const spf::TermShare& share) {
    if (!share.reached && share.may_pass.empty()) return {};
    const std::string least = short_count(share.passes);
    if (share.passes == share.may_pass) return least;
    return fmt::format("{} to {}", least, short_count(share.may_pass));
}

std::vector<std::string> notes(const spf::TreeNode& node) {
    std::vector<std::string> result;
    for (const net::Family family : net::both_families) {
        for (const spf::Result other : node.share(family).others) {
            std::string word(to_text(other));
            if (std::ranges::find(result, word) == result.end()) result.push_back(std::move(word));
        }
    }
    if (node.undecidable()) result.emplace_back("undecidable");
    if (!node.reached()) result.emplace_back("not reached");
    if (node.only) result.push_back(fmt::format("{} only", name_of(*node.only)));
    if (node.leads && !node.term.ends_with(node.target)) result.push_back("-> " + escape(node.target));
    return result;
}

std::string budget_words(int used, const std::optional<int>& limit) {
    return limit ? fmt::format("{}/{}", used, *limit) : fmt::format("{} (no limit)", used);
}

std::vector<std::string> totals(const spf::Tree& tree, const Budgets& budgets) {
    std::vector<std::string> result;
    result.push_back("lookups " + budget_words(tree.lookups, budgets.lookups));
    result.push_back("void " + budget_words(tree.voids, budgets.voids));
    if (tree.ttl) result.push_back(fmt::format("ttl {} s", *tree.ttl));
    for (const net::Family family : tree.families) {
        const spf::TermShare& share = tree.root.share(family);
        const std::size_t prefixes = spf::for_output(family, share.passes).prefix_count();
        const std::string count = short_count(share.passes);
        result.push_back(fmt::format("{} {} address{} in {} prefix{}", keyword_of(family), count,
                                     count == "1" ? "" : "es", grouped(std::to_string(prefixes)),
                                     prefixes == 1 ? "" : "es"));
        if (share.passes != share.may_pass)
            result.back() += fmt::format(" (at most {} addresses)", short_count(share.may_pass));
    }
    return result;
}

} // namespace spfwalk::emit
