// Everything that is known of a domain as plain values: what JSON says and state files keep.
#pragma once

#include "spfwalk/emit/list.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spfwalk::emit {

/// A finding in words.
struct FindingText {
    std::string code;                ///< spf::to_text(Code): "lookup-limit"
    std::string text;                ///< one printable line without the domain
    std::optional<net::Family> only; ///< if it holds for one of the families asked for
};

struct DomainResult {
    std::size_t index = 0;             ///< which input, from 0
    std::string domain;                ///< ASCII
    std::string status;                ///< "ok", "none", "permerror", "temperror"
    bool exact = true;                 ///< false: undecidable terms matter (sure differs from possible)
    std::optional<std::string> record; ///< the SPF record as published, raw octets
    int lookups = 0;                   ///< §4.6.4
    int voids = 0;
    std::optional<std::uint32_t> ttl; ///< seconds, the smallest of all answers used
    Addresses addresses;              ///< what the domain contributes
    std::vector<Source> sources;      ///< where from (Source::domain unused)
    std::vector<FindingText> findings;
    /// Set if `addresses` are not of this run but the last good ones: seconds since they were good.
    std::optional<std::int64_t> stale;
};

/// From a report. `addresses` are those of `certainty`, fit to be printed (spf/universe.h).
DomainResult domain_result(const spf::Report& report, Certainty certainty);

} // namespace spfwalk::emit
