// Whole walks over a zone in text, with the answers in a chosen order.
#pragma once

#include "support/fake_resolver.h"

#include "spfwalk/cli/remarks.h"
#include "spfwalk/emit/format.h"
#include "spfwalk/spf/walk.h"

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::test {

struct Walked {
    std::vector<spf::Report> reports; ///< in the order of the domains
    std::vector<dns::Question> asked; ///< in the order asked
    std::size_t waves = 0;
};

inline dns::MasterFile zone_from(std::string_view text) {
    auto file = dns::parse_master_file(text, "zone");
    if (!file) throw std::runtime_error(file.error().text);
    return std::move(*file);
}

inline Walked walk(std::string_view zone, const std::vector<std::string>& domains, FakeResolver::Order order,
                   const spf::WalkOptions& options = {},
                   std::span<const net::Family> families = net::both_families,
                   dns::AnswerStore::Limits limits = {}) {
    FakeResolver resolver(zone_from(zone), std::move(order));
    dns::AnswerStore store(resolver, limits);
    Walked result;
    result.reports.resize(domains.size());
    std::size_t next = 0;
    spf::Walker(store, options)
        .run(
            [&]() {
                return next == domains.size() ? std::nullopt
                                              : std::optional(spf::Request::about(domains[next++], families));
            },
            [&](spf::Report report) {
                const std::size_t index = report.index;
                result.reports.at(index) = std::move(report);
            });
    result.asked = resolver.asked;
    result.waves = resolver.waves;
    return result;
}

/// Everything a user could see of a report.
inline std::string shown(const spf::Report& report) {
    std::string text = cli::summary(report, {}, emit::Certainty::sure) + '\n';
    for (const cli::Remark& remark : cli::remarks(report, emit::Certainty::sure))
        text += remark.text + '\n';
    text += emit::print_regions(report);
    for (const emit::Certainty certainty : {emit::Certainty::sure, emit::Certainty::possible}) {
        emit::ListBuilder builder(certainty, emit::Detail::sources);
        builder.add(report);
        const emit::List list = builder.finish();
        text += emit::print_plain(list, {emit::Aggregate::fewest, emit::Annotate::yes});
        text += emit::print_plain(list, {emit::Aggregate::as_published, emit::Annotate::yes});
    }
    return text;
}

} // namespace spfwalk::test
