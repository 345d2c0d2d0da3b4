// What an evaluation found out: which addresses get which result, by which term, and what is worth telling.
#pragma once

#include "spfwalk/dns/answer.h"
#include "spfwalk/net/address_set.h"
#include "spfwalk/spf/publication.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::spf {

/// RFC 7208 §2.6.
enum class Result : std::uint8_t { none, neutral, pass, fail, softfail, temperror, permerror };

/// What a term's qualifier makes of a match (§4.6.2).
Result result_of(Qualifier qualifier);

/// "none", "neutral", "pass", …
std::string_view to_text(Result result);

/// One evaluation of one domain's record on the way: the root's, or that of an include or redirect.
struct Visit {
    static constexpr std::uint32_t no_parent = UINT32_MAX;
    std::uint32_t parent = no_parent; ///< index of the visit whose term led here
    Extent via;                       ///< that term, in the parent's record
    std::string domain;               ///< the <domain> (§4.1) of this evaluation
    PublicationPtr publication;       ///< null where nothing was asked (a malformed name)

    /// Of the same publication, and not only of the same text.
    friend bool operator==(const Visit&, const Visit&) = default;
};

/// A place in an evaluation: a term of a visit's record, or the visit as a whole (an empty extent).
struct Site {
    std::uint32_t visit = 0;
    Extent term;

    bool whole() const { return term.begin == term.end; }
    friend bool operator==(const Site&, const Site&) = default;
};

struct Partition; // partitions.h
using PartitionPtr = std::shared_ptr<const Partition>;

/// Addresses that get one result from one term.
struct Region {
    net::AddressSet addresses;
    Result result = Result::neutral;
    Site decided_by;
    /// Behind an undecidable term: this outcome needs an additional void lookup, missing record or other
    /// mishap.
    bool unlikely = false;
    /// Only if the inquiry lets regions be shared: the region is all that this partition passes, and decided
    /// by the term that led to its record.
    PartitionPtr shared = nullptr;

    friend bool operator==(const Region&, const Region&) = default;
};

/// What an evaluation has to say. Each has its words and section: see finding.h.
enum class Code : std::uint8_t {
    no_record,       ///< an include, redirect or the domain itself has no SPF record
    bad_name,        ///< the domain, or a target, is not a name that can have a record (§4.3)
    several_records, ///< more than one SPF record
    syntax,          ///< the record breaks the grammar; `where` says the place
    lookup_limit,    ///< this term would be one lookup too many
    void_limit,      ///< this term makes one void lookup too many
    mx_limit,        ///< more than ten MX records
    dns_failure,     ///< DNS did not answer `detail`
    unqueryable,     ///< the name `detail` cannot be asked; the term matches nothing
    local_part,      ///< the sender's is not ASCII, so that the term matches nothing (RFC 8616 §4)
    undecidable,     ///< the term depends on what a list cannot know (`detail`: which macros)
    work_limit,      ///< the evaluation was given up
    lenient_lookups, ///< relaxations that changed something under `--lenient`
    lenient_voids,
    lenient_dead_include,
    lenient_mx,
    lenient_dropped,
    lenient_undecidable,
    lenient_separator,
    lenient_repeated,
};

struct Finding {
    Code code = Code::syntax;
    Site site;
    Extent where;                       ///< for syntax: the bad part of the record of site.visit
    std::string detail;                 ///< raw, may hold bytes from DNS: escape before showing
    std::optional<std::uint16_t> rcode; ///< for dns_failure: that of the reply, if there was one

    friend bool operator==(const Finding&, const Finding&) = default;
};

/// What a term did itself, without the terms of the record that it led to (Inquiry::audit).
struct TermUse {
    Site site;
    int lookups = 0; ///< 1 if it counts against the lookup limit (§4.6.4)
    int voids = 0;   ///< void lookups that it made, or would make where it depends on the client
    std::optional<std::uint32_t> ttl; ///< seconds: the smallest of the answers that it used
    /// The questions whose answers it used, each once, in the order met.
    std::vector<dns::Question> questions = {};
    /// The prefixes of ip4, ip6, a and mx, whether or not earlier terms had taken their addresses already.
    std::vector<net::Prefix> found = {};

    friend bool operator==(const TermUse&, const TermUse&) = default;
};

/// The answer to an inquiry about one family.
struct Verdict {
    net::Family family = net::Family::ipv4;
    /// A partition of the universe, in the order decided; if `undecidable`, regions may overlap where terms
    /// fork. With Inquiry::share_regions they need not hold all that do not pass.
    std::vector<Region> regions;
    std::vector<Visit> visits;     ///< [0] is the domain's own
    std::vector<Finding> findings; ///< in the order met, each once
    bool undecidable = false;      ///< a term forked (docs/design.md, "Forks")
    int lookups = 0;               ///< most terms with a lookup that any region used (§4.6.4)
    /// Most void lookups that any region met. If they are not limited, those beyond three are a bound: of
    /// regions that went on together the most counts.
    int voids = 0;
    std::optional<std::uint32_t> ttl; ///< seconds: the smallest of all answers used that have one
    /// The terms that some address came to, in that order, each once; before them, the domain's own record as
    /// a whole. Terms that are missing were never reached. Empty unless the inquiry asked for an audit.
    std::vector<TermUse> uses;
    /// What the domain has to say to a client that fails (§6.2), if it says anything that can be used and the
    /// inquiry asked for it. Raw: macros may have put any octets in.
    std::optional<std::string> explanation;

    /// Whether some address gets `result` (in an undecidable evaluation: may get it).
    bool has(Result result) const;
    /// All addresses that pass, or may.
    net::AddressSet possible() const;
    /// Those that pass whatever undecidable terms match, assuming no mishap behind them.
    net::AddressSet sure() const;
    /// Those that pass whatever undecidable terms do.
    net::AddressSet definite() const;

    friend bool operator==(const Verdict&, const Verdict&) = default;
};

/// The terms from the domain's own record to the site, outermost first: {"include:a.example", "mx"}.
std::vector<std::string_view> path(std::span<const Visit> visits, Site site);

} // namespace spfwalk::spf
