// The real program as a child process: what a shell, a full disk or a signal can do to it.
#include "support/catch.h"
#include "support/files.h"
#include "support/packet.h"
#include "support/process.h"
#include "support/server_thread.h"
#include "support/udp_socket.h"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>

#include <sys/socket.h>

using namespace spfwalk;
using namespace spfwalk::test;
using namespace std::chrono_literals;

namespace {

Launch spfwalk_with(std::vector<std::string> arguments) {
    Launch launch;
    launch.command = std::move(arguments);
    launch.command.insert(launch.command.begin(), {SPFWALK_PROGRAM, "--bogons", "keep"});
    return launch;
}

constexpr const char* small_zone = "example.com. TXT \"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all\"\n"
                                   "bad.example. TXT \"v=spf1 include:servfail.example -all\"\n"
                                   ";! servfail.example. TXT SERVFAIL\n";
constexpr const char* small_list = "192.0.2.0/24\n2001:db8::/32\n";

/// A directory with a zone, its path in `zone`.
struct World {
    TemporaryDirectory directory;
    std::string zone = directory / "zone";

    explicit World(const std::string& text = small_zone) { write_text(zone, text); }
};

/// 40 domains with 1,000 addresses each, no two of them neighbours: more than any pipe holds.
struct LargeWorld : World {
    static constexpr unsigned domain_count = 40;
    static constexpr unsigned per_domain = 1000;
    std::string names;

    LargeWorld() : World("") {
        std::string text;
        for (unsigned domain = 0; domain < domain_count; ++domain) {
            const std::string name = "d" + std::to_string(domain) + ".example";
            names += name + '\n';
            text += name + ". TXT ( \"v=spf1\"";
            for (unsigned i = 0; i < per_domain; ++i)
                text += " \" ip4:10." + std::to_string(domain) + '.' + std::to_string(i / 100) + '.' +
                        std::to_string(i % 100 * 2) + '"';
            text += " )\n";
        }
        write_text(zone, text);
    }
};

/// The small zone's record to any question that is one.
std::string small_reply(const std::string& query) {
    const std::size_t end = query.find('\0', question_offset);
    if (query.size() < question_offset + 5 || end == query.npos) return {};
    Packet packet(0x8400);
    packet
        .question(query.substr(question_offset, end + 1 - question_offset),
                  static_cast<unsigned>(dns::Type::txt))
        .record(6, pointer(question_offset), static_cast<unsigned>(dns::Type::txt), 1, 300,
                data::txt({"v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"}))
        .overwrite(0, query.substr(0, 2));
    const auto bytes = packet.bytes();
    return {bytes.begin(), bytes.end()};
}

bool holds_output(const std::string& text) {
    return text.find("192.0.2.0/24\n") != text.npos || text.find("spfwalk: ") != text.npos;
}

} // namespace

TEST_CASE("a published zone file is walked to the list that it was made from") {
    const World world("example.com. TXT \"v=spf1 ip4:192.0.2.0/25 include:a.example ~all\"\n"
                      "a.example. TXT \"v=spf1 -ip4:198.51.100.64/26 ip4:198.51.100.0/24 a:h.example ?all\"\n"
                      "h.example. A 203.0.113.1\nh.example. AAAA 2001:db8::1\n");
    const auto list_from = [](const std::string& zone) {
        const Ended run = run_program(spfwalk_with({"--zone", zone, "example.com"}));
        CHECK(run.status == 0);
        return run.output;
    };
    const Ended published = run_program(
        spfwalk_with({"--zone", world.zone, "-t", "spf-zone", "--answer-size", "128", "example.com"}));
    CHECK(published.error.empty());
    REQUIRE(published.status == 0);
    CHECK(published.output.find("_spf2.example.com.") != std::string::npos);
    const std::string zone = world.directory / "published";
    write_text(zone, published.output);
    CHECK(list_from(zone) == list_from(world.zone));
}

