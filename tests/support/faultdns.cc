// The test server of dns_server.h as a program, for end-to-end tests and benchmarks.
#include "support/dns_server.h"

#include <charconv>
#include <cstdio>
#include <cstring>
#include <exception>
#include <string>

namespace {

constexpr const char* usage =
    "usage: faultdns --zone FILE [--port N] [--delay MS] [--reorder MS] [--loss PERCENT] [--duplicate "
    "PERCENT]\n"
    "                [--seed N] [--max-udp OCTETS] [--no-tcp] [--no-edns] [--log FILE] [--until-eof]\n"
    "Prints \"ready 127.0.0.1:PORT\" when it serves; --until-eof ends it with its standard input.\n";

/// A whole number up to `most`; throws std::invalid_argument otherwise.
unsigned number(const std::string& text, unsigned most) {
    unsigned value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end || value > most)
        throw std::invalid_argument("not a number in range: " + text);
    return value;
}

int serve(int argc, char** argv) {
    using std::chrono::milliseconds;
    spfwalk::test::DnsServerOptions options;
    std::string zone;
    bool until_eof = false;
    for (int i = 1; i < argc; ++i) {
        const std::string option = argv[i];
        const auto value = [&] {
            if (i + 1 == argc) throw std::invalid_argument(option + " needs a value");
            return std::string(argv[++i]);
        };
        const auto percent = [&] { return static_cast<int>(number(value(), 100)); };
        const auto duration = [&] { return milliseconds(number(value(), 3'600'000)); };
        if (option == "--zone")
            zone = value();
        else if (option == "--port")
            options.port = static_cast<std::uint16_t>(number(value(), 65'535));
        else if (option == "--delay")
            options.delay = duration();
        else if (option == "--reorder")
            options.reorder = duration();
        else if (option == "--loss")
            options.loss_percent = percent();
        else if (option == "--duplicate")
            options.duplicate_percent = percent();
        else if (option == "--seed")
            options.seed = number(value(), UINT32_MAX);
        else if (option == "--max-udp")
            options.max_udp = number(value(), 65'535);
        else if (option == "--no-tcp")
            options.tcp = false;
        else if (option == "--no-edns")
            options.edns = false;
        else if (option == "--log")
            options.log = value();
        else if (option == "--until-eof")
            until_eof = true;
        else
            throw std::invalid_argument("unknown option " + option);
    }
    if (zone.empty()) throw std::invalid_argument("--zone is missing");
    auto file = spfwalk::dns::read_master_file(zone);
    if (!file) throw std::invalid_argument(file.error().text);
    options.zone = std::move(*file);
    spfwalk::test::DnsServer server(std::move(options));
    std::printf("ready 127.0.0.1:%u\n", static_cast<unsigned>(server.port()));
    std::fflush(stdout);
    server.run(until_eof ? 0 : -1);
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    try {
        return serve(argc, argv);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "faultdns: %s\n%s", error.what(), usage);
        return 2;
    }
}
