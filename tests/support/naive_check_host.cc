#include "support/naive_check_host.h"

#include "support/naive_address.h"
#include "support/naive_record.h"

#include <algorithm>

namespace naive {

namespace {

std::vector<std::string> labels_of(const std::string& name) {
    std::vector<std::string> labels(1);
    for (const char c : name) {
        if (c == '.')
            labels.emplace_back();
        else
            labels.back() += c;
    }
    return labels;
}

/// RFC 1035 §2.3.4: labels of 1 to 63 octets, 253 characters as text without the trailing dot.
bool is_well_formed(const std::string& name) {
    if (name.size() > 253) return false;
    for (const std::string& label : labels_of(name)) {
        if (label.empty() || label.size() > 63) return false;
    }
    return true;
}

bool is_or_is_below(const std::string& name, const std::string& ancestor) {
    return lower(name) == lower(ancestor) || lower(name).ends_with("." + lower(ancestor));
}

/// %{i}: dotted quad, or 32 dotted nibbles (§7.3).
std::string dotted(const Address& ip) {
    if (!ip.is_v6) return to_text(ip);
    std::string text;
    for (const std::uint8_t byte : ip.bytes) {
        for (const int nibble : {byte / 16, byte % 16}) {
            if (!text.empty()) text += '.';
            text += "0123456789abcdef"[nibble];
        }
    }
    return text;
}

/// RFC 3986 §2.1: all but the "unreserved" characters.
std::string url_escaped(const std::string& text) {
    const std::string unreserved = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~";
    std::string escaped;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (unreserved.find(c) != std::string::npos)
            escaped += c;
        else
            escaped += {'%', "0123456789ABCDEF"[byte / 16], "0123456789ABCDEF"[byte % 16]};
    }
    return escaped;
}

/// How one mechanism ended (§4.6.2, §2.6).
enum class Match { yes, no, temperror, permerror };

/// What check_host() gives for one record, with the exp= that belongs to it.
struct Evaluated {
    Result result = Result::none;
    std::optional<std::string> exp;
    std::string exp_domain;
};

struct Checker {
    const Zone& zone;
    const Options& options;
    Address ip;
    std::string local_part;
    std::string sender_domain;
    std::string helo;
    int lookups = 0; // §4.6.4: one count over all records of one check
    int voids = 0;

    // §5: "When any mechanism fetches host addresses to compare with <ip>, when <ip> is an IPv4, A records
    // are fetched; when <ip> is an IPv6 address, AAAA records are fetched."
    std::string address_type() const { return ip.is_v6 ? "AAAA" : "A"; }

    // §4.6.4: at most ten terms that cause DNS queries.
    bool one_lookup_too_many() { return ++lookups > options.lookup_limit; }

    bool too_many_voids() const { return options.void_limit >= 0 && voids > options.void_limit; }

    // §4.6.4: a void lookup is RCODE 0 without answers, or RCODE 3. True if it is one too many.
    bool one_void_too_many(const Found& found) {
        if (found.outcome != Outcome::no_data && found.outcome != Outcome::no_name) return false;
        ++voids;
        return too_many_voids();
    }

    bool matches_an_address(const std::vector<std::string>& addresses, int length) const {
        for (const std::string& text : addresses) {
            const auto address = ip.is_v6 ? parse_v6(text) : parse_v4(text);
            if (address && same_prefix(*address, ip, length)) return true;
        }
        return false;
    }

