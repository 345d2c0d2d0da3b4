// The last good answer of each domain (`--state`), for when DNS does not answer.
#pragma once

#include "spfwalk/emit/list.h"
#include "spfwalk/expected.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::policy {

/// Seconds since the epoch, UTC.
using Timestamp = std::int64_t;

/// What a domain's last good run gave.
struct LastGood {
    Timestamp time = 0;
    emit::Addresses addresses;
    /// What was asked: answers to other questions must not stand in for each other (families, --lenient,
    /// limits …). UTF-8, at most 4,096 octets.
    std::string conditions;

    friend bool operator==(const LastGood&, const LastGood&) = default;
};

struct State {
    std::map<std::string, LastGood> domains; ///< by ASCII name in lower case

    /// The domain's last good answer under the same conditions if it is not older than `max_age` seconds nor
    /// from the future by more than a day; null otherwise.
    const LastGood* usable(const std::string& domain, const std::string& conditions, Timestamp now,
                           std::int64_t max_age) const;
};

/// JSON with "format": "spfwalk-state", "version": 1; a line per domain, sorted by name. print and read are
/// inverse.
std::string print_state(const State& state);
/// Takes what print_state() wrote, however members are ordered and spaced, and nothing else: no unknown,
/// missing or repeated member, no prefix in another than its canonical form. At most 1 GiB. The error says
/// what is wrong in a few words: not JSON, another format, another version, a prefix that is none.
Expected<State, std::string> read_state(std::string_view text);

} // namespace spfwalk::policy
