// The one way to DNS: ask questions, wait for answers.
//
// Back ends: CaresResolver (the network), ZoneResolver (a master file), and fakes in tests. One thread; no
// callbacks: answers are handed out by wait() alone.
#pragma once

#include "spfwalk/dns/answer.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace spfwalk::dns {

struct Reply {
    Question question;
    AnswerPtr answer; ///< never null
};

/// What a resolver did, for reports and for tests that must not look at the clock.
struct Counters {
    std::uint64_t asked = 0;   ///< questions taken
    std::uint64_t sent = 0;    ///< queries sent, retries included
    std::uint64_t retried = 0; ///< queries after the first of a question
    std::uint64_t tcp = 0;     ///< queries sent over TCP
    std::uint64_t failed = 0;  ///< questions that ended as Status::failure
};

class Resolver {
  public:
    virtual ~Resolver() = default;

    /// Takes a question. Each gets exactly one Reply, from a later wait(). The caller does not ask the same
    /// question again while it is open (AnswerStore sees to that). It is sent when wait() is called, or
    /// before; beyond the window it is queued.
    virtual void ask(const Question& question) = 0;

    /// Appends every answer that has come, in the order of arrival, after waiting for at least one. Returns
    /// at once if no question is open. Never fails: what goes wrong is the answer.
    virtual void wait(std::vector<Reply>& answers) = 0;

    /// Lets the next wait(), and only that one, also end without an answer once `descriptor` can be read.
    virtual void wake_on(int descriptor) { (void)descriptor; }

    /// How many more questions would be sent at once rather than queued.
    virtual std::size_t room() const = 0;

    /// Questions taken and not answered yet.
    virtual std::size_t open() const = 0;

    virtual Counters counters() const = 0;
};

} // namespace spfwalk::dns