    // §5.5: the names of the first ten PTR records that have the client's address. With `counting`, queries
    // without answers are void lookups; `overflow` tells that they became too many.
    std::vector<std::string> validated_names(bool counting, bool& overflow) {
        std::vector<std::string> reversed = labels_of(dotted(ip));
        std::reverse(reversed.begin(), reversed.end());
        std::string question;
        for (const std::string& label : reversed)
            question += label + ".";
        question += ip.is_v6 ? "ip6.arpa" : "in-addr.arpa";

        std::vector<std::string> validated;
        const Found pointers = lookup(zone, question, "PTR");
        if (counting && one_void_too_many(pointers)) overflow = true;
        // §5.5: "If a DNS error occurs while doing the PTR RR lookup, then this mechanism fails to match."
        if (pointers.outcome != Outcome::records) return validated;
        // §4.6.4: "all records other than the first 10 MUST be ignored". Which are first is not for servers
        // to say, who turn sets round: that is by the octets on the wire.
        std::vector<std::string> names = pointers.data;
        const auto on_the_wire = [](const std::string& name) {
            std::string wire;
            for (const std::string& label : labels_of(lower(name)))
                wire += static_cast<char>(label.size()) + label;
            return wire + '\0';
        };
        std::sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
            return on_the_wire(a) < on_the_wire(b);
        });
        for (std::size_t i = 0; i < names.size() && i < 10; ++i) {
            const std::string& name = names[i];
            const Found found = lookup(zone, name, address_type());
            if (counting && one_void_too_many(found)) overflow = true;
            // §5.5: "If a DNS error occurs while doing an A RR lookup, then that domain name is skipped"
            if (found.outcome == Outcome::records && matches_an_address(found.data, width(ip)))
                validated.push_back(name);
        }
        return validated;
    }

    // §7.3: the domain itself, else a subdomain of it, else any; without one "unknown".
    std::string p_macro(const std::string& domain) {
        bool overflow = false;
        const std::vector<std::string> names = validated_names(false, overflow);
        for (const std::string& name : names) {
            if (lower(name) == lower(domain)) return name;
        }
        for (const std::string& name : names) {
            if (is_or_is_below(name, domain)) return name;
        }
        return names.empty() ? "unknown" : names.front();
    }

    // §7.2
    std::string macro_value(char letter, const std::string& domain) {
        switch (letter) {
        case 's':
            return local_part + "@" + sender_domain;
        case 'l':
            return local_part;
        case 'o':
            return sender_domain;
        case 'd':
            return domain;
        case 'i':
            return dotted(ip);
        case 'p':
            return p_macro(domain);
        case 'v':
            return ip.is_v6 ? "ip6" : "in-addr";
        case 'h':
            return helo;
        case 'c':
            return to_text(ip);
        case 'r':
            return options.receiver;
        case 't':
            return options.timestamp;
        default:
            return "";
        }
    }

    // §7.3
    std::string expand(const std::vector<Piece>& pieces, const std::string& domain) {
        std::string text;
        for (const Piece& piece : pieces) {
            if (piece.letter == 0) {
                text += piece.text;
                continue;
            }
            const std::string letter = lower(std::string(1, piece.letter));
            const std::string delimiters = piece.delimiters.empty() ? "." : piece.delimiters;
            // "split into parts … at the listed delimiters"
            std::vector<std::string> parts(1);
            for (const char c : macro_value(letter[0], domain)) {
                if (delimiters.find(c) != std::string::npos)
                    parts.emplace_back();
                else
                    parts.back() += c;
            }
            if (piece.reverse) std::reverse(parts.begin(), parts.end());
            // "the number of right-hand parts to use, after optional reversal"
            while (piece.digits > 0 && parts.size() > static_cast<std::size_t>(piece.digits))
                parts.erase(parts.begin());
            std::string joined;
            for (std::size_t i = 0; i < parts.size(); ++i)
                joined += (i > 0 ? "." : "") + parts[i];
            // "Uppercase macros expand exactly as the lowercase macros, and are then URL escaped."
            text += piece.letter == letter[0] ? joined : url_escaped(joined);
        }
        return text;
    }

    // RFC 8616 §4: such terms "do not match anything"
    bool has_unusable_local_part(const std::string& domain_spec) const {
        const bool is_ascii = std::all_of(local_part.begin(), local_part.end(),
                                          [](char c) { return static_cast<unsigned char>(c) < 0x80; });
        const auto pieces = parse_macro_string(domain_spec, false);
        return !is_ascii && std::any_of(pieces->begin(), pieces->end(), [](const Piece& piece) {
            return std::string("sSlL").find(piece.letter) != std::string::npos && piece.letter != 0;
        });
    }

    // §4.8: the <target-name>: the expanded domain-spec, or <domain> where there is none.
    std::string target_name(const std::optional<std::string>& domain_spec, const std::string& domain) {
        if (!domain_spec) return domain;
        if (has_unusable_local_part(*domain_spec)) return "";
        std::string name = expand(*parse_macro_string(*domain_spec, false), domain);
        if (name.ends_with('.') && !name.ends_with("..")) name.pop_back();
        // §7.3: over 253 characters, whole labels are removed on the left
        while (name.size() > 253 && name.find('.') != std::string::npos)
            name.erase(0, name.find('.') + 1);
        return name;
    }

    // §5.3
    Match a(const Directive& directive, const std::string& domain) {
        if (one_lookup_too_many()) return Match::permerror;
        const std::string name = target_name(directive.domain_spec, domain);
        if (!is_well_formed(name)) return Match::no;
        const Found found = lookup(zone, name, address_type());
        if (found.outcome == Outcome::failure) return Match::temperror;
        if (one_void_too_many(found)) return Match::permerror;
        const int length = ip.is_v6 ? directive.ip6_length : directive.ip4_length;
        return matches_an_address(found.data, length) ? Match::yes : Match::no;
    }

    // §5.4
    Match mx(const Directive& directive, const std::string& domain) {
        if (one_lookup_too_many()) return Match::permerror;
        const std::string name = target_name(directive.domain_spec, domain);
        if (!is_well_formed(name)) return Match::no;
        const Found found = lookup(zone, name, "MX");
        if (found.outcome == Outcome::failure) return Match::temperror;
        if (one_void_too_many(found)) return Match::permerror;
        std::vector<std::pair<int, std::string>> exchanges;
        for (const auto& [preference, exchange] : found.mx)
            exchanges.emplace_back(preference, lower(exchange));
        std::sort(exchanges.begin(), exchanges.end());
        std::vector<std::string> hosts;
        int records = 0;
        for (const auto& [preference, exchange] : exchanges) {
            // §4.6.4: "the evaluation of each "MX" record", so two for one host are two
            if (++records > 10) return Match::permerror;
            if (exchange.empty()) continue; // RFC 7505: no host
            if (std::find(hosts.begin(), hosts.end(), exchange) == hosts.end()) hosts.push_back(exchange);
        }
        const int length = ip.is_v6 ? directive.ip6_length : directive.ip4_length;
        bool error = false;
        bool matched = false;
        for (const std::string& host : hosts) {
            const Found addresses = lookup(zone, host, address_type());
            const bool overflow = one_void_too_many(addresses);
            if (addresses.outcome == Outcome::failure) error = true;
            if (matches_an_address(addresses.data, length)) matched = true;
            if (options.mx_sequential && (error || overflow || matched)) break;
        }
        if (error) return Match::temperror;
        if (too_many_voids()) return Match::permerror;
        return matched ? Match::yes : Match::no;
    }

    // §5.5
    Match ptr(const Directive& directive, const std::string& domain) {
        if (one_lookup_too_many()) return Match::permerror;
        const std::string target = target_name(directive.domain_spec, domain);
        if (!is_well_formed(target)) return Match::no;
        bool overflow = false;
        const std::vector<std::string> names = validated_names(true, overflow);
        if (overflow) return Match::permerror;
        for (const std::string& name : names) {
            if (is_or_is_below(name, target)) return Match::yes;
        }
        return Match::no;
    }

    // §5.7: "The lookup type is A even when the connection type is IPv6."
    Match exists(const Directive& directive, const std::string& domain) {
        if (one_lookup_too_many()) return Match::permerror;
        const std::string name = target_name(directive.domain_spec, domain);
        if (!is_well_formed(name)) return Match::no;
        const Found found = lookup(zone, name, "A");
        if (found.outcome == Outcome::failure) return Match::temperror;
        if (one_void_too_many(found)) return Match::permerror;
        return found.outcome == Outcome::records ? Match::yes : Match::no;
    }

    // §5.2, the table
    Match include(const Directive& directive, const std::string& domain) {
        if (one_lookup_too_many()) return Match::permerror;
        if (has_unusable_local_part(*directive.domain_spec)) return Match::no;
        switch (evaluate(target_name(directive.domain_spec, domain)).result) {
        case Result::pass:
            return Match::yes;
        case Result::fail:
        case Result::softfail:
        case Result::neutral:
            return Match::no;
        case Result::temperror:
            return Match::temperror;
        case Result::permerror:
        case Result::none:
            break;
        }
        return Match::permerror;
    }

    Match match(const Directive& directive, const std::string& domain) {
        const std::string& name = directive.name;
        if (name == "all") return Match::yes; // §5.1
        if (name == "ip4")
            return same_prefix(directive.network, ip, directive.ip4_length) ? Match::yes : Match::no; // §5.6
        if (name == "ip6")
            return same_prefix(directive.network, ip, directive.ip6_length) ? Match::yes : Match::no;
        if (name == "include") return include(directive, domain);
        if (name == "a") return a(directive, domain);
        if (name == "mx") return mx(directive, domain);
        if (name == "ptr") return ptr(directive, domain);
        return exists(directive, domain);
    }

    // §4.3 to §4.7: check_host() itself.
    Evaluated evaluate(const std::string& domain) {
        // §4.3: malformed, or not a multi-label name
        if (!is_well_formed(domain) || labels_of(domain).size() < 2) return {Result::none, {}, {}};

        // §4.4: "If the DNS lookup returns a server failure (RCODE 2) or some other error (RCODE other than 0
        // or 3) … check_host() terminates immediately with the result temperror."
        const Found found = lookup(zone, domain, "TXT");
        if (found.outcome == Outcome::failure) return {Result::temperror, {}, {}};

        // §4.5: none without a record, permerror with several
        std::vector<std::string> selected;
        for (const std::string& text : found.data) {
            if (has_version(text)) selected.push_back(text);
        }
        if (selected.empty()) return {Result::none, {}, {}};
        if (selected.size() > 1) return {Result::permerror, {}, {}};

        // §4.6: a syntax error anywhere is a permerror "without further interpretation or evaluation"
        const std::optional<Record> record = parse_record(selected[0]);
        if (!record) return {Result::permerror, {}, {}};

        bool has_all = false;
        for (const Directive& directive : record->directives) {
            has_all = has_all || directive.name == "all";
            switch (match(directive, domain)) { // §4.6.2
            case Match::temperror:
                return {Result::temperror, {}, {}};
            case Match::permerror:
                return {Result::permerror, {}, {}};
            case Match::no:
                continue;
            case Match::yes:
                break;
            }
            switch (directive.qualifier) {
            case '-':
                return {Result::fail, record->exp, domain};
            case '~':
                return {Result::softfail, {}, {}};
            case '?':
                return {Result::neutral, {}, {}};
            default:
                return {Result::pass, {}, {}};
            }
        }

        // §6.1, and §5.1: ignored if there is an "all" (which would have matched)
        if (record->redirect && !has_all) {
            if (one_lookup_too_many()) return {Result::permerror, {}, {}};
            const Evaluated target = evaluate(target_name(record->redirect, domain));
            if (target.result == Result::none) return {Result::permerror, {}, {}};
            return target; // §6.2: the exp of the redirected record, not this one's
        }
        return {Result::neutral, {}, {}}; // §4.7
    }

    // §6.2: any trouble is as if there were no exp
    std::string explain(const Evaluated& evaluated) {
        if (!evaluated.exp) return "";
        const std::string name = target_name(evaluated.exp, evaluated.exp_domain);
        if (!is_well_formed(name)) return "";
        const Found found = lookup(zone, name, "TXT");
        if (found.data.size() != 1) return "";
        const auto pieces = parse_macro_string(found.data[0], true);
        return pieces ? expand(*pieces, evaluated.exp_domain) : "";
    }
};

} // namespace

