// DNS as a command's options want it: from the network or a file, shared by all walks, captured.
#pragma once

#include "spfwalk/cli/capture_file.h"
#include "spfwalk/cli/options.h"
#include "spfwalk/cli/voice.h"
#include "spfwalk/dns/answer_store.h"
#include "spfwalk/dns/capture.h"
#include "spfwalk/spf/walk.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spfwalk::cli {

/// What may be told about a walk beside its requests; see spf::WalkOptions.
struct Turns {
    std::function<void()> on_turn{};
    std::function<bool()> is_ready{};
    std::function<bool()> is_stopped{};
};

class Session {
  public:
    /// Reads the zone, or prepares the network; never null. The error says why that cannot be done. Gives up
    /// what the run does not need any more (confine()), so whatever it reads or writes must be open, but for
    /// files in `directories`. `common`, `terminal` and `voice` must outlive the session.
    static Expected<std::unique_ptr<Session>, std::string> open(const CommonOptions& common,
                                                                const Terminal& terminal, Voice& voice,
                                                                std::vector<std::string> directories = {});

    /// `--record`: makes its text, if there is one, what `domain` publishes.
    void pretend(const std::string& domain);

    /// Walks all requests; see spf::Walker. Reports of what the network said have their time.
    void walk(const spf::Walker::Source& next, const spf::Walker::Sink& done, Turns turns = {});
    /// Walks again by other rules; these walks do not count as domains.
    void walk_by(const spf::Rules& rules, const spf::Walker::Source& next, const spf::Walker::Sink& done);

    /// Asks all questions and waits for all answers, which come in the same order.
    std::vector<dns::AnswerPtr> ask(std::span<const dns::Question> questions);

    /// Ends the session: leaves the network, says figures, writes the capture. Returns why that could not be
    /// done, if so.
    std::optional<std::string> finish();

    dns::AnswerStore& store() { return store_; }
    /// The servers that are asked, as text; none with `--zone`.
    const std::vector<std::string>& resolvers() const { return resolvers_; }
    dns::Counters counters() const { return resolver_->counters(); }

  private:
    Session(const CommonOptions& common, const Terminal& terminal, Voice& voice,
            std::unique_ptr<dns::Resolver> resolver, std::vector<std::string> resolvers,
            std::optional<CaptureFile> capture_file);

    const CommonOptions& common_;
    const Terminal& terminal_;
    Voice& voice_;
    std::optional<CaptureFile> capture_file_;
    std::unique_ptr<dns::Resolver> resolver_;
    dns::Capture capture_;
    dns::AnswerStore store_;
    std::vector<std::string> resolvers_;
    std::size_t walked_ = 0;
};

} // namespace spfwalk::cli
