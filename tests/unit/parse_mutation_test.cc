// Damaged records: whatever the text, the parser keeps its promises (record.h, parse.h).
#include "spfwalk/spf/parse.h"

#include "support/addresses.h"
#include "support/catch.h"
#include "support/record_promises.h"

#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace spfwalk;
using namespace spfwalk::spf;
using namespace spfwalk::test;

namespace {

const std::vector<std::string> seeds = {
    "v=spf1",
    "v=spf1 -all",
    "v=spf1 a mx/24//64 ?ptr ~all",
    "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all",
    "v=spf1 a:b.example/0//0 mx:%{d}/24 ptr:c.example exists:%{ir}.%{v}.%{l1r-}.x +all",
    "v=spf1 include:%{d2}.b.example -include:_spf.%{o} redirect=%{d}.example exp=why.%{d}",
    "V=SPF1  EXISTS:%{L1R+-}.x%%.%_%-.y.  moo=%{d}=%% moo= IP6:::ffff:192.0.2.1/96 ",
    "v=spf1 a:x/24.example/24//64 mx:1.2.3.%{D255R.-+,/_=} redirect=x.1-2.",
};
/// What errors are made of.
const std::vector<std::string> pieces = {" ",    "\t",        "\r\n",  std::string(1, '\0'),
                                         "%",    "%{",        "}",     "%{d0}",
                                         "%{c}", "%%",        "/",     "//",
                                         "/33",  "//129",     "0",     ":",
                                         "=",    ".",         "+",     "-",
                                         "all",  "redirect=", " exp=", " redirect=b.example",
                                         "\x80", "\xff",      "\x7f",  "1.2.3"};

std::string damaged(std::mt19937_64& random) {
    const auto pick = [&](const auto& list) { return list[any_index(random, list.size())]; };
    std::string text = pick(seeds);
    for (std::uint64_t count = 1 + below_or_at(random, 3); count > 0; --count) {
        // Mostly behind the version: without it there is nothing to parse.
        const std::size_t first = text.size() > 6 && below_or_at(random, 19) != 0 ? 6 : 0;
        const std::size_t at = first + any_index(random, text.size() - first + 1);
        switch (below_or_at(random, 4)) {
        case 0:
            if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below_or_at(random, 7)));
            break;
        case 1:
            text.insert(at, 1, static_cast<char>(below_or_at(random, 255)));
            break;
        case 2:
            text.insert(at, pick(pieces));
            break;
        case 3:
            text.erase(at, 1 + any_index(random, 4));
            break;
        default:
            text.resize(at);
            break;
        }
    }
    return text;
}

} // namespace

TEST_CASE("RFC 7208 §4.6: damaged records keep the parser's promises", "[parse]") {
    for (const std::string& text : seeds) {
        INFO("undamaged: " << text);
        REQUIRE(is_spf_record(text));
        REQUIRE(parse_record(text).errors.empty());
    }
    constexpr std::uint64_t seed = 7208;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    int good = 0;
    int bad = 0;
    for (int i = 0; i < 50'000; ++i) {
        const std::string text = damaged(random);
        INFO("round " << i << ": " << text);
        for (const Grammar grammar : {Grammar::strict, Grammar::lenient}) {
            if (!is_spf_record(text, grammar)) continue;
            const Record record = parse_record(text, grammar);
            const char* const separators = grammar == Grammar::strict ? " " : " \t\r\n";
            const std::string promise = broken_promise(text, record, separators);
            if (!promise.empty()) FAIL(promise);
            const std::string shown = show_all(record);
            if (show_all(parse_record(text, grammar)) != shown) FAIL("the same text is read the same way");
            if (grammar == Grammar::lenient && text.find_first_of("\t\r\n") == text.npos &&
                show_all(parse_record(text)) != shown)
                FAIL("lenient differs by separators only");
            if (grammar == Grammar::strict) ++(record.errors.empty() ? good : bad);
        }
    }
    // The loop is worth something only if it meets both.
    CHECK(good > 5'000);
    CHECK(bad > 20'000);
}
