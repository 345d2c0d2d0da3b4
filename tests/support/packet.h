// DNS messages for tests, built by chained calls, sound or broken on purpose.
//
//     Packet::reply("example.com", Type::txt).answer("example.com", Type::txt, 300, data::txt({"v=spf1
//     -all"}))
#pragma once

#include "spfwalk/dns/answer.h"

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::test {

/// Numbers in network order.
inline std::string be16(unsigned value) {
    return {static_cast<char>(value >> 8 & 0xff), static_cast<char>(value & 0xff)};
}
inline std::string be32(std::uint32_t value) {
    return be16(value >> 16) + be16(value & 0xffff);
}

/// A name on the wire as it stands: no lower case, no check of lengths. "" and "." are the root.
inline std::string wire_name(std::string_view dotted) {
    if (!dotted.empty() && dotted.back() == '.') dotted.remove_suffix(1);
    std::string wire;
    while (!dotted.empty()) {
        const std::string_view label = dotted.substr(0, dotted.find('.'));
        wire.push_back(static_cast<char>(label.size()));
        wire += label;
        dotted.remove_prefix(label.size() < dotted.size() ? label.size() + 1 : label.size());
    }
    return wire + '\0';
}

/// A compression pointer.
inline std::string pointer(unsigned offset) {
    return be16(0xc000 | offset);
}

/// Where the question's name stands in every message.
inline constexpr unsigned question_offset = 12;

/// RDATA by type.
namespace data {
inline std::string a(std::uint32_t address) {
    return be32(address);
}
inline std::string aaaa(std::uint64_t high, std::uint64_t low) {
    return be32(static_cast<std::uint32_t>(high >> 32)) + be32(static_cast<std::uint32_t>(high)) +
           be32(static_cast<std::uint32_t>(low >> 32)) + be32(static_cast<std::uint32_t>(low));
}
inline std::string name(std::string_view dotted) {
    return wire_name(dotted);
}
inline std::string mx(unsigned preference, std::string_view exchange) {
    return be16(preference) + wire_name(exchange);
}
inline std::string txt(std::initializer_list<std::string_view> strings) {
    std::string rdata;
    for (const std::string_view string : strings) {
        rdata.push_back(static_cast<char>(string.size()));
        rdata += string;
    }
    return rdata;
}
inline std::string soa(std::uint32_t minimum) {
    return wire_name("ns.example") + wire_name("hostmaster.example") + be32(1) + be32(3600) + be32(600) +
           be32(86400) + be32(minimum);
}
} // namespace data

class Packet {
  public:
    /// A reply with one question in class IN.
    static Packet reply(std::string_view name, dns::Type type, unsigned rcode = 0) {
        return Packet(0x8180 | (rcode & 0xf)).question(wire_name(name), static_cast<unsigned>(type));
    }

    explicit Packet(unsigned flags) : bytes_(be16(0x1234) + be16(flags) + std::string(8, '\0')) {}

    /// Names are given on the wire here: see wire_name() and pointer().
    Packet& question(const std::string& name, unsigned type, unsigned question_class = 1) {
        bytes_ += name + be16(type) + be16(question_class);
        return count(4);
    }
    Packet& record(unsigned section_offset, const std::string& owner, unsigned type, unsigned record_class,
                   std::uint32_t ttl, const std::string& rdata) {
        bytes_ += owner + be16(type) + be16(record_class) + be32(ttl) +
                  be16(static_cast<unsigned>(rdata.size())) + rdata;
        return count(section_offset);
    }

    Packet& answer(std::string_view owner, dns::Type type, std::uint32_t ttl, const std::string& rdata) {
        return record(6, wire_name(owner), static_cast<unsigned>(type), 1, ttl, rdata);
    }
    Packet& alias(std::string_view owner, std::string_view target, std::uint32_t ttl = 300) {
        return answer(owner, dns::Type::cname, ttl, data::name(target));
    }
    Packet& authority(std::string_view owner, dns::Type type, std::uint32_t ttl, const std::string& rdata) {
        return record(8, wire_name(owner), static_cast<unsigned>(type), 1, ttl, rdata);
    }
    Packet& additional(std::string_view owner, dns::Type type, std::uint32_t ttl, const std::string& rdata) {
        return record(10, wire_name(owner), static_cast<unsigned>(type), 1, ttl, rdata);
    }
    /// An OPT record (RFC 6891 §6.1) with the upper eight bits of the RCODE.
    Packet& opt(unsigned upper_rcode = 0, const std::string& options = {}) {
        return record(10, wire_name(""), 41, 1232, upper_rcode << 24, options);
    }

    Packet& flags(unsigned flags) { return overwrite(2, be16(flags)); }
    /// Sets a count in the header, true or not; offsets 4, 6, 8, 10.
    Packet& set_count(unsigned offset, unsigned value) { return overwrite(offset, be16(value)); }
    Packet& raw(std::string_view octets) {
        bytes_ += octets;
        return *this;
    }
    Packet& overwrite(std::size_t offset, const std::string& octets) {
        bytes_.replace(offset, octets.size(), octets);
        return *this;
    }
    /// Drops octets from the end.
    Packet& cut(std::size_t octets) {
        bytes_.resize(bytes_.size() - octets);
        return *this;
    }

    std::size_t size() const { return bytes_.size(); }
    std::vector<std::uint8_t> bytes() const { return {bytes_.begin(), bytes_.end()}; }

  private:
    Packet& count(unsigned offset) {
        const auto at = [&](unsigned i) { return static_cast<unsigned char>(bytes_[i]); };
        return set_count(offset, (static_cast<unsigned>(at(offset)) << 8 | at(offset + 1)) + 1);
    }
    std::string bytes_;
};

} // namespace spfwalk::test
