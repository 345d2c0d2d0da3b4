#include "sandbox/system_call_filter.h"

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <memory>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace spfwalk::sandbox {

namespace {

/// Memory, time, signals to itself, descriptors that are open, and the end. Some exist on some machines only;
/// those with 64 in their names are for machines of 32 bits.
constexpr const char* always[] = {"brk",
                                  "clock_getres",
                                  "clock_getres_time64",
                                  "clock_gettime",
                                  "clock_gettime64",
                                  "close",
                                  "exit",
                                  "exit_group",
                                  "fcntl",
                                  "fcntl64",
                                  "fstat",
                                  "fstat64",
                                  "futex",
                                  "futex_time64",
                                  "getpid",
                                  "getrandom",
                                  "gettid",
                                  "gettimeofday",
                                  "lseek",
                                  "_llseek",
                                  "madvise",
                                  "mremap",
                                  "munmap",
                                  "poll",
                                  "ppoll",
                                  "ppoll_time64",
                                  "read",
                                  "readv",
                                  "restart_syscall",
                                  "rt_sigaction",
                                  "rt_sigprocmask",
                                  "rt_sigreturn",
                                  "sigaltstack",
                                  "sigreturn",
                                  "time",
                                  "uname",
                                  "write",
                                  "writev"};

/// What replaces files, beside opening them.
constexpr const char* replacing[] = {"fchmod",   "fchown",    "fchown32",    "flock",  "fstatat64",
                                     "fsync",    "ftruncate", "ftruncate64", "linkat", "newfstatat",
                                     "renameat", "renameat2", "statx",       "umask",  "unlinkat"};

/// Mistakes are one thing; nobody makes these calls by mistake.
constexpr const char* deadly[] = {"execve", "execveat", "process_vm_readv", "process_vm_writev", "ptrace"};

constexpr const char* opening[] = {"creat", "open", "openat", "openat2"};

constexpr std::uint64_t all_of_an_int = 0xffffffff;

/// An argument is an int, of which `mask` is as in `value`.
scmp_arg_cmp argument(unsigned number, std::uint64_t mask, std::uint64_t value) {
    return {number, SCMP_CMP_MASKED_EQ, mask, value};
}
scmp_arg_cmp argument(unsigned number, int value) {
    return argument(number, all_of_an_int, static_cast<unsigned>(value));
}

/// A filter being made. The first error stays, and nothing is done after it.
class Filter {
  public:
    explicit Filter(std::uint32_t otherwise) : context_(seccomp_init(otherwise)) {
        // Given up already, and in a second filter the call is not allowed any more.
        note(context_ ? seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_NNP, 0) : -ENOMEM);
    }

    /// Adds a rule for a call, if this machine and libseccomp know it.
    void add(std::uint32_t action, const char* name, std::initializer_list<scmp_arg_cmp> arguments = {}) {
        if (error_ != 0) return;
        const int call = seccomp_syscall_resolve_name(name);
        if (call == __NR_SCMP_ERROR) return;
        note(seccomp_rule_add_array(context_.get(), action, call, static_cast<unsigned>(arguments.size()),
                                    arguments.begin()));
    }
    void allow(const char* name, std::initializer_list<scmp_arg_cmp> arguments = {}) {
        add(SCMP_ACT_ALLOW, name, arguments);
    }

    /// Makes it hold. Returns why that cannot be done, if it cannot.
    std::optional<std::string> load() {
        if (error_ == 0) note(seccomp_load(context_.get()));
        if (error_ == 0) return std::nullopt;
        return error_ == ECANCELED || error_ == EINVAL || error_ == ENOSYS
                   ? "the kernel has no seccomp filters"
                   : std::strerror(error_);
    }

  private:
    void note(int result) {
        if (result < 0 && error_ == 0) error_ = -result;
    }

    struct Release {
        void operator()(void* context) const { seccomp_release(context); }
    };
    std::unique_ptr<void, Release> context_;
    int error_ = 0;
};

/// Where all calls about sockets are one call, whose arguments are in memory (i386, s390), a filter cannot
/// see the arguments.
bool sees_socket_arguments() {
    return seccomp_syscall_resolve_name("socketcall") < 0;
}

void allow_memory(Filter& filter) {
    // Nothing new to execute.
    for (const char* call : {seccomp_syscall_resolve_name("mmap2") < 0 ? "mmap" : "mmap2", "mprotect"})
        filter.allow(call, {argument(2, PROT_EXEC, 0)});
}

void allow_opening(Filter& filter, const Policy& policy) {
    bool read = !policy.readable_files.empty();
    for (const Directory& directory : policy.directories)
        read = read || directory.read;
    if (!policy.directories.empty()) {
        filter.allow("openat"); // where, is for Landlock to say
    } else if (read) {
        constexpr std::uint64_t changing = O_ACCMODE | O_CREAT | O_TRUNC;
        filter.allow("open", {argument(1, changing, O_RDONLY)});
        filter.allow("openat", {argument(2, changing, O_RDONLY)});
    } else {
        for (const char* call : opening)
            filter.add(SCMP_ACT_ERRNO(EACCES), call);
    }
}

void allow_network(Filter& filter, const Policy& policy) {
    for (const char* call : {"connect", "getsockname", "recvfrom", "recvmsg"})
        filter.allow(call);
    if (!sees_socket_arguments()) {
        for (const char* call : {"socket", "sendto", "sendmsg", "setsockopt", "getsockopt"})
            filter.allow(call);
        return;
    }
    constexpr std::uint64_t type = all_of_an_int & ~std::uint64_t{SOCK_NONBLOCK | SOCK_CLOEXEC};
    for (const auto& [family, wanted] : {std::pair(AF_INET, policy.ipv4), std::pair(AF_INET6, policy.ipv6)}) {
        if (!wanted) continue;
        for (const std::uint64_t kind : {SOCK_DGRAM, SOCK_STREAM})
            filter.allow("socket", {argument(0, family), argument(1, type, kind), argument(2, 0)});
    }
    // MSG_FASTOPEN would connect where connect(2) is refused.
    filter.allow("sendto", {argument(3, MSG_FASTOPEN, 0)});
    filter.allow("sendmsg", {argument(2, MSG_FASTOPEN, 0)});
    filter.allow("setsockopt", {argument(1, SOL_SOCKET), argument(2, SO_RCVBUF)});
    filter.allow("setsockopt", {argument(1, IPPROTO_TCP), argument(2, TCP_NODELAY)});
    filter.allow("getsockopt", {argument(1, SOL_SOCKET)});
}

} // namespace

