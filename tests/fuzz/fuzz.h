// What the fuzz targets have in common. Each target takes any bytes whatsoever and ends the program if a
// promise of the program is broken: libFuzzer drives them (entry.cc), and every compiler replays what
// libFuzzer found (replay.cc).
#pragma once

#include "spfwalk/net/address.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

namespace spfwalk::fuzz {

using Bytes = std::span<const std::uint8_t>;

void fuzz_record(Bytes bytes);      ///< the record parser
void fuzz_macro(Bytes bytes);       ///< macro expansion
void fuzz_message(Bytes bytes);     ///< DNS messages, and the capture of what they say
void fuzz_name(Bytes bytes);        ///< domain names
void fuzz_receipt(Bytes bytes);     ///< what the adapter to c-ares makes of received bytes
void fuzz_zone(Bytes bytes);        ///< master files, and the capture of what they say
void fuzz_resolv_conf(Bytes bytes); ///< resolv.conf and the text of servers
void fuzz_state(Bytes bytes);       ///< state files
void fuzz_domains(Bytes bytes);     ///< domain lists
void fuzz_formats(Bytes bytes);     ///< the readers of all output formats
void fuzz_interpreter(Bytes bytes); ///< evaluations and walks over a small DNS made of the bytes
void fuzz_outputs(Bytes bytes);     ///< what is printed and published of such evaluations

/// Says what was promised and ends the program if it was not kept.
inline void promise(bool kept, std::string_view what, std::string_view detail = {}) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n%s\n", std::string(what).c_str(), std::string(detail).c_str());
    std::abort();
}

/// One line of printable ASCII, apart from `§`: what may go to a terminal.
inline bool is_clean_line(std::string_view text) {
    std::string rest(text);
    constexpr std::string_view section = "\xc2\xa7";
    for (std::size_t at = 0; (at = rest.find(section, at)) != rest.npos;)
        rest.erase(at, section.size());
    return !rest.empty() && std::ranges::all_of(rest, [](char c) { return c >= ' ' && c <= '~'; });
}

/// Nothing, or lines of that.
inline bool are_clean_lines(std::string text) {
    std::ranges::replace(text, '\n', ' ');
    return text.empty() || is_clean_line(text);
}

inline std::string_view as_text(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// Takes an input apart from the front; what is missing at its end is zero or empty.
class Input {
  public:
    explicit Input(Bytes bytes) : bytes_(bytes) {}

    bool empty() const { return bytes_.empty(); }
    std::uint8_t octet() {
        if (bytes_.empty()) return 0;
        const std::uint8_t value = bytes_.front();
        bytes_ = bytes_.subspan(1);
        return value;
    }
    net::Address address(net::Family family) {
        net::Address value;
        for (int i = 0; i < net::bits(family); i += 8) {
            value.hi = value.hi << 8 | value.lo >> 56;
            value.lo = value.lo << 8 | octet();
        }
        return value;
    }
    /// Up to the next line feed, which is taken and not given.
    Bytes line() {
        const auto end = std::ranges::find(bytes_, std::uint8_t{'\n'});
        const auto size = static_cast<std::size_t>(end - bytes_.begin());
        const Bytes result = bytes_.first(size);
        bytes_ = bytes_.subspan(std::min(size + 1, bytes_.size()));
        return result;
    }
    Bytes rest() const { return bytes_; }

  private:
    Bytes bytes_;
};

} // namespace spfwalk::fuzz
