#include "spfwalk/cli/capture_file.h"

#include "spfwalk/cli/file.h"
#include "spfwalk/escape.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spfwalk::cli {

namespace {

bool is_replaced(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode) || S_ISDIR(status.st_mode);
}

std::string failure(const std::string& name) {
    return fmt::format("{}: {}", name, std::strerror(errno));
}

} // namespace

Expected<CaptureFile, std::string> CaptureFile::open(const std::string& path) {
    if (is_replaced(path)) {
        auto file = policy::Replacement::open(path, policy::OldContents::ignored);
        if (!file) return unexpected(std::move(file.error()));
        return CaptureFile(std::move(*file));
    }
    const int descriptor = ::open(path.c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC);
    if (descriptor < 0) return unexpected(failure(escape(path)));
    return CaptureFile(Stream(descriptor, escape(path)));
}

std::optional<std::string> CaptureFile::directory() const {
    const auto* const replacement = std::get_if<policy::Replacement>(&sink_);
    return replacement == nullptr ? std::nullopt : std::optional(replacement->directory());
}

std::optional<std::string> CaptureFile::write(std::string_view text) {
    if (auto* const replacement = std::get_if<policy::Replacement>(&sink_)) return replacement->commit(text);
    return std::get<Stream>(sink_).write(text);
}

CaptureFile::Stream::Stream(int descriptor, std::string name)
    : descriptor_(descriptor), name_(std::move(name)) {}

CaptureFile::Stream::Stream(Stream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

CaptureFile::Stream::~Stream() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::string> CaptureFile::Stream::write(std::string_view text) {
    if (const auto error = write_descriptor(descriptor_, text)) return fmt::format("{}: {}", name_, *error);
    if (::close(std::exchange(descriptor_, -1)) != 0) return failure(name_);
    return std::nullopt;
}

} // namespace spfwalk::cli
