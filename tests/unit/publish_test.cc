// What published records hold, term by term.
#include "spfwalk/emit/publish.h"

#include "spfwalk/emit/publish_format.h"
#include "support/catch.h"
#include "support/walks.h"

using namespace spfwalk;

namespace {

emit::PublishOptions of_size(std::size_t size) {
    emit::PublishOptions options;
    options.answer_size = size;
    return options;
}

emit::PublishOptions ending_in(emit::Ending ending) {
    emit::PublishOptions options;
    options.ending = ending;
    return options;
}

Expected<emit::Published, std::string>
published(const std::string& zone, const emit::PublishOptions& options = {}, const spf::Rules& rules = {}) {
    spf::WalkOptions walk;
    walk.rules = rules;
    const test::Walked walked = test::walk(zone, {"d.test"}, test::FakeResolver::all, walk);
    return emit::publish(walked.reports.front(), rules, options);
}

/// The records as "NAME: TEXT" lines, then what is left out.
std::string shown(const std::string& zone, const emit::PublishOptions& options = {},
                  const spf::Rules& rules = {}) {
    const auto records = published(zone, options, rules);
    if (!records) return "error: " + records.error();
    std::string text;
    for (const emit::PublishedRecord& record : records->records)
        text += (text.empty() ? "" : "\n") + record.name + ": " + record.text;
    for (const std::string& path : records->left_out)
        text += "\nleft out: " + path;
    return text;
}

std::string txt(const std::string& name, const std::string& text) {
    return name + ". TXT \"" + text + "\"\n";
}

} // namespace

TEST_CASE("RFC 7208 §5.1: the end of a published record is that of the original, or as asked") {
    const auto end = [](const std::string& zone, const emit::PublishOptions& options = {}) {
        return shown(zone, options).substr(std::string("d.test: v=spf1").size());
    };
    for (const std::string all : {" -all", " ~all", " ?all", ""}) {
        INFO(all);
        CHECK(end(txt("d.test", "v=spf1 ip4:192.0.2.1" + all)) == " ip4:192.0.2.1" + all);
        CHECK(end(txt("d.test", "v=spf1 redirect=e.test") + txt("e.test", "v=spf1 ip4:192.0.2.1" + all)) ==
              " ip4:192.0.2.1" + all);
        const std::string zone = txt("d.test", "v=spf1 ip4:192.0.2.1" + all);
        CHECK(end(zone, ending_in(emit::Ending::fail)) == " ip4:192.0.2.1 -all");
        CHECK(end(zone, ending_in(emit::Ending::softfail)) == " ip4:192.0.2.1 ~all");
        CHECK(end(zone, ending_in(emit::Ending::neutral)) == " ip4:192.0.2.1 ?all");
        CHECK(end(zone, ending_in(emit::Ending::none)) == " ip4:192.0.2.1");
    }
    // An include's end is nobody's.
    CHECK(end(txt("d.test", "v=spf1 include:e.test ~all") + txt("e.test", "v=spf1 ip4:192.0.2.1 -all")) ==
          " ip4:192.0.2.1 ~all");
    // What cannot be known ends in the safe one.
    CHECK(end(txt("d.test", "v=spf1 ip4:192.0.2.1 redirect=gone.test")) == " ip4:192.0.2.1 -all");
    CHECK(end(txt("d.test", "v=spf1 ip4:192.0.2.1 nosuch ~all")) == " ~all");
}

TEST_CASE("Where all passes, the published record holds what does not") {
    const std::string zone = txt("d.test", "v=spf1 ip4:10.0.0.0/8 -ip4:10.0.0.0/7 ?ip6:2001:db8::/32 +all");
    CHECK(shown(zone) == "d.test: v=spf1 -ip4:11.0.0.0/8 -ip6:2001:db8::/32 +all");
    CHECK(shown(txt("d.test", "v=spf1 +all"), ending_in(emit::Ending::fail)) ==
          "d.test: v=spf1 ip4:0.0.0.0/0 ip6:::/0 -all");
}

