#include "spfwalk/policy/state.h"

#include "policy/json_text.h"
#include "spfwalk/escape.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace spfwalk::policy {

namespace {

constexpr std::string_view format_name = "spfwalk-state";
constexpr std::int64_t format_version = 1;
constexpr std::size_t most_octets = std::size_t{1} << 30;
constexpr std::size_t longest_conditions = 4096;
constexpr std::size_t longest_domain = 253; // RFC 1035 §2.3.4, as text without the final dot
constexpr std::int64_t day = 86400;

void append_array(std::string& out, net::Family family, const net::AddressSet& set) {
    out += '[';
    bool first = true;
    set.each_prefix(family, [&](const net::Prefix& prefix) {
        out += first ? "\"" : ", \"";
        first = false;
        append_text(out, prefix);
        out += '"';
    });
    out += ']';
}

bool is_domain(std::string_view text) {
    return !text.empty() && text.size() <= longest_domain &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return c > ' ' && c <= '~' && (c < 'A' || c > 'Z'); });
}

/// Takes the text token by token. No tree is built, so nesting and repetition cost a hostile file more than
/// us, and repeated members, which a tree would hide, are seen.
class Reader final : public nlohmann::json_sax<nlohmann::json> {
  public:
    State state;
    std::string error;
    bool complete() const { return where_ == Where::end; }
    bool recognised() const { return format_; }

    bool null() override { return unwanted(); }
    bool boolean(bool) override { return unwanted(); }
    bool number_float(number_float_t, const string_t&) override { return unwanted(); }
    bool binary(binary_t&) override { return unwanted(); }
    bool number_integer(number_integer_t value) override { return integer(value); }
    bool number_unsigned(number_unsigned_t value) override {
        return value <= INT64_MAX ? integer(static_cast<std::int64_t>(value)) : unwanted();
    }
    bool string(string_t& value) override;
    bool key(string_t& value) override;
    bool start_object(std::size_t) override;
    bool end_object() override;
    bool start_array(std::size_t) override;
    bool end_array() override;
    bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) override {
        return fail(fmt::format("not JSON at octet {}", position));
    }

  private:
    enum class Where { start, root, domains, domain, prefixes, end };
    enum class Member { none, format, version, domains, time, conditions, ipv4, ipv6 };

    bool fail(std::string reason) {
        error = std::move(reason);
        return false;
    }
    /// A problem with the domain at hand, or with the file as a whole.
    bool complain(std::string_view what) {
        return fail(domain_.empty() ? std::string(what) : fmt::format("{}: {}", domain_, what));
    }
    bool unwanted() { return complain("unexpected value"); }
    bool integer(std::int64_t value);
    bool mark(bool& seen) {
        if (std::exchange(seen, true)) return complain("a member comes twice");
        return true;
    }

    Where where_ = Where::start;
    Member member_ = Member::none; ///< whose value is next
    bool format_ = false;          ///< and it is ours
    struct {
        bool format = false, version = false, domains = false;
    } root_seen_;
    struct {
        bool time = false, conditions = false, ipv4 = false, ipv6 = false;
    } seen_; ///< of the domain at hand
    std::string domain_;
    LastGood good_;
    net::RangeList ranges_;
};

bool Reader::key(string_t& value) {
    if (where_ == Where::root) {
        if (value == "format") return member_ = Member::format, mark(root_seen_.format);
        if (value == "version") return member_ = Member::version, mark(root_seen_.version);
        if (value == "domains") return member_ = Member::domains, mark(root_seen_.domains);
    } else if (where_ == Where::domains) {
        if (!is_domain(value))
            return complain("not a domain: \"" + escape(value.substr(0, longest_domain)) + '"');
        domain_ = value;
        if (state.domains.contains(domain_)) return complain("comes twice");
        return true;
    } else if (where_ == Where::domain) {
        if (value == "time") return member_ = Member::time, mark(seen_.time);
        if (value == "conditions") return member_ = Member::conditions, mark(seen_.conditions);
        if (value == "ipv4") return member_ = Member::ipv4, mark(seen_.ipv4);
        if (value == "ipv6") return member_ = Member::ipv6, mark(seen_.ipv6);
    }
    return complain("unexpected member");
}

