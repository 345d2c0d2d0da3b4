// Every call that a replacement makes is made to fail, one after the other: whoever reads the file finds the
// old or the new contents whole, nothing is left beside it, and the message says what went wrong.
#include "policy/system_calls.h"
#include "support/replacing.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

using namespace spfwalk;
using policy::kernel_calls;
using test::file_text;
using test::names;
using test::TemporaryDirectory;
using test::write_text;
namespace fs = std::filesystem;

namespace {

enum class Call : std::uint8_t {
    open,
    close,
    status,
    status_at,
    may_write,
    read_link,
    lock,
    read,
    write,
    owner,
    mode,
    sync,
    rename,
    rename_new,
    link,
    unlink
};
constexpr std::array all_words = {"open",   "close",     "fstat", "fstatat", "faccessat", "readlink",
                                  "flock",  "read",      "write", "fchown",  "fchmod",    "fsync",
                                  "rename", "renameat2", "link",  "unlink"};

const char* word(Call call) {
    return all_words.at(static_cast<std::size_t>(call));
}

enum class How : std::uint8_t {
    instead, ///< the call is not made
    after,   ///< it is made and then said to have failed
    shorter, ///< it takes only a part, and that is no failure
};

struct Fault {
    std::size_t at = SIZE_MAX; ///< which call, from 0
    int error = 0;
    How how = How::instead;
    std::optional<Call> always; ///< calls that fail every time, with always_error
    int always_error = 0;
};

Fault fault;
std::vector<Call> made; ///< since start()

void start(const Fault& next) {
    fault = next;
    made.clear();
}

/// Makes the call, or not.
template <Call kind, class Function, class... Arguments>
auto attempt(Function real, Arguments... arguments) -> decltype(real(arguments...)) {
    const bool struck = made.size() == fault.at;
    const bool always = fault.always == kind;
    made.push_back(kind);
    if (!struck && !always) return real(arguments...);
    // close(2) closes even when it fails.
    if (struck && (fault.how == How::after || kind == Call::close)) (void)real(arguments...);
    errno = struck ? fault.error : fault.always_error;
    return -1;
}

ssize_t attempt_write(int descriptor, const void* from, std::size_t size) {
    if (made.size() != fault.at || fault.how != How::shorter)
        return attempt<Call::write>(kernel_calls.write, descriptor, from, size);
    made.push_back(Call::write);
    return kernel_calls.write(descriptor, from, fault.error == 0 ? 0 : size / 3);
}

template <auto Member, Call kind>
struct Wrapped;
template <class Result, class... Arguments, Result (*policy::SystemCalls::*Member)(Arguments...), Call kind>
struct Wrapped<Member, kind> {
    static Result call(Arguments... arguments) { return attempt<kind>(kernel_calls.*Member, arguments...); }
};

/// Nothing here loses power, and real syncs take most of the time.
int no_sync(int /*descriptor*/) {
    return 0;
}
int attempt_sync(int descriptor) {
    return attempt<Call::sync>(no_sync, descriptor);
}

/// The calls with the fault built in, for as long as the object lives.
class Faulty {
  public:
    Faulty() {
        using Calls = policy::SystemCalls;
        policy::system_calls() = {
            Wrapped<&Calls::open_at, Call::open>::call,
            Wrapped<&Calls::close, Call::close>::call,
            Wrapped<&Calls::status, Call::status>::call,
            Wrapped<&Calls::status_at, Call::status_at>::call,
            Wrapped<&Calls::may_write, Call::may_write>::call,
            Wrapped<&Calls::read_link_at, Call::read_link>::call,
            Wrapped<&Calls::lock, Call::lock>::call,
            Wrapped<&Calls::read, Call::read>::call,
            attempt_write,
            Wrapped<&Calls::change_owner, Call::owner>::call,
            Wrapped<&Calls::change_mode, Call::mode>::call,
            attempt_sync,
            Wrapped<&Calls::rename_at, Call::rename>::call,
            Wrapped<&Calls::rename_new_at, Call::rename_new>::call,
            Wrapped<&Calls::link_at, Call::link>::call,
            Wrapped<&Calls::unlink_at, Call::unlink>::call,
        };
    }
    ~Faulty() { policy::system_calls() = kernel_calls; }
    Faulty(const Faulty&) = delete;
    Faulty& operator=(const Faulty&) = delete;
};

/// How things stand before.
struct Scene {
    const char* name;
    bool exists;                 ///< there is an old file
    bool linked;                 ///< and FILE is a link to it
    bool given_away;             ///< the old file is somebody else's
    std::optional<Call> missing; ///< a call that this file system has not
};

const std::string old_text = test::uniform("old");
const std::string new_text = test::uniform("new", 3000);

/// A directory with FILE as the scene has it.
struct Stage {
    explicit Stage(const Scene& scene)
        : path(directory / (scene.linked ? "link" : "list")), target(directory / "list") {
        if (scene.linked) fs::create_symlink("list", directory / "link");
        if (scene.exists) write_text(target, old_text);
        if (scene.given_away) REQUIRE(::chown(target.c_str(), 12345, 12345) == 0);
        before = names(directory.path());
        after = before;
        after.insert("list");
    }
    /// "old", "new", or what else there is.
    std::string contents(const Scene& scene) const {
        if (!fs::exists(target)) return scene.exists ? "nothing" : "old";
        const std::string text = file_text(target);
        if (text == new_text) return "new";
        return scene.exists && text == old_text ? "old" : "something else";
    }

