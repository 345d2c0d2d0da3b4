#include "spfwalk/spf/partitions.h"

#include <algorithm>
#include <utility>

namespace spfwalk::spf {

namespace {

/// What is allocated by itself costs this much more.
constexpr std::size_t block = 32;

std::size_t octets_of(const net::AddressSet& set) {
    return set.ranges().size() * sizeof(net::Range) + block;
}

/// The text of one prefix without its path, and where it stands.
constexpr std::size_t octets_of_a_prefix = 112;

/// An estimate on the large side, with the records that it keeps alive and what is written of its prefixes.
std::size_t octets_of(const Partition& partition) {
    std::size_t octets =
        sizeof(Partition) + 2 * block + octets_of(partition.matched) + octets_of(partition.passing);
    std::size_t longest = 0; // path to a term
    std::size_t terms = 0;
    std::vector<std::size_t> paths; // to each visit
    for (const Visit& visit : partition.visits) {
        const bool is_first = visit.parent == Visit::no_parent;
        paths.push_back(is_first ? 0 : paths[visit.parent] + visit.via.end - visit.via.begin + 2);
    }
    for (const Partition::Part& part : partition.parts) {
        octets += sizeof(part) + octets_of(part.addresses);
        if (!part.passes()) continue;
        terms += part.addresses.ranges().size();
        const Extent term = part.site.term;
        longest = std::max(longest, paths[part.site.visit] + term.end - term.begin + 2);
    }
    // Neither prefixes nor what passes by a term overlap: so often a term is named with a prefix at most.
    const std::size_t prefixes = partition.passing.prefix_count();
    octets += prefixes * octets_of_a_prefix + (prefixes + terms) * (Partition::most_of_a_way + longest);
    for (const Visit& visit : partition.visits) {
        octets += sizeof(visit) + visit.domain.size() + block;
        if (visit.publication)
            octets += sizeof(Publication) + visit.publication->record.text.size() +
                      visit.publication->record.directives.size() * (sizeof(Directive) + 3 * block);
    }
    return octets;
}

} // namespace

Partitions::Entry& Partitions::entry(std::string_view domain, net::Family family) {
    const auto index = static_cast<std::size_t>(family);
    if (const auto found = young_.find(domain); found != young_.end()) return found->second[index];
    if (octets_ > limit_ / 2) {
        old_ = std::exchange(young_, {});
        octets_ = 0;
    }
    octets_ += domain.size() + sizeof(Generation::value_type) + 3 * block;
    if (const auto found = old_.find(domain); found != old_.end()) {
        auto kept = old_.extract(found);
        for (const Entry& entry : kept.mapped())
            if (entry.partition) grew(*entry.partition);
        return young_.insert(std::move(kept)).position->second[index];
    }
    ByFamily& fresh = young_[std::string(domain)];
    for (Entry& entry : fresh)
        entry.due = first_due_;
    return fresh[index];
}

void Partitions::grew(const Partition& partition) {
    octets_ += octets_of(partition);
}

} // namespace spfwalk::spf
