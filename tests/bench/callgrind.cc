#include "bench/callgrind.h"

#include <charconv>
#include <fstream>
#include <stdexcept>

namespace spfwalk::bench {

namespace {

/// What stands behind `key` if the line begins with it.
bool take(std::string_view line, std::string_view key, std::string_view& value) {
    if (!line.starts_with(key)) return false;
    value = line.substr(key.size());
    return true;
}

/// The second number of "LINE COST".
std::uint64_t cost_of(std::string_view line) {
    const std::size_t space = line.find(' ');
    std::uint64_t cost = 0;
    if (space != line.npos) std::from_chars(line.data() + space + 1, line.data() + line.size(), cost);
    return cost;
}

} // namespace

InstructionCounts read_callgrind(
    const std::string& path,
    const std::function<std::string(std::string_view function, std::string_view object)>& part_of) {
    std::ifstream file(path);
    InstructionCounts counts;
    std::uint64_t total = 0, helpers = 0;
    std::string object, part, called_object, called_part;
    bool in_call = false;
    for (std::string line; std::getline(file, line);) {
        std::string_view value;
        if (take(line, "ob=", value)) {
            object = value;
        } else if (take(line, "fn=", value)) {
            part = part_of(value, object);
            called_object = object;
        } else if (take(line, "cob=", value)) {
            called_object = value;
        } else if (take(line, "cfn=", value)) {
            called_part = part_of(value, called_object);
            called_object = object; // it holds for one call
        } else if (take(line, "calls=", value)) {
            in_call = true;
        } else if (take(line, "totals: ", value) || take(line, "summary: ", value)) {
            total = std::strtoull(value.data(), nullptr, 10);
        } else if (!line.empty() && line[0] >= '0' && line[0] <= '9') {
            const std::uint64_t cost = cost_of(line);
            if (in_call && !part.empty() && called_part.empty()) counts.parts[part] += cost;
            if (!in_call && !part.empty()) counts.parts[part] += cost;
            in_call = false;
        }
    }
    if (total == 0) throw std::runtime_error(path + ": callgrind has not written it");
    counts.total = total;
    for (const auto& [name, cost] : counts.parts)
        helpers += cost;
    // Before main(), and a helper that calls back into a part: small, or the table would not add up.
    counts.parts["other"] += total > helpers ? total - helpers : 0;
    return counts;
}

} // namespace spfwalk::bench
