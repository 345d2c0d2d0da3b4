// The last good list of each domain (`--state`), as a run uses it and renews it.
#pragma once

#include "spfwalk/cli/options.h"
#include "spfwalk/cli/remarks.h"
#include "spfwalk/policy/state.h"

#include <optional>
#include <string>

namespace spfwalk::cli {

class LastGood {
  public:
    /// `state` is null without `--state`; then nothing is known and nothing kept.
    LastGood(const WalkCommand& command, policy::State* state, policy::Timestamp now);

    /// Notes the answer of this run, unless DNS did not give one.
    void remember(const spf::Report& report);

    struct StandIn {
        const emit::Addresses& addresses;
        std::int64_t age; ///< seconds
    };
    /// What may stand in for a domain that DNS did not answer for.
    std::optional<StandIn> stand_in(const std::string& domain) const;
    /// Seconds since the domain's last good answer, usable or not.
    std::optional<std::int64_t> age(const std::string& domain) const;

  private:
    const WalkCommand& command_;
    policy::State* state_;
    policy::Timestamp now_;
    std::string conditions_;
};

/// What is said when a last good list is used.
Remark stand_in_remark(const std::string& domain, std::int64_t age);

} // namespace spfwalk::cli
