#include "lines.h"
#include "published_zone.h"

namespace spfwalk::emit {

std::string print_spf(std::span<const Published> domains, std::optional<std::uint32_t>) {
    std::string out;
    for (const Published& domain : domains) {
        if (!out.empty()) out += '\n';
        for (const PublishedRecord& record : domain.records)
            out += record.name + ' ' + record.text + '\n';
    }
    return out.empty() ? "# no records\n" : out;
}

Expected<Addresses, std::string> read_spf(std::string_view text) {
    std::vector<PublishedRecord> records;
    LineReader reader(text, Comments::whole_lines);
    while (const auto line = reader.next()) {
        const std::size_t blank = line->find_first_of(" \t");
        const std::size_t record = line->find_first_not_of(" \t", blank);
        if (record == line->npos || !spf::is_spf_record(line->substr(record)))
            return unexpected(reader.error("not \"NAME v=spf1 TERMS\""));
        records.push_back({std::string(line->substr(0, blank)), std::string(line->substr(record)), 0});
    }
    return addresses_of(records);
}

} // namespace spfwalk::emit
