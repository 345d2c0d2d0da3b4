#include "support/catch.h"

#include "spfwalk/cli/heap.h"
#include "spfwalk/cli/small_blocks.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <vector>

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

/// Why nothing can be said, or null.
const char* reason_to_skip() {
#if !defined(__GLIBC__) || defined(__SANITIZE_ADDRESS__)
    return "the heap is not that of glibc";
#else
    if (sizeof(void*) < 8) return "address space is scarce";
    return std::filesystem::exists("/sys/kernel/mm/transparent_hugepage") ? nullptr : "no huge pages here";
#endif
}

/// Where a mapping of memory begins and ends.
struct Mapping {
    std::uintptr_t begin = 0;
    std::uintptr_t end = 0;
    bool is_heap = false; ///< that which malloc grows

    bool has(const void* block) const {
        const auto address = reinterpret_cast<std::uintptr_t>(block);
        return begin <= address && address < end;
    }
};

Mapping mapping_of(const void* block) {
    std::ifstream file("/proc/self/maps");
    for (std::string line; std::getline(file, line);) {
        char* dash = nullptr;
        Mapping mapping;
        mapping.begin = std::strtoull(line.c_str(), &dash, 16);
        mapping.end = std::strtoull(dash + 1, nullptr, 16);
        mapping.is_heap = line.ends_with("[heap]");
        if (mapping.has(block)) return mapping;
    }
    return {};
}

constexpr std::size_t region_octets = std::size_t{256} << 20;

/// Whether small blocks are the process's own now, as they should be in this build.
bool is_serving() {
#if defined(SPFWALK_SMALL_BLOCKS) && defined(__GLIBC__)
    REQUIRE(cli::serve_small_blocks());
    return true;
#else
    REQUIRE_FALSE(cli::serve_small_blocks());
    std::cout << "SKIPPED: blocks are malloc's in this build\n";
    return false;
#endif
}

/// A block full of its own mark.
struct Marked {
    std::unique_ptr<unsigned char[]> octets;
    std::size_t size;
    unsigned char mark;

    Marked(std::size_t size_of_block, unsigned char mark_of_block)
        : octets(new unsigned char[size_of_block]), size(size_of_block), mark(mark_of_block) {
        std::fill_n(octets.get(), size, mark);
    }
    bool is_whole() const {
        return std::all_of(octets.get(), octets.get() + size, [this](unsigned char c) { return c == mark; });
    }
    bool is_aligned() const {
        return reinterpret_cast<std::uintptr_t>(octets.get()) % alignof(std::max_align_t) == 0;
    }
};

} // namespace

TEST_CASE("Small blocks are the process's own once it asked for that, and no two share an octet") {
    const auto before = std::make_unique<Marked>(100, 0x5a);
    if (!is_serving()) return;
    const auto small = std::make_unique<char[]>(1);
    const auto larger = std::make_unique<char[]>(1024);
    const auto large = std::make_unique<char[]>(1025);
    const Mapping region = mapping_of(small.get());
    CHECK(region.end - region.begin >= region_octets);
    CHECK_FALSE(region.is_heap);
    CHECK(region.has(larger.get()));
    CHECK_FALSE(region.has(large.get()));
    CHECK_FALSE(region.has(before->octets.get())); // still malloc's, and freed as such below

    std::mt19937 random(1); // NOLINT: the same each time
    std::vector<Marked> blocks;
    std::size_t damaged = 0, crooked = 0;
    for (int turn = 0; turn < 200'000; ++turn) {
        const std::size_t size = random() % 16 == 0 ? random() % 3000 : random() % 200;
        blocks.emplace_back(size, static_cast<unsigned char>(random()));
        if (!blocks.back().is_aligned()) ++crooked;
        if (blocks.size() < 5'000) continue;
        std::swap(blocks[random() % blocks.size()], blocks.back());
        if (!blocks.back().is_whole()) ++damaged;
        blocks.pop_back();
    }
    for (const Marked& block : blocks)
        if (!block.is_whole()) ++damaged;
    CHECK(damaged == 0);
    CHECK(crooked == 0);
    CHECK(before->is_whole());
}

TEST_CASE("What is freed is given out again for the same size, and for no other") {
    if (!is_serving()) return;
    auto block = std::make_unique<std::array<char, 176>>();
    const void* const place = block.get();
    block.reset();
    CHECK(std::make_unique<std::array<char, 160>>().get() != place);
    CHECK(std::make_unique<std::array<char, 161>>().get() == place);
}

TEST_CASE("What does not fit in the region is malloc's") {
    if (!is_serving()) return;
    // In a process of its own, since nothing is given back. Pages that are not touched take no memory.
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const Mapping region = mapping_of(std::make_unique<char[]>(1024).get());
        const void* last = nullptr;
        for (std::size_t i = 0; i <= region_octets / 1024; ++i)
            last = ::operator new(1024); // NOLINT: the process ends
        const bool is_elsewhere = !region.has(last);
        ::operator delete(const_cast<void*>(last));
        ::_exit(is_elsewhere ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
}

TEST_CASE("The heap has huge pages where the kernel has them, and no limit says that space is scarce") {
    if (const char* const reason = reason_to_skip()) {
        std::cout << "SKIPPED: " << reason << '\n';
        return;
    }
    rlimit limit{};
    REQUIRE(::getrlimit(RLIMIT_AS, &limit) == 0);
    const rlimit scarce{rlim_t{1} << 30, limit.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_AS, &scarce) == 0);
    cli::prepare_for_many_objects();
    CHECK(advised_heap() == 0);
    REQUIRE(::setrlimit(RLIMIT_AS, &limit) == 0);
    cli::prepare_for_many_objects();
    CHECK(advised_heap() >= std::size_t{256} << 20);
}
