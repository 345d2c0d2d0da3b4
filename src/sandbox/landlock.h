// Landlock: which files and TCP ports a process may reach (Linux 5.13 and later, landlock(7)).
#pragma once

#include "spfwalk/sandbox/sandbox.h"

namespace spfwalk::sandbox {

/// Restricts the calling thread. Two parts: files, and TCP ports. `newest` is the latest version of the
/// interface (ABI) to use, if the kernel has that or a later one: for tests of the older ones.
Report enter_landlock(const Policy& policy, long newest = 6);

} // namespace spfwalk::sandbox
