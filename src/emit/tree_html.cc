// Trees as a page that needs nothing else: no script, nothing from elsewhere, ASCII only.
#include "emit/count.h"
#include "emit/html.h"
#include "emit/ipv4_map.h"
#include "emit/tree_sources.h"
#include "emit/tree_words.h"

#include "spfwalk/escape.h"
#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <deque>
#include <map>

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

// Records made for it have many long terms, long findings and many prefixes.
constexpr std::size_t most_tree_markup = 500'000; // octets, of the lines of a tree
constexpr std::size_t most_text = 400;            // characters of a term or a finding
constexpr std::size_t most_findings = 5;          // of a term
constexpr std::size_t most_prefixes = 200;        // listed of a source

constexpr std::array<std::string_view, source_colors> palette{"#0072b2", "#e69f00", "#009e73", "#cc79a7",
                                                              "#d55e00", "#56b4e9", "#b3a100", "#8c6bb1",
                                                              "#00a0a0", "#a65628", "#6a9a1f", "#808080"};

constexpr std::string_view style =
    R"(:root{color-scheme:light dark;--fg:#1b1f24;--bg:#fff;--soft:#59636e;--line:#d0d7de;--stroke:#9aa4ae;--bad:#b00020;--odd:#8a5a00;--ground:#f6f8fa}