    TemporaryDirectory directory;
    std::string path;
    std::string target;
    std::set<std::string> before, after;
};

std::vector<Scene> scenes() {
    std::vector<Scene> result = {{"old file", true, false, false, {}},
                                 {"old file through a link", true, true, false, {}},
                                 {"no file", false, false, false, {}},
                                 {"no file, no renameat2", false, false, false, Call::rename_new}};
    if (::geteuid() == 0) result.push_back({"old file of somebody else", true, false, true, {}});
    return result;
}

/// The faults that are tried at a call.
std::vector<Fault> faults_at(std::size_t at, Call call) {
    std::vector<Fault> result;
    for (const int error : {EIO, ENOSPC, EDQUOT, EINTR, EPERM, ENOENT, EEXIST, EROFS})
        // To say that a file is gone which is there is more than a fault.
        if (call != Call::unlink || error != ENOENT) result.push_back({at, error, How::instead, {}, 0});
    // An open that is said to have failed would be a descriptor lost, and closing happens in any case.
    if (call != Call::open && call != Call::close) result.push_back({at, EIO, How::after, {}, 0});
    if (call == Call::write) {
        result.push_back({at, 1, How::shorter, {}, 0}); // a third of it
        result.push_back({at, 0, How::shorter, {}, 0}); // nothing
    }
    return result;
}

/// What the message calls the failing call while the temporary file is made and put in place; null for the
/// others.
const char* expected_words(Call call) {
    switch (call) {
    case Call::write:
        return ": write: ";
    case Call::owner:
        return ": keeping the owner 12345:12345: ";
    case Call::mode:
        return ": setting the mode: ";
    case Call::rename:
        return ": rename: ";
    default:
        return nullptr;
    }
}

constexpr const char* not_durable =
    ": replaced, but this may not survive a power failure: fsync of the directory: ";

} // namespace

TEST_CASE("replace: any call may fail, and the file is the old or the new one") {
    std::size_t points = 0;
    std::size_t faults = 0;
    std::size_t reported = 0;
    std::map<Call, std::size_t> refused; ///< faults with EIO that kept the old file
    for (const Scene& scene : scenes()) {
        INFO(scene.name);
        std::vector<Call> calls;
        {
            const Stage stage(scene);
            const Faulty faulty;
            start({SIZE_MAX, 0, How::instead, scene.missing, EINVAL});
            REQUIRE(test::replace(stage.path, new_text).empty());
            calls = made;
            REQUIRE(stage.contents(scene) == "new");
        }
        points += calls.size();
        for (std::size_t at = 0; at < calls.size(); ++at) {
            for (Fault next : faults_at(at, calls[at])) {
                next.always = scene.missing;
                next.always_error = EINVAL;
                INFO("call " << at << ", " << word(calls[at]) << ": " << std::strerror(next.error) << ", how "
                             << static_cast<int>(next.how));
                const Stage stage(scene);
                const std::size_t descriptors = names("/proc/self/fd").size();
                std::string message;
                {
                    const Faulty faulty;
                    start(next);
                    message = test::replace(stage.path, new_text);
                }
                INFO("message: " << message);
                ++faults;
                const std::string contents = stage.contents(scene);
                const bool is_new = contents == "new";
                REQUIRE((is_new || contents == "old"));
                // No temporary file and no descriptor stays behind; only a link that cannot be removed, and
                // it is named.
                const bool left = message.ends_with(" is left beside it");
                if (left)
                    CHECK(calls[at] == Call::unlink);
                else
                    CHECK(names(stage.directory.path()) == (is_new ? stage.after : stage.before));
                CHECK(names("/proc/self/fd").size() == descriptors);

                if (message.empty()) {
                    CHECK(is_new);
                    continue;
                }
                ++reported;
                CHECK(message.starts_with(stage.path + ": "));
                CHECK(message.find('\n') == message.npos);
                // With a failure the file is new only if the call that named it lied, or if what failed came
                // later.
                const bool lie =
                    next.how == How::after &&
                    (calls[at] == Call::rename || calls[at] == Call::rename_new || calls[at] == Call::link);
                CHECK(is_new == (lie || message.find(": replaced, but ") != message.npos));
                if (next.error == EIO && !left) {
                    CHECK(message.ends_with(": Input/output error"));
                    if (const char* words = expected_words(calls[at]))
                        CHECK(message.find(words) != message.npos);
                    if (!is_new) ++refused[calls[at]];
                }
            }
        }
    }
    // That is: none of these is overlooked. (fstat: of the target and of the temporary file.
    // faccessat is a hint only.)
    for (const Call call :
         {Call::open, Call::close, Call::status, Call::status_at, Call::read_link, Call::lock, Call::read,
          Call::write, Call::mode, Call::sync, Call::rename, Call::rename_new, Call::link}) {
        INFO(word(call));
        CHECK(refused[call] > 0);
    }
    std::printf(
        "replace: %zu points in %zu scenes, %zu faults: %zu reported, %zu survived; old or new after each\n",
        points, scenes().size(), faults, reported, faults - reported);
}

