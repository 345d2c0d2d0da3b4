// What DNS has said in this run: one question, one query, shared by all who want the answer.
#pragma once

#include "spfwalk/dns/resolver.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace spfwalk::dns {

/// Who waits; the number means something to the caller only.
using Waiter = std::uint32_t;

/// An answer for a waiter that had to wait.
struct Delivery {
    Waiter waiter = 0;
    Question question;
    AnswerPtr answer;
};

/// About how much memory it takes to keep an answer: itself, what it says, what is read out of it, and its
/// place in the store. An estimate that errs on the large side.
std::size_t footprint(const Question& question, const Answer& answer);

class AnswerStore {
  public:
    struct Limits {
        /// Memory for answers that are kept for later askers, by footprint(); those used last stay. An open
        /// walk holds its own by AnswerPtr, so forgetting never hurts one.
        std::size_t octets = std::size_t{16} << 20;
        /// The same for those that were set aside; the last of them stay. So little that what comes next lies
        /// in memory that is still in the processor's caches.
        std::size_t octets_aside = std::size_t{256} << 10;
        /// How long a failure is remembered, so that the next walk does not wait for the same dead server.
        std::chrono::milliseconds failure_memory{30'000};
    };
    using Observer = std::function<void(const Question&, const AnswerPtr&)>;

    /// `resolver` must outlive the store. `observer`, if any, sees each answer once, when it comes.
    explicit AnswerStore(Resolver& resolver);
    AnswerStore(Resolver& resolver, Limits limits, Observer observer = {});
    ~AnswerStore();

    /// The answer if it is known; otherwise null, and `waiter` will get a Delivery for it. Joins a question
    /// that is already in flight.
    AnswerPtr get(const Question& question, Waiter waiter);

    /// The answer if it is known; otherwise null. Asks nothing.
    AnswerPtr peek(const Question& question);

    /// To be told of a known answer that nobody else is likely to need. Unless others have used it already,
    /// it is among the first to be forgotten, until it is used again, and what the layer above has read out
    /// of it (Answer::interpretation) is dropped. Whoever gets the answer may read it again. So may those who
    /// hold it, but octets() does not count that. A failure stays where it is: to ask again may take long.
    void set_aside(const Question& question);

    /// Makes `answer` the answer to a question that has not been asked yet, whatever DNS says. It is observed
    /// like any other, and may be forgotten like any other, but is not set aside.
    void put(const Question& question, AnswerPtr answer);

    /// Waits until at least one answer has come (or returns at once if nothing is open, see also wake_on())
    /// and appends a delivery per waiter and answer.
    void wait(std::vector<Delivery>& deliveries);

    /// See Resolver.
    void wake_on(int descriptor);
    std::size_t room() const;
    std::size_t open() const;

    /// The footprint of what is kept now.
    std::size_t octets() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace spfwalk::dns
