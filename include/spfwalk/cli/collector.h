// Reports become a list, messages and figures.
#pragma once

#include "spfwalk/cli/last_good.h"
#include "spfwalk/cli/options.h"
#include "spfwalk/cli/voice.h"
#include "spfwalk/policy/state.h"
#include "spfwalk/policy/stats.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace spfwalk::cli {

/// Takes reports in any order and speaks of them in the order of the input.
class Collector {
  public:
    /// `state` holds the last good answers and takes the new ones; null without `--state`.
    Collector(const WalkCommand& command, Voice& voice, policy::State* state, policy::Timestamp now);

    void add(const spf::Report& report);
    /// Once all reports have been added: a domain that came twice is published once, and what is said about
    /// one name has to be the record of one domain.
    void settle_published();

    std::size_t done() const { return done_; }
    /// Why the run has no result, or nothing.
    std::optional<std::string> failure() const;
    /// What `--regions` prints.
    std::string take_regions() { return std::move(regions_); }
    /// What the list remembers.
    emit::Detail detail() const { return list_.detail(); }
    /// The union of what the domains contribute; call once.
    emit::List finish() { return list_.finish(); }
    /// The records to publish, in input order; empty unless the command asks for them. Call once.
    std::vector<emit::Published> take_published();
    const policy::Statuses& statuses() const { return statuses_; }
    /// A line of figures for each domain, in input order.
    std::vector<policy::DomainStats> take_stats() { return std::move(stats_); }

  private:
    struct Said {
        std::vector<Remark> remarks;
        std::string figures;
        std::string regions;
        policy::DomainStats stats;
    };
    /// Adds the report to the list as its standing and the command have it. Notes what is to be said of that.
    void include(const spf::Report& report, Said& said);
    /// Makes the records to publish and notes what is to be said of them.
    void publish(const spf::Report& report, Said& said);
    void speak(Said said);

    const WalkCommand& command_;
    Voice& voice_;
    LastGood last_good_;
    emit::ListBuilder list_;
    std::map<std::size_t, Said> waiting_;
    std::size_t spoken_ = 0;
    std::size_t done_ = 0;
    std::string regions_;
    std::map<std::size_t, emit::Published> published_; ///< by index of the report
    policy::Statuses statuses_;
    std::vector<policy::DomainStats> stats_;
    bool useful_ = false;
    bool failed_ = false;
    bool unpublishable_ = false;
    bool warned_ = false;
};

} // namespace spfwalk::cli
