// Standard input, output and error, so that a test can stand in for them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::cli {

class Terminal {
  public:
    virtual ~Terminal() = default;

    /// Writes all of `text` to standard output. Returns why it could not, if it could not.
    virtual std::optional<std::string> write_output(std::string_view text) = 0;
    /// Writes to standard error; what cannot be written there is lost.
    virtual void write_error(std::string_view text) = 0;
    /// All of standard input, or nothing if it cannot be read.
    virtual std::optional<std::string> read_input() = 0;
    /// A descriptor to read standard input from as it comes; -1: there is only read_input().
    virtual int input_descriptor() { return -1; }
    /// Whether standard input is a terminal, so that nobody should be kept waiting for it.
    virtual bool input_is_terminal() = 0;
    /// Whether standard error is a terminal, so that a line on it can be drawn over.
    virtual bool error_is_terminal() { return false; }
};

} // namespace spfwalk::cli
