#include "spfwalk/cli/collector.h"

#include "spfwalk/ascii.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

emit::Detail detail_of(const WalkCommand& command) {
    if (command.custom) return command.custom->per_domain() ? emit::Detail::sources : command.style.detail();
    if (command.diff) return emit::Detail::sources;
    return std::max(command.style.detail(), command.format->detail);
}

} // namespace

Collector::Collector(const WalkCommand& command, Voice& voice, policy::State* state, policy::Timestamp now)
    : command_(command),
      voice_(voice),
      last_good_(command, state, now),
      list_(command.certainty, detail_of(command)) {}

void Collector::include(const spf::Report& report, Said& said) {
    const spf::Standing standing = report.standing();
    if (standing != spf::Standing::temperror) {
        if (list_.add(report) || standing == spf::Standing::ok) useful_ = true;
        last_good_.remember(report);
        if (standing == spf::Standing::none) return;
        said.stats.good_age = 0;
        if (command_.publish_format != nullptr) publish(report, said);
        return;
    }
    const auto not_fatal = [&] {
        for (Remark& remark : said.remarks)
            remark.weight = std::min(remark.weight, Weight::warning);
    };
    said.stats.good_age = last_good_.age(report.domain);
    if (const auto last = last_good_.stand_in(report.domain)) {
        list_.add_stale(report, last->addresses, last->age);
        // Whether nobody passed or the record was broken is not known any more, and an empty list needs
        // proof.
        useful_ = useful_ || !last->addresses.empty();
        not_fatal();
        said.remarks.push_back(stand_in_remark(report.domain, last->age));
        return;
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
    if (report.standing() == spf::Standing::permerror && chosen(report, command_.certainty).empty()) {
        unpublishable_ = true;
        said.remarks.push_back(
            {Weight::error,
             fmt::format("{}: cannot be published: its record is broken, and nobody passes", report.domain)});
        return;
    }
    auto published = emit::publish(report, command_.rules, command_.publishing);
    if (!published) {
        unpublishable_ = true;
        said.remarks.push_back(
            {Weight::error, fmt::format("{}: cannot be published: {}", report.domain, published.error())});
        return;
    }
    for (const std::string& path : published->left_out)
        said.remarks.push_back(
            {Weight::warning, fmt::format("{}: {}: left out of the records to publish, which pass only for "
                                          "what passes whatever it matches",
                                          report.domain, path)});
    if (published->oversized)
        said.remarks.push_back(
            {Weight::warning,
             fmt::format("{}: the other TXT records of this name leave no room: its answer has {} octets",
                         report.domain, published->records.front().octets)});
    said.figures += fmt::format(", published in {} records, lookups {}/10", published->records.size(),
                                published->lookups);
    published_.emplace(report.index, std::move(*published));
}

void Collector::settle_published() {
    std::map<std::string, const emit::Published*> owners; // by a record's name
    for (auto next = published_.begin(); next != published_.end();) {
        const auto here = next++;
        const emit::Published& own = here->second;
        const auto same = owners.find(own.domain);
        if (same != owners.end() && same->second->domain == own.domain) {
            published_.erase(here);
            continue;
        }
        for (const emit::PublishedRecord& record : own.records) {
            const auto [owner, is_free] = owners.try_emplace(lowercased(record.name), &own);
            if (is_free) continue;
            unpublishable_ = true;
            voice_.error(fmt::format("{}: cannot be published: {} is to be a record of {}, too", own.domain,
                                     record.name, owner->second->domain));
        }
    }
}

std::vector<emit::Published> Collector::take_published() {
    std::vector<emit::Published> result;
    for (auto& [index, published] : published_)
        result.push_back(std::move(published));
    return result;
}

void Collector::add(const spf::Report& report) {
    ++done_;
    Said said;
    said.remarks = remarks(report, command_.certainty, command_.guards);
    if (command_.verbosity == Verbosity::verbose)
        said.figures = summary(report, command_.rules, command_.certainty);
    said.stats.domain = report.domain;
    said.stats.status = to_text(report.standing());
    ++statuses_[said.stats.status];
    said.stats.ttl = report.ttl();
    if (command_.stats) {
        for (const spf::Verdict& verdict : report.verdicts) {
            const bool is_ipv4 = verdict.family == net::Family::ipv4;
            (is_ipv4 ? said.stats.ipv4_prefixes : said.stats.ipv6_prefixes) =
                spf::for_output(verdict.family, chosen(verdict, command_.certainty)).prefix_count();
        }
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