Part enter_system_call_filter(const Policy& policy) {
    Filter filter(SCMP_ACT_ERRNO(EPERM));
    for (const char* call : always)
        filter.allow(call);
    allow_memory(filter);
    filter.allow("tgkill", {argument(0, ::getpid())}); // raise(3), abort(3)
    constexpr int set_mode_filter = 1;
    filter.allow("seccomp", {argument(0, set_mode_filter)}); // another filter: less, never more
    allow_opening(filter, policy);
    if (!policy.directories.empty())
        for (const char* call : replacing)
            filter.allow(call);
    if (policy.ipv4 || policy.ipv6) allow_network(filter, policy);
    for (const char* call : deadly)
        filter.add(SCMP_ACT_KILL_PROCESS, call);

    Part part{"system calls (seccomp)", true, {}};
    if (auto error = filter.load()) {
        part.active = false;
        part.note = std::move(*error);
    } else if (!sees_socket_arguments()) {
        part.note = "any kind of socket: this machine's filters cannot tell";
    }
    return part;
}

std::optional<std::string> filter_out_network() {
    Filter filter(SCMP_ACT_ALLOW);
    for (const char* call : {"socket", "connect", "sendto", "sendmsg", "recvfrom", "recvmsg"})
        filter.add(SCMP_ACT_ERRNO(EPERM), call);
    return filter.load();
}

} // namespace spfwalk::sandbox
