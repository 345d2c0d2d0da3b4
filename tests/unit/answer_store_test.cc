#include "spfwalk/dns/answer_store.h"
#include "support/catch.h"

#include <algorithm>
#include <deque>
#include <utility>

using namespace spfwalk::dns;

namespace {

/// Notes what was asked and answers, one question per wait(), in the order asked.
class FakeResolver final : public Resolver {
  public:
    void ask(const Question& question) override {
        asked.push_back(question);
        open_.push_back(question);
    }
    void wait(std::vector<Reply>& answers) override {
        for (std::size_t i = 0; i < batch && !open_.empty(); ++i) {
            auto answer = next                            ? std::exchange(next, nullptr)
                          : next_failure == Failure::none ? std::make_shared<const Answer>()
                                                          : failed(next_failure);
            answers.push_back({open_.front(), answer});
            open_.pop_front();
        }
    }
    std::size_t room() const override { return 7; }
    std::size_t open() const override { return open_.size(); }
    Counters counters() const override { return {}; }

    std::vector<Question> asked;
    std::size_t batch = 1;
    Failure next_failure = Failure::none;
    AnswerPtr next; ///< for one question

  private:
    std::deque<Question> open_;
};

Question txt(std::string_view name) {
    return {Name::from_domain(name).value(), Type::txt};
}

std::vector<Delivery> wait(AnswerStore& store) {
    std::vector<Delivery> deliveries;
    store.wait(deliveries);
    return deliveries;
}

/// Asks and waits until the answer is in.
void fetch(AnswerStore& store, const Question& question) {
    if (store.get(question, 0)) return;
    while (store.open() > 0)
        wait(store);
}

} // namespace

TEST_CASE("A question in flight is joined, and everybody who waits gets the answer once") {
    FakeResolver resolver;
    AnswerStore store(resolver);
    CHECK(store.get(txt("a.test"), 5) == nullptr);
    CHECK(store.get(txt("a.test"), 5) == nullptr); // asks twice in a row, is told once
    CHECK(store.get(txt("A.test."), 3) == nullptr);
    CHECK(store.get({Name::from_domain("a.test").value(), Type::a}, 5) == nullptr);
    CHECK(resolver.asked.size() == 2);
    CHECK(store.open() == 2);
    CHECK(store.room() == 7);

    const std::vector<Delivery> first = wait(store);
    REQUIRE(first.size() == 2);
    CHECK(first[0].waiter == 5);
    CHECK(first[1].waiter == 3);
    CHECK(first[0].question == txt("a.test"));
    CHECK(first[0].answer != nullptr);
    CHECK(first[0].answer == first[1].answer);

    const std::vector<Delivery> second = wait(store);
    REQUIRE(second.size() == 1);
    CHECK(second[0].question.type == Type::a);
    CHECK(store.open() == 0);
    CHECK(wait(store).empty());
}

TEST_CASE("A known answer is given at once and not asked for again") {
    FakeResolver resolver;
    AnswerStore store(resolver);
    store.get(txt("a.test"), 1);
    const AnswerPtr answer = wait(store).at(0).answer;
    CHECK(store.get(txt("a.test"), 2) == answer);
    CHECK(resolver.asked.size() == 1);
    CHECK(wait(store).empty());
}

TEST_CASE("wait() appends") {
    FakeResolver resolver;
    AnswerStore store(resolver);
    std::vector<Delivery> deliveries(1);
    store.get(txt("a.test"), 9);
    store.wait(deliveries);
    REQUIRE(deliveries.size() == 2);
    CHECK(deliveries[1].waiter == 9);
}

TEST_CASE("The answers used last are kept, the others forgotten") {
    FakeResolver resolver;
    AnswerStore::Limits limits;
    limits.octets = 2 * footprint(txt("a.test"), Answer());
    AnswerStore store(resolver, limits);
    fetch(store, txt("a.test"));
    fetch(store, txt("b.test"));
    const AnswerPtr held = store.get(txt("a.test"), 0); // now b is the one used least recently
    fetch(store, txt("c.test"));
    REQUIRE(resolver.asked.size() == 3);
    CHECK(store.get(txt("a.test"), 0) == held);
    CHECK(store.get(txt("c.test"), 0) != nullptr);
    CHECK(store.get(txt("b.test"), 0) == nullptr);
    CHECK(resolver.asked.size() == 4);
    CHECK(held->status == Status::no_name); // whoever holds an answer keeps it
}

