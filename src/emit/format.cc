#include "spfwalk/emit/format.h"

#include <algorithm>
#include <array>

namespace spfwalk::emit {

namespace {

constexpr std::array table{
    Format{.name = "plain",
           .summary = "a prefix a line",
           .print = print_plain,
           .read = read_plain,
           .write = write_plain,
           .annotates = true},
    Format{.name = "pf",
           .summary = "a table for pfctl -T replace -f",
           .print = print_pf,
           .read = read_pf,
           .annotates = true},
    Format{.name = "nft",
           .summary = "sets ipv4 and ipv6 of table inet NAME for nft -f, one transaction",
           .print = print_nft,
           .read = read_nft,
           .check_name = check_name_nft,
           .annotates = true},
    Format{.name = "ipset",
           .summary = "sets NAME-4 and NAME-6 for ipset restore, swapped in when filled",
           .print = print_ipset,
           .read = read_ipset,
           .check_name = check_name_ipset,
           .annotates = true},
    Format{.name = "postscreen",
           .summary = "a cidr table of Postfix that permits",
           .print = print_postscreen,
           .read = read_postscreen,
           .annotates = true},
    Format{.name = "opensmtpd",
           .summary = "a list for a file table of OpenSMTPD",
           .print = print_opensmtpd,
           .read = read_opensmtpd,
           .annotates = true},
    Format{.name = "nginx-geo",
           .summary = "what goes into a geo block of nginx, value 1",
           .print = print_nginx_geo,
           .read = read_nginx_geo,
           .annotates = true},
    Format{.name = "nginx-allow",
           .summary = "allow directives of nginx",
           .print = print_nginx_allow,
           .read = read_nginx_allow,
           .annotates = true},
    Format{.name = "json",
           .summary = "one document: the prefixes, and all that is known of each domain",
           .print = print_json,
           .read = read_json,
           .detail = Detail::full},
    Format{.name = "ndjson",
           .summary = "an object a line, all that is known of one domain each",
           .print = print_ndjson,
           .read = read_ndjson,
           .detail = Detail::full,
           .every_outcome_is_data = true},
};

} // namespace

std::span<const Format> formats() {
    return table;
}

const Format* find_format(std::string_view name) {
    const auto found = std::ranges::find(table, name, &Format::name);
    return found == table.end() ? nullptr : &*found;
}

} // namespace spfwalk::emit
