// Servers that are dead, die and come back, and a process that may hardly open anything: the result is the
// true one, or DNS is said not to have answered, and an old file stays. Counters, not clocks.
#include "support/observed.h"
#include "support/server_thread.h"
#include "support/udp_socket.h"

#include <map>
#include <optional>

using namespace spfwalk;
using namespace spfwalk::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t many = 400;

constexpr const char* zone = "$ORIGIN example.net.\n"
                             "*.many TXT \"v=spf1 ip4:192.0.2.0/24 include:common.example.net -all\"\n"
                             "common TXT \"v=spf1 a:host.example.net -all\"\n"
                             "host A 198.51.100.1\nhost AAAA 2001:db8::1\n";
constexpr const char* list = "192.0.2.0/24\n198.51.100.1/32\n2001:db8::1/128\n";

std::string names() {
    std::string text;
    for (std::size_t i = 0; i < many; ++i)
        text += "n" + std::to_string(i) + ".many.example.net\n";
    return text;
}

/// A port at which nobody listens, or at which what comes is never read.
class DeadServer {
  public:
    explicit DeadServer(bool silent) : address_(socket_.emplace().address()) {
        if (!silent) socket_.reset();
    }
    const std::string& address() const { return address_; }

  private:
    std::optional<UdpSocket> socket_;
    std::string address_;
};

/// How many lines of ndjson are the true answer, and how many say temperror; nothing else is allowed.
struct Tally {
    std::size_t true_ones = 0;
    std::size_t temperrors = 0;
};

Tally tally(const std::string& ndjson) {
    Tally count;
    std::istringstream lines(ndjson);
    for (std::string line; std::getline(lines, line);) {
        INFO(line);
        if (line.find("\"status\":\"temperror\"") != std::string::npos) {
            ++count.temperrors;
            continue;
        }
        CHECK(line.find("\"status\":\"ok\",\"exact\":true,") != std::string::npos);
        for (const char* const prefix : {"192.0.2.0/24", "198.51.100.1/32", "2001:db8::1/128"})
            CHECK(line.find("\"prefix\":\"" + std::string(prefix) + '"') != std::string::npos);
        ++count.true_ones;
    }
    return count;
}

} // namespace

TEST_CASE("the first of two servers is dead: the second answers everything, and is soon asked first") {
    const bool silent = GENERATE(false, true);
    INFO((silent ? "silent" : "refusing"));
    const DeadServer dead(silent);
    const ServerThread server(zone);
    const Observed seen =
        observe({"-r", dead.address(), "-r", server.address(), "--timeout", "300ms", "-f", "-"}, names());
    check_decent(seen);
    CHECK(seen.ended.status == 0);
    CHECK(seen.ended.output == list);
    CHECK(seen.ended.error == "");
    CHECK(seen.asked == many + 3);
    CHECK(seen.failed == 0);
    CHECK(seen.tcp == 0);
    // Only what was under way before the second had answered once is asked again: a window at most.
    CHECK(seen.retried > 0);
    CHECK(seen.retried <= many);
    CHECK(seen.sent == seen.asked + seen.retried);

    const Observed one =
        observe({"-r", dead.address(), "-r", server.address(), "--timeout", "300ms", "n0.many.example.net"});
    CHECK(one.ended.output == list);
    CHECK(one.asked == 4);
    CHECK(one.retried == 1);
}

TEST_CASE("both servers are dead: so many tries for each question, a message for each domain, nothing lost") {
    const bool silent = GENERATE(false, true);
    INFO((silent ? "silent" : "refusing"));
    const DeadServer first(silent);
    const DeadServer second(silent);
    const std::string failure = silent ? "timeout" : "no server reachable";
    const TemporaryDirectory directory;
    const std::string file = directory / "list";
    write_text(file, "192.0.2.1/32\n");
    // Refusals are heard at once, if this machine is not so busy that a try is given up before.
    const char* const timeout = silent ? "200ms" : "10s";
    const Observed seen = observe({"-r", first.address(), "-r", second.address(), "--timeout", timeout,
                                   "--tries", "3", "-o", file, "-f", "-"},
                                  names());
    check_decent(seen);
    CHECK(seen.ended.status == 1);
    CHECK(file_text(file) == "192.0.2.1/32\n");
    CHECK(seen.asked == many);
    CHECK(seen.failed == many);
    CHECK(seen.sent == 3 * many);
    std::string expected;
    std::istringstream lines(names());
    for (std::string name; std::getline(lines, name);)
        expected += "spfwalk: " + name + ": " + name + " TXT: " + failure + " (temperror, RFC 7208 §4.4)\n";
    expected += "spfwalk: DNS did not answer everything that matters: " + file + " not replaced\n";
    CHECK(seen.ended.error == expected);
}

