#include "spfwalk/spf/verdict.h"

#include <algorithm>

namespace spfwalk::spf {

namespace {

template <class Choose>
net::AddressSet union_of(const std::vector<Region>& regions, Choose choose) {
    std::size_t size = 0;
    for (const Region& region : regions)
        if (choose(region)) size += region.addresses.ranges().size();
    net::RangeList ranges;
    for (const Region& region : regions)
        if (choose(region)) ranges.append(region.addresses.ranges(), size);
    return net::AddressSet::from_ranges(std::move(ranges));
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
