// The memory of c-ares: the program's, so that what the program does about memory holds for c-ares, too.
#pragma once

#include <cstddef>

namespace spfwalk::dns::cares {

/// malloc(), free() and realloc() for c-ares, by operator new. Null if there is no memory; `block` may be
/// null, too.
void* take(std::size_t octets);
void give_back(void* block);
void* resize(void* block, std::size_t octets);

/// ares_library_init() with these. Gives its status.
int init_library();

} // namespace spfwalk::dns::cares