TEST_CASE("Forgetting keeps the order of use over many answers") {
    FakeResolver resolver;
    resolver.batch = 10;
    AnswerStore::Limits limits;
    limits.octets = 50 * footprint(txt("n199.test"), Answer());
    AnswerStore store(resolver, limits);
    const auto question = [](int i) { return txt("n" + std::to_string(i) + ".test"); };
    for (int i = 0; i < 200; ++i)
        fetch(store, question(i));
    REQUIRE(resolver.asked.size() == 200);
    for (int i = 199; i >= 150; --i)
        CHECK(store.get(question(i), 0) != nullptr);
    CHECK(store.get(question(149), 0) == nullptr);
    CHECK(resolver.asked.size() == 201);
    wait(store); // 149 pushes out the one used longest ago: 199
    CHECK(store.get(question(199), 0) == nullptr);
    CHECK(store.get(question(198), 0) != nullptr);
}

TEST_CASE("What is kept is bounded by its size, not by its number") {
    FakeResolver resolver;
    AnswerStore::Limits limits;
    Answer large;
    large.status = Status::records;
    large.records = Texts{std::string(5000, 'x')};
    limits.octets = footprint(txt("a.test"), large);
    AnswerStore store(resolver, limits);
    for (const char* name : {"a.test", "b.test", "c.test"})
        fetch(store, txt(name));
    CHECK(store.octets() == 3 * footprint(txt("a.test"), Answer()));
    store.put(txt("l.test"), std::make_shared<const Answer>(large));
    fetch(store, txt("d.test"));
    CHECK(store.octets() <= limits.octets);
    CHECK(store.get(txt("d.test"), 0) != nullptr);
    CHECK(store.get(txt("a.test"), 0) == nullptr);
}

TEST_CASE("An answer that is set aside stays for a while, without what was read out of it") {
    FakeResolver resolver;
    AnswerStore store(resolver);
    Answer answer;
    answer.status = Status::records;
    answer.records = Texts{"v=spf1 a mx -all"};
    answer.interpretation = std::make_shared<const int>(1);
    const auto known = std::make_shared<const Answer>(std::move(answer));
    CHECK(store.get(txt("a.test"), 1) == nullptr);
    resolver.next = known;
    wait(store);
    const std::size_t whole = footprint(txt("a.test"), *known);
    REQUIRE(store.octets() == whole);
    store.set_aside(txt("b.test")); // not known: nothing happens
    store.set_aside(txt("a.test"));
    store.set_aside(txt("a.test"));
    CHECK(known->interpretation == nullptr);
    CHECK(store.octets() < whole);
    CHECK(store.get(txt("a.test"), 1) == known); // perhaps it is read again
    CHECK(store.octets() == whole);
    CHECK(resolver.asked.size() == 1);
}

TEST_CASE("An answer that was put in is not set aside") {
    FakeResolver resolver;
    AnswerStore::Limits limits;
    limits.octets_aside = 0;
    AnswerStore store(resolver, limits);
    const auto mine = std::make_shared<const Answer>();
    store.put(txt("a.test"), mine);
    store.set_aside(txt("a.test"));
    fetch(store, txt("b.test"));
    CHECK(store.peek(txt("a.test")) == mine);
}

TEST_CASE("Neither a failure nor what is in flight is set aside") {
    FakeResolver resolver;
    AnswerStore::Limits limits;
    limits.octets_aside = 0;
    AnswerStore store(resolver, limits);
    resolver.next_failure = Failure::timeout;
    fetch(store, txt("dead.test"));
    resolver.next_failure = Failure::none;
    store.set_aside(txt("dead.test"));
    CHECK(store.get(txt("a.test"), 1) == nullptr);
    store.set_aside(txt("a.test"));
    CHECK(wait(store).size() == 1);
    CHECK(store.peek(txt("a.test")) != nullptr);
    CHECK(store.peek(txt("dead.test")) != nullptr);
}

