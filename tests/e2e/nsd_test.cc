// The real program against a real name server, NSD on loopback: what comes over the network, UDP or TCP, IPv4
// or IPv6, is what the same master file gives offline. Without NSD nothing here is tested, and it says so.
//
// SPFWALK_CORPUS may name a directory with root.zone or root.zone.xz, a zone of real records: then all its
// domains with an SPF record are walked both ways.
#include "spfwalk/cli/domains.h"
#include "spfwalk/dns/master_file.h"
#include "spfwalk/spf/parse.h"

#include "support/catch.h"
#include "support/files.h"
#include "support/golden.h"
#include "support/nsd.h"
#include "support/process.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>

using namespace spfwalk;
using namespace spfwalk::test;
using namespace std::chrono_literals;

namespace {

Ended spfwalk_with(std::vector<std::string> arguments, std::string input = {},
                   std::chrono::milliseconds limit = 30s) {
    arguments.insert(arguments.begin(), SPFWALK_PROGRAM);
    return run_program({.command = std::move(arguments), .input_text = std::move(input), .limit = limit});
}

Outcome outcome_of(const Ended& ended) {
    CHECK(ended.signal == 0);
    CHECK(!ended.timed_out);
    return {ended.output, ended.error, ended.status};
}

bool skipped() {
    const auto why = nsd_unavailable();
    if (why) std::cout << "SKIPPED: " << *why << '\n';
    return why.has_value();
}

/// The line of -v about the whole run.
struct Figures {
    unsigned long domains = 0, questions = 0, sent = 0, again = 0, tcp = 0, failed = 0;
};

/// Takes it out of standard error.
Figures take_figures(std::string& error) {
    const std::size_t end = error.find(" domains, ");
    REQUIRE(end != error.npos);
    const std::size_t start = error.rfind('\n', end) + 1; // 0 for the first line
    Figures f;
    REQUIRE(std::sscanf(
                error.c_str() + start,
                "spfwalk: %lu domains, %lu questions, %lu sent, %lu of them again, %lu over TCP, %lu failed",
                &f.domains, &f.questions, &f.sent, &f.again, &f.tcp, &f.failed) == 6);
    error.erase(start, error.find('\n', start) + 1 - start);
    return f;
}

/// A record of single addresses, as strings of a master file, about `octets` long.
std::string long_record(std::size_t octets, int second) {
    std::string text = "( \"v=spf1\"";
    for (std::size_t i = 0; i < octets / 19; ++i) // numbers of three digits make terms of one length
        text += " \" ip4:10." + std::to_string(100 + second) + '.' + std::to_string(100 + i / 100) + '.' +
                std::to_string(100 + i % 100) + '"';
    return text + " \" -all\" )";
}

} // namespace

TEST_CASE("the golden cases come out the same over the network") {
    if (skipped()) return;
    const TemporaryDirectory directory;
    std::size_t compared = 0;
    for (const GoldenCase& golden : golden_cases(SPFWALK_GOLDEN_CASES)) {
        if (!golden.has_zone()) continue;
        INFO(golden.name);
        const std::string text = file_text(golden.directory / "zone");
        const std::string zone = directory / "zone";
        const bool has_root = text.find("\n. SOA ") != text.npos;
        write_text(zone, has_root ? text : std::string(root_of_zone) + text);
        std::optional<std::string> why;
        if (text.find("\n;! ") != text.npos || text.starts_with(";! "))
            why = "its zone has answers that no server gives";
        if (std::ranges::find(golden.arguments, "-v") != golden.arguments.end())
            why = "-v tells of the network";
        if (golden.name == "two-records-identical" || golden.name == "lenient-two-records")
            why = "a server sends identical records once (RFC 2181 §5)";
        if (golden.name == "tree-json" || golden.name == "tree-no-record" || golden.name == "tree-several")
            why = "its zone has no SOA that gives negative answers a TTL, which is shown";
        if (!why) why = nsd_refuses(zone);
        if (why) {
            std::cout << "skipped " << golden.name << ": " << *why << '\n';
            continue;
        }
        const Nsd server(zone);
        Launch launch;
        launch.command = golden.arguments;
        const auto option = std::ranges::find(launch.command, "--zone");
        REQUIRE(option + 1 < launch.command.end());
        *option = "-r";
        option[1] = compared % 2 == 0 ? server.address() : server.address6();
        launch.command.insert(launch.command.begin(), SPFWALK_PROGRAM);
        launch.directory = golden.directory.string();
        launch.environment = {"LC_ALL=C"}; // what is drawn depends on it
        if (golden.input) launch.input_text = *golden.input;
        const Outcome live = outcome_of(run_program(launch));
        CHECK(difference(golden.expected, live) == "");
        ++compared;
    }
    std::cout << compared << " golden cases compared\n";
    CHECK(compared >= 60);
}