TEST_CASE("a server that restarts in the middle of a run is waited for") {
    // Answers are slow, so that the run cannot be over before the server comes back.
    const bool at_once = GENERATE(true, false);
    auto first = std::make_unique<ServerThread>(zone, DnsServerOptions{.delay = 20ms, .stop_after = 150});
    const std::uint16_t port = first->port();
    Launch launch;
    launch.command = program_command();
    launch.command.insert(launch.command.end(), {"-r", first->address(), "--window", "20", "--timeout", "2s",
                                                 "--format=ndjson", "-f", "-"});
    launch.input_text = names();
    Child child(std::move(launch));
    std::thread restart([&] {
        first->wait();
        first.reset(); // until then the port is bound, and queries wait in its buffer
        if (!at_once) std::this_thread::sleep_for(1200ms); // longer than the first try
        first = std::make_unique<ServerThread>(zone, DnsServerOptions{.port = port});
    });
    const Ended ended = child.wait();
    restart.join();
    const DnsServerCounters after = first->stop();
    INFO(ended.error);
    CHECK(ended.status == 0);
    CHECK(is_clean(ended.error));
    const Tally count = tally(ended.output);
    CHECK(count.true_ones + count.temperrors == many);
    CHECK(count.temperrors == 0); // it answered before, so its refusals are as silence
    WARN((at_once ? "restarted at once: " : "away for a while: ")
         << count.true_ones << " domains answered, " << count.temperrors << " temperror, " << after.queries
         << " queries after the restart");
}

TEST_CASE("sixteen descriptors are enough for everything at once") {
    const TemporaryDirectory directory;
    const std::string big = std::string(zone) + "big TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n" + [] {
        std::string text;
        for (int i = 0; i < 8; ++i)
            text += "big TXT \"" + std::string(250, 'x') + "\"\n";
        return text;
    }();
    const ServerThread first(big);
    const ServerThread second(big);
    const DeadServer dead(false);
    const std::string domains = directory / "domains";
    write_text(domains, names() + "big.example.net\n");
    const std::string file = directory / "list";
    const auto run = [&](std::optional<int> limit, const std::string& output) {
        return observe({"-r", dead.address(), "-r", first.address(), "-r", second.address6(), "-o", output,
                        "--state", directory / "state", "--capture", directory / "capture", "--allow-wide",
                        "-f", domains},
                       {}, limit);
    };
    const Observed seen = run(16, file);
    check_decent(seen);
    CHECK(seen.ended.status == 0);
    CHECK(file_text(file) == list);
    CHECK(seen.tcp >= 1);
    CHECK(seen.failed == 0);
    CHECK(std::filesystem::file_size(directory / "capture") > 1000);

    // With fewer it works, or it fails and says so, and the old file stays. Below that the runtime linker
    // finds no room for the libraries.
#if defined(__SANITIZE_ADDRESS__)
    // The sanitizer of undefined behaviour opens a pipe to look at an object, and takes it for none if it
    // cannot.
    WARN("skipped: fewer than sixteen descriptors, which the sanitizers need for themselves");
#else
    const std::string old = "192.0.2.0/24\n198.51.100.1/32\n";
    bool failed = false;
    for (int limit = 15; limit >= 5; --limit) {
        INFO("limit " << limit);
        write_text(file, old);
        const Ended ended = run(limit, file).ended;
        INFO(ended.error);
        CHECK(ended.signal == 0);
        CHECK(!ended.timed_out);
        CHECK(ended.output == "");
        if (ended.status == 0) {
            CHECK(file_text(file) == list);
        } else {
            failed = true;
            CHECK(ended.status == 1);
            CHECK(ended.error.starts_with("spfwalk: "));
            CHECK(file_text(file) == old);
        }
    }
    CHECK(failed);
#endif
}
