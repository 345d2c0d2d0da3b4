#include "spfwalk/cli/inputs.h"

#include "spfwalk/cli/domains.h"
#include "spfwalk/cli/file.h"
#include "spfwalk/emit/diff.h"
#include "spfwalk/escape.h"
#include "spfwalk/spf/universe.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::cli {

namespace {

/// IPv4 addresses as sockets for both families show them are IPv4 clients (RFC 7208 §5). A prefix that only
/// reaches over them is not about them.
void take_mapped(emit::Addresses& addresses) {
    if (!addresses.ipv6.intersects(spf::mapped_range)) return;
    net::RangeList mapped;
    for (const net::Range range : addresses.ipv6.ranges())
        if (spf::mapped_range.first <= range.first && range.last <= spf::mapped_range.last)
            mapped.push_back({net::ipv4(static_cast<std::uint32_t>(range.first.lo)),
                              net::ipv4(static_cast<std::uint32_t>(range.last.lo))});
    addresses.ipv4 |= net::AddressSet::from_ranges(std::move(mapped));
}

} // namespace

std::optional<std::vector<std::string>> gather_domains(const std::vector<std::string>& arguments,
                                                       const std::vector<std::string>& files,
                                                       Terminal& terminal, Voice& voice) {
    DomainList list;
    bool readable = true;
    const auto add_input = [&] {
        if (const auto text = terminal.read_input()) return list.add_lines(*text, "standard input");
        voice.error("standard input: cannot be read");
        readable = false;
    };
    for (const std::string& argument : arguments) {
        if (argument == "-")
            add_input();
        else
            list.add_argument(argument);
    }
    for (const std::string& path : files) {
        if (path == "-") {
            add_input();
        } else if (const auto text = read_file(path)) {
            list.add_lines(*text, path);
        } else {
            voice.error(fmt::format("{}: {}", escape(path), text.error()));
            readable = false;
        }
    }
    if (arguments.empty() && files.empty() && !terminal.input_is_terminal()) add_input();
    for (const std::string& error : list.errors)
        voice.error(error);
    if (!readable || !list.errors.empty()) return std::nullopt;
    if (list.domains.empty()) {
        voice.error("no domain given (--help tells how)");
        return std::nullopt;
    }
    return std::move(list.domains);
}

std::optional<emit::List> read_earlier_list(const std::string& path, std::span<const net::Family> families,
                                            Voice& voice) {
    const auto text = read_file(path);
    auto list = text.and_then([](const std::string& earlier) { return emit::read_any(earlier); });
    if (!list) {
        voice.error(fmt::format("{}: {}", escape(path), list.error()));
        return std::nullopt;
    }
    for (const net::Family family : net::both_families) {
        if (std::ranges::find(families, family) != families.end()) continue;
        emit::Addresses other;
        (family == net::Family::ipv4 ? other.ipv4 : other.ipv6) = net::AddressSet::all(family);
        remove(*list, other);
    }
    return std::move(*list);
}

std::optional<emit::Addresses> read_prefix_lists(const std::vector<std::string>& paths, Voice& voice) {
    emit::Addresses all;
    bool readable = true;
    for (const std::string& path : paths) {
        FilePieces file(path);
        auto addresses = emit::read_plain([&file] { return file.next(); });
        if (file.error()) addresses = unexpected(*file.error());
        if (!addresses) {
            voice.error(fmt::format("{}: {}", escape(path), addresses.error()));
            readable = false;
            continue;
        }
        take_mapped(*addresses);
        all.ipv4 |= std::move(addresses->ipv4);
        all.ipv6 |= std::move(addresses->ipv6);
    }
    if (!readable) return std::nullopt;
    return all;
}

} // namespace spfwalk::cli
