#include "sandbox/bpf_filter.h"

#include <bit>
#include <cerrno>

#include <sys/syscall.h>
#include <unistd.h>

namespace spfwalk::sandbox {

namespace {

constexpr sock_filter load_word(std::size_t offset) {
    return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
}

/// Goes on with the next instruction if the word is `value`, else leaves out as many as `otherwise`.
constexpr sock_filter if_equal(std::uint32_t value, std::size_t otherwise) {
    return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, static_cast<std::uint8_t>(otherwise));
}

constexpr sock_filter keep_bits(std::uint32_t mask) {
    return BPF_STMT(BPF_ALU | BPF_AND | BPF_K, mask);
}

constexpr sock_filter end_with(std::uint32_t action) {
    return BPF_STMT(BPF_RET | BPF_K, action);
}

constexpr sock_filter load_call = load_word(offsetof(seccomp_data, nr));

/// The kernel takes an int from the lower half of an argument, and so does this.
constexpr sock_filter load_argument(unsigned number) {
    constexpr std::size_t half = std::endian::native == std::endian::big ? 4 : 0;
    return load_word(offsetof(seccomp_data, args) + sizeof(std::uint64_t) * number + half);
}

} // namespace

BpfFilter::BpfFilter(std::uint32_t otherwise) : otherwise_(otherwise) {
    append(load_word(offsetof(seccomp_data, arch)));
    append(if_equal(own_architecture, 1));
    append(BPF_STMT(BPF_JMP | BPF_JA, 1));
    append(end_with(SECCOMP_RET_ERRNO | ENOSYS));
    append(load_call);
}

void BpfFilter::add(std::uint32_t action, long call, std::initializer_list<ArgumentRule> arguments) {
    const std::size_t to_end = arguments.size() == 0 ? 1 : arguments.size() * 3 + 2;
    append(if_equal(static_cast<std::uint32_t>(call), to_end));
    std::size_t left = arguments.size();
    for (const ArgumentRule& argument : arguments) {
        --left;
        append(load_argument(argument.number));
        append(keep_bits(argument.mask));
        append(if_equal(argument.value & argument.mask, left * 3 + 1));
    }
    append(end_with(action));
    if (arguments.size() != 0) append(load_call); // where arguments that are not so lead
}

void BpfFilter::append(sock_filter instruction) {
    if (size_ < instructions_.size()) instructions_[size_] = instruction;
    ++size_;
}

int BpfFilter::load() {
    append(end_with(otherwise_));
    if (own_architecture == 0) return ENOSYS;
    if (size_ > instructions_.size()) return E2BIG;
    const sock_fprog program{static_cast<unsigned short>(size_), instructions_.data()};
    return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}

} // namespace spfwalk::sandbox
