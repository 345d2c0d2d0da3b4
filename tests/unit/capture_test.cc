#include "spfwalk/dns/capture.h"

#include "spfwalk/dns/message.h"
#include "spfwalk/dns/zone_resolver.h"
#include "support/catch.h"

#include <algorithm>
#include <map>
#include <random>

using namespace spfwalk::dns;
namespace net = spfwalk::net;

namespace {

Name name(std::string_view text) {
    return Name::from_presentation(text, Name()).value();
}

using Answers = std::vector<std::pair<Question, AnswerPtr>>;

AnswerPtr records(Records values, std::uint32_t ttl, std::vector<Name> aliases = {}) {
    auto answer = std::make_shared<Answer>();
    answer->status = Status::records;
    answer->records = std::move(values);
    answer->ttl = ttl;
    answer->aliases = std::move(aliases);
    return answer;
}

AnswerPtr negative(Status status, std::uint32_t ttl, std::vector<Name> aliases = {}) {
    auto answer = std::make_shared<Answer>();
    answer->status = status;
    answer->ttl = ttl;
    answer->aliases = std::move(aliases);
    return answer;
}

std::string capture_text(const Answers& answers) {
    Capture capture;
    for (const auto& [question, answer] : answers)
        capture.add(question, answer);
    return capture.to_text();
}

/// The lines behind the heading.
std::string body(const Answers& answers) {
    const std::string text = capture_text(answers);
    REQUIRE(text.substr(0, 2) == "; ");
    return text.substr(text.find('\n') + 1);
}

bool same(const Answer& a, const Answer& b) {
    return a.status == b.status && a.failure == b.failure && a.rcode == b.rcode && a.ttl == b.ttl &&
           a.aliases == b.aliases && a.records == b.records;
}

void check_round_trip(const Answers& answers) {
    const std::string text = capture_text(answers);
    INFO(text);
    auto file = parse_master_file(text, "capture");
    if (!file) FAIL(file.error().text);
    const ZoneResolver resolver(std::move(*file));
    for (const auto& [question, answer] : answers) {
        INFO(to_text(question));
        REQUIRE(same(*resolver.lookup(question), *answer));
    }
}

} // namespace

TEST_CASE("A capture is a master file, sorted, one record a line") {
    const Answers answers = {
        {{name("b.test"), Type::txt}, records(Texts{"v=spf1 -all", "x"}, 60)},
        {{name("a.b.test"), Type::mx}, records(Exchanges{{10, name("m.test")}, {0, Name()}}, 50)},
        {{name("z.example"), Type::a},
         records(Addresses{net::ipv4(0xc0000201)}, 40, {name("b.test"), name("c.test")})},
        {{name("b.test"), Type::aaaa}, failed(Failure::rcode, 2)},
        {{name("gone.test"), Type::txt}, negative(Status::no_name, 30)},
        {{name("d.test"), Type::mx}, negative(Status::no_data, 0, {name("e.test")})},
    };
    CHECK(body(answers) == "z.example. 40 IN CNAME b.test.\n"
                           "b.test. 40 IN CNAME c.test.\n"
                           "b.test. 60 IN TXT \"v=spf1 -all\"\n"
                           "b.test. 60 IN TXT \"x\"\n"
                           ";! b.test. AAAA SERVFAIL\n"
                           "a.b.test. 50 IN MX 10 m.test.\n"
                           "a.b.test. 50 IN MX 0 .\n"
                           "c.test. 40 IN A 192.0.2.1\n"
                           ";! d.test. MX NODATA 0 VIA e.test.\n"
                           ";! gone.test. TXT NXDOMAIN 30\n");
    check_round_trip(answers);
    Answers backwards(answers.rbegin(), answers.rend());
    CHECK(body(backwards) == body(answers));
    CHECK(body({}).empty());
}

TEST_CASE("The first answer to a question stays, but a failure gives way") {
    CHECK(body({{{name("a"), Type::a}, records(Addresses{net::ipv4(1)}, 5)},
                {{name("a"), Type::a}, failed(Failure::timeout)}}) == "a. 5 IN A 0.0.0.1\n");
    CHECK(body({{{name("a"), Type::a}, failed(Failure::timeout)},
                {{name("a"), Type::a}, failed(Failure::rcode, 2)},
                {{name("a"), Type::a}, records(Addresses{net::ipv4(1)}, 5)},
                {{name("a"), Type::a}, records(Addresses{net::ipv4(2)}, 5)}}) == "a. 5 IN A 0.0.0.1\n");
}

