// A tree for terminals.
#include "emit/count.h"
#include "emit/tree_words.h"

#include "spfwalk/escape.h"
#include "spfwalk/spf/finding.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

struct Strokes {
    std::string_view branch, last, through, blank, cut;
};
constexpr Strokes unicode_strokes{"├── ", "└── ", "│   ", "    ", "…"};
constexpr Strokes ascii_strokes{"|-- ", "`-- ", "|   ", "    ", "..."};
constexpr std::size_t stroke_width = 4;

enum Column : std::size_t { ipv4, ipv6, lookups, voids, ttl };
constexpr std::size_t columns = 5;
constexpr std::array<std::string_view, columns> headings{"ipv4", "ipv6", "lookups", "void", "ttl"};
constexpr std::size_t gap = 2;         // between columns
constexpr std::size_t least_term = 24; // columns of figures go before the terms get narrower
constexpr std::size_t most_note = 32;

/// SGR parameters.
constexpr std::string_view bold = "1", dim = "2", red = "31", green = "32", yellow = "33", cyan = "36";

struct Row {
    std::string strokes;   ///< drawn in front of the term
    std::size_t depth = 0; ///< how many strokes that are
    std::string term;      ///< printable ASCII
    std::array<std::string, columns> cells;
    std::string note;       ///< printable ASCII
    std::string_view color; ///< of the term
    std::string_view note_color;
    bool remark = false; ///< a finding: runs over all columns
};

class Printer {
  public:
    Printer(const spf::Tree& tree, const Budgets& budgets, const TextLook& look)
        : tree_(tree),
          budgets_(budgets),
          look_(look),
          strokes_(look.unicode ? unicode_strokes : ascii_strokes) {}

    std::string print() {
        add(tree_.root, "", "", 0);
        measure();
        Row heading;
        for (std::size_t i = 0; i < columns; ++i)
            heading.cells[i] = headings[i];
        heading.color = dim;
        print_row(heading);
        for (const Row& row : rows_)
            row.remark ? print_remark(row) : print_row(row);
        if (tree_.left_out) out_ += "(too many terms: some are left out, but counted)\n";
        print_totals();
        return std::move(out_);
    }

  private:
    static bool has_error(const spf::TreeNode& node) {
        return std::ranges::any_of(node.shares, [](const spf::TermShare& share) {
            return std::ranges::any_of(share.others, [](spf::Result result) {
                return result == spf::Result::permerror || result == spf::Result::temperror ||
                       result == spf::Result::none;
            });
        });
    }

    void add(const spf::TreeNode& node, const std::string& strokes, const std::string& below,
             std::size_t depth) {
        Row& row = rows_.emplace_back();
        row.strokes = strokes;
        row.depth = depth;
        row.term = escape(node.term);
        const auto figure = [](int number) { return number == 0 ? std::string() : std::to_string(number); };
        row.cells = {count_words(node.share(net::Family::ipv4)), count_words(node.share(net::Family::ipv6)),
                     figure(node.lookups_below()), figure(node.voids_below()),
                     node.ttl() ? std::to_string(*node.ttl()) : std::string()};
        for (const std::string& note : notes(node))
            row.note += (row.note.empty() ? "" : ", ") + note;
        const bool brings = !node.shares[0].may_pass.empty() || !node.shares[1].may_pass.empty();
        row.color = depth == 0 ? bold : !node.reached() ? dim : node.leads ? cyan : brings ? green : "";
        row.note_color = has_error(node) ? red : node.undecidable() ? yellow : dim;
        for (const spf::TermFinding& finding : node.findings) {
            Row& remark = rows_.emplace_back();
            remark.remark = true;
            remark.strokes = below + std::string(node.children.empty() ? strokes_.blank : strokes_.through);
            remark.depth = depth + 1;
            remark.term = "! " + finding.text;
            remark.color =
                finding.code == spf::Code::undecidable || spf::is_relaxation(finding.code) ? yellow : red;
        }
        for (const spf::TreeNode& child : node.children) {
            const bool last = &child == &node.children.back();
            add(child, below + std::string(last ? strokes_.last : strokes_.branch),
                below + std::string(last ? strokes_.blank : strokes_.through), depth + 1);
        }
    }

