// Standard input, output and error, and the process they belong to, so that a test can stand in for them.
#pragma once

#include "spfwalk/expected.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::cli {

/// What a drawing may use. Off a terminal: neither colour nor an end of lines.
struct Canvas {
    bool unicode = false;
    bool color = false;
    std::optional<std::size_t> width; ///< columns
};

/// From the environment (`variable` gives a variable's value or null) and the width of the terminal that
/// standard output is; none: it is no terminal. Unicode if the locale (LC_ALL, LC_CTYPE, LANG) is one of
/// UTF-8; colour on a terminal unless NO_COLOR is set and not empty or TERM is "dumb"; COLUMNS goes before
/// the width.
Canvas canvas_of(const std::function<const char*(const char*)>& variable, std::optional<std::size_t> width);

class Terminal {
  public:
    virtual ~Terminal() = default;

    /// Writes all of `text` to standard output. Returns why it could not, if it could not.
    virtual std::optional<std::string> write_output(std::string_view text) = 0;
    /// Writes to standard error; what cannot be written there is lost.
    virtual void write_error(std::string_view text) = 0;
    /// All of standard input, or why it cannot be read.
    virtual Expected<std::string, std::string> read_input() = 0;
    /// A descriptor to read standard input from as it comes; -1: there is only read_input().
    virtual int input_descriptor() { return -1; }
    /// Whether standard input is a terminal, so that nobody should be kept waiting for it.
    virtual bool input_is_terminal() = 0;
    /// What a drawing on standard output may use.
    virtual Canvas canvas() { return {}; }
    /// Whether standard error is a terminal, so that a line on it can be drawn over.
    virtual bool error_is_terminal() { return false; }
    /// Whether the process is the program's own: one that may become another user and give up what it does
    /// not need.
    virtual bool owns_process() const { return false; }
};

} // namespace spfwalk::cli
