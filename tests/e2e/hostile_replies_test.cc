// Replies made to hurt, given to the real program by a real server: what is believed, how often a question is
// asked, what is said of it. The counters are the program's own; nothing here looks at the clock.
#include "support/observed.h"
#include "support/server_thread.h"

#include <map>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

constexpr const char* zone = "$ORIGIN example.net.\n"
                             "good TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"
                             "good A 192.0.2.7\ngood MX 1 good\n";

constexpr const char* list = "198.51.100.0/24\n";

/// The outcome of a domain that answers with a fault.
struct Row {
    std::string fault;
    std::string failure; ///< what the message says of DNS; empty: the true list is printed
    std::uint64_t sent;
    std::uint64_t tcp;
};

/// `exact`: the number of queries is known, because a definite reply ends every try.
void check_row(const ServerThread& server, const Row& row, const std::vector<std::string>& options) {
    const std::string name = row.fault + ".good.example.net";
    INFO(name);
    std::vector<std::string> arguments = {"-r", server.address(), name};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Observed seen = observe(arguments);
    check_decent(seen);
    CHECK(seen.asked == 1);
    CHECK(seen.sent == row.sent);
    CHECK(seen.tcp == row.tcp);
    if (row.failure.empty()) {
        CHECK(seen.ended.output == list);
        CHECK(seen.ended.error == "");
        CHECK(seen.failed == 0);
    } else {
        CHECK(seen.ended.status == 1);
        CHECK(seen.failed == 1);
        CHECK(seen.ended.error ==
              "spfwalk: " + name + ": " + name + " TXT: " + row.failure +
                  " (temperror, RFC 7208 §4.4)\n"
                  "spfwalk: DNS did not answer everything that matters: nothing printed\n");
    }
}

} // namespace

TEST_CASE("definite replies, false ones among them: the outcome and the number of queries are exact") {
    const ServerThread server(zone);
    const std::vector<std::string> patient = {"--timeout", "20s", "--tries", "3"};
    const Row rows[] = {
        // Truncation: the rest is fetched over TCP, whatever came with the lie.
        {"tc", "", 2, 1},
        {"tcempty", "", 2, 1},
        {"tcgarbage", "", 2, 1},
        {"tcboth", "malformed reply", 4, 3},
        {"tcpclose", "malformed reply", 4, 3},
        {"tcpdrip1", "", 2, 1},
        // Over the limit that was agreed on, but whole.
        {"oversize", "", 1, 0},
        // Ten false replies in front of the true one.
        {"chaff", "", 1, 0},
        {"ms50-chaff", "", 1, 0},
        {"wrongaddr", "", 1, 0},
        // Broken messages.
        {"badtxt", "malformed reply", 3, 2},
        {"badname", "malformed reply", 3, 2},
        {"badnames", "malformed reply", 3, 2},
        {"trailing", "malformed reply", 3, 2},
    };
    for (const Row& row : rows)
        check_row(server, row, patient);
}

TEST_CASE("replies that are none, or never whole: so many tries, then a timeout") {
    const ServerThread server(zone);
    const std::vector<std::string> hasty = {"--timeout", "120ms", "--tries", "3"};
    for (const char* const fault :
         {"drop", "wrongid", "wrongname", "wrongport", "noqr", "short", "empty", "ms5000"})
        check_row(server, {fault, "timeout", 3, 0}, hasty);
    // Truncated: once over UDP, then over TCP, where nothing or an octet a second comes.
    for (const char* const fault : {"tcpsilent", "tcpdrip1000"})
        check_row(server, {fault, "timeout", 4, 3}, hasty);
}

TEST_CASE("a server that sends an octet a second does not keep the program beyond its deadline") {
    const ServerThread server(zone);
    const std::string name = "tcpdrip1000.good.example.net";
    const Observed seen =
        observe({"-r", server.address(), "--timeout", "1h", "--tries", "1", "--deadline", "300ms", name});
    check_decent(seen);
    CHECK(seen.sent == 2);
    CHECK(seen.ended.error.starts_with("spfwalk: " + name + ": " + name + " TXT: deadline (temperror"));
}

TEST_CASE("RFC 1035 §4.1.1, RFC 6895 §2.3: every RCODE is what it is, with records beside it or not") {
    const ServerThread server(zone);
    static const std::map<unsigned, std::string> names = {
        {1, "FORMERR"}, {2, "SERVFAIL"}, {4, "NOTIMP"}, {5, "REFUSED"}};
    for (unsigned rcode = 0; rcode <= 15; ++rcode) {
        for (const char* const lie : {"", "-lie"}) {
            const std::string name = "rcode" + std::to_string(rcode) + lie + ".good.example.net";
            INFO(name);
            const Observed seen = observe({"-r", server.address(), "--timeout", "20s", name});
            check_decent(seen);
            CHECK(seen.asked == 1);
            CHECK(seen.sent <= 3);
            if (rcode == 0) {
                CHECK(seen.ended.output == list);
            } else if (rcode == 3 && *lie == '\0') {
                CHECK(seen.ended.error.starts_with("spfwalk: " + name +
                                                   ": no SPF record: the name does not exist "
                                                   "(none, RFC 7208 §4.5)\n"));
                CHECK(seen.sent == 1);
            } else {
                // A name that does not exist and has records is a contradiction.
                const auto known = names.find(rcode);
                const std::string word = rcode == 3             ? "malformed reply"
                                         : known == names.end() ? "RCODE " + std::to_string(rcode)
                                                                : known->second;
                CHECK(seen.ended.error.starts_with("spfwalk: " + name + ": " + name + " TXT: " + word +
                                                   " (temperror, RFC 7208 §4.4)\n"));
                CHECK(seen.failed == 1);
            }
            CHECK(seen.ended.status == (rcode == 0 ? 0 : 1));
        }
    }
    // Those that only EDNS can express (RFC 6891 §6.1.3) are no success although the header says so; asked
    // again over TCP, where there is no EDNS, the server answers.
    for (const unsigned rcode : {16U, 19U, 23U, 32U, 0xff0U, 0xfffU}) {
        for (const char* const lie : {"", "-lie"}) {
            const std::string name = "rcode" + std::to_string(rcode) + lie + ".good.example.net";
            INFO(name);
            const Observed seen = observe({"-r", server.address(), "--timeout", "20s", name});
            check_decent(seen);
            CHECK(seen.ended.output == list);
            CHECK(seen.sent == 2);
            CHECK(seen.tcp == 1);
        }
    }
}

