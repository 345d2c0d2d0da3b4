// What an earlier run has done already (`--resume`).
#pragma once

#include "spfwalk/cli/voice.h"

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

namespace spfwalk::cli {

/// The domains that have an object in a file of ndjson, each as often as it has one.
class Finished {
  public:
    Finished() = default; ///< none

    /// Nothing if the file cannot be read or is something else: then it was said. A line that its writer did
    /// not finish does not count, and that is said.
    static std::optional<Finished> read(const std::string& path, Voice& voice);

    /// Whether there is an object for the domain that was not taken yet; takes it.
    bool take(const std::string& domain);

  private:
    std::unordered_map<std::string, std::size_t> objects_;
};

} // namespace spfwalk::cli
