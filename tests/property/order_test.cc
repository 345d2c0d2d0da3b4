// What a user sees must not depend on the order in which answers come, nor a walk ask more than it may.
#include "support/catch.h"
#include "support/naive_zone.h"
#include "support/random_zone.h"
#include "support/walks.h"
#include "support/zone_evidence.h"

#include "spfwalk/dns/capture.h"
#include "spfwalk/spf/macro.h"

#include <algorithm>
#include <set>

using namespace spfwalk;
using test::FakeResolver;

TEST_CASE("Shuffled answers give identical output, and no question is asked twice") {
    for (const naive::Flavour flavour :
         {naive::Flavour::decidable, naive::Flavour::dynamic, naive::Flavour::faulty}) {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            const naive::Sample sample = naive::random_sample(seed, flavour);
            const std::string zone = naive::to_master_file(sample.zone, seed);
            INFO("flavour " << int(flavour) << ", seed " << seed << ", domain " << sample.domain << "\n"
                            << zone);
            const std::string expected =
                test::shown(test::walk(zone, {sample.domain}, FakeResolver::all).reports[0]);
            for (std::uint64_t order = 0; order < 4; ++order) {
                const test::Walked walked =
                    test::walk(zone, {sample.domain},
                               order == 0 ? FakeResolver::last : FakeResolver::shuffled(seed * 10 + order));
                REQUIRE(test::shown(walked.reports[0]) == expected);
                std::set<std::string> distinct;
                for (const dns::Question& question : walked.asked)
                    REQUIRE(distinct.insert(to_text(question)).second);
            }
        }
    }
}

TEST_CASE("A capture of all answers reads back to the identical output") {
    for (const naive::Flavour flavour :
         {naive::Flavour::decidable, naive::Flavour::dynamic, naive::Flavour::faulty}) {
        for (std::uint64_t seed = 1; seed <= 300; ++seed) {
            const naive::Sample sample = naive::random_sample(seed, flavour);
            const std::string zone = naive::to_master_file(sample.zone, seed);
            FakeResolver resolver(test::zone_from(zone), FakeResolver::all);
            dns::Capture capture;
            dns::AnswerStore store(resolver, {},
                                   [&](const dns::Question& question, const dns::AnswerPtr& answer) {
                                       capture.add(question, answer);
                                   });
            std::string expected;
            bool given = false;
            spf::Walker(store, {}).run(
                [&]() -> std::optional<spf::Request> {
                    if (std::exchange(given, true)) return std::nullopt;
                    return spf::Request::about(sample.domain);
                },
                [&](const spf::Report& report) { expected = test::shown(report); });
            INFO("seed " << seed << ", domain " << sample.domain << "\n"
                         << zone << "\ncaptured:\n"
                         << capture.to_text());
            const auto again = test::walk(capture.to_text(), {sample.domain}, FakeResolver::all);
            REQUIRE(test::shown(again.reports[0]) == expected);
        }
    }
}

namespace {

/// Evidence in which one question fails.
class Failing final : public spf::Evidence {
  public:
    Failing(const spf::Evidence& evidence, const dns::Question& question)
        : evidence_(evidence), question_(question) {}
    const dns::Answer* find(const dns::Question& question) const override {
        return question == question_ ? failure_.get() : evidence_.find(question);
    }

  private:
    const spf::Evidence& evidence_;
    const dns::Question& question_;
    dns::AnswerPtr failure_ = dns::failed(dns::Failure::timeout);
};

/// The longest way from the domain to a question that a verdict used, told by the records alone: a term's
/// question can be asked one step after its record's, an MX host's one step later. A question that several
/// terms use counts where it can be asked first.
class CriticalPath {
  public:
    CriticalPath(const dns::MasterFile& zone, const std::string& domain, net::Family family)
        : evidence_(zone),
          inquiry_{.domain = domain, .family = family, .client = {}, .sender = {}, .helo = {}} {
        const spf::Verdict verdict = evaluate(evidence_, inquiry_, {}).verdict;
        used_ = evidence_.asked();
        std::vector<std::size_t> depths;
        for (std::uint32_t i = 0; i < verdict.visits.size(); ++i) {
            const spf::Visit& visit = verdict.visits[i];
            depths.push_back(visit.parent == spf::Visit::no_parent ? 1 : depths[visit.parent] + 1);
            reach(visit.domain, dns::Type::txt, depths[i]);
            if (!visit.publication) continue;
            for (const spf::Directive& directive : visit.publication->record.directives) {
                site_ = {i, directive.where};
                std::visit([&](const auto& mechanism) { term(mechanism, visit.domain, depths[i] + 1); },
                           directive.mechanism);
            }
        }
    }
    const std::unordered_map<dns::Question, std::size_t>& earliest() const { return earliest_; }
    std::size_t used() const { return used_.size(); }

