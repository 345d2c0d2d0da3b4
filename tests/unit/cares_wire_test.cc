#include "dns/cares_wire.h"

#include "support/catch.h"

#include <algorithm>
#include <string>

using namespace spfwalk::dns;
using namespace spfwalk::dns::cares;

namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes bytes(std::string_view text) {
    return {text.begin(), text.end()};
}

/// A reply to "www.example A" with one record.
Bytes reply() {
    using namespace std::string_view_literals;
    return bytes("\x12\x34\x84\x03\0\x01\0\x01\0\0\0\0"
                 "\x03www\x07"
                 "example\0\0\x01\0\x01"
                 "\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x01"sv);
}

constexpr std::size_t question_end = 12 + 13 + 4;

} // namespace

TEST_CASE("RFC 6891 §6.1.2: the OPT record of a query") {
    Bytes query = bytes(std::string("\x12\x34\x01\0\0\x01\0\0\0\0\0\0\0\0\x10\0\x01", 17));
    append_opt(query);
    CHECK(query[11] == 1);
    CHECK(Bytes(query.begin() + 17, query.end()) == Bytes{0, 0, 41, 0x04, 0xd0, 0, 0, 0, 0, 0, 0});
    Bytes stump(11);
    append_opt(stump);
    CHECK(stump == Bytes(11));
}

TEST_CASE("a receipt has the id and the question of the reply, its number, and nothing else of it") {
    for (const std::uint32_t number : {0U, 1U, 255U, 256U, 0xdeadbeefU, 0xffffffffU}) {
        INFO(number);
        Bytes receipt{0xaa};
        REQUIRE(append_receipt(reply(), number, receipt));
        REQUIRE(receipt.front() == 0xaa); // appended
        receipt.erase(receipt.begin());
        CHECK(receipt.size() == question_end + receipt_record_octets);
        CHECK(Bytes(receipt.begin(), receipt.begin() + 12) ==
              Bytes{0x12, 0x34, 0x81, 0x89, 0, 1, 0, 1, 0, 0, 0, 0});
        const Bytes original = reply();
        CHECK(std::equal(receipt.begin() + 12, receipt.begin() + question_end, original.begin() + 12));
        CHECK(receipt_number(receipt) == number);
        // As a library may write it again: the owner in full.
        Bytes rewritten(receipt.begin(), receipt.begin() + question_end);
        rewritten.insert(rewritten.end(), original.begin() + 12, original.begin() + 25);
        rewritten.insert(rewritten.end(), receipt.begin() + question_end + 2, receipt.end());
        CHECK(receipt_number(rewritten) == number);
    }
}

TEST_CASE("what is no reply to one question gets no receipt") {
    const auto refused = [](Bytes message) {
        Bytes out;
        return !append_receipt(message, 7, out) && out.empty();
    };
    for (std::size_t size = 0; size < question_end; ++size) {
        INFO(size);
        Bytes cut = reply();
        cut.resize(size);
        CHECK(refused(cut));
    }
    const auto changed = [](std::size_t at, std::uint8_t value) {
        Bytes message = reply();
        message[at] = value;
        return message;
    };
    CHECK_FALSE(refused(reply()));
    CHECK_FALSE(refused(changed(3, 0xff))); // whatever the RCODE
    CHECK(refused(changed(2, 0x04)));       // QR
    CHECK(refused(changed(4, 1)));          // 257 questions
    CHECK(refused(changed(5, 0)));
    CHECK(refused(changed(5, 2)));
    CHECK(refused(changed(12, 0xc0)));
    CHECK(refused(changed(12, 64)));

    // RFC 1035 §2.3.4: a name of 255 octets is the longest.
    const auto with_name = [](std::size_t labels, std::uint8_t last) {
        Bytes message = reply();
        message.resize(12);
        for (std::size_t i = 0; i < labels; ++i) {
            message.push_back(63);
            message.insert(message.end(), 63, 'a');
        }
        message.push_back(last);
        message.insert(message.end(), last, 'b');
        message.insert(message.end(), {0, 0, 1, 0, 1});
        return message;
    };
    CHECK_FALSE(refused(with_name(3, 61)));
    CHECK(refused(with_name(3, 62)));
}

TEST_CASE("a receipt that is not one has no number") {
    Bytes receipt;
    REQUIRE(append_receipt(reply(), 7, receipt));
    for (std::size_t size = 0; size < receipt.size(); ++size) {
        INFO(size);
        CHECK_FALSE(receipt_number(std::span(receipt).first(size)).has_value());
    }
}
