// Domains one after the other, read as they are needed: for runs that are too long to read them first.
#pragma once

#include "spfwalk/cli/options.h"
#include "spfwalk/cli/terminal.h"
#include "spfwalk/cli/voice.h"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::cli {

class DomainInput {
  public:
    /// Something that was given as a domain.
    struct Item {
        std::string text;                          ///< without a comment and the space around it
        Expected<std::string, std::string> domain; ///< in ASCII, or what is wrong with it
        std::string_view source; ///< a file's name, good until the next call; empty for an argument
        std::size_t line = 0;
    };

    /// Opens all files. Nothing if one cannot be read: then it was said.
    static std::optional<DomainInput> open(const WalkCommand& command, Terminal& terminal, Voice& voice);

    /// The next item, in the order of arguments and lines; waits for it. Nothing at the end.
    std::optional<Item> next();
    /// Whether next() would not wait. If not, descriptor() can be waited for.
    bool is_ready();
    int descriptor() const { return sources_.front()->descriptor; }

    /// Why not everything could be read, if so.
    const std::optional<std::string>& failure() const { return failure_; }

  private:
    struct Source {
        std::string name; ///< empty: `rest` is an argument
        int descriptor = -1;
        std::string buffer; ///< read and not used yet, from `at` on
        std::size_t at = 0;
        bool at_end = false;      ///< there is nothing more to read
        bool is_overlong = false; ///< the line in the buffer has lost what came too late
        std::size_t line = 0;

        Source() = default;
        Source(const Source&) = delete;
        Source& operator=(const Source&) = delete;
        ~Source();
    };

    bool has_line(const Source& source) const;
    void read_more(Source& source);
    std::optional<Item> take(Source& source);

    std::deque<std::unique_ptr<Source>> sources_;
    std::optional<std::string> failure_;
};

} // namespace spfwalk::cli
