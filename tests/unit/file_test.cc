#include "spfwalk/cli/file.h"

#include "support/catch.h"
#include "support/files.h"

#include <thread>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// A pipe whose ends both say that nobody should wait for them, as whoever shares it may have set.
struct ImpatientPipe {
    int ends[2] = {-1, -1};

    ImpatientPipe() {
        REQUIRE(::pipe(ends) == 0);
        for (const int end : ends)
            REQUIRE(::fcntl(end, F_SETFL, O_NONBLOCK) == 0);
    }
    ~ImpatientPipe() {
        for (const int end : ends)
            if (end >= 0) ::close(end);
    }
    ImpatientPipe(const ImpatientPipe&) = delete;
    ImpatientPipe& operator=(const ImpatientPipe&) = delete;
};

} // namespace

TEST_CASE("What does not wait is waited for, on both sides") {
    ImpatientPipe pipe;
    std::string text;
    for (int i = 0; i < 100'000; ++i)
        text += std::to_string(i) + '\n';
    std::optional<std::string> error;
    std::thread writer([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20)); // so that the reader comes to wait
        error = cli::write_descriptor(pipe.ends[1], text);
        ::close(std::exchange(pipe.ends[1], -1));
    });
    const auto read = cli::read_descriptor(pipe.ends[0]);
    writer.join();
    CHECK_FALSE(error.has_value());
    REQUIRE(read.has_value());
    CHECK(*read == text);
}

TEST_CASE("A descriptor that is closed is an error, and nothing to wait for") {
    CHECK(cli::write_descriptor(-1, "text") == "Bad file descriptor");
    CHECK(cli::read_descriptor(-1).error() == "Bad file descriptor");
}

TEST_CASE("A new file is its owner's, and takes no other's place") {
    const TemporaryDirectory directory;
    const std::string path = directory / "file";
    CHECK_FALSE(cli::write_new_file(path, "text").has_value());
    struct stat status {};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 07777) == 0600);
    CHECK(cli::write_new_file(path, "other") == "File exists");
    CHECK(file_text(path) == "text");
}
