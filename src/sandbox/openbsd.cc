// unveil(2) and pledge(2). Written from the manual pages of OpenBSD 7; never run.
#include "spfwalk/sandbox/sandbox.h"

#include <cerrno>
#include <cstring>

#include <unistd.h>

namespace spfwalk::sandbox {

namespace {

/// What leave_network() still promises; empty before enter().
std::string promises_without_network;

bool unveil_all(const Policy& policy) {
    // Everything is hidden, so that a library that looks for a file finds none and is not killed.
    if (::unveil("/", "") != 0) return false;
    const auto needed = [](const std::string& path, const char* permissions) {
        return ::unveil(path.c_str(), permissions) == 0 || errno == ENOENT || errno == ENOTDIR ||
               errno == EACCES;
    };
    for (const Directory& directory : policy.directories)
        if (!needed(directory.path, directory.read ? "rwc" : "wc")) return false;
    for (const std::string& file : policy.readable_files)
        if (!needed(file, "r")) return false;
    return ::unveil(nullptr, nullptr) == 0;
}

} // namespace

Report enter(const Policy& policy) {
    Part files{"files (unveil)", true, {}};
    if (!unveil_all(policy)) {
        files.active = false;
        files.note = std::strerror(errno);
    }
    std::string promises = "stdio rpath";
    if (!policy.directories.empty()) promises += " wpath cpath fattr chown flock";
    promises_without_network = promises;
    if (policy.ipv4 || policy.ipv6) promises += " inet";
    Part calls{"system calls (pledge)", true, {}};
    if (::pledge(promises.c_str(), "") != 0) {
        calls.active = false;
        calls.note = std::strerror(errno);
        promises_without_network.clear();
    }
    return {files, calls};
}

std::optional<std::string> leave_network() {
    if (promises_without_network.empty()) return std::nullopt;
    if (::pledge(promises_without_network.c_str(), nullptr) != 0) return std::strerror(errno);
    return std::nullopt;
}

} // namespace spfwalk::sandbox