TEST_CASE("Of the answers that are set aside, the last stay, and others take no room from them") {
    FakeResolver resolver;
    const auto question = [](int i) { return txt("n" + std::to_string(i) + ".test"); };
    AnswerStore::Limits limits;
    limits.octets_aside = 3 * footprint(question(0), Answer());
    AnswerStore store(resolver, limits);
    for (int i = 0; i < 8; ++i)
        fetch(store, question(i));
    for (int i = 0; i < 6; ++i)
        store.set_aside(question(i));
    fetch(store, txt("last.test"));
    const std::size_t asked = resolver.asked.size();
    for (int i = 3; i < 8; ++i)
        CHECK(store.peek(question(i)) != nullptr);
    CHECK(resolver.asked.size() == asked);
    for (int i = 0; i < 3; ++i)
        CHECK(store.peek(question(i)) == nullptr);
}

TEST_CASE("An answer that several have used is not set aside") {
    FakeResolver resolver;
    AnswerStore::Limits limits;
    limits.octets_aside = 0;
    AnswerStore store(resolver, limits);
    SECTION("one after the other") {
        fetch(store, txt("a.test"));
        store.get(txt("a.test"), 1);
    }
    SECTION("one that only looked") {
        fetch(store, txt("a.test"));
        store.peek(txt("a.test"));
    }
    SECTION("side by side") {
        store.get(txt("a.test"), 1);
        store.get(txt("a.test"), 2);
        wait(store);
    }
    store.set_aside(txt("a.test"));
    fetch(store, txt("b.test"));
    CHECK(store.peek(txt("a.test")) != nullptr);
    store.set_aside(txt("b.test"));
    fetch(store, txt("c.test"));
    CHECK(store.peek(txt("b.test")) == nullptr);
    store.set_aside(txt("c.test"));
    store.get(txt("c.test"), 3); // in time
    store.set_aside(txt("c.test"));
    fetch(store, txt("d.test"));
    CHECK(store.peek(txt("c.test")) != nullptr);
}

TEST_CASE("A footprint counts whatever an answer holds") {
    const auto of = [](Records records) {
        Answer answer;
        answer.status = Status::records;
        answer.records = std::move(records);
        return footprint(txt("a.test"), answer);
    };
    const std::size_t empty = footprint(txt("a.test"), Answer());
    const Name name = Name::from_domain("mail.example.com").value();
    CHECK(of(Addresses(10)) >= empty + 10 * sizeof(Addresses::value_type));
    CHECK(of(Names(10, name)) >= empty + 10 * sizeof(Name));
    CHECK(of(Exchanges(10, Mx{10, name})) >= empty + 10 * sizeof(Mx));
    CHECK(of(Texts{std::string(1000, 'x')}) >= empty + 1000);
    CHECK(of(Texts{"v=spf1 a mx -all"}) > of(Texts{"v=spf1_a_mx_-all"})); // words are read into terms
    Answer alias;
    alias.aliases.assign(5, name);
    CHECK(footprint(txt("a.test"), alias) >= empty + 5 * sizeof(Name));
}

TEST_CASE("Even a store that keeps nothing delivers") {
    FakeResolver resolver;
    AnswerStore::Limits limits;
    limits.octets = 0;
    AnswerStore store(resolver, limits);
    store.get(txt("a.test"), 4);
    const auto deliveries = wait(store);
    REQUIRE(deliveries.size() == 1);
    CHECK(deliveries[0].answer != nullptr);
    CHECK(store.get(txt("a.test"), 4) == nullptr);
    CHECK(wait(store).size() == 1);
    CHECK(resolver.asked.size() == 2);
}

