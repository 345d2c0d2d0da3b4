// Which file a path means, held by its directory so that later calls cannot mean another one.
#pragma once

#include "spfwalk/expected.h"

#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include <sys/stat.h>

namespace spfwalk::policy {

/// An open file, closed with the object.
class Descriptor {
  public:
    Descriptor() = default;
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor() { (void)close(); }

    int number() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }
    /// Closes it now. Whether that went well: some file systems tell only then that nothing was stored.
    bool close();

  private:
    int number_ = -1;
};

struct Target {
    Descriptor directory; ///< open for reading
    std::string directory_path;
    std::string name; ///< in it, without a slash; not a symbolic link when it was looked at
};

/// A regular file, locked against other runs.
struct OldFile {
    Descriptor descriptor;
    struct stat status {};
};

/// Follows symbolic links to the end, which need not exist. The error is "what: reason".
Expected<Target, std::string> find_target(const std::string& path);

/// Opens and locks the file; nothing if there is none. The error is "what: reason".
Expected<std::optional<OldFile>, std::string> lock_target(const Target& target);

/// Nothing if the target's name still means this file, as it was, or still no file if there was none; else
/// what is wrong.
std::optional<std::string> changed(const Target& target, const std::optional<OldFile>& file);

/// "what: reason" of the system call that just failed.
std::string failure(std::string what);

/// Makes a system call again while signals interrupt it.
template <class Call>
auto uninterrupted(Call call) {
    auto result = call();
    while (result < 0 && errno == EINTR)
        result = call();
    return result;
}

} // namespace spfwalk::policy
