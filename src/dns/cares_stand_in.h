// Names that c-ares does not send.
//
// Macros put any octets into names (RFC 7208 §7.3, RFC 2181 §11), but newer versions of c-ares send only
// letters, digits and "-", "_", "/", "*", and none can be told of a zero octet. So for other names c-ares is
// given a *stand-in*, a name of the same length, and never sees the one that is meant: it is put into queries
// on their way out, and the stand-in into receipts on their way in.
#pragma once

#include "spfwalk/dns/name.h"

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

namespace spfwalk::dns::cares {

/// The name as ares_query() reads it, or its stand-in.
std::string query_text(const Name& name);
/// Whether query_text() is that of a stand-in.
bool needs_stand_in(const Name& name);

/// The queries of a channel under other names.
class StandIns {
  public:
    using Key = const void*;

    /// A query for `name`, which needs a stand-in, is about to be given to c-ares. `key` is its own until
    /// forget().
    void expect(Key key, const Name& name);
    /// c-ares has ended the query. Any key may be forgotten.
    void forget(Key key);

    /// Puts the name that is meant into a query on its way out.
    void reveal(std::span<std::uint8_t> query);
    /// Puts the stand-in into a receipt on its way in. False if the receipt has the id of a query for another
    /// name: then c-ares must not see it.
    bool disguise(std::span<std::uint8_t> receipt) const;

  private:
    struct Query {
        std::string stand_in; ///< as in a message
        std::string meant;
        std::uint16_t id = 0; ///< once it was seen on its way out
        bool is_out = false;
    };

    std::unordered_map<Key, Query> queries_;
    std::deque<Key> waiting_; ///< not seen on their way out yet, in the order of expect()
    std::unordered_map<std::uint16_t, Key> out_;
};

} // namespace spfwalk::dns::cares
