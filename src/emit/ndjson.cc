#include "json_parts.h"

#include "spfwalk/spf/universe.h"

namespace spfwalk::emit {

void append_domain_object(std::string& out, const DomainResult& result, const Style& style) {
    JsonWriter json(out, JsonWriter::Layout::line);
    write_domain_object(json, result, style);
    out += '\n';
}

std::string print_ndjson(const List& list, const Style& style) {
    std::string out;
    for (const auto& result : list.results)
        append_domain_object(out, *result, style);
    return out;
}

Expected<std::string, std::string> read_domain_of_object(std::string_view line) {
    // As this program begins an object, there is no need to read it all, but to see that no other one begins
    // where a line was cut off.
    constexpr std::string_view begin = "{\"domain\":\"";
    if (line.starts_with(begin) && line.ends_with('}')) {
        const std::string_view rest = line.substr(begin.size());
        if (rest.find(begin) != rest.npos) return unexpected(std::string("two objects in one line"));
        const std::size_t end = rest.find_first_of("\"\\");
        if (end != rest.npos && rest[end] == '"') return std::string(rest.substr(0, end));
    }
    const auto object = parse_json(line);
    if (!object) return unexpected(std::string("not JSON"));
    const auto domain = object->is_object() ? object->find("domain") : object->end();
    if (!object->is_object() || domain == object->end() || !domain->is_string())
        return unexpected(std::string("not an object with \"domain\""));
    return domain->get<std::string>();
}

Expected<Addresses, std::string> read_ndjson(std::string_view text) {
    AddressGatherer addresses;
    LineReader reader(text, Comments::none);
    bool any = false;
    while (const auto line = reader.next()) {
        const auto object = parse_json(*line);
        if (!object) return unexpected(reader.error("not JSON"));
        if (!object->is_object() || !object->contains("domain") || !object->contains("prefixes") ||
            !(*object)["prefixes"].is_array())
            return unexpected(reader.error("not an object with \"domain\" and \"prefixes\""));
        for (const ReadJson& entry : (*object)["prefixes"]) {
            const auto prefix =
                entry.is_object() && entry.contains("prefix") ? prefix_of(entry["prefix"]) : std::nullopt;
            if (!prefix) return unexpected(reader.error("not a prefix among \"prefixes\""));
            addresses.add(*prefix);
        }
        any = true;
    }
    if (!any) return unexpected(reader.error("no object"));
    Addresses result = addresses.finish();
    // What mapped addresses are printed depends on all domains together.
    result.ipv6 = spf::for_output(net::Family::ipv6, std::move(result.ipv6));
    return result;
}

} // namespace spfwalk::emit
