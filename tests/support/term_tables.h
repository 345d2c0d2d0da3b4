// Tables of terms for the tests of the record parser.
#pragma once

#include "spfwalk/spf/parse.h"

#include "support/catch.h"
#include "support/show_record.h"

#include <cstdint>
#include <string>
#include <vector>

namespace spfwalk::test {

inline const std::string version = "v=spf1 "; // so a term begins in column 8

/// A term and what it is read as; see show().
struct Good {
    std::string term;
    std::string shown;
};

inline void check_good(const std::vector<Good>& table, spf::Grammar grammar = spf::Grammar::strict) {
    for (const Good& row : table) {
        INFO("term: " << row.term);
        const spf::Record record = spf::parse_record(version + row.term, grammar);
        for (const spf::SyntaxError& error : record.errors)
            UNSCOPED_INFO("column " << error.where.column() << ": " << error.what);
        CHECK(record.errors.empty());
        CHECK(show(record) == row.shown);
        for (const spf::Directive& directive : record.directives)
            CHECK(record.slice(directive.where) == row.term);
        for (const auto* modifier : {&record.redirect, &record.explanation})
            if (*modifier) CHECK(record.slice((*modifier)->where) == row.term);
    }
}

/// A term, where in the record it is wrong, what is there, and what is said about it.
struct Bad {
    std::string term;
    std::uint32_t column;
    std::string part;
    std::string what;
    std::string section;
};

/// Each row is a record of one term with one error, which leaves `shown` behind; see show().
inline void check_bad(const std::vector<Bad>& table, const std::string& shown) {
    for (const Bad& row : table) {
        INFO("term: " << row.term);
        const spf::Record record = spf::parse_record(version + row.term);
        REQUIRE(record.errors.size() == 1);
        const spf::SyntaxError& error = record.errors[0];
        CHECK(error.where.column() == row.column);
        CHECK(record.slice(error.where) == row.part);
        CHECK(error.what == row.what);
        CHECK(error.section == row.section);
        CHECK_FALSE(error.repeated_modifier);
        CHECK(show(record) == shown);
        for (const spf::Directive& directive : record.directives)
            CHECK(record.slice(directive.where) == row.term);
    }
}

} // namespace spfwalk::test