@media(prefers-color-scheme:dark){:root{--fg:#e6edf3;--bg:#0f1419;--soft:#9aa6b2;--line:#30363d;--stroke:#59636e;--bad:#ff8a8a;--odd:#f0b440;--ground:#161b22}}
*{box-sizing:border-box}
body{font:15px/1.45 system-ui,sans-serif;color:var(--fg);background:var(--bg);margin:1.5rem auto;max-width:75rem;padding:0 1rem}
h1{font-size:1.6rem;margin:0 0 .7rem;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2.2rem 0 .6rem}section{margin-bottom:4rem}
p{margin:.5rem 0;max-width:48rem}
code,.row>span,.legend span{font-family:ui-monospace,"DejaVu Sans Mono",monospace;font-size:.87rem}code{overflow-wrap:anywhere}
.totals span{display:inline-block;border:1px solid var(--line);background:var(--ground);border-radius:.5rem;padding:.15rem .6rem;margin:0 .3rem .3rem 0}
.totals .bad{border-color:var(--bad)}.bad,.finding{color:var(--bad)}.odd,.finding.odd{color:var(--odd)}.note{color:var(--soft);margin-left:.5rem}
.row{display:grid;grid-template-columns:minmax(0,1fr) 9.8rem 7rem 4.4rem 3.4rem 4.4rem;column-gap:.5rem;padding:.1rem .4rem .1rem 0;border-bottom:1px solid var(--line)}
.row:hover{background:var(--ground)}
.row>span{text-align:right}.head>span{font-weight:600;color:var(--soft)}
.tree,.tree ul{list-style:none;margin:0;padding:0}.tree ul{margin-left:.5rem}
.tree ul>li{position:relative;padding-left:1.1rem}
.tree ul>li::before{content:"";position:absolute;left:0;top:0;bottom:0;border-left:1px solid var(--stroke)}
.tree ul>li:last-child::before{bottom:auto;height:.85rem}
.tree ul>li::after{content:"";position:absolute;left:0;top:.85rem;width:.85rem;border-top:1px solid var(--stroke)}
.zero{color:var(--soft)}.leads>.row code,.tree>li>.row code{font-weight:600}.unreached>.row{color:var(--soft)}
.finding{margin:.1rem 0 .1rem 1.2rem;overflow-wrap:anywhere;max-width:none;font-size:.93rem}
.more{color:var(--soft);font-style:italic}
.key{display:inline-block;width:.8em;height:.8em;border-radius:.2em;margin-right:.45em}
.space{display:grid;grid-template-columns:minmax(0,11fr) minmax(0,9fr);gap:1.5rem;align-items:start}
svg{display:block;width:100%;height:auto;background:var(--ground);border:1px solid var(--line)}
.grid{fill:none;stroke:var(--line)}svg text{fill:var(--soft);font:15px ui-monospace,"DejaVu Sans Mono",monospace;paint-order:stroke;stroke:var(--ground);stroke-width:3px}
.legend{list-style:none;margin:0;padding:0}.legend li{padding:.25rem 0;border-bottom:1px solid var(--line)}
summary{cursor:pointer}summary span{color:var(--soft);margin-left:.5rem}
.prefixes{columns:12rem;margin:.3rem 0 .3rem 1.3rem;font-size:.9em}.prefixes code{display:block}
@media(max-width:48rem){
.row{display:block}.head{display:none}.row>span{display:inline-block;margin-right:.8rem;color:var(--soft)}.row>span:empty,.row>.zero{display:none}
.n4::before{content:"ipv4 "}.n6::before{content:"ipv6 "}.lu::before{content:"lookups "}.vo::before{content:"void "}.tt::before{content:"ttl "}
.space{grid-template-columns:minmax(0,1fr)}.tree ul{margin-left:.2rem}}
)";

/// Shortened in the middle, because both ends tell terms apart.
std::string cut(const std::string& text) {
    if (text.size() <= most_text) return html(text);
    constexpr std::size_t half = most_text / 2;
    return html(text.substr(0, half)) + "&hellip;" + html(text.substr(text.size() - half));
}

/// "255" or "1,234 others": with the word behind it.
std::string counted(std::size_t number, std::string_view one, std::string_view many) {
    return fmt::format("{} {}", grouped(std::to_string(number)), number == 1 ? one : many);
}

class TreeSection {
  public:
    TreeSection(const spf::Tree& tree, const Budgets& budgets)
        : tree_(tree), budgets_(budgets), sources_(sources_of(tree)) {
        for (const TreeSource& source : sources_)
            for (const spf::TreeNode* node : source.nodes)
                colors_.emplace(node, source.color);
    }

    /// The whole of what is said about the tree. `id` is its anchor.
    std::string print(std::string_view id) {
        out_ += fmt::format("<section id=\"{}\">\n<h1>{}</h1>\n", id, html(escape(tree_.domain)));
        add_totals();
        add_space();
        out_ += "<h2>Include tree</h2>\n"
                "<div class=\"row head\"><div></div><span>ipv4</span><span>ipv6</span><span>lookups</span>"
                "<span>void</span><span>ttl</span></div>\n<ul class=\"tree\">\n";
        choose_lines();
        add_node(tree_.root);
        out_ += "</ul>\n";
        if (tree_.left_out)
            out_ += "<p class=\"more\">There are too many terms: some are left out everywhere, but "
                    "counted.</p>\n";
        return std::move(out_ += "</section>\n");
    }

  private:
    void add_totals() {
        out_ += "<p class=\"totals\">";
        if (tree_.standing != spf::Standing::ok)
            out_ += fmt::format("<span class=\"bad\">{}</span>\n", to_text(tree_.standing));
        const bool over_lookups = tree_.lookups > budgets_.lookups;
        const bool over_voids = budgets_.voids && tree_.voids > *budgets_.voids;
        const std::vector<std::string> parts = totals(tree_, budgets_);
        for (std::size_t i = 0; i < parts.size(); ++i) {
            const bool bad = (i == 0 && over_lookups) || (i == 1 && over_voids);
            out_ += fmt::format("<span{}>{}</span>\n", bad ? " class=\"bad\"" : "", html(parts[i]));
        }
        out_ += "</p>\n";
    }

    /// Terms near the root first, until the page is large enough.
    void choose_lines() {
        lines_[&tree_.root] = line_of(tree_.root);
        std::size_t size = 0;
        for (std::deque<const spf::TreeNode*> pending{&tree_.root}; !pending.empty(); pending.pop_front()) {
            for (const spf::TreeNode& child : pending.front()->children) {
                std::string line = line_of(child);
                size += line.size();
                if (size > most_tree_markup) return;
                lines_[&child] = std::move(line);
                pending.push_back(&child);
            }
        }
    }

    std::string line_of(const spf::TreeNode& node) const {
        std::string line = "<div class=\"row\"><div>";
        if (const auto color = colors_.find(&node); color != colors_.end())
            line += fmt::format("<i class=\"key c{}\"></i>", color->second);
        line += fmt::format("<code>{}</code>", cut(escape(node.term)));
        for (const std::string& note : notes(node)) {
            const bool bad = note == "permerror" || note == "temperror" || note == "none";
            line += fmt::format("<span class=\"note{}\">{}</span>",
                                bad                     ? " bad"
                                : note == "undecidable" ? " odd"
                                                        : "",
                                cut(note));
        }
        line += "</div>";
        const auto figure = [&](std::string_view kind, const std::string& text) {
            line += fmt::format("<span class=\"{}{}\">{}</span>", kind, text == "0" ? " zero" : "", text);
        };
        figure("n4", count_words(node.share(net::Family::ipv4)));
        figure("n6", count_words(node.share(net::Family::ipv6)));
        figure("lu", share_words(node.lookups_below(), budgets_.lookups));
        figure("vo", share_words(node.voids_below(), budgets_.voids));
        figure("tt", node.ttl() ? std::to_string(*node.ttl()) : "");
        line += "</div>\n";
        std::size_t findings = 0;
        for (const spf::TermFinding& finding : node.findings) {
            if (++findings > most_findings) {
                line += fmt::format(
                    "<p class=\"finding more\">{} not shown</p>\n",
                    counted(node.findings.size() - most_findings, "more finding", "more findings"));
                break;
            }
            const bool odd = finding.code == spf::Code::undecidable || spf::is_relaxation(finding.code);
            line += fmt::format("<p class=\"finding{}\">{}</p>\n", odd ? " odd" : "", cut(finding.text));
        }
        return line;
    }

    static std::string share_words(int used, const std::optional<int>& limit) {
        if (used == 0) return {};
        return limit ? fmt::format("{}/{}", used, *limit) : std::to_string(used);
    }

    void add_node(const spf::TreeNode& node) {
        out_ += fmt::format("<li{}>{}",
                            node.leads        ? " class=\"leads\""
                            : !node.reached() ? " class=\"unreached\""
                                              : "",
                            lines_[&node]);
        if (!node.children.empty()) {
            out_ += "<ul>\n";
            std::size_t hidden = 0;
            for (const spf::TreeNode& child : node.children)
                lines_.contains(&child) ? add_node(child) : void(++hidden);
            if (hidden > 0)
                out_ += fmt::format("<li class=\"more\">{} not shown, but counted</li>\n",
                                    counted(hidden, "more term", "more terms"));
            out_ += "</ul>\n";
        }
        out_ += "</li>\n";
    }

    bool asked(net::Family family) const {
        return std::ranges::find(tree_.families, family) != tree_.families.end();
    }

    void add_space() {
        out_ += "<h2>Address space</h2>\n";
        std::vector<MapLayer> layers;
        for (const TreeSource& source : sources_)
            if (!source.passes[0].empty())
                layers.push_back({cut(source.name), source.color, source.passes[0]});
        if (tree_.root.undecidable() ||
            std::ranges::any_of(tree_.root.shares,
                                [](const spf::TermShare& share) { return share.passes != share.may_pass; }))
            out_ += "<p class=\"odd\">What passes only if an undecidable term matches is not in here.</p>\n";
        if (sources_.empty()) {
            out_ += "<p>No address passes.</p>\n";
            return;
        }
        out_ += "<div class=\"space\">\n<div>\n";
        if (!asked(net::Family::ipv4)) {
            out_ += "<p>IPv4 was not asked for.</p>\n";
        } else if (layers.empty()) {
            out_ += "<p>No IPv4 address passes.</p>\n";
        } else {
            const Ipv4Map map = draw_ipv4_map(layers);
            out_ += map.svg;
            out_ += "<p>All of IPv4 along a Hilbert curve: a numbered square is a /8, a prefix is a square "
                    "or two, neighbours stay together. Prefixes too small to be seen are drawn larger; where "
                    "they meet, those further down in the list lie on top.</p>\n";
            if (map.length < map_length)
                out_ += fmt::format("<p>There are so many that no part is drawn smaller than a /{}.</p>\n",
                                    map.length);
        }
        out_ += "</div>\n<div>\n<ul class=\"legend\">\n";
        for (const TreeSource& source : sources_)
            add_legend(source);
        out_ += "</ul>\n";
        if (asked(net::Family::ipv6) && !tree_.root.share(net::Family::ipv6).passes.empty())
            out_ += "<p>IPv6 is not drawn: to its scale not even the largest network could be seen. Its "
                    "prefixes unfold from the lines above.</p>\n";
        out_ += "</div>\n</div>\n";
    }

    /// Its color, how much it is, and the prefixes to fold out.
    void add_legend(const TreeSource& source) {
        std::string figures, list;
        std::size_t count = 0;
        for (const net::Family family : net::both_families) {
            const net::AddressSet& passes = source.passes[static_cast<std::size_t>(family)];
            if (passes.empty()) continue;
            figures += fmt::format("<span>{} {}</span>", keyword_of(family), short_count(passes));
            spf::for_output(family, passes).each_prefix(family, [&](const net::Prefix& prefix) {
                if (++count <= most_prefixes) list += fmt::format("<code>{}</code>", net::to_text(prefix));
            });
        }
        if (count > most_prefixes)
            list += fmt::format("<em>{} not listed</em>",
                                counted(count - most_prefixes, "more prefix", "more prefixes"));
        out_ += fmt::format("<li><details><summary><i class=\"key c{}\"></i><code>{}</code>{}</summary>\n"
                            "<div class=\"prefixes\">{}</div></details></li>\n",
                            source.color, cut(source.name), figures, list);
    }

    const spf::Tree& tree_;
    const Budgets& budgets_;
    std::vector<TreeSource> sources_;
    std::map<const spf::TreeNode*, std::size_t> colors_;
    std::map<const spf::TreeNode*, std::string> lines_; ///< of the terms that are shown
    std::string out_;
};

} // namespace

