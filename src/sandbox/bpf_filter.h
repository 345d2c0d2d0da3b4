// A filter of system calls, as instructions for the kernel (Linux, seccomp(2)).
//
// Not libseccomp: when memory runs out while it makes a filter, it crashes, never returns, or makes a filter
// that lacks rules and says that all is well. What is needed here is small, and takes no memory to make.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

namespace spfwalk::sandbox {

/// Which of the machine's ways to make system calls this program uses; 0 where nobody has written it down.
#if defined(__x86_64__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_X86_64;
#elif defined(__i386__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_I386;
#elif defined(__aarch64__) && defined(__AARCH64EL__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_AARCH64;
#elif defined(__arm__) && defined(__ARMEL__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_ARM;
#elif defined(__riscv) && __riscv_xlen == 64
constexpr std::uint32_t own_architecture = AUDIT_ARCH_RISCV64;
#elif defined(__powerpc64__) && defined(__LITTLE_ENDIAN__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_PPC64LE;
#elif defined(__s390x__)
constexpr std::uint32_t own_architecture = AUDIT_ARCH_S390X;
#else
constexpr std::uint32_t own_architecture = 0;
#endif

/// An argument that is an int, of which `mask` is as in `value`.
struct ArgumentRule {
    unsigned number; ///< from 0
    std::uint32_t mask;
    std::uint32_t value;
};

/// A filter being made. The first rule that fits a call decides.
class BpfFilter {
  public:
    /// What becomes of calls that no rule fits. Calls made in another of the machine's ways are refused.
    explicit BpfFilter(std::uint32_t otherwise);

    /// Adds a rule: what becomes of a call whose arguments are so.
    void add(std::uint32_t action, long call, std::initializer_list<ArgumentRule> arguments = {});

    /// Makes it hold for the process, for good. Returns 0, or the errno of why not.
    int load();

  private:
    void append(sock_filter instruction);

    std::uint32_t otherwise_;
    std::array<sock_filter, 512> instructions_{};
    std::size_t size_ = 0;
};

} // namespace spfwalk::sandbox
