#include "fuzz/fuzz.h"
#include "fuzz/lists.h"

#include "spfwalk/emit/diff.h"
#include "spfwalk/emit/publish_format.h"

namespace spfwalk::fuzz {

namespace {

/// Records to publish, and whatever --diff is told to compare with.
void read_others(std::string_view text) {
    for (const emit::PublishFormat& format : emit::publish_formats()) {
        const auto read = format.read(text);
        promise(read || is_clean_line(read.error()), "what is wrong is said in a clean line",
                read ? "" : read.error());
    }
    const auto list = emit::read_any(text);
    if (!list) {
        promise(is_clean_line(list.error()), "what is wrong is said in a clean line", list.error());
        return;
    }
    const std::string diff = emit::print_diff(emit::differences(*list, {}, emit::Aggregate::fewest));
    promise(are_clean_lines(diff), "differences are lines of printable ASCII", diff);
}

} // namespace

/// An octet that chooses the format, one that chooses the style, and text to read.
void fuzz_formats(Bytes bytes) {
    Input input(bytes);
    const auto formats = emit::formats();
    const emit::Format& format = formats[input.octet() % formats.size()];
    const emit::Style style = style_of(format, input.octet());
    const std::string_view text = as_text(input.rest());
    read_others(text);
    const auto read = format.read(text);
    if (!read) {
        promise(is_clean_line(read.error()), "what is wrong is said in a clean line", read.error());
        return;
    }
    spf::Report report;
    report.domain = "example.test";
    emit::ListBuilder builder(emit::Certainty::sure, emit::Detail::full);
    builder.add_stale(report, *read, 0);
    check_list(builder.finish(), format, style);

    // Both at once, as `--also` adds what it reads.
    emit::List also;
    extend(also, "also.txt", *read);
    if (format.detail != emit::Detail::full) check_list(also, format, style);
}

} // namespace spfwalk::fuzz
