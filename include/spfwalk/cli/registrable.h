// Which part of a name somebody had to register: the Public Suffix List.
#pragma once

#include <optional>
#include <string>

namespace spfwalk::cli {

/// The registrable name that `name` (ASCII, lower case) is or is below: "example.co.uk" of
/// "a.b.example.co.uk". Nothing for a public suffix itself, and for everything if this system has no list.
std::optional<std::string> registrable_name(const std::string& name);

} // namespace spfwalk::cli
