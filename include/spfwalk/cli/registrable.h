// Which part of a name somebody had to register: the Public Suffix List.
#pragma once

#include <optional>
#include <string>

namespace spfwalk::cli {

/// The registrable name that `name` (ASCII, lower case) is or is below: "example.co.uk" of
/// "a.b.example.co.uk". Nothing for a public suffix itself, and for everything if this system has no list.
std::optional<std::string> registrable_name(const std::string& name);

/// Whether anybody may be able to register `name`, as registrable_name() gave it: it is a host name (RFC 1123
/// §2.1), and what is above it is on the list. The latter keeps out top-level domains that do not exist.
bool can_be_registered(const std::string& name);

} // namespace spfwalk::cli
