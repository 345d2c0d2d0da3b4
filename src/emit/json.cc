#include "json_parts.h"

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

constexpr std::string_view format_name = "spfwalk";
/// Grows when a reader of the old form would misread the new one; new members do not count.
constexpr int format_version = 1;

void write_prefixes(JsonWriter& json, net::Family family, const net::AddressSet& set) {
    std::string text;
    json.key(keyword_of(family));
    json.begin_array();
    set.each_prefix(family, [&](const net::Prefix& prefix) {
        text.clear();
        append_text(text, prefix);
        json.string(text);
    });
    json.end_array();
}

/// The member of an object, or null.
const ReadJson* member(const ReadJson& value, std::string_view name) {
    if (!value.is_object()) return nullptr;
    const auto found = value.find(name);
    return found == value.end() ? nullptr : &*found;
}

} // namespace

std::string print_json(const List& list, const Style& style) {
    std::string out;
    JsonWriter json(out, JsonWriter::Layout::indented);
    json.begin_object();
    json.key("format");
    json.string(format_name);
    json.key("version");
    json.number(format_version);
    json.key("prefixes");
    json.begin_object();
    write_prefixes(json, net::Family::ipv4, list.addresses.ipv4);
    write_prefixes(json, net::Family::ipv6, list.addresses.ipv6);
    json.end_object();
    json.key("domains");
    json.begin_array();
    for (const auto& result : list.results)
        write_domain_object(json, *result, style);
    json.end_array();
    json.end_object();
    return out += '\n';
}

Expected<Addresses, std::string> read_json(std::string_view text) {
    const auto document = parse_json(text);
    if (!document) return unexpected(document.error());
    const ReadJson* format = member(*document, "format");
    if (format == nullptr || *format != format_name)
        return unexpected(fmt::format("no member \"format\": \"{}\"", format_name));
    const ReadJson* version = member(*document, "version");
    if (version == nullptr || *version != format_version)
        return unexpected(fmt::format("not version {} of the format", format_version));
    const ReadJson* prefixes = member(*document, "prefixes");
    AddressGatherer addresses;
    for (const net::Family family : {net::Family::ipv4, net::Family::ipv6}) {
        const std::string_view name = keyword_of(family);
        const ReadJson* texts = prefixes == nullptr ? nullptr : member(*prefixes, name);
        if (texts == nullptr || !texts->is_array())
            return unexpected(fmt::format("no array \"{}\" in \"prefixes\"", name));
        for (std::size_t i = 0; i < texts->size(); ++i) {
            const auto prefix = prefix_of((*texts)[i]);
            if (!prefix || prefix->family != family)
                return unexpected(
                    fmt::format("element {} of \"{}\" is not a prefix of that family", i + 1, name));
            addresses.add(*prefix);
        }
    }
    return addresses.finish();
}

} // namespace spfwalk::emit
