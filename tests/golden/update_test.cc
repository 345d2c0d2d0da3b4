// Runs one after the other, as cron makes them: what is in the file afterwards, and what was said.
#include "spfwalk/cli/run.h"
#include "spfwalk/policy/state.h"

#include "support/catch.h"
#include "support/files.h"
#include "support/recorder.h"

#include <sys/stat.h>
#include <unistd.h>

#include <set>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

struct Ran {
    int status;
    std::string output;
    std::string error;
    bool says(const std::string& text) const { return error.find(text) != std::string::npos; }
};

/// A directory with a zone and a list, and runs of the program over them.
struct Cron {
    TemporaryDirectory directory;
    std::string zone = directory / "zone";
    std::string list = directory / "list";
    std::string state = directory / "state";

    void publish(const std::string& text) const { write_text(zone, "$ORIGIN example.\n" + text); }

    Ran run(std::vector<std::string> arguments) const {
        arguments.insert(arguments.end(), {"--zone", zone});
        if (std::ranges::find(arguments, "--bogons") == arguments.end())
            arguments.insert(arguments.end(), {"--bogons", "keep"});
        Recorder terminal;
        const int status = cli::run(arguments, terminal);
        return {status, terminal.output, terminal.error};
    }
    Ran update(std::vector<std::string> arguments = {}) const {
        arguments.insert(arguments.begin(), {"-o", list, "d.example"});
        Ran ran = run(std::move(arguments));
        CHECK(ran.output == "");
        return ran;
    }
    std::string listed() const { return file_text(list); }
    /// Everything in the directory: nothing may be left lying about.
    std::set<std::string> files() const {
        std::set<std::string> result;
        for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
            result.insert(entry.path().filename().string());
        return result;
    }
};

constexpr const char* four = "d TXT \"v=spf1 ip4:192.0.2.0/30 -all\"\n";

} // namespace

TEST_CASE("-o: written, then unchanged, then replaced") {
    const Cron cron;
    cron.publish(four);
    Ran ran = cron.update();
    CHECK(ran.status == 0);
    CHECK(ran.error == "spfwalk: " + cron.list + ": +1 -0 prefixes\n");
    CHECK(cron.listed() == "192.0.2.0/30\n");

    struct stat before {};
    REQUIRE(::stat(cron.list.c_str(), &before) == 0);
    ran = cron.update();
    CHECK(ran.status == 2);
    CHECK(ran.error == "");
    struct stat after {};
    REQUIRE(::stat(cron.list.c_str(), &after) == 0);
    CHECK(before.st_ino == after.st_ino);

    cron.publish("d TXT \"v=spf1 ip4:192.0.2.0/30 ip4:192.0.2.8 -all\"\n");
    ran = cron.update({"-v"});
    CHECK(ran.status == 0);
    CHECK(ran.says(": +1 -0 prefixes\nspfwalk: +192.0.2.8/32\n"));
    CHECK(cron.listed() == "192.0.2.0/30\n192.0.2.8/32\n");
    CHECK(cron.files() == std::set<std::string>{"zone", "list"});
}

TEST_CASE("-o: what a bad run leaves alone") {
    const Cron cron;
    cron.publish(four);
    REQUIRE(cron.update().status == 0);
    const auto refused = [&](const std::string& zone, std::vector<std::string> options,
                             const std::string& why) {
        cron.publish(zone);
        const Ran ran = cron.update(std::move(options));
        INFO(ran.error);
        CHECK(ran.status == 1);
        CHECK(ran.says(why));
        CHECK(cron.listed() == "192.0.2.0/30\n");
        CHECK(cron.files() == std::set<std::string>{"zone", "list"});
    };
    refused("d TXT \"v=spf1 ip4:192.0.2.0/30 include:e.example -all\"\n;! e.example. TXT SERVFAIL\n", {},
            "e.example TXT: SERVFAIL");
    refused("d TXT \"v=spf1 -all\"\n", {}, "would be empty");
    refused("d TXT \"hello\"\n", {}, "no domain contributes anything");
    refused("d TXT \"v=spf1 ip4:192.0.2.0/32 -all\"\n", {}, "shrink by 75.0%");
    refused("d TXT \"v=spf1 +all\"\n", {}, "wider than");
    refused("d TXT \"v=spf1 exists:d.example -all\"\nd A 127.0.0.1\n", {}, "0.0.0.0/0");
    refused("d TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n", {"--max-grow", "100%"}, "--max-grow");
    refused("d TXT \"v=spf1 ip4:192.0.2.0/29 a:gone.example a:gone.example a:gone.example -all\"\n",
            {"--strict"}, "--strict");

    cron.publish("d TXT \"v=spf1 ip4:192.0.2.0/32 -all\"\n");
    CHECK(cron.update({"--max-shrink", "80%"}).status == 0);
    CHECK(cron.listed() == "192.0.2.0/32\n");
    cron.publish("d TXT \"v=spf1 -all\"\n");
    CHECK(cron.update({"--allow-empty"}).status == 0);
    CHECK(cron.listed() == "");
    cron.publish("d TXT \"v=spf1 +all\"\n");
    CHECK(cron.update({"--allow-wide"}).status == 0);
    CHECK(cron.listed() == "0.0.0.0/0\n::/0\n");
}

