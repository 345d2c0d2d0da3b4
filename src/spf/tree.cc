#include "spfwalk/spf/tree.h"

#include "spfwalk/spf/finding.h"

#include <algorithm>
#include <map>
#include <span>
#include <tuple>

namespace spfwalk::spf {

namespace {

/// Zones made to fan out have thousands of visits with thousands of terms each.
constexpr std::size_t most_nodes = 50'000;

/// What a verdict says of each place.
class SiteIndex {
  public:
    explicit SiteIndex(const Verdict& verdict) : verdict_(verdict), sure_(verdict.sure()) {
        for (std::uint32_t i = 0; i < verdict.visits.size(); ++i)
            if (verdict.visits[i].parent != Visit::no_parent)
                visits_.emplace(key({verdict.visits[i].parent, verdict.visits[i].via}), i);
        for (const TermUse& use : verdict.uses)
            places_[key(use.site)].use = &use;
        for (const Region& region : verdict.regions)
            places_[key(region.decided_by)].regions.push_back(&region);
        for (const Finding& finding : verdict.findings)
            places_[key(place_of(finding))].findings.push_back(&finding);
    }

    const Verdict& verdict() const { return verdict_; }

    /// The visit that the term led to.
    std::optional<std::uint32_t> visit_by(Site site) const {
        const auto found = visits_.find(key(site));
        return found == visits_.end() ? std::nullopt : std::optional(found->second);
    }

    /// Adds what happened at the site.
    void describe(Site site, TermShare& share, std::vector<const Finding*>& findings) const {
        const auto found = places_.find(key(site));
        if (found == places_.end()) return;
        const Place& place = found->second;
        if (place.use != nullptr) {
            share.reached = true;
            share.lookups += place.use->lookups;
            share.voids += place.use->voids;
            share.ttl = dns::smaller_ttl(share.ttl, place.use->ttl);
        }
        net::RangeList passing;
        for (const Region* region : place.regions) {
            if (region->result == Result::pass) {
                passing.append(region->addresses.ranges());
            } else if (!region->unlikely &&
                       std::ranges::find(share.others, region->result) == share.others.end()) {
                share.others.push_back(region->result);
            }
        }
        const net::AddressSet may_pass = net::AddressSet::from_ranges(std::move(passing));
        const net::AddressSet passes = verdict_.undecidable ? may_pass & sure_ : may_pass;
        share.own |= passes;
        share.passes |= passes;
        share.may_pass |= may_pass;
        for (const Finding* finding : place.findings)
            share.undecidable = share.undecidable || finding->code == Code::undecidable ||
                                finding->code == Code::lenient_undecidable;
        findings.insert(findings.end(), place.findings.begin(), place.findings.end());
    }

  private:
    struct Place {
        const TermUse* use = nullptr;
        std::vector<const Region*> regions;
        std::vector<const Finding*> findings;
    };
    using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>;
    static Key key(Site site) {
        return site.whole() ? Key{site.visit, 0, 0} : Key{site.visit, site.term.begin, site.term.end};
    }

    /// A syntax error is found with the record as a whole, but belongs to the term that holds it.
    Site place_of(const Finding& finding) const {
        const PublicationPtr& publication = verdict_.visits[finding.site.visit].publication;
        if (finding.where == Extent{} || !publication) return finding.site;
        for (const Directive& directive : publication->record.directives)
            if (directive.where.begin <= finding.where.begin && finding.where.end <= directive.where.end)
                return {finding.site.visit, directive.where};
        return finding.site;
    }

    const Verdict& verdict_;
    net::AddressSet sure_;
    std::map<Key, std::uint32_t> visits_;
    std::map<Key, Place> places_;
};

/// A visit in the verdict of one family.
struct Stand {
    const SiteIndex* index;
    std::uint32_t visit;

    const Visit& operator*() const { return index->verdict().visits[visit]; }
};

class TreeMaker {
  public:
    explicit TreeMaker(std::size_t families) : families_(families) {}

    /// Fills in what is at the term of `sites` and below the record that it led to.
    void fill(TreeNode& node, std::span<const Stand> sites, Extent term, std::span<const Stand> led_to) {
        std::vector<std::pair<const Finding*, const Verdict*>> found;
        for (const Stand& stand : sites) {
            if (term.begin != term.end) describe(node, stand, {stand.visit, term}, found);
        }
        for (const Stand& stand : led_to)
            describe(node, stand, {stand.visit, {}}, found);
        say(node, found);
        for (TermShare& share : node.shares) {
            share.lookups_below = share.lookups;
            share.voids_below = share.voids;
        }
        if (!led_to.empty()) grow(node, led_to);
    }

    bool left_out() const { return left_out_; }

  private:
    void describe(TreeNode& node, const Stand& stand, Site site,
                  std::vector<std::pair<const Finding*, const Verdict*>>& found) {
        TermShare& share = node.share(stand.index->verdict().family);
        share.asked = true;
        std::vector<const Finding*> findings;
        stand.index->describe(site, share, findings);
        for (const Finding* finding : findings)
            found.emplace_back(finding, &stand.index->verdict());
    }

