// Evaluations over a zone given as text, and what came of them as text that a table of cases can hold.
#pragma once

#include "spfwalk/spf/finding.h"
#include "spfwalk/spf/universe.h"
#include "support/catch.h"
#include "support/zone_evidence.h"

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::test {

/// A record as a line of a master file, in strings that are short enough.
inline std::string txt(std::string_view name, std::string_view record) {
    std::string line = std::string(name) + ". TXT";
    for (std::size_t at = 0; at < record.size() || at == 0; at += 200)
        line += " \"" + std::string(record.substr(at, 200)) + '"';
    return line + '\n';
}

/// `count` times " " and the text.
inline std::string times(int count, std::string_view term) {
    std::string result;
    for (int i = 0; i < count; ++i)
        (result += ' ') += term;
    return result;
}

inline dns::Question question(std::string_view name, dns::Type type) {
    const auto read = dns::Name::from_domain(name);
    REQUIRE(read);
    return {*read, type};
}

/// What to ask about a domain. The one client, if any, is given as text.
inline spf::Inquiry inquiry_for(std::string domain, net::Family family, std::string_view client = {}) {
    spf::Inquiry inquiry;
    inquiry.domain = std::move(domain);
    inquiry.family = family;
    if (!client.empty()) {
        inquiry.client = net::parse_address(family, client);
        REQUIRE(inquiry.client);
    }
    return inquiry;
}

/// An evaluation that knows all of the zone; checks what holds for every one of them.
inline spf::Verdict evaluated(const spf::Evidence& zone, const spf::Inquiry& inquiry,
                              const spf::Rules& rules = {}) {
    spf::Evaluation evaluation = spf::evaluate(zone, inquiry, rules);
    CHECK(evaluation.complete());
    const spf::Verdict& verdict = evaluation.verdict;
    CHECK(verdict.family == inquiry.family);
    net::AddressSet all;
    for (const spf::Region& region : verdict.regions) {
        CHECK(!region.addresses.empty());
        if (!verdict.undecidable) CHECK((all & region.addresses).empty());
        all |= region.addresses;
    }
    CHECK(all == (inquiry.client ? net::AddressSet({*inquiry.client, *inquiry.client})
                                 : spf::universe(inquiry.family)));
    for (std::size_t i = 0; i < verdict.findings.size(); ++i)
        CHECK(std::count(verdict.findings.begin(), verdict.findings.end(), verdict.findings[i]) == 1);
    return std::move(evaluation.verdict);
}

inline spf::Verdict evaluated(std::string_view zone, const spf::Inquiry& inquiry,
                              const spf::Rules& rules = {}) {
    return evaluated(evidence_from(zone), inquiry, rules);
}

/// "192.0.2.0/24 198.51.100.7/32"; "none" for no address, "all" for all that a client can have.
inline std::string set_text(const net::AddressSet& set, net::Family family) {
    if (set.empty()) return "none";
    if (set == spf::universe(family)) return "all";
    std::string text;
    for (const net::Prefix& prefix : set.prefixes(family))
        text += (text.empty() ? "" : " ") + to_text(prefix);
    return text;
}

/// "pass 192.0.2.1/32, permerror 10.0.0.0/8, fail rest": pass first, then in the order of the results; the
/// result that most addresses get comes last, as "rest" or, if there is no other, "all".
inline std::string results(const spf::Verdict& verdict) {
    std::map<spf::Result, net::AddressSet> by_result;
    for (const spf::Region& region : verdict.regions)
        by_result[region.result] |= region.addresses;
    if (by_result.size() == 1) return std::string(to_text(by_result.begin()->first)) + " all";
    const auto most = std::max_element(by_result.begin(), by_result.end(), [](const auto& a, const auto& b) {
        return a.second.size() < b.second.size();
    });
    std::string first;
    std::string others;
    for (const auto& [result, set] : by_result) {
        if (result == most->first) continue;
        std::string& place = result == spf::Result::pass ? first : others;
        place += std::string(to_text(result)) + ' ' + set_text(set, verdict.family) + ", ";
    }
    return first + others + std::string(to_text(most->first)) + " rest";
}

/// "pass", …, of one client.
inline std::string result_of_client(const spf::Verdict& verdict) {
    REQUIRE(verdict.regions.size() == 1);
    return std::string(to_text(verdict.regions[0].result));
}

/// "sure …; possible …; definite …", those equal to the one before left out.
inline std::string certainty(const spf::Verdict& verdict) {
    const std::string sure = set_text(verdict.sure(), verdict.family);
    const std::string possible = set_text(verdict.possible(), verdict.family);
    const std::string definite = set_text(verdict.definite(), verdict.family);
    return "sure " + sure + (possible == sure ? "" : "; possible " + possible) +
           (definite == sure ? "" : "; definite " + definite);
}

/// "no-record at include:a.example", …
inline std::vector<std::string> finding_texts(const spf::Verdict& verdict) {
    std::vector<std::string> texts;
    for (const spf::Finding& finding : verdict.findings) {
        std::string text(to_text(finding.code));
        const std::string path = spf::path_text(verdict.visits, finding.site);
        if (!path.empty()) text += " at " + path;
        texts.push_back(std::move(text));
    }
    return texts;
}

} // namespace spfwalk::test
