// What a process in the sandbox can and cannot do, tried in a child process each.
#include "sandbox/landlock.h"
#include "spfwalk/sandbox/sandbox.h"
#include "spfwalk/sandbox/user.h"
#include "support/catch.h"
#include "support/files.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <functional>
#include <iostream>

#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace spfwalk;
using namespace spfwalk::test;
using sandbox::Policy;

namespace {

/// How a child ended: what it returned, or the signal that ended it.
struct End {
    int result = -1;
    int signal = 0;
};

End in_child(const std::function<int()>& act) {
    std::cout.flush();
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(act());
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFSIGNALED(status)) return {-1, WTERMSIG(status)};
    return {WEXITSTATUS(status), 0};
}

/// What a child gets from `act` under the policy: 0 if it may, an errno, or the signal.
End attempt(const Policy& policy, const std::function<int()>& act) {
    return in_child([&] {
        (void)sandbox::enter(policy);
        return act();
    });
}

int error_of(long result) {
    return result < 0 ? errno : 0;
}

bool refused(const End& end) {
    return end.signal == 0 && (end.result == EACCES || end.result == EPERM);
}

/// Refused under the policy, and not for another reason: root may do it without.
bool newly_refused(const Policy& policy, const std::function<int()>& act) {
    if (::geteuid() == 0 && refused(in_child(act))) return false;
    return refused(attempt(policy, act));
}

/// Whether a part works on this machine. Says why a test is left out, if not.
bool active(std::string_view part) {
    static const sandbox::Report report = sandbox::probe();
    for (const sandbox::Part& it : report) {
        if (!it.name.starts_with(part)) continue;
        if (it.active) return true;
        std::cout << "SKIPPED: " << it.name << ": " << it.note << '\n';
        return false;
    }
    std::cout << "SKIPPED: " << part << ": " << (report.empty() ? "nothing" : report.front().note) << '\n';
    return false;
}

Policy network(std::uint16_t port = 53) {
    Policy policy;
    policy.ipv4 = policy.ipv6 = true;
    policy.ports = {port};
    policy.readable_files = {"/dev/urandom"};
    return policy;
}

Policy writing(const TemporaryDirectory& directory, bool read = false) {
    Policy policy;
    policy.directories = {{directory.path().string(), read}};
    return policy;
}

/// A TCP server on loopback that never answers: the kernel completes connections by itself.
class Listener {
  public:
    explicit Listener(int family = AF_INET) : descriptor_(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        if (family == AF_INET) {
            address4_.sin_family = AF_INET;
            address4_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        } else {
            address6_.sin6_family = AF_INET6;
            address6_.sin6_addr = in6addr_loopback;
        }
        usable_ = ::bind(descriptor_, address(), size_) == 0 && ::listen(descriptor_, 5) == 0 &&
                  ::getsockname(descriptor_, address(), &size_) == 0;
    }
    ~Listener() { ::close(descriptor_); }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    bool usable() const { return usable_; }
    std::uint16_t port() const { return ntohs(address6_.sin6_port); } // where sin_port is
    int connect(int type = SOCK_STREAM) {
        const int fd = ::socket(address()->sa_family, type, 0);
        return fd < 0 ? errno : error_of(::connect(fd, address(), size_));
    }
    int connect_fast_open() {
        const int fd = ::socket(address()->sa_family, SOCK_STREAM, 0);
        return fd < 0 ? errno : error_of(::sendto(fd, "x", 1, MSG_FASTOPEN, address(), size_));
    }

  private:
    sockaddr* address() { return reinterpret_cast<sockaddr*>(&storage_); }

    int descriptor_;
    union {
        sockaddr_storage storage_{};
        sockaddr_in address4_;
        sockaddr_in6 address6_;
    };
    socklen_t size_ = sizeof storage_;
    bool usable_ = false;
};

int open_error(const std::string& path, int flags) {
    return error_of(::open(path.c_str(), flags, 0600));
}

