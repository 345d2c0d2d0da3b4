#include "spfwalk/cli/last_good.h"

#include "spfwalk/escape.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

/// What decides an answer beside DNS: a last good one must not stand in for an answer to something else.
std::string conditions(const WalkCommand& command) {
    std::string text;
    for (const net::Family family : command.families)
        text += family == net::Family::ipv4 ? '4' : '6';
    text += command.certainty == emit::Certainty::sure ? " sure" : " possible";
    text += command.rules.grammar == spf::Grammar::strict ? " strict" : " lenient";
    text += command.rules.mx_order == spf::MxOrder::eager ? " eager" : " sequential";
    text += fmt::format(" lookups {} voids {}", command.rules.lookup_limit,
                        command.rules.void_limit ? std::to_string(*command.rules.void_limit) : "none");
    if (command.sender) text += " sender " + escape(*command.sender);
    if (command.helo) text += " helo " + escape(*command.helo);
    return text.substr(0, 4096);
}

std::string age_text(std::int64_t seconds) {
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 2 * 3600) return fmt::format("{} min", seconds / 60);
    if (seconds < 2 * 86400) return fmt::format("{} h", seconds / 3600);
    return fmt::format("{} d", seconds / 86400);
}

} // namespace

LastGood::LastGood(const WalkCommand& command, policy::State* state, policy::Timestamp now)
    : command_(command), state_(state), now_(now), conditions_(conditions(command)) {}

void LastGood::remember(const spf::Report& report) {
    if (state_ == nullptr) return;
    switch (report.standing()) {
    case spf::Standing::temperror:
        return;
    case spf::Standing::none:
        state_->domains.erase(report.domain);
        return;
    case spf::Standing::ok:
    case spf::Standing::permerror:
        state_->domains[report.domain] = {now_, chosen(report, command_.certainty), conditions_};
    }
}

std::optional<LastGood::StandIn> LastGood::stand_in(const std::string& domain) const {
    if (state_ == nullptr) return std::nullopt;
    const auto* last = state_->usable(domain, conditions_, now_, command_.max_stale.count());
    if (last == nullptr) return std::nullopt;
    return StandIn{last->addresses, std::max<std::int64_t>(now_ - last->time, 0)};
}

std::optional<std::int64_t> LastGood::age(const std::string& domain) const {
    if (state_ == nullptr) return std::nullopt;
    const auto known = state_->domains.find(domain);
    if (known == state_->domains.end()) return std::nullopt;
    return std::max<std::int64_t>(now_ - known->second.time, 0);
}

Remark stand_in_remark(const std::string& domain, std::int64_t age) {
    return {Weight::warning, fmt::format("{}: DNS did not answer, so the last good list of {} ago is used",
                                         domain, age_text(age))};
}

} // namespace spfwalk::cli
