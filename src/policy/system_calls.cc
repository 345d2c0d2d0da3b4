#include "policy/system_calls.h"

#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace spfwalk::policy {

namespace {

int open_at(int directory, const char* name, int flags, mode_t mode) {
    return ::openat(directory, name, flags, mode);
}

int status_at(int directory, const char* name, struct stat* result) {
    return ::fstatat(directory, name, result, AT_SYMLINK_NOFOLLOW);
}

int may_write(int directory) {
    return ::faccessat(directory, ".", W_OK | X_OK, AT_EACCESS);
}

int lock(int descriptor) {
    return ::flock(descriptor, LOCK_EX | LOCK_NB);
}

int rename_at(int directory, const char* from, const char* to) {
    return ::renameat(directory, from, directory, to);
}

int rename_new_at([[maybe_unused]] int directory, [[maybe_unused]] const char* from,
                  [[maybe_unused]] const char* to) {
#ifdef RENAME_NOREPLACE
    return ::renameat2(directory, from, directory, to, RENAME_NOREPLACE);
#else
    errno = ENOSYS;
    return -1;
#endif
}

int link_at(int directory, const char* from, const char* to) {
    return ::linkat(directory, from, directory, to, 0);
}

int unlink_at(int directory, const char* name) {
    return ::unlinkat(directory, name, 0);
}

} // namespace

const SystemCalls kernel_calls{open_at,   ::close,       ::fstat, status_at, may_write, ::readlinkat,
                               lock,      ::read,        ::write, ::fchown,  ::fchmod,  ::fsync,
                               rename_at, rename_new_at, link_at, unlink_at};

SystemCalls& system_calls() {
    static SystemCalls calls = kernel_calls;
    return calls;
}

} // namespace spfwalk::policy
