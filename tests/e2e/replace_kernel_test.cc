// Replacements under a real kernel: full disks, limits, kills at every system call, signals, and rivals.
#include "support/replacing.h"

#include <atomic>
#include <csignal>
#include <cstdint>
#include <new>
#include <optional>
#include <random>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <unistd.h>

using namespace spfwalk;
using test::expect;
using test::file_text;
using test::in_child;
using test::names;
using test::TemporaryDirectory;
using test::uniform;
using test::wait_for;
using test::write_text;
namespace fs = std::filesystem;

namespace {

constexpr int skipped = 77;

using Names = std::set<std::string>;

/// Writes to a file of /proc. Whether it took it.
bool tell_kernel(const char* path, const std::string& text) {
    const int descriptor = ::open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) return false;
    const bool taken = ::write(descriptor, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(descriptor);
    return taken;
}

/// Mounts a small file system of memory that only this process sees. Whether that is allowed here.
bool mount_small(const fs::path& where, const char* options) {
    const std::string user = "0 " + std::to_string(::geteuid()) + " 1";
    const std::string group = "0 " + std::to_string(::getegid()) + " 1";
    if (::unshare(CLONE_NEWNS) != 0) {
        if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return false;
        if (!tell_kernel("/proc/self/setgroups", "deny") || !tell_kernel("/proc/self/uid_map", user) ||
            !tell_kernel("/proc/self/gid_map", group))
            return false;
    }
    return ::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
           ::mount("none", where.c_str(), "tmpfs", 0, options) == 0;
}

/// Contents of exactly so many octets.
std::string octets(char letter, std::size_t count) {
    return std::string(count, letter);
}

} // namespace

TEST_CASE("replace: a disk that is really full") {
    const TemporaryDirectory directory;
    const auto body = [&] {
        if (!mount_small(directory.path(), "size=64k,mode=0755")) return skipped;
        const std::string path = directory / "list";
        std::string now = octets('0', 20480);
        write_text(path, now);
        int full = 0;
        int replaced = 0;
        for (std::size_t size = 1024; size <= 81920; size += 1024) {
            const std::string next = octets(static_cast<char>('a' + size / 1024 % 26), size);
            const std::string error = test::replace(path, next);
            if (error.empty()) {
                now = next;
                ++replaced;
            } else {
                expect(error == path + ": write: No space left on device", error);
                ++full;
            }
            expect(file_text(path) == now, "contents after " + std::to_string(size));
            expect(names(directory.path()) == Names{"list"}, "something is left");
        }
        expect(full > 0 && replaced > 0, "both must happen");
        std::printf("replace: tmpfs of 64 KiB: %d times full, %d times replaced\n", full, replaced);
        std::fflush(stdout);
        return 0;
    };
    const int status = wait_for(in_child(body));
    if (status == skipped)
        WARN("skipped: no private mounts here");
    else
        CHECK(status == 0);
}

TEST_CASE("replace: a file system without room for one more file") {
    const TemporaryDirectory directory;
    const auto body = [&] {
        if (!mount_small(directory.path(), "nr_inodes=2,mode=0755")) return skipped; // itself and one file
        const std::string path = directory / "list";
        write_text(path, "old");
        const std::string error = test::replace(path, "new");
        expect(error == path + ": temporary file: No space left on device", error);
        expect(file_text(path) == "old", "contents");
        expect(names(directory.path()) == Names{"list"}, "something is left");
        return 0;
    };
    const int status = wait_for(in_child(body));
    if (status == skipped)
        WARN("skipped: no private mounts here");
    else
        CHECK(status == 0);
}

TEST_CASE("replace: a limit on the size of files") {
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    write_text(path, "old");
    const int status = wait_for(in_child([&] {
        const rlimit limit{10000, 10000};
        expect(::setrlimit(RLIMIT_FSIZE, &limit) == 0, "no limit");
        std::signal(SIGXFSZ, SIG_IGN);
        const std::string error = test::replace(path, octets('n', 10001));
        expect(error == path + ": write: File too large", error);
        expect(file_text(path) == "old", "contents");
        expect(test::replace(path, octets('n', 10000)).empty(), "what fits");
        return 0;
    }));
    CHECK(status == 0);
    CHECK(file_text(path) == octets('n', 10000));
    CHECK(names(directory.path()) == Names{"list"});
}

