#include "dns/cares_stand_in.h"

#include "support/catch.h"

#include <string>
#include <vector>

using namespace spfwalk::dns;
using namespace spfwalk::dns::cares;

namespace {

Name name(const char* presentation) {
    return Name::from_presentation(presentation, Name()).value();
}

/// The beginning of a message that asks for a name.
std::vector<std::uint8_t> message(std::uint16_t id, const Name& asked) {
    using namespace std::string_view_literals;
    std::string text =
        std::string("\x01\0\0\x01\0\0\0\0\0\0"sv) + std::string(asked.wire()) + std::string("\0\x10\0\x01"sv);
    text.insert(text.begin(), {static_cast<char>(id >> 8), static_cast<char>(id)});
    return {text.begin(), text.end()};
}

const Name plus = name("a+b.example.");
const Name percent = name("a%b.example.");
const Name stand_in = name("a_b.example.");
constexpr int one = 1;
constexpr int two = 2;

} // namespace

TEST_CASE("Names as c-ares reads them: what it would not send is replaced, octet by octet") {
    const auto text = [](const char* presentation) { return query_text(name(presentation)); };
    CHECK(text("www.Example-1._x.*.a/b.") == "www.example-1._x.*.a/b");
    CHECK(text(".") == ".");
    CHECK(text("a\\.b.c\\\\d.") == "a_b.c_d");
    CHECK(text("a b.\\200\\255.+=%.\\000.") == "a_b.__.___._");
    CHECK_FALSE(needs_stand_in(name("www.Example-1._x.*.a/b.")));
    CHECK_FALSE(needs_stand_in(Name()));
    for (const char* odd : {"a\\.b.", "x.a+b.", "\\000.", "a.\\200.", "a\\@b.example."})
        CHECK(needs_stand_in(name(odd)));
}

TEST_CASE("On the wire is the name that is meant, and c-ares sees its stand-in") {
    StandIns names;
    names.expect(&one, plus);
    auto query = message(7, stand_in);
    names.reveal(query);
    CHECK(query == message(7, plus));
    auto receipt = message(7, plus);
    CHECK(names.disguise(receipt));
    CHECK(receipt == message(7, stand_in));
    // Sent again, under the same id.
    query = message(7, stand_in);
    names.reveal(query);
    CHECK(query == message(7, plus));
}

TEST_CASE("RFC 4343: a server may answer in another case") {
    StandIns names;
    names.expect(&one, plus);
    auto query = message(7, stand_in);
    names.reveal(query);
    auto receipt = message(7, name("A+b.eXample."));
    CHECK(names.disguise(receipt));
    CHECK(receipt == message(7, stand_in));
}

TEST_CASE("A reply to another name under the id of a stand-in is not let through") {
    StandIns names;
    names.expect(&one, plus);
    auto query = message(7, stand_in);
    names.reveal(query);
    for (const Name& other : {stand_in, percent, name("a+c.example."), name("+b.example."), Name()}) {
        auto receipt = message(7, other);
        CHECK_FALSE(names.disguise(receipt));
        CHECK(receipt == message(7, other));
        auto unrelated = message(8, other);
        CHECK(names.disguise(unrelated));
        CHECK(unrelated == message(8, other));
    }
}

TEST_CASE("Names with one stand-in are told apart by the order and then by the id") {
    StandIns names;
    names.expect(&one, plus);
    names.expect(&two, percent);
    auto first = message(7, stand_in);
    auto second = message(9, stand_in);
    names.reveal(first);
    names.reveal(second);
    CHECK(first == message(7, plus));
    CHECK(second == message(9, percent));
    auto receipt = message(9, percent);
    CHECK(names.disguise(receipt));
    CHECK(receipt == message(9, stand_in));
}

TEST_CASE("A query that has ended is forgotten, sent or not") {
    StandIns names;
    names.expect(&one, plus);
    names.expect(&two, percent);
    names.forget(&one); // never sent
    auto query = message(7, stand_in);
    names.reveal(query);
    CHECK(query == message(7, percent));
    names.forget(&two);
    names.forget(&two);
    auto receipt = message(7, percent);
    CHECK(names.disguise(receipt));
    CHECK(receipt == message(7, percent));
    query = message(7, stand_in);
    names.reveal(query); // somebody really asks for it
    CHECK(query == message(7, stand_in));
}

TEST_CASE("What is no message is left alone") {
    StandIns names;
    names.expect(&one, plus);
    const auto whole = message(7, stand_in);
    for (std::size_t size = 0; size < 12 + stand_in.wire().size(); ++size) {
        std::vector<std::uint8_t> part(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
        const auto before = part;
        names.reveal(part);
        CHECK(part == before);
    }
}
