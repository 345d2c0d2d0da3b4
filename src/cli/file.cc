#include "spfwalk/cli/file.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace spfwalk::cli {

namespace {

std::string reason() {
    return std::strerror(errno);
}

} // namespace

Expected<std::string, std::string> read_descriptor(int descriptor) {
    std::string text;
    char buffer[65536];
    while (true) {
        const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
        if (count > 0)
            text.append(buffer, static_cast<std::size_t>(count));
        else if (count == 0)
            return text;
        else if (errno != EINTR)
            return unexpected(reason());
    }
}

std::optional<std::string> write_descriptor(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count >= 0)
            text.remove_prefix(static_cast<std::size_t>(count));
        else if (errno != EINTR)
            return reason();
    }
    return std::nullopt;
}

Expected<std::string, std::string> read_file(const std::string& path) {
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return unexpected(reason());
    auto text = read_descriptor(descriptor);
    ::close(descriptor);
    return text;
}

std::optional<std::string> write_file(const std::string& path, std::string_view text) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) return reason();
    auto error = write_descriptor(descriptor, text);
    if (::close(descriptor) != 0 && !error) error = reason();
    return error;
}

} // namespace spfwalk::cli
