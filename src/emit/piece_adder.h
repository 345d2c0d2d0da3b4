// How addresses get into a domain's result, with the path to where they come from.
#pragma once

#include "spfwalk/emit/domain.h"

#include <cstdint>

namespace spfwalk::emit {

/// Adds pieces of one family. Those of a site that follow each other have one path.
class PieceAdder {
  public:
    PieceAdder(DomainResult& result, net::Family family) : result_(result), family_(family) {}

    /// `append`: as for Texts::add(), called if the path is not that of the piece before.
    template <class Append>
    void add(const net::AddressSet& piece, spf::Site site, Append&& append) {
        if (piece.empty()) return;
        if (last_ != site) result_.paths.add(append);
        last_ = site;
        const auto path = static_cast<std::uint32_t>(result_.paths.size() - 1);
        for (const net::Range& range : piece.ranges())
            result_.pieces.push_back({family_, path, range});
    }
    /// The next piece gets a path of its own: another has come between, or its site is one of other visits.
    void forget_path() { last_ = nowhere; }

  private:
    static constexpr spf::Site nowhere{spf::Visit::no_parent, {}}; ///< no visit has that number

    DomainResult& result_;
    net::Family family_;
    spf::Site last_ = nowhere;
};

} // namespace spfwalk::emit
