// Records made to hurt, served to the real program by a real server: questions, steps and memory are bounded,
// the outcome and the message are right, and what comes out can be shown on a terminal.
#include "support/observed.h"
#include "support/server_thread.h"

#include "spfwalk/spf/walk.h"

#include <set>

#include <fmt/format.h>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// What a walk may ask beyond what a mail server would: see spf::WalkOptions.
constexpr std::uint64_t branches = 64;
constexpr std::uint64_t leaves = 256;

Observed walk_of(const ServerThread& server, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"-r", server.address()});
    Observed seen = observe(arguments);
    check_decent(seen);
    // Sound replies, however hostile their contents, are not asked for again: what does not fit a datagram
    // only goes over TCP.
    CHECK(seen.retried == seen.tcp);
    CHECK(seen.failed == 0);
    return seen;
}

std::string txt(const std::string& name, const std::string& record) {
    std::string line = name + " TXT";
    for (std::size_t at = 0; at < record.size(); at += 255)
        line += " \"" + record.substr(at, 255) + '"';
    return line + '\n';
}

/// Ten of a term, told apart by a label in front.
std::string ten(const std::string& term) {
    std::string record;
    for (int i = 0; i < 10; ++i)
        record += ' ' + term + std::to_string(i) + ".%{d}";
    return record;
}

const std::string over_ten = "over the limit of 10 lookups (permerror, RFC 7208 §4.6.4)";

/// A tree of records in which each of 1024 addresses goes another way, with ten lookups on each: every term
/// is for those that no term before takes.
class ForkingZone {
  public:
    /// Adds the record `name`, which has `left` lookups and the addresses from `begin`; those behind `end`
    /// are for others.
    void add(const std::string& name, int left, int begin, int end, const std::string& others) {
        ++records_;
        std::string record = "v=spf1" + others;
        for (int rest = left - 1; rest >= 0; --rest) {
            const int behind = begin + (1 << rest);
            const std::string below = "n" + std::to_string(records_);
            if (rest == 0) {
                record += " mx:" + below + ".fork.example";
                for (int i = 0; i < 10; ++i)
                    zone_ += below + " MX 1 h" + std::to_string(i) + '.' + below + "\nh" + std::to_string(i) +
                             '.' + below + " A 11.0." + std::to_string(i) + ".1\n";
                ++records_;
            } else {
                record += " include:" + below + ".fork.example";
                add(below, rest, begin, behind, neutral(behind, end));
            }
            begin = behind;
        }
        zone_ += txt(name, record + " +all");
    }
    std::string zone() const { return "$ORIGIN fork.example.\n" + zone_; }
    int records() const { return records_; }

  private:
    /// Terms that take the addresses 10.0.begin to 10.0.end away.
    static std::string neutral(int begin, int end) {
        std::string terms;
        while (begin < end) {
            int bits = 0;
            while (bits < 10 && (begin & (1 << bits)) == 0 && begin + (2 << bits) <= end)
                ++bits;
            terms += fmt::format(" ?ip4:10.0.{}.{}/{}", begin >> 8, begin & 255, 32 - bits);
            begin += 1 << bits;
        }
        return terms;
    }

    std::string zone_;
    int records_ = 0;
};

std::size_t lines(const std::string& text) {
    return static_cast<std::size_t>(std::ranges::count(text, '\n'));
}

} // namespace

