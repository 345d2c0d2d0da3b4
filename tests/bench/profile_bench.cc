// Where the time of a census goes: instructions per domain (callgrind) by part of the program, and whether
// they grow with the number of domains.
//
//     profile_bench [--program PATH] [--window N] [--keep FILE] N...        default: 10000 100000
//
// FILE gets what callgrind wrote for the last N, for callgrind_annotate(1). The zone is that of census_bench.
// Instructions do not depend on what else the machine does; the kernel's are not in them, so the share of
// system time of a run without callgrind stands beside them.
#include "bench/callgrind.h"
#include "bench/census.h"
#include "bench/cost.h"
#include "support/files.h"
#include "support/nsd.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <utility>

namespace {

using namespace spfwalk;

/// By the first of these that a function's name holds. The order matters: the last ones are whole libraries
/// of the program.
constexpr std::array<std::pair<std::string_view, std::string_view>, 19> parts = {{
    {"DomainInput", "input"},
    {"read_domain", "input"},
    {"to_ascii", "input"},
    {"AnswerStore", "store"},
    {"Publication", "parsing"},
    {"publication", "parsing"},
    {"Parser", "parsing"},
    {"parse_", "parsing"},
    {"find_questions", "questions"},
    {"missing_questions", "questions"},
    {"Questions", "questions"},
    {"spfwalk::emit::", "output"},
    {"ObjectStream", "output"},
    {"spfwalk::net::", "sets"},
    {"cares", "DNS"},
    {"Cares", "DNS"},
    {"spfwalk::dns::", "DNS"},
    {"spfwalk::spf::", "evaluation"},
    {"spfwalk::cli::", "session"},
}};

std::string part_of(std::string_view function, std::string_view object) {
    if (object.find("libcares") != object.npos) return "c-ares";
    if (object.find("libidn2") != object.npos || object.find("libunistring") != object.npos) return "input";
    if (object.find("spfwalk") == object.npos) return ""; // the C and C++ libraries, fmt
    for (const auto& [word, part] : parts)
        if (function.find(word) != function.npos) return std::string(part);
    return "";
}

double per_domain(std::uint64_t count, std::size_t domains) {
    return static_cast<double>(count) / static_cast<double>(domains);
}

bench::InstructionCounts profile(const std::string& program, const std::string& window,
                                 const std::string& keep, std::size_t size) {
    const bench::Census census(size);
    const test::TemporaryDirectory directory;
    const auto write = [&](const char* name, auto&& how) {
        std::ofstream file(directory / name);
        how([&](std::string_view text) { file << text; });
    };
    write("zone", [&](auto&& put) { census.write_zone(put); });
    write("domains", [&](auto&& put) {
        for (std::size_t i = 0; i < census.domains(); ++i)
            put(census.domain(i) + "\n");
    });
    const test::Nsd nsd(directory / "zone", std::chrono::minutes(10));
    const std::vector<std::string> walk{
        program,       "-q", "--no-progress",       "--no-sandbox", "-t",  "ndjson", "-r",
        nsd.address(), "-f", directory / "domains", "--window",     window};
    const bench::Cost plain = bench::run(walk, directory / "plain", directory / "err");
    std::vector<std::string> watched{"valgrind", "--tool=callgrind", "--compress-strings=no",
                                     "--compress-pos=no",
                                     "--callgrind-out-file=" + (directory / "callgrind")};
    watched.insert(watched.end(), walk.begin(), walk.end());
    const bench::Cost cost = bench::run(watched, directory / "out", directory / "err2");
    // 4: some domains of the census are broken.
    if (cost.status != plain.status || plain.status == 1 || plain.status == 127) {
        std::fprintf(stderr, "profile_bench: exit status %d, under callgrind %d: %s%s\n", plain.status,
                     cost.status, test::file_text(directory / "err").c_str(),
                     test::file_text(directory / "err2").c_str());
        std::exit(2);
    }
    if (!keep.empty())
        std::filesystem::copy_file(directory / "callgrind", keep,
                                   std::filesystem::copy_options::overwrite_existing);
    auto counts = bench::read_callgrind(directory / "callgrind", part_of);
    std::printf(
        "%zu domains: %.0f instructions each; without callgrind %.1f us CPU each, %.0f%% of it system\n",
        size, per_domain(counts.total, size), plain.cpu * 1e6 / static_cast<double>(size),
        100 * plain.system / plain.cpu);
    std::vector<std::pair<std::uint64_t, std::string>> sorted;
    for (const auto& [name, count] : counts.parts)
        sorted.emplace_back(count, name);
    std::ranges::sort(sorted, std::ranges::greater());
    for (const auto& [count, name] : sorted)
        std::printf("  %-12s %9.0f  %5.1f%%\n", name.c_str(), per_domain(count, size),
                    100 * static_cast<double>(count) / static_cast<double>(counts.total));
    std::fflush(stdout);
    return counts;
}

} // namespace

int main(int argc, char** argv) {
    std::string program = SPFWALK_PROGRAM, window = "256", keep;
    std::vector<std::size_t> sizes;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const bool more = i + 1 < argc;
        if (word == "--program" && more)
            program = argv[++i];
        else if (word == "--window" && more)
            window = argv[++i];
        else if (word == "--keep" && more)
            keep = argv[++i];
        else if (const auto size = std::strtoul(argv[i], nullptr, 10); size > 0)
            sizes.push_back(size);
        else {
            std::fprintf(stderr, "usage: profile_bench [--program PATH] [--window N] [--keep FILE] N...\n");
            return 2;
        }
    }
    if (sizes.empty()) sizes = {10'000, 100'000};
    if (const auto why = test::nsd_unavailable()) {
        std::fprintf(stderr, "profile_bench: %s\n", why->c_str());
        return 2;
    }
    double before = 0;
    for (const std::size_t size : sizes) {
        const double each = per_domain(profile(program, window, keep, size).total, size);
        if (before > 0) std::printf("  %.3f x those of the size before\n", each / before);
        before = each;
    }
    return 0;
}
