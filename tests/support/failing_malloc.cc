// A malloc() that fails on request, to be preloaded (LD_PRELOAD) by a program under test.
//
//     SPFWALK_ALLOCATIONS  a file of 8 octets; the number of allocations since main() began is kept there
//     SPFWALK_FAIL_AT      which of them fails, from 1
//     SPFWALK_FAIL_ALL     set: all that follow fail too
//
// What happens before main() is the business of the runtime. glibc only: it lets its own calls be replaced,
// so that what C libraries allocate is counted as well.
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

extern "C" {
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
}

namespace {

std::atomic<std::uint64_t>* made = nullptr; ///< in the file; null until main() begins
std::uint64_t fail_at = 0;
bool fail_all = false;

bool is_to_fail() {
    if (made == nullptr) return false;
    const std::uint64_t number = ++*made;
    if (number != fail_at && !(fail_all && number > fail_at)) return false;
    errno = ENOMEM;
    return true;
}

void begin() {
    const char* const path = std::getenv("SPFWALK_ALLOCATIONS");
    const char* const at = std::getenv("SPFWALK_FAIL_AT");
    if (path == nullptr || at == nullptr) return;
    fail_at = std::strtoull(at, nullptr, 10);
    fail_all = std::getenv("SPFWALK_FAIL_ALL") != nullptr;
    const int file = ::open(path, O_RDWR | O_CLOEXEC);
    if (file < 0) std::abort();
    void* const shared = ::mmap(nullptr, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    ::close(file);
    if (shared == MAP_FAILED) std::abort();
    made = static_cast<std::atomic<std::uint64_t>*>(shared);
}

using Main = int (*)(int, char**, char**);
Main real_main = nullptr;

int counted_main(int argc, char** argv, char** environment) {
    begin();
    return real_main(argc, argv, environment);
}

} // namespace

extern "C" {

void* malloc(std::size_t size) {
    return is_to_fail() ? nullptr : __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    return is_to_fail() ? nullptr : __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
    return is_to_fail() ? nullptr : __libc_realloc(old, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    return is_to_fail() ? nullptr : __libc_memalign(alignment, size);
}
int posix_memalign(void** result, std::size_t alignment, std::size_t size) {
    if (is_to_fail()) return ENOMEM;
    *result = __libc_memalign(alignment, size);
    return *result == nullptr ? ENOMEM : 0;
}

int __libc_start_main(Main main, int argc, char** argv, void (*init)(), void (*fini)(), void (*rtld_fini)(),
                      void* stack_end) {
    using Start = int (*)(Main, int, char**, void (*)(), void (*)(), void (*)(), void*);
    const auto start = reinterpret_cast<Start>(::dlsym(RTLD_NEXT, "__libc_start_main"));
    real_main = main;
    return start(&counted_main, argc, argv, init, fini, rtld_fini, stack_end);
}
}
