// What a process gives up once it no longer needs it.
//
// The room knows neither SPF nor DNS nor options: it is told in a Policy what the process still has to do,
// and takes away what the operating system lets it take away. Linux: no_new_privs, a seccomp filter,
// Landlock. OpenBSD: unveil(2) and pledge(2). Elsewhere nothing. What cannot be had is reported and is no
// failure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spfwalk::sandbox {

/// A directory in which files are still created, written, renamed and removed, and given owner and mode. The
/// systems know only whole trees: what is beneath it counts too.
struct Directory {
    std::string path;
    bool read = false; ///< files in it are opened for reading, too
};

/// What the process still has to do, besides computing, using the descriptors that it has, and ending.
struct Policy {
    std::vector<Directory> directories;
    std::vector<std::string> readable_files; ///< to open for reading
    /// Sockets of which families to make: UDP and TCP clients.
    bool ipv4 = false;
    bool ipv6 = false;
    std::vector<std::uint16_t> ports; ///< to connect to
};

/// One of the means, and whether it holds.
struct Part {
    std::string name; ///< "files (Landlock)"
    bool active = false;
    std::string note; ///< why it is not active, or what it lacks; may be empty
};
using Report = std::vector<Part>;

/// Gives up everything that `policy` does not name, for good. Call it with one thread, when all files to read
/// are open or read. Afterwards opening anything else, sockets of other kinds and other TCP ports are refused
/// with EACCES or EPERM, as far as the parts that are active reach; executing a program or tracing a process
/// ends the process.
Report enter(const Policy& policy);

/// Gives up the network as well; call it after enter(). Returns why that cannot be done, if it cannot: then
/// what enter() took away stays away.
std::optional<std::string> leave_network();

/// What enter() would report for a process that uses the network and a directory: a child process tries it.
Report probe();

} // namespace spfwalk::sandbox