bool Reader::string(string_t& value) {
    if (where_ == Where::prefixes) {
        const auto prefix = net::parse_prefix(value);
        const auto family = member_ == Member::ipv4 ? net::Family::ipv4 : net::Family::ipv6;
        if (!prefix || prefix->family != family || to_text(*prefix) != value)
            return complain("not a prefix: \"" + escape(value.substr(0, 64)) + '"');
        ranges_.push_back(prefix->range());
        return true;
    }
    if (where_ == Where::root && member_ == Member::format) {
        if (value != format_name) return complain("another format");
        format_ = true;
    } else if (where_ == Where::domain && member_ == Member::conditions) {
        if (value.size() > longest_conditions) return complain("conditions too long");
        good_.conditions = std::move(value);
    } else {
        return unwanted();
    }
    member_ = Member::none;
    return true;
}

bool Reader::integer(std::int64_t value) {
    if (where_ == Where::root && member_ == Member::version) {
        if (value != format_version) return complain(fmt::format("another version ({})", value));
    } else if (where_ == Where::domain && member_ == Member::time) {
        if (value < 0) return unwanted();
        good_.time = value;
    } else {
        return unwanted();
    }
    member_ = Member::none;
    return true;
}

bool Reader::start_object(std::size_t) {
    if (where_ == Where::start) {
        where_ = Where::root;
    } else if (where_ == Where::root && member_ == Member::domains) {
        where_ = Where::domains;
    } else if (where_ == Where::domains) {
        where_ = Where::domain;
        seen_ = {};
        good_ = {};
    } else {
        return unwanted();
    }
    member_ = Member::none;
    return true;
}

bool Reader::end_object() {
    if (where_ == Where::domain) {
        if (!seen_.time || !seen_.conditions || !seen_.ipv4 || !seen_.ipv6)
            return complain("a member is missing");
        state.domains.emplace(std::move(domain_), std::move(good_));
        domain_.clear();
        where_ = Where::domains;
    } else if (where_ == Where::domains) {
        where_ = Where::root;
    } else { // the root's
        if (!format_) return complain("another format");
        if (!root_seen_.version || !root_seen_.domains) return complain("a member is missing");
        where_ = Where::end;
    }
    return true;
}

bool Reader::start_array(std::size_t) {
    if (where_ != Where::domain || (member_ != Member::ipv4 && member_ != Member::ipv6)) return unwanted();
    where_ = Where::prefixes;
    ranges_ = {};
    return true;
}

bool Reader::end_array() {
    auto& set = member_ == Member::ipv4 ? good_.addresses.ipv4 : good_.addresses.ipv6;
    set = net::AddressSet::from_ranges(std::exchange(ranges_, {}));
    member_ = Member::none;
    where_ = Where::domain;
    return true;
}

} // namespace

const LastGood* State::usable(const std::string& domain, const std::string& conditions, Timestamp now,
                              std::int64_t max_age) const {
    const auto found = domains.find(domain);
    if (found == domains.end() || found->second.conditions != conditions || max_age < 0) return nullptr;
    const Timestamp time = found->second.time;
    // Unsigned, since the difference of two times may not fit the signed type.
    if (time > now)
        return static_cast<std::uint64_t>(time) - static_cast<std::uint64_t>(now) <= day ? &found->second
                                                                                         : nullptr;
    const std::uint64_t age = static_cast<std::uint64_t>(now) - static_cast<std::uint64_t>(time);
    return age <= static_cast<std::uint64_t>(max_age) ? &found->second : nullptr;
}

std::string print_state(const State& state) {
    std::string out = fmt::format("{{\n\"format\": \"{}\",\n\"version\": {},\n\"domains\": {{", format_name,
                                  format_version);
    bool first = true;
    for (const auto& [domain, good] : state.domains) {
        out += first ? "\n" : ",\n";
        first = false;
        out += fmt::format("{}: {{\"time\": {}, \"conditions\": {}, \"ipv4\": ", json_string(domain),
                           good.time, json_string(good.conditions));
        append_array(out, net::Family::ipv4, good.addresses.ipv4);
        out += ", \"ipv6\": ";
        append_array(out, net::Family::ipv6, good.addresses.ipv6);
        out += '}';
    }
    return out + "\n}\n}\n";
}

Expected<State, std::string> read_state(std::string_view text) {
    if (text.size() > most_octets) return unexpected(std::string("larger than 1 GiB"));
    // To the JSON reader a zero octet is the end.
    if (const std::size_t zero = text.find('\0'); zero != text.npos)
        return unexpected(fmt::format("not JSON at octet {}", zero));
    Reader reader;
    if (nlohmann::json::sax_parse(text.begin(), text.end(), &reader) && reader.complete())
        return std::move(reader.state);
    // Whatever is wrong with a file that never said what it is: it is not ours.
    if (!reader.recognised() && !reader.error.starts_with("not JSON"))
        return unexpected(std::string("another format"));
    return unexpected(std::move(reader.error));
}

} // namespace spfwalk::policy
