// The real program against a server that misbehaves (support/dns_server.h): a walk that DNS fails prints
// nothing, and says which domain, which term, which question and what went wrong.
#include "support/catch.h"
#include "support/process.h"
#include "support/server_thread.h"

using namespace spfwalk;
using namespace spfwalk::test;
using namespace std::chrono_literals;

namespace {

constexpr const char* zone =
    "$ORIGIN example.net.\n"
    "good TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"
    "good A 192.0.2.7\n"
    "outer TXT \"v=spf1 ip4:203.0.113.0/24 include:servfail.good.example.net -all\"\n"
    "i1 TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
    "i2 TXT \"v=spf1 ip4:192.0.2.2 -all\"\n"
    "i3 TXT \"v=spf1 ip4:192.0.2.3 -all\"\n"
    "mail MX 10 good\nmail MX 20 servfail.good\n"
    "*.many TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
    "ok TXT \"v=spf1 ip4:192.0.2.9 -all\"\n";

constexpr const char* verdict = "spfwalk: DNS did not answer everything that matters: nothing printed\n";

Ended walk(const ServerThread& server, std::vector<std::string> arguments) {
    Launch launch;
    launch.command = {SPFWALK_PROGRAM, "--bogons", "keep", "-r", server.address()};
    launch.command.insert(launch.command.end(), arguments.begin(), arguments.end());
    return run_program(launch);
}

/// A walk of example.com as if it published the record.
Ended walk_record(const ServerThread& server, const std::string& record,
                  std::vector<std::string> options = {}) {
    options.insert(options.end(), {"--record", record, "example.com"});
    return walk(server, std::move(options));
}

void check_failed(const Ended& ended, const std::string& message) {
    CHECK(ended.signal == 0);
    CHECK(ended.status == 1);
    CHECK(ended.output == "");
    CHECK(ended.error == "spfwalk: example.com: " + message + '\n' + verdict);
}

} // namespace

TEST_CASE("RFC 7208 §4.4: an include that DNS fails to answer fails the run, by name") {
    const ServerThread server(zone);
    const auto [fault, failure] = GENERATE(table<std::string, std::string>({
        {"servfail", "SERVFAIL"},
        {"refused", "REFUSED"},
        {"rcode9", "RCODE 9"},
        {"tcboth", "malformed reply"},
        {"badtxt", "malformed reply"},
        {"badname", "malformed reply"},
        {"cnameloop", "alias loop"},
        {"cnameping", "alias loop"},
        {"cnameinc1", "alias loop"},
    }));
    const std::string name = fault + ".good.example.net";
    INFO(name);
    check_failed(
        walk_record(server, "v=spf1 ip4:192.0.2.1 include:" + name + " include:good.example.net -all"),
        "include:" + name + ": " + name + " TXT: " + failure + " (temperror, RFC 7208 §4.4)");
}

TEST_CASE("an include whose answer does not come, or comes wrong, is a timeout") {
    const ServerThread server(zone);
    const std::string fault = GENERATE("drop", "wrongid", "wrongname", "noqr", "ms5000");
    const std::string name = fault + ".good.example.net";
    INFO(name);
    check_failed(walk_record(server,
                             "v=spf1 ip4:192.0.2.1 include:" + name + " include:good.example.net -all",
                             {"--timeout", "200ms", "--tries", "2"}),
                 "include:" + name + ": " + name + " TXT: timeout (temperror, RFC 7208 §4.4)");
}

TEST_CASE("a fault that passes does not show") {
    const ServerThread server(zone);
    const std::string fault = GENERATE("good", "drop1", "servfailonce", "formerr", "tc", "tcempty",
                                       "tcgarbage", "ms300", "wrongaddr", "drop1-tc");
    const std::string name = fault == "good" ? "good.example.net" : fault + ".good.example.net";
    INFO(name);
    const Ended ended = walk_record(server, "v=spf1 ip4:192.0.2.1 include:" + name + " -all");
    CHECK(ended.error == "");
    CHECK(ended.output == "192.0.2.1/32\n198.51.100.0/24\n");
    CHECK(ended.status == 0);
}

