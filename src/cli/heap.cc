#include "spfwalk/cli/heap.h"

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
constexpr int room = 256 << 20;          // a full answer store three times over
constexpr int usual_growth = 128 * 1024; // glibc's own

bool is_unlimited(decltype(RLIMIT_AS) resource) {
    rlimit limit{};
    return ::getrlimit(resource, &limit) == 0 && limit.rlim_cur == RLIM_INFINITY;
}

std::uintptr_t end_of_heap() {
    return reinterpret_cast<std::uintptr_t>(::sbrk(0));
}

} // namespace

void return_large_blocks() {
    ::mallopt(M_MMAP_THRESHOLD, large_block);
}

void use_huge_pages() {
    if constexpr (sizeof(void*) < 8) return;
    if (!is_unlimited(RLIMIT_AS) || !is_unlimited(RLIMIT_DATA)) return;
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

#else

void return_large_blocks() {}
void use_huge_pages() {}

#endif

} // namespace spfwalk::cli
