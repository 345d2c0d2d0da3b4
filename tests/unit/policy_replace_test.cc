#include "spfwalk/policy/replace.h"

#include "support/replacing.h"

#include <filesystem>
#include <set>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace spfwalk;
using policy::Replacement;
using test::file_text;
using test::names;
using test::replace;
using test::TemporaryDirectory;
using test::write_text;
namespace fs = std::filesystem;

namespace {

/// The error of open(), or "" if it went well.
std::string open_error(const std::string& path) {
    const auto replacement = Replacement::open(path);
    return replacement ? "" : replacement.error();
}

struct stat status_of(const std::string& path) {
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    return status;
}

using Names = std::set<std::string>;

class Umask {
  public:
    explicit Umask(mode_t mask) : old_(::umask(mask)) {}
    ~Umask() { ::umask(old_); }

  private:
    mode_t old_;
};

} // namespace

TEST_CASE("replace: the old contents are read and the new ones take their place") {
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    write_text(path, "old\n");
    auto replacement = Replacement::open(path);
    REQUIRE(replacement.has_value());
    CHECK(replacement->old_contents() == "old\n");
    const std::string text(300000, 'n');
    CHECK_FALSE(replacement->replaced());
    CHECK_FALSE(replacement->commit(text).has_value());
    CHECK(replacement->replaced());
    CHECK(file_text(path) == text);
    CHECK(names(directory.path()) == Names{"list"});
    CHECK(replacement->commit("again") == path + ": replaced already");
    CHECK(file_text(path) == text);
}

TEST_CASE("replace: without a commit nothing happens") {
    const TemporaryDirectory directory;
    write_text(directory / "list", "old\n");
    const auto before = status_of(directory / "list");
    const auto touched = fs::last_write_time(directory.path());
    CHECK(open_error(directory / "list").empty());
    CHECK(status_of(directory / "list").st_ino == before.st_ino);
    CHECK(file_text(directory / "list") == "old\n");
    CHECK(open_error(directory / "new").empty());
    CHECK(names(directory.path()) == Names{"list"});
    CHECK(fs::last_write_time(directory.path()) == touched);
}

TEST_CASE("replace: a new file gets 0644 less the umask") {
    for (const mode_t mask : {022U, 027U, 077U, 0U}) {
        const TemporaryDirectory directory;
        const Umask umask(mask);
        auto replacement = Replacement::open(directory / "list");
        REQUIRE(replacement.has_value());
        CHECK_FALSE(replacement->old_contents().has_value());
        CHECK_FALSE(replacement->commit("new\n").has_value());
        CHECK(file_text(directory / "list") == "new\n");
        CHECK((status_of(directory / "list").st_mode & 07777) == (0644 & ~mask));
        CHECK(names(directory.path()) == Names{"list"});
        const mode_t kept = ::umask(mask);
        CHECK(kept == mask);
    }
}

TEST_CASE("replace: the mode is kept, whatever the umask") {
    const TemporaryDirectory directory;
    const Umask umask(077);
    for (const mode_t mode : {0644U, 0600U, 0666U, 0640U, 0444U, 0755U}) {
        write_text(directory / "list", "old");
        REQUIRE(::chmod((directory / "list").c_str(), mode) == 0);
        CHECK(replace(directory / "list", "new").empty());
        CHECK((status_of(directory / "list").st_mode & 07777) == mode);
        CHECK(file_text(directory / "list") == "new");
        fs::remove(directory / "list");
    }
}

