// What a report makes us say on standard error.
#pragma once

#include "spfwalk/emit/list.h"
#include "spfwalk/policy/guard.h"
#include "spfwalk/spf/walk.h"

#include <string>
#include <vector>

namespace spfwalk::cli {

enum class Weight : std::uint8_t {
    note,    ///< only for those who asked for more
    warning, ///< about a domain; fails a strict run
    error,   ///< the run fails because of it
};

struct Remark {
    Weight weight = Weight::warning;
    std::string text; ///< one printable line, the domain first
};

/// Everything worth saying about a domain whose list is as `certainty` has it. What both families have in
/// common is said once.
std::vector<Remark> remarks(const spf::Report& report, emit::Certainty certainty,
                            const policy::Guards& guards = {});

/// One line of figures: standing, prefixes of each family, lookups, TTL.
std::string summary(const spf::Report& report, const spf::Rules& rules, emit::Certainty certainty);

} // namespace spfwalk::cli
