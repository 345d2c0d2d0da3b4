#include "dns/cares_wire.h"

#include "spfwalk/dns/message.h"

#include <algorithm>

namespace spfwalk::dns::cares {

namespace {

/// Where the name at `at` ends: behind its root label or its pointer. Nothing if it does not end in
/// `message`.
std::optional<std::size_t> skip_name(std::span<const std::uint8_t> message, std::size_t at, bool pointers) {
    const std::size_t begin = at;
    while (at < message.size() && at - begin < max_name_octets) {
        const std::size_t length = message[at];
        if (length == 0) return at + 1;
        if (length > max_label_octets)
            return pointers && length >= 0xc0 && at + 2 <= message.size() ? std::optional(at + 2)
                                                                          : std::nullopt;
        at += length + 1;
    }
    return std::nullopt;
}

} // namespace

void append_opt(std::vector<std::uint8_t>& query) {
    constexpr std::uint8_t opt[opt_octets] = {0, 0, 41, edns_udp_octets >> 8, edns_udp_octets & 0xff, 0, 0, 0,
                                              0, 0, 0};
    constexpr std::size_t arcount = 11; // its lower octet
    if (query.size() < header_octets) return;
    query.insert(query.end(), std::begin(opt), std::end(opt));
    ++query[arcount];
}

bool append_receipt(std::span<const std::uint8_t> reply, std::uint32_t number,
                    std::vector<std::uint8_t>& out) {
    if (reply.size() < header_octets) return false;
    const bool is_reply = (reply[2] & 0x80) != 0;
    const bool one_question = reply[4] == 0 && reply[5] == 1;
    if (!is_reply || !one_question) return false;
    const auto name_end = skip_name(reply, header_octets, false);
    if (!name_end || reply.size() - *name_end < 4) return false;

    // QR, RD, RA and an RCODE that is neither success, from which c-ares 1.32 and later learn how long to
    // wait, nor one that it acts on: 9, NOTAUTH.
    const std::uint8_t header[header_octets] = {reply[0], reply[1], 0x81, 0x89, 0, 1, 0, 1, 0, 0, 0, 0};
    const std::uint8_t record[receipt_record_octets] = {0xc0,
                                                        header_octets, // the question's name
                                                        0,
                                                        1, // type A
                                                        0,
                                                        1, // class IN
                                                        0,
                                                        0,
                                                        0,
                                                        0, // TTL
                                                        0,
                                                        4,
                                                        static_cast<std::uint8_t>(number >> 24),
                                                        static_cast<std::uint8_t>(number >> 16),
                                                        static_cast<std::uint8_t>(number >> 8),
                                                        static_cast<std::uint8_t>(number)};
    out.insert(out.end(), std::begin(header), std::end(header));
    out.insert(out.end(), reply.begin() + header_octets,
               reply.begin() + static_cast<std::ptrdiff_t>(*name_end + 4));
    out.insert(out.end(), std::begin(record), std::end(record));
    return true;
}

std::optional<std::uint32_t> receipt_number(std::span<const std::uint8_t> receipt) {
    const auto question = skip_name(receipt, header_octets, false);
    if (!question) return std::nullopt;
    const auto owner = skip_name(receipt, *question + 4, true);
    if (!owner) return std::nullopt;
    const std::size_t data = *owner + 10; // behind type, class, TTL, RDLENGTH
    if (receipt.size() < data + 4) return std::nullopt;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i)
        number = number << 8 | receipt[data + i];
    return number;
}

} // namespace spfwalk::dns::cares
