// Files, read and written with every error noticed.
#pragma once

#include "spfwalk/expected.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::cli {

/// The contents of a file, or why it cannot be read ("No such file or directory").
Expected<std::string, std::string> read_file(const std::string& path);

/// A file that is read piece by piece.
class FilePieces {
  public:
    explicit FilePieces(const std::string& path);
    ~FilePieces();
    FilePieces(const FilePieces&) = delete;
    FilePieces& operator=(const FilePieces&) = delete;

    /// The next octets, good until the next call. None: the file ends here, or error() says what went wrong.
    std::string_view next();
    const std::optional<std::string>& error() const { return error_; }

  private:
    int descriptor_;
    std::array<char, 65536> buffer_;
    std::optional<std::string> error_;
};

/// Reads a descriptor to its end.
Expected<std::string, std::string> read_descriptor(int descriptor);

/// Writes all of `text` to a descriptor. Returns why it could not.
std::optional<std::string> write_descriptor(int descriptor, std::string_view text);

/// Writes a file that there is not yet, for its owner only. Returns why it could not ("File exists"); then
/// there still is none.
std::optional<std::string> write_new_file(const std::string& path, std::string_view text);

} // namespace spfwalk::cli
