// What the JSON of the formats and commands has in common. docs/json.md describes it.
#pragma once

#include "emit/json_writer.h"
#include "lines.h"

#include "spfwalk/emit/domain.h"

#include <nlohmann/json.hpp>

namespace spfwalk::emit {

/// For what is read. Printing goes through JsonWriter.
using ReadJson = nlohmann::json;

/// Writes a domain's object. Octets that are not UTF-8 become U+FFFD.
void write_domain_object(JsonWriter& json, const DomainResult& result, const Style& style);

/// An array of objects.
void write_findings(JsonWriter& json, const std::vector<FindingText>& findings);

/// "ipv4" or "ipv6", or null.
void write_family(JsonWriter& json, std::optional<net::Family> family);

/// A value from its text. The error is "line N: not JSON".
Expected<ReadJson, std::string> parse_json(std::string_view text);

/// The prefix that a JSON string holds, or nothing.
std::optional<net::Prefix> prefix_of(const ReadJson& value);

} // namespace spfwalk::emit
