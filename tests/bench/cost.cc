#include "bench/cost.h"

#include <cerrno>
#include <chrono>
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

pid_t start(std::vector<std::string> command, const std::string& output, const std::string& error) {
    std::vector<char*> arguments;
    for (std::string& word : command)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t child = ::fork();
    if (child < 0) fail("fork");
    if (child > 0) return child;
    const int out = ::open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    const int err = ::open(error.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (out < 0 || err < 0) ::_exit(126);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(err, STDERR_FILENO);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
}

} // namespace

std::vector<Cost> run_side_by_side(const std::vector<std::vector<std::string>>& commands,
                                   const std::vector<std::string>& outputs,
                                   const std::vector<std::string>& errors) {
    const auto begin = Clock::now();
    std::vector<pid_t> children;
    for (std::size_t i = 0; i < commands.size(); ++i)
        children.push_back(start(commands[i], outputs[i], errors[i]));
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
