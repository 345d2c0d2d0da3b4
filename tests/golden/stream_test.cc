// Objects as they are made: ndjson to standard output, in process.
#include "spfwalk/cli/run.h"

#include "support/catch.h"
#include "support/files.h"
#include "support/recorder.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <sstream>

using namespace spfwalk;
using namespace spfwalk::test;
using Json = nlohmann::json;

namespace {

struct Ran {
    int status;
    std::string output;
    std::string error;
    std::vector<Json> objects;

    std::vector<std::string> domains() const {
        std::vector<std::string> result;
        for (const Json& object : objects)
            result.push_back(object.at("domain"));
        return result;
    }
    const Json& about(const std::string& domain) const {
        const auto found =
            std::ranges::find_if(objects, [&](const Json& object) { return object.at("domain") == domain; });
        REQUIRE(found != objects.end());
        return *found;
    }
    bool says(const std::string& text) const { return error.find(text) != std::string::npos; }
};

/// The aliases make some domains take more turns than others.
constexpr const char* zone_text = "$ORIGIN example.\n"
                                  "a TXT \"v=spf1 include:b.example include:c.example ip4:10.0.0.1 -all\"\n"
                                  "b TXT \"v=spf1 ip4:192.0.2.1 -all\"\n"
                                  "c TXT \"v=spf1 a:d.example -all\"\n"
                                  "d A 192.0.2.2\n"
                                  "f TXT \"v=spf1 ip4:192.0.2.9 include:s.example -all\"\n"
                                  ";! s.example. TXT SERVFAIL\n"
                                  ";! t.example. TXT timeout\n";

struct World {
    TemporaryDirectory directory;
    std::string zone = directory / "zone";
    World() { write_text(zone, zone_text); }

    Ran run(std::vector<std::string> arguments, const std::optional<std::string>& input) const {
        arguments.insert(arguments.end(), {"-t", "ndjson", "--zone", zone});
        Recorder terminal(input);
        Ran ran;
        ran.status = cli::run(arguments, terminal);
        ran.output = terminal.output;
        ran.error = terminal.error;
        std::istringstream lines(ran.output);
        for (std::string line; std::getline(lines, line);)
            ran.objects.push_back(Json::parse(line));
        return ran;
    }
};

std::vector<std::string> sorted(std::vector<std::string> words) {
    std::ranges::sort(words);
    return words;
}

} // namespace

TEST_CASE("ndjson: each line of the input has one object, repetitions and nonsense too") {
    const World world;
    const Ran ran =
        world.run({}, "a.example\nb.example # twice\n\n# nothing\na..b\nB.example\nx.example\nf.example\n");
    CHECK(ran.status == 0);
    CHECK(sorted(ran.domains()) ==
          sorted({"a.example", "b.example", "a..b", "b.example", "x.example", "f.example"}));
    CHECK(ran.about("a..b").at("status") == "invalid");
    CHECK(ran.about("a..b").at("findings").at(0).at("code") == "invalid-name");
    CHECK(ran.about("x.example").at("status") == "none");
    CHECK(ran.about("f.example").at("status") == "temperror");
    CHECK(ran.about("f.example").at("findings").at(0).at("rcode") == 2);
    CHECK(ran.about("f.example").at("prefixes").at(0).at("prefix") == "192.0.2.9/32");
    CHECK(ran.says("spfwalk: standard input:5: \"a..b\": empty label in name\n"));
    CHECK(ran.says("6 domains in "));
    CHECK(ran.says(": 3 ok, 1 none, 1 temperror, 1 invalid; "));
    CHECK(ran.says("special-purpose addresses in the lists: 10.0.0.0/8 (Private-Use)"));
}

TEST_CASE("ndjson: every object has all members, and of a zone none that depends on the time of day") {
    const World world;
    const Ran ran = world.run({"a.example", "t.example", "x..y"}, std::nullopt);
    for (const Json& object : ran.objects) {
        std::vector<std::string> members;
        for (const auto& [name, value] : object.items())
            members.push_back(name);
        CHECK(members == sorted({"domain", "status", "exact", "record", "lookups", "voids", "ttl", "stale",
                                 "prefixes", "findings", "time", "resolver", "version"}));
        CHECK(object.at("time").is_null());
        CHECK(object.at("resolver").empty());
        CHECK(object.at("version") != "");
    }
    CHECK(ran.about("t.example").at("findings").at(0).at("rcode").is_null()); // a timeout has none
}

