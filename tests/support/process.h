// Programs as child processes: their standard descriptors arranged, their time limited, ended by their id
// alone.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace spfwalk::test {

enum class Descriptor {
    piped,      ///< input: the text of Launch; output: captured
    closed,     ///< not open at all, as by ">&-"
    file,       ///< the file of that name in Launch
    idle,       ///< input only: open, and nothing ever comes
    reader_gone ///< output only: a pipe that nobody will read
};

struct Launch {
    std::vector<std::string> command;       ///< path of the program, then its arguments
    std::string directory{};                ///< current directory; empty: the test's own
    std::vector<std::string> environment{}; ///< "NAME=value", in place of the test's own if not empty
    std::optional<int> descriptor_limit{};  ///< RLIMIT_NOFILE

    Descriptor input = Descriptor::piped;
    Descriptor output = Descriptor::piped;
    Descriptor error = Descriptor::piped;
    std::string input_text{};
    std::string input_file{};
    std::string output_file{}; ///< opened for appending; made if absent
    std::string error_file{};

    /// Captured output is read up to here, then the reading end is closed.
    std::optional<std::size_t> read_at_most{};
    /// A child that is still there after this long is killed, and Ended::timed_out says so.
    std::chrono::milliseconds limit{std::chrono::seconds(30)};
};

/// How a child ended.
struct Ended {
    std::string output; ///< captured
    std::string error;
    int status = -1; ///< exit status; -1: it was ended by a signal
    int signal = 0;  ///< that signal
    bool timed_out = false;
    std::chrono::milliseconds took{0};
    long peak_kilobytes = 0; ///< most memory that was resident
};

/// Throws std::system_error if no process can be made. A program that cannot be executed ends with status
/// 127.
class Child {
  public:
    explicit Child(Launch launch);
    /// Kills the child if it is still there.
    ~Child();
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    /// Whether it has not ended yet.
    bool running();
    void send(int signal);
    /// Its number, until wait() returns.
    pid_t id() const { return pid_; }
    /// Feeds and reads the child until it ends.
    Ended wait();

  private:
    void start();
    void reap(bool block);
    void pump(std::chrono::milliseconds at_most);

    Launch launch_;
    Ended ended_;
    std::chrono::steady_clock::time_point started_;
    pid_t pid_ = -1; ///< -1 once it was waited for
    int in_ = -1, out_ = -1, err_ = -1;
    std::size_t fed_ = 0;
};

/// Starts a program and waits for its end.
Ended run_program(Launch launch);

} // namespace spfwalk::test
