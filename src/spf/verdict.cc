#include "spfwalk/spf/verdict.h"

#include <algorithm>

namespace spfwalk::spf {

namespace {

template <class Choose>
net::AddressSet union_of(const std::vector<Region>& regions, Choose choose) {
    // Mostly one is that of a provider, and the others are a few ranges of the domain's own.
    const net::AddressSet* largest = nullptr;
    std::size_t size = 0;
    const auto ranges_of = [](const net::AddressSet& set) { return set.ranges().size(); };
    for (const Region& region : regions) {
        if (!choose(region)) continue;
        size += ranges_of(region.addresses);
        if (largest == nullptr || ranges_of(*largest) < ranges_of(region.addresses))
            largest = &region.addresses;
    }
    if (largest == nullptr) return {};
    net::RangeList others;
    for (const Region& region : regions)
        if (choose(region) && &region.addresses != largest)
            others.append(region.addresses.ranges(), size - ranges_of(*largest));
    return *largest | net::AddressSet::from_ranges(std::move(others));
}

} // namespace

std::string_view to_text(Result result) {
    switch (result) {
    case Result::none:
        return "none";
    case Result::neutral:
        return "neutral";
    case Result::pass:
        return "pass";
    case Result::fail:
        return "fail";
    case Result::softfail:
        return "softfail";
    case Result::temperror:
        return "temperror";
    case Result::permerror:
        return "permerror";
    }
    return "?";
}

bool Verdict::has(Result result) const {
    return std::ranges::any_of(regions, [&](const Region& region) { return region.result == result; });
}

net::AddressSet Verdict::possible() const {
    return union_of(regions, [](const Region& region) { return region.result == Result::pass; });
}

net::AddressSet Verdict::sure() const {
    net::AddressSet result = possible();
    // Without forks the regions are a partition and there is nothing to take away.
    if (undecidable)
        result -= union_of(regions, [](const Region& r) { return r.result != Result::pass && !r.unlikely; });
    return result;
}

net::AddressSet Verdict::definite() const {
    net::AddressSet result = possible();
    if (undecidable)
        result -= union_of(regions, [](const Region& region) { return region.result != Result::pass; });
    return result;
}

std::vector<std::string_view> path(std::span<const Visit> visits, Site site) {
    std::vector<std::string_view> terms;
    terms.reserve(12); // as deep as RFC 7208's limits allow
    const auto slice = [&](std::uint32_t visit, Extent term) {
        return visits[visit].publication->record.slice(term);
    };
    if (!site.whole()) terms.push_back(slice(site.visit, site.term));
    for (std::uint32_t visit = site.visit; visits[visit].parent != Visit::no_parent;
         visit = visits[visit].parent)
        terms.push_back(slice(visits[visit].parent, visits[visit].via));
    std::ranges::reverse(terms);
    return terms;
}

} // namespace spfwalk::spf
