#include "spfwalk/cli/heap.h"

#include "spfwalk/cli/small_blocks.h"

#include <array>
#include <climits>
#include <cstdint>
#include <cstdlib>

#if defined(__GLIBC__) && defined(__linux__)
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace spfwalk::cli {

#if defined(__GLIBC__) && defined(__linux__)

namespace {

constexpr int large_block = 1 << 20;
constexpr int room = 256 << 20;          // several times what a full store takes
constexpr int usual_growth = 128 * 1024; // glibc's own

/// Whether whoever started the process brings a library in (ld.so(8)).
bool is_preloaded() {
    const char* const libraries = std::getenv("LD_PRELOAD");
    return libraries != nullptr && *libraries != '\0';
}

bool is_unlimited(decltype(RLIMIT_AS) resource) {
    rlimit limit{};
    return ::getrlimit(resource, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

std::uintptr_t end_of_heap() {
    return reinterpret_cast<std::uintptr_t>(::sbrk(0));
}

void use_huge_pages() {
    // The heap grows by all of that at once, is never made smaller, and so is one piece to give advice about.
    ::mallopt(M_TRIM_THRESHOLD, INT_MAX);
    ::mallopt(M_TOP_PAD, room);
    const std::uintptr_t begin = end_of_heap();
    std::array<void*, 16> blocks{}; // more than is at hand, mostly, and none so large as to lie elsewhere
    for (void* volatile& block : blocks)
        if (end_of_heap() == begin) block = std::malloc(usual_growth / 2);
    for (void* block : blocks)
        std::free(block);
    ::mallopt(M_TOP_PAD, usual_growth);
    if (const std::uintptr_t end = end_of_heap(); end > begin)
        (void)::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
}

} // namespace

void return_large_blocks() {
    ::mallopt(M_MMAP_THRESHOLD, large_block);
}

void prepare_for_many_objects() {
    if constexpr (sizeof(void*) < 8) return;
    if (!is_unlimited(RLIMIT_AS) || !is_unlimited(RLIMIT_DATA)) return;
    use_huge_pages();
    if (!is_preloaded()) serve_small_blocks();
}

#else

void return_large_blocks() {}
void prepare_for_many_objects() {}

#endif

} // namespace spfwalk::cli
