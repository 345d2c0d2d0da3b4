#include "spfwalk/policy/replace.h"

#include "policy/system_calls.h"
#include "policy/target.h"
#include "policy/temporary.h"
#include "spfwalk/escape.h"

#include <cerrno>
#include <cstdint>
#include <utility>

#include <sys/stat.h>

namespace spfwalk::policy {

namespace {

using Failure = std::optional<std::string>; ///< "what: reason", or nothing went wrong

/// Memory is not spent on a file that is something else. What is written has no more either, or the next run
/// could not compare with it.
constexpr std::size_t most_octets = std::size_t{1} << 30;

Expected<std::string, std::string> read_all(int descriptor) {
    std::string text;
    std::string buffer(65536, '\0');
    while (true) {
        const ssize_t count =
            uninterrupted([&] { return system_calls().read(descriptor, buffer.data(), buffer.size()); });
        if (count < 0) return unexpected(failure("read"));
        if (count == 0) return text;
        text.append(buffer, 0, static_cast<std::size_t>(count));
        if (text.size() > most_octets) return unexpected(std::string("larger than 1 GiB")); // it grows
    }
}

Failure write_all(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count =
            uninterrupted([&] { return system_calls().write(descriptor, text.data(), text.size()); });
        if (count < 0) return failure("write");
        if (count == 0) return "write: nothing was taken";
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return std::nullopt;
}

/// 0644 less the umask.
mode_t mode_of_new_file() {
    const mode_t mask = ::umask(077); // the only way to ask
    ::umask(mask);
    return 0644 & ~mask;
}

/// The old file's owner and mode, or those of a new file. Access control lists and other extended attributes
/// are not carried over.
Failure dress(int descriptor, const std::optional<OldFile>& old) {
    SystemCalls& calls = system_calls();
    mode_t mode = 0;
    if (old) {
        struct stat status {};
        struct stat now {}; // somebody may have changed them since
        if (calls.status(descriptor, &status) != 0) return failure("status of the temporary file");
        if (calls.status(old->descriptor.number(), &now) != 0) return failure("status of the old file");
        const uid_t user = now.st_uid;
        const gid_t group = now.st_gid;
        // Before the mode, since a change of owner clears some of its bits.
        if ((status.st_uid != user || status.st_gid != group) &&
            uninterrupted([&] { return calls.change_owner(descriptor, user, group); }) != 0)
            return failure("keeping the owner " + std::to_string(user) + ":" + std::to_string(group));
        mode = now.st_mode & 07777;
    } else {
        mode = mode_of_new_file();
    }
    if (uninterrupted([&] { return calls.change_mode(descriptor, mode); }) != 0)
        return failure("setting the mode");
    return std::nullopt;
}

Failure fill(Descriptor& file, std::string_view text, const std::optional<OldFile>& old) {
    if (auto error = write_all(file.number(), text)) return error;
    if (auto error = dress(file.number(), old)) return error;
    if (uninterrupted([&] { return system_calls().sync(file.number()); }) != 0) return failure("fsync");
    if (!file.close()) return failure("close");
    return std::nullopt;
}

/// Gives the temporary file its name, unless somebody has meanwhile put something there that nobody has
/// looked at.
Failure put_in_place(const Target& target, Temporary& temporary, const std::optional<OldFile>& old) {
    SystemCalls& calls = system_calls();
    const int directory = target.directory.number();
    const char* from = temporary.name().c_str();
    const char* to = target.name.c_str();
    if (auto change = changed(target, old)) return change;
    // Where there was no file there is nothing to hold a lock on, so the first to create it wins.
    const bool renamed =
        (old ? calls.rename_at(directory, from, to) : calls.rename_new_at(directory, from, to)) == 0;
    if (renamed) {
        temporary.release();
        return std::nullopt;
    }
    const bool unknown = !old && (errno == EINVAL || errno == ENOSYS); // to this system or file system
    if (unknown && calls.link_at(directory, from, to) == 0) return std::nullopt;
    if (!old && errno == EEXIST) return "another run created it meanwhile";
    return failure("rename");
}

} // namespace

struct Replacement::Impl {
    std::string path; ///< as given, escaped
    Target target;
    std::optional<OldFile> old;
    std::optional<std::string> contents;
    bool replaced = false;

    std::string message(const std::string& problem) const { return path + ": " + problem; }
};

Replacement::Replacement(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Replacement::Replacement(Replacement&&) noexcept = default;
Replacement& Replacement::operator=(Replacement&&) noexcept = default;
Replacement::~Replacement() = default;

Expected<Replacement, std::string> Replacement::open(const std::string& path, OldContents wanted) {
    auto impl = std::make_unique<Impl>();
    impl->path = escape(path);
    auto target = find_target(path);
    if (!target) return unexpected(impl->message(target.error()));
    impl->target = std::move(*target);
    auto old = lock_target(impl->target);
    if (!old) return unexpected(impl->message(old.error()));
    // Rather now than when all has been asked. Other errors mean that the kernel, or a filter before it, does
    // not tell; then the attempt does.
    if (system_calls().may_write(impl->target.directory.number()) != 0 && (errno == EACCES || errno == EROFS))
        return unexpected(impl->message(failure("writing to the directory")));
    if (*old && wanted != OldContents::ignored) {
        auto contents = static_cast<std::uintmax_t>((*old)->status.st_size) > most_octets
                            ? unexpected(std::string("larger than 1 GiB"))
                            : read_all((*old)->descriptor.number());
        if (contents)
            impl->contents = std::move(*contents);
        else if (wanted == OldContents::read)
            return unexpected(impl->message(contents.error()));
    }
    impl->old = std::move(*old);
    return Replacement(std::move(impl));
}

const std::optional<std::string>& Replacement::old_contents() const {
    return impl_->contents;
}

const std::string& Replacement::directory() const {
    return impl_->target.directory_path;
}

bool Replacement::replaced() const {
    return impl_->replaced;
}

std::optional<std::string> Replacement::commit(std::string_view text) {
    if (impl_->replaced) return impl_->message("replaced already");
    if (text.size() > most_octets) return impl_->message("more than 1 GiB, which no later run would read");
    auto temporary = Temporary::create(impl_->target);
    if (!temporary) return impl_->message(temporary.error());
    const std::string left = escape(temporary->name()) + " is left beside it";
    auto error = fill(temporary->file(), text, impl_->old);
    if (!error) error = put_in_place(impl_->target, *temporary, impl_->old);
    impl_->replaced = !error;
    // Whatever became of it, the name that it had is not to stay.
    const bool removed = temporary->remove();
    if (error) return impl_->message(removed ? *error : *error + " (and " + left + ")");
    // EINVAL: this file system has no such thing, and nothing better can be done.
    if (uninterrupted([&] { return system_calls().sync(impl_->target.directory.number()); }) != 0 &&
        errno != EINVAL)
        return impl_->message(
            failure("replaced, but this may not survive a power failure: fsync of the directory"));
    if (!removed) return impl_->message("replaced, but " + left);
    return std::nullopt;
}

} // namespace spfwalk::policy