TEST_CASE("exit status 0 goes with a list, 1 with nothing but a reason") {
    const World world;
    SECTION("a list") {
        const Ended ended = run_program(spfwalk_with({"--zone", world.zone, "example.com"}));
        CHECK(ended.status == 0);
        CHECK(ended.output == small_list);
        CHECK(ended.error == "");
    }
    SECTION("the program's own texts") {
        for (const char* option : {"--help", "--version", "--format=help"}) {
            INFO(option);
            const Ended ended = run_program(spfwalk_with({option}));
            CHECK(ended.status == 0);
            CHECK(ended.output.ends_with('\n'));
            CHECK(ended.error == "");
        }
    }
    SECTION("failures") {
        const std::vector<std::vector<std::string>> commands = {
            {"--zone", world.zone, "absent.example"},
            {"--zone", world.zone, "example.com", "bad.example"},
            {"--zone", world.zone, "example.com", "a..b"},
            {"--zone", world.zone},
            {"--zone", world.directory.path().string(), "example.com"},
            {"--zone", world.zone, "-f", world.directory.path().string()},
            {"--zone", world.zone, "--no-such-option", "example.com"},
            {"--zone", world.zone, "--capture", world.directory / "absent/capture", "example.com"},
        };
        for (const auto& command : commands) {
            INFO(command.back());
            const Ended ended = run_program(spfwalk_with(command));
            CHECK(ended.status == 1);
            CHECK(ended.output == "");
            CHECK(ended.error.starts_with("spfwalk: "));
            CHECK(ended.error.ends_with('\n'));
        }
    }
}

TEST_CASE("a list that cannot be written is a failure") {
    const World world;
    Launch launch = spfwalk_with({"--zone", world.zone, "example.com"});
    std::string reason;
    SECTION("full disk") {
        launch.output = Descriptor::file;
        launch.output_file = "/dev/full";
        reason = "No space left on device";
    }
    SECTION("closed") {
        launch.output = Descriptor::closed;
        reason = "Bad file descriptor";
    }
    SECTION("nobody reads") {
        launch.output = Descriptor::reader_gone;
        reason = "Broken pipe";
    }
    const Ended ended = run_program(launch);
    CHECK(ended.signal == 0);
    CHECK(ended.status == 1);
    CHECK(ended.error == "spfwalk: standard output: " + reason + '\n');
}

TEST_CASE("what is printed does not go into a file that the program replaces") {
    const World world;
    const TemporaryDirectory directory;
    Launch launch = spfwalk_with({"--zone", world.zone, "--stats", directory / "both", "example.com"});
    launch.output = Descriptor::file;
    launch.output_file = directory / "both";
    Ended ended = run_program(launch);
    CHECK(ended.status == 1);
    CHECK(ended.error == "spfwalk: --stats: the same file as standard output\n");
    launch = spfwalk_with({"--zone", world.zone, "--stats", directory / "both"});
    write_text(directory / "both", "example.com\n");
    launch.input = Descriptor::file;
    launch.input_file = directory / "both";
    CHECK(run_program(launch).error == "spfwalk: --stats: the same file as standard input\n");
    launch = spfwalk_with({"--zone", world.zone, "--capture", "/dev/stdout", "example.com"});
    ended = run_program(launch); // a pipe
    CHECK(ended.status == 0);
    CHECK(ended.output.find("example.com. ") != std::string::npos);
    launch = spfwalk_with({"--zone", world.zone, "--stats", directory / "both", "example.com"});
    launch.output = Descriptor::file;
    launch.output_file = directory / "another";
    ended = run_program(launch);
    CHECK(ended.status == 0);
    CHECK(file_text(directory / "both").starts_with("{"));
    CHECK(file_text(directory / "another").starts_with("192.0.2."));
}

TEST_CASE("help that cannot be written is a failure") {
    Launch launch = spfwalk_with({"--help"});
    launch.output = Descriptor::file;
    launch.output_file = "/dev/full";
    const Ended ended = run_program(launch);
    CHECK(ended.status == 1);
    CHECK(ended.error == "spfwalk: standard output: No space left on device\n");
}

TEST_CASE("a large list arrives whole, in a pipe and in a file") {
    const LargeWorld world;
    Launch launch = spfwalk_with({"--zone", world.zone, "-"});
    launch.input_text = world.names;
    const Ended piped = run_program(launch);
    CHECK(piped.status == 0);
    CHECK(piped.error == "");
    CHECK(std::ranges::count(piped.output, '\n') == LargeWorld::domain_count * LargeWorld::per_domain);
    CHECK(piped.output.starts_with("10.0.0.0/32\n10.0.0.2/32\n"));
    CHECK(piped.output.ends_with("10.39.9.196/32\n10.39.9.198/32\n"));
    launch.output = Descriptor::file;
    launch.output_file = world.directory / "list";
    CHECK(run_program(launch).status == 0);
    CHECK(file_text(launch.output_file) == piped.output);
}

TEST_CASE("a reader that goes away in the middle of a large list is a failure and no silent end") {
    const LargeWorld world;
    Launch launch = spfwalk_with({"--zone", world.zone});
    launch.input_text = world.names;
    launch.read_at_most = 1;
    const Ended ended = run_program(launch);
    CHECK(ended.output == "1");
    CHECK(ended.signal == 0);
    CHECK(ended.status == 1);
    CHECK(ended.error == "spfwalk: standard output: Broken pipe\n");
}

