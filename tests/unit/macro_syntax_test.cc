#include "spfwalk/spf/parse.h"

#include "support/catch.h"
#include "support/show_record.h"
#include "support/term_tables.h"

#include <optional>
#include <string>
#include <vector>

using namespace spfwalk;
using namespace spfwalk::spf;
using namespace spfwalk::test;
using namespace std::string_literals;

TEST_CASE("RFC 7208 §7.1: domain-end", "[parse]") {
    check_good({
        {"include:b.museum", "+include:b.museum"},
        {"include:b.example.", "+include:b.example."},
        {"include:.example", "+include:.example"},     // an empty macro-string in front
        {"include:a..example", "+include:a..example"}, // no name, but good syntax (§4.8)
        {"include:_spf.b.example", "+include:_spf.b.example"},
        {"include:b.1com", "+include:b.1com"},
        {"include:b.c0m", "+include:b.c0m"},
        {"include:b.1-2", "+include:b.1-2"},
        {"include:b.xn--p1ai", "+include:b.xn--p1ai"},
        {"include:!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~.x", "+include:!\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~.x"},
        {"include:%{d}", "+include:<d>"},
        {"include:1.2.3.%{d}", "+include:1.2.3.<d>"},
        {"include:b%{d}", "+include:b<d>"},
        {"include:%{d}.example", "+include:<d>.example"},
        {"include:%{d}.example.", "+include:<d>.example."},
        {"include:b%%", "+include:b%"},
        {"include:b%_", "+include:b "},
        {"include:b%-", "+include:b%20"},
        {"include:%%%_%-.x", "+include:% %20.x"},
    });
    for (const std::string name :
         {"museum", "b", "example.", "%{d}example", "%{d}example.", "%%b", ".", "%{d}.", "b.%%."})
        check_bad({{"include:" + name, 16, name, "domain without a top label", "7.1"}}, "+malformed");
    for (const std::string name :
         {"192.0.2.1", "b.1", "b.example..", "..", "b.-x", "b.x-", "b.-", "b.x_y", "b.example,", "b.example;",
          "b.example/", "%{d}.1", "b.example:25", "b.\"example\"", "b%%.1."})
        check_bad({{"include:" + name, 16, name, "bad top label in domain", "7.1"}}, "+malformed");
}

TEST_CASE("RFC 7208 §7.1, §7.2, §7.3: macros", "[parse]") {
    check_good({
        {"exists:%{s}%{l}%{o}%{d}%{i}%{p}%{v}%{h}", "+exists:<s><l><o><d><i><p><v><h>"},
        {"exists:%{S}%{L}%{O}%{D}%{I}%{P}%{V}%{H}", "+exists:<S><L><O><D><I><P><V><H>"},
        {"exists:%{d2}", "+exists:<d2>"},
        {"exists:%{dr}", "+exists:<dr>"},
        {"exists:%{dR}", "+exists:<dr>"},
        {"exists:%{d2r}", "+exists:<d2r>"},
        {"exists:%{d002r}", "+exists:<d2r>"},
        {"exists:%{ir.-}.x", "+exists:<ir.->.x"},
        {"exists:%{l1r-+,/_=.}", "+exists:<l1r-+,/_=.>"},
        {"exists:%{d..}", "+exists:<d..>"},
        {"exists:%{d255}", "+exists:<d255>"},
        {"exists:%{d256}", "+exists:<d>"}, // no name has so many parts: all of them
        {"exists:%{d99999999999999999999999}", "+exists:<d>"},
        {"a:%{o}.%{ir}.x//64", "+a:<o>.<ir>.x/32//64"},
    });
    check_bad(
        {
            {"a:%", 10, "%", "\"%\" that starts no macro", "7.1"},
            {"a:%b.example", 10, "%b", "\"%\" that starts no macro", "7.1"},
            {"a:%%%.example", 12, "%.", "\"%\" that starts no macro", "7.1"},
            {"exists:%(ir).sbl.example", 15, "%(", "\"%\" that starts no macro",
             "7.1"}, // the RFC's own example
            {"a:%{", 12, "", "macro without \"}\"", "7.1"},
            {"a:%{d", 12, "d", "macro without \"}\"", "7.1"},
            {"a:%{d.example", 12, "d.example", "macro without \"}\"", "7.1"},
            {"a:%{}", 12, "}", "macro without a letter", "7.1"},
            {"a:%{x}", 12, "x", "unknown macro letter", "7.1"},
            {"a:%{2d}", 12, "2d", "unknown macro letter", "7.1"},
            {"a:%{-}", 12, "-", "unknown macro letter", "7.1"},
            {"a:%{%{d}}", 12, "%{d", "unknown macro letter", "7.1"},
            {"a:%{d0}", 12, "d0", "macro keeps zero parts", "7.3"},
            {"a:%{d000r}", 12, "d000r", "macro keeps zero parts", "7.3"},
            {"a:%{dr2}", 12, "dr2", "bad macro transformer", "7.1"},
            {"a:%{drr}", 12, "drr", "bad macro transformer", "7.1"},
            {"a:%{d-2}", 12, "d-2", "bad macro transformer", "7.1"},
            {"a:%{d-r}", 12, "d-r", "bad macro transformer", "7.1"},
            {"a:%{d:}", 12, "d:", "bad macro transformer", "7.1"},
            {"a:%{dd}", 12, "dd", "bad macro transformer", "7.1"},
            {"a:%{c}.example", 12, "c", "macro letter is for explanations only", "7.2"},
            {"exists:%{R}.example", 17, "R", "macro letter is for explanations only", "7.2"},
            {"include:%{t}", 18, "t", "macro letter is for explanations only", "7.2"},
        },
        "+malformed");
    const Record record = parse_record("v=spf1 exists:%{S}%{h}.%{S}.x");
    REQUIRE(record.directives.size() == 1);
    const MacroLetters letters = std::get<Exists>(record.directives[0].mechanism).domain.letters;
    for (const char letter : std::string("slodiphcrtv"))
        CHECK(letters.has(letter) == (letter == 's' || letter == 'h'));
    CHECK(letters.any_of("loh"));
    CHECK_FALSE(letters.any_of("lodi"));
}

TEST_CASE("RFC 7208 §6.2: explain-string", "[parse]") {
    struct Row {
        std::string text;
        std::optional<std::string> shown;
    };
    const std::vector<Row> table = {
        {"", ""},
        {" a  b ", " a  b "},
        {"%{c} %{r} %{t}", "<c> <r> <t>"},
        {"See http://%{d}/why?s=%{S}&i=%{I}", "See http://<d>/why?s=<S>&i=<I>"},
        {"100%% of%_%{l1r-}%-", "100% of <l1r->%20"},
        {"no top label", "no top label"},
        {"%", std::nullopt},
        {"50% off", std::nullopt},
        {"%{d0}", std::nullopt},
        {"%{x}", std::nullopt},
        {"%{d", std::nullopt},
        {"a\tb", std::nullopt},
        {"a\nb", std::nullopt},
        {"a\0b"s, std::nullopt},
        {"caf\xc3\xa9", std::nullopt},
    };
    for (const Row& row : table) {
        INFO("text: " << row.text);
        const auto text = parse_explanation(row.text);
        REQUIRE(text.has_value() == row.shown.has_value());
        if (text) CHECK(show(*text) == *row.shown);
    }
}
