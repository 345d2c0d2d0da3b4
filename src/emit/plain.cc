#include "spfwalk/emit/format.h"

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
        list.ipv4.each_prefix(net::Family::ipv4, line);
        list.ipv6.each_prefix(net::Family::ipv6, line);
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

} // namespace spfwalk::emit
