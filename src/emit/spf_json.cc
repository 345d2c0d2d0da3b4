#include "json_parts.h"
#include "published_zone.h"

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

constexpr std::string_view format_name = "spfwalk-spf";
constexpr int format_version = 1;

void write_texts(JsonWriter& json, std::string_view key, const std::vector<std::string>& texts) {
    json.key(key);
    json.begin_array();
    for (const std::string& text : texts)
        json.string(text);
    json.end_array();
}

void write_domain(JsonWriter& json, const Published& domain) {
    json.begin_object();
    json.key("domain");
    json.string(domain.domain);
    json.key("lookups");
    json.number(domain.lookups);
    json.key("records");
    json.begin_array();
    for (const PublishedRecord& record : domain.records) {
        json.begin_object();
        json.key("name");
        json.string(record.name);
        json.key("text");
        json.string(record.text);
        json.key("octets");
        json.number(record.octets);
        json.end_object();
    }
    json.end_array();
    write_texts(json, "kept", domain.kept);
    write_texts(json, "left_out", domain.left_out);
    json.end_object();
}

/// The member of an object if it is a text, or null.
const std::string* text_in(const ReadJson& value, const char* name) {
    return value.is_object() && value.contains(name) ? value[name].get_ptr<const std::string*>() : nullptr;
}

} // namespace

std::string print_spf_json(std::span<const Published> domains, std::optional<std::uint32_t>) {
    std::string out;
    JsonWriter json(out, JsonWriter::Layout::indented);
    json.begin_object();
    json.key("format");
    json.string(format_name);
    json.key("version");
    json.number(format_version);
    json.key("domains");
    json.begin_array();
    for (const Published& domain : domains)
        write_domain(json, domain);
    json.end_array();
    json.end_object();
    return out += '\n';
}

Expected<Addresses, std::string> read_spf_json(std::string_view text) {
    const auto document = parse_json(text);
    if (!document) return unexpected(document.error());
    const auto is = [&](const char* name, const auto& value) {
        return document->is_object() && document->contains(name) && (*document)[name] == value;
    };
    if (!is("format", format_name) || !is("version", format_version))
        return unexpected(fmt::format("not version {} of \"format\": \"{}\"", format_version, format_name));
    if (!document->contains("domains") || !(*document)["domains"].is_array())
        return unexpected(std::string("no array \"domains\""));
    std::vector<PublishedRecord> records;
    for (const ReadJson& domain : (*document)["domains"]) {
        if (!domain.is_object() || !domain.contains("records") || !domain["records"].is_array())
            return unexpected(std::string("a domain without an array \"records\""));
        for (const ReadJson& record : domain["records"]) {
            const std::string* name = text_in(record, "name");
            const std::string* content = text_in(record, "text");
            if (name == nullptr || content == nullptr)
                return unexpected(std::string("a record without \"name\" and \"text\""));
            records.push_back({*name, *content, 0});
        }
    }
    return addresses_of(records);
}

} // namespace spfwalk::emit
