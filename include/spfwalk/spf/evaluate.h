// The interpreter of SPF records: check_host() (RFC 7208 §4 to §7) for all addresses at once.
//
// A pure function of what DNS has said so far. It follows *worlds*: sets of addresses that took the same path
// and so have the same lookup and void counters. An inquiry about one address is the same walk over a
// universe of one. Where an answer is missing it notes the question and goes on, so that one call tells every
// question that can be asked already. docs/design.md explains worlds, forks and speculation.
#pragma once

#include "spfwalk/dns/answer.h"
#include "spfwalk/net/address.h"
#include "spfwalk/spf/parse.h"
#include "spfwalk/spf/partitions.h"
#include "spfwalk/spf/verdict.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::spf {

/// What DNS has said so far.
class Evidence {
  public:
    virtual ~Evidence() = default;
    /// The answer, or null if there is none yet. The pointer stays valid while the evidence is not changed.
    virtual const dns::Answer* find(const dns::Question& question) const = 0;
};

/// How a mail server visits the hosts of an MX set (§5.4).
enum class MxOrder : std::uint8_t {
    eager,      ///< looks up all, then compares: the only reading that does not depend on the order
    sequential, ///< by preference and name, stops at the first that matches
};

/// How to evaluate, the same for every domain of a run.
struct Rules {
    Grammar grammar = Grammar::strict; ///< lenient: all of `--lenient` except the limits below
    MxOrder mx_order = MxOrder::eager;
    int lookup_limit = 10;             ///< terms that look something up (§4.6.4)
    std::optional<int> void_limit = 2; ///< void lookups; none: not limited
    std::size_t mx_limit = 10;         ///< names in an MX set
    /// Steps (a term applied to a world, 64 ranges moved, a few octets kept) after which an evaluation gives
    /// up with a finding: about a second of work and a few hundred megabytes, a thousand times what the
    /// largest real trees need.
    std::uint64_t work_limit = 3'000'000;
    /// Uses of answers, for each lookup that is allowed and one more, after which it gives up, too, so that
    /// there is an end to what one record has others asked. The limits above hold for each client, and here
    /// all clients are followed at once: records that send them by many ways could ask thousands of
    /// questions. On one way it is eleven at most (§4.6.4: an MX set).
    std::uint64_t uses_per_lookup = 100;

    /// What `--lenient` stands for.
    static Rules lenient();
};

/// What to evaluate.
struct Inquiry {
    std::string domain;                       ///< the name as text, trailing dot or not
    std::optional<dns::Question> record = {}; ///< record_question(domain), if that is known already
    net::Family family = net::Family::ipv4;
    std::optional<net::Address> client; ///< one address; none: all of the family, less ::ffff:0:0/96 for IPv6
    std::optional<std::string> sender;  ///< the MAIL FROM identity "local@domain"; none: any at `domain`
    std::optional<std::string> helo;    ///< the HELO identity; none: any

    /// Whether all that a partition passes may be one region (Region::shared). Then its visits are not told,
    /// and regions that do not pass may be said to be decided by the term that led to it, may come without
    /// their addresses and in another order. Not where terms fork.
    bool share_regions = false;
    /// Whether to tell what each term did (Verdict::uses).
    bool audit = false;
    /// Whether to find the explanation of a fail (§6.2, Verdict::explanation). Only for one client.
    bool explain = false;
    std::string receiver = "unknown"; ///< %{r} of explanations: the host that checks
    std::string timestamp = "0";      ///< %{t} of explanations: seconds since the epoch, as digits
};

/// A question whose answer is missing.
struct Wanted {
    dns::Question question;
    /// Only a world behind another missing answer asks: the question may turn out not to matter.
    bool speculative = false;
};

struct Evaluation {
    Verdict verdict;            ///< final if nothing is wanted; without regions otherwise
    std::vector<Wanted> wanted; ///< each once, in the order met; never only speculative ones
    bool complete() const { return wanted.empty(); }
};

/// The question for a domain's record; nothing if it is not a name that can have one (§4.3).
std::optional<dns::Question> record_question(std::string_view domain);

/// Evaluates as far as the evidence goes. Deterministic: the same evidence gives the same evaluation, and
/// once it is complete nothing but the answers it used matters. `partitions`, if given, is what evaluations
/// by the same rules with evidence of the same run share; it makes no difference but to the time.
Evaluation evaluate(const Evidence& evidence, const Inquiry& inquiry, const Rules& rules,
                    Partitions* partitions = nullptr);

} // namespace spfwalk::spf
