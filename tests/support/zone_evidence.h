// Evidence straight from a master file: what an evaluation would know if DNS were asked everything at once.
#pragma once

#include "spfwalk/dns/zone_resolver.h"
#include "spfwalk/spf/evaluate.h"

#include <memory>
#include <stdexcept>
#include <string_view>
#include <unordered_map>

namespace spfwalk::test {

class ZoneEvidence final : public spf::Evidence {
  public:
    explicit ZoneEvidence(dns::MasterFile file) : zone_(std::move(file)) {}

    const dns::Answer* find(const dns::Question& question) const override {
        auto& answer = answers_[question];
        if (!answer) answer = zone_.lookup(question);
        return answer.get();
    }
    /// The questions asked so far, with their answers.
    const std::unordered_map<dns::Question, dns::AnswerPtr>& asked() const { return answers_; }

  private:
    dns::ZoneResolver zone_;
    mutable std::unordered_map<dns::Question, dns::AnswerPtr> answers_;
};

/// Evidence that knows only what it was told.
class PartialEvidence final : public spf::Evidence {
  public:
    const dns::Answer* find(const dns::Question& question) const override {
        const auto found = answers.find(question);
        return found == answers.end() ? nullptr : found->second.get();
    }
    std::unordered_map<dns::Question, dns::AnswerPtr> answers;
};

/// A zone from text; the text must be right.
inline ZoneEvidence evidence_from(std::string_view zone) {
    auto file = dns::parse_master_file(zone, "zone");
    if (!file) throw std::runtime_error(file.error().text);
    return ZoneEvidence(std::move(*file));
}

} // namespace spfwalk::test
