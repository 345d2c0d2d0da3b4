#include "spfwalk/dns/answer_store.h"

#include "spfwalk/ascii.h"

#include <unordered_map>
#include <utility>

namespace spfwalk::dns {

namespace {

using Clock = std::chrono::steady_clock;

/// What the store knows of a question: in flight (no answer, waiters) or known (an answer, in one of the
/// lists). A list runs through the entries themselves, so that touching one costs no look-up and no
/// allocation; nodes of an unordered_map do not move.
struct Entry {
    AnswerPtr answer;
    Clock::time_point forget_at;        ///< of a failure
    Waiter waiter = 0;                  ///< the first; seldom there are more
    std::vector<Waiter> others;         ///< more of them
    std::size_t octets = 0;             ///< footprint of the answer
    std::size_t interpretation = 0;     ///< of these, what is for its interpretation
    bool is_aside = false;              ///< set_aside(): the octets are without them
    bool is_shared = false;             ///< whether more than one has asked
    const Question* question = nullptr; ///< its own key
    Entry* newer = nullptr;
    Entry* older = nullptr;
};

/// Entries in the order in which they were put in.
struct List {
    Entry* newest = nullptr;
    Entry* oldest = nullptr;
    std::size_t octets = 0;

    void link(Entry& entry) {
        entry.older = newest;
        entry.newer = nullptr;
        (newest ? newest->newer : oldest) = &entry;
        newest = &entry;
        octets += entry.octets;
    }

    void unlink(Entry& entry) {
        (entry.newer ? entry.newer->older : newest) = entry.older;
        (entry.older ? entry.older->newer : oldest) = entry.newer;
        octets -= entry.octets;
    }
};

/// Not noexcept: so that libstdc++ keeps what it returns, instead of asking again for each neighbour passed.
struct KeptHash {
    std::size_t operator()(const Question& question) const { return std::hash<Question>()(question); }
};

/// What is allocated by itself, and what the layer above makes of a word of text, takes one to three of
/// these.
constexpr std::size_t octets_of_a_block = 64;

std::size_t octets_of(const Name& name) {
    return sizeof(Name) + octets_of_a_block + name.wire().size();
}

/// Of what the layer above reads out of an answer.
std::size_t footprint_of_interpretation(const Answer& answer) {
    std::size_t octets = 0;
    if (const auto* texts = std::get_if<Texts>(&answer.records))
        for (const std::string& text : *texts)
            octets += text.size() + count_of(text, ' ') * 3 * octets_of_a_block;
    return octets;
}

/// Of all else.
std::size_t footprint_of_answer(const Question& question, const Answer& answer) {
    constexpr std::size_t nodes = sizeof(std::pair<const Question, Entry>) + 3 * octets_of_a_block;
    std::size_t octets = nodes + question.name.wire().size() + sizeof(Answer);
    for (const Name& alias : answer.aliases)
        octets += octets_of(alias);
    if (const auto* addresses = std::get_if<Addresses>(&answer.records))
        octets += addresses->size() * sizeof(net::Address);
    if (const auto* exchanges = std::get_if<Exchanges>(&answer.records))
        for (const Mx& exchange : *exchanges)
            octets += octets_of(exchange.exchange) + sizeof(Mx);
    if (const auto* names = std::get_if<Names>(&answer.records))
        for (const Name& name : *names)
            octets += octets_of(name);
    if (const auto* texts = std::get_if<Texts>(&answer.records))
        for (const std::string& text : *texts)
            octets += sizeof(std::string) + text.size();
    return octets;
}

} // namespace

std::size_t footprint(const Question& question, const Answer& answer) {
    return footprint_of_answer(question, answer) + footprint_of_interpretation(answer);
}

struct AnswerStore::Impl {
    Resolver& resolver;
    Limits limits;
    Observer observer;
    std::unordered_map<Question, Entry, KeptHash> entries;
    List used;                  ///< the one used last is the newest
    List aside;                 ///< set_aside()
    std::vector<Reply> replies; ///< kept for its memory

    List& list_of(const Entry& entry) { return entry.is_aside ? aside : used; }

    /// The answer of an entry, which is now the one used last; null if there is none, or only a failure of
    /// old.
    AnswerPtr use(Entry& entry) {
        if (!entry.answer) return nullptr;
        if (entry.answer->status == Status::failure && Clock::now() >= entry.forget_at) return nullptr;
        list_of(entry).unlink(entry);
        if (std::exchange(entry.is_aside, false)) entry.octets += entry.interpretation;
        entry.is_shared = true;
        used.link(entry);
        return entry.answer;
    }

