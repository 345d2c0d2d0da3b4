// How the commands read their options: what they have in common, and one parser each.
#pragma once

#include "spfwalk/ascii.h"
#include "spfwalk/cli/options.h"
#include "spfwalk/escape.h"

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace spfwalk::cli {

/// A decimal number without a sign, and nothing else.
template <class T>
std::optional<T> parse_number(std::string_view text) {
    if (text.empty() || !is_digit(text.front())) return std::nullopt; // "-0" is none
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Defines options, all in the way of this program: one value each, so that none swallows what stands behind
/// it.
class OptionSet {
  public:
    OptionSet(std::string description, std::string name);

    CLI::Option* text(const char* name, std::string& value, const char* help, const char* type);
    /// Repeatable.
    CLI::Option* texts(const char* name, std::vector<std::string>& value, const char* help, const char* type);
    /// text() and texts() for names of files, which are never empty, nor "-".
    CLI::Option* file(const char* name, std::string& value, const char* help);
    CLI::Option* files(const char* name, std::vector<std::string>& value, const char* help);
    /// files() of which "-" is standard input.
    CLI::Option* inputs(const char* name, std::vector<std::string>& value, const char* help);
    CLI::Option* flag(const char* name, bool& value, const char* help);
    template <class T>
    CLI::Option* number(const char* name, T& value, const char* help, T least, T most) {
        const auto read = [least, most](std::string& text) {
            const auto number = parse_number<T>(text);
            // In our words: those of the library differ from version to version.
            if (!number || *number < least || *number > most)
                return fmt::format("\"{}\" is not a number from {} to {}", escape(text), least, most);
            text = fmt::format("{}", *number); // the library takes a leading 0 for octal
            return std::string();
        };
        return app.add_option(name, value, help)
            ->type_name("N")
            ->transform(CLI::Validator(read, ""))
            ->group("Options");
    }
    bool given(const char* name) const { return app.count(name) > 0; }

    CLI::App app;
};

/// The options of CommonOptions as text.
class CommonParser {
  public:
    /// Whether the command can look past mistakes. One that is about mistakes cannot.
    enum class Modes { strict, strict_or_lenient };
    void define(OptionSet& options, CommonOptions& common, Modes modes = Modes::strict_or_lenient);
    /// From text to values. Returns what is wrong, if anything is.
    std::optional<std::string> check(const OptionSet& options, CommonOptions& common) const;

  private:
    std::vector<std::string> servers_;
    std::string timeout_, deadline_, void_limit_, mx_order_ = "eager";
    std::string rate_, zone_, capture_, record_, sender_, helo_, user_;
    int tries_ = 0, lookup_limit_ = 0;
    std::size_t window_ = 0;
    bool lenient_ = false, quiet_ = false, verbose_ = false, no_sandbox_ = false;
};

/// One command's command line.
class CommandParser {
  public:
    virtual ~CommandParser() = default;
    virtual OptionSet& options() = 0;
    /// The command, once its options have been read; or what to say instead.
    virtual Expected<Command, Instead> finish() = 0;
};

std::unique_ptr<CommandParser> walk_parser();
std::unique_ptr<CommandParser> check_parser();
std::unique_ptr<CommandParser> lint_parser();
std::unique_ptr<CommandParser> tree_parser();

/// What is wrong with the sender of a command that takes mailboxes only, if anything is.
std::optional<std::string> check_mailbox(const CommonOptions& common);

/// Refuses a command line with one line.
tl::unexpected<Instead> refuse(std::string error);

/// Reads an option's duration, which is more than nothing. Returns what is wrong, if anything is.
std::optional<std::string> read_duration(const OptionSet& options, const char* name, const std::string& text,
                                         std::optional<std::chrono::milliseconds>& value);

} // namespace spfwalk::cli
