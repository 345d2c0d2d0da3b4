// The evaluation's private parts: worlds, frames, and the class whose members evaluate.cc (records),
// mechanisms.cc (terms), questions.cc (DNS and names) and explanation.cc define.
#pragma once

#include "spfwalk/dns/question_map.h"
#include "spfwalk/spf/evaluate.h"
#include "spfwalk/spf/macro.h"

#include <array>
#include <cstddef>
#include <memory_resource>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace spfwalk::spf {

/// Void lookups are counted to here where they are not limited: enough to tell that the RFC's limit was
/// passed.
inline constexpr int void_ceiling = 3;
inline constexpr std::size_t ptr_limit = 10; // §5.5

/// Addresses that took the same path so far.
struct World {
    net::AddressSet addresses;
    /// Only those that are in this, too, are meant; null: all. Working that out is put off: mostly nothing
    /// more happens to them than to come to the "all". Some always are in it.
    std::shared_ptr<const net::AddressSet> within = nullptr;
    int lookups = 0;
    int voids = 0;
    bool speculative = false; ///< behind a missing answer
    bool unlikely = false;    ///< see Region
    int more_voids = 0;       ///< above void_ceiling, at most

    auto key() const { return std::tuple(lookups, voids, speculative, unlikely); }
    /// Other addresses on the same way, with so many lookups and void lookups more.
    World with(net::AddressSet others, int further_lookups = 0, int further_voids = 0) const {
        World world{std::move(others)};
        world.lookups = lookups + further_lookups;
        world.voids = voids + further_voids;
        world.speculative = speculative;
        world.unlikely = unlikely;
        world.more_voids = more_voids;
        return world;
    }
    /// Exactly the addresses that are meant.
    net::AddressSet& settled() {
        if (within) addresses &= *within;
        within.reset();
        return addresses;
    }
};
using Worlds = std::pmr::vector<World>;

/// Where a world ended.
struct Outcome {
    World world;
    Result result = Result::neutral;
    Site site;
    PartitionPtr shared = nullptr; ///< see Region
};
using Outcomes = std::pmr::vector<Outcome>;

/// One record being evaluated.
struct Frame {
    std::uint32_t visit;
    const dns::Name& name; ///< the <domain> (§4.1)
    const Record& record;
};

/// The name a term speaks of.
struct Target {
    enum class State : std::uint8_t { name, malformed, unmatched, pending, undecidable };
    State state = State::malformed; ///< `unmatched`: see is_for_labels()
    std::string_view text;          ///< until the next is expanded; empty if it is not of a domain-spec
    dns::Name name;                 ///< set if state is `name`
};

/// The names of a client's reverse mapping that map back to it (§5.5).
struct Validation {
    bool pending = false;
    int voids = 0;
    std::vector<dns::Name> names;
};

/// Joins worlds with equal counters, so that their number stays within the counters' range.
void merge(Worlds& worlds);

class Evaluator {
  public:
    /// `partitions`: where to find and keep what can be shared; null: nothing is.
    Evaluator(const Evidence& evidence, const Inquiry& inquiry, const Rules& rules, Partitions* partitions)
        : evidence_(evidence),
          inquiry_(inquiry),
          rules_(rules),
          partitions_(partitions),
          most_uses_((static_cast<std::uint64_t>(rules.lookup_limit) + 1) * rules.uses_per_lookup),
          address_type_(inquiry.family == net::Family::ipv4 ? dns::Type::a : dns::Type::aaaa) {}

    Evaluation run();
    /// Whether the evaluation may have come out another way because something was shared.
    bool overcharged() const { return has_shared_ && is_too_much(); }

  private:
    /// Makes the verdict's regions of where worlds ended.
    void gather_regions();

    // --- The record of one domain (§4) ---

    /// The live worlds end in it. `question`: that for the record; nothing if there can be none.
    void check_host(std::uint32_t visit, const std::optional<dns::Question>& question);
    /// Whether the record may be evaluated although it has `errors`.
    bool accept_syntax(const Frame& frame, const Publication& found);
    void evaluate_record(const Frame& frame);
    /// redirect (§6.1)
    void redirect(const Frame& frame, const Modifier& modifier);
    /// Evaluates another domain for all live worlds, which end in it.
    void visit(const Frame& frame, Extent via, std::string_view domain);

    void finish(World world, Result result, Site site) {
        if (!world.addresses.empty()) done_.push_back({std::move(world), result, site});
    }
    void finish_all(Result result, Site site) {
        for (World& world : live_)
            finish(std::move(world), result, site);
        live_.clear();
    }

    // --- Sharing (partitions.h) ---

