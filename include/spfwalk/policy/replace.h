// Replacing a file so that whoever reads it finds the old or the new contents whole, never anything else.
#pragma once

#include "spfwalk/expected.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::policy {

/// Whether the old contents are wanted.
enum class OldContents {
    read,
    read_if_possible, ///< a file that cannot be read, or is too long, counts as if they were not wanted
    ignored,
};

/// A file about to be replaced: locked against other runs, its old contents at hand.
///
/// The lock is an flock(2) on the target itself, so it leaves nothing behind, keeps apart only runs that mean
/// the same file (through whatever links), and ends with the object or the process. The rename takes the
/// locked file away, so whoever gets a lock looks whether the name still means the file he locked. Where
/// there is no file yet there is nothing to lock: then the first run to commit creates it, and the other's
/// commit() fails. What another program put in the file's place or wrote into it since open() is not replaced
/// either: nobody has looked at it. (Between that look and the rename is an instant in which a program that
/// knows nothing of the lock can still lose its file.)
///
/// Whoever may read the file can take the lock as well and so keep runs out, which each of them reports;
/// lslocks(8) names him. Lock files would stop that, and stay behind when a run is killed. Not for NFS.
///
/// One thread at a time.
class Replacement {
  public:
    /// Follows symbolic links to the target, takes the lock and reads the old contents (at most 1 GiB) if
    /// they are wanted. Fails, naming the file and the reason, if the target exists and is not a regular file
    /// or cannot be read, if another run holds the lock, if the directory is not there or cannot be read and
    /// written to, or if a link is somebody else's in a directory that everybody may write to. A link to
    /// nothing is fine: its target will be created.
    static Expected<Replacement, std::string> open(const std::string& path,
                                                   OldContents old = OldContents::read);

    Replacement(Replacement&&) noexcept;
    Replacement& operator=(Replacement&&) noexcept;
    ~Replacement(); ///< removes the temporary file, if one is left

    /// The directory in which commit() creates and renames files, links followed; relative to the current one
    /// if the path is.
    const std::string& directory() const;

    /// The contents found and wanted, or nothing if there was no file.
    const std::optional<std::string>& old_contents() const;

    /// Writes `text` to a temporary file ".FILE.XXXXXX" in the same directory, gives it the old file's
    /// present mode and owner (0644 less the umask for a new file), flushes and fsyncs it, renames it over
    /// the target and fsyncs the directory. At most 1 GiB. Returns why it could not, naming the file; then
    /// the target is as it was and the temporary file is gone. If something goes wrong only after the rename
    /// (the fsync of the directory), the target is new, replaced() says so, and the message reads "FILE:
    /// replaced, but this may not survive a power failure: …".
    ///
    /// A run that is not allowed to keep owner and group as they were fails: who may read and write a table
    /// is for its administrator to say. Access control lists, extended attributes and further hard links are
    /// not kept. Once only: after a success it fails. A relative path means what it meant at open().
    std::optional<std::string> commit(std::string_view text);

    /// Whether the target has its new contents.
    bool replaced() const;

  private:
    struct Impl;
    explicit Replacement(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

/// Removes temporary files of replacements under way: async-signal-safe, for the handler of SIGINT,
/// SIGTERM and others, which then must end the process. (Ignore SIGXFSZ, so that a file size limit is an
/// error of commit() and not the end.)
void abandon_replacements() noexcept;

} // namespace spfwalk::policy
