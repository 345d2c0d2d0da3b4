#include "emit/shared_text.h"

#include "emit/json_prefixes.h"
#include "emit/piece_adder.h"
#include "spfwalk/spf/finding.h"

#include <algorithm>
#include <memory>

namespace spfwalk::emit {

namespace {

/// Stands for the way at first. Paths are printable, so they never hold it, and JSON does not escape it.
constexpr char no_way = 0x7f;

/// The prefixes of a partition, with paths that begin with the way to it.
DomainResult result_of(const spf::Partition& partition, net::Family family) {
    DomainResult result;
    spf::PathTexts paths(partition.visits);
    PieceAdder pieces(result, family);
    for (const spf::Partition::Part& part : partition.parts) {
        if (!part.passes()) continue;
        pieces.add(part.addresses, part.site, [&](std::string& out) {
            const std::string path = paths.of(part.site);
            out += no_way;
            if (!path.empty()) (out += ": ") += path;
            return false; // it is not plain
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

SharedText::SharedText(const spf::Partition& partition, net::Family family)
    : record_(partition.visits.front().publication), way_(1, no_way) {
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
    for (std::size_t at = text_.find(no_way); at != text_.npos; at = text_.find(no_way, at + 1))
        ways_.push_back(at);
}

bool SharedText::may_follow(std::string_view term) const {
    if (term == before_) return true; // mostly it is the same for all domains
    const spf::Record& record = record_->record;
    const auto is_same = [&](spf::Extent where) { return record.slice(where) == term; };
    if (std::ranges::any_of(record.directives, is_same, &spf::Directive::where) ||
        (record.redirect && is_same(record.redirect->where)))
        return false;
    before_ = term;
    return true;
}

void SharedText::append(std::string& out, std::size_t first, std::size_t last, std::string_view way) const {
    if (way != way_) change_way(way);
    const std::size_t begin = 1 + (first == 0 ? 0 : ends_[first - 1]); // behind a bracket or a comma
    out.append(text_, begin, ends_[last - 1] - begin);
}

void SharedText::change_way(std::string_view way) const {
    std::string changed;
    changed.reserve(text_.size() - ways_.size() * way_.size() + ways_.size() * way.size());
    std::size_t from = 0; // what comes next of the text
    auto range = ends_.begin();
    const auto copy_up_to = [&](std::size_t end) {
        for (; range != ends_.end() && *range <= end; ++range)
            *range = changed.size() + (*range - from);
        changed.append(text_, from, end - from);
    };
    for (std::size_t& place : ways_) {
        copy_up_to(place);
        from = place + way_.size();
        place = changed.size();
        changed += way;
    }
    copy_up_to(text_.size());
    text_ = std::move(changed);
    way_ = way;
}

} // namespace spfwalk::emit
