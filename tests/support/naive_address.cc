#include "support/naive_address.h"

#include <vector>

namespace naive {

namespace {

std::vector<std::string> split_at(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator)
            parts.emplace_back();
        else
            parts.back() += c;
    }
    return parts;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The bytes of groups separated by ":"; a dotted quad may be the last one. Nothing if one is malformed.
std::optional<std::vector<std::uint8_t>> parse_groups(const std::string& text, bool quad_allowed) {
    std::vector<std::uint8_t> bytes;
    if (text.empty()) return bytes;
    const std::vector<std::string> groups = split_at(text, ':');
    for (std::size_t i = 0; i < groups.size(); ++i) {
        const std::string& group = groups[i];
        if (quad_allowed && i + 1 == groups.size() && group.find('.') != std::string::npos) {
            const std::optional<Address> quad = parse_v4(group);
            if (!quad) return std::nullopt;
            bytes.insert(bytes.end(), quad->bytes.begin(), quad->bytes.begin() + 4);
            continue;
        }
        if (group.empty() || group.size() > 4) return std::nullopt;
        int value = 0;
        for (const char c : group) {
            if (hex_value(c) < 0) return std::nullopt;
            value = value * 16 + hex_value(c);
        }
        bytes.push_back(static_cast<std::uint8_t>(value / 256));
        bytes.push_back(static_cast<std::uint8_t>(value % 256));
    }
    return bytes;
}

} // namespace

int width(const Address& address) {
    return address.is_v6 ? 128 : 32;
}

std::optional<Address> parse_v4(const std::string& text) {
    const std::vector<std::string> parts = split_at(text, '.');
    if (parts.size() != 4) return std::nullopt;
    Address address;
    for (std::size_t i = 0; i < 4; ++i) {
        const std::string& part = parts[i];
        if (part.empty() || part.size() > 3 || (part.size() > 1 && part[0] == '0')) return std::nullopt;
        int value = 0;
        for (const char c : part) {
            if (c < '0' || c > '9') return std::nullopt;
            value = value * 10 + (c - '0');
        }
        if (value > 255) return std::nullopt;
        address.bytes[i] = static_cast<std::uint8_t>(value);
    }
    return address;
}

std::optional<Address> parse_v6(const std::string& text) {
    const std::size_t gap = text.find("::");
    std::vector<std::uint8_t> all;
    if (gap == std::string::npos) {
        const auto bytes = parse_groups(text, true);
        if (!bytes) return std::nullopt;
        all = *bytes;
    } else {
        const auto before = parse_groups(text.substr(0, gap), false);
        const auto after = parse_groups(text.substr(gap + 2), true); // a second "::" leaves an empty group
        if (!before || !after || before->size() + after->size() > 14) return std::nullopt;
        all = *before;
        all.resize(16 - after->size(), 0);
        all.insert(all.end(), after->begin(), after->end());
    }
    if (all.size() != 16) return std::nullopt;
    Address address;
    address.is_v6 = true;
    for (std::size_t i = 0; i < 16; ++i)
        address.bytes[i] = all[i];
    return address;
}

bool is_mapped(const Address& address) {
    if (!address.is_v6) return false;
    for (std::size_t i = 0; i < 10; ++i) {
        if (address.bytes[i] != 0) return false;
    }
    return address.bytes[10] == 0xff && address.bytes[11] == 0xff;
}

std::optional<Address> parse_client(const std::string& text) {
    if (const auto v4 = parse_v4(text)) return v4;
    const auto v6 = parse_v6(text);
    if (!v6 || !is_mapped(*v6)) return v6;
    Address v4;
    for (std::size_t i = 0; i < 4; ++i)
        v4.bytes[i] = v6->bytes[12 + i];
    return v4;
}

bool same_prefix(const Address& one, const Address& other, int length) {
    if (one.is_v6 != other.is_v6) return false;
    for (int bit = 0; bit < length; ++bit) {
        const auto byte = static_cast<std::size_t>(bit / 8);
        const int mask = 128 >> (bit % 8);
        if ((one.bytes[byte] & mask) != (other.bytes[byte] & mask)) return false;
    }
    return true;
}

std::string to_text(const Address& address) {
    std::string text;
    if (!address.is_v6) {
        for (std::size_t i = 0; i < 4; ++i)
            text += (i > 0 ? "." : "") + std::to_string(address.bytes[i]);
        return text;
    }
    std::array<int, 8> groups{};
    for (std::size_t i = 0; i < 8; ++i)
        groups[i] = address.bytes[2 * i] * 256 + address.bytes[2 * i + 1];
    std::size_t gap = 8;
    std::size_t gap_length = 1; // a single zero group is not compressed
    for (std::size_t i = 0; i < 8; ++i) {
        std::size_t length = 0;
        while (i + length < 8 && groups[i + length] == 0)
            ++length;
        if (length > gap_length) {
            gap = i;
            gap_length = length;
        }
    }
    for (std::size_t i = 0; i < 8; ++i) {
        if (i == gap) {
            text += "::";
            i += gap_length - 1;
            continue;
        }
        if (!text.empty() && text.back() != ':') text += ':';
        bool started = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            const int digit = (groups[i] >> shift) & 15;
            if (digit == 0 && !started && shift > 0) continue;
            started = true;
            text += "0123456789abcdef"[digit];
        }
    }
    return text;
}

} // namespace naive
