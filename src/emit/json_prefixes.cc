#include "emit/json_prefixes.h"

#include "emit/shared_text.h"

#include <algorithm>
#include <ranges>
#include <utility>

namespace spfwalk::emit {

namespace {

using namespace std::string_view_literals;

/// Writes ranges that are shared as they are known.
class SharedWriter {
  public:
    SharedWriter(JsonWriter& json, const DomainResult& result) : json_(json), result_(result) {
        shared_.reserve(result.shared.size());
        for (const SharedPrefixes& prefixes : result.shared) {
            std::string way;
            if (!result.paths.all_plain()) append_json_escaped(way, result.paths[prefixes.path]);
            shared_.push_back(
                {prefixes, SharedText::of(*prefixes.partition, prefixes.family), std::move(way), 0});
        }
    }

    /// Writes ranges if they are shared, from the one at `at` on; how many it was. Ranges come in order.
    std::size_t write(net::Family family, const net::RangeList& all, std::size_t at) {
        for (Cursor& it : shared_) {
            const net::RangeList& ranges = it.prefixes.partition->passing.ranges();
            if (it.prefixes.family != family || it.next == ranges.size()) continue;
            if (ranges[it.next].first != all[at].first) continue;
            const std::size_t count = run(ranges, it.next, all, at);
            it.text.append(json_.begin_value(), it.next, it.next + count,
                           result_.paths.all_plain() ? result_.paths[it.prefixes.path] : it.escaped_way);
            it.next += count;
            return count;
        }
        return 0;
    }

  private:
    struct Cursor {
        const SharedPrefixes& prefixes;
        const SharedText& text;
        std::string escaped_way; ///< empty if no path needs escaping
        std::size_t next;        ///< range
    };
    /// How many ranges follow each other in `all` from `at` on as they do in `part` from `from` on. All of
    /// part are in all, and both are sorted: once another comes between, none stands in its old place.
    static std::size_t run(const net::RangeList& part, std::size_t from, const net::RangeList& all,
                           std::size_t at) {
        const auto is_in_place = [&](std::size_t n) { return part[from + n].first == all[at + n].first; };
        const std::size_t most = std::min(part.size() - from, all.size() - at);
        if (is_in_place(most - 1)) return most;
        return *std::ranges::partition_point(std::views::iota(std::size_t{1}, most), is_in_place);
    }

    JsonWriter& json_;
    const DomainResult& result_;
    std::vector<Cursor> shared_;
};

void write_fewest(JsonWriter& json, const DomainResult& result) {
    RangeWriter pieces(json, result);
    SharedWriter shared(json, result);
    const auto write_family = [&](net::Family family, const net::AddressSet& set) {
        const net::RangeList& ranges = set.ranges();
        for (std::size_t at = 0; at < ranges.size();) {
            const std::size_t count = shared.write(family, ranges, at);
            if (count == 0) pieces.write(family, ranges[at]);
            at += std::max<std::size_t>(count, 1);
        }
    };
    write_family(net::Family::ipv4, result.addresses.ipv4);
    write_family(net::Family::ipv6, result.addresses.ipv6);
}

void write_as_published(JsonWriter& json, const DomainResult& result) {
    std::vector<std::pair<net::Prefix, std::uint32_t>> prefixes;
    for (const Piece& piece : result.pieces)
        net::AddressSet::each_prefix(piece.family, piece.range, [&](const net::Prefix& prefix) {
            prefixes.emplace_back(prefix, piece.path);
        });
    std::ranges::sort(prefixes);
    PrefixWriter writer(json, result);
    std::vector<std::uint32_t> from;
    for (auto it = prefixes.begin(); it != prefixes.end();) {
        const net::Prefix prefix = it->first;
        for (from.clear(); it != prefixes.end() && it->first == prefix; ++it)
            from.push_back(it->second);
        writer.write(prefix, from);
    }
}

} // namespace

void PrefixWriter::write(const net::Prefix& prefix, std::vector<std::uint32_t>& from) {
    if (from.size() > 1) {
        std::ranges::sort(from);
        from.erase(std::ranges::unique(from).begin(), from.end());
    }
    if (json_.is_on_one_line()) return write_line(prefix, from);
    text_.clear();
    append_text(text_, prefix);
    json_.begin_object();
    json_.key("prefix");
    json_.plain_string(text_);
    json_.key("from");
    json_.begin_array();
    for (const std::uint32_t path : from)
        json_.string(result_.paths[path]);
    json_.end_array();
    json_.end_object();
}

/// The same without detours: most of a census is prefixes.
void PrefixWriter::write_line(const net::Prefix& prefix, const std::vector<std::uint32_t>& from) {
    std::string& out = json_.begin_value();
    out += "{\"prefix\":\""sv;
    append_text(out, prefix);
    std::string_view before = "\",\"from\":[\"";
    for (const std::uint32_t path : from) {
        out += before;
        if (result_.paths.all_plain())
            out += result_.paths[path];
        else
            append_json_escaped(out, result_.paths[path]);
        before = "\",\"";
    }
    out += from.empty() ? "\",\"from\":[]}"sv : "\"]}"sv;
}

void RangeWriter::write(net::Family family, const net::Range& range) {
    net::AddressSet::each_prefix(family, range, [this](const net::Prefix& prefix) { write(prefix); });
}

void RangeWriter::write(const net::Prefix& prefix) {
    // Both the prefixes and the pieces are sorted, so one pass finds what made up each.
    const auto [begin, end] = prefix.range();
    while (first_ != pieces_.end() && (first_->family < prefix.family ||
                                       (first_->family == prefix.family && first_->range.last < begin)))
        ++first_;
    from_.clear();
    // Of overlapping pieces one may end before another that starts before it.
    for (auto piece = first_;
         piece != pieces_.end() && piece->family == prefix.family && piece->range.first <= end; ++piece)
        if (piece->range.last >= begin) from_.push_back(piece->path);
    writer_.write(prefix, from_);
}

void write_prefixes(JsonWriter& json, const DomainResult& result, Aggregate aggregate) {
    json.begin_array();
    if (aggregate == Aggregate::fewest)
        write_fewest(json, result);
    else
        write_as_published(json, result);
    json.end_array();
}

} // namespace spfwalk::emit
