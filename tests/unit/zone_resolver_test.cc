#include "spfwalk/dns/zone_resolver.h"

#include "spfwalk/dns/message.h"
#include "support/catch.h"

using namespace spfwalk::dns;
namespace net = spfwalk::net;

namespace {

Name name(std::string_view text) {
    return Name::from_presentation(text, Name()).value();
}

ZoneResolver zone(const std::string& text) {
    auto file = parse_master_file("$TTL 300\n" + text, "zone");
    if (!file) FAIL(file.error().text);
    return ZoneResolver(std::move(*file));
}

Answer ask(const ZoneResolver& resolver, std::string_view owner, Type type) {
    return *resolver.lookup({name(owner), type});
}

/// The answer in a few words: its description, or the records.
std::string said(const ZoneResolver& resolver, std::string_view owner, Type type = Type::txt) {
    const Answer answer = ask(resolver, owner, type);
    if (answer.status != Status::records) return describe(answer);
    std::string text;
    if (const auto* texts = std::get_if<Texts>(&answer.records))
        for (const std::string& one : *texts)
            text += text.empty() ? one : "," + one;
    if (const auto* addresses = std::get_if<Addresses>(&answer.records))
        for (const net::Address& one : *addresses)
            text += (text.empty() ? "" : ",") + std::to_string(one.lo);
    return text;
}

} // namespace

TEST_CASE("RFC 1034 §4.3.2: names that exist and names that do not") {
    const auto resolver = zone("a.b.test. TXT x\na.b.test. A 0.0.0.1\nsrv.test. SRV 1 2 3 h.\n");
    CHECK(said(resolver, "A.B.Test") == "x");
    CHECK(said(resolver, "a.b.test", Type::a) == "1");
    CHECK(said(resolver, "a.b.test", Type::mx) == "no data");
    CHECK(said(resolver, "srv.test") == "no data");
    CHECK(said(resolver, "c.b.test") == "NXDOMAIN");
    CHECK(said(resolver, "x.a.b.test") == "NXDOMAIN");
    CHECK(said(resolver, "ab.test") == "NXDOMAIN");
    CHECK(ask(resolver, "a.b.test", Type::txt).ttl == 300);
    CHECK(said(zone(""), "a.test") == "NXDOMAIN");
    CHECK(said(zone(""), ".") == "NXDOMAIN");
}

TEST_CASE("RFC 4592 §2.2.2: empty non-terminals exist") {
    const auto resolver = zone("a.b.test. TXT x\n");
    CHECK(said(resolver, "b.test") == "no data");
    CHECK(said(resolver, "test") == "no data");
    CHECK(said(resolver, ".") == "no data");
}

TEST_CASE("RFC 2308 §5: negative answers take the TTL of the closest SOA above") {
    const auto resolver =
        zone("test. SOA n. h. 1 2 3 4 60\na.test. SOA n. h. 1 2 3 4 20\nx.a.test. A 0.0.0.1\n");
    CHECK(ask(resolver, "a.test", Type::txt).ttl == 20);
    CHECK(ask(resolver, "gone.x.a.test", Type::txt).ttl == 20);
    CHECK(ask(resolver, "b.test", Type::txt).ttl == 60);
    CHECK(ask(resolver, "other", Type::txt).ttl == 0);
}

TEST_CASE("RFC 4592 §2.2.1: the wildcard example") {
    const auto resolver = zone("$ORIGIN example.\n"
                               "*          TXT wild\n"
                               "*          MX 10 host1\n"
                               "sub.*      TXT not-wild\n"
                               "host1      A 192.0.2.1\n"
                               "_ssh._tcp.host1 TYPE33 \\# 0\n"
                               "_ssh._tcp.host2 TYPE33 \\# 0\n"
                               "subdel     NS ns.example.com.\n");
    CHECK(said(resolver, "host3.example") == "wild");
    CHECK(said(resolver, "foo.bar.example") == "wild");
    CHECK(said(resolver, "host3.example", Type::a) == "no data");
    CHECK(ask(resolver, "host3.example", Type::mx).status == Status::records);
    CHECK(said(resolver, "host1.example", Type::mx) == "no data");
    CHECK(said(resolver, "sub.*.example") == "not-wild");
    CHECK(said(resolver, "*.example") == "wild");
    CHECK(said(resolver, "_telnet._tcp.host1.example") == "NXDOMAIN"); // below a name that exists
    CHECK(said(resolver, "x.host2.example") == "NXDOMAIN");            // below an empty non-terminal
    CHECK(said(resolver, "ghost.*.example") == "NXDOMAIN");
    CHECK(said(resolver, "a.subdel.example") == "NXDOMAIN"); // delegations mean nothing here
}

TEST_CASE("RFC 4592 §4.4: an empty non-terminal wildcard matches with nothing") {
    const auto resolver = zone("x.*.test. TXT deep\n*.deep.test. TXT w\n");
    CHECK(said(resolver, "any.test") == "no data");
    CHECK(said(resolver, "a.b.c.deep.test") == "w");
}

