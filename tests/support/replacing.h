// What the tests of file replacement share: directories looked at, contents that show mixtures, child
// processes.
#pragma once

#include "spfwalk/policy/replace.h"
#include "support/catch.h"
#include "support/files.h"

#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <set>
#include <stdexcept>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

namespace spfwalk::test {

/// The names in a directory.
inline std::set<std::string> names(const std::filesystem::path& directory) {
    std::set<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(directory))
        result.insert(entry.path().filename().string());
    return result;
}

/// Contents that show when a part is missing or mixed with another: one line, many times.
inline std::string uniform(const std::string& word, std::size_t lines = 2000) {
    std::string result;
    for (std::size_t i = 0; i < lines; ++i)
        result += word + '\n';
    return result;
}

inline bool is_uniform(const std::string& text, std::size_t lines = 2000) {
    return text == uniform(text.substr(0, text.find('\n')), lines);
}

/// Opens and commits: the message, or "".
inline std::string replace(const std::string& path, std::string_view text) {
    auto replacement = policy::Replacement::open(path);
    if (!replacement) return replacement.error();
    return replacement->commit(text).value_or("");
}

/// For child processes, which cannot use the test framework.
inline void expect(bool condition, const std::string& what) {
    if (!condition) throw std::runtime_error(what);
}

/// Runs `body` in a child process, which ends with its result, or with 1 and a message if it throws.
inline pid_t in_child(const std::function<int()>& body) {
    std::fflush(nullptr);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child > 0) return child;
    try {
        ::_exit(body());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
        ::_exit(1);
    }
}

/// A child's exit status, or minus the signal that ended it.
inline int wait_for(pid_t child) {
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        REQUIRE(errno == EINTR);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

} // namespace spfwalk::test
