// Damaged records: whatever the text, the parser keeps its promises (record.h, parse.h).
#include "spfwalk/spf/parse.h"

#include "support/addresses.h"
#include "support/catch.h"
#include "support/show_record.h"

#include <algorithm>
#include <random>
#include <set>
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
    const auto pick = [&](const auto& list) { return list[below_or_at(random, list.size() - 1)]; };
    std::string text = pick(seeds);
    for (std::uint64_t count = 1 + below_or_at(random, 3); count > 0; --count) {
        // Mostly behind the version: without it there is nothing to parse.
        const std::size_t first = text.size() > 6 && below_or_at(random, 19) != 0 ? 6 : 0;
        const std::size_t at = first + below_or_at(random, text.size() - first);
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
            text.erase(at, 1 + below_or_at(random, 3));
            break;
        default:
            text.resize(at);
            break;
        }
    }
    return text;
}

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return result;
}

bool inside(Extent part, Extent whole) {
    return whole.begin <= part.begin && part.end <= whole.end;
}

/// The terms, split without the parser.
std::vector<Extent> split(std::string_view text, std::string_view separators) {
    std::vector<Extent> terms;
    for (std::size_t at = 6; (at = text.find_first_not_of(separators, at)) != text.npos;) {
        const std::size_t end = std::min(text.find_first_of(separators, at), text.size());
        terms.push_back({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
        at = end;
    }
    return terms;
}

/// All that a record says about its text.
std::string show_all(const Record& record) {
    std::string out = record.text + '\n' + show(record) + '\n';
    const auto add = [&out](Extent where) {
        out += std::to_string(where.begin) + '-' + std::to_string(where.end) + '\n';
    };
    for (const Directive& directive : record.directives)
        add(directive.where);
    for (const SyntaxError& error : record.errors) {
        out += error.what + " §" + error.section + (error.repeated_modifier ? " repeated " : " ");
        add(error.where);
    }
    for (const auto* modifier : {&record.redirect, &record.explanation})
        if (*modifier) add((*modifier)->where);
    return out;
}

/// The first promise that is broken, or nothing.
std::string broken_promise(const std::string& text, const Record& record, std::string_view separators) {
    if (record.text != text) return "the text is kept";
    const std::vector<Extent> terms = split(text, separators);
    const auto term_of = [&](Extent part) {
        return std::ranges::find_if(terms, [&](Extent term) { return inside(part, term); }) - terms.begin();
    };
    const auto is_term = [&](Extent where) { return std::ranges::count(terms, where) == 1; };

    std::uint32_t previous_end = 6;
    std::set<std::ptrdiff_t> malformed;
    for (const Directive& directive : record.directives) {
        if (!is_term(directive.where)) return "a directive is a whole term";
        if (directive.where.begin < previous_end) return "directives are in order";
        previous_end = directive.where.end;
        if (std::holds_alternative<Malformed>(directive.mechanism))
            malformed.insert(term_of(directive.where));
        if (const Ip* ip = std::get_if<Ip>(&directive.mechanism)) {
            const net::Prefix& prefix = ip->prefix;
            if (prefix.length > net::bits(prefix.family)) return "a prefix length fits its family";
            if (net::Prefix::containing(prefix.family, prefix.network, prefix.length) != prefix)
                return "host bits are clear";
        }
    }
    for (const auto* modifier : {&record.redirect, &record.explanation}) {
        if (!*modifier) continue;
        if (!is_term((*modifier)->where)) return "a modifier is a whole term";
        const std::string name = modifier == &record.redirect ? "redirect=" : "exp=";
        if (!lower(record.slice((*modifier)->where)).starts_with(name)) return "a modifier has its name";
    }
    std::ptrdiff_t previous_term = -1;
    for (const SyntaxError& error : record.errors) {
        if (error.where.begin > error.where.end || error.where.end > text.size())
            return "an error is in the text";
        const std::ptrdiff_t term = term_of(error.where);
        if (term == static_cast<std::ptrdiff_t>(terms.size())) return "an error is in a term";
        if (term <= previous_term) return "one error for each bad term, in order";
        previous_term = term;
        if (error.what.empty()) return "an error says what is wrong";
        malformed.erase(term);
        if (std::ranges::any_of(record.directives, [&](const Directive& directive) {
                return inside(error.where, directive.where) &&
                       !std::holds_alternative<Malformed>(directive.mechanism);
            }))
            return "a term with an error is no good directive";
    }
    if (!malformed.empty()) return "a malformed directive has an error";
    return {};
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
