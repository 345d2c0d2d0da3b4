// Published records as a small DNS of their own, to find out what they mean.
#pragma once

#include "spfwalk/emit/list.h"
#include "spfwalk/emit/publish.h"
#include "spfwalk/expected.h"

#include <span>
#include <string>
#include <unordered_map>

namespace spfwalk::emit {

/// DNS in which the records are published and there is nothing else. Answers for one grammar only, as
/// everything that is evidence.
class PublishedZone final : public spf::Evidence {
  public:
    explicit PublishedZone(std::span<const PublishedRecord> records);
    const dns::Answer* find(const dns::Question& question) const override;

  private:
    std::unordered_map<dns::Question, dns::Answer> answers_;
};

/// The addresses that pass for sure for the domains of the records: those that no other record includes. The
/// error says which record does not stand for itself.
Expected<Addresses, std::string> addresses_of(std::span<const PublishedRecord> records);

} // namespace spfwalk::emit
