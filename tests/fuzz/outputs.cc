#include "fuzz/lists.h"
#include "fuzz/setting.h"
#include "support/walks.h"

#include "spfwalk/emit/publish_format.h"
#include "spfwalk/spf/walk.h"

namespace spfwalk::fuzz {

namespace {

/// Records to publish are small and few, and are read back as what passes for sure.
void check_published(const spf::Report& report, const spf::Rules& rules) {
    const emit::PublishOptions options;
    const auto published = emit::publish(report, rules, options);
    if (!published) {
        promise(is_clean_line(published.error()), "what is wrong is said in a clean line", published.error());
        return;
    }
    promise(published->lookups <= 10, "records to publish look up at most ten times");
    for (const emit::PublishedRecord& record : published->records)
        promise(record.octets <= options.answer_size || published->oversized,
                "an answer with a record to publish is small", record.text);
    emit::ListBuilder builder(emit::Certainty::sure, emit::Detail::addresses);
    builder.add(report);
    const emit::Addresses sure = builder.finish().addresses;
    for (const emit::PublishFormat& format : emit::publish_formats()) {
        const std::string text = format.print({&*published, 1}, std::nullopt);
        const auto read = format.read(text);
        promise(read.has_value() && *read == sure, "records to publish are read back as they were", text);
    }
}

} // namespace

/// The same inputs as those of the interpreter.
void fuzz_outputs(Bytes bytes) {
    Input input(bytes);
    const Setting setting(input);
    const Graph graph(input, setting.otherwise);
    spf::Report report;
    report.domain = setting.domain;
    for (const net::Family family : net::both_families)
        report.verdicts.push_back(evaluate(graph, setting.inquiry(family), setting.rules).verdict);

    const std::string shown = test::shown(report);
    promise(!shown.empty() && are_clean_lines(shown), "what a user sees is lines of printable ASCII", shown);

    const auto formats = emit::formats();
    const emit::Format& format = formats[setting.format % formats.size()];
    emit::ListBuilder builder((setting.style & 4) != 0 ? emit::Certainty::possible : emit::Certainty::sure,
                              emit::Detail::full);
    builder.add(report);
    check_list(builder.finish(), format, style_of(format, setting.style));
    const spf::Standing standing = report.standing();
    if (!setting.sender && !setting.helo &&
        (standing == spf::Standing::ok || standing == spf::Standing::permerror))
        check_published(report, setting.rules);
}

} // namespace spfwalk::fuzz