TEST_CASE("A failure is remembered for a while only") {
    FakeResolver resolver;
    resolver.next_failure = Failure::timeout;
    AnswerStore::Limits limits;

    SECTION("long enough for the next walk") {
        AnswerStore store(resolver, limits);
        fetch(store, txt("dead.test"));
        const AnswerPtr answer = store.get(txt("dead.test"), 1);
        REQUIRE(answer != nullptr);
        CHECK(answer->failure == Failure::timeout);
        CHECK(resolver.asked.size() == 1);
    }
    SECTION("then it is asked again, and the new answer counts") {
        limits.failure_memory = std::chrono::milliseconds(0);
        AnswerStore store(resolver, limits);
        fetch(store, txt("dead.test"));
        resolver.next_failure = Failure::none;
        CHECK(store.get(txt("dead.test"), 8) == nullptr);
        CHECK(resolver.asked.size() == 2);
        const auto deliveries = wait(store);
        REQUIRE(deliveries.size() == 1);
        CHECK(deliveries[0].waiter == 8);
        CHECK(deliveries[0].answer->status == Status::no_name);
        CHECK(store.get(txt("dead.test"), 9) == deliveries[0].answer);
        CHECK(resolver.asked.size() == 2);
    }
}

TEST_CASE("An answer that was put in counts instead of DNS") {
    FakeResolver resolver;
    int observed = 0;
    AnswerStore::Limits limits;
    limits.octets = footprint(txt("a.test"), Answer());
    AnswerStore store(resolver, limits, [&](const Question&, const AnswerPtr&) { ++observed; });
    const auto mine = std::make_shared<const Answer>();
    store.put(txt("a.test"), mine);
    CHECK(store.get(txt("a.test"), 1) == mine);
    store.put(txt("a.test"), std::make_shared<const Answer>()); // what is known stays
    CHECK(store.get(txt("a.test"), 1) == mine);
    CHECK(resolver.asked.empty());
    CHECK(observed == 1);
    fetch(store, txt("b.test"));
    CHECK(store.get(txt("a.test"), 1) == nullptr); // forgotten like any other
    CHECK(resolver.asked.size() == 2);
}

TEST_CASE("The observer sees each answer once") {
    FakeResolver resolver;
    std::vector<std::string> seen;
    AnswerStore store(resolver, {}, [&](const Question& question, const AnswerPtr& answer) {
        seen.push_back(to_text(question) + " " + describe(*answer));
    });
    store.get(txt("a.test"), 1);
    store.get(txt("a.test"), 2);
    wait(store);
    store.get(txt("a.test"), 3);
    fetch(store, txt("b.test"));
    CHECK(seen == std::vector<std::string>{"a.test TXT NXDOMAIN", "b.test TXT NXDOMAIN"});
}

TEST_CASE("Answers and questions as text") {
    CHECK(describe(*failed(Failure::rcode, 1)) == "FORMERR");
    CHECK(describe(*failed(Failure::rcode, 2)) == "SERVFAIL");
    CHECK(describe(*failed(Failure::rcode, 4)) == "NOTIMP");
    CHECK(describe(*failed(Failure::rcode, 5)) == "REFUSED");
    CHECK(describe(*failed(Failure::rcode, 11)) == "RCODE 11");
    CHECK(describe(*failed(Failure::timeout)) == "timeout");
    CHECK(describe(*failed(Failure::deadline)) == "deadline");
    CHECK(describe(*failed(Failure::malformed)) == "malformed reply");
    CHECK(describe(*failed(Failure::alias_loop)) == "alias loop");
    CHECK(describe(*failed(Failure::unreachable)) == "no server reachable");
    CHECK(describe(*failed(Failure::unaskable)) == "name cannot be asked");
    Answer answer;
    CHECK(describe(answer) == "NXDOMAIN");
    answer.status = Status::no_data;
    CHECK(describe(answer) == "no data");
    answer.status = Status::records;
    CHECK(describe(answer) == "records");
    CHECK(to_text(Question{Name(), Type::aaaa}) == ". AAAA");
    CHECK(to_text(static_cast<Type>(65280)) == "TYPE65280");
    CHECK(to_text(Type::spf) == "SPF");
}
