#include "spfwalk/emit/domain.h"

#include "spfwalk/escape.h"
#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <unordered_map>

namespace spfwalk::emit {

namespace {

/// What the families have in common is said once. A record of 64 KiB can have tens of thousands of findings.
std::vector<FindingText> findings_of(const spf::Report& report) {
    std::vector<FindingText> result;
    std::vector<std::size_t> families; // that have the finding in the same place
    std::unordered_map<std::string, std::size_t> places;
    for (const spf::Verdict& verdict : report.verdicts) {
        for (const spf::Finding& finding : verdict.findings) {
            std::string text = spf::describe(finding, verdict);
            const auto [place, fresh] = places.try_emplace(text, result.size());
            if (!fresh) {
                ++families[place->second];
                continue;
            }
            result.push_back(
                {std::string(to_text(finding.code)), std::move(text), verdict.family, finding.rcode});
            families.push_back(1);
        }
    }
    for (std::size_t i = 0; i < result.size(); ++i)
        if (families[i] == report.verdicts.size()) result[i].only.reset();
    return result;
}

} // namespace

namespace {

/// Notes which term brought which of the addresses of a verdict.
void add_pieces(DomainResult& result, const spf::Verdict& verdict, Certainty certainty) {
    // Without forks the pass regions are what is wanted, and need not be cut.
    const net::AddressSet wanted = verdict.undecidable ? chosen(verdict, certainty) : net::AddressSet();
    constexpr std::size_t usual_path = 96; // octets
    result.paths.reserve(verdict.regions.size(), verdict.regions.size() * usual_path);
    result.pieces.reserve(result.pieces.size() + verdict.regions.size());
    spf::PathTexts paths(verdict);
    std::optional<spf::Site> last;
    for (const spf::Region& region : verdict.regions) {
        if (region.result != spf::Result::pass) continue;
        std::optional<net::AddressSet> cut;
        if (verdict.undecidable) cut = region.addresses & wanted;
        if (verdict.family == net::Family::ipv6 && spf::concerns_output(cut ? *cut : region.addresses))
            cut = spf::for_output(verdict.family, cut ? std::move(*cut) : region.addresses);
        const net::AddressSet& piece = cut ? *cut : region.addresses;
        if (piece.empty()) continue;
        if (last != region.decided_by)
            result.paths.add([&](std::string& out) { return paths.append(out, region.decided_by); });
        last = region.decided_by;
        for (const net::Range& range : piece.ranges())
            result.pieces.push_back(
                {verdict.family, static_cast<std::uint32_t>(result.paths.size() - 1), range});
    }
}

net::AddressSet union_of(const std::vector<Piece>& pieces, net::Family family) {
    net::RangeList ranges;
    for (const Piece& piece : pieces)
        if (piece.family == family) ranges.push_back(piece.range);
    return net::AddressSet::from_ranges(std::move(ranges));
}

} // namespace

DomainResult domain_result(const spf::Report& report, Certainty certainty) {
    DomainResult result;
    result.index = report.index;
    result.domain = report.domain;
    result.status = to_text(report.standing());
    result.ttl = report.ttl();
    result.time = report.time;
    result.findings = findings_of(report);
    for (const spf::Verdict& verdict : report.verdicts) {
        result.exact = result.exact && (!verdict.undecidable || verdict.sure() == verdict.possible());
        result.lookups = std::max(result.lookups, verdict.lookups);
        result.voids = std::max(result.voids, verdict.voids);
        const spf::PublicationPtr& publication = verdict.visits.front().publication;
        if (!result.record && publication && publication->kind == spf::Publication::Kind::record)
            result.record = publication->record.text;
        add_pieces(result, verdict, certainty);
    }
    std::ranges::sort(result.pieces);
    result.addresses.ipv4 = union_of(result.pieces, net::Family::ipv4);
    result.addresses.ipv6 = spf::for_output(net::Family::ipv6, union_of(result.pieces, net::Family::ipv6));
    return result;
}

DomainResult invalid_result(std::string_view text, std::string defect) {
    DomainResult result;
    result.domain = escape(text);
    result.status = "invalid";
    result.findings.push_back({"invalid-name", std::move(defect), {}, {}});
    return result;
}

void replace_addresses(DomainResult& result, const std::string& path, const Addresses& addresses) {
    result.addresses = addresses;
    result.paths = {};
    result.paths.push_back(path);
    result.pieces.clear();
    for (const net::Range& range : addresses.ipv4.ranges())
        result.pieces.push_back({net::Family::ipv4, 0, range});
    for (const net::Range& range : addresses.ipv6.ranges())
        result.pieces.push_back({net::Family::ipv6, 0, range});
}

} // namespace spfwalk::emit
