#include "spfwalk/spf/publication.h"

#include "support/catch.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using namespace spfwalk;
using namespace spfwalk::spf;
using namespace std::string_literals;

namespace {

using Kind = Publication::Kind;

dns::Answer answer(dns::Texts texts) {
    dns::Answer result;
    result.status = dns::Status::records;
    result.records = std::move(texts);
    return result;
}

dns::Answer answer(dns::Status status) {
    dns::Answer result;
    result.status = status;
    if (status == dns::Status::failure) result.failure = dns::Failure::timeout;
    return result;
}

struct Row {
    dns::Texts texts;
    Kind kind;
    std::string text = {}; ///< of the record that was selected
    bool repeated = false;
};

std::string name(Kind kind) {
    switch (kind) {
    case Kind::record:
        return "record";
    case Kind::none:
        return "none";
    case Kind::several:
        return "several";
    case Kind::failure:
        return "failure";
    }
    return "unknown";
}

void check(const std::vector<Row>& table, Grammar grammar) {
    for (const Row& row : table) {
        INFO("TXT: " << Catch::StringMaker<dns::Texts>::convert(row.texts));
        const PublicationPtr found = publication(answer(row.texts), grammar);
        CHECK(name(found->kind) == name(row.kind));
        CHECK(found->record.text == row.text);
        CHECK(found->repeated == row.repeated);
    }
}

} // namespace

TEST_CASE("RFC 7208 §4.5: selecting the record", "[publication]") {
    check(
        {
            {{"v=spf1"}, Kind::record, "v=spf1"},
            {{"v=spf1 "}, Kind::record, "v=spf1 "},
            {{"v=spf1 -all"}, Kind::record, "v=spf1 -all"},
            {{"V=Spf1 -all"}, Kind::record, "V=Spf1 -all"},
            {{"v=spf1 what is this"}, Kind::record, "v=spf1 what is this"}, // SPF, if a broken one (§4.6)
            {{"v=spf1 \xff"}, Kind::record, "v=spf1 \xff"},
            {{}, Kind::none},
            {{""}, Kind::none},
            {{"v=spf"}, Kind::none},
            {{"v=spf10 -all"}, Kind::none},
            {{"v=spf1-all"}, Kind::none},
            {{" v=spf1 -all"}, Kind::none},
            {{"\tv=spf1 -all"}, Kind::none},
            {{"v=spf1\t-all"}, Kind::none},
            {{"v=spf1\n"}, Kind::none},
            {{"v=spf1\0"s}, Kind::none},
            {{"\"v=spf1 -all\""}, Kind::none},
            {{"spf2.0/pra -all"}, Kind::none},
            {{"v=DMARC1; p=none"}, Kind::none},
            {{"\xff\xfe\x00"s, "caf\xc3\xa9"}, Kind::none},
        },
        Grammar::strict);
}

TEST_CASE("RFC 7208 §4.5: other TXT records are ignored, in any order", "[publication]") {
    dns::Texts texts = {"\xff\xfe", "", "v=spf1 a -all", "v=spf10 mx", " v=spf1 mx", "v=DMARC1; p=none"};
    std::ranges::sort(texts);
    do {
        const PublicationPtr found = publication(answer(texts), Grammar::strict);
        REQUIRE(found->kind == Kind::record);
        REQUIRE(found->record.text == "v=spf1 a -all");
        REQUIRE(found->record.directives.size() == 2);
    } while (std::ranges::next_permutation(texts).found);
}

TEST_CASE("RFC 7208 §4.5: more than one record", "[publication]") {
    check(
        {
            {{"v=spf1 a", "v=spf1 mx"}, Kind::several},
            {{"v=spf1 a", "v=spf1 a"}, Kind::several}, // even if they are identical
            {{"v=spf1", "v=spf1"}, Kind::several},
            {{"v=spf1 a", "V=SPF1 a"}, Kind::several},
            {{"v=spf1 a", "other", "v=spf1 "}, Kind::several},
            {{"v=spf1 a", "v=spf1 a", "v=spf1 a"}, Kind::several},
            {{"v=spf1 a", "v=spf1 ,"}, Kind::several}, // a broken record is a record
            {{"v=spf1 a", "v=spf10 a", "v=spf1\tmx"}, Kind::record, "v=spf1 a"},
        },
        Grammar::strict);
}

TEST_CASE("lenient: identical records are one, white space ends the version", "[publication]") {
    check(
        {
            {{"v=spf1 a"}, Kind::record, "v=spf1 a"},
            {{"v=spf1 a", "v=spf1 a"}, Kind::record, "v=spf1 a", true},
            {{"v=spf1 a", "other", "v=spf1 a", "v=spf1 a"}, Kind::record, "v=spf1 a", true},
            {{"v=spf1 ,", "v=spf1 ,"}, Kind::record, "v=spf1 ,", true},
            {{"other", "other"}, Kind::none},
            {{"v=spf1 a", "v=spf1 mx"}, Kind::several},
            {{"v=spf1 a", "V=SPF1 a"}, Kind::several},
            {{"v=spf1 a", "v=spf1 a "}, Kind::several},
            {{"v=spf1\ta"}, Kind::record, "v=spf1\ta"},
            {{"v=spf1\r\na"}, Kind::record, "v=spf1\r\na"},
            {{"v=spf10 a"}, Kind::none},
            {{" v=spf1 a"}, Kind::none},
        },
        Grammar::lenient);
}

TEST_CASE("lenient: nothing was taken as one where several differ, in any order", "[publication]") {
    check(
        {
            {{"v=spf1 a", "v=spf1 mx", "v=spf1 a"}, Kind::several},
            {{"v=spf1 mx", "v=spf1 a", "v=spf1 a"}, Kind::several},
            {{"v=spf1 a", "v=spf1 a", "v=spf1 mx"}, Kind::several},
        },
        Grammar::lenient);
}

TEST_CASE("RFC 7208 §4.4: no record and no answer are different", "[publication]") {
    for (const Grammar grammar : {Grammar::strict, Grammar::lenient}) {
        CHECK(publication(answer(dns::Status::no_data), grammar)->kind == Kind::none);
        CHECK(publication(answer(dns::Status::no_name), grammar)->kind == Kind::none);
        CHECK(publication(answer(dns::Status::failure), grammar)->kind == Kind::failure);
        CHECK(publication(*dns::failed(dns::Failure::rcode, 2), grammar)->kind == Kind::failure);
    }
}

TEST_CASE("an answer is parsed once, and what was read lives as long as anybody wants it", "[publication]") {
    auto shared = std::make_shared<const dns::Answer>(answer({"v=spf1 a/33 -all"}));
    const PublicationPtr first = publication(*shared, Grammar::strict);
    CHECK(publication(*shared, Grammar::strict) == first);
    CHECK(shared->interpretation == first);
    CHECK(publication(answer({"v=spf1 a/33 -all"}), Grammar::strict) != first);
    shared.reset();
    CHECK(first->record.text == "v=spf1 a/33 -all");
    REQUIRE(first->record.directives.size() == 2);
    CHECK(first->record.slice(first->record.directives[0].where) == "a/33");
    REQUIRE(first->record.errors.size() == 1);
    CHECK(first->record.slice(first->record.errors[0].where) == "/33");

    const dns::Answer failed = answer(dns::Status::failure);
    CHECK(publication(failed, Grammar::strict) == publication(failed, Grammar::strict));
}
