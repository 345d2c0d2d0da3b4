// Every answer of a run as a master file that `--zone` reads back to the same answers.
#pragma once

#include "spfwalk/dns/answer.h"

#include <string>
#include <unordered_map>

namespace spfwalk::dns {

class Capture {
  public:
    /// Notes an answer. Of several to a question the first stays, but a failure gives way to the next.
    void add(const Question& question, const AnswerPtr& answer);

    /// The master file: absolute names, sorted, one record a line, aliases as CNAME, everything a master file
    /// cannot say (negative answers, failures) as `;!` lines (see master_file.h). Reading it with
    /// parse_master_file() and asking the same questions gives the same status, failure, rcode, TTL, aliases
    /// and records.
    std::string to_text() const;

  private:
    std::unordered_map<Question, AnswerPtr> answers_;
};

} // namespace spfwalk::dns