TEST_CASE("UDP and TCP, IPv4 and IPv6 bring what the zone holds") {
    if (skipped()) return;
    const TemporaryDirectory directory;
    const std::string zone = directory / "zone";
    write_text(
        zone,
        std::string(root_of_zone) +
            "$ORIGIN example.com.\n"
            "small   TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
            "k700    TXT " +
            long_record(700, 1) +
            "\n"
            "k1500   TXT " +
            long_record(1500, 2) +
            "\n"
            "k9000   TXT " +
            long_record(9000, 3) +
            "\n"
            "all     TXT \"v=spf1 include:small.example.com include:k700.example.com \" "
            "\"include:k1500.example.com\"\n"
            "        TXT \"something else\"\n"
            "chain   TXT \"v=spf1 a:c1.example.com mx include:cs.example.com a:any.wild.example.com -all\"\n"
            "chain   MX  10 mail\nchain MX 20 gone\n"
            "mail    A   192.0.2.25\nmail AAAA 2001:db8::25\n"
            "c1      CNAME c2\nc2 CNAME c3\nc3 CNAME mail\n"
            "cs      CNAME cs2.example.org.\ncs2.example.org. CNAME small\n"
            "*.wild  A   192.0.2.99\n*.wild AAAA 2001:db8::99\n"
            "void    TXT \"v=spf1 a:absent.example.com a:small.example.com ip4:192.0.2.3 "
            "mx:absent.example.com -all\"\n");
    REQUIRE(nsd_refuses(zone) == std::nullopt);
    const Nsd server(zone);
    const std::map<std::string, unsigned long> over_tcp = {{"small", 0}, {"k700", 0},  {"k1500", 1},
                                                           {"k9000", 1}, {"all", 1},   {"chain", 0},
                                                           {"void", 0},  {"absent", 0}};
    for (const auto& [domain, truncated] : over_tcp) {
        for (const std::string& address : {server.address(), server.address6()}) {
            for (const bool tcp : {false, true}) {
                INFO(domain << " from " << address << (tcp ? " --tcp" : ""));
                std::vector<std::string> arguments = {"-v", domain + ".example.com"};
                std::vector<std::string> live_arguments = arguments;
                // Patient, so that nothing is sent again for being late.
                live_arguments.insert(live_arguments.end(), {"-r", address, "--timeout", "20s"});
                if (tcp) live_arguments.push_back("--tcp");
                arguments.insert(arguments.end(), {"--zone", zone});
                Outcome offline = outcome_of(spfwalk_with(arguments));
                Outcome live = outcome_of(spfwalk_with(live_arguments));
                (void)take_figures(offline.error);
                const Figures seen = take_figures(live.error);
                CHECK(offline.status == (domain == "absent" ? 1 : 0));
                CHECK(difference(offline, live) == "");
                CHECK(seen.domains == 1);
                CHECK(seen.failed == 0);
                CHECK(seen.sent == seen.questions + seen.again);
                if (tcp)
                    CHECK(seen.tcp == seen.sent);
                else
                    CHECK(seen.tcp == truncated);
            }
        }
    }
}

namespace {

/// The lines by domain: of the list ("DOMAIN PREFIX") and of standard error ("spfwalk: DOMAIN: …").
using ByDomain = std::map<std::string, std::string>;

ByDomain by_domain(const Outcome& outcome) {
    ByDomain result;
    const auto add = [&](std::string_view text, std::string_view skip, std::string_view behind_name) {
        while (!text.empty()) {
            const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
            const std::string_view line = text.substr(skip.size(), end - skip.size());
            result[std::string(line.substr(0, line.find(behind_name)))] += line;
            text.remove_prefix(end);
        }
    };
    add(outcome.output, "", " ");
    add(outcome.error, "spfwalk: ", ": ");
    return result;
}

/// The names with an SPF record that can be given as domains, one a line.
std::string domains_with_records(const std::string& zone, std::size_t& count) {
    const auto file = dns::read_master_file(zone);
    REQUIRE(file.has_value());
    std::vector<std::string> names;
    for (const auto& [name, sets] : file->names) {
        const auto set = sets.find(static_cast<std::uint16_t>(dns::Type::txt));
        if (set == sets.end()) continue;
        const auto* texts = std::get_if<dns::Texts>(&set->second.records);
        if (texts == nullptr) continue;
        const bool has_record = std::ranges::any_of(
            *texts, [](const std::string& text) { return spf::is_spf_record(text, spf::Grammar::strict); });
        if (has_record && cli::domain_from_text(name.to_text())) names.push_back(name.to_text());
    }
    std::ranges::sort(names);
    count = names.size();
    std::string list;
    for (const std::string& name : names)
        (list += name) += '\n';
    return list;
}

} // namespace

TEST_CASE("a corpus of real records comes out the same over the network") {
    const char* const corpus = std::getenv("SPFWALK_CORPUS");
    if (corpus == nullptr || *corpus == '\0') {
        std::cout << "SKIPPED: the corpus of real records (SPFWALK_CORPUS names no directory)\n";
        return;
    }
    if (skipped()) return;
    const TemporaryDirectory directory;
    std::string zone = std::string(corpus) + "/root.zone";
    if (!std::filesystem::exists(zone)) {
        zone = directory / "root.zone";
        REQUIRE(run_program({.command = {"/usr/bin/xz", "-dc", std::string(corpus) + "/root.zone.xz"},
                             .output = Descriptor::file,
                             .output_file = zone})
                    .status == 0);
    }
    std::size_t count = 0;
    const std::string list = domains_with_records(zone, count);
    REQUIRE(count > 0);
    const Nsd server(zone, 120s);
    const auto walk = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), {"-F", "%d %p", "-f", "-"});
        const Ended ended = spfwalk_with(std::move(arguments), list, 600s);
        std::cout << count << " domains in " << ended.took.count() << " ms, exit status " << ended.status
                  << '\n';
        return by_domain(outcome_of(ended));
    };
    const ByDomain offline = walk({"--zone", zone});
    const ByDomain live = walk({"-r", server.address()});
    std::size_t different = 0;
    for (const auto& [domain, text] : offline) {
        const auto found = live.find(domain);
        if (found != live.end() && found->second == text) continue;
        if (++different <= 20)
            std::cout << "offline: " << text << "network: " << (found == live.end() ? "\n" : found->second);
    }
    CHECK(different == 0);
    CHECK(offline.size() == live.size());
}
