#include "spfwalk/dns/resolv_conf.h"

#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <memory>
#include <system_error>

namespace spfwalk::dns {

namespace {

// What resolver(5) caps its values to.
constexpr std::size_t max_servers = 3;
constexpr int max_timeout_seconds = 30;
constexpr int max_attempts = 5;

/// All of `text` as a decimal number without sign.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
    Number value = 0;
    const char* const end = text.data() + text.size();
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    return value;
}

/// An interface by name or by index; it must exist if it is a name.
std::optional<std::uint32_t> parse_scope(std::string_view text) {
    if (const auto index = parse_number<std::uint32_t>(text)) {
        if (*index == 0) return std::nullopt;
        return index;
    }
    const std::uint32_t index = ::if_nametoindex(std::string(text).c_str());
    if (index == 0) return std::nullopt;
    return index;
}

tl::unexpected<std::string> refuse(std::string_view text, std::string_view why) {
    std::string message = "\"";
    for (const char c : text)
        message += c >= ' ' && c <= '~' ? c : '?';
    return tl::unexpected<std::string>(message.append("\" ").append(why));
}

std::string_view next_word(std::string_view& line) {
    constexpr std::string_view blank = " \t\r\v\f";
    const std::size_t begin = std::min(line.find_first_not_of(blank), line.size());
    const std::size_t end = std::min(line.find_first_of(blank, begin), line.size());
    const std::string_view word = line.substr(begin, end - begin);
    line.remove_prefix(end);
    return word;
}

void read_option(ResolvConf& conf, std::string_view option) {
    const auto value_of = [&](std::string_view key) -> std::optional<int> {
        if (!option.starts_with(key)) return std::nullopt;
        const auto value = parse_number<int>(option.substr(key.size()));
        if (!value || *value == 0) return std::nullopt;
        return value;
    };
    if (const auto seconds = value_of("timeout:"))
        conf.timeout = std::chrono::seconds(std::min(*seconds, max_timeout_seconds));
    else if (const auto attempts = value_of("attempts:"))
        conf.tries = std::min(*attempts, max_attempts);
    else if (option == "rotate")
        conf.rotate = true;
    else if (option == "use-vc" || option == "usevc" || option == "tcp")
        conf.use_tcp = true; // the three spellings of glibc, FreeBSD and OpenBSD
}

} // namespace

std::string to_text(const Server& server) {
    std::string text;
    if (server.family == net::Family::ipv6) text += '[';
    net::append_text(text, server.family, server.address);
    if (server.family == net::Family::ipv6) {
        if (server.scope != 0) {
            char name[IF_NAMESIZE] = {};
            text += '%';
            text += ::if_indextoname(server.scope, name) != nullptr ? name : std::to_string(server.scope);
        }
        text += ']';
    }
    return text.append(":").append(std::to_string(server.port));
}

Expected<Server, std::string> parse_server(std::string_view text) {
    std::string_view address = text;
    std::optional<std::string_view> port;
    bool bracketed = false;
    if (address.starts_with('[')) {
        const std::size_t close = address.find(']');
        if (close == std::string_view::npos) return refuse(text, "lacks a closing bracket");
        const std::string_view rest = address.substr(close + 1);
        if (!rest.empty() && rest.front() != ':')
            return refuse(text, "has something other than :PORT behind the ]");
        if (!rest.empty()) port = rest.substr(1);
        address = address.substr(1, close - 1);
        bracketed = true;
    } else if (std::count(address.begin(), address.end(), ':') == 1) {
        const std::size_t colon = address.find(':');
        port = address.substr(colon + 1);
        address = address.substr(0, colon);
    }

    Server server;
    if (const auto ipv4 = net::parse_ipv4(address); ipv4 && !bracketed) {
        server.address = *ipv4;
    } else {
        const std::size_t percent = address.find('%');
        const auto ipv6 = net::parse_ipv6(address.substr(0, percent));
        if (!ipv6) return refuse(text, "is not an IP address");
        server.family = net::Family::ipv6;
        server.address = *ipv6;
        if (percent != std::string_view::npos) {
            const auto scope = parse_scope(address.substr(percent + 1));
            if (!scope) return refuse(text, "names an interface that does not exist");
            server.scope = *scope;
        }
    }
    if (port) {
        const auto number = parse_number<std::uint16_t>(*port);
        if (!number || *number == 0) return refuse(text, "has a port that is not 1 to 65535");
        server.port = *number;
    }
    return server;
}

ResolvConf parse_resolv_conf(std::string_view text) {
    ResolvConf conf;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        // A keyword counts only at the beginning of a line; "#" and ";" there start a comment and are no
        // keyword.
        if (line.starts_with(' ') || line.starts_with('\t')) continue;
        const std::string_view keyword = next_word(line);
        if (keyword == "nameserver" && conf.servers.size() < max_servers) {
            if (const auto server = parse_server(next_word(line))) conf.servers.push_back(*server);
        } else if (keyword == "options") {
            for (auto option = next_word(line); !option.empty(); option = next_word(line))
                read_option(conf, option);
        }
    }
    if (conf.servers.empty()) conf.servers.push_back({.address = net::ipv4(0x7f000001)});
    return conf;
}

ResolvConf read_resolv_conf(const std::string& path) {
    std::string text;
    // Not a stream: those throw when `path` is a directory.
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), std::fclose);
    if (file) {
        char buffer[4096];
        while (const std::size_t count = std::fread(buffer, 1, sizeof buffer, file.get()))
            text.append(buffer, count);
    } else if (errno == ENOMEM || errno == EMFILE || errno == ENFILE) {
        throw std::system_error(errno, std::generic_category(), path);
    }
    return parse_resolv_conf(text);
}

} // namespace spfwalk::dns
