#include "lines.h"

#include "spfwalk/escape.h"

#include <fmt/format.h>

#include <algorithm>

namespace spfwalk::emit {

namespace {

constexpr std::size_t longest_name = 255; // NFT_NAME_MAXLEN without its NUL
/// What nft 1.0.6, or one since, refuses as the name of a table.
constexpr std::string_view keywords[] = {
    "accept",      "add",      "ah",       "all",     "and",       "arp",      "auto-merge", "bridge",
    "cgroup",      "chain",    "comment",  "comp",    "constant",  "continue", "counter",    "cpu",
    "create",      "ct",       "day",      "dccp",    "define",    "delete",   "describe",   "destroy",
    "device",      "devices",  "dnat",     "drop",    "dst",       "dup",      "dynamic",    "ecn",
    "element",     "elements", "eq",       "esp",     "ether",     "exists",   "expires",    "export",
    "exthdr",      "fib",      "flags",    "flow",    "flowtable", "flush",    "frag",       "fwd",
    "gc-interval", "ge",       "geneve",   "get",     "goto",      "gre",      "gretap",     "gt",
    "handle",      "hbh",      "hook",     "hour",    "ibriport",  "ibrname",  "icmp",       "icmpv6",
    "igmp",        "iif",      "iifgroup", "iifname", "iiftype",   "import",   "include",    "index",
    "inet",        "insert",   "interval", "ip",      "ip6",       "ipsec",    "jhash",      "jump",
    "le",          "limit",    "list",     "log",     "lshift",    "lt",       "map",        "mark",
    "masquerade",  "meta",     "meter",    "mh",      "missing",   "monitor",  "ne",         "netdev",
    "nftrace",     "not",      "notrack",  "numgen",  "obriport",  "obrname",  "offload",    "oif",
    "oifgroup",    "oifname",  "oiftype",  "or",      "osf",       "pkttype",  "policy",     "position",
    "priority",    "queue",    "quota",    "random",  "redefine",  "redirect", "reject",     "rename",
    "replace",     "reset",    "return",   "rshift",  "rt",        "rt0",      "rt2",        "rtclassid",
    "rule",        "ruleset",  "sctp",     "secmark", "set",       "size",     "skgid",      "skuid",
    "snat",        "socket",   "srh",      "symhash", "synproxy",  "table",    "tcp",        "th",
    "time",        "timeout",  "tproxy",   "type",    "typeof",    "udp",      "udplite",    "undefine",
    "update",      "vlan",     "vmap",     "vni",     "vxlan",     "xor",      "xt"};

/// The words of a file and `{`, `}`, `=`, `,`; `;` and line ends are left out.
class Tokens {
  public:
    explicit Tokens(std::string_view text) : text_(text) { advance(); }

    /// The token to be read; empty at the end.
    std::string_view peek() const { return token_; }
    std::string_view next() {
        const std::string_view token = token_;
        advance();
        return token;
    }
    /// Reads these tokens, up to one that is another.
    template <class... Rest>
    bool take(std::string_view token, Rest... rest) {
        if (token_ != token) return false;
        advance();
        if constexpr (sizeof...(rest) > 0) return take(rest...);
        return true;
    }
    std::string error() const {
        return token_.empty() ? fmt::format("line {}: the file ends too early", line_)
                              : fmt::format("line {}: \"{}\" does not belong here", line_, escape(token_));
    }

  private:
    void advance() {
        while (!text_.empty()) {
            const char c = text_.front();
            if (c == '#')
                text_.remove_prefix(std::min(text_.find('\n'), text_.size()));
            else if (std::string_view(" \t\r\n;").find(c) == std::string_view::npos)
                break;
            else
                skip();
        }
        const std::size_t end = std::min(text_.find_first_of(" \t\r\n;#{}=,"), text_.size());
        token_ = text_.substr(0, std::max<std::size_t>(end, text_.empty() ? 0 : 1));
        text_.remove_prefix(token_.size());
    }
    void skip() {
        if (text_.front() == '\n') ++line_;
        text_.remove_prefix(1);
    }

