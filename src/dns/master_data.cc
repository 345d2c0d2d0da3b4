#include "master_data.h"

#include "spfwalk/ascii.h"

#include <algorithm>
#include <utility>

namespace spfwalk::dns {

namespace {

constexpr std::size_t max_rdata = 65535;
constexpr std::size_t longest_string = 255; // RFC 1035 §3.3.14

constexpr std::uint16_t number(Type type) {
    return static_cast<std::uint16_t>(type);
}

constexpr std::pair<std::string_view, std::uint16_t> mnemonics[] = {
    {"TXT", number(Type::txt)},     {"MX", number(Type::mx)},   {"A", number(Type::a)},
    {"AAAA", number(Type::aaaa)},   {"NS", number(Type::ns)},   {"SOA", number(Type::soa)},
    {"CNAME", number(Type::cname)}, {"PTR", number(Type::ptr)}, {"SPF", number(Type::spf)},
    {"DNAME", type_dname},
};

/// Other types that zones have (the IANA registry of DNS parameters, 2026-11): their names exist, and nobody
/// here asks for more. What is none of these is a mistake, which would change what is said about the name.
constexpr std::string_view unused_types[] = {
    "MD",    "MF",    "MB",     "MG",       "MR",      "NULL",   "WKS",  "HINFO",      "MINFO",
    "RP",    "AFSDB", "X25",    "ISDN",     "RT",      "NSAP",   "SIG",  "NSAP-PTR",   "KEY",
    "PX",    "GPOS",  "LOC",    "NXT",      "EID",     "NIMLOC", "SRV",  "ATMA",       "NAPTR",
    "KX",    "CERT",  "A6",     "SINK",     "OPT",     "APL",    "DS",   "SSHFP",      "IPSECKEY",
    "RRSIG", "NSEC",  "DNSKEY", "DHCID",    "NSEC3",   "TLSA",   "HIP",  "NSEC3PARAM", "SMIMEA",
    "NINFO", "RKEY",  "TALINK", "CDS",      "CDNSKEY", "CSYNC",  "SVCB", "OPENPGPKEY", "ZONEMD",
    "HTTPS", "DSYNC", "UINFO",  "HHIT",     "BRID",    "UID",    "GID",  "UNSPEC",     "NID",
    "L32",   "L64",   "LP",     "EUI48",    "EUI64",   "NXNAME", "TKEY", "TSIG",       "URI",
    "CAA",   "AVC",   "DOA",    "AMTRELAY", "RESINFO", "WALLET", "CLA",  "IPN",        "TA",
    "DLV"};

std::string not_a_name(std::string_view text) {
    return shown(text) + " is not a domain name";
}

template <class List>
List& list(RecordSet& set) {
    if (!std::holds_alternative<List>(set.records)) set.records = List();
    return std::get<List>(set.records);
}

/// Takes a name off the front of wire format.
std::optional<Name> take_name(std::string_view& wire) {
    std::size_t end = 0;
    while (end < wire.size() && wire[end] != '\0')
        end += static_cast<unsigned char>(wire[end]) + 1U;
    if (end >= wire.size()) return std::nullopt;
    auto name = Name::from_wire(wire.substr(0, end + 1));
    wire.remove_prefix(end + 1);
    return name;
}

/// A number in network order, of as many octets as there are (up to 8).
std::uint64_t big_endian(std::string_view octets) {
    std::uint64_t value = 0;
    for (const char c : octets)
        value = value << 8 | static_cast<unsigned char>(c);
    return value;
}

} // namespace

std::optional<std::uint16_t> parse_type(std::string_view text) {
    for (const auto& [mnemonic, type] : mnemonics)
        if (equal_ignoring_case(text, mnemonic)) return type;
    if (text.size() > 4 && equal_ignoring_case(text.substr(0, 4), "TYPE")) {
        const auto type = parse_number(text.substr(4), UINT16_MAX);
        if (type && *type != 0) return static_cast<std::uint16_t>(*type);
        return std::nullopt;
    }
    const bool is_unused = std::any_of(std::begin(unused_types), std::end(unused_types),
                                       [&](auto mnemonic) { return equal_ignoring_case(text, mnemonic); });
    return is_unused ? std::optional(std::uint16_t{0}) : std::nullopt;
}

std::optional<std::string> DataReader::add_to(RecordSet& set) {
    if (tokens_.empty()) return "data is missing";
    return is_generic() ? add_generic_form(set) : add_text_form(set);
}

bool DataReader::is_generic() const {
    return tokens_[0].text == "\\#" && !tokens_[0].quoted;
}

DataReader::Trouble DataReader::expect(std::size_t count, const char* what) const {
    if (tokens_.size() < count) return std::string("needs ") + what;
    if (tokens_.size() > count) return "something behind the data: " + shown(tokens_[count].text);
    return std::nullopt;
}

std::optional<Name> DataReader::name_at(std::size_t index) const {
    return Name::from_presentation(tokens_[index].text, origin_);
}

DataReader::Trouble DataReader::add_text_form(RecordSet& set) {
    const std::string_view first = tokens_[0].text;
    switch (type_) {
    case number(Type::a): {
        if (auto trouble = expect(1, "an address")) return trouble;
        const auto address = net::parse_ipv4(first);
        if (!address) return shown(first) + " is not an IPv4 address";
        list<Addresses>(set).push_back(*address);
        return std::nullopt;
    }
    case number(Type::aaaa): {
        if (auto trouble = expect(1, "an address")) return trouble;
        const auto address = net::parse_ipv6(first);
        if (!address) return shown(first) + " is not an IPv6 address";
        list<Addresses>(set).push_back(*address);
        return std::nullopt;
    }
    case number(Type::mx):
        return add_mx(set);
    case number(Type::txt):
    case number(Type::spf):
        return add_texts(set);
    case number(Type::soa):
        return read_soa();
    case number(Type::ptr):
    case number(Type::ns):
    case number(Type::cname):
    case type_dname: {
        if (auto trouble = expect(1, "a name")) return trouble;
        auto name = name_at(0);
        if (!name) return not_a_name(first);
        if (type_ == number(Type::cname) || type_ == type_dname) return add_target(set, *name);
        list<Names>(set).push_back(std::move(*name));
        return std::nullopt;
    }
    default:
        return std::nullopt; // it exists, that is all
    }
}

DataReader::Trouble DataReader::add_mx(RecordSet& set) {
    if (auto trouble = expect(2, "a preference and a name")) return trouble;
    const auto preference = parse_number(tokens_[0].text, UINT16_MAX);
    if (!preference) return shown(tokens_[0].text) + " is not a preference (0 to 65535)";
    auto exchange = name_at(1);
    if (!exchange) return not_a_name(tokens_[1].text);
    list<Exchanges>(set).push_back({static_cast<std::uint16_t>(*preference), std::move(*exchange)});
    return std::nullopt;
}

DataReader::Trouble DataReader::add_texts(RecordSet& set) {
    std::string text;
    for (const Token& token : tokens_) {
        const std::size_t before = text.size();
        if (!append_unescaped(text, token.text)) return "broken escape in " + shown(token.text);
        if (text.size() - before > 255) return "string over 255 octets: " + shown(token.text);
    }
    if (text.size() + tokens_.size() > max_rdata) return "data over 65,535 octets";
    list<Texts>(set).push_back(std::move(text));
    return std::nullopt;
}

DataReader::Trouble DataReader::add_target(RecordSet& set, const Name& name) {
    if (set.targets.empty()) set.targets.push_back(name);
    if (set.targets.front() != name)
        return "second target " + shown(name.to_text()) + " beside " + shown(set.targets.front().to_text());
    return std::nullopt;
}

DataReader::Trouble DataReader::read_soa() {
    if (auto trouble = expect(7, "two names and five numbers")) return trouble;
    for (std::size_t i = 0; i < 2; ++i)
        if (!name_at(i)) return not_a_name(tokens_[i].text);
    if (!parse_number(tokens_[2].text, UINT32_MAX)) return shown(tokens_[2].text) + " is not a serial number";
    for (std::size_t i = 3; i < 7; ++i) {
        soa_minimum_ = parse_ttl(tokens_[i].text);
        if (!soa_minimum_) return shown(tokens_[i].text) + " is not a time in seconds";
    }
    return std::nullopt;
}

DataReader::Trouble DataReader::add_generic_form(RecordSet& set) {
    const auto length = tokens_.size() < 2 ? std::nullopt : parse_number(tokens_[1].text, max_rdata);
    if (!length) return "\\# needs a length (RFC 3597)";
    std::string hex;
    for (const Token& token : tokens_.subspan(2))
        hex += token.text;
    if (hex.size() != std::size_t{*length} * 2)
        return "\\# and a length that is not that of the data (RFC 3597)";
    std::string data;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const int high = hex_digit(hex[i]);
        const int low = hex_digit(hex[i + 1]);
        if (high < 0 || low < 0) return "\\# and data that is not hexadecimal (RFC 3597)";
        data.push_back(static_cast<char>(high * 16 + low));
    }
    return add_wire(set, data);
}

