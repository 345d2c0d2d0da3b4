#include "emit/json_parts.h"
#include "spfwalk/emit/lint.h"
#include "spfwalk/escape.h"

#include <map>
#include <utility>

namespace spfwalk::emit {

struct LintJson::Impl {
    explicit Impl(JsonLayout layout) : json(out, layout) {
        json.begin_object();
        json.key("format");
        json.string("spfwalk-lint");
        json.key("version");
        json.number(1);
        json.key("domains");
        json.begin_array();
    }

    std::string out;
    JsonWriter json;

    /// Each record once, in the order met, and where it stands.
    using Records = std::map<const spf::Publication*, std::size_t>;
    Records write_records(const LintResult& result) {
        Records places;
        json.key("records");
        json.begin_array();
        for (const spf::LintFinding& finding : result.findings.found) {
            if (!finding.publication) continue;
            if (!places.try_emplace(finding.publication.get(), places.size()).second) continue;
            json.begin_object();
            json.key("domain");
            json.string(escape(finding.domain));
            json.key("text");
            json.string(escape(finding.publication->record.text));
            json.end_object();
        }
        json.end_array();
        return places;
    }

    void write_finding(const spf::LintFinding& finding, const Records& places) {
        const spf::LintRule& rule = finding.rule();
        const bool placed = finding.publication && finding.where.begin < finding.where.end;
        const auto number_if = [&](bool known, std::size_t value) {
            json.number_or_null(known ? std::optional(value) : std::nullopt);
        };
        json.begin_object();
        json.key("code");
        json.string(rule.name);
        json.key("severity");
        json.string(to_text(rule.severity));
        json.key("family");
        write_family(json, finding.only);
        json.key("path");
        json.begin_array();
        for (const std::string& term : finding.path)
            json.string(escape(term));
        json.end_array();
        json.key("record");
        number_if(finding.publication != nullptr,
                  finding.publication ? places.at(finding.publication.get()) : 0);
        json.key("column");
        number_if(placed, finding.where.column());
        json.key("length");
        number_if(placed, finding.where.end - finding.where.begin);
        json.key("text");
        json.string(finding.text);
        json.key("advice");
        json.string(finding.advice);
        json.key("section");
        json.string(finding.section);
        json.end_object();
    }
};

LintJson::LintJson(JsonLayout layout) : impl_(std::make_unique<Impl>(layout)) {}
LintJson::~LintJson() = default;

void LintJson::add(const LintResult& result) {
    JsonWriter& json = impl_->json;
    std::optional<std::string> worst;
    spf::Severity severity = spf::Severity::note;
    for (const spf::LintFinding& finding : result.findings.found)
        if (!worst || finding.rule().severity > severity) {
            severity = finding.rule().severity;
            worst = to_text(severity);
        }
    json.begin_object();
    json.key("domain");
    json.string(escape(result.domain));
    json.key("worst");
    json.string_or_null(worst);
    const Impl::Records places = impl_->write_records(result);
    json.key("findings");
    json.begin_array();
    for (const spf::LintFinding& finding : result.findings.found)
        impl_->write_finding(finding, places);
    json.end_array();
    json.key("omitted");
    json.begin_array();
    for (const spf::LintOmission& omission : result.findings.omitted) {
        json.begin_object();
        json.key("code");
        json.string(spf::rule_of(omission.code).name);
        json.key("count");
        json.number(omission.count);
        json.end_object();
    }
    json.end_array();
    json.end_object();
}

std::string LintJson::take() {
    return std::exchange(impl_->out, {});
}

std::string LintJson::finish() {
    impl_->json.end_array();
    impl_->json.end_object();
    impl_->out += '\n';
    return take();
}

} // namespace spfwalk::emit
