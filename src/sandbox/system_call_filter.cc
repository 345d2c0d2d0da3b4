#include "sandbox/system_call_filter.h"

#include "sandbox/bpf_filter.h"

#include <cerrno>
#include <cstring>
#include <span>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_socketcall
#include <linux/net.h>
#endif

namespace spfwalk::sandbox {

namespace {

constexpr std::uint32_t allowed = SECCOMP_RET_ALLOW;

constexpr std::uint32_t refused_with(int error) {
    return SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(error);
}

/// Memory, time, signals to itself, descriptors that are open, and the end. Machines differ in which calls
/// they have.
constexpr long always[] = {
    SYS_brk,
    SYS_close,
    SYS_exit,
    SYS_exit_group,
    SYS_fcntl,
    SYS_ftruncate,
    SYS_getpid,
    SYS_getrandom,
    SYS_gettid,
    SYS_gettimeofday,
    SYS_lseek,
    SYS_madvise,
    SYS_mremap,
    SYS_munmap,
    SYS_ppoll,
    SYS_read,
    SYS_readv,
    SYS_restart_syscall,
    SYS_rt_sigaction,
    SYS_sigaltstack,
    SYS_rt_sigprocmask,
    SYS_rt_sigreturn,
    SYS_uname,
    SYS_write,
    SYS_writev,
    SYS_clock_getres,
    SYS_clock_gettime,
    SYS_futex,
#ifdef SYS_fstat
    SYS_fstat,
#endif
#ifdef SYS_poll
    SYS_poll,
#endif
#ifdef SYS_time
    SYS_time,
#endif
#ifdef SYS_sigreturn
    SYS_sigreturn,
#endif
#ifdef SYS__llseek
    SYS__llseek,
#endif
#ifdef SYS_fcntl64
    SYS_fcntl64,
#endif
#ifdef SYS_fstat64
    SYS_fstat64,
#endif
#ifdef SYS_ftruncate64
    SYS_ftruncate64,
#endif
#ifdef SYS_clock_gettime64
    SYS_clock_getres_time64,
    SYS_clock_gettime64,
    SYS_futex_time64,
    SYS_ppoll_time64,
#endif
};

/// What replaces files, beside opening them.
constexpr long replacing[] = {
    SYS_fchmod,     SYS_fchown, SYS_flock, SYS_fsync, SYS_linkat, SYS_renameat2, SYS_umask, SYS_unlinkat,
#ifdef SYS_renameat
    SYS_renameat,
#endif
#ifdef SYS_statx
    SYS_statx,
#endif
#ifdef SYS_newfstatat
    SYS_newfstatat,
#endif
#ifdef SYS_fstatat64
    SYS_fstatat64,
#endif
#ifdef SYS_fchown32
    SYS_fchown32,
#endif
};

/// Mistakes are one thing; nobody makes these calls by mistake.
constexpr long deadly[] = {SYS_execve, SYS_execveat, SYS_process_vm_readv, SYS_process_vm_writev, SYS_ptrace};

constexpr long opening[] = {
    SYS_openat,
#ifdef SYS_open
    SYS_open,
    SYS_creat,
#endif
#ifdef SYS_openat2
    SYS_openat2,
#endif
};

/// What leads to other machines.
constexpr long networking[] = {
#ifdef SYS_socketcall
    SYS_socketcall,
#endif
    SYS_socket,          SYS_connect,  SYS_sendto,  SYS_sendmsg,
    SYS_sendmmsg,        SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg,
#ifdef SYS_recvmmsg_time64
    SYS_recvmmsg_time64,
#endif
};

/// Where all calls about sockets may be one call (i386, s390, powerpc), a filter sees which of them is made;
/// the arguments are in memory, where it does not.
#ifdef SYS_socketcall
constexpr bool sees_socket_arguments = false;
constexpr int socket_calls[] = {SYS_SOCKET,  SYS_CONNECT,  SYS_GETSOCKNAME, SYS_SETSOCKOPT, SYS_GETSOCKOPT,
                                SYS_SEND,    SYS_SENDTO,   SYS_SENDMSG,     SYS_RECV,       SYS_RECVFROM,
                                SYS_RECVMSG, SYS_SENDMMSG, SYS_RECVMMSG};
#else
constexpr bool sees_socket_arguments = true;
#endif

#ifdef SYS_mmap2
constexpr long map_memory = SYS_mmap2;
#else
constexpr long map_memory = SYS_mmap;
#endif

/// There mmap(2) takes one argument, which points to the others.
#ifdef __s390__
constexpr bool sees_mapping_arguments = false;
#else
constexpr bool sees_mapping_arguments = true;
#endif

constexpr std::uint32_t whole = 0xffffffff;

ArgumentRule argument(unsigned number, std::uint32_t mask, int value) {
    return {number, mask, static_cast<std::uint32_t>(value)};
}
ArgumentRule argument(unsigned number, int value) {
    return argument(number, whole, value);
}

void add_all(BpfFilter& filter, std::uint32_t action, std::span<const long> calls) {
    for (const long call : calls)
        filter.add(action, call);
}

void allow_memory(BpfFilter& filter) {
    // Nothing new to execute.
    filter.add(allowed, SYS_mprotect, {argument(2, PROT_EXEC, 0)});
    if (sees_mapping_arguments)
        filter.add(allowed, map_memory, {argument(2, PROT_EXEC, 0)});
    else
        filter.add(allowed, map_memory);
}

void allow_opening(BpfFilter& filter, const Policy& policy) {
    bool read = !policy.readable_files.empty();
    for (const Directory& directory : policy.directories)
        read = read || directory.read;
    if (!policy.directories.empty()) { // where, is for Landlock to say
        filter.add(allowed, SYS_openat);
#ifdef SYS_open
        filter.add(allowed, SYS_open);
#endif
    } else if (read) {
        constexpr std::uint32_t changing = O_ACCMODE | O_CREAT | O_TRUNC;
        filter.add(allowed, SYS_openat, {argument(2, changing, O_RDONLY)});
#ifdef SYS_open
        filter.add(allowed, SYS_open, {argument(1, changing, O_RDONLY)});
#endif
    } else {
        add_all(filter, refused_with(EACCES), opening);
    }
}

void allow_network(BpfFilter& filter, const Policy& policy) {
#ifdef SYS_socketcall
    for (const int call : socket_calls)
        filter.add(allowed, SYS_socketcall, {argument(0, call)});
#endif
    // MSG_FASTOPEN would connect where connect(2) is refused.
    filter.add(allowed, SYS_sendto, {argument(3, MSG_FASTOPEN, 0)});
    filter.add(allowed, SYS_sendmsg, {argument(2, MSG_FASTOPEN, 0)});
    filter.add(allowed, SYS_sendmmsg, {argument(3, MSG_FASTOPEN, 0)});
    constexpr std::uint32_t type = whole & ~static_cast<std::uint32_t>(SOCK_NONBLOCK | SOCK_CLOEXEC);
    for (const auto& [family, wanted] : {std::pair(AF_INET, policy.ipv4), std::pair(AF_INET6, policy.ipv6)}) {
        if (!wanted) continue;
        for (const int kind : {SOCK_DGRAM, SOCK_STREAM})
            filter.add(allowed, SYS_socket, {argument(0, family), argument(1, type, kind), argument(2, 0)});
    }
    filter.add(allowed, SYS_setsockopt, {argument(1, SOL_SOCKET), argument(2, SO_RCVBUF)});
    for (const int option : {TCP_NODELAY, TCP_QUICKACK})
        filter.add(allowed, SYS_setsockopt, {argument(1, IPPROTO_TCP), argument(2, option)});
    filter.add(allowed, SYS_getsockopt, {argument(1, SOL_SOCKET)});
    for (const long call : {SYS_connect, SYS_getsockname, SYS_recvfrom, SYS_recvmsg, SYS_recvmmsg})
        filter.add(allowed, call);
#ifdef SYS_recvmmsg_time64
    filter.add(allowed, SYS_recvmmsg_time64);
#endif
}

bool filtered = false; ///< the process is

} // namespace

Part enter_system_call_filter(const Policy& policy) {
    BpfFilter filter(refused_with(EPERM));
    // First those whose arguments count: the kernel remembers of the others that they are allowed.
    if (policy.ipv4 || policy.ipv6) allow_network(filter, policy);
    allow_memory(filter);
    allow_opening(filter, policy);
    add_all(filter, allowed, always);
    if (!policy.directories.empty()) add_all(filter, allowed, replacing);
    filter.add(allowed, SYS_tgkill, {argument(0, ::getpid())}); // raise(3), abort(3)
    filter.add(allowed, SYS_seccomp,
               {argument(0, SECCOMP_SET_MODE_FILTER)}); // another filter: less, never more
    add_all(filter, SECCOMP_RET_KILL_PROCESS, deadly);

    const int error = filter.load();
    filtered = error == 0;
    Part part{"system calls (seccomp)", filtered, {}};
    if (error == ENOSYS && own_architecture == 0)
        part.note = "not written for this machine";
    else if (error == EINVAL || error == ENOSYS)
        part.note = "the kernel has no seccomp filters";
    else if (error != 0)
        part.note = std::strerror(error);
    else if (!sees_socket_arguments)
        part.note = "any kind of socket: this machine's filters cannot tell";
    return part;
}

std::optional<std::string> filter_out_network() {
    if (!filtered) return std::nullopt;
    BpfFilter filter(allowed);
    add_all(filter, refused_with(EPERM), networking);
    const int error = filter.load();
    return error == 0 ? std::nullopt : std::optional<std::string>(std::strerror(error));
}

} // namespace spfwalk::sandbox
