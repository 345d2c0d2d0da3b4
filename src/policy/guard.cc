#include "spfwalk/policy/guard.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

namespace spfwalk::policy {

namespace {

using net::Family;

void append_difference(std::vector<net::Prefix>& out, const emit::Addresses& from,
                       const emit::Addresses& less) {
    const auto add = [&](const net::Prefix& prefix) { out.push_back(prefix); };
    (from.ipv4 - less.ipv4).each_prefix(Family::ipv4, add);
    (from.ipv6 - less.ipv6).each_prefix(Family::ipv6, add);
}

/// Shares like 0.3 are not exact in binary: a change of exactly 30% must not be taken for more.
bool exceeds(long double part, long double whole, double share) {
    return part > whole * static_cast<long double>(share) * (1 + 1e-9L);
}

std::string percent(long double part, long double whole) {
    return fmt::format("{:.1f}%", static_cast<double>(100 * part / whole));
}

std::string percent(double share) {
    return fmt::format("{:.4g}%", 100 * share);
}

/// "12 addresses"; large numbers rounded.
std::string count(long double addresses) {
    return fmt::format("{:.6g} address{}", static_cast<double>(addresses), addresses == 1 ? "" : "es");
}

void compare_sizes(std::vector<std::string>& out, Family family, const net::AddressSet& before,
                   const net::AddressSet& after, const Guards& guards, bool first_list) {
    // From the differences, which are small where the sizes may be too large to be exact.
    const long double lost = (before - after).size();
    const long double gained = (after - before).size();
    const long double old = before.size();
    if (lost > gained && exceeds(lost - gained, old, guards.max_shrink))
        out.push_back(fmt::format("{} would shrink by {} ({} to {}), more than {} (--max-shrink)",
                                  name_of(family), percent(lost - gained, old), count(old),
                                  count(after.size()), percent(guards.max_shrink)));
    if (!guards.max_grow || gained <= lost || first_list) return;
    if (before.empty())
        out.push_back(fmt::format("{} would appear ({}), where there was none (--max-grow)", name_of(family),
                                  count(gained)));
    else if (exceeds(gained - lost, old, *guards.max_grow))
        out.push_back(fmt::format("{} would grow by {} ({} to {}), more than {} (--max-grow)",
                                  name_of(family), percent(gained - lost, old), count(old),
                                  count(after.size()), percent(*guards.max_grow)));
}

} // namespace

Change change(const emit::Addresses& before, const emit::Addresses& after) {
    Change result;
    append_difference(result.added, after, before);
    append_difference(result.removed, before, after);
    return result;
}

std::vector<std::string> objections(const std::optional<emit::Addresses>& before,
                                    const emit::Addresses& after, const Guards& guards) {
    std::vector<std::string> result;
    if (after.empty()) {
        if (!guards.allow_empty) result.emplace_back("the list would be empty (--allow-empty)");
        return result;
    }
    if (before) {
        compare_sizes(result, Family::ipv4, before->ipv4, after.ipv4, guards, before->empty());
        compare_sizes(result, Family::ipv6, before->ipv6, after.ipv6, guards, before->empty());
    }
    if (guards.allow_wide) return result;
    const auto wide = too_wide(after, guards);
    if (wide.empty()) return result;
    constexpr std::size_t shown = 4;
    std::string line = "too wide: ";
    for (std::size_t i = 0; i < std::min(shown, wide.size()); ++i) {
        if (i > 0) line += ", ";
        append_text(line, wide[i]);
    }
    if (wide.size() > shown) line += fmt::format(" and {} more", wide.size() - shown);
    result.push_back(line + " (--widest4, --widest6, --allow-wide)");
    return result;
}

std::vector<net::Prefix> too_wide(const emit::Addresses& addresses, const Guards& guards) {
    std::vector<net::Prefix> result;
    const auto collect = [&](const net::AddressSet& set, Family family, int widest) {
        set.each_prefix(family, [&](const net::Prefix& prefix) {
            if (prefix.length < widest) result.push_back(prefix);
        });
    };
    collect(addresses.ipv4, Family::ipv4, guards.widest_ipv4);
    collect(addresses.ipv6, Family::ipv6, guards.widest_ipv6);
    // Stable: IPv4 first among equals, then in numeric order.
    std::stable_sort(result.begin(), result.end(),
                     [](const net::Prefix& a, const net::Prefix& b) { return a.length < b.length; });
    return result;
}

std::optional<double> parse_share(std::string_view text) {
    const bool percentage = text.ends_with('%');
    if (percentage) text.remove_suffix(1);
    // Digits and one point between them: from_chars() would read "inf", "nan" and "-0" too.
    const std::size_t point = text.find('.');
    const auto digits = [](std::string_view part) {
        return !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    };
    if (!digits(text.substr(0, point))) return std::nullopt;
    if (point != text.npos && !digits(text.substr(point + 1))) return std::nullopt;
    double value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    if (percentage) return value / 100;
    if (value > 1) return std::nullopt;
    return value;
}

} // namespace spfwalk::policy
