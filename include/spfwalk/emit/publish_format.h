// Ways to print published records: records in, text out, nothing else.
#pragma once

#include "spfwalk/emit/list.h"
#include "spfwalk/emit/publish.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace spfwalk::emit {

/// One way: a row of the table in publish_format.cc, a file of its own.
struct PublishFormat {
    std::string_view name;
    std::string_view summary; ///< a few words for `--format help`
    /// The whole text, in the order of the domains. `ttl`: seconds, for formats that have a place for it.
    std::string (*print)(std::span<const Published> domains, std::optional<std::uint32_t> ttl);
    /// Reads back what print() wrote, however a person may have edited it within the format, and returns what
    /// the records let pass for sure. Text of another format, and records that need others which are not in
    /// the text, are errors of a few words.
    Expected<Addresses, std::string> (*read)(std::string_view text);
    bool has_ttl = false;
};

std::span<const PublishFormat> publish_formats();
/// The format of that name, or null.
const PublishFormat* find_publish_format(std::string_view name);

/// "NAME RECORD" a line, a blank line between domains; no domain at all is a comment. (spf.cc)
std::string print_spf(std::span<const Published> domains, std::optional<std::uint32_t> ttl);
Expected<Addresses, std::string> read_spf(std::string_view text);

/// Lines of a master file (RFC 1035 §5), with whole names. (spf_zone.cc)
std::string print_spf_zone(std::span<const Published> domains, std::optional<std::uint32_t> ttl);
/// A record must stand in one line, as it is written.
Expected<Addresses, std::string> read_spf_zone(std::string_view text);

/// One document, see docs/json.md. (spf_json.cc)
std::string print_spf_json(std::span<const Published> domains, std::optional<std::uint32_t> ttl);
Expected<Addresses, std::string> read_spf_json(std::string_view text);

} // namespace spfwalk::emit
