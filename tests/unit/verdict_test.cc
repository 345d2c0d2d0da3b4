#include "spfwalk/spf/verdict.h"

#include "support/catch.h"

using namespace spfwalk;
using net::AddressSet;
using net::Family;
using spf::Region;
using spf::Result;
using spf::Verdict;

namespace {

AddressSet set(std::initializer_list<const char*> prefixes) {
    AddressSet result;
    for (const char* text : prefixes) {
        const auto prefix = net::parse_prefix(text);
        REQUIRE(prefix);
        result.insert(prefix->range());
    }
    return result;
}

Region region(std::initializer_list<const char*> prefixes, Result result, bool unlikely = false) {
    return {set(prefixes), result, {}, unlikely};
}

spf::PublicationPtr published(std::string record) {
    spf::Publication publication;
    publication.kind = spf::Publication::Kind::record;
    publication.record = spf::parse_record(std::move(record));
    return std::make_shared<const spf::Publication>(std::move(publication));
}

/// Where `term` stands in the record of a visit.
spf::Extent extent(const Verdict& verdict, std::uint32_t visit, std::string_view term) {
    const std::size_t at = verdict.visits[visit].publication->record.text.find(term);
    REQUIRE(at != std::string::npos);
    return {static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(at + term.size())};
}

} // namespace

TEST_CASE("RFC 7208 §2.6: the names of the results") {
    CHECK(to_text(Result::none) == "none");
    CHECK(to_text(Result::neutral) == "neutral");
    CHECK(to_text(Result::pass) == "pass");
    CHECK(to_text(Result::fail) == "fail");
    CHECK(to_text(Result::softfail) == "softfail");
    CHECK(to_text(Result::temperror) == "temperror");
    CHECK(to_text(Result::permerror) == "permerror");
}

TEST_CASE("A partition: who passes, passes for sure") {
    Verdict verdict;
    CHECK(verdict.possible().empty());
    CHECK_FALSE(verdict.has(Result::pass));
    verdict.regions = {region({"10.0.0.0/9"}, Result::pass), region({"192.0.2.0/24"}, Result::fail),
                       region({"10.128.0.0/9"}, Result::pass),
                       region({"198.51.100.0/24"}, Result::permerror)};
    const AddressSet ten = set({"10.0.0.0/8"});
    CHECK(verdict.possible() == ten);
    CHECK(verdict.sure() == ten);
    CHECK(verdict.definite() == ten);
    CHECK(verdict.has(Result::pass));
    CHECK(verdict.has(Result::fail));
    CHECK(verdict.has(Result::permerror));
    CHECK_FALSE(verdict.has(Result::temperror));
    CHECK_FALSE(verdict.has(Result::neutral));
}

TEST_CASE("Forks: sure leaves out who may not pass, definite those that a mishap could stop as well") {
    struct Row {
        const char* what;
        std::vector<Region> regions;
        AddressSet possible;
        AddressSet sure;
        AddressSet definite;
    };
    const std::vector<Row> rows = {
        {"passes on both sides",
         {region({"10.0.0.0/8"}, Result::pass), region({"10.0.0.0/8"}, Result::pass)},
         set({"10.0.0.0/8"}),
         set({"10.0.0.0/8"}),
         set({"10.0.0.0/8"})},
        {"fails on one side",
         {region({"10.0.0.0/8"}, Result::pass), region({"10.0.0.0/9"}, Result::fail)},
         set({"10.0.0.0/8"}),
         set({"10.128.0.0/9"}),
         set({"10.128.0.0/9"})},
        {"any other result takes away",
         {region({"10.0.0.0/8"}, Result::pass), region({"10.0.0.0/10"}, Result::neutral),
          region({"10.64.0.0/10"}, Result::softfail), region({"10.128.0.0/10"}, Result::temperror),
          region({"10.192.0.0/11"}, Result::permerror)},
         set({"10.0.0.0/8"}),
         set({"10.224.0.0/11"}),
         set({"10.224.0.0/11"})},
        {"fails by a mishap only",
         {region({"10.0.0.0/8"}, Result::pass), region({"10.0.0.0/9"}, Result::permerror, true)},
         set({"10.0.0.0/8"}),
         set({"10.0.0.0/8"}),
         set({"10.128.0.0/9"})},
        {"passes by a mishap only",
         {region({"10.0.0.0/8"}, Result::fail), region({"10.0.0.0/9"}, Result::pass, true)},
         set({"10.0.0.0/9"}),
         set({}),
         set({})},
        {"others' errors do not matter",
         {region({"10.0.0.0/8"}, Result::pass), region({"192.0.2.0/24"}, Result::fail),
          region({"192.0.2.0/24"}, Result::permerror, true)},
         set({"10.0.0.0/8"}),
         set({"10.0.0.0/8"}),
         set({"10.0.0.0/8"})},
        {"nobody passes",
         {region({"10.0.0.0/8"}, Result::fail), region({"10.0.0.0/8"}, Result::neutral)},
         set({}),
         set({}),
         set({})},
    };
    for (const Row& row : rows) {
        INFO(row.what);
        Verdict verdict;
        verdict.undecidable = true;
        verdict.regions = row.regions;
        CHECK(verdict.possible() == row.possible);
        CHECK(verdict.sure() == row.sure);
        CHECK(verdict.definite() == row.definite);
    }
}

TEST_CASE("Forks: IPv6 to the last address") {
    Verdict verdict;
    verdict.family = Family::ipv6;
    verdict.undecidable = true;
    verdict.regions = {region({"::/0"}, Result::pass), region({"ffff::/16"}, Result::fail),
                       region({"::/1"}, Result::permerror, true)};
    CHECK(verdict.possible() == AddressSet::all(Family::ipv6));
    CHECK(verdict.sure() == AddressSet::all(Family::ipv6) - set({"ffff::/16"}));
    CHECK(verdict.definite() == set({"8000::/1"}) - set({"ffff::/16"}));
}

TEST_CASE("Paths: the terms from the domain's own record to a site") {
    Verdict verdict;
    verdict.visits.push_back(
        {spf::Visit::no_parent, {}, "d.example", published("v=spf1 mx include:a.example -all")});
    verdict.visits.push_back({0, extent(verdict, 0, "include:a.example"), "a.example",
                              published("v=spf1 ~a:one.example redirect=b.example")});
    verdict.visits.push_back({1, extent(verdict, 1, "redirect=b.example"), "b.example", nullptr});
    using Terms = std::vector<std::string_view>;
    CHECK(path(verdict.visits, {0, {}}).empty());
    CHECK(path(verdict.visits, {0, extent(verdict, 0, "mx")}) == Terms{"mx"});
    CHECK(path(verdict.visits, {0, extent(verdict, 0, "-all")}) == Terms{"-all"});
    CHECK(path(verdict.visits, {1, {}}) == Terms{"include:a.example"});
    CHECK(path(verdict.visits, {1, extent(verdict, 1, "~a:one.example")}) ==
          Terms{"include:a.example", "~a:one.example"});
    CHECK(path(verdict.visits, {2, {}}) == Terms{"include:a.example", "redirect=b.example"});
    CHECK(spf::Site{0, {}}.whole());
    CHECK_FALSE(spf::Site{0, {7, 9}}.whole());
}