TEST_CASE("-o: what objects say of the run and not of the domain is no change") {
    const Cron cron;
    cron.publish("$TTL 300\nd TXT \"v=spf1 ip4:192.0.2.0/30 -all\"\n");
    for (const char* format : {"json", "ndjson"}) {
        INFO(format);
        std::filesystem::remove(cron.list);
        REQUIRE(cron.update({"-t", format}).status == 0);
        std::string text = cron.listed();
        const auto replace = [&](std::string_view from, std::string_view to) {
            const std::size_t at = text.find(from);
            REQUIRE(at != text.npos);
            text.replace(at, from.size(), to);
        };
        const bool spaced = text.find("\"ttl\": 300") != text.npos;
        replace(spaced ? "\"ttl\": 300" : "\"ttl\":300", "\"ttl\":7");
        replace(spaced ? "\"time\": null" : "\"time\":null", "\"time\":1764500000");
        replace(spaced ? "\"resolver\": []" : "\"resolver\":[]", "\"resolver\":[\"[::1]:53\",\"a,]}\"]");
        write_text(cron.list, text);
        CHECK(cron.update({"-t", format}).status == 2);
        CHECK(cron.listed() == text);
        replace(spaced ? "\"lookups\": " : "\"lookups\":", "\"lookups\":1");
        write_text(cron.list, text);
        CHECK(cron.update({"-t", format}).status == 0);
    }
}

TEST_CASE("-o: in lines, what looks like a member of an object is text") {
    const Cron cron;
    const std::string evil =
        "d TXT \"v=spf1 a:\\\"ttl\\\":\\\".e.example -all\"\n\\\"ttl\\\":\\\".e A 192.0.2.1\n";
    for (const char* format : {"plain", "pf", "nft"}) {
        INFO(format);
        std::filesystem::remove(cron.list);
        cron.publish(evil + "e TXT \"v=spf1 ip4:192.0.2.8 ip4:198.51.100.8 -all\"\n");
        REQUIRE(cron.update({"-t", format, "--annotate", "e.example"}).status == 0);
        CHECK(cron.listed().find("\"ttl\":") != std::string::npos);
        cron.publish(evil + "e TXT \"v=spf1 ip4:192.0.2.8 ip4:198.51.100.9 -all\"\n");
        CHECK(cron.update({"-t", format, "--annotate", "e.example"}).status == 0);
        CHECK(cron.listed().find("198.51.100.9") != std::string::npos);
    }
}

TEST_CASE("-o: what cannot be read is replaced by force") {
    const Cron cron;
    cron.publish(four);
    write_text(cron.list, "");
    std::filesystem::resize_file(cron.list, (std::uintmax_t{1} << 30) + 1); // a hole
    const Ran ran = cron.update();
    CHECK(ran.status == 1);
    CHECK(ran.says("larger than 1 GiB"));
    CHECK(cron.update({"--force"}).status == 0);
    CHECK(cron.listed() == "192.0.2.0/30\n");
}

TEST_CASE("-o: a file that is not the format's is somebody else's") {
    const Cron cron;
    cron.publish(four);
    write_text(cron.list, "these are my notes\n");
    Ran ran = cron.update();
    CHECK(ran.status == 1);
    CHECK(ran.says("cannot be read as plain: line 1"));
    CHECK(cron.listed() == "these are my notes\n");
    CHECK(cron.update({"--force"}).status == 0);
    CHECK(cron.listed() == "192.0.2.0/30\n");
    ran = cron.update({"-t", "nft"});
    CHECK(ran.status == 1);
    CHECK(ran.says("cannot be read as nft"));

    REQUIRE(::unlink(cron.list.c_str()) == 0);
    REQUIRE(::mkdir(cron.list.c_str(), 0700) == 0);
    CHECK(cron.update().status == 1);
}