DataReader::Trouble DataReader::add_wire(RecordSet& set, std::string_view data) {
    const Trouble unfit = "\\# and data that the type cannot have";
    switch (type_) {
    case number(Type::a):
    case number(Type::aaaa):
        if (data.size() != (type_ == number(Type::a) ? 4 : 16)) return unfit;
        list<Addresses>(set).push_back({data.size() == 4 ? 0 : big_endian(data.substr(0, 8)),
                                        big_endian(data.substr(data.size() == 4 ? 0 : 8))});
        return std::nullopt;
    case number(Type::mx): {
        auto exchange = data.size() < 2 ? std::nullopt : Name::from_wire(data.substr(2));
        if (!exchange) return unfit;
        list<Exchanges>(set).push_back(
            {static_cast<std::uint16_t>(big_endian(data.substr(0, 2))), std::move(*exchange)});
        return std::nullopt;
    }
    case number(Type::txt):
    case number(Type::spf): {
        if (data.empty()) return unfit;
        std::string text;
        while (!data.empty()) {
            const std::size_t length = static_cast<unsigned char>(data[0]);
            if (length + 1 > data.size()) return unfit;
            text += data.substr(1, length);
            data.remove_prefix(length + 1);
        }
        list<Texts>(set).push_back(std::move(text));
        return std::nullopt;
    }
    case number(Type::soa):
        if (!take_name(data) || !take_name(data) || data.size() != 20) return unfit;
        soa_minimum_ = sane_ttl(static_cast<std::uint32_t>(big_endian(data.substr(16))));
        return std::nullopt;
    case number(Type::ptr):
    case number(Type::ns):
    case number(Type::cname):
    case type_dname: {
        auto name = Name::from_wire(data);
        if (!name) return unfit;
        if (type_ == number(Type::cname) || type_ == type_dname) return add_target(set, *name);
        list<Names>(set).push_back(std::move(*name));
        return std::nullopt;
    }
    default:
        return std::nullopt;
    }
}

std::string character_strings(std::string_view text) {
    std::string result;
    do { // also of a text without octets
        const std::string_view string = text.substr(0, longest_string);
        result += result.empty() ? "\"" : " \"";
        for (const char c : string) {
            if (c == '"' || c == '\\') {
                result += '\\';
                result += c;
            } else if (c >= ' ' && c <= '~') {
                result += c;
            } else {
                const auto byte = static_cast<unsigned char>(c);
                result += {'\\', static_cast<char>('0' + byte / 100), static_cast<char>('0' + byte / 10 % 10),
                           static_cast<char>('0' + byte % 10)};
            }
        }
        result += '"';
        text.remove_prefix(string.size());
    } while (!text.empty());
    return result;
}

} // namespace spfwalk::dns
