#include "spfwalk/dns/resolv_conf.h"

#include "support/catch.h"

#include <cstdio>
#include <fstream>

#include <net/if.h>

#include <unistd.h>

using namespace spfwalk;
using namespace spfwalk::dns;

namespace {

Server v4(std::uint32_t address, std::uint16_t port = 53) {
    return {.address = net::ipv4(address), .port = port};
}

Server v6(std::uint64_t hi, std::uint64_t lo, std::uint16_t port = 53) {
    return {.family = net::Family::ipv6, .address = {hi, lo}, .port = port};
}

} // namespace

TEST_CASE("a server is an address with or without a port") {
    struct Row {
        const char* text;
        Server server;
        const char* canonical;
    };
    const Row rows[] = {
        {"192.0.2.1", v4(0xc0000201), "192.0.2.1:53"},
        {"192.0.2.1:5353", v4(0xc0000201, 5353), "192.0.2.1:5353"},
        {"192.0.2.1:1", v4(0xc0000201, 1), "192.0.2.1:1"},
        {"192.0.2.1:65535", v4(0xc0000201, 65535), "192.0.2.1:65535"},
        {"2001:db8::1", v6(0x20010db800000000, 1), "[2001:db8::1]:53"},
        {"[2001:db8::1]", v6(0x20010db800000000, 1), "[2001:db8::1]:53"},
        {"[2001:db8::1]:5353", v6(0x20010db800000000, 1, 5353), "[2001:db8::1]:5353"},
        {"::1:5353", v6(0, 0x15353), "[::1:5353]:53"}, // all of it is an address
    };
    for (const Row& row : rows) {
        INFO(row.text);
        const auto server = parse_server(row.text);
        REQUIRE(server.has_value());
        CHECK(*server == row.server);
        CHECK(to_text(*server) == row.canonical);
        CHECK(parse_server(to_text(*server)) == row.server);
    }
}

TEST_CASE("what is not a server is refused with one line that names it") {
    const char* const wrong[] = {
        "",
        "example.com",
        "192.0.2",
        "192.0.2.1:",
        "192.0.2.1:0",
        "192.0.2.1:65536",
        "1.2.3.4:99999",
        "192.0.2.1:+53",
        "192.0.2.1:-1",
        "192.0.2.1:53x",
        "192.0.2.1 ",
        "[192.0.2.1]",
        "[::1",
        "::1]",
        "[::1]53",
        "[::1]:",
        "[::1]:0",
        "[::1]:65536",
        "[]:53",
        "[::1]:53:53",
        "192.0.2.1%lo",
        "fe80::1%",
        "fe80::1%0",
        "fe80::1%nosuchinterface",
        "fe80::1%99999999999",
        "192.0.2.01",
        ":53",
        "[::1]:0x35",
        "192.0.2.1:5353:5353",
        "\n",
    };
    for (const char* const text : wrong) {
        INFO(text);
        const auto server = parse_server(text);
        REQUIRE_FALSE(server.has_value());
        CHECK(server.error().find('\n') == std::string::npos);
        if (*text != '\n') CHECK(server.error().starts_with('"' + std::string(text) + '"'));
    }
}

TEST_CASE("RFC 4007 §11.2: a zone behind a link-local address is an interface by name or index") {
    const auto by_index = parse_server("[fe80::1%4242424242]:5353");
    REQUIRE(by_index.has_value());
    CHECK(by_index->scope == 4242424242U);
    CHECK(by_index->port == 5353);
    CHECK(to_text(*by_index) == "[fe80::1%4242424242]:5353");

    char name[IF_NAMESIZE] = {};
    if (::if_indextoname(1, name) != nullptr) {
        const auto by_name = parse_server("fe80::1%" + std::string(name));
        REQUIRE(by_name.has_value());
        CHECK(by_name->scope == 1);
        CHECK(to_text(*by_name) == "[fe80::1%" + std::string(name) + "]:53");
    }
}

TEST_CASE("resolv.conf: servers and the options that matter here") {
    const ResolvConf conf = parse_resolv_conf("# nameserver 192.0.2.9\n"
                                              "; nameserver 192.0.2.8\n"
                                              "domain example.com\n"
                                              "search a.example b.example\r\n"
                                              "nameserver 192.0.2.1\n"
                                              "nameserver\t2001:db8::1  trailing words\r\n"
                                              "options ndots:2 timeout:3 unknown attempts:4 rotate\n"
                                              "options use-vc edns0\n"
                                              "nameserver 192.0.2.3"); // no newline at the end
    CHECK(conf.servers == std::vector{v4(0xc0000201), v6(0x20010db800000000, 1), v4(0xc0000203)});
    CHECK(conf.timeout == std::chrono::milliseconds(3000));
    CHECK(conf.tries == 4);
    CHECK(conf.rotate);
    CHECK(conf.use_tcp);
}

TEST_CASE("resolv.conf: nothing usable means the local host and no options") {
    for (const char* const text :
         {"", "\n\n", "nameserver\n", "nameserver example.com\nnameserver 1.2.3\n", " nameserver 192.0.2.1\n",
          "nameservers 192.0.2.1\n", "NAMESERVER 192.0.2.1\n", "#nameserver 192.0.2.1\n",
          "options\noptions timeout: attempts:x rotated\n",
          "options timeout:0 attempts:0 timeout:-1 attempts:99999999999\n"}) {
        INFO(text);
        const ResolvConf conf = parse_resolv_conf(text);
        CHECK(conf.servers == std::vector{v4(0x7f000001)});
        CHECK_FALSE(conf.timeout.has_value());
        CHECK_FALSE(conf.tries.has_value());
        CHECK_FALSE(conf.rotate);
        CHECK_FALSE(conf.use_tcp);
    }
}

TEST_CASE("resolv.conf: the caps of resolver(5)") {
    const ResolvConf conf =
        parse_resolv_conf("nameserver 192.0.2.1\nnameserver 192.0.2.2\nnameserver 192.0.2.3\n"
                          "nameserver 192.0.2.4\noptions timeout:31 attempts:6\n");
    CHECK(conf.servers == std::vector{v4(0xc0000201), v4(0xc0000202), v4(0xc0000203)});
    CHECK(conf.timeout == std::chrono::seconds(30));
    CHECK(conf.tries == 5);
}

TEST_CASE("resolv.conf: bytes of any kind do no harm") {
    std::string text = "nameserver 192.0.2.1\n";
    for (int c = 0; c < 256; ++c)
        text +=
            "options " + std::string(3, static_cast<char>(c)) + "\nnameserver " + static_cast<char>(c) + "\n";
    CHECK(parse_resolv_conf(text).servers == std::vector{v4(0xc0000201)});
}

TEST_CASE("resolv.conf: a file, and one that is not there") {
    CHECK(read_resolv_conf("/nonexistent/resolv.conf").servers == std::vector{v4(0x7f000001)});
    CHECK(read_resolv_conf("/").servers == std::vector{v4(0x7f000001)}); // a directory cannot be read

    char path[] = "/tmp/spfwalk-resolv-conf-XXXXXX";
    const int fd = ::mkstemp(path);
    REQUIRE(fd >= 0);
    ::close(fd);
    std::ofstream(path) << "nameserver 192.0.2.7\n";
    const ResolvConf conf = read_resolv_conf(path);
    std::remove(path);
    CHECK(conf.servers == std::vector{v4(0xc0000207)});
}
