#include "lines.h"
#include "published_zone.h"
#include "spfwalk/ascii.h"
#include "spfwalk/dns/master_file.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::emit {

namespace {

/// Takes a word off the front of a line, and the blanks behind it.
std::string_view take_word(std::string_view& line) {
    const std::string_view word = line.substr(0, line.find_first_of(" \t"));
    line.remove_prefix(word.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return word;
}

/// The strings up to the end of the line or a comment, joined; nothing if they are not as
/// dns::character_strings() writes what is printable.
std::optional<std::string> joined(std::string_view line) {
    std::string text;
    bool any = false;
    while (line.starts_with('"')) {
        std::size_t at = 1;
        for (; at < line.size() && line[at] != '"'; ++at) {
            if (line[at] == '\\' && (++at == line.size() || is_digit(line[at]))) return std::nullopt;
            text += line[at];
        }
        if (at == line.size()) return std::nullopt;
        line.remove_prefix(at + 1);
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
        any = true;
    }
    if (!any || (!line.empty() && line.front() != ';')) return std::nullopt;
    return text;
}

} // namespace

std::string print_spf_zone(std::span<const Published> domains, std::optional<std::uint32_t> ttl) {
    std::string out;
    for (const Published& domain : domains) {
        if (!out.empty()) out += '\n';
        for (const PublishedRecord& record : domain.records) {
            out += dns::Name::from_domain(record.name)->to_text() + ". ";
            if (ttl) out += std::to_string(*ttl) + ' ';
            out += "IN TXT " + dns::character_strings(record.text) + '\n';
        }
    }
    return out.empty() ? "; no records\n" : out;
}

Expected<Addresses, std::string> read_spf_zone(std::string_view text) {
    std::vector<PublishedRecord> records;
    LineReader reader(text, Comments::none);
    while (auto line = reader.next()) {
        if (line->front() == ';') continue;
        const std::string_view owner = take_word(*line);
        std::string_view word = take_word(*line);
        if (word.find_first_not_of("0123456789") == word.npos) word = take_word(*line); // a TTL
        if (word == "IN") word = take_word(*line);
        const auto name = dns::Name::from_presentation(owner, {});
        const auto record = joined(*line);
        if (!name || !owner.ends_with('.') || word != "TXT" || !record || !spf::is_spf_record(*record))
            return unexpected(reader.error("not \"NAME. IN TXT \"v=spf1 TERMS\"\""));
        records.push_back({fmt::format("{}", fmt::join(name->labels(), ".")), *record, 0});
    }
    return addresses_of(records);
}

} // namespace spfwalk::emit
