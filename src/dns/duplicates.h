// Records that came twice.
#pragma once

#include "spfwalk/dns/answer.h"

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace spfwalk::dns {

/// Drops later equals, in n log n: a reply may hold thousands.
template <class T>
void drop_duplicates(std::vector<T>& values) {
    if (values.size() < 2) return;
    std::vector<std::size_t> order(values.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (const auto difference = values[a] <=> values[b]; difference != 0) return difference < 0;
        return a < b;
    });
    std::vector<char> drop(values.size(), 0);
    bool any = false;
    for (std::size_t i = 1; i < order.size(); ++i) {
        drop[order[i]] = values[order[i]] == values[order[i - 1]];
        any = any || drop[order[i]];
    }
    if (!any) return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (drop[i]) continue;
        if (kept != i) values[kept] = std::move(values[i]);
        ++kept;
    }
    values.resize(kept);
}

/// Texts are left alone: the same text cut into different strings is two records, and two SPF records are one
/// too many even if they say the same (RFC 7208 §4.5).
inline void drop_duplicates(Records& records) {
    std::visit(
        [](auto& values) {
            using Values = std::decay_t<decltype(values)>;
            if constexpr (!std::is_same_v<Values, std::monostate> && !std::is_same_v<Values, Texts>)
                drop_duplicates(values);
        },
        records);
}

} // namespace spfwalk::dns
