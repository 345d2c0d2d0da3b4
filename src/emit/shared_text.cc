#include "emit/shared_text.h"

#include "emit/json_prefixes.h"
#include "emit/piece_adder.h"
#include "spfwalk/spf/finding.h"

#include <algorithm>
#include <memory>

namespace spfwalk::emit {

namespace {

/// Stands where the way belongs. Paths are printable, so they never hold it, and JSON does not escape it.
constexpr char gap = 0x7f;

/// The prefixes of a partition, with paths that begin with a gap.
DomainResult result_of(const spf::Partition& partition, net::Family family) {
    DomainResult result;
    spf::PathTexts paths(partition.visits);
    PieceAdder pieces(result, family);
    for (const spf::Partition::Part& part : partition.parts) {
        if (!part.passes()) continue;
        pieces.add(part.addresses, part.site, [&](std::string& out) {
            const std::string path = paths.of(part.site);
            out += gap;
            if (!path.empty()) (out += ": ") += path;
            return false; // a gap is not plain
        });
    }
    std::ranges::sort(result.pieces);
    return result;
}

} // namespace

const SharedText& SharedText::of(const spf::Partition& partition, net::Family family) {
    if (!partition.interpretation)
        partition.interpretation = std::make_shared<const SharedText>(partition, family);
    return *static_cast<const SharedText*>(partition.interpretation.get());
}

SharedText::SharedText(const spf::Partition& partition, net::Family family) {
    const net::RangeList& ranges = partition.passing.ranges();
    const DomainResult result = result_of(partition, family);
    JsonWriter json(text_, JsonWriter::Layout::line);
    RangeWriter writer(json, result);
    json.begin_array(); // so that commas come between
    ends_.reserve(ranges.size());
    for (const net::Range& range : ranges) {
        writer.write(family, range);
        ends_.push_back(text_.size());
    }
    text_.shrink_to_fit();
}

void SharedText::append(std::string& out, std::size_t range, std::string_view way) const {
    const std::size_t begin = 1 + (range == 0 ? 0 : ends_[range - 1]); // behind a bracket or a comma
    std::string_view rest = std::string_view(text_).substr(begin, ends_[range] - begin);
    while (true) {
        const std::size_t end = rest.find(gap);
        out += rest.substr(0, end);
        if (end == rest.npos) return;
        out += way;
        rest.remove_prefix(end + 1);
    }
}

} // namespace spfwalk::emit
