// Domain names (RFC 1035 §2.3, §3.1).
//
// A Name is what goes on the wire, in lower case (ASCII only, RFC 4343), so two names are equal exactly if
// their bytes are. Labels may hold any byte; text from DNS is shown through to_text(), which escapes.
//
// A question is in many places at a time, in its walk, in the store, on its way. So the octets of a name
// never change, copies share them, and their hash is kept with them.
#pragma once

#include <compare>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::dns {

inline constexpr std::size_t max_label_octets = 63;
inline constexpr std::size_t max_name_octets = 255; ///< on the wire: length octets and root included
inline constexpr std::size_t max_name_text = 253;   ///< as text without the trailing dot

/// Dotted text without the dot at its end, which means the root. As it is if that would end in another one:
/// then it is no name.
constexpr std::string_view without_root_dot(std::string_view text) {
    return text.ends_with('.') && !text.ends_with("..") ? text.substr(0, text.size() - 1) : text;
}

class Name {
  public:
    Name() = default; ///< the root

    /// From dotted text as SPF and people write it: every byte but '.' stands for itself, there are no
    /// escapes, one trailing dot is allowed. Nothing if a label is empty or over 63 octets or the name is
    /// over 255 octets. "" and "." are not names of a host here: nothing.
    static std::optional<Name> from_domain(std::string_view text);

    /// From master-file text (RFC 1035 §5.1): `\.`, `\X` and `\DDD` escapes. A name without trailing dot is
    /// relative to `origin`. "." is the root, "@" is `origin`.
    static std::optional<Name> from_presentation(std::string_view text, const Name& origin);

    /// From uncompressed wire format, length octets and the root's zero included. Nothing unless all of
    /// `wire` is exactly one valid name.
    static std::optional<Name> from_wire(std::string_view wire);

    bool is_root() const { return data_ == nullptr; }
    /// The name on the wire, lower case, without compression.
    std::string_view wire() const {
        static constexpr char root[] = {0}; // a label without octets
        if (is_root()) return {root, sizeof root};
        return {data_.get() + octets_at, static_cast<unsigned char>(data_[size_at])};
    }
    /// The same for equal names.
    std::size_t hash() const {
        std::size_t hash = 0;
        if (!is_root()) std::memcpy(&hash, data_.get(), sizeof hash);
        return hash;
    }
    /// The labels from left to right, without the root's.
    std::vector<std::string_view> labels() const;
    std::size_t label_count() const;

    /// Without its leftmost label; the root's parent is the root.
    Name parent() const;
    /// Whether this is `ancestor` or a name below it.
    bool is_within(const Name& ancestor) const;
    /// `label`.this; nothing if the result is too long or the label is not 1 to 63 octets.
    std::optional<Name> child(std::string_view label) const;

    /// Text without trailing dot ("." for the root). Bytes outside '!' to '~' as \DDD; '.', '\\', '"', ';',
    /// '(', ')', '@' and '$' inside labels as \X: from_presentation(to_text() + ".", …) gives the name back.
    std::string to_text() const;

    friend bool operator==(const Name& a, const Name& b) {
        return a.data_ == b.data_ || (a.hash() == b.hash() && a.wire() == b.wire());
    }
    /// Some total order, for maps.
    friend auto operator<=>(const Name& a, const Name& b) { return a.wire() <=> b.wire(); }

  private:
    explicit Name(std::string_view wire);

    static constexpr std::size_t size_at = sizeof(std::size_t);
    static constexpr std::size_t octets_at = size_at + 1;
    static_assert(max_name_octets <= 0xff);

    /// Hash, size and octets of the wire; null: those of the root.
    std::shared_ptr<const char[]> data_;
};

} // namespace spfwalk::dns

template <>
struct std::hash<spfwalk::dns::Name> {
    std::size_t operator()(const spfwalk::dns::Name& name) const noexcept { return name.hash(); }
};
