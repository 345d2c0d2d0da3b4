#include "dns/cares_memory.h"

#include <ares.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>

namespace spfwalk::dns::cares {

namespace {

/// In front of each block is its size in octets, since operator new does not tell it.
constexpr std::size_t in_front = __STDCPP_DEFAULT_NEW_ALIGNMENT__;
static_assert(sizeof(std::size_t) <= in_front);

std::byte* whole(void* block) {
    return static_cast<std::byte*>(block) - in_front;
}

std::size_t octets_of(void* block) {
    std::size_t octets = 0;
    std::memcpy(&octets, whole(block), sizeof octets);
    return octets;
}

} // namespace

void* take(std::size_t octets) {
    if (octets > SIZE_MAX - in_front) return nullptr;
    void* const memory = ::operator new(octets + in_front, std::nothrow);
    if (memory == nullptr) return nullptr;
    std::memcpy(memory, &octets, sizeof octets);
    return static_cast<std::byte*>(memory) + in_front;
}

void give_back(void* block) {
    if (block != nullptr) ::operator delete(whole(block));
}

void* resize(void* block, std::size_t octets) {
    void* const other = take(octets);
    if (other == nullptr || block == nullptr) return other;
    std::memcpy(other, block, std::min(octets, octets_of(block)));
    give_back(block);
    return other;
}

int init_library() {
    return ares_library_init_mem(ARES_LIB_INIT_ALL, take, give_back, resize);
}

} // namespace spfwalk::dns::cares
