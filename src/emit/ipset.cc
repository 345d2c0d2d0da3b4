#include "lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <map>

namespace spfwalk::emit {

namespace {

constexpr std::string_view suffix(net::Family family) {
    return family == net::Family::ipv4 ? "-4" : "-6";
}
/// Of the set that is filled and then swapped for the real one.
constexpr std::string_view temporary = ".new";
constexpr std::size_t longest_name = 31; // IPSET_MAXNAMELEN without its NUL

/// `create -exist` refuses a set whose maxelem is another, and the next list may be longer: so it is the same
/// always, and so much that it never matters. It takes no memory. The hash size may differ; it only saves
/// growing.
constexpr std::string_view parameters = "maxelem 4294967295 -exist";
constexpr std::size_t smallest_hash = 1024;

std::vector<std::string_view> words_of(std::string_view line) {
    constexpr std::string_view blanks = " \t";
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find_first_of(blanks), line.size());
        words.push_back(line.substr(0, end));
        line.remove_prefix(std::min(line.find_first_not_of(blanks, end), line.size()));
    }
    return words;
}

/// A set while a file is read.
struct Set {
    bool ipv6 = false;
    bool swapped_in = false;  ///< it is what the file is about
    bool swapped_out = false; ///< what is in it now may go
    std::vector<net::Prefix> entries;
};

} // namespace

std::optional<std::string> check_name_ipset(std::string_view name) {
    return check_word(name, longest_name - suffix(net::Family::ipv4).size() - temporary.size());
}

// Every set is created first and swapped last: a file that has lost its end leaves the old sets as they were,
// and can be told from a whole one.
std::string print_ipset(const List& list, const Style& style) {
    const std::vector<Entry> entries = entries_of(list, style);
    // A half of a /0 may be in the list itself, too.
    const std::string_view after = style.aggregate == Aggregate::as_published ? " -exist" : "";
    std::string create, fill, swap, destroy;
    for (const net::Family family : style.families) {
        const auto own = of_family(entries, family);
        const std::string name = style.name + std::string(suffix(family));
        const std::string fresh = name + std::string(temporary);
        for (const std::string& set : {name, fresh})
            create += fmt::format("create {} hash:net family {} hashsize {} {}\n", set,
                                  family == net::Family::ipv4 ? "inet" : "inet6",
                                  std::bit_ceil(std::max(own.size(), smallest_hash)), parameters);
        fill += fmt::format("flush {}\n", fresh);
        // A prefix of length 0 is more than hash:net takes.
        append_lines(fill, list, style, own,
                     {.before = fmt::format("add {} ", fresh), .after = after, .halves = true});
        swap += fmt::format("swap {} {}\n", fresh, name);
        destroy += fmt::format("destroy {}\n", fresh);
    }
    return create + fill + swap + destroy;
}

Expected<Addresses, std::string> read_ipset(std::string_view text) {
    std::map<std::string_view, Set> sets;
    LineReader reader(text, Comments::whole_lines);
    while (const auto line = reader.next()) {
        const auto words = words_of(*line);
        const auto is = [&](std::string_view command, std::size_t least) {
            return words.front() == command && words.size() >= least;
        };
        if (is("create", 5) && words[2] == "hash:net" && words[3] == "family") {
            sets[words[1]].ipv6 = words[4] == "inet6";
            continue;
        }
        const auto found = words.size() < 2 ? sets.end() : sets.find(words[1]);
        if (found == sets.end()) return unexpected(reader.error("not about a set created above"));
        Set& set = found->second;
        if (is("add", 3)) {
            const auto prefix = net::parse_prefix(words[2]);
            if (!prefix || (prefix->family == net::Family::ipv6) != set.ipv6)
                return unexpected(reader.error("not a prefix of the set's family"));
            set.entries.push_back(*prefix);
        } else if (is("flush", 2)) {
            set.entries.clear();
        } else if (is("swap", 3) && sets.contains(words[2])) {
            Set& other = sets[words[2]];
            std::swap(set.entries, other.entries);
            set.swapped_out = other.swapped_in = true;
        } else if (is("destroy", 2) && set.swapped_out) {
            sets.erase(found);
        } else {
            return unexpected(reader.error("not a command of such a file"));
        }
    }
    if (sets.empty() || !std::ranges::all_of(sets, [](const auto& set) { return set.second.swapped_in; }))
        return unexpected(reader.error("the file ends before all sets are swapped"));
    AddressGatherer addresses;
    for (const auto& [name, set] : sets)
        for (const net::Prefix& prefix : set.entries)
            addresses.add(prefix);
    return addresses.finish();
}

} // namespace spfwalk::emit
