#include "lines.h"

#include "spfwalk/ascii.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::emit {

namespace {

constexpr std::string_view blanks = " \t\r";

/// ipset reads 1,023 octets at a time and haproxy 16 KiB, and both take what is left of a longer line for a
/// line of its own. How long a path is, is up to strangers.
constexpr std::size_t longest_comment = 500;

void append_sources(std::string& out, const List& list, const std::vector<std::size_t>& sources,
                    std::string_view indent) {
    for (const std::size_t index : sources) {
        const Source& source = list.sources[index];
        std::string comment = "# " + list.domains[source.domain];
        if (!source.path.empty()) (comment += ": ") += source.path;
        if (comment.size() > longest_comment) comment.replace(longest_comment - 3, comment.npos, "...");
        // Both are escaped already. But here an octet too many would be worse than ugly.
        std::ranges::replace_if(
            comment, [](char c) { return c < ' ' || c > '~'; }, '?');
        (out += indent) += comment;
        out += '\n';
    }
}

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(blanks);
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_blank(char c) {
    return blanks.find(c) != blanks.npos;
}

/// Removes a word from the end of a text, and the space in front of it; whether they were there.
bool strip_last(std::string_view& text, std::string_view word, bool space) {
    if (!text.ends_with(word)) return false;
    text.remove_suffix(word.size());
    const std::string_view rest = trimmed(text);
    if (space && rest.size() == text.size()) return false;
    text = rest;
    return true;
}

/// Removes `before` from the front of a line and `after` from its end; whether they were there.
bool strip(std::string_view& line, const LineShape& shape) {
    std::string_view after = shape.after;
    if (after.ends_with(';')) {
        if (!strip_last(line, ";", false)) return false;
        after.remove_suffix(1);
    }
    if (!after.empty() && !strip_last(line, trimmed(after), true)) return false;
    const std::string_view before = trimmed(shape.before);
    if (before.empty()) return true;
    if (!line.starts_with(before)) return false;
    line.remove_prefix(before.size());
    if (line.empty() || !is_blank(line.front())) return false;
    line = trimmed(line);
    return true;
}

} // namespace

std::vector<Entry> entries_of(const List& list, const Style& style) {
    return style.aggregate == Aggregate::fewest ? aggregated(list) : as_published(list);
}

std::span<const Entry> of_family(std::span<const Entry> entries, net::Family family) {
    const auto first_ipv6 =
        std::ranges::find(entries, net::Family::ipv6, [](const Entry& entry) { return entry.prefix.family; });
    const auto ipv4 = static_cast<std::size_t>(first_ipv6 - entries.begin());
    return family == net::Family::ipv4 ? entries.first(ipv4) : entries.subspan(ipv4);
}

void append_lines(std::string& out, const List& list, const Style& style, std::span<const Entry> entries,
                  const LineShape& shape) {
    const auto line = [&](const net::Prefix& prefix) {
        (out += shape.indent) += shape.before;
        append_text(out, prefix);
        (out += shape.after) += '\n';
    };
    const std::vector<std::size_t>* shown = nullptr;
    for (const Entry& entry : entries) {
        if (style.annotate == Annotate::yes && (shown == nullptr || *shown != entry.sources))
            append_sources(out, list, entry.sources, shape.indent);
        shown = &entry.sources;
        const auto [family, network, length] = entry.prefix;
        if (shape.no_broadcast && family == net::Family::ipv4 && network == net::last_address(family)) {
            (out += shape.indent) += "# left out, no client has it: 255.255.255.255/32\n";
        } else if (length == 0 && shape.halves) {
            line(net::Prefix::containing(family, network, 1));
            line(net::Prefix::containing(family, net::last_address(family), 1));
        } else {
            line(entry.prefix);
        }
    }
}

std::string print_lines(const List& list, const Style& style, const LineShape& shape) {
    const std::vector<Entry> entries = entries_of(list, style);
    if (entries.empty()) return "# no addresses\n";
    std::string out;
    append_lines(out, list, style, entries, shape);
    return out;
}

std::optional<std::string_view> LineReader::next() {
    while (!text_.empty()) {
        ++number_;
        const std::size_t end = text_.find('\n');
        std::string_view line = trimmed(text_.substr(0, end));
        text_.remove_prefix(end == text_.npos ? text_.size() : end + 1);
        if (comments_ == Comments::anywhere) line = trimmed(line.substr(0, line.find('#')));
        if (!line.empty() && (comments_ == Comments::none || line.front() != '#')) return line;
    }
    return std::nullopt;
}

std::string LineReader::error(std::string_view what) const {
    return fmt::format("line {}: {}", number_, what);
}

Addresses AddressGatherer::finish() {
    return {net::AddressSet::from_ranges(std::move(ranges_[0])),
            net::AddressSet::from_ranges(std::move(ranges_[1]))};
}

std::optional<std::string> gather_lines(LineReader& reader, const LineShape& shape,
                                        AddressGatherer& addresses) {
    while (auto line = reader.next()) {
        if (!strip(*line, shape))
            return reader.error(fmt::format("not \"{}PREFIX{}\"", shape.before, shape.after));
        const auto prefix = net::parse_prefix(*line);
        if (!prefix) return reader.error("not a prefix");
        addresses.add(*prefix);
    }
    return std::nullopt;
}

Expected<Addresses, std::string> read_lines(std::string_view text, const LineShape& shape,
                                            Comments comments) {
    AddressGatherer addresses;
    LineReader reader(text, comments);
    if (const auto error = gather_lines(reader, shape, addresses)) return unexpected(*error);
    return addresses.finish();
}

std::optional<std::string> check_word(std::string_view name, std::size_t longest) {
    const auto may_follow = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; };
    if (name.empty() || !is_letter(name.front())) return "a name begins with a letter";
    if (!std::ranges::all_of(name, may_follow)) return "a name consists of letters, digits, \"-\" and \"_\"";
    if (name.size() > longest) return fmt::format("a name has at most {} characters here", longest);
    return std::nullopt;
}

} // namespace spfwalk::emit
