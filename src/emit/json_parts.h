// What the two JSON formats have in common. docs/json.md describes both.
#pragma once

#include "lines.h"

#include "spfwalk/emit/domain.h"

#include <nlohmann/json.hpp>

namespace spfwalk::emit {

/// For what is printed: members in the order in which they are put in, for people read it too.
using Json = nlohmann::ordered_json;
/// For what is read: the type above copies whole trees, and recursively, which a stranger's file must not
/// cause.
using ReadJson = nlohmann::json;

Json domain_object(const DomainResult& result, const Style& style);

/// The text of a value. Never fails: an octet that is not UTF-8 becomes U+FFFD.
std::string text_of(const Json& value, int indent = -1);

/// A value from its text. The error is "line N: not JSON".
Expected<ReadJson, std::string> parse_json(std::string_view text);

/// The prefix that a JSON string holds, or nothing.
std::optional<net::Prefix> prefix_of(const ReadJson& value);

} // namespace spfwalk::emit
