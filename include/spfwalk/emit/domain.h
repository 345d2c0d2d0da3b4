// Everything that is known of a domain as plain values: what JSON says and state files keep.
#pragma once

#include "spfwalk/emit/list.h"
#include "spfwalk/escape.h"

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace spfwalk::emit {

/// A finding in words.
struct FindingText {
    std::string code;                        ///< spf::to_text(Code): "lookup-limit"
    std::string text;                        ///< one printable line without the domain
    std::optional<net::Family> only;         ///< if it holds for one of the families asked for
    std::optional<std::uint16_t> rcode = {}; ///< of a reply that was no answer
};

/// Addresses that one of a domain's terms brought. Pieces of undecidable records may overlap.
struct Piece {
    net::Family family = net::Family::ipv4;
    std::uint32_t path = 0; ///< index into DomainResult::paths
    net::Range range;

    friend std::strong_ordering operator<=>(const Piece& a, const Piece& b) {
        if (a.family != b.family) return a.family <=> b.family;
        if (a.range.first.hi != b.range.first.hi) return a.range.first.hi <=> b.range.first.hi;
        if (a.range.first.lo != b.range.first.lo) return a.range.first.lo <=> b.range.first.lo;
        return std::tie(a.range.last, a.path) <=> std::tie(b.range.last, b.path);
    }
    friend bool operator==(const Piece&, const Piece&) = default;
};

/// A list of texts in one piece of memory.
class Texts {
  public:
    std::size_t size() const { return ends_.size(); }
    bool empty() const { return ends_.empty(); }
    std::string_view operator[](std::size_t at) const {
        const std::size_t begin = at == 0 ? 0 : ends_[at - 1];
        return std::string_view(octets_).substr(begin, ends_[at] - begin);
    }
    std::string_view back() const { return (*this)[size() - 1]; }
    /// Whether nothing in them needs escaping in quotes (spfwalk::is_plain()).
    bool all_plain() const { return all_plain_; }
    void push_back(std::string_view text) {
        add([text](std::string& out) {
            out += text;
            return is_plain(text);
        });
    }
    /// Makes room for so many more, of `octets` together.
    void reserve(std::size_t count, std::size_t octets) {
        ends_.reserve(ends_.size() + count);
        octets_.reserve(octets_.size() + octets);
    }
    /// Adds what `append` appends to the string that it is given; it returns whether that is_plain().
    template <class Append>
    void add(Append&& append) {
        all_plain_ = append(octets_) && all_plain_;
        ends_.push_back(octets_.size());
    }

  private:
    std::string octets_;
    std::vector<std::size_t> ends_;
    bool all_plain_ = true;
};

/// What a partition passes (spf/partitions.h); its prefixes are written as they were for other domains.
struct SharedPrefixes {
    net::Family family = net::Family::ipv4;
    std::uint32_t path = 0; ///< index into DomainResult::paths: what led to the partition
    spf::PartitionPtr partition;
};

struct DomainResult {
    std::size_t index = 0;             ///< which input, from 0
    std::string domain;                ///< ASCII
    std::string status;                ///< "ok", "none", "permerror", "temperror", "invalid"
    bool exact = true;                 ///< false: undecidable terms matter (sure differs from possible)
    std::optional<std::string> record; ///< the SPF record as published, raw octets
    int lookups = 0;                   ///< §4.6.4
    int voids = 0;
    std::optional<std::uint32_t> ttl; ///< seconds, the smallest of all answers used
    Addresses addresses;              ///< what the domain contributes
    Texts paths;                      ///< where from: as Source::path, in the order decided
    std::vector<Piece> pieces;        ///< what came from there, sorted
    /// What came from partitions: no address of it is next to another's. With the pieces they are
    /// `addresses`.
    std::vector<SharedPrefixes> shared;
    std::vector<FindingText> findings;
    /// Set if `addresses` are not of this run but the last good ones: seconds since they were good.
    std::optional<std::int64_t> stale;
    /// When DNS had said all of this: seconds since the epoch; nothing if a file said it.
    std::optional<std::int64_t> time;
};

/// For what was given as a domain and is none: `text` is what was given, `defect` what is wrong with it.
DomainResult invalid_result(std::string_view text, std::string defect);

/// Whether regions of a report that are shared may stay so (DomainResult::shared).
enum class Sharing : std::uint8_t { none, prefixes };

/// From a report. `addresses` are those of `certainty`, fit to be printed (spf/universe.h).
DomainResult domain_result(const spf::Report& report, Certainty certainty, Sharing sharing = Sharing::none);

/// Makes the addresses others, all from one place.
void replace_addresses(DomainResult& result, const std::string& path, const Addresses& addresses);

} // namespace spfwalk::emit