/// Makes the calls of Landlock fail as in a kernel that does not know them.
bool pretend_there_is_no_landlock() {
    sock_filter program[] = {
        {BPF_LD | BPF_W | BPF_ABS, 0, 0, 0}, // the call's number
        {BPF_JMP | BPF_JGE | BPF_K, 0, 2, SYS_landlock_create_ruleset},
        {BPF_JMP | BPF_JGT | BPF_K, 1, 0, SYS_landlock_restrict_self},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | ENOSYS},
        {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
    };
    const sock_fprog filter{std::size(program), program};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) == 0;
}

} // namespace

TEST_CASE("every part reports whether it is active, and why not otherwise") {
    const sandbox::Report report = sandbox::probe();
    REQUIRE_FALSE(report.empty());
    for (const sandbox::Part& part : report) {
        INFO(part.name);
        CHECK((part.active || !part.note.empty()));
        std::cout << part.name << ": " << (part.active ? "active" : "not active") << ' ' << part.note << '\n';
    }
}

TEST_CASE("what probe() reports holds in the kernel's own words") {
    if (!active("system calls")) return;
    const End end = attempt({}, [] {
        // The file cannot be opened any more, but prctl(2) is refused: that is the filter.
        return error_of(::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
    });
    CHECK(end.result == EPERM);
    const End status = in_child([] {
        const int fd = ::open("/proc/self/status", O_RDONLY);
        (void)sandbox::enter(network());
        char text[4096] = {};
        if (fd < 0 || ::read(fd, text, sizeof text - 1) <= 0) return 1;
        if (std::strstr(text, "NoNewPrivs:\t1\n") == nullptr) return 2;
        if (std::strstr(text, "Seccomp:\t2\n") == nullptr) return 3;
        return 0;
    });
    CHECK(status.result == 0);
}

TEST_CASE("files: nothing can be opened that the policy does not name") {
    const TemporaryDirectory directory, elsewhere;
    const std::string file = directory / "file", secret = elsewhere / "secret";
    write_text(file, "old");
    write_text(secret, "secret");
    const auto all_refused = [&](const Policy& policy) {
        CHECK(refused(attempt(policy, [&] { return open_error(secret, O_RDONLY); })));
        CHECK(refused(attempt(policy, [&] { return open_error(secret, O_WRONLY); })));
        CHECK(refused(attempt(policy, [&] { return open_error(secret, O_RDWR); })));
        CHECK(refused(attempt(policy, [&] { return open_error(secret, O_WRONLY | O_TRUNC); })));
        CHECK(refused(attempt(policy, [&] { return open_error(elsewhere / "new", O_WRONLY | O_CREAT); })));
        CHECK(refused(attempt(policy, [&] { return open_error("/etc/passwd", O_RDONLY); })));
        CHECK(refused(attempt(policy, [&] { return open_error("/proc/self/status", O_RDONLY); })));
        CHECK(refused(
            attempt(policy, [&] { return open_error(elsewhere.path().string(), O_RDONLY | O_DIRECTORY); })));
        CHECK(refused(attempt(policy, [&] { return error_of(::unlink(secret.c_str())); })));
        CHECK(refused(attempt(policy, [&] { return error_of(::mkdir((elsewhere / "d").c_str(), 0700)); })));
        CHECK(refused(attempt(policy, [&] { return error_of(::symlink("x", (elsewhere / "l").c_str())); })));
        CHECK(refused(attempt(policy, [&] { return error_of(::truncate(secret.c_str(), 0)); })));
    };
    SECTION("neither files nor network") {
        if (!active("system calls") && !active("files")) return;
        all_refused({});
        CHECK(refused(attempt({}, [] { return open_error("/dev/urandom", O_RDONLY); })));
    }
    SECTION("the network") {
        if (!active("files")) return;
        all_refused(network());
        CHECK(attempt(network(), [] { return open_error("/dev/urandom", O_RDONLY); }).result == 0);
        CHECK(refused(attempt(network(), [] { return open_error("/dev/urandom", O_WRONLY); })));
    }
    SECTION("a directory") {
        if (!active("files")) return;
        const Policy policy = writing(directory);
        all_refused(policy);
        CHECK(refused(attempt(policy, [&] { return open_error(file, O_RDONLY); })));
        CHECK(attempt(writing(directory, true), [&] { return open_error(file, O_RDONLY); }).result == 0);
        CHECK(refused(attempt(policy, [&] {
            return error_of(::renameat(AT_FDCWD, file.c_str(), AT_FDCWD, (elsewhere / "file").c_str()));
        })));
        CHECK(refused(attempt(policy, [&] {
            return error_of(::renameat(AT_FDCWD, secret.c_str(), AT_FDCWD, (directory / "s").c_str()));
        })));
    }
    CHECK(file_text(file) == "old");
    CHECK(file_text(secret) == "secret");
}

TEST_CASE("files: a file in a directory of the policy can be replaced") {
    const TemporaryDirectory directory;
    const std::string file = directory / "file";
    write_text(file, "old");
    const int handle = ::open(directory.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const End end = attempt(writing(directory), [&] {
        const int fd = ::openat(handle, ".new", O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (fd < 0) return errno;
        struct stat status {};
        const bool good = ::write(fd, "new", 3) == 3 && ::fstat(fd, &status) == 0 && ::umask(022) <= 0777 &&
                          ::fchown(fd, status.st_uid, status.st_gid) == 0 && ::fchmod(fd, 0644) == 0 &&
                          ::flock(fd, LOCK_EX) == 0 && ::fsync(fd) == 0 && ::close(fd) == 0 &&
                          ::linkat(handle, ".new", handle, ".link", 0) == 0 &&
                          ::unlinkat(handle, ".link", 0) == 0 &&
                          ::fstatat(handle, "file", &status, AT_SYMLINK_NOFOLLOW) == 0 &&
                          ::renameat(handle, ".new", handle, "file") == 0 && ::fsync(handle) == 0;
        return good ? 0 : errno;
    });
    ::close(handle);
    CHECK(end.result == 0);
    CHECK(file_text(file) == "new");
}

TEST_CASE("system calls: executing and tracing end the process") {
    if (!active("system calls")) return;
    for (const Policy& policy : {Policy(), network()}) {
        CHECK(attempt(policy, [] { return error_of(::execl("/bin/true", "true", nullptr)); }).signal ==
              SIGSYS);
        CHECK(attempt(policy, [] {
                  return error_of(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr));
              }).signal == SIGSYS);
    }
}

TEST_CASE("system calls: what spfwalk never does is refused") {
    if (!active("system calls")) return;
    const Policy policy = network();
    CHECK(newly_refused(policy, [] { return error_of(::fork()); }));
    CHECK(newly_refused(policy, [] { return error_of(::kill(::getppid(), 0)); }));
    CHECK(newly_refused(policy, [] { return error_of(::setuid(0)); }));
    CHECK(newly_refused(policy, [] { return error_of(::chdir("/")); }));
    CHECK(newly_refused(policy, [] { return error_of(::syscall(SYS_bpf, 0, nullptr, 0)); }));
    CHECK(newly_refused(policy, [] { return error_of(::syscall(SYS_io_uring_setup, 1, nullptr)); }));
    CHECK(newly_refused(policy, [] { return error_of(::syscall(SYS_unshare, 0)); }));
    CHECK(newly_refused(policy, [] {
        return ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
                   ? errno
                   : 0;
    }));
    CHECK(newly_refused(policy, [] {
        void* const page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return page == MAP_FAILED ? 0 : error_of(::mprotect(page, 4096, PROT_READ | PROT_EXEC));
    }));
}

/// Not where all calls about sockets are one call, whose arguments are in memory.
#ifdef SYS_socketcall
constexpr bool sees_socket_arguments = false;
#else
constexpr bool sees_socket_arguments = true;
#endif

TEST_CASE("system calls: sockets of other kinds are refused") {
    if (!active("system calls")) return;
    struct Kind {
        int family, type, protocol;
    };
    const Kind kinds[] = {{AF_UNIX, SOCK_STREAM, 0},
                          {AF_UNIX, SOCK_DGRAM, 0},
                          {AF_NETLINK, SOCK_RAW, 0},
                          {AF_PACKET, SOCK_RAW, 0},
                          {AF_INET, SOCK_RAW, IPPROTO_ICMP},
                          {AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
                          {AF_INET, SOCK_STREAM, 262 /* MPTCP */},
                          {AF_VSOCK, SOCK_STREAM, 0}};
    for (const Kind& kind : kinds) {
        INFO(kind.family << ' ' << kind.type << ' ' << kind.protocol);
        const auto make = [&] { return error_of(::socket(kind.family, kind.type, kind.protocol)); };
        if (sees_socket_arguments) CHECK(newly_refused(network(), make));
        CHECK(newly_refused({}, make));
    }
    Policy only_ipv4 = network();
    only_ipv4.ipv6 = false;
    const auto make4 = [] {
        return error_of(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    };
    const auto make6 = [] { return error_of(::socket(AF_INET6, SOCK_DGRAM, 0)); };
    CHECK(attempt(only_ipv4, make4).result == 0);
    if (sees_socket_arguments) CHECK(newly_refused(only_ipv4, make6));
    CHECK(newly_refused({}, make4));
    const TemporaryDirectory directory;
    CHECK(newly_refused(writing(directory), make4));
    CHECK(newly_refused(network(), [] {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        return error_of(::listen(fd, 1));
    }));
}

TEST_CASE("system calls: of the options of a TCP socket, those that the resolver sets may be set") {
    if (!active("system calls") || !sees_socket_arguments) return;
    const auto set = [](int option) {
        return [option] {
            const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
            const int on = 1;
            return error_of(::setsockopt(fd, IPPROTO_TCP, option, &on, sizeof on));
        };
    };
    CHECK(attempt(network(), set(TCP_NODELAY)).result == 0);
    CHECK(attempt(network(), set(TCP_QUICKACK)).result == 0);
    CHECK(newly_refused(network(), set(TCP_CORK)));
}

TEST_CASE("TCP ports: connections go to the ports of the policy only") {
    for (const int family : {AF_INET, AF_INET6}) {
        Listener resolver(family), stranger(family);
        if (!resolver.usable() || !stranger.usable()) {
            std::cout << "SKIPPED: no loopback of family " << family << '\n';
            continue;
        }
        const Policy policy = network(resolver.port());
        CHECK(attempt(policy, [&] { return resolver.connect(); }).result == 0);
        CHECK(attempt(policy, [&] { return resolver.connect(SOCK_DGRAM); }).result == 0);
        if (active("TCP ports")) CHECK(newly_refused(policy, [&] { return stranger.connect(); }));
        if (active("system calls") && sees_socket_arguments)
            CHECK(newly_refused(policy, [&] { return stranger.connect_fast_open(); }));
    }
}

TEST_CASE("files and TCP ports: older kernels give what they have") {
    if (!active("TCP ports")) return;
    const TemporaryDirectory directory, elsewhere;
    Listener resolver, stranger;
    Policy policy = network(resolver.port());
    policy.directories = {{directory.path().string(), false}};
    for (const long abi : {1, 2, 3, 4, 5, 6}) {
        INFO("ABI " << abi);
        const auto get = [&](const std::function<int()>& act) {
            return in_child([&] {
                if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 200;
                const sandbox::Report report = sandbox::enter_landlock(policy, abi);
                if (report.size() != 2 || !report[0].active || report[1].active != (abi >= 4)) return 201;
                return act();
            });
        };
        CHECK(get([&] { return open_error(directory / "new", O_WRONLY | O_CREAT); }).result == 0);
        CHECK(get([&] { return open_error(elsewhere / "new", O_WRONLY | O_CREAT); }).result == EACCES);
        CHECK(get([&] { return open_error("/etc/passwd", O_RDONLY); }).result == EACCES);
        CHECK(get([&] { return error_of(::execl("/bin/true", "true", nullptr)); }).result == EACCES);
        CHECK(get([&] { return resolver.connect(); }).result == 0);
        CHECK(get([&] { return stranger.connect(); }).result == (abi >= 4 ? EACCES : 0));
    }
}

TEST_CASE("without Landlock the rest holds, and the report says so") {
    if (!active("system calls")) return;
    const TemporaryDirectory directory;
    const auto get = [](const Policy& policy, const std::function<int()>& act) {
        return in_child([&] {
            if (!pretend_there_is_no_landlock()) return 200;
            const sandbox::Report report = sandbox::enter(policy);
            if (report.size() != 4 || report[1].active || report[2].active || !report[3].active) return 201;
            if (report[1].note != "the kernel has no Landlock") return 202;
            return act();
        });
    };
    // The calls are filtered, not where they lead.
    CHECK(get(network(), [] { return open_error("/etc/passwd", O_RDONLY); }).result == 0);
    CHECK(refused(get(network(), [] { return open_error("/dev/null", O_WRONLY); })));
    CHECK(refused(get(network(), [&] { return open_error(directory / "new", O_WRONLY | O_CREAT); })));
    CHECK(refused(get({}, [] { return open_error("/etc/passwd", O_RDONLY); })));
    CHECK(get({}, [] { return error_of(::execl("/bin/true", "true", nullptr)); }).signal == SIGSYS);
}

TEST_CASE("signals: a process may end itself") {
    CHECK(attempt(network(), [] {
              std::signal(SIGTERM, SIG_DFL);
              return std::raise(SIGTERM);
          }).signal == SIGTERM);
    CHECK(attempt({}, []() -> int {
              std::signal(SIGABRT, SIG_DFL); // it is Catch's
              std::abort();
          }).signal == SIGABRT);
}

TEST_CASE("the network can be left later") {
    if (!active("system calls")) return;
    Listener resolver;
    const TemporaryDirectory directory;
    Policy policy = network(resolver.port());
    policy.directories = {{directory.path().string(), false}};
    CHECK(attempt(policy, [&] {
              const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
              if (fd < 0) return 1;
              if (sandbox::leave_network()) return 2;
              if (::socket(AF_INET, SOCK_DGRAM, 0) >= 0) return 3;
              if (::send(fd, "x", 1, 0) >= 0 || errno != EPERM) return 4;
              if (open_error(directory / "file", O_WRONLY | O_CREAT) != 0) return 5;
              return 0;
          }).result == 0);
}

TEST_CASE("memory and time are there") {
    CHECK(attempt({}, [] {
              std::vector<std::string> blocks;
              for (int i = 0; i < 1000; ++i)
                  blocks.emplace_back(100'000, 'x');
              blocks.clear();
              std::string large(50'000'000, 'x');
              large.resize(100'000'000, 'y');
              timespec now{};
              try {
                  throw std::runtime_error("an exception");
              } catch (const std::exception&) {
                  return error_of(::clock_gettime(CLOCK_MONOTONIC, &now));
              }
          }).result == 0);
}

TEST_CASE("becoming a user is for good") {
    if (::geteuid() != 0) {
        std::cout << "SKIPPED: not root\n";
        return;
    }
    const passwd* const nobody = ::getpwnam("nobody");
    REQUIRE(nobody != nullptr);
    const uid_t user = nobody->pw_uid;
    const gid_t group = nobody->pw_gid;
    CHECK(in_child([=] {
              const gid_t many[] = {0, 1, 2};
              if (::setgroups(3, many) != 0) return 1;
              if (sandbox::become_user("nobody")) return 2;
              uid_t users[3];
              gid_t groups[3], others[10];
              if (::getresuid(&users[0], &users[1], &users[2]) != 0 || users[0] != user || users[1] != user ||
                  users[2] != user)
                  return 3;
              if (::getresgid(&groups[0], &groups[1], &groups[2]) != 0 || groups[0] != group ||
                  groups[1] != group || groups[2] != group)
                  return 4;
              if (::getgroups(10, others) != 1 || others[0] != group) return 5;
              if (::setuid(0) == 0 || ::seteuid(0) == 0 || ::setgid(0) == 0) return 6;
              if (sandbox::become_user("nobody")) return 7; // he is already
              if (!sandbox::become_user("daemon")) return 8;
              return 0;
          }).result == 0);
    CHECK(in_child([] { return sandbox::become_user("root") == "that is root" ? 0 : 1; }).result == 0);
    CHECK(in_child([] { return sandbox::become_user("no-such-user") == "no such user" ? 0 : 1; }).result ==
          0);
}
