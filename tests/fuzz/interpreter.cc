#include "fuzz/fuzz.h"
#include "fuzz/graph.h"
#include "fuzz/setting.h"
#include "support/naive_check_host.h"
#include "support/walks.h"
#include "support/zone_evidence.h"

#include "spfwalk/emit/domain.h"
#include "spfwalk/emit/format.h"
#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/universe.h"

#include <random>
#include <set>
#include <unordered_set>
#include <vector>

namespace spfwalk::fuzz {

namespace {

constexpr std::size_t most_questions = 4000; ///< more would be a walk without bounds

using Questions = std::unordered_set<dns::Question>;

/// A graph that knows what it was asked.
class Watched final : public spf::Evidence {
  public:
    explicit Watched(const Graph& graph) : graph_(graph) {}
    const dns::Answer* find(const dns::Question& question) const override {
        asked_.insert(question);
        return graph_.find(question);
    }
    const Questions& asked() const { return asked_; }

  private:
    const Graph& graph_;
    mutable Questions asked_;
};

bool gave_up(const spf::Verdict& verdict) {
    return std::ranges::any_of(
        verdict.findings, [](const spf::Finding& finding) { return finding.code == spf::Code::work_limit; });
}

/// What holds for every complete verdict.
void check_verdict(const spf::Verdict& verdict, const net::AddressSet& universe, const Setting& setting) {
    net::AddressSet all;
    for (const spf::Region& region : verdict.regions) {
        promise(!region.addresses.empty(), "a region has addresses");
        if (!verdict.undecidable)
            promise(!all.intersects(region.addresses), "without forks no address has two results");
        promise(verdict.undecidable || !region.unlikely, "nothing is unlikely without forks");
        all |= region.addresses;
    }
    promise(all == universe, "every address has a result");
    promise(verdict.possible().contains(verdict.sure()), "what is sure is possible");
    promise(verdict.sure().contains(verdict.definite()), "what is definite is sure");
    promise(verdict.lookups <= setting.rules.lookup_limit, "lookups stay within their limit");
    // Each visit costs 64 steps, and none begins beyond the limit.
    promise(verdict.visits.size() <= setting.rules.work_limit / 64 + 2, "visits stay within the work limit");
    for (const spf::Finding& finding : verdict.findings) {
        const std::string text = spf::describe(finding, verdict);
        promise(is_clean_line(text), "a finding is a clean line", text);
    }
}

/// Evaluates with ever more answers, in some order, until none is missing. `needed`, if given, are the
/// questions of an evaluation that knew all answers.
spf::Verdict evaluate_in_some_order(const Graph& graph, const spf::Inquiry& inquiry, const spf::Rules& rules,
                                    const Questions* needed, std::mt19937& random) {
    test::PartialEvidence known;
    while (true) {
        spf::Evaluation evaluation = evaluate(known, inquiry, rules);
        if (evaluation.complete()) return std::move(evaluation.verdict);
        promise(!std::ranges::all_of(evaluation.wanted, &spf::Wanted::speculative),
                "never only speculative questions are wanted");
        std::set<std::string> questions;
        for (const spf::Wanted& wanted : evaluation.wanted) {
            promise(!known.answers.contains(wanted.question), "no question is wanted whose answer is there");
            promise(questions.insert(to_text(wanted.question)).second, "no question is wanted twice");
            if (!wanted.speculative && needed != nullptr)
                promise(needed->contains(wanted.question),
                        "what is wanted and not speculative is needed whatever the answers",
                        to_text(wanted.question));
        }
        // Some of what is wanted, and at least one that is not speculative.
        for (const spf::Wanted& wanted : evaluation.wanted)
            if (random() % 4 == 0 && (!wanted.speculative || known.answers.size() < 300))
                known.answers.emplace(wanted.question, graph.answer(wanted.question));
        const auto sure = std::ranges::find(evaluation.wanted, false, &spf::Wanted::speculative);
        known.answers.emplace(sure->question, graph.answer(sure->question));
        promise(known.answers.size() < most_questions, "a walk asks a bounded number of questions");
    }
}

/// A whole walk, its answers in some order.
spf::Report walk_in_some_order(const Graph& graph, const spf::WalkOptions& options,
                               const spf::Request& request, std::mt19937& random) {
    spf::Walk walk(0, request, options);
    std::vector<dns::Question> open;
    std::size_t asked = 0;
    while (true) {
        for (dns::Question& question : walk.step()) {
            open.push_back(std::move(question));
            ++asked;
        }
        if (walk.done()) return walk.take_report();
        promise(!open.empty(), "a walk that is not done has asked something");
        promise(asked < most_questions, "a walk asks a bounded number of questions");
        for (std::size_t count = 1 + random() % open.size(); count > 0; --count) {
            std::swap(open[random() % open.size()], open.back());
            walk.deliver(open.back(), graph.answer(open.back()));
            open.pop_back();
        }
    }
}

/// What a user sees is the same. Of equal verdicts it is, and to write it takes longer than all else here.
void promise_same(const spf::Report& one, const spf::Report& other, std::string_view what) {
    if (one.verdicts == other.verdicts) return;
    const std::string text = test::shown(one);
    promise(test::shown(other) == text, what, text);
}

/// Some addresses at the edges of regions, where results change.
std::set<net::Address> sample(const spf::Verdict& verdict, std::mt19937& random) {
    constexpr std::size_t most = 4;
    std::set<net::Address> points;
    if (verdict.regions.empty()) return points;
    const net::AddressSet universe = spf::universe(verdict.family);
    for (std::size_t i = 0; i < most; ++i) {
        const auto& ranges = verdict.regions[random() % verdict.regions.size()].addresses.ranges();
        const net::Range range = ranges[random() % ranges.size()];
        for (const net::Address point : {range.first, range.last})
            if (universe.contains(point)) points.insert(point);
    }
    return points;
}

/// The one result of a verdict about one client that is decidable.
spf::Result result_of(const spf::Verdict& verdict) {
    promise(verdict.regions.size() == 1, "one client has one result");
    return verdict.regions.front().result;
}

std::string naive_result(const Graph& graph, const Setting& setting, net::Family family,
                         net::Address client) {
    naive::Options options;
    options.lookup_limit = setting.rules.lookup_limit;
    options.void_limit = setting.rules.void_limit.value_or(-1);
    options.mx_sequential = setting.rules.mx_order == spf::MxOrder::sequential;
    return naive::to_text(naive::check_host(graph.naive(family, client), net::to_text(family, client),
                                            setting.domain,
                                            setting.sender.value_or("postmaster@" + setting.domain),
                                            setting.helo.value_or("unknown.test"), options));
}

/// The walk against a check of one client, by the same code and by a second check_host().
void check_point(const Graph& graph, const Setting& setting, const spf::Verdict& whole, net::Address client) {
    const spf::Evaluation evaluation = evaluate(graph, setting.inquiry(whole.family, client), setting.rules);
    promise(evaluation.complete(), "all answers are there");
    const spf::Verdict& one = evaluation.verdict;
    check_verdict(one, net::AddressSet({client, client}), setting);
    if (gave_up(one)) return;
    const std::string about = net::to_text(whole.family, client);
    const bool may_pass = one.has(spf::Result::pass);
    const bool passes = one.definite().contains(client);
    if (may_pass && !gave_up(whole))
        promise(whole.possible().contains(client), "who passes a check is in the possible set", about);
    // Only a check can ask for names with macros of the client, and so learn that DNS does not answer.
    const bool failed = whole.undecidable && one.has(spf::Result::temperror);
    if (whole.definite().contains(client) && !failed)
        promise(passes, "who is in the definite set passes a check", about);
    if (!whole.undecidable) {
        promise(!one.undecidable || gave_up(whole), "what is decidable for all is so for one", about);
        for (const spf::Region& region : whole.regions)
            if (!one.undecidable && region.addresses.contains(client) &&
                !(gave_up(whole) && region.result == spf::Result::temperror))
                promise(region.result == result_of(one), "a walk and a check give the same result",
                        about + ": " + std::string(to_text(region.result)) + ", " +
                            std::string(to_text(result_of(one))));
    }
    if (!one.undecidable && graph.is_plain() && setting.rules.grammar == spf::Grammar::strict &&
        setting.rules.mx_limit == spf::Rules().mx_limit) {
        const std::string ours(to_text(result_of(one)));
        const std::string theirs = naive_result(graph, setting, whole.family, client);
        promise(ours == theirs, "a second check_host() gives the same result",
                about + ": " + ours + ", not " + theirs);
    }
}

/// The object that a stream of domains has for a report.
std::string object_of(const spf::Report& report, emit::Sharing sharing) {
    std::string text;
    emit::append_domain_object(text, emit::domain_result(report, emit::Certainty::sure, sharing), {});
    return text;
}

/// The same from regions that are shared between domains, where that may be.
std::string object_of_shared(const Graph& graph, const Setting& setting, spf::Partitions& partitions) {
    spf::Report report;
    report.domain = setting.domain;
    for (const net::Family family : net::both_families) {
        spf::Inquiry inquiry = setting.inquiry(family);
        inquiry.share_regions = true;
        report.verdicts.push_back(evaluate(graph, inquiry, setting.rules, &partitions).verdict);
    }
    return object_of(report, emit::Sharing::prefixes);
}

} // namespace

/// Seven octets of settings (setting.h), then a DNS (graph.h).
void fuzz_interpreter(Bytes bytes) {
    Input input(bytes);
    const Setting setting(input);
    const Graph graph(input, setting.otherwise);
    std::mt19937 random(setting.seed);

    spf::Report report;
    report.domain = setting.domain;
    std::vector<Questions> needed;
    for (const net::Family family : net::both_families) {
        const Watched watched(graph);
        spf::Evaluation evaluation = evaluate(watched, setting.inquiry(family), setting.rules);
        needed.push_back(watched.asked());
        promise(evaluation.complete(), "all answers are there");
        const spf::Verdict& verdict = evaluation.verdict;
        check_verdict(verdict, spf::universe(family), setting);
        for (const net::Address client : sample(verdict, random))
            check_point(graph, setting, verdict, client);
        report.verdicts.push_back(std::move(evaluation.verdict));
    }

    spf::Report pieced = report;
    const std::size_t chosen = setting.seed % 2;
    spf::Verdict& one = pieced.verdicts[chosen];
    // With part of the answers there may be less work, so that more is asked before it is too much.
    one = evaluate_in_some_order(graph, setting.inquiry(one.family), setting.rules,
                                 gave_up(one) ? nullptr : &needed[chosen], random);
    promise_same(report, pieced, "the order of answers does not show");
    spf::WalkOptions options;
    options.rules = setting.rules;
    const auto request =
        spf::Request::about(setting.domain, net::both_families, setting.sender, setting.helo);
    promise_same(report, walk_in_some_order(graph, options, request, random),
                 "a walk shows what an evaluation shows");

    spf::Partitions partitions(std::size_t{1} << 20, 1);
    spf::Report shared = report;
    for (int turn = 0; turn < 2; ++turn)
        for (spf::Verdict& verdict : shared.verdicts)
            verdict = evaluate(graph, setting.inquiry(verdict.family), setting.rules, &partitions).verdict;
    promise_same(report, shared, "what is shared does not show");
    const std::string object = object_of(report, emit::Sharing::none);
    promise(object_of_shared(graph, setting, partitions) == object,
            "nor does it where regions are shared, too", object);
}

} // namespace spfwalk::fuzz