TEST_CASE("-o: mode kept, symbolic links followed") {
    const Cron cron;
    cron.publish(four);
    write_text(cron.list, "192.0.2.0/31\n");
    REQUIRE(::chmod(cron.list.c_str(), 0640) == 0);
    const std::string link = cron.directory / "link";
    REQUIRE(::symlink("list", link.c_str()) == 0);
    const Ran ran = cron.run({"-o", link, "d.example"});
    CHECK(ran.status == 0);
    CHECK(cron.listed() == "192.0.2.0/30\n");
    struct stat status {};
    REQUIRE(::lstat(link.c_str(), &status) == 0);
    CHECK(S_ISLNK(status.st_mode));
    REQUIRE(::stat(link.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("-o: a record that is broken for everybody is not published as one that nobody passes") {
    const Cron cron;
    cron.publish("d TXT \"v=spf1 ip4:192.0.2.1 ipv4:192.0.2.2 -all\"\ne TXT \"v=spf1 ip4:192.0.2.1 -all\"\n");
    const Ran ran = cron.run({"-t", "spf-zone", "-o", cron.list, "d.example", "e.example"});
    CHECK(ran.status == 1);
    CHECK(cron.files() == std::set<std::string>{"zone"});
    CHECK(ran.says("d.example: cannot be published: its record is broken"));
}

TEST_CASE("-o: published records have the guards of lists") {
    const Cron cron;
    cron.publish(
        "d TXT \"v=spf1 ip4:192.0.2.0/25 include:e.example ~all\"\ne TXT \"v=spf1 ip4:192.0.2.128/25\"\n");
    for (const std::string format : {"spf", "spf-zone", "spf-json"}) {
        INFO(format);
        const std::vector<std::string> arguments{"-t", format, "--force"};
        CHECK(cron.update(arguments).status == 0);
        CHECK(cron.listed().find("v=spf1 ip4:192.0.2.0/24 ~all") != std::string::npos);
        CHECK(cron.update({"-t", format}).status == 2);
    }
    cron.publish("d TXT \"v=spf1 ip4:192.0.2.0/26 include:e.example ~all\"\ne TXT \"v=spf1 -all\"\n");
    const std::string before = cron.listed();
    const Ran shrunk = cron.update({"-t", "spf-json"});
    CHECK(shrunk.status == 1);
    CHECK(shrunk.says("--max-shrink"));
    CHECK(cron.listed() == before);
    write_text(cron.list, "not a record\n");
    CHECK(cron.update({"-t", "spf"}).says("cannot be read as spf"));
    CHECK(cron.listed() == "not a record\n");
    CHECK(cron.files() == std::set<std::string>{"list", "zone"});
}

TEST_CASE("--diff: 0 for a change, 2 for none, and the earlier list stays as it is") {
    const Cron cron;
    cron.publish("d TXT \"v=spf1 ip4:192.0.2.0/25 -all\"\n");
    CHECK(cron.update({"-t", "json"}).status == 0);
    const std::string before = cron.listed();
    const Ran same = cron.run({"--diff", cron.list, "d.example"});
    CHECK(same.status == 2);
    CHECK(same.output == "");
    CHECK(same.error == "");
    cron.publish(
        "d TXT \"v=spf1 ip4:192.0.2.64/26 include:e.example -all\"\ne TXT \"v=spf1 ip4:192.0.2.128/26\"\n");
    const Ran changed = cron.run({"--diff", cron.list, "d.example"});
    CHECK(changed.status == 0);
    CHECK(changed.output == "- 192.0.2.0/26 d.example: ip4:192.0.2.0/25\n"
                            "+ 192.0.2.128/26 d.example: include:e.example: ip4:192.0.2.128/26\n");
    CHECK(cron.run({"--diff", cron.list + ".gone", "d.example"}).status == 1);
    cron.publish(";! d.example. TXT SERVFAIL\n");
    const Ran failed = cron.run({"--diff", cron.list, "d.example"});
    CHECK(failed.status == 1);
    CHECK(failed.output == "");
    CHECK(cron.listed() == before);
}

TEST_CASE("--state: the last good list stands in for a domain that DNS does not answer for") {
    const Cron cron;
    const std::string down = ";! d.example. TXT SERVFAIL\ne TXT \"v=spf1 ip4:198.51.100.1 -all\"\n";
    const std::vector<std::string> both = {"-o", cron.list, "--state", cron.state, "d.example", "e.example"};
    cron.publish("d TXT \"v=spf1 ip4:192.0.2.0/30 -all\"\ne TXT \"v=spf1 ip4:198.51.100.0 -all\"\n");
    REQUIRE(cron.run(both).status == 0);

    cron.publish(down);
    Ran ran = cron.run(both);
    CHECK(ran.status == 0);
    CHECK(ran.says("d.example: d.example TXT: SERVFAIL"));
    CHECK(ran.says("d.example: DNS did not answer, so the last good list of"));
    CHECK(cron.listed() == "192.0.2.0/30\n198.51.100.1/32\n");

    // Not for another question than was answered, not for ever, and not if somebody broke the file.
    std::vector<std::string> other = both;
    other.push_back("-4");
    CHECK(cron.run(other).status == 1);

    auto state = policy::read_state(file_text(cron.state));
    REQUIRE(state);
    state->domains.at("d.example").time -= 8 * 86400;
    write_text(cron.state, policy::print_state(*state));
    CHECK(cron.run(both).status == 1);
    other = both;
    other.insert(other.end(), {"--max-stale", "9d"});
    CHECK(cron.run(other).status == 2);

    write_text(cron.state, "{\"format\": \"something else\"}");
    ran = cron.run(both);
    CHECK(ran.status == 1);
    CHECK(ran.says("not used"));
    CHECK(file_text(cron.state + ".rejected") == "{\"format\": \"something else\"}");
    CHECK(cron.listed() == "192.0.2.0/30\n198.51.100.1/32\n");
    // What was put aside before stays, and so does what would be the tenth.
    for (int number = 2; number <= 9; ++number) {
        const std::string text = "not a state " + std::to_string(number);
        write_text(cron.state, text);
        CHECK(cron.run(both).status == 1);
        CHECK(file_text(cron.state + ".rejected." + std::to_string(number)) == text);
    }
    CHECK(file_text(cron.state + ".rejected") == "{\"format\": \"something else\"}");
    const std::string good = file_text(cron.state);
    write_text(cron.state, "one more");
    ran = cron.run(both);
    CHECK(ran.status == 1);
    CHECK(ran.says("and not kept: File exists"));
    CHECK(file_text(cron.state) == "one more");
    write_text(cron.state, good);
    CHECK(policy::read_state(file_text(cron.state))->domains.contains("e.example"));
}

TEST_CASE("--state: an empty list that stands in is no proof that nobody passes") {
    const Cron cron;
    cron.publish("d TXT \"v=spf1 ip4:192.0.2.0/30 foo:bar -all\"\n");
    CHECK(cron.run({"--state", cron.state, "d.example"}).status == 1);
    cron.publish(";! d.example. TXT SERVFAIL\n");
    const Ran ran = cron.run({"--state", cron.state, "-t", "pf", "d.example"});
    CHECK(ran.status == 1);
    CHECK(ran.output.empty());
    CHECK(ran.says("no domain contributes anything"));
}

TEST_CASE("--state: a run that fails later has learnt all the same") {
    const Cron cron;
    cron.publish(four);
    CHECK(cron.run({"--state", cron.state, "--capture", "/dev/full", "d.example"}).status == 1);
    const auto state = policy::read_state(file_text(cron.state));
    REQUIRE(state);
    CHECK(state->domains.contains("d.example"));
}

TEST_CASE("--state: what is set aside twice is kept once") {
    const Cron cron;
    cron.publish(four);
    for (int i = 0; i < 12; ++i) {
        write_text(cron.state, "the same");
        CHECK(cron.run({"--state", cron.state, "d.example"}).status == 0);
    }
    CHECK(cron.files() == std::set<std::string>{"zone", "state", "state.rejected"});
}

TEST_CASE("--partial keeps what is proven") {
    const Cron cron;
    cron.publish("d TXT \"v=spf1 ip4:192.0.2.1 include:e.example -all\"\n;! e.example. TXT TIMEOUT\n");
    CHECK(cron.run({"d.example"}).status == 1);
    const Ran ran = cron.run({"--partial", "d.example"});
    CHECK(ran.status == 0);
    CHECK(ran.output == "192.0.2.1/32\n");
    CHECK(ran.says("only what is proven is kept"));
}

TEST_CASE("--also, --except and --bogons drop") {
    const Cron cron;
    cron.publish("d TXT \"v=spf1 ip4:192.0.2.0/30 ip4:8.8.8.0/30 -all\"\n");
    const std::string also = cron.directory / "also";
    const std::string except = cron.directory / "except";
    write_text(also, "# ours\n8.8.4.4\n2001:4860::1/128\n");
    write_text(except, "8.8.8.1\n");
    Ran ran = cron.run({"--also", also, "--except", except, "d.example"});
    CHECK(ran.status == 0);
    CHECK(ran.output == "8.8.4.4/32\n8.8.8.0/32\n8.8.8.2/31\n192.0.2.0/30\n2001:4860::1/128\n");
    ran = cron.run({"--also", also, "--annotate", "-4", "d.example"});
    CHECK(ran.status == 0);
    CHECK(ran.output.find("# --also\n8.8.4.4/32\n") == 0);

    ran = cron.run({"--bogons", "drop", "d.example"});
    CHECK(ran.output == "8.8.8.0/30\n");
    CHECK(ran.says("special-purpose addresses dropped from the list: 192.0.2.0/24"));
    ran = cron.run({"--bogons", "warn", "d.example"});
    CHECK(ran.output == "8.8.8.0/30\n192.0.2.0/30\n");
    CHECK(ran.says("special-purpose addresses in the list: 192.0.2.0/24"));

    // As a socket for both families shows them; ::/0 is about IPv6.
    write_text(also, "::ffff:8.8.4.4\n");
    write_text(except, "::ffff:8.8.8.0/127\n");
    ran = cron.run({"--also", also, "--except", except, "d.example"});
    CHECK(ran.output == "8.8.4.4/32\n8.8.8.2/31\n192.0.2.0/30\n");
    // The block of all of them is about IPv6, where lists of bogons have it.
    for (const char* wide : {"::/0\n", "::ffff:0:0/96\n"}) {
        write_text(except, wide);
        CHECK(cron.run({"--except", except, "d.example"}).output == "8.8.8.0/30\n192.0.2.0/30\n");
    }
    write_text(except, "::ffff:0.0.0.0/97\n::fffe:0:0/96\n");
    CHECK(cron.run({"--except", except, "d.example"}).output == "192.0.2.0/30\n");

    write_text(also, "8.8.4.4\nmail.example\n");
    ran = cron.run({"--also", also, "d.example"});
    CHECK(ran.status == 1);
    CHECK(ran.error == "spfwalk: " + also + ": line 2: not a prefix\n");
}

TEST_CASE("--stats tells what became of the run") {
    const Cron cron;
    const std::string stats = cron.directory / "stats";
    cron.publish("$TTL 300\nd TXT \"v=spf1 ip4:192.0.2.0/30 -all\"\n");
    const auto told = [&](const std::string& text) {
        return file_text(stats).find(text) != std::string::npos;
    };
    REQUIRE(cron.update({"--stats", stats}).status == 0);
    CHECK(told("\"written\": \"replaced\""));
    CHECK(told("\"next_refresh_seconds\": 300"));
    REQUIRE(cron.update({"--stats", stats}).status == 2);
    CHECK(told("\"written\": \"unchanged\""));
    cron.publish("d TXT \"v=spf1 -all\"\n");
    REQUIRE(cron.update({"--stats", stats}).status == 1);
    CHECK(told("\"written\": \"refused\""));
    CHECK(told("\"exit_status\": 1"));
    cron.publish(";! d.example. TXT SERVFAIL\n");
    REQUIRE(cron.update({"--stats", stats}).status == 1);
    CHECK(told("\"written\": \"failed\""));
    CHECK(told("\"status\":\"temperror\""));
    // The addresses that no prefix of a list holds are not counted as many.
    cron.publish("d TXT \"v=spf1 +all\"\n");
    REQUIRE(cron.run({"--stats", stats, "d.example"}).status == 0);
    CHECK(told("\"good_age\":0,\"ttl\":3600,\"ipv4_prefixes\":1,\"ipv6_prefixes\":1}"));
}

TEST_CASE("ndjson: every outcome is data") {
    const Cron cron;
    cron.publish("d TXT \"v=spf1 ip4:192.0.2.1 -all\"\n;! e.example. TXT SERVFAIL\n");
    const Ran ran = cron.run({"-t", "ndjson", "d.example", "e.example", "f.example"});
    CHECK(ran.status == 0);
    CHECK(std::ranges::count(ran.output, '\n') == 3);
    CHECK(ran.output.find("\"status\":\"temperror\"") != std::string::npos);
    CHECK(cron.run({"-t", "ndjson", "--strict", "d.example", "e.example"}).status == 1);
    CHECK(cron.run({"-t", "json", "d.example", "e.example"}).status == 1);
}
