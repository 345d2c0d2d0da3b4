#include "support/catch.h"

#include "spfwalk/cli/heap.h"

#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>

#include <sys/resource.h>

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
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_AS, &limit) == 0);
    const rlimit scarce{rlim_t{1} << 30, limit.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_AS, &scarce) == 0);
    cli::use_huge_pages();
    CHECK(advised_heap() == 0);
    REQUIRE(::setrlimit(RLIMIT_AS, &limit) == 0);
    cli::use_huge_pages();
    CHECK(advised_heap() >= std::size_t{256} << 20);
}
