// `spfwalk lint`.
#include "spfwalk/cli/inputs.h"
#include "spfwalk/cli/registrable.h"
#include "spfwalk/cli/run.h"
#include "spfwalk/cli/session.h"
#include "spfwalk/emit/lint.h"
#include "spfwalk/policy/special.h"

#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

constexpr int failed = static_cast<int>(ExitStatus::failed);
/// Domains walked side by side before what was found is said: enough to keep DNS busy, and flat memory.
constexpr std::size_t batch_size = 500;
/// Whose record --record is without a domain. The name cannot exist (RFC 6761 §6.4).
constexpr std::string_view assumed_domain = "unpublished.invalid";

class Answers final : public spf::Evidence {
  public:
    const dns::Answer* find(const dns::Question& question) const override {
        const auto found = known_.find(question);
        return found == known_.end() ? nullptr : found->second.get();
    }
    void add(const dns::Question& question, dns::AnswerPtr answer) {
        known_.emplace(question, std::move(answer));
    }

  private:
    std::unordered_map<dns::Question, dns::AnswerPtr> known_;
};

/// The special-purpose addresses among `addresses`, if there are any.
std::optional<spf::SpecialSpace> special_space(net::Family family, const net::AddressSet& addresses) {
    if (addresses.empty()) return std::nullopt;
    emit::Addresses both;
    both.of(family) = addresses;
    const auto blocks = policy::special_in(both);
    if (blocks.empty()) return std::nullopt;
    return spf::SpecialSpace{
        fmt::format("{}, {} ({})", blocks.front()->prefix, blocks.front()->name, blocks.front()->rfc),
        policy::special_addresses().of(family).contains(addresses)};
}

class Lint {
  public:
    Lint(const LintCommand& command, Terminal& terminal)
        : command_(command), terminal_(terminal), voice_(terminal, command.verbosity) {}

    int go() {
        auto domains = gather();
        if (!domains) return failed;
        if (command_.record && domains->size() != 1)
            return fail(fmt::format("--record is for one domain, not {}", domains->size()));
        auto session = Session::open(command_, terminal_, voice_);
        if (!session) return fail(session.error());
        session_ = std::move(*session);
        session_->pretend(domains->front());
        for (std::size_t begin = 0; begin < domains->size() && !write_error_; begin += batch_size) {
            if (begin > 0) write();
            const std::size_t size = std::min(batch_size, domains->size() - begin);
            look_at(std::span(*domains).subspan(begin, size));
        }
        if (command_.json) out_ += json_.finish();
        write();
        const auto capture_error = session_->finish();
        if (write_error_) return fail(fmt::format("standard output: {}", *write_error_));
        if (capture_error) return fail(*capture_error);
        return lint_status(worst_);
    }

  private:
    int fail(const std::string& reason) {
        voice_.error(reason);
        return failed;
    }

    std::optional<std::vector<std::string>> gather() {
        const bool none = command_.domains.empty() && command_.files.empty();
        if (!command_.record || !none)
            return gather_domains(command_.domains, command_.files, terminal_, voice_);
        assumed_ = true;
        voice_.warning(
            fmt::format("no domain given: checking as if {} published the record", assumed_domain));
        return std::vector{std::string(assumed_domain)};
    }

    /// Reports about the domains, in their order.
    std::vector<spf::Report> walk(std::span<const std::string> domains, const spf::Rules* rules) {
        std::vector<spf::Report> reports(domains.size());
        std::size_t next = 0;
        const auto source = [&]() -> std::optional<spf::Request> {
            if (next == domains.size()) return std::nullopt;
            spf::Request request =
                spf::Request::about(domains[next++], net::both_families, command_.sender, command_.helo);
            for (spf::Inquiry& inquiry : request.inquiries)
                inquiry.audit = true;
            return request;
        };
        const auto sink = [&](spf::Report report) { reports[report.index] = std::move(report); };
        if (rules == nullptr)
            session_->walk(source, sink);
        else
            session_->walk_by(*rules, source, sink);
        return reports;
    }

    void look_at(std::span<const std::string> domains) {
        const std::vector<spf::Report> reports = walk(domains, nullptr);
        std::vector<std::string> beyond; // what lies beyond a limit
        for (const spf::Report& report : reports)
            if (spf::wants_unlimited(report)) beyond.push_back(report.domain);
        const spf::Rules rules = spf::unlimited(command_.rules);
        const std::vector<spf::Report> unlimited = walk(beyond, &rules);

        std::vector<spf::LintInput> inputs(domains.size());
        std::vector<Answers> answers(domains.size());
        std::size_t next = 0;
        for (std::size_t i = 0; i < domains.size(); ++i) {
            inputs[i].report = &reports[i];
            inputs[i].rules = command_.rules;
            if (spf::wants_unlimited(reports[i])) inputs[i].unlimited = &unlimited[next++];
            inputs[i].answers = &answers[i];
            inputs[i].registrable = registrable_name;
            inputs[i].can_be_registered = can_be_registered;
            inputs[i].special = special_space;
            inputs[i].pretended = command_.record.has_value();
            inputs[i].assumed = assumed_;
        }
        ask(inputs, answers);
        for (std::size_t i = 0; i < domains.size(); ++i)
            take({domains[i], spf::lint(inputs[i])});
    }

    /// Gets the answers that lint wants to read, for all domains at once.
    void ask(const std::vector<spf::LintInput>& inputs, std::vector<Answers>& answers) {
        for (bool more = true; more;) {
            std::vector<dns::Question> questions;
            std::vector<std::size_t> askers;
            for (std::size_t i = 0; i < inputs.size(); ++i) {
                for (dns::Question& question : spf::lint_questions(inputs[i])) {
                    questions.push_back(std::move(question));
                    askers.push_back(i);
                }
            }
            const std::vector<dns::AnswerPtr> found = session_->ask(questions);
            for (std::size_t i = 0; i < found.size(); ++i)
                answers[askers[i]].add(questions[i], found[i]);
            more = !questions.empty();
        }
    }

    void take(const emit::LintResult& result) {
        for (const spf::LintFinding& finding : result.findings.found)
            worst_ = std::max(worst_, finding.rule().severity);
        if (command_.json)
            json_.add(result), out_ += json_.take();
        else
            out_ += emit::print_lint(result);
    }

    void write() {
        if (!write_error_ && !out_.empty()) write_error_ = terminal_.write_output(out_);
        out_.clear();
    }

    const LintCommand& command_;
    Terminal& terminal_;
    Voice voice_;
    std::unique_ptr<Session> session_;
    bool assumed_ = false;
    emit::LintJson json_{emit::JsonLayout::indented};
    std::string out_;
    std::optional<std::string> write_error_;
    spf::Severity worst_ = spf::Severity::note;
};

} // namespace

int run_lint(const LintCommand& command, Terminal& terminal) {
    return Lint(command, terminal).go();
}

} // namespace spfwalk::cli
