// How long the real program takes for one domain when each reply takes D milliseconds: wall time beside the
// critical path, and questions sent beside distinct questions needed. Then patience: a dead include, and a
// lossy network.
//
// usage: latency_bench PROGRAM [DELAY_MS [RUNS]]
#include "support/dns_server.h"

#include "spfwalk/dns/master_file.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

using namespace spfwalk;
using Clock = std::chrono::steady_clock;

namespace {

struct Shape {
    std::string name;
    std::string arguments; ///< of the program; the domain, for a walk
    std::string zone;
    int critical_path; ///< round trips one after the other, a repetition over TCP included
    int needed;        ///< distinct questions
    int over_tcp = 0;  ///< of them, those that must be asked again over TCP
    int status = 0;    ///< the program's exit status
};

/// TXT data as strings of at most 255 octets.
std::string quoted(const std::string& record) {
    std::string result;
    for (std::size_t at = 0; at < record.size(); at += 255)
        result += fmt::format("\"{}\" ", record.substr(at, 255));
    return result;
}

std::string txt(const std::string& name, const std::string& record) {
    return fmt::format("{}. TXT ( {})\n", name, quoted(record));
}

Shape chain(int depth) {
    Shape shape{fmt::format("include chain, depth {}", depth), fmt::format("c0-{}.example", depth), "",
                depth + 1, depth + 1};
    for (int i = 0; i < depth; ++i)
        shape.zone += txt(fmt::format("c{}-{}.example", i, depth),
                          fmt::format("v=spf1 include:c{}-{}.example -all", i + 1, depth));
    shape.zone += txt(fmt::format("c{}-{}.example", depth, depth), "v=spf1 ip4:192.0.2.1 -all");
    return shape;
}

Shape ten_includes() {
    Shape shape{"ten includes", "ten.example", "", 2, 11};
    std::string record = "v=spf1";
    for (int i = 0; i < 10; ++i) {
        record += fmt::format(" include:t{}.example", i);
        shape.zone += txt(fmt::format("t{}.example", i), fmt::format("v=spf1 ip4:10.{}.0.0/16 -all", i));
    }
    shape.zone += txt("ten.example", record + " -all");
    return shape;
}

Shape large(int octets, int round_trips) {
    Shape shape{fmt::format("record of {} octets", octets),
                fmt::format("large{}.example", octets),
                "",
                round_trips,
                1,
                round_trips - 1};
    std::string record = "v=spf1";
    for (int i = 0; static_cast<int>(record.size()) < octets - 24; ++i)
        record += fmt::format(" ip4:10.{}.{}.0/24", i / 200, i % 200);
    shape.zone = txt(shape.arguments, record + " -all");
    return shape;
}

/// A company that mails through a large provider, a newsletter service and hosts of its own.
Shape provider_tree() {
    Shape shape{"provider tree with a and mx", "corp.example", "", 3, 12};
    shape.zone =
        txt("corp.example",
            "v=spf1 include:spf.protection.example include:news.example a mx ip4:192.0.2.9 -all") +
        "corp.example. A 192.0.2.1\ncorp.example. MX 10 in.corp.example.\ncorp.example. MX 20 "
        "in2.corp.example.\n"
        "in.corp.example. A 192.0.2.2\nin2.corp.example. A 192.0.2.3\nin2.corp.example. AAAA 2001:db8::3\n";
    std::string networks = "v=spf1";
    for (int i = 0; i < 12; ++i)
        networks += fmt::format(" ip4:40.{}.0.0/15 ip6:2a01:111:f{}00::/48", 90 + 2 * i, i % 10);
    shape.zone += txt("spf.protection.example", networks + " -all") +
                  txt("news.example", "v=spf1 include:a.news.example include:b.news.example ~all") +
                  txt("a.news.example", "v=spf1 ip4:198.51.100.0/25 ~all") +
                  txt("b.news.example", "v=spf1 ip4:198.51.100.128/25 ~all");
    return shape;
}

/// A client that comes to everything a record can ask about it, and fails with an explanation.
Shape failing_check() {
    Shape shape{"check: a fail, explained", "check 192.0.2.200 joe@strict.example", "", 3, 10};
    shape.status = 2;
    shape.zone = txt("strict.example", "v=spf1 include:part.strict.example a mx ptr exists:%{l}.%{d} -all "
                                       "exp=why.strict.example") +
                 txt("part.strict.example", "v=spf1 include:deep.part.strict.example -all") +
                 txt("deep.part.strict.example", "v=spf1 ip4:198.51.100.0/24 -all") +
                 txt("why.strict.example", "%{i} is not ours") +
                 "strict.example. A 192.0.2.1\nstrict.example. MX 10 mx.strict.example.\n"
                 "mx.strict.example. A 192.0.2.2\n200.2.0.192.in-addr.arpa. PTR client.example.net.\n"
                 "client.example.net. A 192.0.2.200\n";
    return shape;
}

/// A server in a thread of its own.
class Served {
  public:
    explicit Served(test::DnsServerOptions options) : server_(std::move(options)) {
        if (::pipe(stop_) != 0) throw std::runtime_error("pipe");
        thread_ = std::thread([this] { server_.run(stop_[0]); });
    }
    ~Served() {
        ::close(stop_[1]);
        thread_.join();
        ::close(stop_[0]);
    }
    std::string address() const { return fmt::format("127.0.0.1:{}", server_.port()); }

