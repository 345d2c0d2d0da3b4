#include "spfwalk/spf/finding.h"

#include "spfwalk/escape.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::spf {

namespace {

/// What a finding says: the words, what comes of it, and the section that says so.
struct Words {
    std::string text;
    std::string_view consequence; ///< "permerror", …; empty: none
    std::string section;
    std::string_view rfc = "7208";
};

/// Whether the term is the redirect of the visit's record.
bool is_redirect(const Verdict& verdict, std::uint32_t visit, Extent term) {
    return verdict.visits[visit].publication->record.is_redirect(term);
}

Words words(const Finding& finding, const Verdict& verdict) {
    const Visit& visit = verdict.visits[finding.site.visit];
    const bool root = visit.parent == Visit::no_parent;
    const auto missing = [&](std::string text, const char* section_of_root) -> Words {
        if (root) return {std::move(text), "none", section_of_root};
        return {std::move(text), "permerror", is_redirect(verdict, visit.parent, visit.via) ? "6.1" : "5.2"};
    };
    const std::string detail = escape(finding.detail);
    switch (finding.code) {
    case Code::no_record:
        return missing(fmt::format("no SPF record{}{}", detail.empty() ? "" : ": ", detail), "4.5");
    case Code::bad_name:
        return missing(fmt::format("\"{}\" is not a name that can have an SPF record", detail), "4.3");
    case Code::several_records:
        return {"more than one SPF record", "permerror", "4.5"};
    case Code::syntax:
    case Code::lenient_dropped: {
        const Record& record = visit.publication->record;
        const auto error = std::find_if(record.errors.begin(), record.errors.end(),
                                        [&](const SyntaxError& e) { return e.where == finding.where; });
        const char* const section = error == record.errors.end() ? "4.6" : error->section;
        const std::string bad = escape(record.slice(finding.where));
        const std::string place = fmt::format("syntax error at column {}: {}{}", finding.where.column(),
                                              bad.empty() ? "" : fmt::format("\"{}\": ", bad), detail);
        if (finding.code == Code::lenient_dropped)
            return {"lenient, not RFC: passed over a " + place, {}, section};
        return {place, "permerror", section};
    }
    case Code::lookup_limit:
        return {fmt::format("over the limit of {} lookups", detail), "permerror", "4.6.4"};
    case Code::void_limit:
        return {fmt::format("over the limit of {} void lookups (--void-limit none lifts it)", detail),
                "permerror", "4.6.4"};
    case Code::mx_limit:
        return {fmt::format("{} MX records, more than ten", detail), "permerror", "4.6.4"};
    case Code::dns_failure:
        return {detail, "temperror", finding.site.whole() ? "4.4" : "5"};
    case Code::unqueryable:
        return {fmt::format("\"{}\" cannot be looked up, so it matches nothing", detail), {}, "4.8"};
    case Code::local_part:
        if (is_redirect(verdict, finding.site.visit, finding.site.term))
            return {"the sender's local-part is not ASCII (RFC 8616), so there is no such record",
                    "permerror", "6.1"};
        return {"the sender's local-part is not ASCII, so it matches nothing", {}, "4", "8616"};
    case Code::undecidable:
        return {detail == "ptr" ? "depends on the client's reverse DNS, which no list can hold"
                                : fmt::format("depends on {}, which no list can hold", detail),
                {},
                detail == "ptr" ? "5.5" : "7.2"};
    case Code::work_limit:
        return {"too complex, evaluation given up", "temperror", "11.1"};
    case Code::lenient_lookups:
        return {"lenient, not RFC: more than 10 lookups from here on", {}, "4.6.4"};
    case Code::lenient_voids:
        return {"lenient, not RFC: more than 2 void lookups from here on", {}, "4.6.4"};
    case Code::lenient_dead_include:
        return {"lenient, not RFC: include without an SPF record passed over", {}, "5.2"};
    case Code::lenient_mx:
        return {fmt::format("lenient, not RFC: {} MX names, the first ten used", detail), {}, "4.6.4"};
    case Code::lenient_undecidable:
        return {"lenient, not RFC: the term may take more addresses away, which ones is unknown", {}, "4.6"};
    case Code::lenient_separator:
        return {"lenient, not RFC: tab or newline taken as a space", {}, "4.6.1"};
    case Code::lenient_repeated:
        return {"lenient, not RFC: identical SPF records taken as one", {}, "4.5"};
    }
    return {};
}

} // namespace

