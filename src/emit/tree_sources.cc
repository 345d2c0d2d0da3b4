#include "emit/tree_sources.h"

#include "spfwalk/escape.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

bool brings(const spf::TreeNode& node) {
    return !node.shares[0].passes.empty() || !node.shares[1].passes.empty();
}

/// The record whose terms are the sources.
const spf::TreeNode& divided_at(const spf::TreeNode& root) {
    const spf::TreeNode* at = &root;
    while (std::ranges::count_if(at->children, brings) == 1) {
        const spf::TreeNode& only = *std::ranges::find_if(at->children, brings);
        if (only.children.empty()) break;
        at = &only;
    }
    return *at;
}

void add(TreeSource& source, const spf::TreeNode& node) {
    source.nodes.push_back(&node);
    for (const net::Family family : net::both_families)
        source.passes[static_cast<std::size_t>(family)] |= node.share(family).passes;
}

} // namespace

std::vector<TreeSource> sources_of(const spf::Tree& tree) {
    const spf::TreeNode& record = divided_at(tree.root);
    std::vector<const spf::TreeNode*> includes;
    TreeSource own, others;
    for (const spf::TreeNode& term : record.children) {
        if (!brings(term)) continue;
        if (term.leads)
            includes.push_back(&term);
        else
            add(own, term);
    }
    if (record.children.empty() && brings(record)) add(own, record); // its terms have no nodes
    // The largest ones have colors of their own.
    std::vector<std::size_t> order(includes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
        const auto size = [&](std::size_t i, std::size_t family) {
            return includes[i]->shares[family].passes.size();
        };
        return std::pair(size(a, 0), size(a, 1)) > std::pair(size(b, 0), size(b, 1));
    });
    std::vector<bool> alone(includes.size());
    for (std::size_t i = 0; i < order.size() && i + 2 < source_colors; ++i)
        alone[order[i]] = true;

    std::vector<TreeSource> sources;
    for (std::size_t i = 0; i < includes.size(); ++i) {
        if (!alone[i]) {
            add(others, *includes[i]);
            continue;
        }
        TreeSource& source = sources.emplace_back();
        source.name = escape(includes[i]->term);
        add(source, *includes[i]);
    }
    if (!own.nodes.empty()) {
        own.name = "terms of " + escape(record.target) + " itself";
        sources.push_back(std::move(own));
    }
    for (std::size_t i = 0; i < sources.size(); ++i)
        sources[i].color = i;
    if (!others.nodes.empty()) {
        others.name = fmt::format("{} other includes", others.nodes.size());
        others.color = source_colors - 1;
        sources.push_back(std::move(others));
    }
    return sources;
}

} // namespace spfwalk::emit
