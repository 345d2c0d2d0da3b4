#include "json_parts.h"

#include "spfwalk/escape.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::emit {

namespace {

using namespace std::string_view_literals;

void write_finding(JsonWriter& json, const FindingText& finding) {
    json.begin_object();
    json.key("code");
    json.string(finding.code);
    json.key("text");
    json.string(finding.text);
    json.key("family");
    if (finding.only)
        json.string(*finding.only == net::Family::ipv4 ? "ipv4" : "ipv6");
    else
        json.null();
    json.key("rcode");
    json.number_or_null(finding.rcode);
    json.end_object();
}

class PrefixWriter {
  public:
    PrefixWriter(JsonWriter& json, const DomainResult& result) : json_(json), result_(result) {}

    /// `from`: indices of paths, in any order, each once or more.
    void write(const net::Prefix& prefix, std::vector<std::uint32_t>& from) {
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

  private:
    /// The same without detours: most of a census is prefixes.
    void write_line(const net::Prefix& prefix, const std::vector<std::uint32_t>& from) {
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

    JsonWriter& json_;
    const DomainResult& result_;
    std::string text_;
};

/// The fewest prefixes. Both they and the pieces are sorted, so one pass finds what made up each.
void write_fewest(JsonWriter& json, const DomainResult& result) {
    PrefixWriter writer(json, result);
    std::vector<std::uint32_t> from;
    auto first = result.pieces.begin();
    const auto write_family = [&](net::Family family, const net::AddressSet& set) {
        set.each_prefix(family, [&](const net::Prefix& prefix) {
            const auto [begin, end] = prefix.range();
            while (first != result.pieces.end() &&
                   (first->family < family || (first->family == family && first->range.last < begin)))
                ++first;
            from.clear();
            // Of overlapping pieces one may end before another that starts before it.
            for (auto piece = first;
                 piece != result.pieces.end() && piece->family == family && piece->range.first <= end;
                 ++piece)
                if (piece->range.last >= begin) from.push_back(piece->path);
            writer.write(prefix, from);
        });
    };
    write_family(net::Family::ipv4, result.addresses.ipv4);
    write_family(net::Family::ipv6, result.addresses.ipv6);
}

void write_as_published(JsonWriter& json, const DomainResult& result) {
    std::vector<std::pair<net::Prefix, std::uint32_t>> prefixes;
    for (const Piece& piece : result.pieces)
        net::AddressSet(piece.range).each_prefix(piece.family, [&](const net::Prefix& prefix) {
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

void write_prefixes(JsonWriter& json, const DomainResult& result, const Style& style) {
    json.begin_array();
    if (style.aggregate == Aggregate::fewest)
        write_fewest(json, result);
    else
        write_as_published(json, result);
    json.end_array();
}

} // namespace

void write_findings(JsonWriter& json, const std::vector<FindingText>& findings) {
    json.begin_array();
    for (const FindingText& finding : findings)
        write_finding(json, finding);
    json.end_array();
}

// Every object has the same members: null where there is nothing.
void write_domain_object(JsonWriter& json, const DomainResult& result, const Style& style) {
    json.begin_object();
    json.key("domain");
    json.string(result.domain);
    json.key("status");
    json.string(result.status);
    json.key("exact");
    json.boolean(result.exact);
    json.key("record");
    if (result.record)
        json.string(escape(*result.record));
    else
        json.null();
    json.key("lookups");
    json.number(result.lookups);
    json.key("voids");
    json.number(result.voids);
    json.key("ttl");
    json.number_or_null(result.ttl);
    json.key("stale");
    json.number_or_null(result.stale);
    json.key("prefixes");
    write_prefixes(json, result, style);
    json.key("findings");
    write_findings(json, result.findings);
    json.key("time");
    json.number_or_null(result.time);
    json.key("resolver");
    json.begin_array();
    for (const std::string& resolver : style.resolvers)
        json.string(resolver);
    json.end_array();
    json.key("version");
    json.string(style.version);
    json.end_object();
}

Expected<ReadJson, std::string> parse_json(std::string_view text) {
    // The library tells the place only by an exception.
    try {
        return ReadJson::parse(text);
    } catch (const ReadJson::parse_error& error) {
        // `byte` counts from 1 and is that of the first octet that is wrong.
        const std::string_view read = text.substr(0, std::max<std::size_t>(error.byte, 1) - 1);
        return unexpected(fmt::format("line {}: not JSON", 1 + std::ranges::count(read, '\n')));
    } catch (const ReadJson::exception&) {
        return unexpected(std::string("a number in the JSON is too large"));
    }
}

std::optional<net::Prefix> prefix_of(const ReadJson& value) {
    const auto* text = value.get_ptr<const std::string*>();
    return text == nullptr ? std::nullopt : net::parse_prefix(*text);
}

} // namespace spfwalk::emit