TEST_CASE("the message has the whole path, and the question that failed") {
    const ServerThread server(zone);
    SECTION("include in an include") {
        check_failed(walk_record(server, "v=spf1 include:outer.example.net -all"),
                     "include:outer.example.net: include:servfail.good.example.net: "
                     "servfail.good.example.net TXT: SERVFAIL (temperror, RFC 7208 §4.4)");
    }
    SECTION("redirect") {
        check_failed(walk_record(server, "v=spf1 redirect=servfail.good.example.net"),
                     "redirect=servfail.good.example.net: servfail.good.example.net TXT: SERVFAIL "
                     "(temperror, RFC 7208 §4.4)");
    }
    SECTION("a, each family by itself") {
        check_failed(
            walk_record(server, "v=spf1 a:refused.good.example.net -all", {"-6"}),
            "a:refused.good.example.net: refused.good.example.net AAAA: REFUSED (temperror, RFC 7208 §5)");
    }
    SECTION("the second host of an mx") {
        check_failed(walk_record(server, "v=spf1 mx:mail.example.net -all", {"-4"}),
                     "mx:mail.example.net: servfail.good.example.net A: SERVFAIL (temperror, RFC 7208 §5)");
    }
    SECTION("exists") {
        check_failed(walk_record(server, "v=spf1 exists:servfail.good.example.net -all"),
                     "exists:servfail.good.example.net: servfail.good.example.net A: SERVFAIL "
                     "(temperror, RFC 7208 §5)");
    }
    SECTION("the domain itself, beside another that is well") {
        const Ended ended = walk(server, {"ok.example.net", "servfail.ok.example.net"});
        CHECK(ended.status == 1);
        CHECK(ended.output == "");
        CHECK(ended.error == "spfwalk: servfail.ok.example.net: servfail.ok.example.net TXT: SERVFAIL "
                             "(temperror, RFC 7208 §4.4)\n" +
                                 std::string(verdict));
    }
}

TEST_CASE("RFC 7208 §4.6.2: a failure behind what has matched does not matter") {
    const ServerThread server(zone);
    const Ended ended = walk_record(server, "v=spf1 ip4:192.0.2.1 ?all include:servfail.good.example.net");
    CHECK(ended.error == "");
    CHECK(ended.output == "192.0.2.1/32\n");
}

TEST_CASE("with default timers a dead include ends the run within ten seconds, by name") {
    const ServerThread server(zone);
    const Ended ended =
        walk_record(server, "v=spf1 include:i1.example.net include:drop.good.example.net "
                            "include:i2.example.net a:good.example.net include:i3.example.net -all");
    check_failed(ended, "include:drop.good.example.net: drop.good.example.net TXT: timeout "
                        "(temperror, RFC 7208 §4.4)");
    CHECK(ended.took < 10s);
}

TEST_CASE("--deadline ends the run") {
    const ServerThread server(zone);
    const Ended ended = walk_record(
        server, "v=spf1 include:i1.example.net include:drop.good.example.net -all", {"--deadline", "500ms"});
    check_failed(ended, "include:drop.good.example.net: drop.good.example.net TXT: deadline "
                        "(temperror, RFC 7208 §4.4)");
    CHECK(ended.took >= 500ms);
    CHECK(ended.took < 5s); // one try alone would be waited for longer
}

TEST_CASE("a server that is not there") {
    std::string address;
    {
        const ServerThread server(zone);
        address = server.address();
    }
    Launch launch;
    launch.command = {SPFWALK_PROGRAM, "--bogons", "keep",    "-r", address,
                      "--timeout",     "500ms",    "--tries", "2",  "example.com"};
    check_failed(run_program(launch), "example.com TXT: no server reachable (temperror, RFC 7208 §4.4)");
}

TEST_CASE("many domains, a few of them dead: each is named, in input order") {
    const ServerThread server(zone, {.reorder = 20ms, .seed = 7});
    std::string names;
    std::string expected;
    for (int i = 0; i < 300; ++i) {
        const bool dead = i % 50 == 7;
        const std::string name = (dead ? "servfail.n" : "n") + std::to_string(i) + ".many.example.net";
        names += name + '\n';
        if (dead)
            expected += "spfwalk: " + name + ": " + name + " TXT: SERVFAIL (temperror, RFC 7208 §4.4)\n";
    }
    Launch launch;
    launch.command = {SPFWALK_PROGRAM, "--bogons", "keep", "-r", server.address(), "-f", "-"};
    launch.input_text = names;
    const Ended ended = run_program(launch);
    CHECK(ended.status == 1);
    CHECK(ended.output == "");
    CHECK(ended.error == expected + verdict);
}
