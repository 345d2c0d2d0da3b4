#include "policy/target.h"

#include "policy/system_calls.h"
#include "spfwalk/escape.h"

#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace spfwalk::policy {

namespace {

constexpr int most_links = 40; // as Linux has it

bool same_file(const struct stat& a, const struct stat& b) {
    return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

/// As far as the status of a file tells.
bool same_contents(const struct stat& a, const struct stat& b) {
    return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
           a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

/// Why what is there cannot be replaced; empty for a regular file.
std::string not_regular(const struct stat& status) {
    if (S_ISREG(status.st_mode)) return {};
    if (S_ISDIR(status.st_mode)) return "is a directory";
    return "not a regular file";
}

/// The kernel refuses to follow a stranger's link out of a directory where everybody may leave one (Linux's
/// protected_symlinks); links are followed by hand here, so this does too.
bool trap(const struct stat& link, const struct stat& directory) {
    const bool everybody = (directory.st_mode & S_ISVTX) != 0 && (directory.st_mode & S_IWOTH) != 0;
    return everybody && link.st_uid != ::geteuid() && link.st_uid != directory.st_uid;
}

/// The text of a link, or why it cannot be followed.
Expected<std::string, std::string> read_link(const Target& target, const struct stat& link) {
    struct stat directory {};
    if (system_calls().status(target.directory.number(), &directory) != 0)
        return unexpected(failure("status of the directory"));
    if (trap(link, directory))
        return unexpected(
            std::string("somebody else's symbolic link in a directory that everybody may write to"));
    std::string text(4096, '\0');
    const ssize_t size =
        system_calls().read_link_at(target.directory.number(), target.name.c_str(), text.data(), text.size());
    if (size < 0) return unexpected(failure("symbolic link"));
    if (static_cast<std::size_t>(size) == text.size())
        return unexpected(std::string("symbolic link: too long"));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

} // namespace

std::string failure(std::string what) {
    return std::move(what) + ": " + std::strerror(errno);
}

bool Descriptor::close() {
    if (number_ < 0) return true;
    // Not again after EINTR: Linux has closed it, and the number may be somebody else's by then.
    return system_calls().close(std::exchange(number_, -1)) == 0 || errno == EINTR;
}

Expected<Target, std::string> find_target(const std::string& path) {
    Target target;
    std::string rest = path;
    for (int links = 0; links <= most_links; ++links) {
        const std::size_t slash = rest.rfind('/');
        const std::string directory = slash == rest.npos ? "." : rest.substr(0, slash + 1);
        target.name = slash == rest.npos ? rest : rest.substr(slash + 1);
        if (rest.empty()) return unexpected(std::string("no file name"));
        if (target.name.empty() || target.name == "." || target.name == "..")
            return unexpected(std::string("is a directory"));
        const int start = target.directory ? target.directory.number() : AT_FDCWD;
        Descriptor next(uninterrupted([&] {
            return system_calls().open_at(start, directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        }));
        if (!next) return unexpected(failure("directory " + escape(directory)));
        target.directory = std::move(next);
        if (directory.starts_with('/') || target.directory_path.empty())
            target.directory_path = directory;
        else
            target.directory_path += '/' + directory;

        struct stat status {};
        if (system_calls().status_at(target.directory.number(), target.name.c_str(), &status) != 0) {
            if (errno == ENOENT) return target;
            return unexpected(failure("status"));
        }
        if (!S_ISLNK(status.st_mode)) {
            if (auto reason = not_regular(status); !reason.empty()) return unexpected(std::move(reason));
            return target;
        }
        auto text = read_link(target, status);
        if (!text) return unexpected(std::move(text.error()));
        rest = std::move(*text);
    }
    return unexpected(std::string("too many symbolic links"));
}

Expected<std::optional<OldFile>, std::string> lock_target(const Target& target) {
    SystemCalls& calls = system_calls();
    // Whoever held the lock may have put another file in this one's place, and the lock that counts is on
    // that one.
    for (int tries = 0; tries < 100; ++tries) {
        // O_NONBLOCK: should it have become a fifo, do not wait for a writer.
        OldFile file{Descriptor(uninterrupted([&] {
                         return calls.open_at(target.directory.number(), target.name.c_str(),
                                              O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC, 0);
                     })),
                     {}};
        if (!file.descriptor) {
            if (errno == ENOENT) return std::nullopt;
            return unexpected(failure("open"));
        }
        if (calls.status(file.descriptor.number(), &file.status) != 0) return unexpected(failure("status"));
        if (auto reason = not_regular(file.status); !reason.empty()) return unexpected(std::move(reason));
        if (uninterrupted([&] { return calls.lock(file.descriptor.number()); }) != 0) {
            if (errno == EWOULDBLOCK) return unexpected(std::string("another run is about to replace it"));
            return unexpected(failure("lock"));
        }
        struct stat now {};
        if (calls.status_at(target.directory.number(), target.name.c_str(), &now) == 0) {
            if (same_file(now, file.status)) return std::optional<OldFile>(std::move(file));
        } else if (errno != ENOENT) {
            return unexpected(failure("status"));
        }
    }
    return unexpected(std::string("other runs replace it all the time"));
}

std::optional<std::string> changed(const Target& target, const std::optional<OldFile>& file) {
    struct stat now {};
    const bool found = system_calls().status_at(target.directory.number(), target.name.c_str(), &now) == 0;
    if (!found && errno != ENOENT) return failure("status");
    if (!found && file) return "somebody removed it meanwhile";
    if (found && !file) return "another run created it meanwhile";
    if (found && !same_file(now, file->status)) return "somebody else replaced it meanwhile";
    if (found && !same_contents(now, file->status)) return "somebody else wrote to it meanwhile";
    return std::nullopt;
}

} // namespace spfwalk::policy
