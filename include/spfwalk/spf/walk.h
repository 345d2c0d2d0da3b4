// A domain on its way to its report, and many of them side by side.
#pragma once

#include "spfwalk/dns/answer_store.h"
#include "spfwalk/dns/question_map.h"
#include "spfwalk/spf/evaluate.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace spfwalk::spf {

/// What every walk of a run has in common.
struct WalkOptions {
    Rules rules;

    /// How many questions a walk may ask in its life that only matter if an answer still missing lets an
    /// address get there. The first limit is for questions whose answers lead to more of them (TXT, MX, PTR),
    /// the second for those that lead nowhere (A, AAAA). Records in use stay below; zones made to fan out
    /// lose time, not correctness. (For all other questions see Rules::uses_per_lookup.)
    std::size_t speculative_branches = 64;
    std::size_t speculative_leaves = 256;

    /// Walks in progress at once. They hold their answers, so this bounds memory.
    std::size_t open_walks = 4096;

    /// Called whenever answers are waited for, if set.
    std::function<void()> on_turn;
    /// Whether the next request is at hand, if set. While it is not, open walks go on, and it is asked again
    /// each turn; with no walk open the next request is waited for.
    std::function<bool()> is_ready;
    /// Whether to stop now and forget the open walks, if set.
    std::function<bool()> is_stopped;
};

/// What one walk is to find out: inquiries about one domain, of one family each.
struct Request {
    std::vector<Inquiry> inquiries; ///< at least one

    /// About all addresses of each family, for any sender and HELO that are not given. `share_regions`: see
    /// Inquiry.
    static Request about(const std::string& domain,
                         std::span<const net::Family> families = net::both_families,
                         const std::optional<std::string>& sender = {},
                         const std::optional<std::string>& helo = {}, bool share_regions = false);
};

/// How a domain came out.
enum class Standing : std::uint8_t {
    ok,        ///< an exact answer, even an empty one
    none,      ///< no SPF record
    permerror, ///< broken: some addresses get permerror; what still passes is told
    temperror, ///< DNS did not answer something that matters for some address
};

/// "ok", "none", "permerror", "temperror".
std::string_view to_text(Standing standing);

/// All that is known of a domain.
struct Report {
    std::size_t index = 0;         ///< which request of the run, from 0
    std::string domain;            ///< ASCII, as asked
    std::vector<Verdict> verdicts; ///< one for each inquiry of the request, in that order
    /// When DNS had said it all, in seconds since the epoch, if whoever walks knows and notes it.
    std::optional<std::int64_t> time;

    Standing standing() const;
    /// The verdict about a family, or null if it was not asked for.
    const Verdict* verdict(net::Family family) const;
    /// Seconds: the smallest TTL of all answers used.
    std::optional<std::uint32_t> ttl() const;
};

/// One domain's walk: which questions next?
class Walk {
  public:
    /// `store`: where to look for answers that this walk was not told. `partitions`: what walks by the same
    /// rules share. Both, if given, must outlive the walk.
    Walk(std::size_t index, Request request, const WalkOptions& options, dns::AnswerStore* store = nullptr,
         Partitions* partitions = nullptr);

    /// Evaluates with what is known, as far as that may lead on, and returns the questions to ask now, each
    /// only once in a walk's life. Empty: the walk is done, or waits for answers.
    std::vector<dns::Question> step();
    /// Takes an answer to a question that step() returned.
    void deliver(const dns::Question& question, dns::AnswerPtr answer);

    bool done() const { return report_.verdicts.size() == request_.inquiries.size(); }
    /// The report of a walk that is done; call once.
    Report take_report() { return std::move(report_); }
    /// Once the walk is done: tells the store of the answers that nobody else is likely to need, those about
    /// the domain and names below it. A list names each domain once, and few of them are included by others.
    /// But of a walk for a client or an audit none.
    void set_own_aside() const;

  private:
    /// What the walk was told or has read in the store: an answer it has used stays the same to the end.
    class Known final : public Evidence {
      public:
        const dns::Answer* find(const dns::Question& question) const override;
        mutable dns::QuestionMap<dns::AnswerPtr> answers;
        dns::AnswerStore* store = nullptr; ///< where to look for more
    };
    /// How far an inquiry has come.
    struct Progress {
        std::optional<Verdict> verdict;
        std::vector<dns::Question> awaited; ///< what has been asked that it surely needs
        bool is_due = true;                 ///< whether to evaluate it again
    };
    /// Whether the speculative question may be asked; counts it.
    bool may_speculate(const dns::Question& question);

    const WalkOptions* options_;
    Partitions* partitions_;
    Request request_;
    Report report_;
    std::vector<Progress> progress_; ///< of each inquiry
    Known known_;
    dns::QuestionMap<std::monostate> asked_;
    bool is_begun_ = false;
    std::size_t branches_ = 0;
    std::size_t leaves_ = 0;
};

/// Runs walks until there are no more domains.
class Walker {
  public:
    /// The next request, or nothing at the end.
    using Source = std::function<std::optional<Request>()>;
    /// Gets each report once, in the order in which walks are done.
    using Sink = std::function<void(Report)>;

    /// The store must outlive the walker.
    Walker(dns::AnswerStore& store, WalkOptions options) : store_(store), options_(std::move(options)) {}

    /// Until `next` has no more and all walks are done, or WalkOptions::is_stopped says so. Both are called
    /// from inside, and what they throw comes out of it.
    void run(const Source& next, const Sink& done);

  private:
    /// Steps a walk until it waits, or is done and reported; true if so.
    bool advance(dns::Waiter waiter, Walk& walk, const Sink& done);

    dns::AnswerStore& store_;
    WalkOptions options_;
    Partitions partitions_;
};

} // namespace spfwalk::spf
