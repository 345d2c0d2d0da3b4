// Which system calls a process may make (Linux, seccomp(2)).
#pragma once

#include "spfwalk/sandbox/sandbox.h"

namespace spfwalk::sandbox {

/// Restricts the process to the calls that `policy` takes. The process must have given up new privileges.
Part enter_system_call_filter(const Policy& policy);

/// A further filter, without those of the network. Returns why that cannot be done, if it cannot.
std::optional<std::string> filter_out_network();

} // namespace spfwalk::sandbox