    /// The partition that serves for the live worlds, if there is one.
    PartitionPtr partition_for(std::string_view domain);
    /// Finds the partition of a domain's record; null if there is none, or not yet, or if it takes much work.
    PartitionPtr find_partition(std::string_view domain);
    /// Evaluates a domain's record as if it were included with no lookups counted.
    void run_alone(std::string_view domain, net::AddressSet addresses);
    /// Whether run_alone() has found what holds wherever the record is included.
    bool is_context_free() const;
    /// visit(), from a partition.
    void reuse(const PartitionPtr& partition, const Frame& frame, Extent via);
    /// The same with what passes in one outcome.
    void reuse_whole(const PartitionPtr& partition, World world, Site via);
    /// Ends what is left of a part, if anything.
    void add_part(const Partition::Part& part, const World& world, bool has_all, Site site);

    // --- Mechanisms (§5) ---

    void apply(const Frame& frame, const Directive& directive, const All&, Site site);
    void apply(const Frame& frame, const Directive& directive, const Ip& ip, Site site);
    void apply(const Frame& frame, const Directive& directive, const Include& include, Site site);
    void apply(const Frame& frame, const Directive& directive, const A& a, Site site);
    void apply(const Frame& frame, const Directive& directive, const Mx& mx, Site site);
    void match_all_hosts(const Directive& directive, CidrLengths lengths, std::span<const dns::Name> hosts,
                         Site site);
    void match_hosts_in_order(const Directive& directive, CidrLengths lengths,
                              std::span<const dns::Name> hosts, Site site);
    void apply(const Frame& frame, const Directive& directive, const Exists& exists, Site site);
    void apply(const Frame& frame, const Directive& directive, const Ptr& ptr, Site site);
    /// Lenient only.
    void apply(const Frame& frame, const Directive& directive, const Malformed&, Site site);

    // --- Steps that mechanisms share ---

    /// Lenient only: goes on as if a term, or what is left of it, were not there, if that lets no more
    /// addresses pass. Otherwise nobody knows what it was meant to take away.
    void look_past(const Directive& directive, Site site);
    /// Splits each live world in two: one that matched, and the same world going on. `mishap` adds what else
    /// may happen to it.
    template <class Mishap>
    void fork(const Directive& directive, Site site, Mishap mishap) {
        verdict_.undecidable = true;
        for (World& world : live_)
            world.settled();
        const Worlds worlds = live_;
        for (const World& world : worlds) {
            work_ += 1 + world.addresses.ranges().size(); // for the copy that is kept
            finish(world, result_of(directive.qualifier), site);
            mishap(world);
        }
        merge(live_);
    }
    /// Ends each live world twice: whether a record that is not known passes, nobody can say. `mishap` adds
    /// what else may happen to it.
    template <class Mishap>
    void end_undecided(Site site, Mishap mishap) {
        verdict_.undecidable = true;
        for (const World& world : live_) {
            finish(world, Result::pass, site);
            finish(world, Result::neutral, site);
            mishap(world);
        }
        live_.clear();
    }
    static World unlikely(World world);
    /// Takes the prefixes out of the live worlds.
    void match(const Directive& directive, std::span<const net::Prefix> found, Site site);
    /// Counts a term that looks something up, before it does (§4.6.4). False if no world may go on.
    bool count_lookup(Site site);
    /// Counts queries that found nothing (§4.6.4).
    void add_voids(int count, Site site);
    bool is_too_much() const { return work_ > rules_.work_limit || uses_ > most_uses_; }
    /// Whether the evaluation has become too much; then the live worlds end here, undecided.
    bool gave_up(Site site) {
        if (!is_too_much()) return false;
        give_up(site);
        return true;
    }
    void give_up(Site site);

    // --- DNS ---