TEST_CASE("replace: the owner is kept") {
    if (::geteuid() != 0) {
        WARN("skipped: only root can give files away");
        return;
    }
    const TemporaryDirectory directory;
    write_text(directory / "list", "old");
    REQUIRE(::chown((directory / "list").c_str(), 12345, 54321) == 0);
    REQUIRE(::chmod((directory / "list").c_str(), 0640) == 0);
    CHECK(replace(directory / "list", "new").empty());
    const auto status = status_of(directory / "list");
    CHECK(status.st_uid == 12345);
    CHECK(status.st_gid == 54321);
    CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("replace: who cannot keep the owner does not replace") {
    if (::geteuid() != 0) {
        WARN("skipped: only root can become somebody else");
        return;
    }
    const TemporaryDirectory directory;
    write_text(directory / "list", "old");
    REQUIRE(::chown(directory.path().c_str(), 12345, 12345) == 0);
    // Only the effective user: the destructor must become root again.
    REQUIRE(::seteuid(12345) == 0);
    const std::string error = replace(directory / "list", "new");
    REQUIRE(::seteuid(0) == 0);
    CHECK(error == directory / "list" + ": keeping the owner 0:0: Operation not permitted");
    CHECK(file_text(directory / "list") == "old");
    CHECK(names(directory.path()) == Names{"list"});
}

TEST_CASE("replace: symbolic links are followed and stay") {
    const TemporaryDirectory directory;
    fs::create_directory(directory / "real");
    fs::create_directory(directory / "links");
    write_text(directory / "real/list", "old");
    fs::create_symlink("../real/list", directory / "links/one");
    fs::create_symlink(directory / "links/one", directory / "links/two");
    auto replacement = Replacement::open(directory / "links/two");
    REQUIRE(replacement.has_value());
    CHECK(replacement->old_contents() == "old");
    CHECK_FALSE(replacement->commit("new").has_value());
    CHECK(file_text(directory / "real/list") == "new");
    CHECK(fs::is_symlink(directory / "links/one"));
    CHECK(fs::is_symlink(directory / "links/two"));
    CHECK_FALSE(fs::is_symlink(directory / "real/list"));
    CHECK(names(directory.path() / "real") == Names{"list"});
    CHECK(names(directory.path() / "links") == Names{"one", "two"});
}

TEST_CASE("replace: a link to nothing makes its target") {
    const TemporaryDirectory directory;
    fs::create_directory(directory / "real");
    fs::create_symlink("real/list", directory / "link");
    CHECK(replace(directory / "link", "new").empty());
    CHECK(fs::is_symlink(directory / "link"));
    CHECK(file_text(directory / "real/list") == "new");
}

TEST_CASE("replace: links in a circle, and many of them") {
    const TemporaryDirectory directory;
    fs::create_symlink("b", directory / "a");
    fs::create_symlink("a", directory / "b");
    CHECK(open_error(directory / "a") == directory / "a" + ": too many symbolic links");
    write_text(directory / "0", "old");
    for (int i = 1; i <= 41; ++i)
        fs::create_symlink(std::to_string(i - 1), directory / std::to_string(i));
    CHECK(open_error(directory / "40").empty());
    CHECK(open_error(directory / "41") == directory / "41" + ": too many symbolic links");
}

TEST_CASE("replace: a stranger's link where everybody may write is not followed") {
    if (::geteuid() != 0) {
        WARN("skipped: only root can make a stranger's link");
        return;
    }
    const TemporaryDirectory directory;
    write_text(directory / "precious", "old");
    fs::create_directory(directory / "shared");
    REQUIRE(::chmod((directory / "shared").c_str(), 01777) == 0);
    fs::create_symlink("../precious", directory / "shared/list");
    CHECK(open_error(directory / "shared/list").empty()); // our own
    REQUIRE(::lchown((directory / "shared/list").c_str(), 12345, 12345) == 0);
    CHECK(open_error(directory / "shared/list") ==
          directory / "shared/list" +
              ": somebody else's symbolic link in a directory that everybody may write to");
    REQUIRE(::chmod((directory / "shared").c_str(), 0755) == 0);
    CHECK(open_error(directory / "shared/list").empty());
}

TEST_CASE("replace: only regular files") {
    const TemporaryDirectory directory;
    fs::create_directory(directory / "directory");
    REQUIRE(::mkfifo((directory / "fifo").c_str(), 0600) == 0);
    fs::create_symlink("fifo", directory / "link");
    CHECK(open_error(directory / "directory") == directory / "directory" + ": is a directory");
    CHECK(open_error(directory / "directory/") == directory / "directory/" + ": is a directory");
    CHECK(open_error(directory / "directory/.") == directory / "directory/." + ": is a directory");
    CHECK(open_error(directory / "directory/..") == directory / "directory/.." + ": is a directory");
    CHECK(open_error(directory / "fifo") == directory / "fifo" + ": not a regular file");
    CHECK(open_error(directory / "link") == directory / "link" + ": not a regular file");
    CHECK(open_error("/dev/null") == "/dev/null: not a regular file");
    CHECK(open_error("/") == "/: is a directory");
    CHECK(open_error("") == ": no file name");
}

TEST_CASE("replace: where there is no directory") {
    const TemporaryDirectory directory;
    write_text(directory / "file", "");
    CHECK(open_error(directory / "missing/list") == directory / "missing/list" + ": directory " +
                                                        (directory / "missing/") +
                                                        ": No such file or directory");
    CHECK(open_error(directory / "file/list") ==
          directory / "file/list" + ": directory " + (directory / "file/") + ": Not a directory");
    fs::create_symlink("missing/list", directory / "link");
    CHECK(open_error(directory / "link") ==
          directory / "link" + ": directory missing/: No such file or directory");
    CHECK(open_error("no\nsuch/list") ==
          "no\\x0asuch/list: directory no\\x0asuch/: No such file or directory");
}

TEST_CASE("replace: names as long as they can be") {
    const TemporaryDirectory directory;
    const std::string longest(255, 'x');
    CHECK(replace(directory / longest, "new").empty());
    CHECK(replace(directory / longest, "newer").empty());
    CHECK(file_text(directory / longest) == "newer");
    CHECK(names(directory.path()) == Names{longest});
    CHECK(open_error(directory / (longest + "x")).ends_with(": status: File name too long"));
}

TEST_CASE("replace: a relative path means the same file after a change of directory") {
    const TemporaryDirectory directory;
    const fs::path before = fs::current_path();
    fs::current_path(directory.path());
    auto replacement = Replacement::open("list");
    fs::current_path(before);
    REQUIRE(replacement.has_value());
    CHECK_FALSE(replacement->commit("new").has_value());
    CHECK(file_text(directory / "list") == "new");
}

TEST_CASE("replace: a second run on the same file is told so, through whatever name") {
    const TemporaryDirectory directory;
    write_text(directory / "list", "old");
    write_text(directory / "other", "other");
    fs::create_symlink("list", directory / "link");
    {
        auto first = Replacement::open(directory / "list");
        REQUIRE(first.has_value());
        CHECK(open_error(directory / "list") == directory / "list" + ": another run is about to replace it");
        CHECK(open_error(directory / "link") == directory / "link" + ": another run is about to replace it");
        CHECK(open_error(directory / "other").empty());
        Replacement moved = std::move(*first);
        CHECK(open_error(directory / "list") == directory / "list" + ": another run is about to replace it");
        // From the rename on there is a file that nobody holds.
        CHECK_FALSE(moved.commit("new").has_value());
        auto second = Replacement::open(directory / "list");
        REQUIRE(second.has_value());
        CHECK(second->old_contents() == "new");
    }
    CHECK(open_error(directory / "list").empty());
    CHECK(names(directory.path()) == Names{"list", "link", "other"});
}

TEST_CASE("replace: of two runs that find no file, the first to commit makes it") {
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    auto first = Replacement::open(path);
    auto second = Replacement::open(path);
    REQUIRE(first.has_value());
    REQUIRE(second.has_value());
    CHECK_FALSE(second->commit("second").has_value());
    CHECK(first->commit("first") == path + ": another run created it meanwhile");
    CHECK(file_text(path) == "second");
    CHECK(names(directory.path()) == Names{"list"});
}

TEST_CASE("replace: what another program put there meanwhile is not replaced") {
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    write_text(path, "old");
    {
        auto replacement = Replacement::open(path);
        REQUIRE(replacement.has_value());
        write_text(directory / "edited", "edited");
        fs::rename(directory / "edited", path);
        CHECK(replacement->commit("new") == path + ": somebody else replaced it meanwhile");
        CHECK(file_text(path) == "edited");
    }
    auto replacement = Replacement::open(path);
    REQUIRE(replacement.has_value());
    fs::remove(path);
    CHECK(replacement->commit("new") == path + ": somebody removed it meanwhile");
    CHECK(names(directory.path()).empty());
}

TEST_CASE("replace: what was written into the file meanwhile is not replaced") {
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    for (const char* edited : {"old and more", "odd"}) { // of another size, or of the same
        write_text(path, "old");
        fs::last_write_time(path, fs::last_write_time(path) - std::chrono::hours(1));
        auto replacement = Replacement::open(path);
        REQUIRE(replacement.has_value());
        write_text(path, edited);
        CHECK(replacement->commit("new") == path + ": somebody else wrote to it meanwhile");
        CHECK(file_text(path) == edited);
    }
    CHECK(names(directory.path()) == Names{"list"});
}

TEST_CASE("replace: the mode is what it is in the end") {
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    write_text(path, "old");
    auto replacement = Replacement::open(path);
    REQUIRE(replacement.has_value());
    REQUIRE(::chmod(path.c_str(), 0640) == 0);
    CHECK_FALSE(replacement->commit("new").has_value());
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0640);
}

TEST_CASE("replace: a failure leaves the lock and can be tried again") {
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    auto replacement = Replacement::open(path);
    REQUIRE(replacement.has_value());
    fs::create_directory(path);
    CHECK(replacement->commit("new") == path + ": another run created it meanwhile");
    CHECK_FALSE(replacement->replaced());
    fs::remove(path);
    CHECK_FALSE(replacement->commit("new").has_value());
    CHECK(file_text(path) == "new");
}

TEST_CASE("replace: nothing is written, nothing is abandoned") {
    const TemporaryDirectory directory;
    const std::string path = directory / "list";
    CHECK(replace(path, "").empty());
    CHECK(file_text(path).empty());
    policy::abandon_replacements();
    CHECK(names(directory.path()) == Names{"list"});
    CHECK(replace(path, "new").empty());
    policy::abandon_replacements();
    CHECK(file_text(path) == "new");
}
