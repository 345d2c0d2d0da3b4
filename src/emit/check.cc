#include "spfwalk/emit/check.h"

#include "json_parts.h"

#include "spfwalk/escape.h"
#include "spfwalk/spf/finding.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::emit {

CheckResult check_result(const spf::Report& report, CheckSubject subject) {
    const DomainResult known = domain_result(report, Certainty::sure);
    const spf::Verdict& verdict = report.verdicts.front();
    CheckResult result;
    result.subject = std::move(subject);
    result.record = known.record;
    result.lookups = known.lookups;
    result.voids = known.voids;
    result.ttl = known.ttl;
    result.findings = known.findings;
    const auto not_pass = std::ranges::find_if(
        verdict.regions, [](const spf::Region& region) { return region.result != spf::Result::pass; });
    const spf::Region& region = not_pass == verdict.regions.end() ? verdict.regions.front() : *not_pass;
    result.result = region.result;
    for (const std::string_view term : path(verdict.visits, region.decided_by))
        result.path.push_back(escape(term));
    result.way = spf::path_text(verdict.visits, region.decided_by);
    result.is_default = region.result == spf::Result::neutral && region.decided_by.whole();
    if (region.result == spf::Result::fail) result.explanation = verdict.explanation;
    return result;
}

std::string print_check(const CheckResult& result) {
    std::string text = fmt::format("{} {}", to_text(result.result), escape(result.subject.domain));
    if (!result.way.empty()) text += ": " + result.way;
    if (result.is_default) text += ": default";
    text += '\n';
    if (result.explanation) text += "explanation: " + print_explanation(result);
    return text;
}

std::string print_explanation(const CheckResult& result) {
    return printable(result.explanation.value_or("")) + '\n';
}

std::string print_check_json(const CheckResult& result, JsonLayout layout) {
    const auto escaped = [](const std::optional<std::string>& text) {
        return text ? std::optional(escape(*text)) : std::nullopt;
    };
    const CheckSubject& subject = result.subject;
    std::string text;
    JsonWriter json(text, layout);
    json.begin_object();
    json.key("format");
    json.string("spfwalk-check");
    json.key("version");
    json.number(1);
    json.key("result");
    json.string(to_text(result.result));
    json.key("ip");
    json.string(net::to_text(subject.family, subject.client));
    json.key("domain");
    json.string(escape(subject.domain));
    json.key("identity");
    json.string(subject.helo_identity ? "helo" : "mailfrom");
    json.key("sender");
    json.string(escape(subject.sender));
    json.key("helo");
    json.string(escape(subject.helo));
    json.key("path");
    json.begin_array();
    for (const std::string& term : result.path)
        json.string(term);
    json.end_array();
    json.key("default");
    json.boolean(result.is_default);
    json.key("explanation");
    json.string_or_null(escaped(result.explanation));
    json.key("record");
    json.string_or_null(escaped(result.record));
    json.key("lookups");
    json.number(result.lookups);
    json.key("voids");
    json.number(result.voids);
    json.key("ttl");
    json.number_or_null(result.ttl);
    json.key("findings");
    write_findings(json, result.findings);
    json.end_object();
    return text + '\n';
}

} // namespace spfwalk::emit
