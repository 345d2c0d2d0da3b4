#include "spfwalk/net/address.h"

#include "spfwalk/ascii.h"

#include <array>
#include <cstddef>

namespace spfwalk::net {

namespace {

constexpr std::size_t group_count = 8; // RFC 4291 §2.2: eight 16-bit pieces
using Groups = std::array<std::uint16_t, group_count>;

Groups groups_of(Address address) {
    Groups groups{};
    for (std::size_t i = 0; i < 4; ++i) {
        groups[i] = static_cast<std::uint16_t>(address.hi >> (48 - 16 * i));
        groups[i + 4] = static_cast<std::uint16_t>(address.lo >> (48 - 16 * i));
    }
    return groups;
}

Address address_of(const Groups& groups) {
    Address address;
    for (std::size_t i = 0; i < 4; ++i) {
        address.hi = address.hi << 16 | groups[i];
        address.lo = address.lo << 16 | groups[i + 4];
    }
    return address;
}

/// An octet in decimal; three digits are always there so that they can be copied without a branch.
struct OctetText {
    std::array<char, 3> digits{};
    std::uint8_t length = 0;
};

constexpr std::array<OctetText, 256> octet_texts = [] {
    std::array<OctetText, 256> table{};
    for (std::size_t value = 0; value < table.size(); ++value) {
        OctetText& text = table[value];
        const auto put = [&text](std::size_t digit) {
            text.digits[text.length++] = static_cast<char>('0' + digit);
        };
        if (value >= 100) put(value / 100);
        if (value >= 10) put(value / 10 % 10);
        put(value % 10);
    }
    return table;
}();

/// Writes one octet more than there is text.
std::size_t write_ipv4(char* buffer, Address address) {
    std::size_t length = 0;
    for (int shift = 24; shift >= 0; shift -= 8) {
        const OctetText& text = octet_texts[address.lo >> shift & 0xff];
        buffer[length] = text.digits[0];
        buffer[length + 1] = text.digits[1];
        buffer[length + 2] = text.digits[2];
        length += text.length;
        buffer[length++] = '.';
    }
    return length - 1; // without the last dot
}

/// Where "::" stands: the groups from begin up to, not including, end. None: begin is group_count.
struct ZeroRun {
    std::size_t begin = group_count;
    std::size_t end = group_count;
};

/// RFC 5952 §4.2: the longest run of zero groups, the first of equally long ones, never a single group.
ZeroRun longest_zero_run(const Groups& groups) {
    ZeroRun best;
    std::size_t best_length = 1;
    for (std::size_t i = 0; i < group_count;) {
        const std::size_t begin = i;
        while (i < group_count && groups[i] == 0)
            ++i;
        if (i - begin > best_length) {
            best = {begin, i};
            best_length = i - begin;
        }
        while (i < group_count && groups[i] != 0)
            ++i;
    }
    return best;
}

std::size_t write_ipv6(char* buffer, Address address) {
    static constexpr std::array<char, 16> digits = {'0', '1', '2', '3', '4', '5', '6', '7',
                                                    '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
    const Groups groups = groups_of(address);
    const ZeroRun run = longest_zero_run(groups);
    std::size_t length = 0;
    for (std::size_t i = 0; i < group_count;) {
        if (i == run.begin) {
            buffer[length++] = ':';
            buffer[length++] = ':';
            i = run.end;
            continue;
        }
        if (i != 0 && i != run.end) buffer[length++] = ':';
        const unsigned group = groups[i];
        if (group >= 0x1000) buffer[length++] = digits[group >> 12];
        if (group >= 0x100) buffer[length++] = digits[group >> 8 & 0xf];
        if (group >= 0x10) buffer[length++] = digits[group >> 4 & 0xf];
        buffer[length++] = digits[group & 0xf];
        ++i;
    }
    return length;
}

} // namespace

std::optional<Address> parse_ipv4(std::string_view text) {
    std::uint32_t address = 0;
    std::size_t at = 0;
    for (int octet = 0; octet < 4; ++octet) {
        if (octet > 0) {
            if (at == text.size() || text[at] != '.') return std::nullopt;
            ++at;
        }
        const std::size_t begin = at;
        std::uint32_t value = 0;
        while (at < text.size() && at - begin < 3 && is_digit(text[at])) {
            value = value * 10 + static_cast<std::uint32_t>(text[at] - '0');
            ++at;
        }
        const std::size_t length = at - begin;
        if (length == 0 || value > 255 || (length > 1 && text[begin] == '0')) return std::nullopt;
        address = address << 8 | value;
    }
    if (at != text.size()) return std::nullopt;
    return ipv4(address);
}

std::optional<Address> parse_ipv6(std::string_view text) {
    Groups groups{};
    std::size_t count = 0;         // groups read
    std::size_t gap = group_count; // how many of them stand before "::"
    bool has_gap = false;
    std::size_t at = 0;
    if (text.starts_with("::")) {
        has_gap = true;
        gap = 0;
        at = 2;
    }
    bool group_due = !has_gap; // at the start and behind a single colon
    while (group_due || at < text.size()) {
        if (count == group_count) return std::nullopt;
        const std::size_t begin = at;
        unsigned value = 0;
        while (at < text.size() && at - begin < 4) {
            const int digit = hex_digit(text[at]);
            if (digit < 0) break;
            value = value << 4 | static_cast<unsigned>(digit);
            ++at;
        }
        if (at == begin) return std::nullopt;
        if (at < text.size() && text[at] == '.') { // RFC 4291 §2.2 (3): the last two groups as a dotted quad
            const std::optional<Address> quad = parse_ipv4(text.substr(begin));
            if (!quad || count + 2 > group_count) return std::nullopt;
            groups[count++] = static_cast<std::uint16_t>(quad->lo >> 16);
            groups[count++] = static_cast<std::uint16_t>(quad->lo & 0xffff);
            break;
        }
        groups[count++] = static_cast<std::uint16_t>(value);
        if (at == text.size()) break;
        if (text[at] != ':') return std::nullopt;
        ++at;
        group_due = true;
        if (at < text.size() && text[at] == ':') {
            if (has_gap) return std::nullopt;
            has_gap = true;
            gap = count;
            ++at;
            group_due = false;
        }
    }
    if (!has_gap) {
        if (count != group_count) return std::nullopt;
        return address_of(groups);
    }
    if (count == group_count) return std::nullopt; // "::" stands for at least one group
    Groups spread{};
    for (std::size_t i = 0; i < gap; ++i)
        spread[i] = groups[i];
    for (std::size_t i = gap; i < count; ++i)
        spread[i + group_count - count] = groups[i];
    return address_of(spread);
}

std::optional<Address> parse_address(Family family, std::string_view text) {
    return family == Family::ipv4 ? parse_ipv4(text) : parse_ipv6(text);
}

std::size_t write_text(AddressText& buffer, Family family, Address address) {
    return family == Family::ipv4 ? write_ipv4(buffer.data(), address) : write_ipv6(buffer.data(), address);
}

void append_text(std::string& out, Family family, Address address) {
    AddressText buffer; // NOLINT(*-member-init): written before it is read
    out.append(buffer.data(), write_text(buffer, family, address));
}

std::string to_text(Family family, Address address) {
    std::string out;
    append_text(out, family, address);
    return out;
}

} // namespace spfwalk::net
