// The part of resolv.conf(5) that a stub resolver needs: which servers, how patient.
//
// Read here and not by c-ares because c-ares does not tell which options the file sets, and because the
// adapter runs a channel per server.
#pragma once

#include "spfwalk/expected.h"
#include "spfwalk/net/address.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::dns {

/// A server to ask.
struct Server {
    net::Family family = net::Family::ipv4;
    net::Address address;
    std::uint16_t port = 53;
    std::uint32_t scope = 0; ///< interface index of a link-local IPv6 address, 0 otherwise

    friend bool operator==(const Server&, const Server&) = default;
};

/// "192.0.2.1:53", "[2001:db8::1]:53".
std::string to_text(const Server& server);

/// Reads "192.0.2.1", "192.0.2.1:5353", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:5353", with
/// "%interface" behind an IPv6 address. Ports are 1 to 65535. The error is one line that names the text.
Expected<Server, std::string> parse_server(std::string_view text);

struct ResolvConf {
    std::vector<Server> servers;
    std::optional<std::chrono::milliseconds> timeout; ///< options timeout:n
    std::optional<int> tries;                         ///< options attempts:n
    bool rotate = false;
    bool use_tcp = false; ///< options use-vc
};

/// Reads the text of a resolv.conf as resolver(5) does: unknown lines and options and servers that are not
/// addresses are ignored, and no server at all means 127.0.0.1.
ResolvConf parse_resolv_conf(std::string_view text);

/// Reads a file; a missing or unreadable one is an empty one, as resolver(5) has it. Throws std::system_error
/// if it cannot be opened because this process or the system is short of memory or descriptors: what the file
/// says is not known then.
ResolvConf read_resolv_conf(const std::string& path);

} // namespace spfwalk::dns