TEST_CASE("replace: interrupted calls are made again") {
    const Scene scene{"old file", true, false, false, {}};
    std::vector<Call> calls;
    {
        const Stage stage(scene);
        const Faulty faulty;
        start({});
        REQUIRE(test::replace(stage.path, new_text).empty());
        calls = made;
    }
    std::set<Call> seen;
    for (std::size_t at = 0; at < calls.size(); ++at) {
        const Call call = calls[at];
        if (call == Call::status || call == Call::status_at || call == Call::may_write ||
            call == Call::rename)
            continue; // these never wait
        INFO(at << ": " << word(call));
        const Stage stage(scene);
        const Faulty faulty;
        start({at, EINTR, How::instead, {}, 0});
        CHECK(test::replace(stage.path, new_text).empty());
        CHECK(stage.contents(scene) == "new");
        // close(2) has closed it all the same.
        CHECK(made.size() == calls.size() + (call == Call::close ? 0 : 1));
        seen.insert(call);
    }
    CHECK(seen ==
          std::set{Call::open, Call::close, Call::lock, Call::read, Call::write, Call::mode, Call::sync});
}

namespace {

std::function<void()> before_lock; ///< what others do between our opening the file and our locking it

int late_lock(int descriptor) {
    if (before_lock) std::exchange(before_lock, nullptr)();
    return kernel_calls.lock(descriptor);
}

} // namespace

TEST_CASE("replace: the lock that counts is on the file that has the name") {
    const Scene scene{"old file", true, false, false, {}};
    const Stage stage(scene);
    const Faulty faulty;
    start({});
    policy::system_calls().lock = late_lock;
    SECTION("another run has replaced it in between") {
        before_lock = [&] { CHECK(test::replace(stage.path, new_text).empty()); };
        auto replacement = policy::Replacement::open(stage.path);
        REQUIRE(replacement.has_value());
        CHECK(replacement->old_contents() == new_text);
        CHECK(test::replace(stage.path, "") == stage.path + ": another run is about to replace it");
        CHECK_FALSE(replacement->commit(old_text).has_value());
        CHECK(stage.contents(scene) == "old");
    }
    SECTION("somebody has removed it in between") {
        before_lock = [&] { fs::remove(stage.target); };
        auto replacement = policy::Replacement::open(stage.path);
        REQUIRE(replacement.has_value());
        CHECK_FALSE(replacement->old_contents().has_value());
        CHECK_FALSE(replacement->commit(new_text).has_value());
        CHECK(stage.contents(scene) == "new");
    }
}

TEST_CASE("replace: a temporary file that cannot be removed is named") {
    const Scene scene{"old file", true, false, false, {}};
    for (const Call call : {Call::write, Call::mode, Call::sync, Call::rename}) {
        INFO(word(call));
        const Stage stage(scene);
        std::string message;
        {
            const Faulty faulty;
            start({});
            (void)test::replace(stage.path, old_text);
            std::size_t at = 0;
            while (made.at(at) != call)
                ++at;
            start({at, ENOSPC, How::instead, Call::unlink, EIO});
            message = test::replace(stage.path, new_text);
        }
        CHECK(stage.contents(scene) == "old");
        auto left = names(stage.directory.path());
        left.erase("list");
        REQUIRE(left.size() == 1);
        CHECK(left.begin()->starts_with(".list."));
        CHECK(message.ends_with(": No space left on device (and " + *left.begin() + " is left beside it)"));
    }
}

TEST_CASE("replace: a directory that cannot be synced is no failure where that does not exist") {
    const Scene scene{"old file", true, false, false, {}};
    for (const int error : {EINVAL, EIO}) {
        const Stage stage(scene);
        std::string message;
        {
            const Faulty faulty;
            start({});
            (void)test::replace(stage.path, old_text);
            std::size_t at = made.size() - 1;
            while (made.at(at) != Call::sync)
                --at;
            start({at, error, How::instead, {}, 0});
            message = test::replace(stage.path, new_text);
        }
        CHECK(stage.contents(scene) == "new");
        CHECK(message == (error == EINVAL ? "" : stage.path + not_durable + "Input/output error"));
    }
}
