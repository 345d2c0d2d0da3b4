// Mail servers: an SMTP session with them, and the file system that they find their users in.
#pragma once

#include "connection.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::test {

/// What a server says to a client of that address: its greeting if that is a refusal, otherwise its answer to
/// the first recipient of a mail, or to what it refuses before; "" if there was no answer, and why there is
/// no connection if there is none.
std::string answer_to(const std::string& client, std::uint16_t port);

/// A script of this directory with its arguments, in a mount namespace of its own; it ends when this process
/// does. These scripts begin by sourcing own_users.sh.
Launch in_own_mounts(const std::string& script, std::vector<std::string> arguments);

/// Whether that is possible here: takes root and unshare(1). If it is not, says that `what` is skipped.
bool own_mounts_for(std::string_view what);

} // namespace spfwalk::test