TEST_CASE("ndjson: an object comes while the input goes on") {
    const World world;
    Launch launch;
    launch.directory = world.directory.path().string();
    // The second line is only written once the first has its object.
    const std::string script =
        "mkfifo in || exit 9\n"
        "\"$0\" -q -t ndjson --zone \"$1\" < in > out & child=$!\n"
        "exec 3> in\n"
        "echo example.com >&3\n"
        "tries=0\n"
        "while [ ! -s out ] && [ $tries -lt 200 ]; do sleep 0.1; tries=$((tries + 1)); done\n"
        "wc -l < out\n"
        "echo bad.example >&3\n"
        "exec 3>&-\n"
        "wait $child; echo $?\n"
        "wc -l < out\n";
    launch.command = {"/bin/sh", "-c", script, SPFWALK_PROGRAM, world.zone};
    const Ended ended = run_program(launch);
    CHECK_FALSE(ended.timed_out);
    CHECK(ended.output == "1\n0\n2\n");
    CHECK(ended.error == "");
}

TEST_CASE("ndjson: a reader that goes away ends even a run without an end") {
    const World world;
    Launch launch;
    launch.command = {
        "/bin/sh", "-c",
        "yes example.com | { \"$0\" -q -t ndjson --zone \"$1\"; echo $? >&2; } | head -n 1 | wc -l",
        SPFWALK_PROGRAM, world.zone};
    const Ended ended = run_program(launch);
    CHECK_FALSE(ended.timed_out);
    CHECK(ended.output == "1\n");
    CHECK(ended.error == "spfwalk: standard output: Broken pipe\n1\n");
}

TEST_CASE("ndjson: a slow reader gets everything, and a full disk is a failure") {
    const LargeWorld world;
    Launch launch;
    launch.command = {"/bin/sh", "-c", "\"$0\" -q -t ndjson --zone \"$1\" | { sleep 0.3; wc -l; }",
                      SPFWALK_PROGRAM, world.zone};
    launch.input_text = world.names;
    CHECK(run_program(launch).output == std::to_string(LargeWorld::domain_count) + "\n");
    launch = spfwalk_with({"-q", "-t", "ndjson", "--zone", world.zone});
    launch.input_text = world.names;
    launch.output = Descriptor::file;
    launch.output_file = "/dev/full";
    const Ended ended = run_program(launch);
    CHECK(ended.status == 1);
    CHECK(ended.error == "spfwalk: standard output: No space left on device\n");
}

TEST_CASE("standard error that cannot be written changes nothing") {
    const World world;
    Launch launch = spfwalk_with({"--zone", world.zone, "example.com", "absent.example"});
    SECTION("closed") {
        launch.error = Descriptor::closed;
    }
    SECTION("nobody reads") {
        launch.error = Descriptor::reader_gone;
    }
    SECTION("full disk") {
        launch.error = Descriptor::file;
        launch.error_file = "/dev/full";
    }
    const Ended ended = run_program(launch);
    CHECK(ended.signal == 0);
    CHECK(ended.status == 0);
    CHECK(ended.output == small_list);
}

TEST_CASE("domains come from standard input, whatever it is") {
    const World world;
    Launch launch = spfwalk_with({"--zone", world.zone});
    SECTION("a file") {
        launch.input = Descriptor::file;
        launch.input_file = world.directory / "names";
        write_text(launch.input_file, "# one\nexample.com");
        CHECK(run_program(launch).output == small_list);
    }
    SECTION("a pipe") {
        launch.input_text = "example.com\r\n";
        CHECK(run_program(launch).output == small_list);
    }
    SECTION("closed: no domain") {
        launch.input = Descriptor::closed;
        const Ended ended = run_program(launch);
        CHECK(ended.status == 1);
        CHECK(ended.error == "spfwalk: no domain given (--help tells how)\n");
    }
    SECTION("a directory: cannot be read") {
        launch.input = Descriptor::file;
        launch.input_file = world.directory.path().string();
        const Ended ended = run_program(launch);
        CHECK(ended.status == 1);
        CHECK(ended.error == "spfwalk: standard input: Is a directory\n");
    }
    SECTION("closed, or idle, and not needed") {
        launch.command.push_back("example.com");
        launch.input = GENERATE(Descriptor::closed, Descriptor::idle);
        CHECK(run_program(launch).output == small_list);
    }
}

