#include "fuzz/fuzz.h"
#include "fuzz/lists.h"

namespace spfwalk::fuzz {

/// An octet that chooses the format, one that chooses the style, and text to read.
void fuzz_formats(Bytes bytes) {
    Input input(bytes);
    const auto formats = emit::formats();
    const emit::Format& format = formats[input.octet() % formats.size()];
    const emit::Style style = style_of(format, input.octet());
    const auto read = format.read(as_text(input.rest()));
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
