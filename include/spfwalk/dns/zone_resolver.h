// Answers from a master file: offline runs, demonstrations, tests, captures. Never touches the network.
#pragma once

#include "spfwalk/dns/master_file.h"
#include "spfwalk/dns/resolver.h"

namespace spfwalk::dns {

/// The file is taken as all of DNS, as an authoritative server for the root would: names absent from it do
/// not exist, empty non-terminals do, wildcards match (RFC 4592), aliases are followed (a loop is a failure),
/// delegations mean nothing. TTLs of negative answers come from the closest SOA above, if any.
class ZoneResolver final : public Resolver {
  public:
    explicit ZoneResolver(MasterFile file);
    ~ZoneResolver() override;

    /// The answer to one question: a pure function of the file.
    AnswerPtr lookup(const Question& question) const;

    void ask(const Question& question) override;
    void wait(std::vector<Reply>& answers) override;
    std::size_t room() const override;
    std::size_t open() const override;
    Counters counters() const override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spfwalk::dns
