// What the targets have in common that evaluate over a DNS made of bytes.
#pragma once

#include "fuzz/graph.h"

#include "spfwalk/spf/evaluate.h"

#include <cstdint>
#include <optional>
#include <string>

namespace spfwalk::fuzz {

/// How and about what to ask: the seven octets in front of a DNS (graph.h).
struct Setting {
    explicit Setting(Input& input) {
        const std::uint8_t flags = input.octet();
        if ((flags & 1) != 0) rules.grammar = spf::Grammar::lenient;
        if ((flags & 2) != 0) rules.mx_order = spf::MxOrder::sequential;
        if ((flags & 4) != 0) rules.void_limit = std::nullopt;
        if ((flags & 8) != 0) sender = "b@a.x";
        if ((flags & 16) != 0) helo = "c.x";
        const std::uint8_t limits = input.octet();
        rules.lookup_limit = 10 - limits % 16; // often the RFC's
        if (rules.lookup_limit < 0) rules.lookup_limit += 16;
        if (rules.void_limit) rules.void_limit = 2 - (limits >> 4) % 3;
        if ((limits & 0x80) != 0) rules.mx_limit = 3;
        constexpr std::uint64_t work[] = {4'000, 1'000, 300};
        const std::uint8_t more = input.octet();
        rules.work_limit = work[more % 3];
        domain = name_text(more / 8U);
        otherwise = input.octet();
        seed = input.octet();
        format = input.octet();
        style = input.octet();
    }

    spf::Inquiry inquiry(net::Family family, std::optional<net::Address> client = {}) const {
        return {.domain = domain, .family = family, .client = client, .sender = sender, .helo = helo};
    }

    spf::Rules rules;
    std::string domain;
    std::optional<std::string> sender;
    std::optional<std::string> helo;
    std::uint8_t otherwise = 0;
    std::uint8_t seed = 0;
    std::uint8_t format = 0;
    std::uint8_t style = 0;
};

} // namespace spfwalk::fuzz
