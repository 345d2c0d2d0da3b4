// Splitting a plan into records of a limited size.
#pragma once

#include "publish_plan.h"

namespace spfwalk::emit {

/// The records of a plan: everything in the domain's own record if it fits, else the largest groups in
/// sub-records _spf1.UNDER, _spf2.UNDER, …, which the own record includes, or which include each other
/// where it has no room for that. `beside` is what the domain's other TXT records add to an answer. The error
/// says why that cannot be done.
Expected<Published, std::string> pack(const Plan& plan, const std::string& domain, std::size_t beside,
                                      const PublishOptions& options);

} // namespace spfwalk::emit
