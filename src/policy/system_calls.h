// The system calls a replacement makes, as values, so that tests can make each of them fail.
#pragma once

#include <cstddef>

#include <sys/stat.h>
#include <sys/types.h>

namespace spfwalk::policy {

/// Each is the call of its name: the result, or -1 and errno.
struct SystemCalls {
    int (*open_at)(int directory, const char* name, int flags, mode_t mode);
    int (*close)(int descriptor);
    int (*status)(int descriptor, struct stat* result); ///< fstat(2)
    int (*status_at)(int directory, const char* name,
                     struct stat* result); ///< fstatat(2), links not followed
    int (*may_write)(int directory);       ///< faccessat(2) of the directory, for whom the process is now
    ssize_t (*read_link_at)(int directory, const char* name, char* to, std::size_t size);
    int (*lock)(int descriptor); ///< flock(2), exclusive, without waiting
    ssize_t (*read)(int descriptor, void* to, std::size_t size);
    ssize_t (*write)(int descriptor, const void* from, std::size_t size);
    int (*change_owner)(int descriptor, uid_t user, gid_t group);      ///< fchown(2)
    int (*change_mode)(int descriptor, mode_t mode);                   ///< fchmod(2)
    int (*sync)(int descriptor);                                       ///< fsync(2)
    int (*rename_at)(int directory, const char* from, const char* to); ///< within one directory
    int (*rename_new_at)(int directory, const char* from,
                         const char* to); ///< EEXIST if `to` exists; EINVAL, ENOSYS: not here
    int (*link_at)(int directory, const char* from, const char* to);
    int (*unlink_at)(int directory, const char* name);
};

/// The kernel's.
extern const SystemCalls kernel_calls;

/// The calls in use. Only tests assign to it.
SystemCalls& system_calls();

} // namespace spfwalk::policy
