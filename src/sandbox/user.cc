#include "spfwalk/sandbox/user.h"

#include <cerrno>
#include <cstring>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

namespace spfwalk::sandbox {

namespace {

std::string failure(const char* what) {
    return std::string(what) + ": " + std::strerror(errno);
}

/// Whether user and group are these, no other group is left, and root is out of reach.
bool is_only(uid_t user, gid_t group) {
    if (::getuid() != user || ::geteuid() != user || ::getgid() != group || ::getegid() != group)
        return false;
    gid_t other = 0;
    const int count = ::getgroups(1, &other); // fails if there are more
    if (count < 0 || (count == 1 && other != group)) return false;
    return ::setuid(0) != 0 && ::seteuid(0) != 0 && ::setgid(0) != 0;
}

} // namespace

std::optional<std::string> become_user(const std::string& name) {
    errno = 0;
    const passwd* const entry = ::getpwnam(name.c_str());
    if (entry == nullptr) return errno == 0 || errno == ENOENT ? "no such user" : failure("getpwnam");
    const uid_t user = entry->pw_uid;
    const gid_t group = entry->pw_gid;
    if (user == 0) return "that is root";
    if (::getuid() == user && ::geteuid() == user) return std::nullopt;
    // Groups first: they take the privilege that setuid() gives up.
    if (::setgroups(1, &group) != 0) return failure("setgroups");
    if (::setgid(group) != 0) return failure("setgid");
    if (::setuid(user) != 0) return failure("setuid");
    if (!is_only(user, group)) return "the old privileges are still there";
    return std::nullopt;
}

} // namespace spfwalk::sandbox
