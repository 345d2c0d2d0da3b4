// nginx and haproxy: what they make of a list, asked with real requests.
#include "connection.h"
#include "consumers.h"

#include "support/catch.h"
#include "support/files.h"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <sstream>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// Two servers: on the first, the argument "a" of a request is looked up in the geo block; on the second, the
/// client's address, or that in X-Real-IP, has to be allowed. 200: listed, 403: not.
std::string nginx_configuration(const TemporaryDirectory& directory, std::uint16_t geo, std::uint16_t allow) {
    std::ostringstream out;
    out << "daemon off;\nmaster_process off;\nerror_log stderr warn;\npid " << directory / "pid"
        << ";\n"
        << "events {}\nhttp {\naccess_log off;\nkeepalive_requests 1000000;\n";
    for (const char* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"})
        out << kind << "_temp_path " << directory / kind << ";\n";
    out << "geo $arg_a $listed {\ndefault 0;\ninclude " << directory / "geo"
        << ";\n}\n"
        << "geo $client_listed {\ndefault 0;\ninclude " << directory / "geo"
        << ";\n}\n"
        << "server {\nlisten 127.0.0.1:" << geo << ";\n"
        << "location / { if ($listed) { return 200; } return 403; }\n"
        << "location /client { if ($client_listed) { return 200; } return 403; }\n}\n"
        << "server {\nlisten 127.0.0.1:" << allow
        << ";\nset_real_ip_from 127.0.0.1;\nreal_ip_header X-Real-IP;\n"
        << "location / { include " << directory / "allow"
        << ";\ndeny all;\nempty_gif; }\n}\n}\n";
    return out.str();
}

std::string request(const std::string& target, const std::string& real_address = "127.0.0.1") {
    return "GET " + target + " HTTP/1.1\r\nHost: test\r\nX-Real-IP: " + real_address + "\r\n\r\n";
}

/// The status of the next response.
int response(Connection& connection) {
    std::string head = connection.receive_until("\r\n\r\n");
    std::ranges::transform(head, head.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const std::size_t length = head.find("content-length: ");
    if (!head.starts_with("http/1.1 ") || length == head.npos) return -1;
    connection.receive(std::stoul(head.substr(length + 16)));
    return std::stoi(head.substr(9));
}

/// The first probe that nginx decides otherwise, and how. `batch`: how many requests go at once.
template <class Ask>
std::string wrong(std::uint16_t port, std::size_t batch, const std::vector<Probe>& probes, Ask ask) {
    Connection connection("127.0.0.1", port);
    for (std::size_t start = 0; start < probes.size(); start += batch) {
        const std::size_t end = std::min(probes.size(), start + batch);
        std::string requests;
        for (std::size_t i = start; i < end; ++i)
            requests += ask(text_of(probes[i]));
        connection.send(requests);
        for (std::size_t i = start; i < end; ++i) {
            const int status = response(connection);
            if (status != (probes[i].listed ? 200 : 403))
                return text_of(probes[i]) + ": " + std::to_string(status);
        }
    }
    return "";
}

int status_from(const std::string& source, std::uint16_t port, const std::string& target) {
    Connection connection(source, port);
    connection.send(request(target));
    return response(connection);
}

void stop(Child& server) {
    server.send(SIGTERM);
    const Ended ended = server.wait();
    INFO(ended.error);
    CHECK(!ended.timed_out);
    CHECK(ended.error.find("[warn]") == std::string::npos); // duplicate or overlapping networks, host bits
    CHECK(ended.error.find("[emerg]") == std::string::npos);
}

std::string haproxy_configuration(const TemporaryDirectory& directory, std::uint16_t port) {
    std::ostringstream out;
    out << "global\n    stats socket " << directory / "socket"
        << " level admin\n"
        << "defaults\n    mode http\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n"
        << "frontend test\n    bind 127.0.0.1:" << port << "\n    acl listed src -f " << directory / "list"
        << "\n"
        << "    http-request return status 200 if listed\n    http-request return status 403\n";
    return out.str();
}

/// What haproxy says it has in its list of that number.
emit::Addresses haproxy_list(const std::string& socket) {
    Connection connection(socket);
    REQUIRE(connection.connected());
    connection.send("show acl #0\n");
    std::istringstream lines(connection.receive_all());
    emit::Addresses addresses;
    std::vector<net::Range> ranges[2];
    for (std::string line; std::getline(lines, line);) {
        if (line.empty()) continue;
        INFO(line);
        const auto prefix = net::parse_prefix(line.substr(line.find(' ') + 1)); // "0x55… 192.0.2.0/24"
        REQUIRE(prefix);
        ranges[prefix->family == net::Family::ipv6].push_back(prefix->range());
    }
    addresses.ipv4 = net::AddressSet::from_ranges(ranges[0]);
    addresses.ipv6 = net::AddressSet::from_ranges(ranges[1]);
    return addresses;
}

const emit::Addresses& one_client() {
    static const emit::Addresses addresses = addresses_of({"127.0.0.2"});
    return addresses;
}

} // namespace

TEST_CASE("nginx: a geo block and an access list decide as the list says", "[nginx]") {
    const auto nginx = find_consumer("nginx", "nginx");
    if (!nginx) return;
    std::vector<Sample> all = samples();
    all.push_back({"127.0.0.2", one_client()});
    for (Sample& s : all) {
        INFO(s.name);
        const TemporaryDirectory directory;
        write_text(directory / "geo", printed("nginx-geo", s.addresses));
        write_text(directory / "allow", printed("nginx-allow", s.addresses));
        // What nginx cannot read is left out; as a part of a larger network it is in, but no request can say
        // it.
        if (s.name == "the ends") s.addresses.ipv4.erase({net::ipv4(UINT32_MAX), net::ipv4(UINT32_MAX)});
        const std::uint16_t geo = free_port(), allow = free_port();
        REQUIRE(geo != allow);
        const std::string file = directory / "nginx.conf";
        write_text(file, nginx_configuration(directory, geo, allow));
        const Ended checked = run({*nginx, "-t", "-q", "-e", "stderr", "-c", file});
        CHECK(checked.error == "");
        CHECK(silent(checked));

        Child server({.command = {*nginx, "-e", "stderr", "-c", file}});
        REQUIRE(listens(server, geo));
        CHECK(wrong(geo, 100, probes_of(s.addresses, 40'000),
                    [](const std::string& a) { return request("/?a=" + a); }) == "");
        for (const char* client : {"127.0.0.2", "127.0.0.3"}) {
            INFO(client);
            const int expected = s.addresses.ipv4.contains(*net::parse_ipv4(client)) ? 200 : 403;
            CHECK(status_from(client, geo, "/client") == expected);
            CHECK(status_from(client, allow, "/") == expected);
        }
        stop(server);
    }
}

TEST_CASE("haproxy: a list of an ACL is what went in, and decides so", "[haproxy]") {
    const auto haproxy = find_consumer("haproxy", "haproxy");
    if (!haproxy) return;
    std::vector<Sample> all = samples();
    all.push_back({"127.0.0.2", one_client()});
    for (const Sample& s : all) {
        INFO(s.name);
        const TemporaryDirectory directory;
        write_text(directory / "list", printed("plain", s.addresses));
        const std::uint16_t port = free_port();
        const std::string file = directory / "haproxy.cfg";
        write_text(file, haproxy_configuration(directory, port));
        const Ended checked = run({*haproxy, "-c", "-q", "-f", file});
        CHECK(checked.error == "");
        CHECK(silent(checked));

        Child server({.command = {*haproxy, "-db", "-q", "-f", file}});
        REQUIRE(listens(server, port));
        CHECK(haproxy_list(directory / "socket") == s.addresses);
        for (const char* client : {"127.0.0.2", "127.0.0.3"}) {
            INFO(client);
            // To haproxy, a prefix that has ::ffff:0:0/96 in it has the IPv4 addresses in it too.
            const bool listed = s.addresses.ipv4.contains(*net::parse_ipv4(client)) ||
                                s.addresses.ipv6.contains(*net::parse_ipv6(std::string("::ffff:") + client));
            CHECK(status_from(client, port, "/") == (listed ? 200 : 403));
        }
        server.send(SIGTERM);
        const Ended ended = server.wait();
        CHECK(!ended.timed_out);
        CHECK(ended.error.find("ALERT") == std::string::npos);
    }
}