TEST_CASE("RFC 7208 §7: terms that no list can decide stay among the addresses where they stood") {
    CHECK(shown(txt("d.test", "v=spf1 ip4:192.0.2.1 -exists:%{i}.no.test ip4:192.0.2.3 exists:%{l}.yes.test "
                              "~ip4:192.0.2.5 ptr:d.test -all")) ==
          "d.test: v=spf1 ip4:192.0.2.1 -exists:%{i}.no.test ip4:192.0.2.3 exists:%{l}.yes.test "
          "~ip4:192.0.2.5 ptr:d.test -all");
    // Host bits and neighbours need no term of their own, but the order counts.
    CHECK(shown(txt("d.test", "v=spf1 ip4:192.0.2.0/25 ip4:192.0.2.128/25 EXISTS:%{I}.a.%{D} -all")) ==
          "d.test: v=spf1 ip4:192.0.2.0/24 EXISTS:%{I}.a.%{D} -all");
    CHECK(shown(txt("d.test", "v=spf1 ip4:192.0.2.0/24 redirect=%{l}.test")) ==
          "d.test: v=spf1 ip4:192.0.2.0/24 redirect=%{l}.test");
    CHECK(shown(txt("d.test", "v=spf1 ip4:192.0.2.0/24 include:%{l}.test a:%{h}/24//64 mx:%{s}.test -all")) ==
          "d.test: v=spf1 ip4:192.0.2.0/24 include:%{l}.test a:%{h}/24//64 mx:%{s}.test -all");
    // One that makes no difference needs no place.
    CHECK(shown(txt("d.test", "v=spf1 ip4:192.0.2.0/24 -exists:%{i}.no.test -all")) ==
          "d.test: v=spf1 ip4:192.0.2.0/24 -all");
}

TEST_CASE("RFC 7208 §7.2: a term that moves keeps its meaning") {
    const std::string moving = txt("d.test", "v=spf1 include:e.test -all");
    CHECK(shown(moving + txt("e.test",
                             "v=spf1 exists:%{i}.%{d}.test exists:%{l}.%{d2r}.%{o} exists:%{h}.%%.%{v}.x")) ==
          "d.test: v=spf1 exists:%{i}.e.test.test exists:%{l}.test.e.%{o} exists:%{h}.%%.%{v}.x -all");
    CHECK(shown(moving + txt("e.test", "v=spf1 ptr ?all")) == "d.test: v=spf1 ptr:e.test -all");
    CHECK(shown(moving + txt("e.test", "v=spf1 redirect=%{l}.%{d}")) ==
          "d.test: v=spf1 include:%{l}.e.test -all");
    // %{p} prefers a name below the domain whose record it stands in.
    CHECK(shown(moving + txt("e.test", "v=spf1 ip4:192.0.2.1 exists:%{p}.x.test")) ==
          "d.test: v=spf1 ip4:192.0.2.1 -all\nleft out: include:e.test: exists:%{p}.x.test");
    // What an include matches gets the include's qualifier.
    CHECK(shown(txt("d.test", "v=spf1 -include:e.test ip4:192.0.2.1 -all") +
                txt("e.test", "v=spf1 exists:%{i}.%{d} -all")) ==
          "d.test: v=spf1 -exists:%{i}.e.test ip4:192.0.2.1 -all");
}

TEST_CASE("A term is left out if a flat record has no place for it, even if the sets would be the same") {
    // 192.0.2.1 passes if it is not in a.test. With exists:%{i}.b.test in front of it, it would pass if it
    // is not in b.test: as possible, as little sure, and another meaning.
    CHECK(shown(txt("d.test", "v=spf1 include:e.test ?exists:%{i}.b.test -all") +
                txt("e.test", "v=spf1 -exists:%{i}.a.test ip4:192.0.2.1")) ==
          "d.test: v=spf1 -all\nleft out: include:e.test: -exists:%{i}.a.test\n"
          "left out: ?exists:%{i}.b.test");
    // 192.0.2.1 must not come to 1.test: there it is not in question.
    CHECK(shown(txt("d.test", "v=spf1 include:e.test exists:%{i}.2.test -all") +
                txt("e.test", "v=spf1 ?ip4:192.0.2.1 exists:%{i}.1.test")) ==
          "d.test: v=spf1 -all\nleft out: include:e.test: exists:%{i}.1.test\nleft out: exists:%{i}.2.test");
}

