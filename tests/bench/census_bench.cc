// A census: how fast, how large and how right a walk of N made-up domains is (census.h), beside what DNS
// alone costs.
//
//     census_bench [--delay MS] [--window N] [--processes N] [--dead PERCENT] [--program PATH] [--keep DIR]
//                  [--no-dnsperf] N...
//
// For each N it makes the zone, serves it with NSD on loopback and asks it three times: with spfwalk (ndjson,
// each answer compared with the expected one), with CaresResolver alone asking each needed question once, and
// with dnsperf doing the same. What the shell shows as seconds depends on the machine; the ratios are what
// counts.
// --delay: a proxy in between holds each reply back for so long. --processes: the domains are dealt out to so
// many processes side by side; memory is that of the largest. --dead: there is a second walk, with so many
// domains more for every hundred whose questions nobody ever answers.
//
//     census_bench adapter SERVER QUESTIONS WINDOW    is the second of these
//     census_bench write N DIR                        only writes zone, questions and domains
#include "bench/census.h"
#include "bench/cost.h"
#include "bench/delay_proxy.h"
#include "spfwalk/dns/cares_resolver.h"
#include "support/files.h"
#include "support/nsd.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

namespace {

using namespace spfwalk;
using bench::Cost;

[[noreturn]] void die(const std::string& why) {
    std::fprintf(stderr, "census_bench: %s\n", why.c_str());
    std::exit(2);
}

class File {
  public:
    explicit File(const std::string& path) : file_(std::fopen(path.c_str(), "w")) {
        if (file_ == nullptr) die("cannot write " + path);
    }
    ~File() { std::fclose(file_); }
    /// Until it is on the disk.
    void sync() {
        if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) die("cannot write a file");
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    void operator()(std::string_view text) { std::fwrite(text.data(), 1, text.size(), file_); }

