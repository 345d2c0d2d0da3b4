#include "support/process.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

namespace spfwalk::test {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

void close_if_open(int& descriptor) {
    if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

/// Both ends above the standard descriptors, so that giving a child its own overwrites none of them.
std::array<int, 2> make_pipe() {
    std::array<int, 2> ends{-1, -1};
    if (::pipe(ends.data()) != 0) fail("pipe");
    for (int& end : ends) {
        const int high = ::fcntl(end, F_DUPFD_CLOEXEC, 10);
        ::close(end);
        if (high < 0) fail("fcntl");
        end = high;
    }
    return ends;
}

int open_high(const std::string& path, int flags) {
    const int low = ::open(path.c_str(), flags | O_CLOEXEC, 0600);
    if (low < 0) fail(path.c_str());
    const int high = ::fcntl(low, F_DUPFD_CLOEXEC, 10);
    ::close(low);
    if (high < 0) fail("fcntl");
    return high;
}

/// What a child gets as a standard descriptor (-1: closed), and the test's end of it (-1: none).
struct Ends {
    int child = -1;
    int ours = -1;
};

Ends input_ends(const Launch& launch) {
    if (launch.input == Descriptor::closed) return {};
    if (launch.input == Descriptor::file) return {open_high(launch.input_file, O_RDONLY), -1};
    const auto pipe = make_pipe();
    return {pipe[0], pipe[1]};
}

Ends output_ends(Descriptor kind, const std::string& file) {
    if (kind == Descriptor::closed) return {};
    if (kind == Descriptor::file) return {open_high(file, O_WRONLY | O_CREAT | O_APPEND), -1};
    auto pipe = make_pipe();
    if (kind == Descriptor::reader_gone) close_if_open(pipe[0]);
    return {pipe[1], pipe[0]};
}

/// What execv() and execve() want; `texts` must stay.
std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

/// In the child, where nothing may allocate. Never returns.
[[noreturn]] void execute(const Launch& launch, char* const* argv, char* const* environment,
                          const std::array<int, 3>& descriptors) {
#ifdef __linux__
    ::prctl(PR_SET_PDEATHSIG, SIGTERM); // nothing is left behind if the test itself is killed
#endif
    for (const int signal : {SIGPIPE, SIGTERM, SIGINT, SIGHUP}) // whatever the test or its shell ignores
        std::signal(signal, SIG_DFL);
    for (int i = 0; i < 3; ++i) {
        if (descriptors[static_cast<std::size_t>(i)] < 0)
            ::close(i);
        else
            ::dup2(descriptors[static_cast<std::size_t>(i)], i);
    }
    if (launch.descriptor_limit) {
        const auto most = static_cast<rlim_t>(*launch.descriptor_limit);
        const rlimit limit{most, most};
        if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) ::_exit(127);
    }
    if (launch.directory.empty() || ::chdir(launch.directory.c_str()) == 0)
        ::execve(argv[0], argv, launch.environment.empty() ? environ : environment);
    ::_exit(127);
}

/// Reads what there is; closes the descriptor at the end or when there is enough.
void drain(int& descriptor, std::string& text, std::optional<std::size_t> at_most) {
    char buffer[65536];
    const std::size_t wanted = at_most ? std::min(sizeof buffer, *at_most - text.size()) : sizeof buffer;
    const ssize_t count = ::read(descriptor, buffer, wanted);
    if (count < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (count > 0) text.append(buffer, static_cast<std::size_t>(count));
    if (count <= 0 || (at_most && text.size() >= *at_most)) close_if_open(descriptor);
}

} // namespace

Child::Child(Launch launch) : launch_(std::move(launch)), started_(Clock::now()) {
    start();
}

Child::~Child() {
    if (pid_ > 0) {
        ::kill(pid_, SIGKILL);
        reap(true);
    }
    for (int* descriptor : {&in_, &out_, &err_})
        close_if_open(*descriptor);
}

void Child::start() {
    std::signal(SIGPIPE, SIG_IGN); // a child that does not read its input must not end the test
    Ends input = input_ends(launch_);
    Ends output = output_ends(launch_.output, launch_.output_file);
    Ends error = output_ends(launch_.error, launch_.error_file);
    const auto argv = pointers(launch_.command);
    const auto environment = pointers(launch_.environment);
    pid_ = ::fork();
    if (pid_ == 0)
        execute(launch_, argv.data(), environment.data(), {input.child, output.child, error.child});
    for (int* descriptor : {&input.child, &output.child, &error.child})
        close_if_open(*descriptor);
    in_ = input.ours;
    out_ = output.ours;
    err_ = error.ours;
    if (pid_ < 0) fail("fork");
    if (in_ >= 0) ::fcntl(in_, F_SETFL, O_NONBLOCK);
    if (launch_.input == Descriptor::piped && launch_.input_text.empty()) close_if_open(in_);
}

void Child::reap(bool block) {
    int status = 0;
    rusage used{};
    if (pid_ <= 0 || ::wait4(pid_, &status, block ? 0 : WNOHANG, &used) != pid_) return;
    pid_ = -1;
    ended_.peak_kilobytes = used.ru_maxrss;
    ended_.took = std::chrono::duration_cast<milliseconds>(Clock::now() - started_);
    if (WIFEXITED(status)) ended_.status = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) ended_.signal = WTERMSIG(status);
}

bool Child::running() {
    reap(false);
    return pid_ > 0;
}

void Child::send(int signal) {
    if (pid_ > 0) ::kill(pid_, signal);
}

void Child::pump(milliseconds at_most) {
    const bool feeding = in_ >= 0 && launch_.input == Descriptor::piped;
    std::array<pollfd, 3> polled{{{feeding ? in_ : -1, POLLOUT, 0}, {out_, POLLIN, 0}, {err_, POLLIN, 0}}};
    if (::poll(polled.data(), polled.size(), static_cast<int>(at_most.count())) <= 0) return;
    if (polled[0].revents != 0) {
        const std::string& text = launch_.input_text;
        const ssize_t count = ::write(in_, text.data() + fed_, text.size() - fed_);
        if (count > 0) fed_ += static_cast<std::size_t>(count);
        if (fed_ == text.size() || (count < 0 && errno != EAGAIN && errno != EINTR)) close_if_open(in_);
    }
    if (polled[1].revents != 0) drain(out_, ended_.output, launch_.read_at_most);
    if (polled[2].revents != 0) drain(err_, ended_.error, std::nullopt);
}

Ended Child::wait() {
    const auto deadline = started_ + launch_.limit;
    while (running()) {
        if (Clock::now() >= deadline && !ended_.timed_out) {
            ended_.timed_out = true;
            send(SIGKILL);
        }
        // The end itself wakes nobody if the descriptors are closed or have been handed on, hence the short
        // turns.
        pump(milliseconds(out_ < 0 && err_ < 0 ? 1 : 5));
    }
    // What it wrote last. Whoever inherited its descriptors may keep them open, so not until their end.
    while (out_ >= 0 || err_ >= 0) {
        std::array<pollfd, 2> polled{{{out_, POLLIN, 0}, {err_, POLLIN, 0}}};
        if (::poll(polled.data(), polled.size(), 0) <= 0) break;
        pump(milliseconds(0));
    }
    close_if_open(in_);
    return std::move(ended_);
}

Ended run_program(Launch launch) {
    return Child(std::move(launch)).wait();
}

} // namespace spfwalk::test