    std::string_view text_;
    std::string_view token_;
    std::size_t line_ = 1;
};

bool read_elements(Tokens& tokens, net::Family family, AddressGatherer& addresses) {
    while (!tokens.take("}")) {
        const auto prefix = net::parse_prefix(tokens.peek());
        if (!prefix || prefix->family != family) return false;
        tokens.next();
        addresses.add(*prefix);
        if (!tokens.take(",") && tokens.peek() != "}") return false;
    }
    return true;
}

/// What stands between the braces of a set.
bool read_set(Tokens& tokens, net::Family family, AddressGatherer& addresses) {
    while (!tokens.take("}")) {
        if (tokens.take("elements")) {
            if (!tokens.take("=", "{") || !read_elements(tokens, family, addresses)) return false;
        } else if (tokens.take("type") || tokens.take("flags")) {
            if (tokens.peek().empty()) return false;
            tokens.next();
        } else if (!tokens.take("auto-merge")) {
            return false;
        }
    }
    return true;
}

std::optional<net::Family> read_set_name(Tokens& tokens) {
    if (tokens.take("ipv4")) return net::Family::ipv4;
    if (tokens.take("ipv6")) return net::Family::ipv6;
    return std::nullopt;
}

/// Whether the file is as it should be up to its end; if not, `tokens` stand where it is not.
bool read_file(Tokens& tokens, AddressGatherer& addresses) {
    bool any = false;
    while (!tokens.peek().empty()) {
        const bool add = tokens.take("add");
        const bool flush = !add && tokens.take("flush");
        if (!flush && tokens.take("table")) {
            if (!tokens.take("inet")) return false;
            tokens.next();
            if (add) continue;
            if (!tokens.take("{")) return false;
            while (!tokens.take("}")) {
                if (!tokens.take("set")) return false;
                const auto family = read_set_name(tokens);
                if (!family || !tokens.take("{") || !read_set(tokens, *family, addresses)) return false;
                any = true;
            }
        } else {
            if ((!add && !flush) || !tokens.take("set", "inet")) return false;
            tokens.next();
            const auto family = read_set_name(tokens);
            if (!family || (add && (!tokens.take("{") || !read_set(tokens, *family, addresses))))
                return false;
        }
    }
    return any;
}

} // namespace

std::optional<std::string> check_name_nft(std::string_view name) {
    if (std::ranges::find(keywords, name) != std::end(keywords))
        return "nft takes this word for something else";
    return check_word(name, longest_name);
}

// All of a file is one transaction. The sets must be there to be flushed, and flushed before they are filled.
// The table as a block closes last of all: what has lost its end is refused by nft, and here.
std::string print_nft(const List& list, const Style& style) {
    const std::vector<Entry> entries = entries_of(list, style);
    const bool published = style.aggregate == Aggregate::as_published;
    std::string out = fmt::format("add table inet {}\n", style.name);
    for (const net::Family family : style.families)
        out += fmt::format("add set inet {} {} {{ type {}_addr; flags interval; }}\n", style.name,
                           keyword_of(family), keyword_of(family));
    for (const net::Family family : style.families)
        out += fmt::format("flush set inet {} {}\n", style.name, keyword_of(family));
    out += fmt::format("table inet {} {{\n", style.name);
    for (const net::Family family : style.families) {
        out += fmt::format("    set {} {{\n        type {}_addr\n        flags interval\n",
                           keyword_of(family), keyword_of(family));
        // Prefixes as published may overlap.
        if (published) out += "        auto-merge\n";
        const auto own = of_family(entries, family);
        if (!own.empty()) { // an empty list of elements is a syntax error
            out += "        elements = {\n";
            append_lines(out, list, style, own, {.indent = "            ", .after = ","});
            out += "        }\n";
        }
        out += "    }\n";
    }
    return out + "}\n";
}

Expected<Addresses, std::string> read_nft(std::string_view text) {
    Tokens tokens(text);
    AddressGatherer addresses;
    if (!read_file(tokens, addresses)) return unexpected(tokens.error());
    return addresses.finish();
}

} // namespace spfwalk::emit
