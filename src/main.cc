#include "spfwalk/cli/file.h"
#include "spfwalk/cli/heap.h"
#include "spfwalk/cli/run.h"
#include "spfwalk/policy/replace.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace {

using namespace spfwalk;

/// The real standard streams.
class Descriptors final : public cli::Terminal {
  public:
    std::optional<std::string> write_output(std::string_view text) override {
        return cli::write_descriptor(STDOUT_FILENO, text);
    }
    void write_error(std::string_view text) override { (void)cli::write_descriptor(STDERR_FILENO, text); }
    Expected<std::string, std::string> read_input() override { return cli::read_descriptor(STDIN_FILENO); }
    int input_descriptor() override { return STDIN_FILENO; }
    bool input_is_terminal() override { return ::isatty(STDIN_FILENO) == 1; }
    bool error_is_terminal() override { return ::isatty(STDERR_FILENO) == 1; }
    bool owns_process() const override { return true; }
    cli::Canvas canvas() override {
        std::optional<std::size_t> width;
        winsize window{};
        if (::isatty(STDOUT_FILENO) == 1)
            width =
                ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &window) == 0 && window.ws_col > 0 ? window.ws_col : 80;
        return cli::canvas_of([](const char* name) { return std::getenv(name); }, width);
    }
};

/// A descriptor that was closed by the caller would be given to the next file or socket opened, and our
/// output written there. Something harmless takes its place: reading ends at once, writing fails.
void occupy_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(descriptor, F_GETFD) < 0)
            (void)::open("/dev/null", descriptor == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

/// Says so without allocating anything.
void out_of_memory() {
    constexpr std::string_view message = "spfwalk: out of memory\n";
    (void)!::write(STDERR_FILENO, message.data(), message.size());
}

/// Some functions of libraries that must not throw allocate all the same. What becomes of that is an end like
/// any other; only what else should never have been thrown is a defect to be seen.
[[noreturn]] void end_for_want_of_memory() {
    try {
        if (std::current_exception()) throw;
    } catch (const std::bad_alloc&) {
        policy::abandon_replacements();
        out_of_memory();
        ::_exit(1);
    } catch (...) {
    }
    std::abort();
}

/// Leaves no temporary file behind, then ends as the signal wants.
extern "C" void end_cleanly(int signal) {
    policy::abandon_replacements();
    std::signal(signal, SIG_DFL);
    sigset_t now;
    sigemptyset(&now);
    sigaddset(&now, signal);
    sigprocmask(SIG_UNBLOCK, &now, nullptr);
    std::raise(signal);
    ::_exit(128 + signal); // the first process of a container is not ended by raise(3)
}

} // namespace

int main(int argc, char* argv[]) {
    cli::return_large_blocks();
    occupy_standard_descriptors();
    std::signal(SIGPIPE, SIG_IGN); // a closed pipe is an error to report, not a silent end,
    std::signal(SIGXFSZ, SIG_IGN); // and so is a file that may grow no more
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGUSR2, SIGXCPU})
        if (std::signal(signal, end_cleanly) == SIG_IGN) std::signal(signal, SIG_IGN); // as nohup(1) wants
    std::set_terminate(end_for_want_of_memory);
    Descriptors terminal;
    try {
        int status = cli::run({argv + (argc > 0 ? 1 : 0), argv + argc}, terminal);
        // Some file systems tell only now that nothing was stored.
        if (::close(STDOUT_FILENO) != 0 && status != 1) {
            terminal.write_error(std::string("spfwalk: standard output: ") + std::strerror(errno) + '\n');
            status = 1;
        }
        return status;
    } catch (const std::bad_alloc&) {
        out_of_memory();
    } catch (const std::exception& error) {
        terminal.write_error("spfwalk: ");
        terminal.write_error(error.what());
        terminal.write_error("\n");
    }
    return 1;
}