TEST_CASE("ndjson: --ordered has the order of the input, nonsense in its place") {
    const World world;
    std::string input;
    std::vector<std::string> expected;
    for (int i = 0; i < 300; ++i)
        for (const char* domain :
             {"a.example", "b.example", "not a name", "c.example", "x.example", "f.example"}) {
            input += std::string(domain) + '\n';
            expected.emplace_back(domain);
        }
    const Ran ordered = world.run({"--ordered", "-q"}, input);
    CHECK(ordered.domains() == expected);
    CHECK(sorted(world.run({"-q"}, input).domains()) == sorted(expected));
    CHECK(ordered.error == "");
}

TEST_CASE("ndjson: --resume leaves out what has an object, once for each") {
    const World world;
    const std::string input = "a.example\nb.example\nb.example\na..b\nx.example\n";
    const Ran whole = world.run({"--ordered", "-q"}, input);
    REQUIRE(whole.objects.size() == 5);
    const std::string before = world.directory / "before";
    std::size_t end = 0;
    for (std::size_t lines = 0; lines <= 5; ++lines) {
        write_text(before, whole.output.substr(0, end));
        const Ran rest = world.run({"--ordered", "-q", "--resume", before}, input);
        CHECK(rest.status == 0);
        CHECK(whole.output.substr(0, end) + rest.output == whole.output);
        end = std::min(whole.output.find('\n', end), whole.output.size() - 1) + 1;
    }

    SECTION("a line that was cut does not count") {
        write_text(before, whole.output.substr(0, whole.output.size() - 30));
        const Ran rest = world.run({"--resume", before}, input);
        CHECK(rest.domains() == std::vector<std::string>{"x.example"});
        CHECK(rest.says("before:5: the last line is not whole, so its domain is walked again\n"));
        CHECK(rest.says("; 4 skipped; "));
    }
    SECTION("a part of a list may have nothing in it") {
        CHECK(world.run({"--resume", before}, "# none\n").status == 0);
    }
    SECTION("what is something else, or not there, is refused") {
        write_text(before, "192.0.2.0/24\n");
        CHECK(world.run({"--resume", before}, input).status == 1);
        CHECK(world.run({"--resume", before + "not"}, input).says("No such file or directory"));
    }
}

TEST_CASE("ndjson: --strict fails the run at its end") {
    const World world;
    Ran ran = world.run({"--strict"}, "a..b\nb.example\n");
    CHECK(ran.status == 1);
    CHECK(ran.objects.size() == 2);
    CHECK(ran.says("spfwalk: there were warnings, and --strict was given\n"));
    CHECK(world.run({"--strict"}, "b.example\n").status == 0);
}

TEST_CASE("ndjson: without a domain, or with a list that cannot be read, there is nothing") {
    const World world;
    Ran ran = world.run({}, "# none\n");
    CHECK(ran.status == 1);
    CHECK(ran.error == "spfwalk: no domain given (--help tells how)\n");
    ran = world.run({"b.example", "-f", world.directory / "missing"}, std::nullopt);
    CHECK(ran.status == 1);
    CHECK(ran.output == "");
    ran = world.run({"-f", world.directory.path().string()}, std::nullopt);
    CHECK(ran.status == 1);
    CHECK(ran.says("Is a directory"));
}

TEST_CASE("ndjson: lines from files, whatever their ends and length") {
    const World world;
    const std::string list = world.directory / "list";
    write_text(list, "\xef\xbb\xbf"
                     "b.example\r\n" +
                         std::string(300'000, 'x') + "\n" + std::string(70'000, ' ') +
                         "\nuser@c.example\n1,d.example\n\tx.example");
    const Ran ran = world.run({"--ordered", "-q", "a.example", "-f", list}, std::nullopt);
    REQUIRE(ran.objects.size() == 6);
    CHECK(ran.domains()[0] == "a.example");
    CHECK(ran.domains()[1] == "b.example");
    CHECK(ran.domains()[2] == std::string(256, 'x'));
    CHECK(ran.objects[2].at("status") == "invalid");
    CHECK(ran.domains()[3] == "c.example");
    CHECK(ran.domains()[4] == "d.example");
    CHECK(ran.domains()[5] == "x.example");
}

