// Datagrams by the dozen: a system call for each costs more than what it carries.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace spfwalk::dns {

/// So many are sent or received by one call.
inline constexpr std::size_t datagrams_of_a_call = 32;

/// What is to be sent over a connected UDP socket.
class Outbox {
  public:
    bool empty() const { return ends_.empty(); }
    bool is_full() const { return ends_.size() >= datagrams_of_a_call; }
    void put(std::span<const std::uint8_t> datagram);
    void clear();

    /// Sends all in order and is empty then. What there is no room for, or what a packet filter does not let
    /// through, is lost, as it could be on the way. Returns 0, or the last other error (errno): of the
    /// datagram that could not be sent, or (ECONNREFUSED) of one sent long ago. The system keeps to itself an
    /// error that comes in the middle of a call and is gone when the rest is sent.
    int send(int fd);

  private:
    std::vector<std::uint8_t> octets_;
    std::vector<std::size_t> ends_; ///< of each
};

/// What has been received.
class Inbox {
  public:
    Inbox();

    bool empty() const { return taken_ == count_; }
    /// Forgets what has not been taken.
    void clear() { taken_ = count_ = 0; }
    /// The oldest datagram that has not been taken. It is good until the next call of receive().
    std::optional<std::span<const std::uint8_t>> take();
    /// Receives what is there, as many as one call does, once all have been taken. Returns how many that
    /// were, or -1 (errno).
    ssize_t receive(int fd);

  private:
    /// No datagram is larger. That many octets and a few more lie between two of them: at the same place of
    /// all pages they would be after the same lines of the cache.
    static constexpr std::size_t largest = 65'535;
    static constexpr std::size_t distance = largest + 1 + 576;

    std::unique_ptr<std::uint8_t[]> octets_;
    std::array<std::size_t, datagrams_of_a_call> sizes_{};
    std::size_t count_ = 0;
    std::size_t taken_ = 0;
};

} // namespace spfwalk::dns
