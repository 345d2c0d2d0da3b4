// Whole files, read and written with every error noticed.
#pragma once

#include "spfwalk/expected.h"

#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::cli {

/// The contents of a file, or why it cannot be read ("No such file or directory").
Expected<std::string, std::string> read_file(const std::string& path);

/// Reads a descriptor to its end.
Expected<std::string, std::string> read_descriptor(int descriptor);

/// Writes all of `text` to a descriptor. Returns why it could not.
std::optional<std::string> write_descriptor(int descriptor, std::string_view text);

/// Replaces the contents of a file. Returns why it could not.
std::optional<std::string> write_file(const std::string& path, std::string_view text);

} // namespace spfwalk::cli