  private:
    std::FILE* file_;
};

void write_inputs(const bench::Census& census, const std::string& directory) {
    File zone(directory + "/zone"), questions(directory + "/questions"), domains(directory + "/domains");
    census.write_zone(std::ref(zone));
    census.write_questions(std::ref(questions));
    for (std::size_t i = 0; i < census.domains(); ++i)
        domains(census.domain(i) + "\n");
}

/// The string behind `name` in a line of JSON, without unescaping; from `at` on, which moves behind it.
std::optional<std::string_view> member(std::string_view line, std::string_view name, std::size_t& at) {
    const std::size_t place = line.find(name, at);
    if (place == line.npos) return std::nullopt;
    const std::size_t begin = place + name.size();
    const std::size_t end = line.find('"', begin);
    if (end == line.npos) return std::nullopt;
    at = end;
    return line.substr(begin, end - begin);
}

/// In the names of domains that the proxy keeps from the server.
constexpr std::string_view dead_suffix = ".dead.test";
const std::string dead_label = "\4dead\4test";

/// Domains whose object is missing, twice there, or not as expected; of dead ones, how many say so.
std::size_t count_wrong(const bench::Census& census, const std::string& path, std::size_t* dead = nullptr) {
    std::ifstream file(path);
    std::vector<bool> seen(census.domains());
    std::size_t right = 0, strange = 0;
    for (std::string line; std::getline(file, line);) {
        std::size_t at = 0;
        const auto domain = member(line, "\"domain\":\"", at);
        if (domain && domain->ends_with(dead_suffix)) {
            if (dead != nullptr && member(line, "\"status\":\"", at) == "temperror") ++*dead;
            continue;
        }
        const std::size_t index = domain ? census.index_of(*domain) : census.domains();
        if (index == census.domains() || seen[index]) {
            ++strange;
            continue;
        }
        seen[index] = true;
        const bench::CensusAnswer expected = census.answer(index);
        const auto status = member(line, "\"status\":\"", at);
        std::vector<std::string_view> prefixes;
        while (const auto prefix = member(line, "\"prefix\":\"", at))
            prefixes.push_back(*prefix);
        if (status == expected.status && std::ranges::equal(prefixes, expected.prefixes))
            ++right;
        else if (std::getenv("CENSUS_VERBOSE") != nullptr)
            std::printf("wrong: %s\n", line.c_str());
    }
    return census.domains() - right + strange;
}

std::size_t count_lines(const std::string& path) {
    std::ifstream file(path);
    std::size_t lines = 0;
    for (std::string line; std::getline(file, line);)
        ++lines;
    return lines;
}

/// The number in front of `word` in a text, or behind it.
double number_before(const std::string& text, const std::string& word) {
    const std::size_t end = text.find(word);
    if (end == text.npos || end == 0) return 0;
    const std::size_t begin = text.find_last_of(" \n", end - 1);
    return std::atof(text.c_str() + (begin == text.npos ? 0 : begin + 1));
}
double number_behind(const std::string& text, const std::string& word) {
    const std::size_t place = text.find(word);
    return place == text.npos ? 0 : std::atof(text.c_str() + place + word.size());
}

/// Asks each question of a file once.
int adapter(const char* server_text, const char* path, const char* window) {
    const auto server = dns::parse_server(server_text);
    if (!server) die(server.error());
    dns::CaresOptions options;
    options.servers = {*server};
    options.window = std::strtoul(window, nullptr, 10);
    dns::CaresResolver resolver(options);
    std::ifstream file(path);
    std::vector<dns::Reply> replies;
    std::size_t open = 0, answered = 0;
    std::string name, type;
    bool more = true;
    while (more || open > 0) {
        while (more && resolver.room() > 0) {
            if (!(file >> name >> type)) {
                more = false;
                break;
            }
            dns::Question question;
            question.name = dns::Name::from_domain(name).value();
            question.type = type == "TXT"    ? dns::Type::txt
                            : type == "A"    ? dns::Type::a
                            : type == "AAAA" ? dns::Type::aaaa
                                             : dns::Type::mx;
            resolver.ask(question);
            ++open;
        }
        replies.clear();
        resolver.wait(replies);
        open -= replies.size();
        answered += replies.size();
    }
    const dns::Counters counters = resolver.counters();
    std::printf("%zu questions, %llu sent, %llu failed\n", answered,
                static_cast<unsigned long long>(counters.sent),
                static_cast<unsigned long long>(counters.failed));
    return 0;
}

/// Fills a file that is going to be written over. A virtual machine that has to be given memory by its host
/// for a new one can take longer for that than for the walks that write it.
void fill(const std::string& path, std::size_t octets) {
    const std::string piece(std::size_t{1} << 20, '\n');
    File file(path);
    for (std::size_t at = 0; at < octets; at += piece.size())
        file(piece);
    file.sync(); // or else that goes on beside the walks
}

struct Options {
    unsigned delay = 0;
    std::string window;
    std::string program = SPFWALK_PROGRAM;
    std::string keep;
    bool dnsperf = true;
    std::size_t processes = 1;
    double dead = 0; ///< percent
    std::vector<std::size_t> sizes;
};

/// When the last object of a domain that lives was complete: seconds since the epoch.
double last_time(const std::string& path) {
    std::ifstream file(path);
    double last = 0;
    for (std::string line; std::getline(file, line);)
        if (line.find(std::string(dead_suffix) + '"') == line.npos)
            last = std::max(last, number_behind(line, "\"time\":"));
    return last;
}

/// Walks all domains, writes what was printed to "out", and adds up what the processes sent.
Cost walk_all(const Options& options, const bench::Census& census, const std::string& server,
              const std::string& place, double& sent, double dead = 0) {
    std::vector<std::vector<std::string>> commands;
    std::vector<std::string> outputs, errors;
    for (std::size_t process = 0; process < options.processes; ++process) {
        const std::string number = std::to_string(process);
        File domains(place + "/domains" + number);
        double due = 0;
        for (std::size_t i = process; i < census.domains(); i += options.processes) {
            domains(census.domain(i) + "\n");
            for (due += dead / 100; due >= 1; --due)
                domains("d" + std::to_string(i) + std::string(dead_suffix) + "\n");
        }
        commands.push_back({options.program, "--no-progress", "-t", "ndjson", "-r", server, "-f",
                            place + "/domains" + number});
        if (!options.window.empty())
            commands.back().insert(commands.back().end(), {"--window", options.window});
        outputs.push_back(place + "/out" + number);
        constexpr std::size_t octets_of_an_object = 4096; // on average
        fill(outputs.back(), census.domains() / options.processes * octets_of_an_object);
        errors.push_back(place + "/err" + number);
    }
    Cost sum;
    for (const Cost& cost : bench::run_side_by_side(commands, outputs, errors)) {
        sum.wall = std::max(sum.wall, cost.wall);
        sum.cpu += cost.cpu;
        sum.kilobytes = std::max(sum.kilobytes, cost.kilobytes);
        sum.status = std::max(sum.status, cost.status);
    }
    std::ofstream all(place + "/out");
    for (std::size_t process = 0; process < options.processes; ++process) {
        all << std::ifstream(outputs[process]).rdbuf();
        // The figures are the last line but for what comes behind them.
        std::ifstream file(errors[process]);
        std::string said;
        for (std::string line; std::getline(file, line);)
            if (line.find(" questions, ") != line.npos) said = line;
        sent += number_before(said, " sent");
    }
    return sum;
}

void census(const Options& options, std::size_t size, const char* self) {
    const bench::Census census(size);
    std::optional<test::TemporaryDirectory> temporary;
    if (options.keep.empty()) temporary.emplace();
    const std::string place = options.keep.empty() ? temporary->path().string() : options.keep;
    write_inputs(census, place);
    const test::Nsd nsd(place + "/zone", std::chrono::minutes(10));
    std::string server = nsd.address();
    const auto nsd_port = static_cast<std::uint16_t>(std::atoi(server.c_str() + server.rfind(':') + 1));
    std::optional<bench::DelayProxy> proxy;
    const auto fresh_proxy = [&] {
        if (options.delay == 0 && options.dead == 0) return;
        proxy.emplace(nsd_port, std::chrono::milliseconds(options.delay), dead_label);
        server = "127.0.0.1:" + std::to_string(proxy->port());
    };
    const std::size_t needed = count_lines(place + "/questions");

    fresh_proxy();
    double sent = 0;
    const Cost walk = walk_all(options, census, server, place, sent);
    const double in_flight = proxy ? proxy->mean_in_flight() : 0;
    const std::size_t wrong = count_wrong(census, place + "/out");

    std::optional<Cost> with_dead;
    std::size_t wrong_with_dead = 0, found_dead = 0;
    double last_living = 0;
    if (options.dead > 0) {
        fresh_proxy();
        double ignored = 0;
        const auto begin = static_cast<double>(std::time(nullptr));
        with_dead = walk_all(options, census, server, place, ignored, options.dead);
        wrong_with_dead = count_wrong(census, place + "/out", &found_dead);
        last_living = last_time(place + "/out") - begin;
    }

    const std::string window = options.window.empty() ? "256" : options.window;
    fresh_proxy();
    const Cost alone = bench::run({self, "adapter", server, place + "/questions", window}, place + "/adapter",
                                  place + "/err2");
    const auto n = static_cast<double>(size), q = static_cast<double>(needed);
    std::printf("%zu domains, %zu questions needed (%.2f each)\n", size, needed, q / n);
    std::printf(
        "  spfwalk   %9.0f domains/s %9.0f questions/s  %7.2f us CPU/domain %6.2f us CPU/question  %ld kB  "
        "exit %d\n",
        n / walk.wall, q / walk.wall, walk.cpu * 1e6 / n, walk.cpu * 1e6 / q, walk.kilobytes, walk.status);
    std::printf("  adapter   %9.0f questions/s %7.2f us CPU/question  %ld kB\n", q / alone.wall,
                alone.cpu * 1e6 / q, alone.kilobytes);
    if (with_dead)
        std::printf("  with %.1f%% dead: %.0f s rather than %.1f s to the last of those that live (in whole "
                    "seconds), "
                    "%.1f s in all; %zu dead found, %zu others wrong or missing\n",
                    options.dead, last_living, walk.wall, with_dead->wall, found_dead, wrong_with_dead);
    double rate = 0;
    if (options.dnsperf) {
        fresh_proxy();
        const std::string host = server.substr(0, server.rfind(':'));
        const std::string port = server.substr(server.rfind(':') + 1);
        const Cost perf = bench::run({"dnsperf", "-s", host, "-p", port, "-d", place + "/questions", "-n",
                                      "1", "-c", "1", "-T", "1", "-q", window, "-t", "5", "-b", "4096"},
                                     place + "/dnsperf", place + "/err3");
        const std::string text = test::file_text(place + "/dnsperf");
        rate = number_behind(text, "Queries per second:");
        if (rate > 0)
            std::printf("  dnsperf   %9.0f questions/s %7.2f us CPU/question\n", rate, perf.cpu * 1e6 / q);
        else
            std::printf("  dnsperf   not measured (%s)\n", perf.status == 127 ? "not installed" : "failed");
    }
    std::printf("  wrong or missing %zu; sent/needed %.4f; CPU per question %.2f x the adapter's", wrong,
                sent / q, walk.cpu / alone.cpu);
    if (rate > 0) std::printf("; questions/s %.2f x dnsperf's", q / walk.wall / rate);
    if (options.delay > 0) std::printf("; %.0f in flight on average", in_flight);
    std::printf("\n");
    std::fflush(stdout);
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    if (arguments.size() == 4 && arguments[0] == "adapter") return adapter(argv[2], argv[3], argv[4]);
    if (arguments.size() == 3 && arguments[0] == "write") {
        write_inputs(bench::Census(std::strtoul(argv[2], nullptr, 10)), arguments[2]);
        return 0;
    }
    Options options;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        const std::string& word = arguments[i];
        const auto value = [&] {
            if (i + 1 == arguments.size()) die(word + " of what?");
            return arguments[++i];
        };
        if (word == "--delay")
            options.delay = static_cast<unsigned>(std::atoi(value().c_str()));
        else if (word == "--window")
            options.window = value();
        else if (word == "--processes")
            options.processes = std::max(1UL, std::strtoul(value().c_str(), nullptr, 10));
        else if (word == "--dead")
            options.dead = std::atof(value().c_str());
        else if (word == "--program")
            options.program = value();
        else if (word == "--keep")
            options.keep = value();
        else if (word == "--no-dnsperf")
            options.dnsperf = false;
        else
            options.sizes.push_back(std::strtoul(word.c_str(), nullptr, 10));
    }
    if (options.sizes.empty()) options.sizes = {1'000, 100'000, 1'000'000};
    if (const auto why = test::nsd_unavailable()) die(*why);
    for (const std::size_t size : options.sizes)
        census(options, size, argv[0]);
    return 0;
}