  private:
    dns::Type address_type() const {
        return inquiry_.family == net::Family::ipv4 ? dns::Type::a : dns::Type::aaaa;
    }
    std::string name(const std::optional<spf::MacroString>& spec, const std::string& domain) const {
        const std::string sender = "postmaster@" + inquiry_.domain;
        if (!spec) return domain;
        return expand_domain(
            *spec, {.domain = domain, .sender = sender, .helo = {}, .family = inquiry_.family, .client = {}});
    }
    /// Whether the term at site_ asks the question: then its failure is found there.
    bool asks(const dns::Question& question) const {
        if (question.type == dns::Type::txt) return true; // a visit is a question
        const auto findings = evaluate(Failing(evidence_, question), inquiry_, {}).verdict.findings;
        return std::ranges::any_of(findings, [&](const spf::Finding& finding) {
            return finding.code == spf::Code::dns_failure && finding.site == site_ &&
                   finding.detail == to_text(question) + ": timeout";
        });
    }
    const dns::Answer* reach(const std::string& text, dns::Type type, std::size_t depth) {
        const auto parsed = dns::Name::from_domain(text);
        if (!parsed) return nullptr;
        const auto used = used_.find({*parsed, type});
        if (used == used_.end() || !asks(used->first)) return nullptr;
        const auto [place, fresh] = earliest_.try_emplace(used->first, depth);
        if (!fresh) place->second = std::min(place->second, depth);
        return used->second.get();
    }
    void term(const spf::A& a, const std::string& domain, std::size_t depth) {
        reach(name(a.domain, domain), address_type(), depth);
    }
    void term(const spf::Exists& exists, const std::string& domain, std::size_t depth) {
        reach(name(exists.domain, domain), dns::Type::a, depth);
    }
    void term(const spf::Mx& mx, const std::string& domain, std::size_t depth) {
        const dns::Answer* answer = reach(name(mx.domain, domain), dns::Type::mx, depth);
        if (answer == nullptr || answer->status != dns::Status::records) return;
        for (const dns::Mx& host : std::get<dns::Exchanges>(answer->records))
            if (!host.exchange.is_root()) reach(host.exchange.to_text(), address_type(), depth + 1);
    }
    template <class Other>
    void term(const Other&, const std::string&, std::size_t) {}

    test::ZoneEvidence evidence_;
    spf::Inquiry inquiry_;
    std::unordered_map<dns::Question, dns::AnswerPtr> used_;
    spf::Site site_;
    std::unordered_map<dns::Question, std::size_t> earliest_;
};

} // namespace

TEST_CASE("Waves equal the critical path, for any shape") {
    std::size_t shorter = 0;
    std::size_t wasted = 0;
    std::size_t asked = 0;
    std::size_t longest = 0;
    for (std::uint64_t seed = 1; seed <= 2000; ++seed) {
        const naive::Sample sample = naive::random_sample(seed, naive::Flavour::decidable);
        const std::string zone = naive::to_master_file(sample.zone, seed);
        const test::Walked walked = test::walk(zone, {sample.domain}, FakeResolver::all);
        INFO("seed " << seed << ", domain " << sample.domain << "\n" << zone);

        std::unordered_map<dns::Question, std::size_t> earliest;
        for (const net::Family family : {net::Family::ipv4, net::Family::ipv6}) {
            const CriticalPath path(test::zone_from(zone), sample.domain, family);
            REQUIRE(path.earliest().size() == path.used()); // measured over all that was used
            for (const auto& [question, depth] : path.earliest()) {
                const auto [place, fresh] = earliest.try_emplace(question, depth);
                if (!fresh) place->second = std::min(place->second, depth);
            }
        }
        std::size_t length = 0;
        for (const auto& [question, depth] : earliest)
            length = std::max(length, depth);
        CHECK(walked.waves <= length);
        // Shorter where a term that did not count in the end spoke of the same name nearer to the root.
        shorter += walked.waves < length ? 1 : 0;
        REQUIRE(walked.asked.size() >= earliest.size());
        wasted += walked.asked.size() - earliest.size();
        asked += walked.asked.size();
        longest = std::max(longest, length);
    }
    INFO("asked " << asked << ", of them for nothing " << wasted << ", shorter " << shorter << ", longest "
                  << longest);
    CHECK(longest >= 5);
    CHECK(shorter < 100);
    CHECK(wasted * 4 < asked); // these zones are hostile: most real ones waste nothing
}
