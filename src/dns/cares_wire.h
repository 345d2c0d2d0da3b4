// What c-ares gets to see of DNS messages.
//
// c-ares needs a reply only to find the query it belongs to, and it looks at the id and the question for
// that. Everything behind the question comes from strangers, so c-ares gets a *receipt* instead: the same id
// and question with one record that says under which number the real reply is kept. That way no reply,
// however broken, makes c-ares close the connection, fail other queries, turn EDNS off or learn a timeout
// from it, in any of its versions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace spfwalk::dns::cares {

/// The UDP payload size we offer (RFC 6891 §6.2.5): what fits an IPv6 packet that nobody fragments.
inline constexpr std::uint16_t edns_udp_octets = 1232;
inline constexpr std::size_t opt_octets = 11;
inline constexpr std::size_t receipt_record_octets = 16;

/// Adds an OPT record (RFC 6891 §6.1.2) to a query that has none.
void append_opt(std::vector<std::uint8_t>& query);

/// Appends the receipt for `reply` to `out`. False, and nothing appended, if it is not a reply (QR) to one
/// question that can be read without following a pointer: c-ares must not see it at all.
bool append_receipt(std::span<const std::uint8_t> reply, std::uint32_t number,
                    std::vector<std::uint8_t>& out);

/// The number on a receipt, which c-ares may have taken apart and put together again.
std::optional<std::uint32_t> receipt_number(std::span<const std::uint8_t> receipt);

} // namespace spfwalk::dns::cares
