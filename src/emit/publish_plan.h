// What a published record has to say, before it is known how it is split.
#pragma once

#include "spfwalk/emit/publish.h"
#include "spfwalk/net/prefix.h"
#include "spfwalk/spf/record.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace spfwalk::emit {

/// Addresses that get one result, unless an earlier item has matched them.
struct PlanGroup {
    spf::Qualifier qualifier = spf::Qualifier::pass;
    std::vector<net::Prefix> prefixes; ///< IPv4 first; not empty
};

/// A term of the original, with its qualifier.
struct PlanTerm {
    std::string text;
};

struct Plan {
    std::vector<std::variant<PlanGroup, PlanTerm>> items; ///< in order
    std::string ending;                                   ///< "-all", "redirect=…" or nothing
};

/// The sure pass-set by itself.
Plan sure_plan(const spf::Report& report, Ending ending);

/// The pass-set with the terms that no list can decide, where they stand among its addresses. Nothing if one
/// of them has no place in the domain's own record: its match may only decide something if it decides the
/// result. Whether the order of terms allows it must still be checked, with same_way().
std::optional<Plan> keeping_plan(const spf::Report& report, Ending ending);

/// Whether each address comes to the same terms that no list can decide, in the same order and with the same
/// results if they match, in both verdicts (of one family); and passes or not if none of them matches. Then
/// it passes in both or in neither, whatever these terms match. Mishaps behind them are not compared.
bool same_way(const spf::Verdict& original, const spf::Verdict& published);

} // namespace spfwalk::emit
