// How many questions per second CaresResolver does, and what each costs.
//     resolver_bench ADDRESS[:PORT] [QUESTIONS [WINDOW [DOMAIN]]]
// asks for the TXT records of n0.DOMAIN, n1.DOMAIN …, each once, WINDOW (default 256) at a time.
#include "spfwalk/dns/cares_resolver.h"

#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

using namespace spfwalk::dns;

namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

} // namespace

int main(int argc, char** argv) {
    const auto server = parse_server(argc > 1 ? argv[1] : "");
    if (!server) {
        std::fprintf(stderr, "resolver_bench: %s\n", server.error().c_str());
        return 2;
    }
    const unsigned long count = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 200'000;
    CaresOptions options;
    options.servers = {*server};
    if (argc > 3) options.window = std::strtoul(argv[3], nullptr, 10);
    const std::string domain = argc > 4 ? argv[4] : "example.com";

    CaresResolver resolver(options);
    std::vector<Reply> replies;
    unsigned long asked = 0, answered = 0, with_records = 0;
    const auto begin = std::chrono::steady_clock::now();
    while (answered < count) {
        for (; asked < count && resolver.room() > 0; ++asked) {
            const auto name = Name::from_domain("n" + std::to_string(asked) + "." + domain);
            if (!name) return 2;
            resolver.ask({*name, Type::txt});
        }
        replies.clear();
        resolver.wait(replies);
        answered += replies.size();
        for (const Reply& reply : replies)
            with_records += reply.answer->status == Status::records ? 1 : 0;
    }
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - begin;
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const double n = static_cast<double>(std::max(count, 1UL));
    const Counters counters = resolver.counters();
    std::printf(
        "%lu questions, %lu with records: %.0f/s, %.2f us CPU each (%.2f user, %.2f system), %llu retried, "
        "%llu failed, %ld kB\n",
        count, with_records, n / wall.count(), (seconds(used.ru_utime) + seconds(used.ru_stime)) * 1e6 / n,
        seconds(used.ru_utime) * 1e6 / n, seconds(used.ru_stime) * 1e6 / n,
        static_cast<unsigned long long>(counters.retried), static_cast<unsigned long long>(counters.failed),
        used.ru_maxrss);
    return 0;
}
