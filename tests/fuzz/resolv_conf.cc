#include "fuzz/fuzz.h"

#include "spfwalk/dns/resolv_conf.h"

namespace spfwalk::fuzz {

namespace {

void check(const dns::Server& server) {
    const std::string text = to_text(server);
    promise(server.port != 0, "no server has port 0", text);
    promise(server.family == net::Family::ipv6 ||
                (server.address <= net::last_address(net::Family::ipv4) && server.scope == 0),
            "an IPv4 server has 32 bits and no scope", text);
    promise(is_clean_line(text), "a server is shown in a clean line", text);
    const auto again = dns::parse_server(text);
    promise(again.has_value() && *again == server, "a server is read back from its text", text);
}

} // namespace

void fuzz_resolv_conf(Bytes bytes) {
    const std::string_view text = as_text(bytes);
    const dns::ResolvConf conf = dns::parse_resolv_conf(text);
    promise(!conf.servers.empty() && conf.servers.size() <= 3, "there are one to three servers");
    for (const dns::Server& server : conf.servers)
        check(server);
    if (conf.timeout)
        promise(conf.timeout->count() >= 1000 && conf.timeout->count() <= 30'000, "1 to 30 seconds");
    if (conf.tries) promise(*conf.tries >= 1 && *conf.tries <= 5, "1 to 5 tries");

    Input lines(bytes);
    while (!lines.empty()) {
        const auto server = dns::parse_server(as_text(lines.line()));
        if (server)
            check(*server);
        else
            promise(is_clean_line(server.error()), "what is wrong is said in a clean line", server.error());
    }
}

} // namespace spfwalk::fuzz