TEST_CASE("replace: no descriptor left to open") {
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    write_text(path, "old");
    const int status = wait_for(in_child([&] {
        int failed = 0;
        for (rlim_t count = 3; count < 30; ++count) {
            const rlimit limit{count, 100};
            expect(::setrlimit(RLIMIT_NOFILE, &limit) == 0, "no limit");
            const std::string error = test::replace(path, "new");
            const rlimit enough{100, 100};
            expect(::setrlimit(RLIMIT_NOFILE, &enough) == 0, "no limit");
            if (error.empty()) break;
            ++failed;
            expect(error.ends_with(": Too many open files"), error);
            expect(file_text(path) == "old", "contents");
        }
        return failed >= 3 ? 0 : 2; // the directory, the old file, the temporary file
    }));
    CHECK(status == 0);
    CHECK(file_text(path) == "new");
    CHECK(names(directory.path()) == Names{"list"});
}

namespace {

/// Runs a replacement in a child that is stopped before and after each system call, and kills it at the stop
/// of this number. Whether it got that far; nothing if children cannot be traced here.
std::optional<bool> kill_at(int stop, const std::string& path, const std::string& text) {
    const pid_t child = in_child([&] {
        if (::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr) != 0) return skipped;
        ::raise(SIGSTOP);
        return test::replace(path, text).empty() ? 0 : 2;
    });
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == skipped) return std::nullopt;
    REQUIRE(WIFSTOPPED(status));
    REQUIRE(::ptrace(PTRACE_SETOPTIONS, child, nullptr, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0);
    for (int reached = 0; reached < stop;) {
        REQUIRE(::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0);
        REQUIRE(::waitpid(child, &status, 0) == child);
        if (WIFEXITED(status)) {
            CHECK(WEXITSTATUS(status) == 0);
            return false;
        }
        REQUIRE(WIFSTOPPED(status));
        if (WSTOPSIG(status) == (SIGTRAP | 0x80)) ++reached;
    }
    REQUIRE(::kill(child, SIGKILL) == 0);
    CHECK(wait_for(child) == -SIGKILL);
    return true;
}

} // namespace

TEST_CASE("replace: killed at any system call, the file is the old or the new one") {
    for (const bool exists : {true, false}) {
        INFO((exists ? "old file" : "no file"));
        int kept = 0;
        int replaced = 0;
        int littered = 0;
        for (int stop = 0; stop < 2000; ++stop) {
            INFO("stop " << stop);
            const TemporaryDirectory directory;
            const std::string path = directory / "list";
            if (exists) write_text(path, uniform("old"));
            const auto killed = kill_at(stop, path, uniform("new"));
            if (!killed) {
                WARN("skipped: children cannot be traced here");
                return;
            }
            const bool is_new = fs::exists(path) && file_text(path) == uniform("new");
            REQUIRE((is_new || (exists ? file_text(path) == uniform("old") : !fs::exists(path))));
            is_new ? ++replaced : ++kept;
            // What a killed run leaves is one temporary file, which is in nobody's way, and no lock.
            auto left = names(directory.path());
            left.erase("list");
            CHECK(left.size() <= (is_new ? 0U : 1U));
            littered += left.empty() ? 0 : 1;
            CHECK(test::replace(path, "next") == "");
            CHECK(file_text(path) == "next");
            if (!*killed) break;
        }
        CHECK(kept > 10);
        CHECK(replaced > 1);
        std::printf("replace: %s: killed at %d points: %d times the old, %d times the new (%d temporary "
                    "files left)\n",
                    exists ? "old file" : "no file", kept + replaced - 1, kept, replaced, littered);
    }
}

namespace {

void end_by_signal(int signal) {
    policy::abandon_replacements();
    ::_exit(128 + signal);
}

} // namespace

