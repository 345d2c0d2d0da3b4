#include "spfwalk/cli/inputs.h"

#include "spfwalk/cli/domains.h"
#include "spfwalk/cli/file.h"
#include "spfwalk/emit/diff.h"
#include "spfwalk/escape.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::cli {

namespace {

/// All addresses of the families that are not among `families`.
emit::Addresses all_others(std::span<const net::Family> families) {
    emit::Addresses others;
    for (const net::Family family : net::both_families)
        if (std::ranges::find(families, family) == families.end())
            others.of(family) = net::AddressSet::all(family);
    return others;
}

} // namespace

std::optional<std::vector<std::string>> gather_domains(const std::vector<std::string>& arguments,
                                                       const std::vector<std::string>& files,
                                                       Terminal& terminal, Voice& voice) {
    DomainList list;
    bool readable = true;
    const auto add_input = [&] {
        const auto text = terminal.read_input();
        if (text) return list.add_lines(*text, "standard input");
        voice.error("standard input: " + text.error());
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
    remove(*list, all_others(families));
    return std::move(*list);
}

std::optional<emit::Addresses> read_prefix_lists(const std::vector<std::string>& paths,
                                                 std::span<const net::Family> families, Voice& voice) {
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
        all.ipv4 |= std::move(addresses->ipv4);
        all.ipv6 |= std::move(addresses->ipv6);
    }
    if (!readable) return std::nullopt;
    const emit::Addresses others = all_others(families);
    all.ipv4 -= others.ipv4;
    all.ipv6 -= others.ipv6;
    return all;
}

} // namespace spfwalk::cli