TEST_CASE("RFC 1034 §3.6.2: aliases are followed inside the file") {
    const auto resolver = zone("test. SOA n. h. 1 2 3 4 250\n"
                               "a.test. 200 CNAME b.test.\nb.test. 100 CNAME c.test.\nc.test. TXT end\n"
                               "gone.test. 10 CNAME nowhere.test.\n*.w.test. CNAME c.test.\n"
                               "both.test. CNAME c.test.\nboth.test. A 0.0.0.9\n");
    const Answer answer = ask(resolver, "a.test", Type::txt);
    CHECK(answer.records == Records(Texts{"end"}));
    CHECK(answer.aliases == std::vector<Name>{name("b.test"), name("c.test")});
    CHECK(answer.ttl == 100);
    const Answer no_data = ask(resolver, "a.test", Type::a);
    CHECK(no_data.status == Status::no_data);
    CHECK(no_data.aliases.size() == 2);
    CHECK(no_data.ttl == 100);
    const Answer gone = ask(resolver, "gone.test", Type::a);
    CHECK(gone.status == Status::no_name);
    CHECK(gone.aliases == std::vector<Name>{name("nowhere.test")});
    CHECK(gone.ttl == 10);
    CHECK(said(resolver, "x.y.w.test") == "end");
    CHECK(said(resolver, "both.test") == "end");
    CHECK(said(resolver, "both.test", Type::a) == "9");
    const Answer itself = ask(resolver, "a.test", Type::cname);
    CHECK(itself.records == Records(Names{name("b.test")}));
    CHECK(itself.aliases.empty());
}

TEST_CASE("RFC 1034 §3.6.2: alias loops and chains that are too long") {
    const auto loop = zone("a. CNAME b.\nb. CNAME c.\nc. CNAME b.\nself. CNAME self.\n*.w. CNAME x.x.w.\n");
    CHECK(said(loop, "a") == "alias loop");
    CHECK(said(loop, "self") == "alias loop");
    CHECK(said(loop, "y.w") == "alias loop");
    CHECK(ask(loop, "a", Type::txt).aliases.empty());

    std::string chain;
    for (std::size_t i = 0; i <= max_aliases; ++i)
        chain += "n" + std::to_string(i) + ". CNAME n" + std::to_string(i + 1) + ".\n";
    const auto resolver = zone(chain + "n" + std::to_string(max_aliases + 1) + ". TXT end\n");
    CHECK(said(resolver, "n1") == "end");
    CHECK(said(resolver, "n0") == "alias loop");
}

TEST_CASE("RFC 6672 §3.2: a DNAME redirects the names below it") {
    const auto resolver =
        zone("old.test. 50 DNAME new.test.\nold.test. TXT apex\nhidden.old.test. TXT hidden\n"
             "a.new.test. TXT moved\nhidden.new.test. TXT seen\n");
    CHECK(said(resolver, "old.test") == "apex");
    const Answer answer = ask(resolver, "a.old.test", Type::txt);
    CHECK(answer.records == Records(Texts{"moved"}));
    CHECK(answer.aliases == std::vector<Name>{name("a.new.test")});
    CHECK(answer.ttl == 50);
    CHECK(said(resolver, "hidden.old.test") == "seen");
    CHECK(said(resolver, "b.old.test") == "NXDOMAIN");
    CHECK(said(zone("a. DNAME b.a.\n"), "x.a") == "alias loop");
    const std::string label(63, 'l');
    const auto growing = zone("o. DNAME " + label + "." + label + "." + label + ".n.\n");
    CHECK(said(growing, label + ".o") == "RCODE 6"); // YXDOMAIN
}

TEST_CASE("An override beats the records for its exact question") {
    const auto resolver = zone("a.test. TXT x\na.test. A 0.0.0.1\nb.test. 40 CNAME a.test.\n"
                               ";! a.test. TXT SERVFAIL\n;! new.test. A NODATA 9\n"
                               ";! c.test. A RECORD 90 VIA d.test. DATA 0.0.0.7\ne.test. 30 CNAME c.test.\n"
                               "*.w.test. TXT wild\n;! *.w.test. TXT TIMEOUT\n");
    CHECK(said(resolver, "a.test") == "SERVFAIL");
    CHECK(said(resolver, "a.test", Type::a) == "1");
    CHECK(said(resolver, "b.test") == "SERVFAIL"); // an alias leads there
    CHECK(said(resolver, "new.test", Type::a) == "no data");
    CHECK(ask(resolver, "new.test", Type::a).ttl == 9);
    CHECK(said(resolver, "new.test") == "NXDOMAIN"); // no name of its own
    CHECK(said(resolver, "c.test", Type::a) == "7");
    const Answer behind = ask(resolver, "e.test", Type::a);
    CHECK(behind.records == Records(Addresses{net::ipv4(7)}));
    CHECK(behind.aliases == std::vector<Name>{name("c.test"), name("d.test")});
    CHECK(behind.ttl == 30);
    CHECK(said(resolver, "*.w.test") == "timeout");
    CHECK(said(resolver, "x.w.test") == "wild"); // not through a wildcard
}

TEST_CASE("Questions are answered at wait(), all of them, in the order asked") {
    auto resolver = zone("a. TXT x\n;! b. TXT SERVFAIL\n");
    const std::size_t room = resolver.room();
    CHECK(room > 100000);
    std::vector<Reply> replies;
    resolver.wait(replies);
    CHECK(replies.empty());
    for (const char* owner : {"b", "a", "c"})
        resolver.ask({name(owner), Type::txt});
    CHECK(resolver.open() == 3);
    CHECK(resolver.room() == room - 3);
    resolver.wait(replies);
    REQUIRE(replies.size() == 3);
    CHECK(replies[0].question == Question{name("b"), Type::txt});
    CHECK(describe(*replies[0].answer) == "SERVFAIL");
    CHECK(replies[1].answer->records == Records(Texts{"x"}));
    CHECK(replies[2].answer->status == Status::no_name);
    CHECK(resolver.open() == 0);
    const Counters counters = resolver.counters();
    CHECK(counters.asked == 3);
    CHECK(counters.failed == 1);
    CHECK(counters.sent == 0);
    resolver.wait(replies);
    CHECK(replies.size() == 3);
}
