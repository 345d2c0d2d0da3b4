// What lint found, for people and as JSON. docs/json.md describes the latter.
#pragma once

#include "spfwalk/emit/json_layout.h"
#include "spfwalk/spf/lint.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::emit {

struct LintResult {
    std::string domain; ///< ASCII, as asked
    spf::LintFindings findings;
};

/// A part of a record's text as a line of printable ASCII, and the columns of that line that `where` has.
struct Excerpt {
    std::string line;
    std::size_t begin = 0;  ///< from 0
    std::size_t length = 0; ///< at least 1: an empty part is a place between characters
};

/// At most `width` (at least 20) columns of the escaped text around `where`, "..." where it was cut. A part
/// that is wider itself shows its beginning.
Excerpt excerpt(std::string_view text, spf::Extent where, std::size_t width);

/// A few lines for each finding:
///     error example.com: include:b.example: no SPF record at "b.example" [dead-include]
///         v=spf1 include:b.example -all
///                ^~~~~~~~~~~~~~~~~ column 8
///         help: remove it, or ask its owner where the record has gone (RFC 7208 §5.2)
/// At the end, how many more there are of a code:
///     error example.com: 12 more that are not shown [bad-ip4]
std::string print_lint(const LintResult& result);

/// One JSON document about any number of domains, made piece by piece.
class LintJson {
  public:
    explicit LintJson(JsonLayout layout);
    ~LintJson();
    void add(const LintResult& result);
    /// What has not been taken yet.
    std::string take();
    /// The rest.
    std::string finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spfwalk::emit
