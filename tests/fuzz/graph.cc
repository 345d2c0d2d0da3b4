#include "fuzz/graph.h"

#include "spfwalk/spf/macro.h"

#include <algorithm>

namespace spfwalk::fuzz {

namespace {

using dns::Type;

constexpr std::size_t most_addresses = 2000;

constexpr std::string_view below[] = {"a.a.x", "b.a.x", "a.b.x", "in-addr.a.x", "x", "a..x"};

/// What the octets from 0x80 on stand for.
constexpr std::string_view pieces[] = {
    " include:",      " a:",        " mx:",       " exists:",   " redirect=", " ptr:", " ip4:10.",
    " ip6:2001:db8:", " ?include:", " -include:", " ~include:", " -exists:",  " ?a:",  " -mx:",
    " -all",          " a",         " mx",        " ptr",       "%{i}",       "%{ir}", "%{d}",
    "%{p}",           "%{s}",       "%{l}",       "%{o}",       "%{h}",       "%{v}",  "/24",
    "//64",           "/0",         "v=spf1",     " -ip4:10."};
constexpr std::string_view lengths[] = {"/8",  "/9",  "/12", "/16", "/20", "/24", "/25", "/28",
                                        "/30", "/31", "/32", "/1",  "/64", "/96", "/128"};

std::size_t kind_of(Type type) {
    return type == Type::txt ? 0 : type == Type::a ? 1 : type == Type::aaaa ? 2 : 3;
}

template <class T>
void keep_first(std::vector<T>& values) {
    std::vector<T> result;
    for (T& value : values)
        if (std::ranges::find(result, value) == result.end()) result.push_back(std::move(value));
    values = std::move(result);
}

dns::AnswerPtr records(dns::Records values, std::uint32_t ttl) {
    auto answer = std::make_shared<dns::Answer>();
    answer->status = dns::Status::records;
    answer->records = std::move(values);
    answer->ttl = ttl;
    return answer;
}

dns::AnswerPtr nothing(dns::Status status) {
    auto answer = std::make_shared<dns::Answer>();
    answer->status = status;
    answer->ttl = 60;
    return answer;
}

dns::AnswerPtr failure(std::uint8_t kind) {
    constexpr dns::Failure kinds[] = {dns::Failure::timeout,    dns::Failure::malformed,
                                      dns::Failure::alias_loop, dns::Failure::unreachable,
                                      dns::Failure::unaskable,  dns::Failure::referral};
    return kind % 7 == 0 ? dns::failed(dns::Failure::rcode, 2) : dns::failed(kinds[kind % 7 - 1]);
}

} // namespace

std::string name_text(std::size_t index) {
    index %= name_count;
    return index < 26 ? std::string(1, static_cast<char>('a' + index)) + ".x"
                      : std::string(below[index - 26]);
}

std::string record_text(Bytes bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::uint8_t octet = bytes[i];
        if (octet < 0x80)
            text += static_cast<char>(octet);
        else if (octet < 0xa0)
            text += pieces[octet - 0x80];
        else if (octet < 0xc0)
            text += name_text(octet - 0xa0U);
        else if (octet < 0xe0)
            text += std::to_string(octet - 0xc0) + ".0.0";
        else if (octet < 0xf0)
            text += std::to_string(octet - 0xe0);
        else if (octet < 0xff)
            text += lengths[octet - 0xf0U];
        else if (i + 1 < bytes.size())
            text += static_cast<char>(bytes[++i]);
    }
    return text;
}

Graph::Graph(Input input, std::uint8_t otherwise) : otherwise_(otherwise) {
    while (!input.empty())
        read_line(input.line());
    for (auto& [name, node] : nodes_) {
        for (dns::Addresses& addresses : node.addresses) {
            std::ranges::sort(addresses);
            addresses.erase(std::ranges::unique(addresses).begin(), addresses.end());
        }
        keep_first(node.exchanges);
    }
    keep_first(pointers_);
}

