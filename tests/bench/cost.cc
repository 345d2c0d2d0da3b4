#include "bench/cost.h"

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <deque>
#include <system_error>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace spfwalk::bench {

namespace {

using Clock = std::chrono::steady_clock;

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// A file to write over.
class File {
  public:
    explicit File(const std::string& path)
        : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666)) {
        if (descriptor_ < 0) fail(path.c_str());
    }
    ~File() {
        // Whoever wrote to a copy of the descriptor has moved its place.
        if (::ftruncate(descriptor_, ::lseek(descriptor_, 0, SEEK_CUR)) != 0) std::perror("ftruncate");
        ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int descriptor() const { return descriptor_; }

  private:
    int descriptor_;
};

pid_t start(std::vector<std::string> command, const File& output, const File& error) {
    std::vector<char*> arguments;
    for (std::string& word : command)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) fail("fork");
    if (child > 0) return child;
    ::dup2(output.descriptor(), STDOUT_FILENO);
    ::dup2(error.descriptor(), STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

} // namespace

std::vector<Cost> run_side_by_side(const std::vector<std::vector<std::string>>& commands,
                                   const std::vector<std::string>& outputs,
                                   const std::vector<std::string>& errors) {
    const std::deque<File> out(outputs.begin(), outputs.end());
    const std::deque<File> err(errors.begin(), errors.end());
    const auto begin = Clock::now();
    std::vector<pid_t> children;
    for (std::size_t i = 0; i < commands.size(); ++i)
        children.push_back(start(commands[i], out[i], err[i]));
    std::vector<Cost> costs;
    for (const pid_t child : children) {
        int status = 0;
        rusage used{};
        if (::wait4(child, &status, 0, &used) != child) fail("wait4");
        Cost& cost = costs.emplace_back();
        cost.cpu = seconds(used.ru_utime) + seconds(used.ru_stime);
        cost.system = seconds(used.ru_stime);
        cost.kilobytes = used.ru_maxrss;
        cost.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    for (Cost& cost : costs)
        cost.wall = std::chrono::duration<double>(Clock::now() - begin).count();
    return costs;
}

Cost run(std::vector<std::string> command, const std::string& output, const std::string& error) {
    return run_side_by_side({std::move(command)}, {output}, {error}).front();
}

} // namespace spfwalk::bench
