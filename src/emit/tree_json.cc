// Trees as JSON; docs/json.md says what the members mean.
#include "emit/count.h"
#include "emit/json_parts.h"
#include "emit/tree_words.h"

#include "spfwalk/escape.h"
#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>

namespace spfwalk::emit {

namespace {

void write_cost(JsonWriter& json, const char* key, int own, int below) {
    json.key(key);
    json.begin_object();
    json.key("own");
    json.number(own);
    json.key("total");
    json.number(below);
    json.end_object();
}

void write_share(JsonWriter& json, net::Family family, const spf::TermShare& share) {
    json.begin_object();
    json.key("reached");
    json.boolean(share.reached);
    json.key("addresses");
    json.string(exact_count(share.passes));
    json.key("at_most");
    json.string(exact_count(share.may_pass));
    json.key("prefixes");
    json.begin_array();
    spf::for_output(family, share.own).each_prefix(family, [&](const net::Prefix& prefix) {
        json.string(net::to_text(prefix));
    });
    json.end_array();
    json.key("others");
    json.begin_array();
    for (const spf::Result result : share.others)
        json.string(to_text(result));
    json.end_array();
    write_cost(json, "lookups", share.lookups, share.lookups_below);
    write_cost(json, "voids", share.voids, share.voids_below);
    json.end_object();
}

void write_node(JsonWriter& json, const spf::Tree& tree, const spf::TreeNode& node) {
    json.begin_object();
    json.key("term");
    json.string(escape(node.term));
    json.key("target");
    json.string_or_null(node.target.empty() ? std::nullopt : std::optional(escape(node.target)));
    json.key("record");
    json.string_or_null(node.record ? std::optional(escape(*node.record)) : std::nullopt);
    json.key("undecidable");
    json.boolean(node.undecidable());
    json.key("ttl");
    json.number_or_null(node.ttl());
    for (const net::Family family : net::both_families) {
        json.key(keyword_of(family));
        const bool asked = std::ranges::find(tree.families, family) != tree.families.end();
        if (asked && node.only.value_or(family) == family)
            write_share(json, family, node.share(family));
        else
            json.null();
    }
    std::vector<FindingText> findings;
    for (const spf::TermFinding& finding : node.findings)
        findings.push_back({std::string(to_text(finding.code)), finding.text, finding.only, finding.rcode});
    json.key("findings");
    write_findings(json, findings);
    json.key("terms");
    json.begin_array();
    for (const spf::TreeNode& child : node.children)
        write_node(json, tree, child);
    json.end_array();
    json.end_object();
}

void write_tree(JsonWriter& json, const spf::Tree& tree) {
    json.begin_object();
    json.key("domain");
    json.string(escape(tree.domain));
    json.key("status");
    json.string(to_text(tree.standing));
    json.key("lookups");
    json.number(tree.lookups);
    json.key("voids");
    json.number(tree.voids);
    json.key("ttl");
    json.number_or_null(tree.ttl);
    json.key("complete");
    json.boolean(!tree.left_out);
    json.key("tree");
    write_node(json, tree, tree.root);
    json.end_object();
}

} // namespace

std::string print_trees_json(std::span<const spf::Tree> trees, const Budgets& budgets) {
    std::string out;
    JsonWriter json(out, JsonLayout::indented);
    json.begin_object();
    json.key("format");
    json.string("spfwalk-tree");
    json.key("version");
    json.number(1);
    json.key("lookup_limit");
    json.number(budgets.lookups);
    json.key("void_limit");
    json.number_or_null(budgets.voids);
    json.key("domains");
    json.begin_array();
    for (const spf::Tree& tree : trees)
        write_tree(json, tree);
    json.end_array();
    json.end_object();
    return out += '\n';
}

} // namespace spfwalk::emit
