#include "spfwalk/dns/name.h"

#include "spfwalk/ascii.h"

#include <algorithm>
#include <array>

namespace spfwalk::dns {

namespace {

/// The length octet at `at`. A Name's own bytes are always sound.
std::size_t length_at(std::string_view wire, std::size_t at) {
    return at < wire.size() ? static_cast<unsigned char>(wire[at]) : 0;
}

/// Which bytes of a label would mean something else in a master file.
constexpr bool needs_backslash(char c) {
    switch (c) {
    case '.':
    case '\\':
    case '"':
    case ';':
    case '(':
    case ')':
    case '@':
    case '$':
        return true;
    default:
        return false;
    }
}

} // namespace

Name::Name(std::string_view wire) {
    if (wire.size() == 1) return;
    const std::size_t hash = std::hash<std::string_view>()(wire);
    const auto data = std::make_shared<char[]>(octets_at + wire.size());
    std::memcpy(data.get(), &hash, sizeof hash);
    data[size_at] = static_cast<char>(wire.size());
    std::memcpy(data.get() + octets_at, wire.data(), wire.size());
    data_ = data;
}

std::optional<Name> Name::from_domain(std::string_view text) {
    text = without_root_dot(text);
    if (text.empty() || text.size() > max_name_text) return std::nullopt;
    // Byte i of the text is byte i + 1 on the wire; a dot becomes the next label's length octet.
    std::array<char, max_name_octets> wire;
    std::size_t label_start = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '.') {
            wire[i + 1] = lower(text[i]);
            continue;
        }
        const std::size_t length = i - label_start;
        if (length == 0 || length > max_label_octets) return std::nullopt;
        wire[label_start] = static_cast<char>(length);
        label_start = i + 1;
    }
    const std::size_t length = text.size() - label_start;
    if (length == 0 || length > max_label_octets) return std::nullopt;
    wire[label_start] = static_cast<char>(length);
    wire[text.size() + 1] = '\0';
    return Name({wire.data(), text.size() + 2});
}

std::optional<Name> Name::from_presentation(std::string_view text, const Name& origin) {
    if (text.empty()) return std::nullopt;
    if (text == "@") return origin;
    if (text == ".") return Name();

    std::array<char, max_name_octets + 1> wire;
    std::size_t size = 1; // the first label's length octet is filled in when the label ends
    std::size_t label_start = 0;
    bool absolute = false;
    const auto end_label = [&] {
        const std::size_t length = size - label_start - 1;
        if (length == 0 || length > max_label_octets) return false;
        wire[label_start] = static_cast<char>(length);
        return true;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (size >= max_name_octets) return std::nullopt;
        if (c == '.') {
            if (!end_label()) return std::nullopt;
            label_start = size++;
            absolute = i + 1 == text.size();
            continue;
        }
        if (c == '\\') {
            if (++i == text.size()) return std::nullopt;
            c = text[i];
            if (is_digit(c)) {
                if (i + 2 >= text.size() || !is_digit(text[i + 1]) || !is_digit(text[i + 2]))
                    return std::nullopt;
                const int value = (c - '0') * 100 + (text[i + 1] - '0') * 10 + (text[i + 2] - '0');
                if (value > 255) return std::nullopt;
                c = static_cast<char>(value);
                i += 2;
            }
        }
        wire[size++] = lower(c);
    }
    if (absolute) {
        wire[label_start] = '\0';
        return Name({wire.data(), size});
    }
    if (!end_label() || size + origin.wire().size() > max_name_octets) return std::nullopt;
    std::ranges::copy(origin.wire(), wire.begin() + static_cast<std::ptrdiff_t>(size));
    return Name({wire.data(), size + origin.wire().size()});
}

std::optional<Name> Name::from_wire(std::string_view wire) {
    if (wire.empty() || wire.size() > max_name_octets) return std::nullopt;
    std::size_t at = 0;
    while (const std::size_t length = length_at(wire, at)) {
        if (length > max_label_octets || length + 1 >= wire.size() - at) return std::nullopt;
        at += length + 1;
    }
    if (at + 1 != wire.size()) return std::nullopt;
    std::array<char, max_name_octets> lowered;
    // Length octets are below 'A', so lowering every byte leaves them alone.
    static_assert(max_label_octets < 'A');
    std::ranges::transform(wire, lowered.begin(), lower);
    return Name({lowered.data(), wire.size()});
}

std::vector<std::string_view> Name::labels() const {
    std::vector<std::string_view> result;
    const std::string_view wire = this->wire();
    for (std::size_t at = 0, length = 0; (length = length_at(wire, at)) != 0; at += length + 1)
        result.push_back(wire.substr(at + 1, length));
    return result;
}

std::size_t Name::label_count() const {
    std::size_t count = 0;
    for (std::size_t at = 0, length = 0; (length = length_at(wire(), at)) != 0; at += length + 1)
        ++count;
    return count;
}

Name Name::parent() const {
    const std::size_t length = length_at(wire(), 0);
    return length == 0 ? Name() : Name(wire().substr(length + 1));
}

bool Name::is_within(const Name& ancestor) const {
    const std::string_view wire = this->wire(), suffix = ancestor.wire();
    if (suffix.size() > wire.size()) return false;
    const std::size_t wanted = wire.size() - suffix.size();
    // The suffix must begin at a label: "badexample.com" is not within "example.com".
    std::size_t at = 0;
    while (at < wanted)
        at += length_at(wire, at) + 1;
    return at == wanted && wire.substr(at) == suffix;
}

std::optional<Name> Name::child(std::string_view label) const {
    if (label.empty() || label.size() > max_label_octets) return std::nullopt;
    const std::size_t size = label.size() + 1 + wire().size();
    if (size > max_name_octets) return std::nullopt;
    std::array<char, max_name_octets> octets;
    octets[0] = static_cast<char>(label.size());
    const auto end = std::ranges::transform(label, octets.begin() + 1, lower).out;
    std::ranges::copy(wire(), end);
    return Name({octets.data(), size});
}

std::string Name::to_text() const {
    if (is_root()) return ".";
    const std::string_view wire = this->wire();
    std::string text;
    text.reserve(wire.size());
    for (std::size_t at = 0, length = 0; (length = length_at(wire, at)) != 0; at += length + 1) {
        if (at != 0) text.push_back('.');
        for (std::size_t i = at + 1; i <= at + length; ++i) {
            const char c = wire[i];
            if (c >= '!' && c <= '~') {
                if (needs_backslash(c)) text.push_back('\\');
                text.push_back(c);
            } else {
                const auto byte = static_cast<unsigned char>(c);
                text.push_back('\\');
                text.push_back(static_cast<char>('0' + byte / 100));
                text.push_back(static_cast<char>('0' + byte / 10 % 10));
                text.push_back(static_cast<char>('0' + byte % 10));
            }
        }
    }
    return text;
}

} // namespace spfwalk::dns
