#include "spfwalk/cli/file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace spfwalk::cli {

namespace {

std::string reason() {
    return std::strerror(errno);
}

/// Whether the call that just failed is to be made again: it was interrupted, or whoever shares the
/// descriptor has said not to wait, and it is ready now.
bool try_again(int descriptor, short events) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return false;
    pollfd wait{descriptor, events, 0};
    if (::poll(&wait, 1, -1) < 0) return errno == EINTR;
    if ((wait.revents & POLLNVAL) == 0) return true;
    errno = EBADF;
    return false;
}

/// Reads what there is, but something; nothing at the end. Negative: that failed.
ssize_t read_some(int descriptor, std::span<char> buffer) {
    ssize_t count = -1;
    do
        count = ::read(descriptor, buffer.data(), buffer.size());
    while (count < 0 && try_again(descriptor, POLLIN));
    return count;
}

} // namespace

FilePieces::FilePieces(const std::string& path) : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) error_ = reason();
}

FilePieces::~FilePieces() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::string_view FilePieces::next() {
    if (error_) return {};
    const ssize_t count = read_some(descriptor_, buffer_);
    if (count < 0) error_ = reason();
    return {buffer_.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

Expected<std::string, std::string> read_descriptor(int descriptor) {
    std::string text;
    char buffer[65536];
    while (true) {
        const ssize_t count = read_some(descriptor, buffer);
        if (count < 0) return unexpected(reason());
        if (count == 0) return text;
        text.append(buffer, static_cast<std::size_t>(count));
    }
}

std::optional<std::string> write_descriptor(int descriptor, std::string_view text) {
    while (!text.empty()) {
        const ssize_t count = ::write(descriptor, text.data(), text.size());
        if (count >= 0)
            text.remove_prefix(static_cast<std::size_t>(count));
        else if (!try_again(descriptor, POLLOUT))
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

std::optional<std::string> write_new_file(const std::string& path, std::string_view text) {
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0) return reason();
    auto error = write_descriptor(descriptor, text);
    if (::close(descriptor) != 0 && !error) error = reason();
    if (error) ::unlink(path.c_str());
    return error;
}

} // namespace spfwalk::cli
