// The network, through c-ares. The only room that knows c-ares.
//
// What is ours: reading replies (message.h), when to ask again, when to give up, which server, UDP or TCP.
// What is c-ares': sockets, message ids, matching replies to queries, the TCP framing.
#pragma once

#include "spfwalk/dns/resolv_conf.h"
#include "spfwalk/dns/resolver.h"

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace spfwalk::dns {

/// How patient, how wide.
struct CaresOptions {
    std::vector<Server> servers; ///< at least one
    bool tcp_only = false;
    /// Spread questions over the servers rather than prefer the first that answers. One that has left several
    /// questions in a row unanswered gets few of them until it answers again.
    bool rotate = false;
    /// Queries a second on average, after a tenth of a second's worth at once; 0: as many as the window
    /// allows. Asking again is not held back, but counts.
    std::size_t rate = 0;

    /// The longest wait for one try. Earlier tries wait less: try k of n waits timeout · (2/3)^(n-1-k), so
    /// the first retry comes early. No wait is shorter than 10 ms (or the timeout, if that is less), lest
    /// many tries become a flood: a question is given up within three timeouts and n times 10 ms.
    std::chrono::milliseconds timeout{2500};
    int tries = 5; ///< how often a question is sent that nobody answers; at least 1

    /// When the run ends: questions open then fail as Failure::deadline.
    std::optional<std::chrono::steady_clock::time_point> deadline;

    /// Questions in flight. One that has waited for its first retry or for half a second stops counting here
    /// and counts against eight times this instead, so that dead servers do not hold up the others.
    std::size_t window = 256;
};

class CaresResolver final : public Resolver {
  public:
    /// Opens no socket yet. Throws std::runtime_error if c-ares cannot be initialised.
    explicit CaresResolver(CaresOptions options);
    ~CaresResolver() override;

    void ask(const Question& question) override;
    void wait(std::vector<Reply>& answers) override;
    void wake_on(int descriptor) override;
    std::size_t room() const override;
    std::size_t open() const override;
    Counters counters() const override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The version of c-ares at run time.
const char* cares_version();

} // namespace spfwalk::dns