TEST_CASE("RFC 7208 §4.6.4: cycles of include and redirect end, and each name is asked once") {
    const ServerThread server("$ORIGIN example.net.\n"
                              "self TXT \"v=spf1 ip4:192.0.2.1 include:self.example.net -all\"\n"
                              "left TXT \"v=spf1 ip4:192.0.2.2 include:right.example.net -all\"\n"
                              "right TXT \"v=spf1 include:left.example.net -all\"\n"
                              "again TXT \"v=spf1 ip4:192.0.2.3 redirect=again.example.net\"\n"
                              "round TXT \"v=spf1 ip4:192.0.2.4 include:middle.example.net -all\"\n"
                              "middle TXT \"v=spf1 redirect=last.example.net\"\n"
                              "last TXT \"v=spf1 include:%{o} -all\"\n"
                              "twice TXT \"v=spf1 include:twice.example.net include:twice.example.net\"\n"
                              "mirror TXT \"v=spf1 ip4:192.0.2.6 include:%{d} include:%{d1r}.%{d} -all\"\n");
    struct Row {
        const char* name;
        std::uint64_t questions;
        std::string output;
        std::string path;
    };
    const Row rows[] = {
        {"self", 1, "192.0.2.1/32\n", "include:self.example.net (11 times)"},
        {"left", 2, "192.0.2.2/32\n", ""},
        {"again", 1, "192.0.2.3/32\n", "redirect=again.example.net (11 times)"},
        {"round", 3, "192.0.2.4/32\n", ""},
        {"mirror", 1, "192.0.2.6/32\n", "include:%{d} (11 times)"},
    };
    for (const Row& row : rows) {
        const std::string name = std::string(row.name) + ".example.net";
        INFO(name);
        const Observed seen = walk_of(server, {name});
        CHECK(seen.asked == row.questions);
        CHECK(seen.sent == row.questions);
        CHECK(seen.ended.status == 0);
        CHECK(seen.ended.output == row.output);
        CHECK(seen.ended.error.ends_with(over_ten + '\n'));
        if (!row.path.empty())
            CHECK(seen.ended.error == "spfwalk: " + name + ": " + row.path + ": " + over_ten + '\n');
    }
    const Observed nothing = walk_of(server, {"twice.example.net"});
    CHECK(nothing.asked == 1);
    CHECK(nothing.ended.status == 1);
}

TEST_CASE("trees that fan out by ten at every level, with names of their own, are not climbed") {
    const ServerThread server(
        txt("evil.example.", "v=spf1" + ten("include:i") + " -all") +
        txt("*.evil.example.", "v=spf1 ip4:192.0.2.1" + ten("include:i") + " -all") +
        txt("hosts.example.", "v=spf1" + ten("include:i") + " -all") +
        txt("*.hosts.example.", "v=spf1" + ten("a:a") + ten("mx:m") + ten("include:i") + " -all") +
        txt("onward.example.", "v=spf1" + ten("include:i") + " redirect=r.%{d}") +
        txt("*.onward.example.", "v=spf1" + ten("exists:e") + ten("include:i") + " redirect=r.%{d}"));
    for (const char* const name : {"evil.example", "hosts.example", "onward.example"}) {
        INFO(name);
        const Observed seen = walk_of(server, {name});
        // Eleven records and ten lookups are what the RFC allows; what is asked beyond is the price of asking
        // many at once.
        CHECK(seen.asked <= 21 + branches + leaves);
        CHECK(seen.ended.error.find("(permerror, RFC 7208 §4.6.4)\n") != std::string::npos);
    }
    const Observed lenient = walk_of(server, {"--lenient", "evil.example"});
    CHECK(lenient.asked <= 51 + branches);
    CHECK(lenient.ended.error.find("over the limit of 50 lookups") != std::string::npos);
    // A list of such domains costs as much for each, not more.
    const Observed many = walk_of(server, {"i0.evil.example", "i1.evil.example", "i2.evil.example"});
    CHECK(many.asked <= 3 * (11 + branches));
}

TEST_CASE("records that send each client another way, within the limits of each, have an end") {
    ForkingZone forks;
    forks.add("@", 10, 0, 1024, "");
    const ServerThread server(forks.zone());
    const Observed seen = walk_of(server, {"-4", "fork.example"});
    CHECK(forks.records() > 1000); // and ten hosts for each second one
    // Eleven times a hundred that may be used, and a tenth of that at each of ten levels.
    CHECK(seen.asked <= 2 * 11 * 100 + branches + leaves);
    CHECK(seen.ended.status == 1);
    CHECK(seen.ended.error.find("too complex, evaluation given up") != std::string::npos);
}

