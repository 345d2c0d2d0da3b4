// The prefixes of a partition as JSON, written once for all domains that include its record.
#pragma once

#include "spfwalk/spf/partitions.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::emit {

/// Text of all ranges that a partition passes, with gaps for what led to its record.
class SharedText {
  public:
    /// That of a partition, made at the first call and then kept by it.
    static const SharedText& of(const spf::Partition& partition, net::Family family);

    /// Of a partition whose `passing` is not empty.
    SharedText(const spf::Partition& partition, net::Family family);

    /// Appends the objects of the prefixes of a range, by its place in `passing`, with commas between, as
    /// write_domain_object() writes them on one line. `way`: the path to the partition's record, escaped as
    /// JSON.
    void append(std::string& out, std::size_t range, std::string_view way) const;

  private:
    std::string text_;
    std::vector<std::size_t> ends_; ///< in the text, of each range
};

} // namespace spfwalk::emit
