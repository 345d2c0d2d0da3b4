#include "json_parts.h"

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

constexpr std::string_view format_name = "spfwalk";
/// Grows when a reader of the old form would misread the new one; new members do not count.
constexpr int format_version = 1;

constexpr const char* member_name(net::Family family) {
    return family == net::Family::ipv4 ? "ipv4" : "ipv6";
}

Json prefix_texts(net::Family family, const net::AddressSet& set) {
    Json texts = Json::array();
    set.each_prefix(family, [&](const net::Prefix& prefix) { texts.push_back(to_text(prefix)); });
    return texts;
}

/// The member of an object, or null.
const ReadJson* member(const ReadJson& value, const char* name) {
    if (!value.is_object()) return nullptr;
    const auto found = value.find(name);
    return found == value.end() ? nullptr : &*found;
}

} // namespace

std::string print_json(const List& list, const Style& style) {
    Json domains = Json::array();
    for (const auto& result : list.results)
        domains.push_back(domain_object(*result, style));
    Json document = Json::object();
    document["format"] = format_name;
    document["version"] = format_version;
    Json& prefixes = document["prefixes"];
    prefixes["ipv4"] = prefix_texts(net::Family::ipv4, list.addresses.ipv4);
    prefixes["ipv6"] = prefix_texts(net::Family::ipv6, list.addresses.ipv6);
    document["domains"] = std::move(domains);
    return text_of(document, 2) + '\n';
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
        const char* name = member_name(family);
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
