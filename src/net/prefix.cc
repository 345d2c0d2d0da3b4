#include "spfwalk/net/prefix.h"

#include <array>
#include <cstddef>

namespace spfwalk::net {

std::optional<int> parse_length(std::string_view text, int longest) {
    if (text.empty() || text.size() > 3 || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    int length = 0;
    for (const char c : text) {
        if (c < '0' || c > '9') return std::nullopt;
        length = length * 10 + (c - '0');
    }
    if (length > longest) return std::nullopt;
    return length;
}

std::optional<Prefix> parse_prefix(std::string_view text) {
    const std::size_t slash = text.find('/');
    const std::string_view network = text.substr(0, slash);
    // Every IPv6 text has a colon and no IPv4 text has one.
    const Family family = network.find(':') == std::string_view::npos ? Family::ipv4 : Family::ipv6;
    const std::optional<Address> address = parse_address(family, network);
    if (!address) return std::nullopt;
    if (slash == std::string_view::npos) return Prefix::containing(family, *address, bits(family));
    const std::optional<int> length = parse_length(text.substr(slash + 1), bits(family));
    if (!length) return std::nullopt;
    return Prefix::containing(family, *address, *length);
}

void append_text(std::string& out, const Prefix& prefix) {
    AddressText text; // NOLINT(*-member-init): written before it is read
    std::size_t size = write_text(text, prefix.family, prefix.network);
    text[size++] = '/';
    const unsigned length = prefix.length;
    if (length >= 100) text[size++] = static_cast<char>('0' + length / 100);
    if (length >= 10) text[size++] = static_cast<char>('0' + length / 10 % 10);
    text[size++] = static_cast<char>('0' + length % 10);
    out.append(text.data(), size);
}

std::string to_text(const Prefix& prefix) {
    std::string out;
    append_text(out, prefix);
    return out;
}

void append_mask(std::string& out, const Prefix& prefix) {
    const Address host_bits = low_bits(bits(prefix.family) - prefix.length);
    append_text(out, prefix.family, last_address(prefix.family) & ~host_bits);
}

} // namespace spfwalk::net
