// The parts of lint(): one class, whose members are in outcome.cc (verdicts), coverage.cc (terms that decide
// nothing), written.cc (records as written) and answers.cc (DNS).
#pragma once

#include "spfwalk/escape.h"
#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/lint.h"
#include "spfwalk/spf/universe.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace spfwalk::spf {

/// Octets of what a record says that are quoted in a finding: enough for each name.
inline constexpr std::size_t longest_quotation = 255;

/// What strangers publish, as it stands in a finding.
inline std::string quotation(std::string_view text) {
    return '"' + escape(beginning(text, longest_quotation)) + '"';
}

/// The same of a name, whose text has been escaped.
inline std::string quotation(const dns::Name& name) {
    return '"' + name.to_text() + '"';
}

/// A place in one of the two verdicts of a report.
struct Spot {
    const Verdict* verdict;
    Site site;
};

class Linter {
  public:
    explicit Linter(const LintInput& input);

    LintFindings run();

  private:
    // --- outcome.cc ---
    void look_at_findings(const Verdict& verdict, bool limits);
    void look_at_syntax(const Verdict& verdict, std::uint32_t visit);
    void look_at_missing(const Verdict& verdict, const Finding& finding);
    void look_at_regions(const Verdict& verdict);
    /// What a record that speaks for the domain says of everybody else, as it is written: errors in it or
    /// before it hide that from evaluation.
    void look_at_end(const Spot& spot, const Record& record);
    void look_at_lookups();
    void look_at_loops(const Verdict& verdict);
    void look_at_repeated_includes();
    /// "include:a 7, include:b 4, mx 1": what the domain's own terms cost.
    std::string cost_by_term() const;

    // --- coverage.cc ---
    void look_for_coverage();
    /// `record`, that of `spot`, by what it makes of all addresses by itself.
    void look_at_coverage(const Spot& spot, const Record& record, const Verdict& ipv4, const Verdict& ipv6);
    /// What the record of `domain` alone makes of all addresses; nothing if that cannot be told.
    std::optional<Verdict> verdict_of(const std::string& domain, net::Family family) const;

    // --- written.cc ---
    void look_at_record(const Spot& record);
    void look_at_case(const Spot& spot, const Record& record);
    void look_at_modifiers(const Spot& spot, const Record& record);
    void look_at_order(const Spot& spot, const Record& record);
    void look_at_duplicates(const Spot& spot, const Record& record);
    /// A domain-spec as it is written: what keeps within the grammar and is no name.
    void look_at_name(const Spot& spot, const Record& record, std::string_view name);
    void look_at_term(const Spot& spot, const Record& record, const Directive& directive);
    void look_at_addresses(const Spot& spot, const Record& record, const Directive& directive);
    void look_at_explanation(const Spot& spot, const Record& record);

    // --- answers.cc ---
    void look_at_texts(const Spot& spot);
    void look_at_type_99();
    void look_at_uses(const Verdict& verdict);
    void look_at_use(const Verdict& verdict, const TermUse& use);
    void look_at_void(const Verdict& verdict, const TermUse& use, const dns::Question& question);
    /// The registrable name of the end of an alias chain, if it is known not to exist.
    std::optional<std::string> unregistered(const dns::Question& question, const dns::Answer& answer) const;

    // --- linter.cc ---
    struct Extra {
        Extent where = {};        ///< if it is not all of the site's term
        std::string section = {}; ///< if it is not the rule's
        bool both = false;        ///< holds for both families, whichever verdict it was read from
        std::string advice = {};  ///< if it is not the rule's
    };
    void add(LintCode code, const Spot& spot, std::string text) { add(code, spot, std::move(text), {}); }
    void add(LintCode code, const Spot& spot, std::string text, Extra extra);
    /// What whoever publishes the domain's record can do about a finding at `spot`, which has this cure.
    std::string advice_at(const Spot& spot, LintCode code, std::string cure) const;
    /// Whether the visit's record is in the hands of whoever publishes the domain's own.
    bool is_own(const Verdict& verdict, std::uint32_t visit) const;
    std::string registrable(const std::string& domain) const;
    const dns::Answer* answer(const std::string& domain, dns::Type type) const;
    /// The visits of a verdict that are led to by the term.
    static std::vector<std::uint32_t> visits_by(const Verdict& verdict, Site site);
    /// The term that led to a visit; for the domain's own, the record as a whole.
    static Site way_to(const Verdict& verdict, std::uint32_t visit);
    static const Record* record_of(const Verdict& verdict, std::uint32_t visit);
    static const Directive* directive_at(const Verdict& verdict, Site site);
    static std::string domain_key(const std::string& domain);
    /// Whether the visit comes back to a domain that led to it.
    static bool is_loop(const Verdict& verdict, std::uint32_t visit);
    /// The record that stands at the end of the path to a visit, by its place in the order met.
    std::size_t record_number(const Verdict& verdict, std::uint32_t visit);

    const LintInput& input_;
    const Report& report_;
    const Report& wide_; ///< without limits, if there is one

    /// Drops what is only a consequence of a name that is none, and would have another cure; and what is said
    /// already of a term by which everybody passes.
    void drop_echoes();

    struct Entry {
        LintFinding finding;
        std::size_t record = 0; ///< in the order met
        bool families[2] = {false, false};
    };
    std::vector<Entry> entries_;
    std::map<std::string, std::size_t> places_;  ///< of equal findings; beyond the end for those left out
    std::map<LintCode, std::size_t> counts_;     ///< different findings, those left out too
    std::map<std::string, std::size_t> records_; ///< order of the records met, by path
    /// The same by visit: paths are as long as strangers like.
    std::map<std::pair<const Verdict*, std::uint32_t>, std::size_t> record_numbers_;
    std::string own_;                   ///< the registrable name of the domain
    std::set<std::string> own_records_; ///< looked at already
    /// Terms that repeat another, by domain and place: more need not be said of them.
    std::set<std::pair<std::string, std::uint32_t>> duplicates_;
};

/// A TXT record that seems to be meant as SPF and is none, or null.
const std::string* almost_record(const dns::Answer& texts);

/// Whether only redirects lead to the visit, so that its record speaks for the domain.
bool speaks_for_domain(const Verdict& verdict, std::uint32_t visit);

/// Whether the site is the redirect of its record.
bool is_redirect_term(const Verdict& verdict, Site site);

} // namespace spfwalk::spf
