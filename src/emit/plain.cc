#include "lines.h"

#include "spfwalk/ascii.h"

#include <utility>

namespace spfwalk::emit {

namespace {

constexpr std::size_t octets_at_a_time = 65'536;

} // namespace

std::string print_plain(const List& list, const Style& style) {
    std::string out;
    write_plain(list, style, [&out](std::string_view piece) { out += piece; });
    return out;
}

void write_plain(const List& list, const Style& style, const Sink& sink) {
    std::string out;
    if (style.detail() != Detail::addresses) {
        append_lines(out, list, style, entries_of(list, style), {});
        return sink(out);
    }
    out.reserve(octets_at_a_time + 64);
    for (const net::Family family : net::both_families) {
        list.addresses.of(family).each_prefix(family, [&](const net::Prefix& prefix) {
            append_text(out, prefix);
            out += '\n';
            if (out.size() < octets_at_a_time) return;
            sink(out);
            out.clear();
        });
    }
    sink(out);
}

Expected<Addresses, std::string> read_plain(std::string_view text) {
    return read_lines(text, {}, Comments::anywhere);
}

Expected<Addresses, std::string> read_plain(const std::function<std::string_view()>& next) {
    AddressGatherer addresses(true);
    LineReader reader({}, Comments::anywhere);
    std::string text; // from the beginning of a line
    bool is_first = true;
    for (std::string_view piece = next();; piece = next()) {
        text += piece;
        // The last line may go on in the next piece, if there is one.
        const std::size_t whole = piece.empty() ? text.size() : text.rfind('\n') + 1;
        std::string_view lines = std::string_view(text).substr(0, whole);
        if (!lines.empty() && std::exchange(is_first, false)) lines = without_byte_order_mark(lines);
        reader.go_on(lines);
        if (const auto error = gather_lines(reader, {}, addresses)) return unexpected(*error);
        if (piece.empty()) return addresses.finish();
        text.erase(0, whole);
    }
}

} // namespace spfwalk::emit
