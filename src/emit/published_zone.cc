#include "published_zone.h"

#include "spfwalk/escape.h"
#include "spfwalk/spf/universe.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace spfwalk::emit {

namespace {

/// Adds the names that the record includes.
void add_included(std::set<dns::Name>& names, const spf::Record& record) {
    for (const spf::Directive& directive : record.directives) {
        const auto* include = std::get_if<spf::Include>(&directive.mechanism);
        if (include == nullptr || include->domain.parts.size() != 1) continue;
        if (const auto* literal = std::get_if<std::string>(&include->domain.parts.front()))
            if (const auto name = dns::Name::from_domain(*literal)) names.insert(*name);
    }
}

} // namespace

PublishedZone::PublishedZone(std::span<const PublishedRecord> records) {
    for (const PublishedRecord& record : records) {
        const auto name = dns::Name::from_domain(record.name);
        if (!name) continue;
        dns::Answer& answer = answers_[{*name, dns::Type::txt}];
        answer.status = dns::Status::records;
        answer.records = dns::Texts{record.text};
    }
}

const dns::Answer* PublishedZone::find(const dns::Question& question) const {
    const auto found = answers_.find(question);
    return found == answers_.end() ? nullptr : &found->second;
}

Expected<Addresses, std::string> addresses_of(std::span<const PublishedRecord> records) {
    std::set<dns::Name> names;
    std::set<dns::Name> included;
    for (const PublishedRecord& record : records) {
        const auto name = dns::Name::from_domain(record.name);
        if (!name) return unexpected(fmt::format("\"{}\" is not a name", escape(record.name)));
        const spf::Record parsed = spf::parse_record(record.text);
        if (!spf::is_spf_record(record.text) || !parsed.errors.empty())
            return unexpected(fmt::format("{}: not an SPF record", escape(record.name)));
        if (!names.insert(*name).second)
            return unexpected(fmt::format("two records for {}", escape(record.name)));
        add_included(included, parsed);
    }
    const PublishedZone zone(records);
    Addresses result;
    bool any = records.empty();
    for (const PublishedRecord& record : records) {
        if (included.contains(*dns::Name::from_domain(record.name))) continue;
        any = true;
        for (const net::Family family : net::both_families) {
            spf::Inquiry inquiry;
            inquiry.domain = record.name;
            inquiry.family = family;
            const spf::Evaluation evaluation = spf::evaluate(zone, inquiry, {});
            if (!evaluation.complete())
                return unexpected(fmt::format("{}: the record needs {}, which is not here",
                                              escape(record.name),
                                              dns::to_text(evaluation.wanted.front().question)));
            if (evaluation.verdict.has(spf::Result::none))
                return unexpected(fmt::format("\"{}\" is not the name of a domain", escape(record.name)));
            result.of(family) |= evaluation.verdict.sure();
        }
    }
    if (!any) return unexpected(std::string("every record is included by another"));
    result.ipv6 = spf::for_output(net::Family::ipv6, std::move(result.ipv6));
    return result;
}

} // namespace spfwalk::emit
