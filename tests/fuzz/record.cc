#include "fuzz/fuzz.h"

#include "support/naive_record.h"
#include "support/record_promises.h"

namespace spfwalk::fuzz {

namespace {

void check(const std::string& text, spf::Grammar grammar) {
    const bool strict = grammar == spf::Grammar::strict;
    const spf::Record record = spf::parse_record(text, grammar);
    const std::string broken = test::broken_promise(text, record, strict ? " " : " \t\r\n");
    promise(broken.empty(), broken, text);
    promise(test::show_all(spf::parse_record(text, grammar)) == test::show_all(record),
            "the same text is read the same way", text);
    for (const spf::SyntaxError& error : record.errors)
        promise(is_clean_line(error.what), "what is wrong is said in a clean line", error.what);
    if (strict)
        promise(record.errors.empty() == naive::parse_record(text).has_value(),
                "a record has errors exactly if a second parser refuses it", text);
    else if (text.find_first_of("\t\r\n") == text.npos)
        promise(test::show_all(spf::parse_record(text)) == test::show_all(record),
                "lenient differs by separators only", text);
}

} // namespace

void fuzz_record(Bytes bytes) {
    std::string text(as_text(bytes));
    promise(spf::is_spf_record(text) == naive::has_version(text), "what is an SPF record", text);
    promise(!spf::is_spf_record(text) || spf::is_spf_record(text, spf::Grammar::lenient),
            "lenient takes what strict takes", text);
    // Most mutations hit the terms this way.
    if (!spf::is_spf_record(text, spf::Grammar::lenient)) text.insert(0, "v=spf1 ");
    for (const spf::Grammar grammar : {spf::Grammar::strict, spf::Grammar::lenient})
        if (spf::is_spf_record(text, grammar)) check(text, grammar);
}

} // namespace spfwalk::fuzz
