// The file of `--capture`, written when all is asked but opened before.
#pragma once

#include "spfwalk/expected.h"
#include "spfwalk/policy/replace.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace spfwalk::cli {

/// A regular file, or one that is not there yet, is replaced whole, and only by write(). Anything else, such
/// as a pipe or a terminal, is opened at once and written to.
class CaptureFile {
  public:
    /// Returns why the file cannot be written, naming it.
    static Expected<CaptureFile, std::string> open(const std::string& path);

    /// The directory in which write() makes files, if it does.
    std::optional<std::string> directory() const;

    /// Writes the contents, once. Returns why it could not, naming the file.
    std::optional<std::string> write(std::string_view text);

  private:
    /// An open descriptor, and what messages call it.
    class Stream {
      public:
        Stream(int descriptor, std::string name);
        Stream(Stream&& other) noexcept;
        Stream& operator=(Stream&&) = delete;
        ~Stream();
        std::optional<std::string> write(std::string_view text);

      private:
        int descriptor_;
        std::string name_;
    };

    template <class Sink>
    explicit CaptureFile(Sink sink) : sink_(std::move(sink)) {}

    std::variant<policy::Replacement, Stream> sink_;
};

} // namespace spfwalk::cli
