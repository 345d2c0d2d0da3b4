// nginx and haproxy: what they make of a list, asked with real requests.
#include "connection.h"
#include "consumers.h"
#include "network.h"

#include "support/catch.h"
#include "support/files.h"

#include <algorithm>
#include <cctype>
#include <csignal>
#include <sstream>
#include <thread>

using namespace spfwalk;
using namespace spfwalk::test;
using namespace std::chrono_literals;

namespace {

/// "listen" and the port on each address of loopback.
std::string listeners(const std::string& word, std::uint16_t port) {
    std::string lines;
    for (const std::string& address : loopback_addresses()) {
        const std::string host = address.find(':') == address.npos ? address : "[" + address + "]";
        lines += word + " " + host + ":" + std::to_string(port);
        lines += word == "listen" ? ";\n" : "\n";
    }
    return lines;
}

/// Two servers: on the first, the argument "a" of a request or (/client) the client's address is looked up in
/// the geo block; on the second, the client's address has to be allowed. 200: listed, 403: not.
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
        << "server {\n"
        << listeners("listen", geo) << "location / { if ($listed) { return 200; } return 403; }\n"
        << "location /client { if ($client_listed) { return 200; } return 403; }\n}\n"
        << "server {\n"
        << listeners("listen", allow) << "location / { include " << directory / "allow"
        << ";\ndeny all;\nempty_gif; }\n}\n}\n";
    return out.str();
}

std::string request(const std::string& target) {
    return "GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n";
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

std::string haproxy_configuration(const TemporaryDirectory& directory, std::uint16_t port) {
    std::ostringstream out;
    out << "global\n    stats socket " << directory / "socket"
        << " level admin\n"
        << "defaults\n    mode http\n    timeout connect 5s\n    timeout client 5s\n    timeout server 5s\n"
        << "frontend test\n"
        << listeners("bind", port) << "    acl listed src -f " << directory / "list"
        << "\n"
        << "    http-request return status 200 if listed\n    http-request return status 403\n";
    return out.str();
}

/// haproxy also looks an IPv4 client up as the IPv4-mapped IPv6 address, and an IPv6 client as an IPv4
/// address where it has one in it: IPv4-compatible (::/96), IPv4-mapped and 6to4 (2002::/16) addresses.
bool haproxy_lists(const emit::Addresses& addresses, const Probe& client) {
    if (client.listed) return true;
    if (client.family == net::Family::ipv4)
        return addresses.ipv6.contains(*net::parse_ipv6("::ffff:" + text_of(client)));
    const bool compatible = client.address.hi == 0 && client.address.lo >> 32 == 0;
    const bool six_to_four = client.address.hi >> 48 == 0x2002;
    if (!compatible && !six_to_four) return false;
    const auto embedded = compatible ? client.address.lo : client.address.hi >> 16;
    return addresses.ipv4.contains(net::ipv4(static_cast<std::uint32_t>(embedded)));
}

/// clients_of(), and the 6to4 addresses of those of IPv4.
std::vector<Probe> haproxy_clients(const emit::Addresses& addresses) {
    std::vector<Probe> clients = clients_of(addresses, 400);
    if (!clients_are_anywhere()) return clients;
    for (std::size_t i = 0, count = clients.size(); i < count; ++i) {
        if (clients[i].family != net::Family::ipv4) continue;
        const net::Address address{std::uint64_t{0x2002} << 48 | clients[i].address.lo << 16, 1};
        clients.push_back({net::Family::ipv6, address, addresses.ipv6.contains(address)});
    }
    return clients;
}

/// What haproxy says it has in its list of that number.
emit::Addresses haproxy_list(const std::string& socket) {
    // The socket gets its name after haproxy listens to clients.
    for (int turn = 0; turn < 500 && !Connection(socket).connected(); ++turn)
        std::this_thread::sleep_for(10ms);
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

} // namespace

TEST_CASE("nginx: a geo block and an access list decide as the list says", "[nginx]") {
    const auto nginx = find_consumer("nginx", "nginx");
    if (!nginx) return;
    for (Sample s : samples()) {
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

        const std::string log = directory / "log"; // nginx notes each client that it refuses
        Child server(logging_to(log, {.command = {*nginx, "-e", "stderr", "-c", file}}));
        REQUIRE(listens(server, geo));
        CHECK(wrong(geo, 100, probes_of(s.addresses, 100'000),
                    [](const std::string& a) { return request("/?a=" + a); }) == "");
        for (const Probe& client : clients_of(s.addresses, 400)) {
            INFO(text_of(client));
            const int expected = client.listed ? 200 : 403;
            CHECK(status_from(text_of(client), geo, "/client") == expected);
            CHECK(status_from(text_of(client), allow, "/") == expected);
        }
        server.send(SIGTERM);
        CHECK(!server.wait().timed_out);
        const std::string said = file_text(log);
        CHECK(said.find("[warn]") == said.npos); // duplicate or overlapping networks, host bits
        CHECK(said.find("[emerg]") == said.npos);
    }
}

TEST_CASE("haproxy: a list of an ACL is what went in, and decides so", "[haproxy]") {
    const auto haproxy = find_consumer("haproxy", "haproxy");
    if (!haproxy) return;
    for (const Sample& s : samples()) {
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
        for (const Probe& client : haproxy_clients(s.addresses)) {
            INFO(text_of(client));
            const bool listed = haproxy_lists(s.addresses, client);
            CHECK(status_from(text_of(client), port, "/") == (listed ? 200 : 403));
        }
        server.send(SIGTERM);
        const Ended ended = server.wait();
        CHECK(!ended.timed_out);
        CHECK(ended.error.find("ALERT") == std::string::npos);
    }
}