TEST_CASE("RFC 7208 §3.4, §4.6.4: records are split so that answers are small and lookups few") {
    std::string terms;
    for (int i = 1; i < 40; i += 2)
        terms += " ip4:192.0.2." + std::to_string(i);
    const std::string zone =
        "d.test. TXT \"v=spf1\" \"" + terms.substr(0, 200) + "\" \"" + terms.substr(200) + " -all\"\n";
    const auto one = published(zone);
    REQUIRE(one);
    CHECK(one->records.size() == 1);
    CHECK(one->lookups == 0);
    CHECK(one->records[0].octets ==
          12 + (1 + 1 + 1 + 4 + 1) + 4 + 2 + 10 + 2 + one->records[0].text.size()); // RFC 1035 §4

    const auto split = published(zone, of_size(200));
    REQUIRE(split);
    CHECK(split->records.size() == 3);
    CHECK(split->lookups == 2);
    CHECK(split->records[0].text == "v=spf1 include:_spf1.d.test include:_spf2.d.test -all");
    for (const emit::PublishedRecord& record : split->records)
        CHECK(record.octets <= 200);
    CHECK(split->records[1].octets > 180);

    emit::PublishOptions elsewhere = of_size(200);
    elsewhere.under = "s.test";
    CHECK(published(zone, elsewhere)->records[2].name == "_spf2.s.test");

    // Not more than ten: then the error names a size that will do.
    std::string many = "d.test. TXT \"v=spf1\"";
    for (int i = 0; i < 250; i += 2)
        many += " \" ip4:198.51.100." + std::to_string(i) + '"';
    for (int i = 0; i < 250; i += 2)
        many += " \" ip4:203.0.113." + std::to_string(i) + '"';
    many += "\n";
    CHECK(shown(many).starts_with("error: it would take 1"));
    CHECK(shown(many).find(" lookups to keep answers within 450 octets (--answer-size 512 would do)") !=
          std::string::npos);
    const auto larger = published(many, of_size(512));
    REQUIRE(larger);
    CHECK(larger->lookups <= 10);
}

TEST_CASE("Other TXT records of the domain count in its answer") {
    const std::string other(300, 'x');
    std::string zone = "d.test. TXT \"v=spf1\"";
    for (int i = 1; i < 29; i += 2)
        zone += " \" ip4:192.0.2." + std::to_string(i) + '"';
    zone += " \" -all\"\nd.test. TXT \"" + other.substr(0, 200) + "\" \"" + other.substr(200) + "\"\n";
    const auto fits = published(zone);
    REQUIRE(fits);
    CHECK_FALSE(fits->oversized);
    CHECK(fits->records.size() == 2);
    CHECK(fits->records[0].octets <= 450);
    CHECK(fits->records[0].octets > 300 + 12 + 2);
    const auto tight = published(zone, of_size(200));
    REQUIRE(tight);
    CHECK(tight->oversized);
    CHECK(tight->records[0].octets > 300);
    CHECK(tight->records.back().octets <= 200);
}

TEST_CASE("What is walked leniently is published for strict receivers") {
    std::string zone = "d.test. TXT \"v=spf1\"";
    for (int i = 1; i <= 11; ++i)
        zone += " \" include:i" + std::to_string(i) + ".test\"";
    zone += " \" -all\"\n";
    for (int i = 1; i <= 11; ++i)
        zone += txt("i" + std::to_string(i) + ".test", "v=spf1 ip4:192.0.2." + std::to_string(i));
    CHECK(shown(zone).find("192.0.2.11") == std::string::npos);
    CHECK(shown(zone, {}, spf::Rules::lenient()) ==
          "d.test: v=spf1 ip4:192.0.2.1 ip4:192.0.2.2/31 ip4:192.0.2.4/30 ip4:192.0.2.8/30 -all");
}

TEST_CASE("RFC 1035 §5.1: a published zone is read as a person may have edited it, or not at all") {
    emit::Addresses expected;
    expected.ipv4 = net::AddressSet({net::ipv4(0xc0000200), net::ipv4(0xc00002ff)});
    for (const char* line : {
             R"(d.test. IN TXT "v=spf1 ip4:192.0.2.0/24 -all")",
             R"(D.test.   3600 IN TXT  "v=spf1 ip4:192.0." "2.0/24 -all"  ; ours)",
             R"(d.test. TXT "v=spf1 ip4:192\.0.2.0/24 -all")",
         }) {
        INFO(line);
        const auto read = emit::read_spf_zone("; a comment\n\n" + std::string(line) + "\n");
        REQUIRE(read);
        CHECK((*read == expected));
    }
    for (const char* line : {
             R"(d.test IN TXT "v=spf1 ip4:192.0.2.0/24 -all")",          // relative to an unknown origin
             R"(d.test. IN TXT v=spf1)",                                 // not in quotes
             R"(d.test. IN TXT "v=spf1 ip4:192.0.2.0/24 -all)",          // without an end
             R"(d.test. IN TXT "v=spf1 ip4:192\0460.2.0/24 -all")",      // by the number of a character
             R"(d.test. IN TXT "v=spf1 ip4:192.0.2.0/24 -all" "v=spf1)", // another one begins
             R"(d.test. IN A 192.0.2.1)",
         }) {
        INFO(line);
        CHECK_FALSE(emit::read_spf_zone(std::string(line) + "\n"));
    }
}