// One run is what a memory checker has the patience for: every fault is a domain of its own, and none
// disturbs another.
TEST_CASE("all at once: each domain comes out as if it were alone", "[checked]") {
    const ServerThread server(zone);
    // Without those that break a TCP connection, which all share.
    const std::map<std::string, std::vector<std::string>> faults = {
        {"ok",
         {"", "tc", "tcempty", "tcgarbage", "oversize", "chaff", "wrongaddr", "octets", "formerr",
          "servfailonce", "drop1", "rcode0", "rcode16", "rcode4095-lie", "ms30", "cnameonly",
          "cnamechain16"}},
        {"none", {"rcode3"}},
        {"temperror",
         {"drop",       "wrongid",    "wrongname", "wrongport", "noqr",      "short",       "empty",
          "ms60000",    "tcboth",     "tcpsilent", "badtxt",    "badname",   "badnames",    "trailing",
          "servfail",   "refused",    "rcode1",    "rcode4",    "rcode6",    "rcode7",      "rcode8",
          "rcode9",     "rcode10",    "rcode11",   "rcode12",   "rcode13",   "rcode14",     "rcode15",
          "rcode2-lie", "rcode3-lie", "cnameloop", "cnameping", "cnameinc1", "cnamechain17"}}};
    std::string input;
    std::map<std::string, std::string> expected;
    for (const auto& [status, labels] : faults) {
        for (const std::string& label : labels) {
            const std::string name = label + (label.empty() ? "" : ".") + "good.example.net";
            expected.emplace(name, status);
            input += name + '\n';
        }
    }
    const Observed seen = observe(
        {"-r", server.address(), "--timeout", "1s", "--tries", "3", "--format=ndjson", "-f", "-"}, input);
    check_decent(seen);
    CHECK(seen.asked == expected.size());
    CHECK(seen.sent <= 4 * expected.size() + 17);
    std::istringstream lines(seen.ended.output);
    std::size_t count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
        const auto member = [&](const std::string& key) {
            const std::size_t at = line.find('"' + key + "\":\"") + key.size() + 4;
            return line.substr(at, line.find('"', at) - at);
        };
        INFO(line);
        const auto known = expected.find(member("domain"));
        REQUIRE(known != expected.end());
        CHECK(member("status") == known->second);
        CHECK((line.find("198.51.100.0/24") != std::string::npos) == (known->second == "ok"));
    }
    CHECK(count == expected.size());
}

TEST_CASE("hostile records, all at once", "[checked]") {
    std::string text = "$ORIGIN example.net.\n"
                       "self TXT \"v=spf1 ip4:192.0.2.1 include:self.example.net -all\"\n"
                       "odd TXT \"v=spf1 ip4:192.0.2.1 \\027[31m\\000\\010 -all\"\n"
                       "host TXT \"v=spf1 ip4:192.0.2.1 mx -all\"\nhost MX 1 \\027\\010\\\"name\n"
                       "macro TXT \"v=spf1 exists:%{l1r-}.%{i}.%{d9r} include:%{h}.%{d} a:%{p} -all\"\n"
                       "alias CNAME \\195\\188\\127\\009.odd\n";
    for (int i = 0; i < 10; ++i) {
        text += "mx MX 1 h" + std::to_string(i) + '\n';
        for (int k = 0; k < 100; ++k)
            text +=
                "h" + std::to_string(i) + " A 10.0." + std::to_string(i) + '.' + std::to_string(k * 2) + '\n';
    }
    text += "mx TXT \"v=spf1 mx -all\"\n";
    std::string record = "\"v=spf1\"";
    for (int i = 0; i < 3000; ++i)
        record += " \" ip4:10.1." + std::to_string(i / 100) + '.' + std::to_string(i % 100 * 2) + '"';
    text += "big TXT ( " + record + " )\n";
    text += "evil TXT \"v=spf1";
    for (int i = 0; i < 10; ++i)
        text += " include:" + std::to_string(i) + ".%{d}";
    text += "\"\n*.evil TXT \"v=spf1";
    for (int i = 0; i < 10; ++i)
        text += " include:" + std::to_string(i) + ".%{d}";
    text += "\"\n";
    const ServerThread server(text);
    const Observed seen = observe({"-r", server.address(), "--format=ndjson", "-f", "-"},
                                  "self.example.net\nodd.example.net\nhost.example.net\nmacro.example.net\n"
                                  "alias.example.net\nmx.example.net\nbig.example.net\nevil.example.net\n");
    check_decent(seen);
    CHECK(std::ranges::count(seen.ended.output, '\n') == 8);
    CHECK(seen.asked < 200);
}