    /// How wide each column is.
    void measure() {
        std::size_t note = 0;
        for (std::size_t i = 0; i < columns; ++i)
            cell_widths_[i] = 0;
        for (const Row& row : rows_) {
            if (row.remark) continue;
            term_width_ = std::max(term_width_, stroke_width * row.depth + row.term.size());
            note = std::max(note, row.note.size());
            for (std::size_t i = 0; i < columns; ++i)
                cell_widths_[i] = std::max(cell_widths_[i], row.cells[i].size());
        }
        for (std::size_t i = 0; i < columns; ++i)
            if (cell_widths_[i] > 0) cell_widths_[i] = std::max(cell_widths_[i], headings[i].size());
        if (!look_.width) return;
        note = std::min(note, most_note);
        // The least telling figures go first.
        for (const std::size_t column : {ttl, voids, lookups, ipv6, ipv4}) {
            if (term_width_ + figures() + note + gap <= *look_.width) return;
            if (least_term + figures() + note + gap <= *look_.width) break;
            cell_widths_[column] = 0;
        }
        const std::size_t rest = figures() + note + gap;
        term_width_ =
            std::min(term_width_, std::max(least_term, *look_.width - std::min(*look_.width, rest)));
    }

    std::size_t figures() const {
        std::size_t sum = 0;
        for (const std::size_t width : cell_widths_)
            if (width > 0) sum += gap + width;
        return sum;
    }

    /// Shortened in the middle, because both ends tell terms apart. `shown` is its width.
    std::string fit(const std::string& text, std::size_t width, std::size_t& shown) const {
        const std::size_t mark = look_.unicode ? 1 : strokes_.cut.size();
        if (!look_.width || text.size() <= width || width <= mark + 2) {
            shown = text.size();
            return text;
        }
        shown = width;
        const std::size_t head = (width - mark + 1) / 2;
        const std::size_t tail = width - mark - head;
        return text.substr(0, head) + std::string(strokes_.cut) + text.substr(text.size() - tail);
    }

    void print_row(const Row& row) {
        paint(dim, row.strokes);
        const std::size_t taken = stroke_width * row.depth;
        std::size_t shown = 0;
        // A tree deeper than the terminal is wide runs over the edge rather than losing its terms.
        const std::size_t left = term_width_ > taken ? term_width_ - taken : 0;
        const std::size_t room = std::max(left, std::min<std::size_t>(row.term.size(), 8));
        const std::string term = fit(row.term, room, shown);
        paint(row.color, term);
        std::size_t pending =
            room > shown ? room - shown : 0; // spaces not yet written, for no line ends in any
        for (std::size_t i = 0; i < columns; ++i) {
            if (cell_widths_[i] == 0) continue;
            pending += gap + cell_widths_[i] - row.cells[i].size();
            if (row.cells[i].empty()) continue;
            out_.append(std::exchange(pending, 0), ' ');
            paint(row.term.empty() ? dim : "", row.cells[i]);
        }
        if (!row.note.empty()) {
            out_.append(pending + gap, ' ');
            paint(row.note_color, fit(row.note, most_note, shown));
        }
        out_ += '\n';
    }

    /// Breaks lines between words.
    void print_remark(const Row& row) {
        const std::size_t taken = stroke_width * row.depth;
        const std::size_t room = !look_.width                        ? SIZE_MAX
                                 : *look_.width > taken + least_term ? *look_.width - taken
                                                                     : least_term;
        std::string_view rest = row.term;
        for (bool first = true; !rest.empty(); first = false) {
            const std::size_t indent = first ? 0 : 2;
            std::size_t end = rest.size();
            if (end + indent > room) {
                end = rest.rfind(' ', room - indent);
                if (end == rest.npos || end < 2) end = rest.find(' ', 2);
                end = std::min(end, rest.size());
            }
            paint(dim, row.strokes);
            out_.append(indent, ' ');
            paint(row.color, rest.substr(0, end));
            out_ += '\n';
            rest.remove_prefix(std::min(rest.size(), end + 1));
        }
    }

    void print_totals() {
        std::string line;
        for (const std::string& part : totals(tree_, budgets_)) {
            if (look_.width && !line.empty() && line.size() + 2 + part.size() > *look_.width) {
                paint(bold, line + ",");
                out_ += '\n';
                line.clear();
            }
            line += (line.empty() ? "" : ", ") + part;
        }
        paint(bold, line);
        out_ += '\n';
    }

    void paint(std::string_view sgr, std::string_view text) {
        if (!look_.color || sgr.empty() || text.empty())
            out_ += text;
        else
            out_ += fmt::format("\x1b[{}m{}\x1b[0m", sgr, text);
    }

    const spf::Tree& tree_;
    const Budgets& budgets_;
    const TextLook& look_;
    const Strokes& strokes_;
    std::vector<Row> rows_;
    std::size_t term_width_ = 0;
    std::array<std::size_t, columns> cell_widths_{};
    std::string out_;
};

} // namespace

std::string print_tree(const spf::Tree& tree, const Budgets& budgets, const TextLook& look) {
    return Printer(tree, budgets, look).print();
}

} // namespace spfwalk::emit
