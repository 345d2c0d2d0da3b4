// Findings in words.
#pragma once

#include "spfwalk/spf/verdict.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace spfwalk::spf {

/// A finding as one line of printable ASCII (but for "§"), without the domain in front:
///     include:_spf.example.net: no SPF record (permerror, RFC 7208 §5.2)
/// `only` names the family if the finding holds for one of the families that were asked for.
std::string describe(const Finding& finding, const Verdict& verdict, std::optional<net::Family> only = {});

/// The same without the path, for where the finding stands beside its term.
std::string describe_in_place(const Finding& finding, const Verdict& verdict,
                              std::optional<net::Family> only = {});

/// The stable name of a code: "no-record", "lookup-limit", …
std::string_view to_text(Code code);

/// Whether the finding is about `--lenient`: what was relaxed.
bool is_relaxation(Code code);

/// The terms of path() escaped and joined with ": ", a term in a row with itself once with a count; empty for
/// the domain's own record as a whole.
std::string path_text(std::span<const Visit> visits, Site site);
/// The same for terms, outermost first.
std::string path_text(std::span<const std::string_view> terms);

/// The same for many sites of visits, which must outlive it: quick where sites of one visit follow each
/// other.
class PathTexts {
  public:
    explicit PathTexts(std::span<const Visit> visits) : visits_(visits) {}
    /// See path_text().
    std::string of(Site site);
    /// Appends the same. Whether it is_plain(), so that nothing in it needs escaping in quotes.
    bool append(std::string& out, Site site);

  private:
    std::span<const Visit> visits_;
    std::optional<std::uint32_t> visit_; ///< of the site before
    std::string way_;                    ///< to that visit
    std::string_view last_;              ///< the term that led there
    bool is_way_plain_ = true;
};

} // namespace spfwalk::spf