std::string path_text(std::span<const Visit> visits, Site site) {
    return path_text(path(visits, site));
}

std::string path_text(std::span<const std::string_view> terms) {
    std::string result;
    std::size_t size = 0;
    for (const std::string_view term : terms)
        size += term.size() + 2;
    result.reserve(size);
    for (std::size_t i = 0; i < terms.size();) {
        std::size_t end = i + 1;
        while (end < terms.size() && terms[end] == terms[i])
            ++end;
        if (i > 0) result += ": ";
        append_escaped(result, terms[i]);
        if (end > i + 1) result += fmt::format(" ({} times)", end - i); // a record that includes itself
        i = end;
    }
    return result;
}

std::string PathTexts::of(Site site) {
    std::string result;
    append(result, site);
    return result;
}

bool PathTexts::append(std::string& out, Site site) {
    const Visit& visit = visits_[site.visit];
    if (visit_ != site.visit) {
        visit_ = site.visit;
        way_.clear();
        last_ = {};
        if (visit.parent != Visit::no_parent) {
            way_ = path_text(visits_, {site.visit, {}});
            last_ = visits_[visit.parent].publication->record.slice(visit.via);
        }
        is_way_plain_ = is_plain(way_);
    }
    if (site.whole()) {
        out += way_;
        return is_way_plain_;
    }
    const Record& record = visit.publication->record;
    const std::string_view term = record.slice(site.term);
    if (term == last_) { // it is counted
        out += path_text(visits_, site);
    } else {
        if (!way_.empty()) (out += way_) += ": ";
        if (record.is_plain)
            out += term;
        else
            append_escaped(out, term);
    }
    return is_way_plain_ && record.is_plain;
}

std::string describe(const Finding& finding, const Verdict& verdict, std::optional<net::Family> only) {
    std::string line = path_text(verdict.visits, finding.site);
    if (!line.empty()) line += ": ";
    return line += describe_in_place(finding, verdict, only);
}

std::string describe_in_place(const Finding& finding, const Verdict& verdict,
                              std::optional<net::Family> only) {
    const Words found = words(finding, verdict);
    std::string line = found.text;
    line += " (";
    line += found.consequence;
    if (only) {
        if (!found.consequence.empty()) line += ' ';
        line += fmt::format("for {}", name_of(*only));
    }
    if (line.back() != '(') line += ", ";
    return line += fmt::format("RFC {} §{})", found.rfc, found.section);
}

std::string_view to_text(Code code) {
    switch (code) {
    case Code::no_record:
        return "no-record";
    case Code::bad_name:
        return "bad-name";
    case Code::several_records:
        return "several-records";
    case Code::syntax:
        return "syntax";
    case Code::lookup_limit:
        return "lookup-limit";
    case Code::void_limit:
        return "void-limit";
    case Code::mx_limit:
        return "mx-limit";
    case Code::dns_failure:
        return "dns-failure";
    case Code::unqueryable:
        return "unqueryable";
    case Code::local_part:
        return "local-part";
    case Code::undecidable:
        return "undecidable";
    case Code::work_limit:
        return "work-limit";
    case Code::lenient_lookups:
        return "lenient-lookups";
    case Code::lenient_voids:
        return "lenient-voids";
    case Code::lenient_dead_include:
        return "lenient-dead-include";
    case Code::lenient_mx:
        return "lenient-mx";
    case Code::lenient_dropped:
        return "lenient-dropped";
    case Code::lenient_undecidable:
        return "lenient-undecidable";
    case Code::lenient_separator:
        return "lenient-separator";
    case Code::lenient_repeated:
        return "lenient-repeated";
    }
    return "?";
}

bool is_relaxation(Code code) {
    return code >= Code::lenient_lookups;
}

} // namespace spfwalk::spf
