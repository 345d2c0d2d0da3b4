#include "support/golden.h"

#include "support/files.h"

#include <algorithm>
#include <set>
#include <string_view>

namespace spfwalk::test {

namespace {

namespace fs = std::filesystem;

/// Lines with their ends, so that a missing last newline shows.
std::vector<std::string> lines_of(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
    }
    return lines;
}

void append_line(std::string& out, char mark, const std::string& line) {
    out += mark;
    out += line;
    if (!line.ends_with('\n')) out += "\n\\ no newline at the end\n";
}

/// By the longest common subsequence; expectations are short.
std::string line_difference(const std::string& expected, const std::string& actual) {
    const auto old_lines = lines_of(expected);
    const auto new_lines = lines_of(actual);
    std::vector<std::vector<std::size_t>> common(old_lines.size() + 1,
                                                 std::vector<std::size_t>(new_lines.size() + 1));
    for (std::size_t i = old_lines.size(); i > 0; --i)
        for (std::size_t j = new_lines.size(); j > 0; --j)
            common[i - 1][j - 1] = old_lines[i - 1] == new_lines[j - 1]
                                       ? common[i][j] + 1
                                       : std::max(common[i][j - 1], common[i - 1][j]);
    std::string out;
    for (std::size_t i = 0, j = 0; i < old_lines.size() || j < new_lines.size();) {
        if (i < old_lines.size() && j < new_lines.size() && old_lines[i] == new_lines[j])
            append_line(out, ' ', old_lines[i]), ++i, ++j;
        else if (j == new_lines.size() || (i < old_lines.size() && common[i + 1][j] >= common[i][j + 1]))
            append_line(out, '-', old_lines[i++]);
        else
            append_line(out, '+', new_lines[j++]);
    }
    return out;
}

std::string text_or_nothing(const fs::path& path) {
    return exists(path) ? file_text(path) : std::string();
}

GoldenCase read_case(const fs::path& directory) {
    GoldenCase golden;
    golden.name = directory.filename().string();
    golden.directory = directory;
    for (const std::string& line : lines_of(file_text(directory / "args")))
        golden.arguments.push_back(line.substr(0, line.find('\n')));
    // The documentation addresses that the cases live on are special-purpose; a case about that says so
    // itself. Commands other than walk, which come first, know nothing of it.
    static const std::set<std::string> others = {"check", "lint", "tree"};
    const bool walks = golden.arguments.empty() || others.count(golden.arguments.front()) == 0;
    if (walks && std::ranges::find(golden.arguments, "--bogons") == golden.arguments.end())
        golden.arguments.insert(golden.arguments.end(), {"--bogons", "keep"});
    if (exists(directory / "stdin")) golden.input = file_text(directory / "stdin");
    golden.expected.output = text_or_nothing(directory / "out");
    golden.expected.error = text_or_nothing(directory / "err");
    if (exists(directory / "status")) golden.expected.status = std::stoi(file_text(directory / "status"));
    // A file that nothing reads is a misspelt one.
    static const std::set<std::string> known = {"zone", "args", "stdin", "out", "err", "status"};
    for (const auto& entry : fs::directory_iterator(directory)) {
        const std::string name = entry.path().filename().string();
        if (!known.contains(name) && std::ranges::find(golden.arguments, name) == golden.arguments.end())
            throw std::runtime_error(golden.name + ": what is " + name + " for?");
    }
    const bool wants_zone = std::ranges::find(golden.arguments, "ZONE") != golden.arguments.end();
    if (wants_zone != golden.has_zone())
        throw std::runtime_error(golden.name + ": ZONE without zone, or zone without ZONE");
    return golden;
}

} // namespace

std::vector<std::string> GoldenCase::arguments_with_zone() const {
    std::vector<std::string> result = arguments;
    std::ranges::replace(result, "ZONE", "zone");
    return result;
}

std::vector<GoldenCase> golden_cases(const fs::path& root) {
    std::vector<GoldenCase> cases;
    for (const auto& entry : fs::directory_iterator(root))
        cases.push_back(read_case(entry.path()));
    std::ranges::sort(cases, {}, &GoldenCase::name);
    return cases;
}

void write_expectations(const GoldenCase& golden, const Outcome& actual) {
    write_text(golden.directory / "out", actual.output);
    write_text(golden.directory / "err", actual.error);
    write_text(golden.directory / "status", std::to_string(actual.status) + '\n');
}

std::string difference(const Outcome& expected, const Outcome& actual) {
    std::string out;
    if (expected.output != actual.output)
        out += "--- standard output\n" + line_difference(expected.output, actual.output);
    if (expected.error != actual.error)
        out += "--- standard error\n" + line_difference(expected.error, actual.error);
    if (expected.status != actual.status)
        out += "--- exit status\n-" + std::to_string(expected.status) + "\n+" +
               std::to_string(actual.status) + '\n';
    return out;
}

} // namespace spfwalk::test
