// A network of the test's own, in which it may be any client.
#pragma once

#include "consumers.h"

#include <optional>
#include <string>
#include <vector>

namespace spfwalk::test {

/// Puts this process and its children into a network of their own, with loopback up; before any threads, and
/// once. Says why if that is refused.
std::optional<std::string> enter_own_network();
/// Why there is none, or nothing.
const std::optional<std::string>& own_network_refused();

/// Where servers are to listen: 127.0.0.1, and ::1 where there is IPv6.
std::vector<std::string> loopback_addresses();

/// Whether connections can come from other addresses than those of loopback.
bool clients_are_anywhere();

/// Clients for real connections: those of probes_of() that can be the source of a connection here, and some
/// on loopback. In a network of its own, with ip(8), that is every address but unspecified, broadcast,
/// multicast, link-local and IPv4-mapped ones; elsewhere it is loopback, which is said once on standard
/// output.
std::vector<Probe> clients_of(const emit::Addresses& addresses, std::size_t at_most);

} // namespace spfwalk::test
