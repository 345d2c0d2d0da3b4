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
    text_.shrink_to_fit();
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
    if (term.size() <= spf::Partition::most_of_a_way) before_ = term;
    return true;
}

void SharedText::append(std::string& out, std::size_t first, std::size_t last, std::string_view way) const {
    const bool is_kept = way.size() <= spf::Partition::most_of_a_way;
    if (is_kept && way != way_) change_way(way);
    const std::size_t begin = 1 + (first == 0 ? 0 : ends_[first - 1]); // behind a bracket or a comma
    if (is_kept)
        out.append(text_, begin, ends_[last - 1] - begin);
    else
        append_with(out, begin, ends_[last - 1], way);
}

void SharedText::append_with(std::string& out, std::size_t begin, std::size_t end,
                             std::string_view way) const {
    for (auto place = std::ranges::lower_bound(ways_, begin); place != ways_.end() && *place < end; ++place) {
        out.append(text_, begin, *place - begin);
        out += way;
        begin = *place + way_.size();
    }
    out.append(text_, begin, end - begin);
}

void SharedText::change_way(std::string_view way) const {
    std::string text;
    text.reserve(text_.size() - ways_.size() * way_.size() + ways_.size() * way.size());
    append_with(text, 0, text_.size(), way);
    // Each place moves by what the ways in front of it have become longer.
    const auto moved = [&](std::size_t place, std::size_t ways) {
        return place - ways * way_.size() + ways * way.size();
    };
    std::size_t ways = 0;
    for (std::size_t& end : ends_) {
        while (ways < ways_.size() && ways_[ways] < end)
            ++ways;
        end = moved(end, ways);
    }
    for (std::size_t i = 0; i < ways_.size(); ++i)
        ways_[i] = moved(ways_[i], i);
    text_ = std::move(text);
    way_ = way;
}

} // namespace spfwalk::emit
