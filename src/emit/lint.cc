#include "spfwalk/emit/lint.h"

#include "spfwalk/escape.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

constexpr std::size_t line_width = 74;   // of a record, so that it fits a terminal with its indent
constexpr std::size_t longest_term = 60; // of a term in a path
constexpr std::string_view indent = "    ";
constexpr std::string_view cut = "...";

std::size_t width_of(char c) {
    return escape({&c, 1}).size();
}

std::string path_of(const spf::LintFinding& finding) {
    std::string result;
    for (std::size_t i = 0; i < finding.path.size();) {
        std::size_t end = i + 1;
        while (end < finding.path.size() && finding.path[end] == finding.path[i])
            ++end;
        result += ": " + escape(beginning(finding.path[i], longest_term));
        if (end > i + 1) result += fmt::format(" ({} times)", end - i);
        i = end;
    }
    return result;
}

} // namespace

Excerpt excerpt(std::string_view text, spf::Extent where, std::size_t width) {
    const auto columns = [&](std::size_t begin, std::size_t end) {
        std::size_t sum = 0;
        for (std::size_t at = begin; at < end; ++at)
            sum += width_of(text[at]);
        return sum;
    };
    std::size_t begin = std::min<std::size_t>(where.begin, text.size());
    std::size_t end = begin;
    // The octets from `begin` on that fit, then some before, then all that still fits.
    std::size_t used = 2 * cut.size();
    const auto grow_right = [&](std::size_t to) {
        while (end < to && used + width_of(text[end]) <= width)
            used += width_of(text[end++]);
    };
    const auto grow_left = [&] {
        while (begin > 0 && used + width_of(text[begin - 1]) <= width)
            used += width_of(text[--begin]);
    };
    if (columns(0, std::min(text.size(), width + 1)) <= width && text.size() <= width) {
        begin = 0;
        end = text.size();
    } else {
        grow_right(std::clamp<std::size_t>(where.end, begin, text.size()));
        const std::size_t before = begin;
        const std::size_t some = used + (width - used) / 3;
        while (begin > 0 && used + width_of(text[begin - 1]) <= some)
            used += width_of(text[--begin]);
        grow_right(text.size());
        if (before > 0) grow_left();
    }
    Excerpt result;
    if (begin > 0) result.line += cut;
    result.begin = result.line.size() + columns(begin, where.begin);
    append_escaped(result.line, text.substr(begin, end - begin));
    const std::size_t last = std::min<std::size_t>(where.end, end);
    result.length = std::max<std::size_t>(last > where.begin ? columns(where.begin, last) : 0, 1);
    if (end < text.size()) result.line += cut;
    return result;
}

std::string print_lint(const LintResult& result) {
    std::string text;
    for (const spf::LintFinding& finding : result.findings.found) {
        const spf::LintRule& rule = finding.rule();
        const std::string only = finding.only ? fmt::format(" ({} only)", name_of(*finding.only)) : "";
        text += fmt::format("{} {}{}: {}{} [{}]\n", to_text(rule.severity), escape(result.domain),
                            path_of(finding), finding.text, only, rule.name);
        if (finding.publication && finding.where.begin < finding.where.end) {
            const Excerpt shown = excerpt(finding.publication->record.text, finding.where, line_width);
            text += fmt::format("{}{}\n{}{}^{} column {}\n", indent, shown.line, indent,
                                std::string(shown.begin, ' '), std::string(shown.length - 1, '~'),
                                finding.where.column());
        }
        text += fmt::format("{}help: {} ({})\n", indent, finding.advice, finding.section);
    }
    for (const spf::LintOmission& omission : result.findings.omitted) {
        const spf::LintRule& rule = spf::rule_of(omission.code);
        text += fmt::format("{} {}: {} more that are not shown [{}]\n", to_text(rule.severity),
                            escape(result.domain), omission.count, rule.name);
    }
    return text;
}

} // namespace spfwalk::emit
