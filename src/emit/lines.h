// What formats that write an entry a line have in common.
#pragma once

#include "spfwalk/emit/format.h"
#include "spfwalk/spf/universe.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::emit {

/// What a line looks like around its prefix.
struct LineShape {
    std::string_view indent = {}; ///< of entries and comments
    std::string_view before = {};
    std::string_view after = {};
    bool halves = false; ///< whether a whole family is written as two prefixes of length 1
    /// Whether 255.255.255.255/32 is a comment: nginx takes it for an error, and it is no client's address.
    bool no_broadcast = false;
};

/// The prefixes to print, IPv4 first.
std::vector<Entry> entries_of(const List& list, const Style& style);

/// Those of one family.
std::span<const Entry> of_family(std::span<const Entry> entries, net::Family family);

/// A line for each entry. If the style wants them, comment lines with the sources come before those entries
/// whose sources are not those of the entry before.
void append_lines(std::string& out, const List& list, const Style& style, std::span<const Entry> entries,
                  const LineShape& shape);

/// All lines of a list. An empty list is a comment line that says so: an empty file could be an accident.
std::string print_lines(const List& list, const Style& style, const LineShape& shape);

/// Where a `#` begins a comment.
enum class Comments : std::uint8_t { none, whole_lines, anywhere };

/// The lines of a text that say something: LF or CR LF, without the space around them and without comments.
class LineReader {
  public:
    LineReader(std::string_view text, Comments comments) : text_(text), comments_(comments) {}

    /// Goes on with more text, when next() has come to the end of a line.
    void go_on(std::string_view text) { text_ = text; }
    /// The next line, or nothing at the end.
    std::optional<std::string_view> next();
    /// "line N: what", of the line returned last.
    std::string error(std::string_view what) const;

  private:
    std::string_view text_;
    Comments comments_;
    std::size_t number_ = 0;
};

/// Addresses of both families as they are read.
class AddressGatherer {
  public:
    AddressGatherer() = default;
    /// `takes_mapped`: IPv4 addresses as sockets for both families show them (::ffff:192.0.2.1, and prefixes
    /// longer than ::ffff:0:0/96) are IPv4 ones (RFC 7208 §5).
    explicit AddressGatherer(bool takes_mapped) : takes_mapped_(takes_mapped) {}

    void add(const net::Prefix& prefix) {
        const net::Range range = prefix.range();
        if (takes_mapped_ && prefix.length > 96)
            if (const auto mapped = spf::mapped_ipv4(range)) return ranges_[0].push_back(*mapped);
        ranges_[static_cast<std::size_t>(prefix.family)].push_back(range);
    }
    Addresses finish();

  private:
    bool takes_mapped_ = false;
    std::array<net::RangeList, 2> ranges_;
};

/// Reads all lines that a reader still has, each as print_lines() writes one. Returns what is wrong, if so.
std::optional<std::string> gather_lines(LineReader& reader, const LineShape& shape,
                                        AddressGatherer& addresses);

/// Reads what print_lines() wrote. A blank in `before` or `after` stands for any number of blanks and tabs.
Expected<Addresses, std::string> read_lines(std::string_view text, const LineShape& shape, Comments comments);

/// Whether NAME is a letter and then letters, digits, `-` and `_`, at most `longest` in all; why not, if not.
std::optional<std::string> check_word(std::string_view name, std::size_t longest);

} // namespace spfwalk::emit
