// The prefixes of a partition as JSON, written once for all domains that include its record.
#pragma once

#include "spfwalk/spf/partitions.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::emit {

/// Text of all ranges that a partition passes. Mostly all who include its record do so by the same term, so
/// the text is kept with what led to it the last time.
class SharedText {
  public:
    /// That of a partition, made at the first call and then kept by it.
    static const SharedText& of(const spf::Partition& partition, net::Family family);

    /// Of a partition whose `passing` is not empty.
    SharedText(const spf::Partition& partition, net::Family family);

    /// Appends the objects of the prefixes of ranges, by their places in `passing`: from `first` up to, not
    /// including, `last`, which is not `first`. Commas come between, as write_domain_object() writes them on
    /// one line. `way`: the path to the partition's record, escaped as JSON.
    void append(std::string& out, std::size_t first, std::size_t last, std::string_view way) const;

    /// Whether the way may end with this term: paths tell by a number how often a term follows itself.
    bool may_follow(std::string_view term) const;

  private:
    /// Appends text_ from `begin` up to `end` with another way.
    void append_with(std::string& out, std::size_t begin, std::size_t end, std::string_view way) const;
    /// Puts another way into the text.
    void change_way(std::string_view way) const;

    spf::PublicationPtr record_; ///< the partition's own
    mutable std::string before_; ///< the last term that may_follow() was true of; empty: none
    mutable std::string way_;
    mutable std::string text_;
    mutable std::vector<std::size_t> ways_; ///< where in the text the way stands
    mutable std::vector<std::size_t> ends_; ///< where in the text each range ends
};

} // namespace spfwalk::emit
