// The standard streams of a program that runs in the test's own process.
#pragma once

#include "spfwalk/cli/terminal.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace spfwalk::test {

/// Standard streams in memory.
class Recorder final : public cli::Terminal {
  public:
    explicit Recorder(std::optional<std::string> input = std::nullopt) : input_(std::move(input)) {}

    std::optional<std::string> write_output(std::string_view text) override {
        ++writes;
        output += text;
        return std::nullopt;
    }
    void write_error(std::string_view text) override { error += text; }
    Expected<std::string, std::string> read_input() override {
        if (!input_) return unexpected(std::string("cannot be read"));
        return *input_;
    }
    bool input_is_terminal() override { return !input_; }

    std::string output, error;
    int writes = 0;

  private:
    std::optional<std::string> input_;
};

} // namespace spfwalk::test