void Graph::read_line(Bytes line) {
    if (line.size() < 2) return;
    Node& node = nodes_[name_text(line[0] % 30)];
    const std::uint8_t kind = line[1];
    const Bytes data = line.subspan(2);
    switch (kind) {
    case 'T':
        node.texts.push_back(record_text(data));
        break;
    case 'A':
    case '6': {
        dns::Addresses& addresses = node.addresses[kind == 'A' ? 0 : 1];
        for (std::size_t i = 0; i + 1 < data.size(); i += 2) {
            const std::uint32_t first = std::uint32_t{data[i]} << 16;
            const std::uint32_t stride = 1U << (data[i + 1] >> 5);
            for (std::uint32_t n = 0; n <= data[i + 1] % 32U && addresses.size() < most_addresses; ++n)
                addresses.push_back(kind == 'A' ? net::ipv4(0x0a000000 | (first + n * stride))
                                                : net::Address{0x20010db800000000, first + n * stride});
        }
        break;
    }
    case 'M':
        for (const std::uint8_t octet : data) {
            const auto host = dns::Name::from_domain(name_text(octet));
            node.exchanges.push_back({static_cast<std::uint16_t>(octet >> 5), host.value_or(dns::Name())});
        }
        break;
    case 'P':
        for (const std::uint8_t octet : data)
            if (auto name = dns::Name::from_domain(name_text(octet))) pointers_.push_back(std::move(*name));
        break;
    case 'F':
        for (const std::uint8_t octet : data)
            node.failures[octet % 4] = static_cast<std::uint8_t>(1 + octet / 4);
        break;
    default:
        break;
    }
}

dns::AnswerPtr Graph::answer(const dns::Question& question) const {
    dns::AnswerPtr& known = answers_[question];
    if (!known) known = work_out(question);
    return known;
}

dns::AnswerPtr Graph::work_out(const dns::Question& question) const {
    if (question.type == Type::ptr)
        return pointers_.empty() ? nothing(dns::Status::no_name) : records(pointers_, 300);
    const auto found = nodes_.find(question.name.to_text());
    if (found == nodes_.end()) return unknown(question);
    const Node& node = found->second;
    const std::size_t kind = kind_of(question.type);
    if (node.failures[kind] != 0) return failure(static_cast<std::uint8_t>(node.failures[kind] - 1));
    const auto ttl = static_cast<std::uint32_t>(100 + kind + 10 * node.texts.size());
    if (kind == 0 && !node.texts.empty()) return records(node.texts, ttl);
    if (kind == 3 && !node.exchanges.empty()) return records(node.exchanges, ttl);
    if (kind == 1 || kind == 2)
        if (const dns::Addresses& addresses = node.addresses[kind - 1]; !addresses.empty())
            return records(addresses, ttl);
    return nothing(dns::Status::no_data);
}

dns::AnswerPtr Graph::unknown(const dns::Question& question) const {
    std::size_t choice = otherwise_ % 5;
    if (choice == 4) { // one or the other, by the name
        choice = otherwise_;
        for (const char c : question.name.wire())
            choice = choice * 31 + static_cast<unsigned char>(c);
        choice = (choice >> 3) % 4;
    }
    switch (choice) {
    case 0:
        return nothing(dns::Status::no_name);
    case 1:
        return nothing(dns::Status::no_data);
    case 2:
        return failure(0);
    default:
        if (question.type == Type::a) return records(dns::Addresses{net::ipv4(0x0a010203)}, 30);
        if (question.type == Type::txt) // as a wildcard would
            return records(nodes_.empty() ? dns::Texts{"v=spf1"} : nodes_.begin()->second.texts, 30);
        return nothing(dns::Status::no_data);
    }
}

naive::Zone Graph::naive(net::Family family, net::Address client) const {
    constexpr const char* types[] = {"TXT", "A", "AAAA", "MX"};
    naive::Zone zone;
    for (const auto& [name, node] : nodes_) {
        naive::Node& target = zone.names[name];
        target.txt = node.texts;
        for (const net::Address address : node.addresses[0])
            target.a.push_back(net::to_text(net::Family::ipv4, address));
        for (const net::Address address : node.addresses[1])
            target.aaaa.push_back(net::to_text(net::Family::ipv6, address));
        for (const dns::Mx& mx : node.exchanges)
            target.mx.emplace_back(mx.preference, mx.exchange.is_root() ? "" : mx.exchange.to_text());
        for (std::size_t kind = 0; kind < 4; ++kind)
            if (node.failures[kind] != 0) zone.fails.emplace(name, types[kind]);
    }
    const std::string dotted = spf::dotted(family, client);
    std::string reverse;
    for (std::size_t end = dotted.size(); end != dotted.npos;) {
        const std::size_t dot = end == 0 ? dotted.npos : dotted.rfind('.', end - 1);
        const std::size_t begin = dot == dotted.npos ? 0 : dot + 1;
        reverse += dotted.substr(begin, end - begin) + '.';
        end = dot;
    }
    reverse += family == net::Family::ipv4 ? "in-addr.arpa" : "ip6.arpa";
    for (const dns::Name& name : pointers_)
        zone.names[reverse].ptr.push_back(name.to_text());
    return zone;
}

} // namespace spfwalk::fuzz