TEST_CASE(
    "RFC 7208 §4.6.4: ten MX hosts of a hundred addresses each are listed whole; eleven are not looked up") {
    std::string zone = "$ORIGIN mx.example.\n" + txt("@", "v=spf1 mx -all") +
                       txt("eleven", "v=spf1 mx -all") + txt("thousand", "v=spf1 mx -all");
    for (int host = 0; host < 10; ++host) {
        const std::string name = "h" + std::to_string(host);
        zone += "@ MX " + std::to_string(host) + ' ' + name + '\n';
        for (int i = 0; i < 100; ++i) {
            zone += name + " A 10.0." + std::to_string(host) + '.' + std::to_string(2 * i) + '\n';
            zone += name + " AAAA 2001:db8:" + std::to_string(host) + "::" + std::to_string(2 * i) + '\n';
        }
    }
    for (int i = 0; i < 11; ++i)
        zone += "eleven MX 1 e" + std::to_string(i) + '\n';
    for (int i = 0; i < 1000; ++i)
        zone += "thousand MX 1 t" + std::to_string(i) + '\n';
    const ServerThread server(zone);
    const Observed ten_hosts = walk_of(server, {"mx.example"});
    CHECK(ten_hosts.ended.status == 0);
    CHECK(lines(ten_hosts.ended.output) == 2000);
    CHECK(ten_hosts.asked == 2 + 20);
    CHECK(ten_hosts.ended.error == "");
    const Observed eleven = walk_of(server, {"eleven.mx.example"});
    CHECK(eleven.asked == 2);
    CHECK(eleven.ended.error.find("11 MX records, more than ten (permerror, RFC 7208 §4.6.4)") !=
          std::string::npos);
    const Observed thousand = walk_of(server, {"thousand.mx.example"});
    CHECK(thousand.asked == 2);
    CHECK(thousand.ended.error.find("1000 MX records, more than ten") != std::string::npos);
}

