// Random zones full of what publishers and attackers do to SPF records, for the property tests.
#pragma once

#include "support/naive_zone.h"

#include <cstdint>
#include <string>
#include <vector>

namespace naive {

enum class Flavour {
    decidable, ///< nothing that depends on the client's name, the mailbox or HELO: no ptr, %{i}, %{p}, %{s},
               ///< %{l}, %{h}
    dynamic,   ///< with all of those
    faulty,    ///< decidable, with questions that give SERVFAIL
    dynamic_faulty, ///< both
};

/// A zone and an identity to check in it.
struct Sample {
    Zone zone;
    std::string domain;
    std::string sender;
    std::string helo;
    /// Some record of the zone holds ptr, %{i} or %{p}: the pass-set may not be decidable.
    bool address_dependent_macros = false;
    /// Some record holds %{s}, %{l} or %{h}: decidable only with the sender and HELO above.
    bool identity_macros = false;
};

/// The same seed and flavour always give the same sample (of one compiler). Failing questions are
/// never about the target of an alias, PTR sets are sorted, and no TXT set holds a text twice, so that what
/// DNS leaves open does not matter.
Sample random_sample(std::uint64_t seed, Flavour flavour);

/// Addresses where the result may change: those of the zone's terms, hosts and reverse names, the first and
/// last of every prefix they may stand for and their neighbours, the ends of both families, the outer edges
/// of
/// ::ffff:0:0/96 (never its inside) and some random ones. Without duplicates, sorted, at most 300.
std::vector<std::string> probe_addresses(const Sample& sample, std::uint64_t seed);

} // namespace naive