std::string print_trees_html(std::span<const spf::Tree> trees, const Budgets& budgets) {
    const std::string title =
        trees.size() == 1 ? "SPF of " + html(escape(trees.front().domain)) : std::string("SPF trees");
    // The policy holds even if a mistake in here let markup of strangers through.
    std::string out = fmt::format("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                                  "'none'; style-src 'unsafe-inline'\">\n"
                                  "<meta name=\"viewport\" content=\"width=device-width, "
                                  "initial-scale=1\">\n<title>{}</title>\n<style>\n{}",
                                  title, style);
    for (std::size_t i = 0; i < palette.size(); ++i)
        out += fmt::format(".c{0}{{fill:{1};background:{1}}}\n", i, palette[i]);
    out += "</style>\n</head>\n<body>\n";
    if (trees.size() > 1) {
        out += "<nav>\n<ul>\n";
        for (std::size_t i = 0; i < trees.size(); ++i)
            out += fmt::format("<li><a href=\"#d{}\">{}</a></li>\n", i + 1, html(escape(trees[i].domain)));
        out += "</ul>\n</nav>\n";
    }
    for (std::size_t i = 0; i < trees.size(); ++i)
        out += TreeSection(trees[i], budgets).print(fmt::format("d{}", i + 1));
    return out += "</body>\n</html>\n";
}

} // namespace spfwalk::emit