TEST_CASE("with standard descriptors closed, no output goes into a file or a socket opened in their place") {
    const int closed = GENERATE(range(0, 8)); // a bit for each descriptor
    INFO("closed: " << closed);
    const bool network = GENERATE(false, true);
    const World world;
    const UdpSocket server;
    const std::string capture = world.directory / "capture";
    Launch launch = spfwalk_with({"--capture", capture, "-4", "example.com", "localhost"});
    launch.command.insert(launch.command.end(),
                          {network ? "-r" : "--zone", network ? server.address() : world.zone});
    if ((closed & 1) != 0) launch.input = Descriptor::closed;
    if ((closed & 2) != 0) launch.output = Descriptor::closed;
    if ((closed & 4) != 0) launch.error = Descriptor::closed;
    Child child(launch);
    std::string received;
    while (child.running()) // there is little output: nobody needs to read it meanwhile
        if (server.readable(5ms)) received += server.exchange(small_reply);
    while (server.readable(0ms))
        received += server.exchange(small_reply);
    const Ended ended = child.wait();
    CHECK(ended.signal == 0);
    CHECK(ended.status == ((closed & 2) != 0 ? 1 : 0));
    if ((closed & 2) == 0) CHECK(ended.output == "192.0.2.0/24\n");
    if ((closed & 4) == 0) CHECK(ended.error.find("spfwalk: localhost: ") != std::string::npos);
    CHECK(received.empty() != network);
    CHECK(!holds_output(received));
    CHECK(file_text(world.zone) == small_zone);
    CHECK(file_text(capture).find("v=spf1 ip4:192.0.2.0/24") != std::string::npos);
    CHECK(!holds_output(file_text(capture)));
}

TEST_CASE("a signal ends the program at once, without output") {
    const int signal = GENERATE(SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGALRM);
    INFO("signal " << signal);
    const World world;
    const UdpSocket silent;
    Launch launch;
    SECTION("while it waits for DNS") {
        launch =
            spfwalk_with({"-r", silent.address(), "--capture", world.directory / "capture", "example.com"});
    }
    SECTION("while it waits for its input, after some came") {
        launch = spfwalk_with({"--zone", world.zone, "example.com", "-"});
        launch.input = Descriptor::idle;
    }
    const bool asks = launch.command[1] == "-r";
    Child child(launch);
    if (asks)
        REQUIRE(silent.readable(20s));
    else
        std::this_thread::sleep_for(100ms); // it is as right to be ended before it reads
    REQUIRE(child.running());
    child.send(signal);
    const Ended ended = child.wait();
    CHECK(!ended.timed_out);
    CHECK(ended.signal == signal);
    CHECK(ended.output == "");
    CHECK(!std::filesystem::exists(world.directory / "capture"));
}

TEST_CASE("a captured run over the network is the same run when read back with --zone") {
    const ServerThread server(
        "$ORIGIN example.com.\n"
        "@ TXT \"v=spf1 a mx include:alias.example.com include:tc.more.example.com "
        "exists:%{d}.none.example.com -all\"\n"
        "@ A 192.0.2.1\n@ MX 10 mail\nmail A 192.0.2.25\nmail AAAA 2001:db8::25\n"
        "alias CNAME spf\nspf TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"
        "more TXT \"v=spf1 ip4:203.0.113.0/25 -ip4:203.0.113.7 ip4:203.0.113.0/24 a:gone.example.com -all\"\n"
        "broken TXT \"v=spf1 ip4:192.0.2.77 include:servfail.mail.example.com \\007 -all\"\n"
        "dead TXT \"v=spf1 ip4:192.0.2.78 include:servfail.mail.example.com -all\"\n"
        "loop TXT \"v=spf1 a:cnameloop.mail.example.com -all\"\n");
    const World world;
    const std::string capture = world.directory / "capture";
    std::vector<std::string> arguments = GENERATE(values<std::vector<std::string>>({
        {"--annotate", "example.com", "absent.example.com"},
        {"--regions", "example.com", "broken.example.com"},
        {"example.com", "dead.example.com"},
        {"loop.example.com"},
    }));
    INFO(arguments.back());
    arguments.insert(arguments.end(), {"--capture", capture, "-r", server.address()});
    const Ended live = run_program(spfwalk_with(arguments));
    arguments.resize(arguments.size() - 4);
    arguments.insert(arguments.end(), {"--zone", capture});
    const Ended replayed = run_program(spfwalk_with(arguments));
    const bool good = arguments.front().starts_with("--");
    CHECK(live.status == (good ? 0 : 1));
    CHECK(live.output.empty() != good);
    CHECK(live.error != "");
    CHECK(replayed.output == live.output);
    CHECK(replayed.error == live.error);
    CHECK(replayed.status == live.status);
}
