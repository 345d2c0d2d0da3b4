#include "json_parts.h"

#include "spfwalk/escape.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::emit {

namespace {

/// null where there is nothing, so that every object has the same members.
template <class T>
Json or_null(const std::optional<T>& value) {
    return value ? Json(*value) : Json(nullptr);
}

Json finding_object(const FindingText& finding) {
    Json object = Json::object();
    object["code"] = finding.code;
    object["text"] = finding.text;
    object["family"] = nullptr;
    if (finding.only) object["family"] = *finding.only == net::Family::ipv4 ? "ipv4" : "ipv6";
    return object;
}

} // namespace

Json domain_object(const DomainResult& result, const Style& style) {
    List own;
    own.addresses = result.addresses;
    own.sources = result.sources;
    Json prefixes = Json::array();
    for (const Entry& entry : entries_of(own, style)) {
        Json from = Json::array();
        for (const std::size_t source : entry.sources)
            from.push_back(own.sources[source].path);
        prefixes.push_back(Json::object({{"prefix", to_text(entry.prefix)}, {"from", std::move(from)}}));
    }
    Json findings = Json::array();
    for (const FindingText& finding : result.findings)
        findings.push_back(finding_object(finding));

    Json object = Json::object();
    object["domain"] = result.domain;
    object["status"] = result.status;
    object["exact"] = result.exact;
    object["record"] = result.record ? Json(escape(*result.record)) : Json(nullptr);
    object["lookups"] = result.lookups;
    object["voids"] = result.voids;
    object["ttl"] = or_null(result.ttl);
    object["stale"] = or_null(result.stale);
    object["prefixes"] = std::move(prefixes);
    object["findings"] = std::move(findings);
    return object;
}

std::string text_of(const Json& value, int indent) {
    return value.dump(indent, ' ', false, Json::error_handler_t::replace);
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
