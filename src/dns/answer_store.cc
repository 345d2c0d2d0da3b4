#include "spfwalk/dns/answer_store.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace spfwalk::dns {

namespace {

using Clock = std::chrono::steady_clock;

/// What the store knows of a question: in flight (no answer, waiters) or known (an answer, in the list of
/// use). The list runs through the entries themselves, so that touching one costs no look-up and no
/// allocation; nodes of an unordered_map do not move.
struct Entry {
    AnswerPtr answer;
    Clock::time_point forget_at; ///< of a failure
    std::vector<Waiter> waiters;
    const Question* question = nullptr; ///< its own key
    Entry* newer = nullptr;
    Entry* older = nullptr;
};

} // namespace

struct AnswerStore::Impl {
    Resolver& resolver;
    Limits limits;
    Observer observer;
    std::unordered_map<Question, Entry> entries;
    Entry* newest = nullptr;
    Entry* oldest = nullptr;
    std::size_t known = 0;
    std::vector<Reply> replies; ///< kept for its memory

    void link(Entry& entry) {
        entry.older = newest;
        entry.newer = nullptr;
        (newest ? newest->newer : oldest) = &entry;
        newest = &entry;
        ++known;
    }

    void unlink(Entry& entry) {
        (entry.newer ? entry.newer->older : newest) = entry.older;
        (entry.older ? entry.older->newer : oldest) = entry.newer;
        --known;
    }

    void settle(Reply& reply, std::vector<Delivery>& deliveries) {
        const auto found = entries.find(reply.question);
        if (found == entries.end() || found->second.answer) return; // not asked: a resolver's mistake
        Entry& entry = found->second;
        entry.answer = std::move(reply.answer);
        if (entry.answer->status == Status::failure) entry.forget_at = Clock::now() + limits.failure_memory;
        link(entry);
        for (const Waiter waiter : std::exchange(entry.waiters, {}))
            deliveries.push_back({waiter, found->first, entry.answer});
        if (observer) observer(found->first, entry.answer);
    }

    void forget_surplus() {
        while (known > limits.answers) {
            Entry& last = *oldest;
            unlink(last);
            entries.erase(entries.find(*last.question));
        }
    }
};

AnswerStore::AnswerStore(Resolver& resolver) : AnswerStore(resolver, Limits()) {}

AnswerStore::AnswerStore(Resolver& resolver, Limits limits, Observer observer)
    : impl_(new Impl{resolver, limits, std::move(observer), {}, nullptr, nullptr, 0, {}}) {}

AnswerStore::~AnswerStore() = default;

AnswerPtr AnswerStore::get(const Question& question, Waiter waiter) {
    auto [position, ask] = impl_->entries.try_emplace(question);
    Entry& entry = position->second;
    entry.question = &position->first;
    if (entry.answer) {
        impl_->unlink(entry);
        if (entry.answer->status != Status::failure || Clock::now() < entry.forget_at) {
            impl_->link(entry);
            return entry.answer;
        }
        entry.answer.reset();
        ask = true;
    }
    if (entry.waiters.empty() || entry.waiters.back() != waiter) entry.waiters.push_back(waiter);
    if (ask) impl_->resolver.ask(question);
    return nullptr;
}

void AnswerStore::put(const Question& question, AnswerPtr answer) {
    const auto [position, fresh] = impl_->entries.try_emplace(question);
    if (!fresh) return;
    position->second.question = &position->first;
    position->second.answer = std::move(answer);
    position->second.forget_at = Clock::time_point::max();
    impl_->link(position->second);
    if (impl_->observer) impl_->observer(question, position->second.answer);
}

void AnswerStore::wait(std::vector<Delivery>& deliveries) {
    impl_->replies.clear();
    impl_->resolver.wait(impl_->replies);
    for (Reply& reply : impl_->replies)
        impl_->settle(reply, deliveries);
    impl_->forget_surplus();
    impl_->replies.clear(); // so that it keeps no answer alive
}

std::size_t AnswerStore::room() const {
    return impl_->resolver.room();
}

std::size_t AnswerStore::open() const {
    return impl_->resolver.open();
}

} // namespace spfwalk::dns