TEST_CASE("ndjson: a run that could not ask leaves the state alone") {
    const World world;
    const std::string state = world.directory / "state";
    Recorder terminal("a.example\n");
    CHECK(cli::run({"-t", "ndjson", "--state", state, "--zone", world.directory / "nowhere"}, terminal) == 1);
    CHECK(terminal.error.find("nowhere") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(state));
}

TEST_CASE("ndjson: which line is too long does not depend on how it arrives") {
    const World world;
    const auto text_of = [&](const Ran& ran) {
        REQUIRE(ran.objects.size() == 1);
        return ran.objects[0].at("domain").get<std::string>().size();
    };
    for (const std::size_t size : {65'536U, 65'537U, 131'072U, 131'073U}) {
        CAPTURE(size);
        const std::size_t kept = size <= 65'536 ? size : 256;
        const std::string list = world.directory / "list";
        write_text(list, std::string(size, 'x') + "\n");
        CHECK(text_of(world.run({"-q", "-f", list}, std::nullopt)) == kept);
        CHECK(text_of(world.run({"-q"}, std::string(size, 'x') + "\n")) == kept);
        write_text(list, std::string(size, 'x'));
        CHECK(text_of(world.run({"-q", "-f", list}, std::nullopt)) == kept);
    }
}

TEST_CASE("ndjson: --stats has the counters, and leaves the domains to the objects") {
    const World world;
    const std::string stats = world.directory / "stats";
    world.run({"--stats", stats}, "a.example\nb.example\na..b\n");
    const Json told = Json::parse(file_text(stats));
    CHECK(told.at("statuses") ==
          Json({{"ok", 2}, {"none", 0}, {"permerror", 0}, {"temperror", 0}, {"invalid", 1}}));
    CHECK(told.at("domains").empty());
    CHECK(told.at("ipv4_prefixes") == 4);
    CHECK(told.at("written") == "printed");
}

TEST_CASE("ndjson: --state stands in for what DNS does not answer") {
    const World world;
    const std::string state = world.directory / "state";
    REQUIRE(world.run({"--state", state}, "f.example\nb.example\n").status == 0);
    write_text(world.zone, ";! b.example. TXT SERVFAIL\n");
    const Ran ran = world.run({"--state", state}, "b.example\n");
    CHECK(ran.about("b.example").at("status") == "temperror");
    CHECK(ran.about("b.example").at("stale").is_number());
    CHECK(ran.about("b.example").at("prefixes").at(0).at("prefix") == "192.0.2.1/32");
    CHECK(ran.about("b.example").at("prefixes").at(0).at("from").at(0) == "last good answer");
}

TEST_CASE("ndjson: with --capture, what was asked long ago is not asked again") {
    const World world;
    std::string zone;
    std::string input;
    for (int i = 0; i < 9000; ++i) { // twice as many as are walked at a time, and more
        const std::string domain = "d" + std::to_string(i) + ".example";
        zone += domain + ". TXT \"v=spf1 -all\"\n";
        input += domain + '\n';
    }
    input += "d0.example\n";
    write_text(world.zone, zone);
    CHECK(world.run({}, input).says("; 9001 questions"));
    const std::vector<std::string> capture = {"--capture", world.directory / "capture"};
    CHECK(world.run(capture, input).says("; 9000 questions"));

    // What all share is kept for longer, but not for ever.
    zone.clear();
    input.clear();
    for (int i = 0; i < 7000; ++i) {
        const std::string number = std::to_string(i);
        zone += "d" + number + ".example. TXT \"v=spf1 include:s" + number + ".test -all\"\n";
        zone += "s" + number + ".test. TXT \"v=spf1 -all\" \"" + std::string(250, ' ') + "\" \"" +
                std::string(250, ' ') + "\"\n";
        input += "d" + number + ".example\n";
    }
    zone += "again.example. TXT \"v=spf1 include:s0.test -all\"\n";
    input += "again.example\n";
    write_text(world.zone, zone);
    CHECK(world.run({}, input).says("; 14002 questions"));
    CHECK(world.run(capture, input).says("; 14001 questions"));
}
