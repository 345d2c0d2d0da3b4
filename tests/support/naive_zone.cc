#include "support/naive_zone.h"

#include <random>

namespace naive {

namespace {

/// Whether the name owns records or some name below it does (an empty non-terminal, RFC 4592 §2.2.2).
bool exists(const Zone& zone, const std::string& name) {
    const std::string below = "." + name;
    for (const auto& [owner, node] : zone.names) {
        if (owner == name || owner.ends_with(below)) return true;
    }
    return false;
}

/// The owner whose data answers for `name`: itself, or the wildcard below its closest encloser (RFC 4592
/// §3.3.1); nothing if the name does not exist. The owner may be an empty non-terminal.
std::optional<std::string> owner_of(const Zone& zone, const std::string& name) {
    if (exists(zone, name)) return name;
    std::string encloser = name;
    while (true) {
        const std::size_t dot = encloser.find('.');
        if (dot == std::string::npos) { // the root always exists
            if (exists(zone, "*")) return "*";
            return std::nullopt;
        }
        encloser = encloser.substr(dot + 1);
        if (!exists(zone, encloser)) continue;
        if (exists(zone, "*." + encloser)) return "*." + encloser;
        return std::nullopt;
    }
}

/// RFC 1035 §5.1: \DDD for what is not a letter, digit, hyphen, underscore, dot or asterisk.
std::string name_text(const std::string& name) {
    std::string text;
    for (const char c : name) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '_' || c == '.' || c == '*';
        if (plain)
            text += c;
        else
            text += {'\\', static_cast<char>('0' + byte / 100), static_cast<char>('0' + byte / 10 % 10),
                     static_cast<char>('0' + byte % 10)};
    }
    return text + ".";
}

/// One character-string in quotes.
std::string in_quotes(const std::string& data) {
    std::string text = "\"";
    for (const char c : data) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            text += {'\\', c};
        else if (byte < 0x20 || byte > 0x7e)
            text += {'\\', static_cast<char>('0' + byte / 100), static_cast<char>('0' + byte / 10 % 10),
                     static_cast<char>('0' + byte % 10)};
        else
            text += c;
    }
    return text + "\"";
}

} // namespace

std::string lower(std::string text) {
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

Found lookup(const Zone& zone, const std::string& name, const std::string& type) {
    Found found;
    std::string current = lower(name);
    std::set<std::string> seen;
    while (true) {
        if (zone.fails.count({current, type}) > 0 || !seen.insert(current).second) {
            found.outcome = Outcome::failure;
            return found;
        }
        const std::optional<std::string> owner = owner_of(zone, current);
        if (!owner) {
            found.outcome = Outcome::no_name;
            return found;
        }
        const auto entry = zone.names.find(*owner);
        const Node node = entry == zone.names.end() ? Node{} : entry->second;
        if (node.cname) {
            current = lower(*node.cname);
            continue;
        }
        if (type == "A") found.data = node.a;
        if (type == "AAAA") found.data = node.aaaa;
        if (type == "TXT") found.data = node.txt;
        if (type == "PTR") found.data = node.ptr;
        if (type == "MX") found.mx = node.mx;
        found.outcome = found.data.empty() && found.mx.empty() ? Outcome::no_data : Outcome::records;
        return found;
    }
}

std::string to_master_file(const Zone& zone, std::uint64_t seed) {
    std::mt19937_64 random(seed);
    std::string text = "$TTL 300\n";
    for (const auto& [name, node] : zone.names) {
        const std::string owner = name_text(name) + " IN ";
        if (node.cname) {
            text += owner + "CNAME " + name_text(*node.cname) + "\n";
            continue;
        }
        for (const std::string& a : node.a)
            text += owner + "A " + a + "\n";
        for (const std::string& aaaa : node.aaaa)
            text += owner + "AAAA " + aaaa + "\n";
        for (const auto& [preference, exchange] : node.mx)
            text += owner + "MX " + std::to_string(preference) + " " + name_text(exchange) + "\n";
        for (const std::string& target : node.ptr)
            text += owner + "PTR " + name_text(target) + "\n";
        for (const std::string& txt : node.txt) {
            text += owner + "TXT";
            std::size_t from = 0;
            do {
                const std::size_t most =
                    random() % 2 == 0 ? 255 : 1 + static_cast<std::size_t>(random() % 60);
                const std::string piece = txt.substr(from, most);
                from += piece.size();
                text += " " + in_quotes(piece);
            } while (from < txt.size());
            text += "\n";
        }
        const bool bare =
            node.a.empty() && node.aaaa.empty() && node.mx.empty() && node.ptr.empty() && node.txt.empty();
        if (bare) text += owner + "TYPE65280 \\# 0\n"; // the name exists, RFC 3597 §5
    }
    for (const auto& [name, type] : zone.fails)
        text += ";! " + name_text(name) + " " + type + " SERVFAIL\n";
    return text;
}

} // namespace naive
