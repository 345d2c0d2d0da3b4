#include "spfwalk/emit/publish_format.h"

#include <algorithm>
#include <array>

namespace spfwalk::emit {

namespace {

constexpr std::array table{
    PublishFormat{.name = "spf",
                  .summary = "SPF records to publish that pass for the same addresses, each behind its name",
                  .print = print_spf,
                  .read = read_spf},
    PublishFormat{.name = "spf-zone",
                  .summary = "the same as lines of a zone file",
                  .print = print_spf_zone,
                  .read = read_spf_zone,
                  .has_ttl = true},
    PublishFormat{.name = "spf-json",
                  .summary = "the same as one JSON document",
                  .print = print_spf_json,
                  .read = read_spf_json},
};

} // namespace

std::span<const PublishFormat> publish_formats() {
    return table;
}

const PublishFormat* find_publish_format(std::string_view name) {
    const auto found = std::ranges::find(table, name, &PublishFormat::name);
    return found == table.end() ? nullptr : &*found;
}

} // namespace spfwalk::emit
