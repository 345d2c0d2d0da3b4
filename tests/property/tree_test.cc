// Trees of random zones: what the terms bring adds up to what passes.
#include "spfwalk/spf/tree.h"

#include "emit/tree_sources.h"

#include "support/catch.h"
#include "support/random_zone.h"
#include "support/zone_evidence.h"

#include <algorithm>

using namespace spfwalk;

namespace {

struct Sums {
    std::array<net::AddressSet, 2> passes;
    std::array<long double, 2> sizes{};
    std::array<int, 2> lookups{};
    std::size_t nodes = 0;
};

void add(const spf::TreeNode& node, Sums& sums) {
    ++sums.nodes;
    for (std::size_t family = 0; family < 2; ++family) {
        const spf::TermShare& share = node.shares[family];
        sums.passes[family] |= share.own;
        sums.sizes[family] += share.own.size();
        sums.lookups[family] += share.lookups;
        // A node's total is its own and its children's.
        net::AddressSet below = share.own;
        int lookups = share.lookups;
        for (const spf::TreeNode& child : node.children) {
            below |= child.shares[family].passes;
            lookups += child.shares[family].lookups_below;
        }
        CHECK(below == share.passes);
        CHECK(lookups == share.lookups_below);
        CHECK(share.may_pass.contains(share.passes));
    }
    for (const spf::TreeNode& child : node.children)
        add(child, sums);
}

spf::Report audited(const test::ZoneEvidence& evidence, const naive::Sample& sample) {
    spf::Report report;
    report.domain = sample.domain;
    for (const net::Family family : net::both_families) {
        spf::Inquiry inquiry;
        inquiry.domain = sample.domain;
        inquiry.family = family;
        inquiry.sender = sample.sender;
        inquiry.helo = sample.helo;
        inquiry.audit = true;
        spf::Evaluation evaluation = evaluate(evidence, inquiry, {});
        REQUIRE(evaluation.complete());
        report.verdicts.push_back(std::move(evaluation.verdict));
    }
    return report;
}

} // namespace

TEST_CASE("What the terms of a tree bring is what passes, each address once") {
    std::size_t deep = 0;
    for (std::uint64_t seed = 1; seed <= 400; ++seed) {
        const naive::Sample sample = naive::random_sample(seed, naive::Flavour::decidable);
        const std::string text = naive::to_master_file(sample.zone, seed);
        INFO("seed " << seed << "\n" << text);
        const spf::Report report = audited(test::evidence_from(text), sample);
        const spf::Tree tree = spf::make_tree(report);
        Sums sums;
        add(tree.root, sums);
        deep += sums.nodes > 10 ? 1 : 0;
        CHECK(tree.standing == report.standing());
        std::array<net::AddressSet, 2> pictured;
        for (const emit::TreeSource& source : emit::sources_of(tree)) {
            for (std::size_t family = 0; family < 2; ++family) {
                CHECK_FALSE(pictured[family].intersects(source.passes[family]));
                pictured[family] |= source.passes[family];
            }
        }
        CHECK(pictured == sums.passes);
        for (std::size_t family = 0; family < 2; ++family) {
            const spf::Verdict& verdict = report.verdicts[family];
            CHECK(sums.passes[family] == verdict.sure());
            // Nothing twice; IPv6 sizes are not exact.
            if (family == 0) CHECK(sums.sizes[family] == verdict.sure().size());
            CHECK(sums.lookups[family] >= verdict.lookups);
            CHECK(tree.lookups >= verdict.lookups);
            CHECK(tree.voids >= verdict.voids);
        }
    }
    CHECK(deep > 40);
}
