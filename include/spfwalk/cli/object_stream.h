// The objects of a run (ndjson), written as soon as they are made.
#pragma once

#include "spfwalk/cli/last_good.h"
#include "spfwalk/cli/options.h"
#include "spfwalk/cli/terminal.h"
#include "spfwalk/cli/voice.h"
#include "spfwalk/emit/domain.h"
#include "spfwalk/policy/special.h"
#include "spfwalk/policy/stats.h"

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace spfwalk::cli {

/// Takes reports in any order. Writes them in that order, or with `--ordered` in that of the input. What is
/// said about a domain is said when its object is written.
class ObjectStream {
  public:
    /// `style` has what is the same in all objects.
    ObjectStream(const WalkCommand& command, emit::Style style, Terminal& terminal, Voice& voice,
                 LastGood& last_good);

    void add(const spf::Report& report);
    /// For what is no domain. `opened`: how many walks were opened before it was read.
    void add_invalid(const emit::DomainResult& result, std::string warning, std::size_t opened);

    /// Whether so much waits for its turn that no more walks should be opened.
    bool is_full() const { return waiting_octets_ >= most_waiting; }
    /// Writes what is due. What cannot be written is lost, and failure() says why.
    void flush();
    /// Why nothing more can be written, if so.
    const std::optional<std::string>& failure() const { return failure_; }

    std::size_t done() const { return done_; }
    const policy::Statuses& statuses() const { return statuses_; }
    std::uint64_t prefixes(net::Family family) const { return prefixes_[static_cast<std::size_t>(family)]; }
    std::optional<std::uint32_t> ttl() const { return ttl_; }
    bool warned() const { return warned_; }
    /// The blocks of special-purpose addresses that domains had addresses in, in the order of their table.
    std::vector<const policy::SpecialBlock*> special() const { return {special_.begin(), special_.end()}; }

  private:
    struct Said {
        std::vector<Remark> remarks;
        std::string figures;
        std::string text;
    };
    static constexpr std::size_t most_waiting = std::size_t{32} << 20; ///< octets
    static constexpr std::size_t write_at = 65'536;

    emit::DomainResult result_of(const spf::Report& report, std::vector<Remark>& remarks);
    void count(const emit::DomainResult& result);
    void say(const Said& said);
    void flush_if_due();
    void say_what_is_next();

    const WalkCommand& command_;
    emit::Style style_;
    Terminal& terminal_;
    Voice& voice_;
    LastGood& last_good_;
    std::string output_;
    std::optional<std::string> failure_;

    std::map<std::size_t, Said> waiting_;              ///< with `--ordered`: by number of the walk
    std::deque<std::pair<std::size_t, Said>> invalid_; ///< and what stands before that walk
    std::size_t waiting_octets_ = 0;
    std::size_t next_ = 0; ///< the walk whose turn it is

    std::size_t done_ = 0;
    policy::Statuses statuses_;
    std::uint64_t prefixes_[2] = {0, 0};
    std::optional<std::uint32_t> ttl_;
    bool warned_ = false;
    std::set<const policy::SpecialBlock*> special_;
};

} // namespace spfwalk::cli
