// When a question that nobody answers is asked again, and when it is given up.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

namespace spfwalk::dns {

using Clock = std::chrono::steady_clock;

/// How long each try is waited for: timeout · (2/3)^(n-1-k) for try k of n, but never so short that tries
/// become a flood.
inline std::vector<Clock::duration> retry_waits(std::chrono::milliseconds timeout, int tries) {
    using Seconds = std::chrono::duration<double>;
    const auto shortest = std::min(timeout, std::chrono::milliseconds(10));
    const int count = std::max(tries, 1);
    std::vector<Clock::duration> waits;
    for (int k = 0; k < count; ++k) {
        const auto wait = std::chrono::duration_cast<Clock::duration>(Seconds(timeout) *
                                                                      std::pow(2.0 / 3.0, count - 1 - k));
        waits.push_back(std::max<Clock::duration>(wait, shortest));
    }
    return waits;
}

/// Alarms for questions. All alarms of one level are set for the same time ahead, so those set first are due
/// first and a queue for each level does for a heap. An alarm is not taken back: the owner knows by its
/// serial that it no longer matters.
class Alarms {
  public:
    struct Alarm {
        Clock::time_point due;
        std::uint64_t serial = 0;
        std::uint32_t slot = 0;
    };

    explicit Alarms(std::vector<Clock::duration> waits) : waits_(std::move(waits)), levels_(waits_.size()) {}

    std::size_t levels() const { return levels_.size(); }
    /// How long ahead the alarms of each level are set.
    const std::vector<Clock::duration>& waits() const { return waits_; }

    void set(std::size_t level, Clock::time_point now, std::uint32_t slot, std::uint64_t serial) {
        levels_[level].push_back({now + waits_[level], serial, slot});
    }

    /// Takes an alarm that is due and still matters.
    template <class Matters>
    std::optional<Alarm> take_due(Clock::time_point now, Matters&& matters) {
        for (auto& level : levels_) {
            drop_stale(level, matters);
            if (level.empty() || level.front().due > now) continue;
            const Alarm alarm = level.front();
            level.pop_front();
            return alarm;
        }
        return std::nullopt;
    }

    /// When the next alarm that still matters is due.
    template <class Matters>
    std::optional<Clock::time_point> next_due(Matters&& matters) {
        std::optional<Clock::time_point> next;
        for (auto& level : levels_) {
            drop_stale(level, matters);
            if (!level.empty() && (!next || level.front().due < *next)) next = level.front().due;
        }
        return next;
    }

  private:
    template <class Matters>
    static void drop_stale(std::deque<Alarm>& level, Matters&& matters) {
        while (!level.empty() && !matters(level.front()))
            level.pop_front();
    }

    std::vector<Clock::duration> waits_;
    std::vector<std::deque<Alarm>> levels_;
};

} // namespace spfwalk::dns
