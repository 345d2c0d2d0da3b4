#include "json_parts.h"

#include "emit/json_prefixes.h"
#include "spfwalk/escape.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::emit {

namespace {

void write_finding(JsonWriter& json, const FindingText& finding) {
    json.begin_object();
    json.key("code");
    json.string(finding.code);
    json.key("text");
    json.string(finding.text);
    json.key("family");
    write_family(json, finding.only);
    json.key("rcode");
    json.number_or_null(finding.rcode);
    json.end_object();
}

} // namespace

void write_family(JsonWriter& json, std::optional<net::Family> family) {
    if (family)
        json.string(keyword_of(*family));
    else
        json.null();
}

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
    write_prefixes(json, result, style.aggregate);
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