TEST_CASE("RFC 1035 §3.3.14: any octet and any length of TXT survives") {
    std::string every;
    for (int i = 0; i < 256; ++i)
        every += static_cast<char>(i);
    check_round_trip(
        {{{name("a"), Type::txt},
          records(Texts{"", every, std::string(255, '"'), std::string(256, '\\'), std::string(510, 'x'),
                        std::string(511, 'y'), std::string(65000, '\xff')},
                  1)}});
    CHECK(body({{{name("a"), Type::spf}, records(Texts{std::string(256, 'x')}, 1)}}) ==
          "a. 1 IN SPF \"" + std::string(255, 'x') + "\" \"x\"\n");
    CHECK(body({{{name("a"), Type::txt}, records(Texts{"\"\\;\t\xc3"}, 1)}}) ==
          "a. 1 IN TXT \"\\\"\\\\;\\009\\195\"\n");
}

TEST_CASE("What would get in the way of other answers becomes an override") {
    const Records one = Addresses{net::ipv4(1)};
    const Records two = Addresses{net::ipv4(2)};
    SECTION("one name, two targets") {
        const Answers answers = {
            {{name("a"), Type::a}, records(one, 5, {name("b")})},
            {{name("a"), Type::mx}, records(Exchanges{{1, name("m")}}, 5, {name("c")})},
        };
        CHECK(body(answers) == "a. 5 IN CNAME b.\n;! a. MX RECORD 5 VIA c. DATA 1 m.\nb. 5 IN A 0.0.0.1\n");
        check_round_trip(answers);
    }
    SECTION("the end of two chains, seen differently") {
        check_round_trip({{{name("a"), Type::a}, records(one, 5, {name("c")})},
                          {{name("b"), Type::a}, records(two, 5, {name("c")})},
                          {{name("c"), Type::a}, records(two, 9)}});
    }
    SECTION("TTLs that ran down between two answers") {
        check_round_trip({{{name("a"), Type::a}, records(one, 5, {name("c")})},
                          {{name("a"), Type::aaaa}, records(Addresses{{1, 1}}, 7, {name("c")})},
                          {{name("c"), Type::a}, records(one, 9)},
                          {{name("b"), Type::a}, records(one, 3, {name("c")})}});
    }
    SECTION("an alias to a name that is itself answered otherwise") {
        check_round_trip({{{name("z"), Type::a}, records(one, 5, {name("q"), name("c")})},
                          {{name("q"), Type::a}, records(two, 5)}});
        check_round_trip({{{name("z"), Type::a}, records(one, 5, {name("q"), name("c")})},
                          {{name("q"), Type::a}, failed(Failure::timeout)}});
        check_round_trip({{{name("y"), Type::a}, records(one, 5, {name("z"), name("q"), name("c")})},
                          {{name("z"), Type::a}, records(one, 5, {name("q"), name("c")})},
                          {{name("c"), Type::a}, negative(Status::no_data, 5)}});
    }
    SECTION("RFC 4592: a wildcard that was asked for") {
        check_round_trip({{{name("*.test"), Type::txt}, records(Texts{"x"}, 5)},
                          {{name("a.test"), Type::a}, records(one, 5, {name("*.other")})}});
        auto file =
            parse_master_file(capture_text({{{name("*.test"), Type::txt}, records(Texts{"x"}, 5)}}), "");
        REQUIRE(file);
        CHECK(ZoneResolver(std::move(*file)).lookup({name("a.test"), Type::txt})->status == Status::no_name);
    }
    SECTION("negative answers above and below names that exist") {
        check_round_trip({{{name("a.b.test"), Type::a}, records(one, 5)},
                          {{name("b.test"), Type::a}, negative(Status::no_name, 7)},
                          {{name("test"), Type::a}, negative(Status::no_data, 8)},
                          {{name("x.a.b.test"), Type::a}, negative(Status::no_data, 9)}});
    }
    SECTION("types that would be followed or cannot be held") {
        check_round_trip({{{name("a"), Type::cname}, records(Names{name("b")}, 5)},
                          {{name("a"), Type::a}, negative(Status::no_name, 5)},
                          {{name("a"), Type::ns}, records(Names{name("b"), name("c")}, 5)},
                          {{name("a"), Type::soa}, records({}, 5)}});
    }
    SECTION("chains longer than would be followed") {
        std::vector<Name> aliases;
        for (std::size_t i = 0; i <= max_aliases; ++i)
            aliases.push_back(name("n" + std::to_string(i)));
        check_round_trip({{{name("a"), Type::a}, records(one, 5, aliases)}});
    }
}

