#include "spfwalk/cli/collector.h"

#include "spfwalk/escape.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

emit::Detail detail(const WalkCommand& command) {
    if (command.custom) return command.custom->per_domain() ? emit::Detail::sources : command.style.detail();
    if (command.diff) return emit::Detail::sources;
    return std::max(command.style.detail(), command.format->detail);
}

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

emit::Addresses addresses_of(const spf::Report& report, emit::Certainty certainty) {
    emit::Addresses result;
    for (const spf::Verdict& verdict : report.verdicts)
        (verdict.family == net::Family::ipv4 ? result.ipv4 : result.ipv6) = chosen(verdict, certainty);
    return result;
}

} // namespace

Collector::Collector(const WalkCommand& command, Voice& voice, policy::State* state, policy::Timestamp now)
    : command_(command),
      voice_(voice),
      state_(state),
      now_(now),
      conditions_(conditions(command)),
      list_(command.certainty, detail(command)) {}

void Collector::include(const spf::Report& report, Said& said) {
    const spf::Standing standing = report.standing();
    if (standing != spf::Standing::temperror) {
        if (list_.add(report) || standing == spf::Standing::ok) useful_ = true;
        if (state_ != nullptr) remember(report);
        if (standing == spf::Standing::none) return;
        said.stats.good_age = 0;
        if (command_.publish_format != nullptr) publish(report, said);
        return;
    }
    const auto not_fatal = [&] {
        for (Remark& remark : said.remarks)
            remark.weight = std::min(remark.weight, Weight::warning);
    };
    if (state_ != nullptr) {
        const auto known = state_->domains.find(report.domain);
        if (known != state_->domains.end())
            said.stats.good_age = std::max<std::int64_t>(now_ - known->second.time, 0);
        if (const auto* last = state_->usable(report.domain, conditions_, now_, command_.max_stale.count())) {
            const std::int64_t age = std::max<std::int64_t>(now_ - last->time, 0);
            list_.add_stale(report, last->addresses, age);
            useful_ = true;
            not_fatal();
            said.remarks.push_back(
                {Weight::warning,
                 fmt::format("{}: DNS did not answer, so the last good list of {} ago is used", report.domain,
                             age_text(age))});
            return;
        }
    }
    // To a stream of objects every outcome is data.
    const bool data = !command_.custom && command_.format->every_outcome_is_data;
    if (!command_.partial && !data) {
        failed_ = true;
        return;
    }
    not_fatal();
    useful_ = list_.add(report) || data || useful_;
    if (command_.partial)
        said.remarks.push_back(
            {Weight::warning,
             fmt::format("{}: DNS did not answer, so only what is proven is kept", report.domain)});
}

void Collector::publish(const spf::Report& report, Said& said) {
    auto published = emit::publish(report, command_.rules, command_.publishing);
    if (!published) {
        unpublishable_ = true;
        said.remarks.push_back(
            {Weight::error, fmt::format("{}: cannot be published: {}", report.domain, published.error())});
        return;
    }
    for (const std::string& path : published->left_out)
        said.remarks.push_back(
            {Weight::warning, fmt::format("{}: {}: no place for it in the records to publish, which pass "
                                          "only for what passes without it",
                                          report.domain, path)});
    if (published->oversized)
        said.remarks.push_back(
            {Weight::warning,
             fmt::format("{}: the other TXT records of this name leave no room: its answer has {} octets",
                         report.domain, published->records.front().octets)});
    published_.emplace(report.index, std::move(*published));
}

std::vector<emit::Published> Collector::take_published() {
    std::vector<emit::Published> result;
    for (auto& [index, published] : published_)
        result.push_back(std::move(published));
    return result;
}

void Collector::remember(const spf::Report& report) {
    if (report.standing() == spf::Standing::none)
        state_->domains.erase(report.domain);
    else
        state_->domains[report.domain] = {now_, addresses_of(report, command_.certainty), conditions_};
}

void Collector::add(const spf::Report& report) {
    ++done_;
    Said said;
    said.remarks = remarks(report, command_.certainty, command_.guards);
    said.figures = summary(report, command_.rules, command_.certainty);
    said.stats.domain = report.domain;
    said.stats.status = to_text(report.standing());
    said.stats.ttl = report.ttl();
    if (command_.stats) {
        const emit::Addresses addresses = addresses_of(report, command_.certainty);
        addresses.ipv4.each_prefix(net::Family::ipv4,
                                   [&](const net::Prefix&) { ++said.stats.ipv4_prefixes; });
        addresses.ipv6.each_prefix(net::Family::ipv6,
                                   [&](const net::Prefix&) { ++said.stats.ipv6_prefixes; });
    }
    include(report, said);
    if (command_.regions) said.regions = emit::print_regions(report);
    warned_ = warned_ || std::ranges::any_of(said.remarks, [](const Remark& remark) {
                  return remark.weight >= Weight::warning;
              });
    waiting_.emplace(report.index, std::move(said));
    for (auto next = waiting_.find(spoken_); next != waiting_.end(); next = waiting_.find(++spoken_)) {
        speak(std::move(next->second));
        waiting_.erase(next);
    }
}

void Collector::speak(Said said) {
    for (const Remark& remark : said.remarks)
        voice_.remark(remark);
    voice_.figures(said.figures);
    regions_ += said.regions;
    if (command_.stats) stats_.push_back(std::move(said.stats));
}

std::optional<std::string> Collector::failure() const {
    if (failed_) return "DNS did not answer everything that matters";
    if (unpublishable_) return "there are no records that say the same";
    const bool data = !command_.custom && command_.format->every_outcome_is_data;
    if (!useful_ && !data) return "no domain contributes anything";
    if (command_.strict && warned_) return "there were warnings, and --strict was given";
    return std::nullopt;
}

} // namespace spfwalk::cli
