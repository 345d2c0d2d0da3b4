// The prefixes of a domain's object.
#pragma once

#include "emit/json_writer.h"

#include "spfwalk/emit/domain.h"
#include "spfwalk/emit/format.h"

#include <cstdint>
#include <string>
#include <vector>

namespace spfwalk::emit {

/// The array of all, each with the paths that it came by.
void write_prefixes(JsonWriter& json, const DomainResult& result, Aggregate aggregate);

/// Writes a prefix at a time.
class PrefixWriter {
  public:
    PrefixWriter(JsonWriter& json, const DomainResult& result) : json_(json), result_(result) {}

    /// `from`: indices of paths, in any order, each once or more.
    void write(const net::Prefix& prefix, std::vector<std::uint32_t>& from);

  private:
    void write_line(const net::Prefix& prefix, const std::vector<std::uint32_t>& from);

    JsonWriter& json_;
    const DomainResult& result_;
    std::string text_;
};

/// Writes the fewest prefixes of ranges, which come in the order of the result's pieces, that they are made
/// of.
class RangeWriter {
  public:
    RangeWriter(JsonWriter& json, const DomainResult& result)
        : writer_(json, result), pieces_(result.pieces), first_(pieces_.begin()) {}

    void write(net::Family family, const net::Range& range);

  private:
    void write(const net::Prefix& prefix);

    PrefixWriter writer_;
    const std::vector<Piece>& pieces_;
    std::vector<Piece>::const_iterator first_; ///< those before lie before all that is still to come
    std::vector<std::uint32_t> from_;
};

} // namespace spfwalk::emit
