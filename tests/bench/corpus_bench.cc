// Walks the domains of a file, whose zone an NSD on loopback serves, twice, and says how fast that was and
// whether the same came out. For zones of real records, which are not part of this repository.
//
//     corpus_bench ZONE DOMAINS [ARGUMENT...]         the arguments go to spfwalk
//
// Order and content of the objects have to be identical, but for the time in them.
#include "bench/cost.h"
#include "support/files.h"
#include "support/nsd.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

namespace {

using namespace spfwalk;

/// What follows `"time":` in each object, left out.
std::string without_times(const std::string& text) {
    constexpr std::string_view key = "\"time\":";
    std::string result;
    result.reserve(text.size());
    std::size_t from = 0;
    for (std::size_t at = text.find(key); at != text.npos; at = text.find(key, from)) {
        result.append(text, from, at - from);
        from = text.find_first_of(",}", at);
    }
    return result.append(text, from);
}

std::map<std::string, std::size_t> statuses_of(const std::string& text) {
    constexpr std::string_view key = "\"status\":\"";
    std::map<std::string, std::size_t> result;
    for (std::size_t line = 0; line < text.size(); line = text.find('\n', line) + 1) {
        const std::size_t begin = text.find(key, line) + key.size();
        ++result[text.substr(begin, text.find('"', begin) - begin)];
    }
    return result;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 3) {
        std::fprintf(stderr, "usage: corpus_bench ZONE DOMAINS [ARGUMENT...]\n");
        return 2;
    }
    if (const auto why = test::nsd_unavailable()) {
        std::fprintf(stderr, "corpus_bench: %s\n", why->c_str());
        return 2;
    }
    const std::string domains = test::file_text(argv[2]);
    const auto count = static_cast<double>(std::ranges::count(domains, '\n'));
    const test::Nsd nsd(argv[1], std::chrono::minutes(10));
    const test::TemporaryDirectory directory;
    std::vector<std::string> command{SPFWALK_PROGRAM, "-q", "--no-progress", "-t", "ndjson",
                                     "--ordered",     "-r", nsd.address(),   "-f", argv[2]};
    command.insert(command.end(), argv + 3, argv + argc);
    std::array<std::string, 2> outputs;
    for (std::string& output : outputs) {
        const bench::Cost cost = bench::run(command, directory / "out", directory / "err");
        output = without_times(test::file_text(directory / "out"));
        std::printf("%.0f domains: %.0f domains/s, %.1f us CPU each, %ld kB, exit status %d\n", count,
                    count / cost.wall, cost.cpu * 1e6 / count, cost.kilobytes, cost.status);
        std::fflush(stdout);
    }
    for (const auto& [status, domains_with] : statuses_of(outputs[0]))
        std::printf("  %-10s %zu\n", status.c_str(), domains_with);
    const bool same = outputs[0] == outputs[1];
    std::printf("the two outputs are %s\n", same ? "identical" : "NOT IDENTICAL");
    return same ? 0 : 1;
}
