#include "policy/temporary.h"

#include "policy/system_calls.h"
#include "spfwalk/policy/replace.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <climits>
#include <cstdint>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace spfwalk::policy {

namespace {

/// What a signal handler may look at: nothing here allocates or locks.
struct Slot {
    std::atomic<bool> taken = false; ///< by a Temporary
    std::atomic<bool> armed = false; ///< directory and name are whole and mean a file to remove
    int directory = -1;
    char name[NAME_MAX + 1] = {};
};
static_assert(std::atomic<bool>::is_always_lock_free);

std::array<Slot, 16> slots;

/// ".NAME.XXXXXX", the name cut if it would get too long.
std::optional<std::string> random_name(const std::string& name) {
    constexpr std::string_view digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr std::size_t random_digits = 6;
    std::uint64_t number = 0;
    if (::getentropy(&number, sizeof number) != 0) return std::nullopt;
    std::string result = "." + name.substr(0, NAME_MAX - random_digits - 2) + ".";
    for (std::size_t i = 0; i < random_digits; ++i, number /= digits.size())
        result += digits[static_cast<std::size_t>(number % digits.size())];
    return result;
}

} // namespace

Expected<Temporary, std::string> Temporary::create(const Target& target) {
    const auto free =
        std::find_if(slots.begin(), slots.end(), [](Slot& slot) { return !slot.taken.exchange(true); });
    if (free == slots.end()) return unexpected(std::string("too many files are being replaced at once"));
    Temporary result;
    result.directory_ = target.directory.number();
    for (int tries = 0; tries < 100; ++tries) {
        auto name = random_name(target.name);
        if (!name) break;
        // Armed before there is a file, so that no signal comes in between. A stranger's file of this name is
        // not in danger: nobody can guess the name, and chance picks it once in 57 thousand million times.
        free->directory = result.directory_;
        std::memcpy(free->name, name->c_str(), name->size() + 1);
        free->armed.store(true);
        result.file_ = Descriptor(uninterrupted([&] {
            return system_calls().open_at(result.directory_, name->c_str(),
                                          O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        }));
        if (result.file_) {
            result.slot_ = static_cast<std::size_t>(free - slots.begin());
            result.name_ = std::move(*name);
            result.ours_ = true;
            return result;
        }
        free->armed.store(false);
        if (errno != EEXIST) break;
    }
    auto error = failure("temporary file");
    free->taken.store(false);
    return unexpected(std::move(error));
}

Temporary::Temporary(Temporary&& other) noexcept
    : directory_(other.directory_),
      name_(std::move(other.name_)),
      file_(std::move(other.file_)),
      slot_(other.slot_),
      ours_(std::exchange(other.ours_, false)) {}

Temporary::~Temporary() {
    (void)remove();
}

bool Temporary::remove() {
    if (!ours_) return true;
    const int result = uninterrupted([&] { return system_calls().unlink_at(directory_, name_.c_str()); });
    const bool gone = result == 0 || errno == ENOENT;
    release();
    return gone;
}

void Temporary::release() {
    if (!std::exchange(ours_, false)) return;
    slots[slot_].armed.store(false);
    slots[slot_].taken.store(false);
}

void abandon_replacements() noexcept {
    const int saved = errno;
    for (Slot& slot : slots)
        if (slot.armed.load()) (void)::unlinkat(slot.directory, slot.name, 0);
    errno = saved;
}

} // namespace spfwalk::policy
