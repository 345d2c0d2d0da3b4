#include "spfwalk/emit/domain.h"

#include "emit/piece_adder.h"
#include "emit/shared_text.h"
#include "spfwalk/escape.h"
#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/partitions.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>
#include <iterator>
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

/// Whether each range of `part` is one of `whole`, too, so that nothing of the rest is next to it.
bool stands_apart(const net::RangeList& part, const net::RangeList& whole) {
    if (part.empty()) return true;
    std::size_t at = whole.place_of(part.front().first);
    if (whole.has(part, at)) return true;
    for (const net::Range& range : part) {
        while (at < whole.size() && whole[at].first < range.first)
            ++at;
        if (at == whole.size() || whole[at] != range) return false;
        ++at;
    }
    return true;
}

/// Tells which term brought which of the addresses of a verdict.
class Origins {
  public:
    /// `wanted`: the addresses to be printed.
    Origins(DomainResult& result, const spf::Verdict& verdict, const net::AddressSet& wanted)
        : result_(result),
          verdict_(verdict),
          wanted_(wanted),
          paths_(verdict.visits),
          pieces_(result, verdict.family) {
        constexpr std::size_t usual_path = 96; // octets
        result.paths.reserve(verdict.regions.size(), verdict.regions.size() * usual_path);
        result.pieces.reserve(result.pieces.size() + verdict.regions.size());
    }

    void add_region(const spf::Region& region) {
        // Without forks the pass regions are what is wanted, and need not be cut.
        std::optional<net::AddressSet> cut;
        if (verdict_.undecidable) cut = region.addresses & wanted_;
        if (is_affected(cut ? *cut : region.addresses))
            cut = spf::for_output(verdict_.family, cut ? std::move(*cut) : region.addresses);
        pieces_.add(cut ? *cut : region.addresses, region.decided_by,
                    [&](std::string& out) { return paths_.append(out, region.decided_by); });
    }

    void add_shared(const spf::Region& region, Sharing sharing) {
        const auto& [visit, via] = region.decided_by;
        const std::string_view term = verdict_.visits[visit].publication->record.slice(via);
        if (sharing == Sharing::prefixes && !is_affected(region.addresses) &&
            stands_apart(region.addresses.ranges(), wanted_.ranges()) &&
            SharedText::of(*region.shared, verdict_.family).may_follow(term)) {
            result_.paths.add([&](std::string& out) { return paths_.append(out, region.decided_by); });
            result_.shared.push_back(
                {verdict_.family, static_cast<std::uint32_t>(result_.paths.size() - 1), region.shared});
            pieces_.forget_path();
            return;
        }
        const std::vector<std::string_view> way = path(verdict_.visits, region.decided_by);
        pieces_.forget_path();
        for (const spf::Partition::Part& part : region.shared->parts) {
            if (!part.passes()) continue;
            const net::AddressSet piece = spf::for_output(verdict_.family, part.addresses);
            pieces_.add(piece, part.site, [&](std::string& out) {
                std::vector<std::string_view> terms = way;
                std::ranges::copy(path(region.shared->visits, part.site), std::back_inserter(terms));
                const std::string text = spf::path_text(terms);
                out += text;
                return is_plain(text);
            });
        }
        pieces_.forget_path();
    }

  private:
    /// Whether for_output() may make another set of it.
    bool is_affected(const net::AddressSet& set) const {
        return verdict_.family == net::Family::ipv6 && spf::concerns_output(set);
    }

    DomainResult& result_;
    const spf::Verdict& verdict_;
    const net::AddressSet& wanted_;
    spf::PathTexts paths_;
    PieceAdder pieces_;
};

void add_verdict(DomainResult& result, const spf::Verdict& verdict, Certainty certainty, Sharing sharing) {
    net::AddressSet& addresses = result.addresses.of(verdict.family);
    addresses = spf::for_output(verdict.family, chosen(verdict, certainty));
    Origins origins(result, verdict, addresses);
    for (const spf::Region& region : verdict.regions) {
        if (region.result != spf::Result::pass) continue;
        if (region.shared)
            origins.add_shared(region, sharing);
        else
            origins.add_region(region);
    }
}

} // namespace

DomainResult domain_result(const spf::Report& report, Certainty certainty, Sharing sharing) {
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
        add_verdict(result, verdict, certainty, sharing);
    }
    std::ranges::sort(result.pieces);
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
    result.shared.clear();
    for (const net::Range& range : addresses.ipv4.ranges())
        result.pieces.push_back({net::Family::ipv4, 0, range});
    for (const net::Range& range : addresses.ipv6.ranges())
        result.pieces.push_back({net::Family::ipv6, 0, range});
}

} // namespace spfwalk::emit
