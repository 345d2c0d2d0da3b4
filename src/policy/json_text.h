// Strings as JSON.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace spfwalk::policy {

/// A JSON string in ASCII; what is not UTF-8 is replaced, never an exception.
inline std::string json_string(const std::string& text) {
    return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

} // namespace spfwalk::policy
