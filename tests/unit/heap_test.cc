#include "support/catch.h"

#include "spfwalk/cli/heap.h"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace spfwalk;

namespace {

/// Octets of the heap that the kernel was asked to have huge pages behind.
std::size_t advised_heap() {
    std::ifstream file("/proc/self/smaps");
    std::size_t size = 0;
    bool is_heap = false;
    std::size_t result = 0;
    for (std::string line; std::getline(file, line);) {
        if (line.find('-') < line.find(' ')) is_heap = line.ends_with("[heap]");
        if (line.starts_with("Size:")) size = std::strtoull(line.c_str() + 5, nullptr, 10) * 1024;
        if (is_heap && line.starts_with("VmFlags:") && line.find(" hg") != line.npos) result += size;
    }
    return result;
}

/// What the heap is in a process of its own, with or without a limit of address space.
std::size_t advised_heap_after(rlim_t limit) {
    int channel[2];
    REQUIRE(::pipe(channel) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        rlimit space{limit, limit};
        if (::setrlimit(RLIMIT_AS, &space) != 0) ::_exit(1);
        cli::use_huge_pages();
        const std::size_t result = advised_heap();
        ::_exit(::write(channel[1], &result, sizeof result) == sizeof result ? 0 : 1);
    }
    ::close(channel[1]);
    std::size_t result = 0;
    const bool is_read = ::read(channel[0], &result, sizeof result) == sizeof result;
    ::close(channel[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    REQUIRE(is_read);
    return result;
}

/// Why nothing can be said, or null.
const char* reason_to_skip() {
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__)
    return "the heap is not that of glibc";
#else
    if (sizeof(void*) < 8) return "address space is scarce";
    return std::filesystem::exists("/sys/kernel/mm/transparent_hugepage") ? nullptr : "no huge pages here";
#endif
}

} // namespace

TEST_CASE("The heap has huge pages where the kernel has them, and no limit says that space is scarce") {
    if (const char* const reason = reason_to_skip()) {
        std::cout << "SKIPPED: " << reason << '\n';
        return;
    }
    CHECK(advised_heap_after(RLIM_INFINITY) >= std::size_t{256} << 20);
    CHECK(advised_heap_after(rlim_t{4} << 30) == 0);
}