TEST_CASE("replace: ended by a signal at any moment, nothing is left") {
    constexpr unsigned seed = 4408;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    constexpr int rounds = 80;
    for (const bool exists : {true, false}) {
        int kept = 0;
        for (int round = 0; round < rounds; ++round) {
            INFO("round " << round);
            const TemporaryDirectory directory;
            const std::string path = directory / "list";
            if (exists) write_text(path, uniform("a"));
            sigset_t term;
            ::sigemptyset(&term);
            ::sigaddset(&term, SIGTERM);
            ::sigprocmask(SIG_BLOCK, &term, nullptr);
            const pid_t child = in_child([&] {
                std::signal(SIGTERM, end_by_signal);
                ::sigprocmask(SIG_UNBLOCK, &term, nullptr);
                for (int i = 0; i < 100000; ++i) {
                    const std::string error = test::replace(path, uniform(i % 2 == 0 ? "b" : "a"));
                    expect(error.empty(), error);
                    if (!exists) ::unlink(path.c_str());
                }
                return 3;
            });
            ::sigprocmask(SIG_UNBLOCK, &term, nullptr);
            ::usleep(static_cast<useconds_t>(random() % 3000));
            REQUIRE(::kill(child, SIGTERM) == 0);
            CHECK(wait_for(child) == 128 + SIGTERM);
            auto left = names(directory.path());
            const bool there = left.erase("list") > 0;
            CHECK(left.empty());
            if (exists) REQUIRE(there);
            if (there) REQUIRE(test::is_uniform(file_text(path)));
            kept += there && file_text(path) == uniform("a") ? 1 : 0;
        }
        std::printf(
            "replace: %s: %d signals, nothing left, contents whole (%d times one, else the other%s)\n",
            exists ? "old file" : "no file", rounds, kept, exists ? "" : " or none");
    }
}

TEST_CASE("replace: two runs at once on one file") {
    struct Shared {
        std::atomic<int> replaced = 0, refused = 0;
    };
    void* const memory =
        ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    Shared& shared = *new (memory) Shared;
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    constexpr int wanted = 150;
    // Each run adds one to the number it found. The first ones find no file.
    const auto body = [&] {
        int replaced = 0;
        for (int tries = 0; tries < 100000 && replaced < wanted; ++tries) {
            std::string error;
            auto replacement = policy::Replacement::open(path);
            if (!replacement) {
                error = replacement.error();
            } else {
                const auto& old = replacement->old_contents();
                expect(!old || test::is_uniform(*old), "mixed contents");
                error =
                    replacement->commit(uniform(std::to_string(old ? std::stoi(*old) + 1 : 1))).value_or("");
            }
            if (error.empty()) {
                ++replaced;
                ++shared.replaced;
            } else {
                ++shared.refused;
                expect(error.starts_with(path + ": another run ") ||
                           error == path + ": other runs replace it all the time",
                       error);
            }
            ::usleep(static_cast<useconds_t>(tries % 7 * 20));
        }
        return replaced == wanted ? 0 : 2;
    };
    const pid_t first = in_child(body);
    const pid_t second = in_child(body);
    int looks = 0;
    int last = 0;
    while (shared.replaced < 2 * wanted) {
        siginfo_t ended{};
        if (::waitid(P_PID, static_cast<id_t>(first), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            ended.si_pid == first && ended.si_status != 0)
            break;
        if (::waitid(P_PID, static_cast<id_t>(second), &ended, WEXITED | WNOHANG | WNOWAIT) == 0 &&
            ended.si_pid == second && ended.si_status != 0)
            break;
        if (!fs::exists(path)) continue;
        const std::string text = file_text(path);
        REQUIRE(test::is_uniform(text));
        // What was seen once is never taken back.
        REQUIRE(std::stoi(text) >= last);
        last = std::stoi(text);
        ++looks;
    }
    CHECK(wait_for(first) == 0);
    CHECK(wait_for(second) == 0);
    CHECK(looks > 0);
    // None lost what the other had written.
    CHECK(file_text(path) == uniform(std::to_string(2 * wanted)));
    CHECK(names(directory.path()) == Names{"list"});
    std::printf("replace: two runs: %d replaced, %d refused, looked at %d times, always whole\n",
                shared.replaced.load(), shared.refused.load(), looks);
    ::munmap(memory, sizeof(Shared));
}
