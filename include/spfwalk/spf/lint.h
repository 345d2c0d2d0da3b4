// What is wrong with a domain's SPF record, for those who publish it.
//
// Nothing here decides what a record means: findings are read from the verdicts of evaluate() (an audit),
// from the parsed records it came upon, and from the answers it used.
#pragma once

#include "spfwalk/spf/walk.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::spf {

/// How bad a finding is.
enum class Severity : std::uint8_t {
    note,    ///< works as written; good to know
    warning, ///< works, but is probably not what was meant, or may fail some day
    error,   ///< some mail gets another result than the record seems to promise, or anybody's passes
};

/// "note", "warning", "error".
std::string_view to_text(Severity severity);

/// What lint looks for. lint_rules() has name, severity, section and advice of each; docs/findings.md a
/// section.
enum class LintCode : std::uint8_t {
    // What is published under the name (§4.4, §4.5).
    no_record,
    not_quite_record,
    stray_record,
    several_records,
    bad_name,
    sender_id,
    type_99,
    alias,
    long_record,
    answer_over_512,
    answer_over_1232,
    low_ttl,
    // Mistakes of grammar, each of which makes the record a permerror (§4.6).
    non_ascii,
    control_character,
    repeated_modifier,
    modifier_as_mechanism,
    lone_qualifier,
    space_in_term,
    empty_argument,
    bare_argument,
    unknown_mechanism,
    joined_terms,
    list_in_term,
    stray_punctuation,
    quotes,
    address_as_domain,
    domain_as_address,
    wrong_family,
    bad_ip4,
    bad_ip6,
    bad_length,
    bad_domain,
    bad_macro,
    syntax,
    // What is written well and means something else than it seems to.
    mechanism_as_modifier,
    second_version,
    unknown_modifier,
    uppercase,
    redirect_beside_all,
    term_after_all,
    duplicate_term,
    never_matches,
    redundant_term,
    empty_include,
    qualified_include,
    run_together,
    unused_explanation,
    dead_explanation,
    // Who passes.
    plus_all,
    everybody_passes,
    neutral_all,
    no_all,
    wide_prefix,
    host_bits,
    bogon,
    ptr,
    macro_p,
    // Other domains, limits and DNS.
    dead_include,
    dangling_include,
    takeover,
    include_loop,
    repeated_include,
    lookup_limit,
    at_lookup_limit,
    void_limit,
    void_lookup,
    void_for_one_family,
    mx_limit,
    mx_alias,
    null_mx,
    unqueryable,
    dns_failure,
    work_limit,
};

struct LintRule {
    LintCode code;
    std::string_view name; ///< stable: "no-record"
    Severity severity;
    std::string_view section; ///< "RFC 7208 §4.5"; a finding may name a closer one
    std::string_view advice;  ///< what to do, one line
};

/// All rules, in the order of LintCode.
std::span<const LintRule> lint_rules();
const LintRule& rule_of(LintCode code);

struct LintFinding {
    LintCode code = LintCode::syntax;
    /// The terms that lead to what the finding is about, outermost first, itself included. Raw octets.
    std::vector<std::string> path;
    std::string domain; ///< whose record `where` is in
    /// That record; null if there is none to show.
    PublicationPtr publication;
    Extent where;     ///< the part of the record's text that is meant; empty: the record as a whole
    std::string text; ///< one line, escaped already
    /// What to do, one line, escaped already: the rule's advice, unless more can be said here. Of a record in
    /// other hands than the domain's it says what the reader can do.
    std::string advice;
    std::string section;
    std::optional<net::Family> only; ///< if it holds for one family

    const LintRule& rule() const { return rule_of(code); }
};

/// How many findings of one code are kept for a domain: a record may hold tens of thousands.
inline constexpr std::size_t most_of_a_code = 50;

/// Findings beyond that.
struct LintOmission {
    LintCode code = LintCode::syntax;
    std::size_t count = 0;
};

struct LintFindings {
    /// The domain's own record comes first, then the records it leads to, each by column.
    std::vector<LintFinding> found;
    std::vector<LintOmission> omitted; ///< by code
};

/// Special-purpose addresses among others.
struct SpecialSpace {
    std::string block;   ///< the first that some of them are in ("10.0.0.0/8, Private-Use, RFC 1918")
    bool is_all = false; ///< there are no others
};

/// What lint() reads.
struct LintInput {
    /// Two verdicts (IPv4, IPv6) of audits by `rules`, which are strict.
    const Report* report = nullptr;
    Rules rules;
    /// The same without limits of lookups and void lookups, if `report` ran into one: what lies beyond.
    const Report* unlimited = nullptr;
    /// Answers to lint_questions().
    const Evidence* answers = nullptr;
    /// The name that somebody had to register for this one to be ("example.co.uk" for "a.b.example.co.uk");
    /// nothing for a public suffix.
    std::function<std::optional<std::string>(const std::string&)> registrable;
    /// Whether such a name, if it does not exist, may be anybody's for the asking.
    std::function<bool(const std::string&)> can_be_registered;
    std::function<std::optional<SpecialSpace>(net::Family, const net::AddressSet&)> special;
    /// The record was given by the user: its answer has no TTL of interest.
    bool pretended = false;
    /// The domain is assumed: what is not found under it means nothing.
    bool assumed = false;
};

/// Whether a second report without limits would tell more: a limit was exceeded, and not by a loop.
bool wants_unlimited(const Report& report);
/// The rules for it: as `rules`, with no limit that a real record meets.
Rules unlimited(Rules rules);

/// The questions that have no answer in `input.answers` yet. Ask, and ask again, until there are none: at
/// most two rounds.
std::vector<dns::Question> lint_questions(const LintInput& input);

/// Everything there is to find. Pure and deterministic.
LintFindings lint(const LintInput& input);

} // namespace spfwalk::spf