    /// The answer, or null: then the question is noted.
    const dns::Answer* ask(const dns::Question& question) { return ask(question, live_); }
    const dns::Answer* ask(const dns::Question& question, std::span<const World> worlds);
    /// ask() for a, mx and exists: what is missing or failed or void is dealt with. Null: nothing to match.
    const dns::Answer* lookup(const Directive& directive, const dns::Question& question, Site site);
    /// An answer is missing, so nobody knows whether the term matches: supposes both, to see what could be
    /// asked next either way. Where the match ends the matter, it costs nothing.
    void suppose(const Directive& directive, Site site);
    /// The same for a whole record that is not known yet.
    void suppose(Site site);
    std::vector<net::Prefix> prefixes(const dns::Answer& answer, CidrLengths lengths) const;
    /// The hosts of an MX set by preference and name, those that come twice too; the root of a null MX is
    /// none (RFC 7505).
    static std::vector<dns::Name> exchanges(const dns::Answer& answer);
    /// What a domain-spec stands for, which may not be a name that can be asked; `name` is left alone.
    Target expand_target(const Frame& frame, const MacroString& spec, Site site);
    /// The name that a domain-spec, or <domain> without one (null), stands for (§4.8).
    Target resolve(const Frame& frame, const MacroString* spec, Site site);
    /// Whether there is a name to look up. One that no question can hold (an empty label, one over 63 octets)
    /// is taken as a name that does not exist, without asking and so without a void lookup (§4.8 leaves it
    /// open).
    bool is_named(const Directive& directive, const Target& target, Site site);
    /// Whether a domain-spec has the local-part of a sender in it that is not in ASCII.
    bool has_unusable_local_part(const MacroLetters& letters) const;
    /// The macros that this inquiry cannot know, as text; empty if there are none.
    std::string undecidable_macros(const MacroLetters& letters) const;
    /// What the macros of a record stand for (§7.2), but for %{p}.
    MacroValues macro_values(std::string_view domain);
    /// Expands a macro-string with everything known, %{p} too. Nothing while that waits for an answer.
    std::optional<std::string> expand_fully(const MacroString& text, const std::string& domain,
                                            std::span<const World> worlds,
                                            std::string (*expand)(const MacroString&, const MacroValues&));
    /// Validates the client's names (§5.5): DNS errors only mean that a name does not count.
    Validation validate(std::span<const World> worlds);
    /// %{p} (§7.3): the domain itself, else a name below it, else any.
    static std::string preferred_name(const Validation& validation, const std::string& domain);

    // --- Explanation (§6.2) ---

    /// Finds the explanation of an outcome that is a fail, as far as the evidence goes.
    void explain(const Outcome& outcome);
    /// The visit whose record has the say about a fail decided at `visit`: records that were included have
    /// not.
    std::uint32_t explaining_visit(std::uint32_t visit) const;
    // --- What terms do (Inquiry::audit) ---

    /// While it lives, what is used is the term's.
    class Using {
      public:
        Using(Evaluator& evaluator, Site site) : evaluator_(evaluator), before_(evaluator.current_use_) {
            if (evaluator.inquiry_.audit) evaluator.begin_use(site);
        }
        ~Using() { evaluator_.current_use_ = before_; }
        Using(const Using&) = delete;
        Using& operator=(const Using&) = delete;

      private:
        Evaluator& evaluator_;
        std::size_t before_;
    };
    /// Makes a term the one that uses what is used.
    void begin_use(Site site);
    /// The term that is being applied; null if uses are not wanted.
    TermUse* current_use() { return inquiry_.audit ? &verdict_.uses[current_use_] : nullptr; }

    // --- Findings ---

    void find(Code code, Site site, std::string detail = {}, Extent where = {});
    /// For what worlds may come upon one after the other at the same place.
    void find_once_here(Code code, Site site, std::string detail);
    /// For what is worth saying at the first place only.
    void find_once(Code code, Site site);
    /// A domain without a record. An include of it is looked past if lenient.
    void find_missing(Code code, std::uint32_t visit, std::string detail);
    bool is_redirect(const Visit& visit) const;
    void find_failure(Site site, const dns::Question& question, const dns::Answer& answer);

    const Evidence& evidence_;
    const Inquiry& inquiry_;
    const Rules& rules_;
    Partitions* const partitions_;
    const std::uint64_t most_uses_;
    const dns::Type address_type_;
    std::string any_sender_; ///< set when it is needed first
    std::string expanded_;   ///< see Target::text
    Verdict verdict_;
    /// For the two below, mostly few: they take no memory from the heap.
    std::array<std::byte, 2048> octets_;
    std::pmr::monotonic_buffer_resource memory_{octets_.data(), octets_.size()};
    /// Those on their way through the record that is evaluated. No other has any: a term that leads to
    /// another record hands over all.
    Worlds live_{&memory_};
    /// Where worlds ended, those of a record behind those of the records that led to it.
    Outcomes done_{&memory_};
    dns::QuestionMap<bool> wanted_; ///< whether they are speculative
    std::uint64_t work_ = 0;
    std::uint64_t uses_ = 0;                ///< of answers, known or not
    std::uint64_t spent_on_partitions_ = 0; ///< work that is not this evaluation's own
    std::size_t current_use_ = 0;
    bool has_shared_ = false;
    bool is_alone_ = false;   ///< in run_alone()
    bool may_pass_ = true;    ///< what passes here is what the domain passes: no "-include" led here
    bool takes_away_ = false; ///< what passes here does not pass there: an odd number of "-include"s led here
    bool needs_context_ = false; ///< a name depends on more than the record it stands in
    /// What terms have matched, with repetitions; only noted for find_partition().
    std::optional<net::RangeList> matched_;
};

} // namespace spfwalk::spf
