// Trees in the DOT language of Graphviz.
#include "emit/tree_words.h"

#include "spfwalk/escape.h"
#include "spfwalk/spf/finding.h"

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

/// Within a quoted string of DOT, where backslashes have a meaning too. `text` is printable.
std::string for_dot(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result;
}

class Printer {
  public:
    explicit Printer(std::string& out) : out_(out) {}

    /// Returns the number of the node.
    std::size_t add(const spf::TreeNode& node, std::span<const std::string> footer) {
        const std::size_t number = count_++;
        // "\l" ends a line that is set to the left.
        std::string label = for_dot(escape(node.term)) + "\\l";
        const auto line = [&](std::string_view text) { label += for_dot(text) + "\\l"; };
        for (const net::Family family : net::both_families)
            if (const std::string count = count_words(node.share(family)); !count.empty() && count != "0")
                line(fmt::format("{} {}", keyword_of(family), count));
        std::string costs;
        if (node.lookups_below() > 0) costs += fmt::format("lookups {} ", node.lookups_below());
        if (node.voids_below() > 0) costs += fmt::format("void {} ", node.voids_below());
        if (node.ttl()) costs += fmt::format("ttl {} s ", *node.ttl());
        if (!costs.empty()) costs.pop_back();
        if (!costs.empty()) line(costs);
        std::string what;
        for (const std::string& note : notes(node))
            what += (what.empty() ? "" : ", ") + note;
        if (!what.empty()) line(what);
        for (const spf::TermFinding& finding : node.findings)
            line("! " + finding.text);
        for (const std::string& text : footer)
            line(text);
        const bool bad = !node.findings.empty() && !spf::is_relaxation(node.findings.front().code) &&
                         node.findings.front().code != spf::Code::undecidable;
        const char* look = !node.reached()      ? ", style=dashed, color=gray50, fontcolor=gray50"
                           : bad                ? ", color=red3, fontcolor=red3"
                           : node.undecidable() ? ", color=darkorange3, fontcolor=darkorange3"
                           : footer.empty()     ? ""
                                                : ", penwidth=2";
        out_ += fmt::format("  n{} [label=\"{}\"{}];\n", number, label, look);
        for (const spf::TreeNode& child : node.children) {
            const std::size_t to = add(child, {});
            out_ += fmt::format("  n{} -> n{}{};\n", number, to,
                                child.reached() ? "" : " [style=dashed, color=gray50]");
        }
        return number;
    }

  private:
    std::string& out_;
    std::size_t count_ = 0;
};

} // namespace

std::string print_trees_dot(std::span<const spf::Tree> trees, const Budgets& budgets) {
    std::string out = "digraph spf {\n"
                      "  rankdir=LR;\n"
                      "  node [shape=box, fontname=\"monospace\", fontsize=10];\n";
    Printer printer(out);
    for (const spf::Tree& tree : trees) {
        std::vector<std::string> footer = totals(tree, budgets);
        if (tree.left_out) footer.emplace_back("some terms are left out, but counted");
        printer.add(tree.root, footer);
    }
    return out += "}\n";
}

} // namespace spfwalk::emit
