#include "spfwalk/emit/format.h"

#include <fmt/format.h>

namespace spfwalk::emit {

namespace {

/// The sources as comment lines.
void append_sources(std::string& out, const List& list, const std::vector<std::size_t>& sources) {
    for (const std::size_t index : sources) {
        const Source& source = list.sources[index];
        out += "# ";
        out += list.domains[source.domain];
        if (!source.path.empty()) (out += ": ") += source.path;
        out += '\n';
    }
}

} // namespace

std::string print_plain(const List& list, const Style& style) {
    std::string out;
    const auto line = [&](const net::Prefix& prefix) {
        append_text(out, prefix);
        out += '\n';
    };
    if (style.detail() == Detail::addresses) {
        list.addresses.ipv4.each_prefix(net::Family::ipv4, line);
        list.addresses.ipv6.each_prefix(net::Family::ipv6, line);
        return out;
    }
    const std::vector<std::size_t>* shown = nullptr;
    const auto entries = style.aggregate == Aggregate::fewest ? aggregated(list) : as_published(list);
    for (const Entry& entry : entries) {
        if (style.annotate == Annotate::yes && (shown == nullptr || *shown != entry.sources))
            append_sources(out, list, entry.sources);
        shown = &entry.sources;
        line(entry.prefix);
    }
    return out;
}

Expected<Addresses, std::string> read_plain(std::string_view text) {
    std::vector<net::Range> ranges[2];
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::size_t end = text.find('\n');
        std::string_view line = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        line = line.substr(0, line.find('#'));
        const std::size_t first = line.find_first_not_of(" \t\r");
        if (first == line.npos) continue;
        line = line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
        const auto prefix = net::parse_prefix(line);
        if (!prefix) return unexpected(fmt::format("line {}: not a prefix", number));
        ranges[static_cast<std::size_t>(prefix->family)].push_back(prefix->range());
    }
    return Addresses{net::AddressSet::from_ranges(std::move(ranges[0])), net::AddressSet::from_ranges(std::move(ranges[1]))};
}

} // namespace spfwalk::emit
