#include "spfwalk/emit/list.h"

#include "spfwalk/emit/domain.h"
#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <map>
#include <utility>

namespace spfwalk::emit {

const std::string stale_path = "last good answer";

namespace {

void append_prefixes(std::vector<Entry>& entries, net::Family family, const net::AddressSet& set) {
    set.each_prefix(family, [&](const net::Prefix& prefix) { entries.push_back({prefix, {}}); });
}

template <class Visit>
void each_source_prefix(const List& list, Visit visit) {
    for (std::size_t i = 0; i < list.sources.size(); ++i)
        for (const net::AddressSet& piece : list.sources[i].pieces)
            piece.each_prefix(list.sources[i].family, [&](const net::Prefix& prefix) { visit(prefix, i); });
}

void note(Entry& entry, std::size_t source) {
    if (entry.sources.empty() || entry.sources.back() != source) entry.sources.push_back(source);
}

/// Mapped addresses as they are to be printed: a file may hold what no verdict does (spf/universe.h).
Addresses fit_for_output(Addresses addresses) {
    addresses.ipv6 = spf::for_output(net::Family::ipv6, std::move(addresses.ipv6));
    return addresses;
}

std::vector<Source> whole_sources(const std::string& path, const Addresses& addresses) {
    std::vector<Source> sources;
    if (!addresses.ipv4.empty()) sources.push_back({0, path, net::Family::ipv4, {addresses.ipv4}});
    if (!addresses.ipv6.empty()) sources.push_back({0, path, net::Family::ipv6, {addresses.ipv6}});
    return sources;
}

} // namespace

std::vector<Source> sources_of(const spf::Verdict& verdict, Certainty certainty) {
    const net::AddressSet wanted = chosen(verdict, certainty);
    std::vector<Source> sources;
    spf::PathTexts paths(verdict.visits);
    std::optional<spf::Site> last;
    for (const spf::Region& region : verdict.regions) {
        if (region.result != spf::Result::pass) continue;
        net::AddressSet piece = region.addresses;
        if (verdict.undecidable) piece &= wanted;
        if (piece.empty()) continue;
        piece = spf::for_output(verdict.family, std::move(piece));
        if (last != region.decided_by)
            sources.push_back({0, paths.of(region.decided_by), verdict.family, {}});
        last = region.decided_by;
        sources.back().pieces.push_back(std::move(piece));
    }
    return sources;
}

net::AddressSet chosen(const spf::Verdict& verdict, Certainty certainty) {
    return certainty == Certainty::sure ? verdict.sure() : verdict.possible();
}

Addresses chosen(const spf::Report& report, Certainty certainty) {
    Addresses result;
    for (const spf::Verdict& verdict : report.verdicts)
        result.of(verdict.family) = chosen(verdict, certainty);
    return result;
}

void ListBuilder::Union::add(const net::AddressSet& more) {
    fresh.append(more.ranges());
    if (fresh.size() > set.ranges().size() + 4096) settle();
}

void ListBuilder::Union::settle() {
    set |= net::AddressSet::from_ranges(std::exchange(fresh, {}));
}

bool ListBuilder::add(const spf::Report& report) {
    bool contributes = false;
    Contribution contribution{report.index, report.domain, {}, nullptr};
    for (const spf::Verdict& verdict : report.verdicts) {
        const net::AddressSet set = chosen(verdict, certainty_);
        contributes = contributes || !set.empty();
        unions_[static_cast<std::size_t>(verdict.family)].add(set);
        if (detail_ == Detail::addresses) continue;
        std::ranges::move(sources_of(verdict, certainty_), std::back_inserter(contribution.sources));
    }
    if (detail_ == Detail::full)
        contribution.result = std::make_shared<const DomainResult>(domain_result(report, certainty_));
    if (detail_ != Detail::addresses) contributions_.push_back(std::move(contribution));
    return contributes;
}

void ListBuilder::add_stale(const spf::Report& report, const Addresses& last_good, std::int64_t age) {
    const Addresses addresses = fit_for_output(last_good);
    unions_[0].add(addresses.ipv4);
    unions_[1].add(addresses.ipv6);
    if (detail_ == Detail::addresses) return;
    Contribution contribution{report.index, report.domain, whole_sources(stale_path, addresses), nullptr};
    if (detail_ == Detail::full) {
        DomainResult result = domain_result(report, certainty_);
        replace_addresses(result, stale_path, addresses);
        result.stale = age;
        contribution.result = std::make_shared<const DomainResult>(std::move(result));
    }
    contributions_.push_back(std::move(contribution));
}

List ListBuilder::finish() {
    List list;
    unions_[0].settle();
    unions_[1].settle();
    list.addresses.ipv4 = std::move(unions_[0].set);
    list.addresses.ipv6 = spf::for_output(net::Family::ipv6, std::move(unions_[1].set));
    std::ranges::sort(contributions_, {}, &Contribution::index);
    for (Contribution& contribution : contributions_) {
        for (Source& source : contribution.sources) {
            source.domain = list.domains.size();
            list.sources.push_back(std::move(source));
        }
        list.domains.push_back(std::move(contribution.domain));
        if (contribution.result) list.results.push_back(std::move(contribution.result));
    }
    return list;
}

void extend(List& list, std::string name, Addresses addresses, Detail detail) {
    if (detail != Detail::addresses) {
        for (Source& source : whole_sources({}, fit_for_output(addresses))) {
            source.domain = list.domains.size();
            list.sources.push_back(std::move(source));
        }
        list.domains.push_back(std::move(name));
    }
    list.addresses.ipv4 |= std::move(addresses.ipv4);
    list.addresses.ipv6 |= std::move(addresses.ipv6);
    list.addresses.ipv6 = spf::for_output(net::Family::ipv6, std::move(list.addresses.ipv6));
}

void remove(List& list, const Addresses& addresses) {
    list.addresses.ipv4 -= addresses.ipv4;
    list.addresses.ipv6 -= addresses.ipv6;
    for (Source& source : list.sources) {
        for (net::AddressSet& piece : source.pieces)
            piece -= addresses.of(source.family);
        std::erase_if(source.pieces, [](const net::AddressSet& piece) { return piece.empty(); });
    }
}

std::vector<Entry> aggregated(const List& list) {
    std::vector<Entry> entries;
    append_prefixes(entries, net::Family::ipv4, list.addresses.ipv4);
    append_prefixes(entries, net::Family::ipv6, list.addresses.ipv6);
    // A prefix within the union is within exactly one of the fewest prefixes that make it up: the last that
    // does not begin behind it.
    each_source_prefix(list, [&](const net::Prefix& prefix, std::size_t source) {
        const auto place = [](const net::Prefix& p) { return std::pair(p.family, p.network); };
        const auto after = std::ranges::upper_bound(entries, place(prefix), {},
                                                    [&](const Entry& entry) { return place(entry.prefix); });
        note(*std::prev(after), source);
    });
    return entries;
}

std::vector<Entry> as_published(const List& list) {
    std::map<net::Prefix, Entry> entries;
    each_source_prefix(list, [&](const net::Prefix& prefix, std::size_t source) {
        Entry& entry = entries[prefix];
        entry.prefix = prefix;
        note(entry, source);
    });
    std::vector<Entry> result;
    for (auto& [prefix, entry] : entries)
        result.push_back(std::move(entry));
    return result;
}

} // namespace spfwalk::emit