  private:
    test::DnsServer server_;
    int stop_[2]{};
    std::thread thread_;
};

dns::MasterFile zone_from(const std::string& text) {
    auto file = dns::parse_master_file(text, "zone");
    if (!file) throw std::runtime_error(file.error().text);
    return std::move(*file);
}

struct Run {
    double milliseconds = 0;
    int sent = -1;
    bool ok = false;
    std::string errors;
};

/// One run of the program. What it says with -v tells the queries sent.
Run run(const std::string& program, const std::string& address, const std::string& arguments,
        int status = 0) {
    Run result;
    const auto start = Clock::now();
    const std::string command =
        fmt::format("exec '{}' -v -r {} {} 2>&1 >/dev/null", program, address, arguments);
    std::FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("popen");
    char line[4096];
    while (std::fgets(line, sizeof line, pipe) != nullptr) {
        result.errors += line;
        int domains = 0;
        int questions = 0;
        int sent = 0;
        if (std::sscanf(line, "spfwalk: %d domains, %d questions, %d sent", &domains, &questions, &sent) == 3)
            result.sent = sent;
    }
    const int ended = ::pclose(pipe);
    result.ok = WIFEXITED(ended) && WEXITSTATUS(ended) == status;
    result.milliseconds = std::chrono::duration<double, std::milli>(Clock::now() - start).count();
    return result;
}

double median(std::vector<double> values) {
    std::ranges::sort(values);
    return values[values.size() / 2];
}

bool latency(const std::string& program, int delay, int runs) {
    std::vector<Shape> shapes;
    for (int depth = 1; depth <= 9; ++depth)
        shapes.push_back(chain(depth));
    shapes.push_back(ten_includes());
    shapes.push_back(large(600, 1));
    shapes.push_back(large(1100, 1));
    shapes.push_back(large(1400, 2));
    shapes.push_back(large(9000, 2));
    shapes.push_back(provider_tree());
    shapes.push_back(failing_check());
    test::DnsServerOptions options;
    std::string zone = "$TTL 300\n. SOA ns. host. 1 1 1 1 300\n";
    for (const Shape& shape : shapes)
        zone += shape.zone;
    options.zone = zone_from(zone);
    options.delay = std::chrono::milliseconds(delay);
    const Served served(std::move(options));

    fmt::print("{:<30} {:>9} {:>9} {:>7} {:>6} {:>7}  (median of {} runs, {} ms a reply)\n", "shape",
               "wall ms", "path ms", "ratio", "sent", "needed", runs, delay);
    bool good = true;
    for (const Shape& shape : shapes) {
        std::vector<double> times;
        int sent = 0;
        bool ok = true;
        for (int i = 0; i < runs; ++i) {
            const Run once = run(program, served.address(), shape.arguments, shape.status);
            times.push_back(once.milliseconds);
            sent = std::max(sent, once.sent);
            ok = ok && once.ok;
        }
        const double path = shape.critical_path * delay;
        const double wall = median(times);
        const bool within = ok && wall <= 1.10 * path + 5 && sent == shape.needed + shape.over_tcp;
        good = good && within;
        fmt::print("{:<30} {:>9.1f} {:>9.1f} {:>7.3f} {:>6} {:>7}  {}\n", shape.name, wall, path, wall / path,
                   sent, shape.needed + shape.over_tcp, within ? "" : "OVER THE BAR");
    }
    return good;
}

bool patience(const std::string& program, int runs) {
    const Shape tree = provider_tree();
    bool good = true;
    {
        test::DnsServerOptions options;
        options.zone = zone_from(
            tree.zone + txt("dead.example", "v=spf1 include:corp.example include:drop.corp.example -all"));
        const Served served(std::move(options));
        const Run once = run(program, served.address(), "dead.example");
        const bool named = once.errors.find("include:drop.corp.example: drop.corp.example TXT: timeout") !=
                           std::string::npos;
        fmt::print("\none dead include: given up after {:.1f} s, {}\n", once.milliseconds / 1000,
                   named ? "named" : "NOT NAMED");
        good = good && named && !once.ok && once.milliseconds < 10'000;
    }
    std::vector<double> times;
    int complete = 0;
    int reported = 0;
    for (int i = 0; i < runs; ++i) {
        test::DnsServerOptions options;
        options.zone = zone_from(tree.zone);
        options.loss_percent = 10;
        options.seed = static_cast<std::uint32_t>(i + 1);
        options.delay = std::chrono::milliseconds(20);
        const Served served(std::move(options));
        const Run once = run(program, served.address(), tree.arguments);
        times.push_back(once.milliseconds);
        complete += once.ok ? 1 : 0;
        reported += !once.ok && once.errors.find("timeout") != std::string::npos ? 1 : 0;
    }
    const double middle = median(times);
    fmt::print("{} walks at 10% loss: median {:.0f} ms, longest {:.0f} ms, {} complete, {} reported as "
               "timeouts, {} else\n",
               runs, middle, *std::ranges::max_element(times), complete, reported,
               runs - complete - reported);
    return good && middle < 2000 && complete + reported == runs;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fputs("usage: latency_bench PROGRAM [DELAY_MS [RUNS]]\n", stderr);
        return 2;
    }
    const int delay = argc > 2 ? std::atoi(argv[2]) : 20;
    const int runs = argc > 3 ? std::atoi(argv[3]) : 7;
    const bool fast = latency(argv[1], delay, runs);
    const bool patient = patience(argv[1], 3 * runs);
    return fast && patient ? 0 : 1;
}
