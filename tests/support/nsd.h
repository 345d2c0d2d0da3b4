// A real name server on loopback: NSD, with one zone, the root, made of a master file.
#pragma once

#include "support/files.h"
#include "support/process.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::test {

/// Why NSD cannot be used here, or nothing.
std::optional<std::string> nsd_unavailable();

/// The records that make a file of absolute names a zone of the root, and a TTL for records without one.
inline constexpr std::string_view root_of_zone =
    "$TTL 3600\n. SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 60\n"
    ". NS ns.invalid.\n";

/// What nsd-checkzone has against the file as a zone of the root, or nothing.
std::optional<std::string> nsd_refuses(const std::string& zone_file);

/// Serves a file from construction to destruction.
class Nsd {
  public:
    /// `zone_file` as it is, with SOA. Throws std::runtime_error, with what NSD said, if it does not answer
    /// in time.
    explicit Nsd(const std::string& zone_file, std::chrono::seconds patience = std::chrono::seconds(30));
    ~Nsd();

    /// As --resolver takes them.
    std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
    std::string address6() const { return "[::1]:" + std::to_string(port_); }

  private:
    bool start(const std::string& zone_file, std::chrono::steady_clock::time_point deadline);

    TemporaryDirectory directory_;
    std::uint16_t port_ = 0;
    std::unique_ptr<Child> child_;
};

} // namespace spfwalk::test