TEST_CASE("RFC 7208 §3.3, §3.4: a record of 64 KiB, of thousands of strings, among thousands of others") {
    std::string record = "v=spf1";
    for (int i = 0; record.size() < 64'000; ++i)
        record += " ip4:10." + std::to_string(i / 100 % 100) + '.' + std::to_string(2 * (i % 100));
    std::size_t terms = static_cast<std::size_t>(std::ranges::count(record, ' '));
    // Three numbers are no address: all of it would be one syntax error after the other.
    std::string good = "v=spf1";
    for (unsigned i = 0; good.size() < 64'000; ++i)
        good += " ip4:10." + std::to_string(i >> 15) + '.' + std::to_string(i >> 7 & 255) + '.' +
                std::to_string((i & 127) * 2);
    const std::size_t networks = static_cast<std::size_t>(std::ranges::count(good, ' '));
    std::string zone = "$ORIGIN large.example.\n" + txt("good", good) + txt("bad", record) +
                       txt("short", good.substr(0, good.rfind(' ', 30'000)));
    for (int i = 0; i < 3000; ++i)
        zone += "crowd TXT \"n" + std::to_string(i) + "\"\n";
    zone += "crowd TXT \"v=spf1 ip4:192.0.2.1 -all\"\n";
    for (int i = 0; i < 2000; ++i)
        zone += "rivals TXT \"v=spf1 " + std::to_string(i) + "\"\n";
    const ServerThread server(zone);

    const Observed whole = walk_of(server, {"good.large.example"});
    CHECK(whole.ended.status == 0);
    CHECK(whole.ended.error == "");
    CHECK(lines(whole.ended.output) == networks);
    CHECK(networks > 4000);
    CHECK(whole.sent == 2);
    CHECK(whole.tcp == 1);

    const Observed broken = walk_of(server, {"bad.large.example"});
    CHECK(broken.ended.status == 1);
    CHECK(terms > 4000);
    CHECK(broken.ended.error.find("syntax error at column ") != std::string::npos);
    // What is said grows no faster than what was published.
    CHECK(broken.ended.error.size() < 2 * 160 * terms);

    const Observed strings = walk_of(server, {"octets.short.large.example"});
    CHECK(strings.ended.error == "");
    CHECK(lines(strings.ended.output) > 1800);
    CHECK(strings.tcp == 1);

    const Observed crowd = walk_of(server, {"crowd.large.example"});
    CHECK(crowd.ended.output == "192.0.2.1/32\n");
    CHECK(crowd.ended.error == "");
    CHECK(crowd.tcp == 1);

    const Observed rivals = walk_of(server, {"rivals.large.example"});
    CHECK(rivals.ended.status == 1);
    CHECK(rivals.ended.error.starts_with(
        "spfwalk: rivals.large.example: more than one SPF record (permerror, RFC 7208 §4.5)\n"));
}

TEST_CASE("RFC 1034 §3.6.2: chains of aliases, as long as they may be and longer") {
    const ServerThread server("good.example.net. TXT \"v=spf1 ip4:192.0.2.1 -all\"\n");
    for (const char* const chain : {"cnamechain1", "cnamechain15", "cnamechain16"}) {
        INFO(chain);
        const Observed seen = walk_of(server, {std::string(chain) + ".good.example.net"});
        CHECK(seen.ended.output == "192.0.2.1/32\n");
        CHECK(seen.asked == 1);
    }
    for (const char* const chain :
         {"cnamechain17", "cnamechain1000", "cnameloop", "cnameping", "cnameinc1"}) {
        INFO(chain);
        const Observed seen = observe({"-r", server.address(), std::string(chain) + ".good.example.net"});
        check_decent(seen);
        CHECK(seen.ended.status == 1);
        CHECK(seen.ended.error.find("alias loop (temperror, RFC 7208 §4.4)\n") != std::string::npos);
        CHECK(seen.sent <= 17 + seen.tcp);
        CHECK(seen.failed == 1);
    }
}

TEST_CASE("names with any octets in them are asked as they are, and shown escaped") {
    // As hosts of MX, ends of aliases, and in records.
    const std::vector<std::pair<std::string, std::string>> labels = {
        {"a\\000b", "a\\000b"},
        {"dot\\.dot", "dot\\.dot"},
        {"back\\\\slash", "back\\\\slash"},
        {"line\\010feed", "line\\010feed"},
        {"\\027[31mred", "\\027[31mred"},
        {"\\195\\188mlaut", "\\195\\188mlaut"},
        {"\\155\\055\\072", "\\155"},
        {"quote\\\"quote", "quote"},
        {"\\255\\254", "\\255\\254"},
        {"percent%00", "percent%00"},
    };
    std::string zone = "$ORIGIN odd.example.\n";
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const std::string name = "m" + std::to_string(i);
        zone += txt(name, "v=spf1 ip4:192.0.2.1 mx -all") + name + " MX 1 " + labels[i].first + '\n' +
                labels[i].first + " A 192.0.2.9\n";
        zone += txt("f" + std::to_string(i), "v=spf1 ip4:192.0.2.1 mx -all") + "f" + std::to_string(i) +
                " MX 1 servfail." + labels[i].first + '\n';
        zone += "c" + std::to_string(i) + " CNAME " + labels[i].first + ".alias\n" + labels[i].first +
                ".alias TXT \"v=spf1 ip4:192.0.2.2 -all\"\n";
    }
    const ServerThread server(zone);
    for (std::size_t i = 0; i < labels.size(); ++i) {
        INFO(labels[i].first);
        const std::string number = std::to_string(i) + ".odd.example";
        const Observed host = observe({"-r", server.address(), "-4", 'm' + number});
        check_decent(host);
        CHECK(host.asked == 3);
        CHECK(host.ended.status == 0);
        CHECK(host.ended.output == "192.0.2.1/32\n192.0.2.9/32\n");

        const Observed failure = observe({"-r", server.address(), "-4", 'f' + number});
        check_decent(failure);
        CHECK(failure.ended.status == 1);
        CHECK(failure.failed == 1);
        INFO(failure.ended.error);
        CHECK(failure.ended.error.find("servfail.") != std::string::npos);

        const Observed alias = observe({"-r", server.address(), "-4", 'c' + number});
        check_decent(alias);
        CHECK(alias.ended.output == "192.0.2.2/32\n");
    }
}

TEST_CASE("RFC 7208 §4.6: records with control octets are syntax errors, shown escaped in every voice") {
    const std::vector<std::pair<std::string, std::string>> records = {
        {"v=spf1 ip4:192.0.2.1 \\027[2J\\027[31m -all", "column 22: \"\\x1b\""},
        {"v=spf1 ip4:192.0.2.1 a\\010b -all", "column 23: \"\\x0a\""},
        {"v=spf1 ip4:192.0.2.1 include:\\000.example -all", "column 30: \"\\x00\""},
        {"v=spf1 ip4:192.0.2.1 include:m\\195\\188nchen.example -all", "column 31: \"\\xc3\""},
        {"v=spf1 ip4:192.0.2.1 \\155\\1552J -all", "column 22: \"\\x9b\""},
        {"v=spf1 ip4:192.0.2.1\\013\\010ip4:0.0.0.0/0 -all", "column 21: \"\\x0d\""},
        {"v=spf1 ip4:192.0.2.1 \\127\\008\\008 -all", "column 22: \"\\x7f\""},
        {"v=spf1 ip4:192.0.2.1 \\226\\128\\174lla- -all", "column 22: \"\\xe2\""},
    };
    std::string zone = "$ORIGIN odd.example.\n";
    for (std::size_t i = 0; i < records.size(); ++i)
        zone += "r" + std::to_string(i) + " TXT \"" + records[i].first + "\"\n";
    zone += "fine TXT \"v=spf1 ip4:192.0.2.7 -all\"\n";
    const ServerThread server(zone);
    for (std::size_t i = 0; i < records.size(); ++i) {
        INFO(records[i].first);
        const std::string name = 'r' + std::to_string(i) + ".odd.example";
        const std::string message = "spfwalk: " + name + ": syntax error at " + records[i].second +
                                    ": not a visible ASCII character (permerror, RFC 7208 §3.1)\n";
        for (const char* const voice :
             {"--annotate", "--regions", "--format=ndjson", "--format=json", "--format=pf", "--verbose"}) {
            INFO(voice);
            const Observed seen = walk_of(server, {voice, name, "fine.odd.example"});
            CHECK(seen.asked == 2);
            CHECK(seen.ended.status == 0);
            CHECK((std::string_view(voice) == "--format=ndjson" ||
                   seen.ended.error.find(message) != std::string::npos));
            CHECK(seen.ended.output.find("192.0.2.7") != std::string::npos);
            CHECK(seen.ended.output.find("192.0.2.1/") == std::string::npos);
        }
        (void)walk_of(server, {"--lenient", name, "fine.odd.example"});
    }
}

TEST_CASE("a capture of hostile answers is a text file, and reads back to the same run") {
    const ServerThread server(
        "$ORIGIN odd.example.\n"
        "@ TXT \"v=spf1 ip4:192.0.2.1 mx include:sub.odd.example \\027[31m\\010 -all\"\n"
        "m TXT \"v=spf1 ip4:192.0.2.1 mx -all\"\n"
        "m MX 1 \\027[31m\\010\\\"\\;\\(name\n\\027[31m\\010\\\"\\;\\(name A 192.0.2.9\n");
    const TemporaryDirectory directory;
    const std::string capture = directory / "capture";
    const Observed live =
        observe({"-r", server.address(), "--capture", capture, "-4", "odd.example", "m.odd.example"});
    check_decent(live);
    const std::string text = file_text(capture);
    CHECK(
        std::ranges::all_of(text, [](char c) { return c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f); }));
    const Observed again = observe({"--zone", capture, "-4", "odd.example", "m.odd.example"});
    CHECK(again.ended.output == live.ended.output);
    CHECK(again.ended.error == live.ended.error);
}