std::string to_text(Result result) {
    switch (result) {
    case Result::none:
        return "none";
    case Result::neutral:
        return "neutral";
    case Result::pass:
        return "pass";
    case Result::fail:
        return "fail";
    case Result::softfail:
        return "softfail";
    case Result::temperror:
        return "temperror";
    case Result::permerror:
        return "permerror";
    }
    return "";
}

Checked check_host_in_full(const Zone& zone, const std::string& ip, const std::string& domain,
                           const std::string& sender, const std::string& helo, const Options& options) {
    const auto client = parse_client(ip);
    if (!client) return {};
    const std::size_t at = sender.rfind('@');
    std::string local_part = at == std::string::npos ? "" : sender.substr(0, at);
    if (local_part.empty()) local_part = "postmaster"; // §4.3
    const std::string sender_domain = at == std::string::npos ? sender : sender.substr(at + 1);
    Checker checker{zone, options, *client, local_part, sender_domain, helo};
    std::string name = domain;
    if (name.ends_with('.')) name.pop_back(); // §4.3: a zero-length label is malformed, "not at the end"
    Checked checked;
    const Evaluated evaluated = checker.evaluate(name);
    checked.result = evaluated.result;
    checked.lookups = checker.lookups;
    checked.voids = checker.voids;
    checked.explanation = checker.explain(evaluated);
    return checked;
}

Result check_host(const Zone& zone, const std::string& ip, const std::string& domain,
                  const std::string& sender, const std::string& helo, const Options& options) {
    return check_host_in_full(zone, ip, domain, sender, helo, options).result;
}

} // namespace naive