    /// What the families have in common is said once.
    void say(TreeNode& node, std::span<const std::pair<const Finding*, const Verdict*>> found) const {
        struct Said {
            const Finding* finding;
            const Verdict* verdict;
            std::string text;
            std::size_t families;
        };
        std::vector<Said> all;
        for (const auto& [finding, verdict] : found) {
            std::string text = describe_in_place(*finding, *verdict);
            const auto same = std::ranges::find(all, text, &Said::text);
            if (same == all.end())
                all.push_back({finding, verdict, std::move(text), 1});
            else
                ++same->families;
        }
        for (Said& said : all) {
            std::optional<net::Family> only;
            if (said.families < families_) only = said.verdict->family;
            if (only) said.text = describe_in_place(*said.finding, *said.verdict, only);
            node.findings.push_back({said.finding->code, std::move(said.text), only, said.finding->rcode});
        }
    }

    /// Adds the terms of the record that all of `stands` evaluate.
    void grow(TreeNode& node, std::span<const Stand> stands) {
        const PublicationPtr& publication = (*stands.front()).publication;
        node.target = (*stands.front()).domain;
        if (!publication || publication->kind != Publication::Kind::record) return;
        const Record& record = publication->record;
        node.record = record.text;
        std::vector<TreeNode> terms;
        for (const Directive& directive : record.directives)
            if (!add_term(terms, record, directive.where, stands)) break;
        if (record.redirect) add_term(terms, record, record.redirect->where, stands);
        for (const net::Family family : net::both_families)
            sum(node.share(family), terms, family);
        if (nodes_ + terms.size() <= most_nodes) {
            nodes_ += terms.size();
            node.children = std::move(terms);
        } else {
            left_out_ = true;
        }
    }

    static void sum(TermShare& share, std::span<const TreeNode> terms, net::Family family) {
        net::RangeList passes = share.passes.ranges();
        net::RangeList may_pass = share.may_pass.ranges();
        for (const TreeNode& term : terms) {
            const TermShare& more = term.share(family);
            share.lookups_below += more.lookups_below;
            share.voids_below += more.voids_below;
            passes.append(more.passes.ranges());
            may_pass.append(more.may_pass.ranges());
        }
        share.passes = net::AddressSet::from_ranges(std::move(passes));
        share.may_pass = net::AddressSet::from_ranges(std::move(may_pass));
    }

    /// Adds one node, or one for each domain that the term led to. False if nothing behind it matters any
    /// more.
    bool add_term(std::vector<TreeNode>& terms, const Record& record, Extent term,
                  std::span<const Stand> stands) {
        struct Branch {
            std::vector<Stand> sites;
            std::vector<Stand> led_to;
        };
        std::vector<Branch> branches;
        for (const Stand& stand : stands) {
            const auto visit = stand.index->visit_by({stand.visit, term});
            const auto same = std::ranges::find_if(branches, [&](const Branch& branch) {
                return !visit || branch.led_to.empty() ||
                       (*branch.led_to.front()).domain == stand.index->verdict().visits[*visit].domain;
            });
            Branch& branch = same == branches.end() ? branches.emplace_back() : *same;
            branch.sites.push_back(stand);
            if (visit) branch.led_to.push_back({stand.index, *visit});
        }
        bool reached = false;
        for (const Branch& branch : branches) {
            TreeNode& node = terms.emplace_back();
            node.term = record.slice(term);
            node.leads = !branch.led_to.empty();
            if (branches.size() > 1) node.only = branch.sites.front().index->verdict().family;
            fill(node, branch.sites, term, branch.led_to);
            reached = reached || node.reached();
        }
        // Terms are reached in their order, so behind one that is not there is nothing to add up.
        return reached || !left_out_;
    }

    std::size_t families_;
    std::size_t nodes_ = 0;
    bool left_out_ = false;
};

template <class Of>
auto most(const TreeNode& node, Of of) {
    return std::max(node.shares[0].*of, node.shares[1].*of);
}

} // namespace

int TreeNode::lookups_below() const {
    return most(*this, &TermShare::lookups_below);
}

int TreeNode::voids_below() const {
    return most(*this, &TermShare::voids_below);
}

bool TreeNode::reached() const {
    return most(*this, &TermShare::reached);
}

bool TreeNode::undecidable() const {
    return most(*this, &TermShare::undecidable);
}

std::optional<std::uint32_t> TreeNode::ttl() const {
    return dns::smaller_ttl(shares[0].ttl, shares[1].ttl);
}

Tree make_tree(const Report& report) {
    Tree tree;
    tree.domain = report.domain;
    tree.standing = report.standing();
    tree.ttl = report.ttl();
    std::vector<SiteIndex> indices;
    indices.reserve(report.verdicts.size());
    std::vector<Stand> roots;
    for (const Verdict& verdict : report.verdicts) {
        tree.families.push_back(verdict.family);
        tree.lookups = std::max(tree.lookups, verdict.lookups);
        tree.voids = std::max(tree.voids, verdict.voids);
        roots.push_back({&indices.emplace_back(verdict), 0});
    }
    tree.root.term = report.domain;
    TreeMaker maker(roots.size());
    maker.fill(tree.root, {}, {}, roots);
    tree.left_out = maker.left_out();
    return tree;
}

} // namespace spfwalk::spf