    /// Makes the answer that of the entry, and the one used last.
    void keep(Entry& entry, const Question& question, AnswerPtr answer) {
        entry.interpretation = footprint_of_interpretation(*answer);
        entry.octets = footprint_of_answer(question, *answer) + entry.interpretation;
        entry.is_aside = false;
        entry.answer = std::move(answer);
        used.link(entry);
    }

    void settle(Reply& reply, std::vector<Delivery>& deliveries) {
        const auto found = entries.find(reply.question);
        if (found == entries.end() || found->second.answer) return; // not asked: a resolver's mistake
        Entry& entry = found->second;
        if (reply.answer->status == Status::failure) entry.forget_at = Clock::now() + limits.failure_memory;
        keep(entry, found->first, std::move(reply.answer));
        deliveries.push_back({entry.waiter, found->first, entry.answer});
        for (const Waiter waiter : std::exchange(entry.others, {}))
            deliveries.push_back({waiter, found->first, entry.answer});
        if (observer) observer(found->first, entry.answer);
    }

    void forget_surplus(List& list, std::size_t limit) {
        while (list.octets > limit) {
            Entry& last = *list.oldest;
            list.unlink(last);
            entries.erase(entries.find(*last.question));
        }
    }
};

AnswerStore::AnswerStore(Resolver& resolver) : AnswerStore(resolver, Limits()) {}

AnswerStore::AnswerStore(Resolver& resolver, Limits limits, Observer observer)
    : impl_(new Impl{resolver, limits, std::move(observer), {}, {}, {}, {}}) {
    // Most questions looked for are new, and in an empty bucket that is seen at once.
    impl_->entries.max_load_factor(0.25F);
}

AnswerStore::~AnswerStore() = default;

AnswerPtr AnswerStore::get(const Question& question, Waiter waiter) {
    auto [position, fresh] = impl_->entries.try_emplace(question);
    Entry& entry = position->second;
    entry.question = &position->first;
    if (AnswerPtr answer = impl_->use(entry)) return answer;
    const bool ask = fresh || entry.answer;
    if (entry.answer) {
        impl_->used.unlink(entry);
        entry.answer.reset();
    }
    if (ask) {
        entry.waiter = waiter;
        impl_->resolver.ask(question);
    } else if ((entry.others.empty() ? entry.waiter : entry.others.back()) != waiter) {
        entry.others.push_back(waiter);
        entry.is_shared = true;
    }
    return nullptr;
}

AnswerPtr AnswerStore::peek(const Question& question) {
    const auto found = impl_->entries.find(question);
    return found == impl_->entries.end() ? nullptr : impl_->use(found->second);
}

void AnswerStore::set_aside(const Question& question) {
    const auto found = impl_->entries.find(question);
    if (found == impl_->entries.end()) return;
    Entry& entry = found->second;
    if (!entry.answer || entry.is_shared || entry.is_aside) return;
    if (entry.answer->status == Status::failure) return;
    impl_->used.unlink(entry);
    entry.answer->interpretation.reset();
    entry.octets -= entry.interpretation;
    entry.is_aside = true;
    impl_->aside.link(entry);
}

void AnswerStore::put(const Question& question, AnswerPtr answer) {
    const auto [position, fresh] = impl_->entries.try_emplace(question);
    if (!fresh) return;
    position->second.question = &position->first;
    position->second.forget_at = Clock::time_point::max();
    position->second.is_shared = true; // whoever asks later is to get it, too
    impl_->keep(position->second, question, std::move(answer));
    if (impl_->observer) impl_->observer(question, position->second.answer);
}

void AnswerStore::wait(std::vector<Delivery>& deliveries) {
    impl_->replies.clear();
    impl_->resolver.wait(impl_->replies);
    for (Reply& reply : impl_->replies)
        impl_->settle(reply, deliveries);
    impl_->forget_surplus(impl_->used, impl_->limits.octets);
    impl_->forget_surplus(impl_->aside, impl_->limits.octets_aside);
    impl_->replies.clear(); // so that it keeps no answer alive
}

std::size_t AnswerStore::octets() const {
    return impl_->used.octets + impl_->aside.octets;
}

void AnswerStore::wake_on(int descriptor) {
    impl_->resolver.wake_on(descriptor);
}

std::size_t AnswerStore::room() const {
    return impl_->resolver.room();
}

std::size_t AnswerStore::open() const {
    return impl_->resolver.open();
}

} // namespace spfwalk::dns
