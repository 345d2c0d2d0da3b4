// Blocks of one size lie in pages of their own, so that the page tells the size of a block, and one that is
// freed is the next of its size to be given out: while it is still in the caches. Nothing is given back to
// the system.
#include "spfwalk/cli/small_blocks.h"

#include <cstdlib> // tells whether the C library is glibc

#if defined(SPFWALK_SMALL_BLOCKS) && defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

#include <sys/mman.h>

namespace {

constexpr std::size_t step = __STDCPP_DEFAULT_NEW_ALIGNMENT__; // between sizes, in octets
constexpr std::size_t largest = 1024;
constexpr std::size_t page_octets = std::size_t{16} << 10;
constexpr std::size_t huge_page_octets = std::size_t{2} << 20;
constexpr std::size_t region_octets = std::size_t{256} << 20; // several times what a full store takes

struct FreeBlock {
    FreeBlock* next;
};

std::uintptr_t region = 0; // 0: none
std::size_t pages_used = 0;
std::array<std::uint8_t, region_octets / page_octets> steps_of_page{}; // the size of its blocks

/// Blocks of one size.
struct Size {
    FreeBlock* freed = nullptr;
    std::uintptr_t fresh = 0; // the first of its last page that was never given out
    std::uintptr_t end = 0;   // of the fresh ones
};
std::array<Size, largest / step + 1> sizes; // by their number of steps

void* block_of_malloc(std::size_t octets) {
    while (true) {
        if (void* const block = std::malloc(octets == 0 ? 1 : octets)) return block;
        const std::new_handler handler = std::get_new_handler();
        if (handler == nullptr) throw std::bad_alloc();
        handler();
    }
}

/// False if no page is left.
bool open_page(std::size_t steps) {
    if (pages_used == steps_of_page.size()) return false;
    Size& size = sizes[steps];
    size.fresh = region + pages_used * page_octets;
    size.end = size.fresh + page_octets / (steps * step) * (steps * step);
    steps_of_page[pages_used++] = static_cast<std::uint8_t>(steps);
    return true;
}

} // namespace

void* operator new(std::size_t octets) {
    if (region == 0 || octets == 0 || octets > largest) return block_of_malloc(octets);
    const std::size_t steps = (octets + step - 1) / step;
    Size& size = sizes[steps];
    if (FreeBlock* const block = size.freed) {
        size.freed = block->next;
        __builtin_prefetch(size.freed, 1); // the next to be given out, which mostly has left the caches
        return block;
    }
    if (size.fresh == size.end && !open_page(steps)) return block_of_malloc(octets);
    void* const block = reinterpret_cast<void*>(size.fresh);
    size.fresh += steps * step;
    return block;
}

void operator delete(void* block) noexcept {
    const auto address = reinterpret_cast<std::uintptr_t>(block);
    if (region == 0 || address < region || address - region >= region_octets) return std::free(block);
    Size& size = sizes[steps_of_page[(address - region) / page_octets]];
    size.freed = new (block) FreeBlock{size.freed};
}

void operator delete(void* block, std::size_t) noexcept {
    operator delete(block);
}

namespace spfwalk::cli {

bool serve_small_blocks() {
    if (region != 0) return true;
    void* const memory = ::mmap(nullptr, region_octets + huge_page_octets, PROT_READ | PROT_WRITE,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) return false;
    const std::uintptr_t begin = reinterpret_cast<std::uintptr_t>(memory) + huge_page_octets - 1;
    region = begin / huge_page_octets * huge_page_octets;
    (void)::madvise(reinterpret_cast<void*>(region), region_octets, MADV_HUGEPAGE);
    return true;
}

} // namespace spfwalk::cli

#else

bool spfwalk::cli::serve_small_blocks() {
    return false;
}

#endif
