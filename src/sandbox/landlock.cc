#include "sandbox/landlock.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace spfwalk::sandbox {

namespace {

// The kernel's interface, written out here because headers are often older than kernels. An access that the
// kernel does not know makes it refuse the whole set, hence the versions (ABI).

constexpr std::uint64_t bit(unsigned number) {
    return std::uint64_t{1} << number;
}

constexpr std::uint64_t fs_write_file = bit(1);
constexpr std::uint64_t fs_read_file = bit(2);
constexpr std::uint64_t fs_remove_file = bit(5);
constexpr std::uint64_t fs_make_regular = bit(8);
constexpr std::uint64_t net_connect_tcp = bit(1);

constexpr std::uint64_t lowest(unsigned count) {
    return bit(count) - 1;
}

/// All that this version can refuse: executing, reading, writing, making and removing of every kind, and so
/// on.
std::uint64_t all_file_accesses(long abi) {
    if (abi >= 5) return lowest(16); // ioctl(2) of devices
    if (abi >= 3) return lowest(15); // truncation
    if (abi >= 2) return lowest(14); // moving between directories
    return lowest(13);
}

struct RulesetAttributes {
    std::uint64_t files;
    std::uint64_t network; ///< from 4
    std::uint64_t scoped;  ///< from 6
};

std::size_t attributes_size(long abi) {
    if (abi >= 6) return sizeof(RulesetAttributes);
    return abi >= 4 ? 2 * sizeof(std::uint64_t) : sizeof(std::uint64_t);
}

struct [[gnu::packed]] PathRule {
    std::uint64_t allowed;
    std::int32_t descriptor;
};
constexpr int path_rule = 1;

struct PortRule {
    std::uint64_t allowed;
    std::uint64_t port;
};
constexpr int port_rule = 2;

class Descriptor {
  public:
    explicit Descriptor(long number) : number_(static_cast<int>(number)) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }

  private:
    int number_;
};

#ifdef SYS_landlock_create_ruleset

long abi_version() {
    constexpr unsigned version = 1;
    return ::syscall(SYS_landlock_create_ruleset, nullptr, 0, version);
}

bool add_rule(int ruleset, int type, const void* rule) {
    return ::syscall(SYS_landlock_add_rule, ruleset, type, rule, 0) == 0;
}

/// A path that is not there needs no rule: whoever needs it will hear so.
bool allow_path(int ruleset, const std::string& path, std::uint64_t accesses) {
    const Descriptor file(::open(path.c_str(), O_PATH | O_CLOEXEC));
    if (file.number() < 0) return errno == ENOENT || errno == ENOTDIR || errno == EACCES;
    const PathRule rule{accesses, file.number()};
    return add_rule(ruleset, path_rule, &rule);
}

bool allow_all(int ruleset, const Policy& policy, bool network) {
    for (const Directory& directory : policy.directories) {
        const std::uint64_t accesses =
            fs_write_file | fs_remove_file | fs_make_regular | (directory.read ? fs_read_file : 0);
        if (!allow_path(ruleset, directory.path, accesses)) return false;
    }
    for (const std::string& file : policy.readable_files)
        if (!allow_path(ruleset, file, fs_read_file)) return false;
    if (!network) return true;
    return std::ranges::all_of(policy.ports, [ruleset](std::uint16_t port) {
        const PortRule rule{net_connect_tcp, port};
        return add_rule(ruleset, port_rule, &rule);
    });
}

/// Returns 0, or the errno of what failed.
int restrict_self(const Policy& policy, long abi) {
    const bool network = abi >= 4;
    // Nobody binds; signals and abstract sockets of other processes are out of scope from 6 on.
    const RulesetAttributes attributes{all_file_accesses(abi), lowest(2), lowest(2)};
    const Descriptor ruleset(::syscall(SYS_landlock_create_ruleset, &attributes, attributes_size(abi), 0));
    if (ruleset.number() < 0 || !allow_all(ruleset.number(), policy, network)) return errno;
    return ::syscall(SYS_landlock_restrict_self, ruleset.number(), 0) == 0 ? 0 : errno;
}

#else

long abi_version() {
    errno = ENOSYS;
    return -1;
}

int restrict_self(const Policy&, long) {
    return ENOSYS;
}

#endif

std::string why_not(int error) {
    switch (error) {
    case ENOSYS:
        return "the kernel has no Landlock";
    case EOPNOTSUPP:
        return "Landlock is switched off in the kernel";
    default:
        return std::strerror(error);
    }
}

} // namespace

Report enter_landlock(const Policy& policy, long newest) {
    const long abi = std::min(abi_version(), newest);
    const int error = abi < 0 ? errno : restrict_self(policy, abi);
    Part files{"files (Landlock)", error == 0, {}};
    Part ports{"TCP ports (Landlock)", error == 0 && abi >= 4, {}};
    if (error != 0) {
        files.note = ports.note = why_not(error);
    } else if (abi < 4) {
        ports.note = "the kernel's Landlock is too old";
    }
    return {files, ports};
}

} // namespace spfwalk::sandbox
