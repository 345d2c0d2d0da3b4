#include "spfwalk/emit/format.h"

#include "spfwalk/escape.h"
#include "spfwalk/spf/universe.h"

#include <fmt/format.h>

namespace spfwalk::emit {

Expected<CustomFormat, std::string> compile_custom(std::string_view text) {
    CustomFormat format;
    if (text.empty()) return unexpected(std::string("the format is empty"));
    std::string literal;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const char c = text[at];
        if (c != '%' && c != '\\') {
            literal += c;
            continue;
        }
        const std::string_view pair = text.substr(at++, 2);
        const std::string_view known = c == '%' ? "nlmpd%" : "nt\\";
        if (pair.size() < 2 || known.find(pair[1]) == known.npos)
            return unexpected(fmt::format("\"{}\" means nothing in a format", escape(pair)));
        if (pair == "%%" || c == '\\') {
            literal += pair == "\\n" ? '\n' : pair == "\\t" ? '\t' : pair[1];
            continue;
        }
        format.parts_.push_back({0, std::move(literal)});
        format.parts_.push_back({pair[1], {}});
        literal.clear();
        format.per_domain_ = format.per_domain_ || pair[1] == 'd';
    }
    if (!literal.ends_with('\n')) literal += '\n';
    format.parts_.push_back({0, std::move(literal)});
    return format;
}

void CustomFormat::append_line(std::string& out, const net::Prefix& prefix, std::string_view domain) const {
    for (const Part& part : parts_) {
        switch (part.directive) {
        case 'n':
            append_text(out, prefix.family, prefix.network);
            break;
        case 'l':
            out += std::to_string(prefix.length);
            break;
        case 'm':
            append_mask(out, prefix);
            break;
        case 'p':
            append_text(out, prefix);
            break;
        case 'd':
            out += domain;
            break;
        default:
            out += part.literal;
        }
    }
}

std::string CustomFormat::print(const List& list, const Style& style) const {
    std::string out;
    if (!per_domain_) {
        const auto entries = style.aggregate == Aggregate::fewest ? aggregated(list) : as_published(list);
        for (const Entry& entry : entries)
            append_line(out, entry.prefix, {});
        return out;
    }
    std::size_t next = 0; // sources stand in the order of their domains
    for (std::size_t domain = 0; domain < list.domains.size(); ++domain) {
        List own;
        net::RangeList ranges[2];
        for (; next < list.sources.size() && list.sources[next].domain == domain; ++next) {
            const Source& source = list.sources[next];
            own.sources.push_back(source);
            for (const net::AddressSet& piece : source.pieces)
                ranges[static_cast<std::size_t>(source.family)].append(piece.ranges());
        }
        own.addresses.ipv4 = net::AddressSet::from_ranges(std::move(ranges[0]));
        own.addresses.ipv6 =
            spf::for_output(net::Family::ipv6, net::AddressSet::from_ranges(std::move(ranges[1])));
        const auto entries = style.aggregate == Aggregate::fewest ? aggregated(own) : as_published(own);
        for (const Entry& entry : entries)
            append_line(out, entry.prefix, list.domains[domain]);
    }
    return out;
}

} // namespace spfwalk::emit