TEST_CASE("Every failure survives") {
    Answers answers;
    int i = 0;
    for (const Failure failure : {Failure::timeout, Failure::deadline, Failure::malformed, Failure::referral,
                                  Failure::alias_loop, Failure::unreachable, Failure::unaskable})
        answers.push_back({{name("f" + std::to_string(i++)), Type::txt}, failed(failure)});
    for (const unsigned rcode : {1U, 2U, 4U, 5U, 11U, 16U, 4095U})
        answers.push_back({{name("f" + std::to_string(i++)), Type::txt},
                           failed(Failure::rcode, static_cast<std::uint16_t>(rcode))});
    check_round_trip(answers);
}

namespace {

/// Answers from a small world in which names, aliases and records meet as awkwardly as chance has it.
class World {
  public:
    explicit World(unsigned seed) : random_(seed) {}

    Answers answers() {
        Answers result;
        const auto count = 1 + random_() % 30;
        std::map<std::string, bool> asked;
        for (std::size_t i = 0; i < count; ++i) {
            const Question question{some_name(), types[below(std::size(types))]};
            if (std::exchange(asked[to_text(question)], true)) continue;
            result.emplace_back(question, some_answer(question));
        }
        return result;
    }

  private:
    static constexpr Type types[] = {Type::a,   Type::aaaa, Type::mx,   Type::txt,
                                     Type::ptr, Type::spf,  Type::cname};

    std::size_t below(std::size_t limit) { return static_cast<std::size_t>(random_()) % limit; }

    Name some_name() {
        Name made;
        for (std::size_t labels = 1 + below(3); labels > 0; --labels) {
            static const std::string odd[] = {"a", "b",  "*",      "c", std::string("\0.\\\"", 4),
                                              "@", "$x", "\xff;()"};
            made = made.child(odd[below(below(2) == 0 ? 3 : std::size(odd))]).value();
        }
        return made;
    }

    std::vector<Name> some_chain(const Name& start) {
        std::vector<Name> chain;
        for (std::size_t length = below(2) * below(4); length > 0; --length) {
            const Name next = some_name();
            if (next != start && std::find(chain.begin(), chain.end(), next) == chain.end())
                chain.push_back(next);
        }
        return chain;
    }

    Records some_records(Type type) {
        const std::size_t count = 1 + below(2);
        Addresses addresses;
        Exchanges exchanges;
        Texts texts;
        Names names;
        for (std::size_t i = 0; i < count; ++i) {
            // The index keeps them different from each other.
            addresses.push_back(type == Type::aaaa ? net::Address{below(3), i}
                                                   : net::ipv4(static_cast<std::uint32_t>(i)));
            exchanges.push_back({static_cast<std::uint16_t>(i), some_name()});
            std::string text(below(2) * below(600), static_cast<char>(random_()));
            texts.push_back(std::to_string(i) + text);
            names.push_back(some_name().child("n" + std::to_string(i)).value());
        }
        switch (type) {
        case Type::a:
        case Type::aaaa:
            return addresses;
        case Type::mx:
            return exchanges;
        case Type::txt:
        case Type::spf:
            return texts;
        default:
            names.resize(type == Type::cname ? 1 : count);
            return names;
        }
    }

    AnswerPtr some_answer(const Question& question) {
        const auto ttl = static_cast<std::uint32_t>(below(4) * 100);
        switch (below(8)) {
        case 0:
            return negative(Status::no_name, ttl, some_chain(question.name));
        case 1:
            return negative(Status::no_data, ttl, some_chain(question.name));
        case 2: {
            static constexpr std::uint16_t rcodes[] = {1, 2, 4, 5, 9, 4095};
            return failed(Failure::rcode, rcodes[below(std::size(rcodes))]);
        }
        case 3: {
            static constexpr Failure failures[] = {
                Failure::timeout,    Failure::deadline,    Failure::malformed, Failure::referral,
                Failure::alias_loop, Failure::unreachable, Failure::unaskable};
            return failed(failures[below(std::size(failures))]);
        }
        default:
            return records(some_records(question.type), ttl, some_chain(question.name));
        }
    }

    std::mt19937 random_;
};

} // namespace

TEST_CASE("Any set of answers survives a capture") {
    for (unsigned seed = 1; seed <= 2000; ++seed) {
        INFO("seed " << seed);
        check_round_trip(World(seed).answers());
    }
}
