#include "spfwalk/emit/diff.h"

#include "json_parts.h"
#include "spfwalk/ascii.h"
#include "spfwalk/emit/publish_format.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::emit {

namespace {

constexpr std::string_view format_name = "spfwalk-diff";
constexpr int format_version = 1;

const std::string* text_in(const ReadJson& value, const char* name) {
    return value.is_object() && value.contains(name) ? value[name].get_ptr<const std::string*>() : nullptr;
}

const ReadJson& array_in(const ReadJson& value, const char* name) {
    static const ReadJson none = ReadJson::array();
    return value.is_object() && value.contains(name) && value[name].is_array() ? value[name] : none;
}

/// A path from a file, which anybody may have edited: it must do no harm to a terminal.
std::string printable(std::string text) {
    std::ranges::replace_if(
        text, [](char c) { return c < ' ' || c > '~'; }, '?');
    return text;
}

/// Adds what a domain's object (docs/json.md) says of sources. The addresses have been read already, so what
/// is not understood here is passed over.
void add_sources(List& list, const ReadJson& object) {
    const std::string* domain = text_in(object, "domain");
    if (domain == nullptr) return;
    for (const ReadJson& entry : array_in(object, "prefixes")) {
        const auto prefix =
            entry.is_object() && entry.contains("prefix") ? prefix_of(entry["prefix"]) : std::nullopt;
        if (!prefix) continue;
        for (const ReadJson& path : array_in(entry, "from")) {
            const auto* text = path.get_ptr<const std::string*>();
            if (text == nullptr) continue;
            net::AddressSet piece(prefix->range());
            piece &= list.addresses.of(prefix->family);
            list.sources.push_back({list.domains.size(), printable(*text), prefix->family, {}});
            if (!piece.empty()) list.sources.back().pieces.push_back(std::move(piece));
        }
    }
    list.domains.push_back(printable(*domain));
}

void read_sources(List& list, const Format& format, std::string_view text) {
    if (format.name == "json") {
        if (const auto document = parse_json(text))
            for (const ReadJson& object : array_in(*document, "domains"))
                add_sources(list, object);
    } else if (format.name == "ndjson") {
        LineReader reader(text, Comments::none);
        while (const auto line = reader.next())
            if (const auto object = parse_json(*line)) add_sources(list, *object);
    }
}

/// What `list` has and `other` has not.
void add_differences(std::vector<Difference>& result, List list, const Addresses& other, bool added,
                     Aggregate aggregate) {
    remove(list, other);
    // A list that tells no sources has no prefixes of theirs.
    const bool whole = aggregate == Aggregate::fewest || list.sources.empty();
    for (const Entry& entry : whole ? aggregated(list) : as_published(list)) {
        Difference difference{added, entry.prefix, {}};
        for (const std::size_t index : entry.sources) {
            const Source& source = list.sources[index];
            Origin origin{list.domains[source.domain], source.path};
            const auto same = [&](const Origin& o) {
                return o.domain == origin.domain && o.path == origin.path;
            };
            if (std::ranges::none_of(difference.from, same)) difference.from.push_back(std::move(origin));
        }
        result.push_back(std::move(difference));
    }
}

} // namespace

Expected<List, std::string> read_any(std::string_view text) {
    text = without_byte_order_mark(text);
    const bool is_json = text.starts_with('{');
    std::string reasons; // of the formats that it may be meant as
    for (const Format& format : formats()) {
        auto addresses = format.read(text);
        if (addresses) {
            List list;
            list.addresses = std::move(*addresses);
            read_sources(list, format, text);
            return list;
        }
        const bool is_meant = is_json ? format.name == "json" || format.name == "ndjson" : reasons.empty();
        if (is_meant)
            reasons +=
                fmt::format("{}as {}: {}", reasons.empty() ? "" : "; ", format.name, addresses.error());
    }
    for (const PublishFormat& format : publish_formats()) {
        auto addresses = format.read(text);
        if (!addresses) continue;
        List list;
        list.addresses = std::move(*addresses);
        return list;
    }
    return unexpected(fmt::format("not a list in any format ({})", reasons));
}

std::vector<Difference> differences(const List& before, const List& after, Aggregate aggregate) {
    std::vector<Difference> result;
    add_differences(result, before, after.addresses, false, aggregate);
    add_differences(result, after, before.addresses, true, aggregate);
    std::ranges::stable_sort(result, {}, &Difference::prefix);
    return result;
}

std::string print_diff(std::span<const Difference> differences) {
    std::string out;
    for (const Difference& difference : differences) {
        out += difference.added ? "+ " : "- ";
        append_text(out, difference.prefix);
        std::string_view between = " ";
        for (const Origin& origin : difference.from) {
            (out += between) += origin.domain;
            if (!origin.path.empty()) (out += ": ") += origin.path;
            between = ", ";
        }
        out += '\n';
    }
    return out;
}

std::string print_diff_json(std::span<const Difference> differences) {
    std::string out;
    JsonWriter json(out, JsonWriter::Layout::indented);
    json.begin_object();
    json.key("format");
    json.string(format_name);
    json.key("version");
    json.number(format_version);
    for (const bool added : {true, false}) {
        json.key(added ? "added" : "removed");
        json.begin_array();
        for (const Difference& difference : differences) {
            if (difference.added != added) continue;
            json.begin_object();
            json.key("prefix");
            json.string(to_text(difference.prefix));
            json.key("from");
            json.begin_array();
            for (const Origin& origin : difference.from) {
                json.begin_object();
                json.key("domain");
                json.string(origin.domain);
                json.key("path");
                if (origin.path.empty())
                    json.null();
                else
                    json.string(origin.path);
                json.end_object();
            }
            json.end_array();
            json.end_object();
        }
        json.end_array();
    }
    json.end_object();
    return out += '\n';
}

} // namespace spfwalk::emit
