// A domain's records as a tree of terms, each with what it brought, cost and ran into: for people to look at.
//
// Everything is read from the verdicts; nothing is evaluated here.
#pragma once

#include "spfwalk/net/address_set.h"
#include "spfwalk/spf/walk.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace spfwalk::spf {

/// What a term did for the clients of one family. "Below" is the term and all terms of the records it led to.
struct TermShare {
    bool asked = false;         ///< whether the family was asked for, and the term stands where it was
    bool reached = false;       ///< some address came to the term
    bool undecidable = false;   ///< the term depends on what a list cannot know
    net::AddressSet own;        ///< the addresses that pass because of the term itself
    net::AddressSet passes;     ///< those that pass because of a term below (Verdict::sure())
    net::AddressSet may_pass;   ///< with those that pass only if undecidable terms match: holds `passes`
    std::vector<Result> others; ///< the other results that the term itself decides, in the order decided
    int lookups = 0;            ///< 1 if the term counts against the lookup limit (§4.6.4)
    int voids = 0;              ///< void lookups of the term itself
    int lookups_below = 0;      ///< sums, whether or not one client meets them all
    int voids_below = 0;
    std::optional<std::uint32_t> ttl; ///< seconds: the smallest of the answers that the term itself used
};

/// What there is to say about a term.
struct TermFinding {
    Code code = Code::syntax;
    std::string text;                        ///< one printable line, without the path
    std::optional<net::Family> only;         ///< if it holds for one of the families asked for
    std::optional<std::uint16_t> rcode = {}; ///< of a reply that was no answer
};

struct TreeNode {
    std::string term;                  ///< as published, raw; of the root: the domain
    std::string target;                ///< the domain whose record stands below, raw; empty if there is none
    bool leads = false;                ///< whether an include or redirect was followed to `target`
    std::optional<std::string> record; ///< of `target`, raw, if it has exactly one
    std::optional<net::Family> only;   ///< if the term stands for one of the families asked for: `%{v}`
    std::array<TermShare, 2> shares;   ///< by net::Family
    std::vector<TermFinding> findings; ///< in the order met
    std::vector<TreeNode> children;    ///< the terms of `record` in the order of evaluation

    const TermShare& share(net::Family family) const { return shares[static_cast<std::size_t>(family)]; }
    TermShare& share(net::Family family) { return shares[static_cast<std::size_t>(family)]; }
    /// Of the family that has more.
    int lookups_below() const;
    int voids_below() const;
    /// Of both families.
    bool reached() const;
    bool undecidable() const;
    std::optional<std::uint32_t> ttl() const;
};

struct Tree {
    std::string domain; ///< ASCII, as asked
    Standing standing = Standing::ok;
    std::vector<net::Family> families; ///< those asked for
    TreeNode root;
    bool left_out = false; ///< some terms have no node, because there would be too many; sums hold them
    int lookups = 0;       ///< the most that one client costs, of the family that has more (Verdict::lookups)
    int voids = 0;
    std::optional<std::uint32_t> ttl; ///< seconds: the smallest of all answers used
};

/// From the report of a request about all addresses of one or both families, with Inquiry::audit.
/// exp= and unknown modifiers decide nothing and have no node.
Tree make_tree(const Report& report);

} // namespace spfwalk::spf
