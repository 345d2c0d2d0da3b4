#include "spfwalk/dns/message.h"

#include "duplicates.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace spfwalk::dns {

namespace {

constexpr std::uint16_t class_in = 1;
constexpr std::uint16_t rcode_no_error = 0;
constexpr std::uint16_t rcode_no_name = 3;
constexpr std::uint16_t type_opt = 41; // not in Type: nobody asks for it

constexpr std::uint16_t number(Type type) {
    return static_cast<std::uint16_t>(type);
}

/// The one way to the bytes of a message. It reads within [begin, end) of the message, except that names may
/// point back into all of it. Once something did not fit, it stays failed and yields zeros.
class Cursor {
  public:
    explicit Cursor(std::span<const std::uint8_t> message) : message_(message), end_(message.size()) {}
    Cursor(std::span<const std::uint8_t> message, std::size_t begin, std::size_t length) : message_(message) {
        at_ = begin;
        end_ = begin + length;
        if (begin > message.size() || length > message.size() - begin) fail();
    }

    bool ok() const { return ok_; }
    bool at_end() const { return ok_ && at_ == end_; }
    std::size_t position() const { return at_; }
    std::size_t left() const { return ok_ ? end_ - at_ : 0; }

    void fail() {
        ok_ = false;
        at_ = end_ = 0;
    }

    std::uint8_t u8() {
        if (left() < 1) return fail(), std::uint8_t{0};
        return message_[at_++];
    }
    std::uint16_t u16() {
        if (left() < 2) return fail(), std::uint16_t{0};
        at_ += 2;
        return static_cast<std::uint16_t>(message_[at_ - 2] << 8 | message_[at_ - 1]);
    }
    std::uint32_t u32() {
        const std::uint32_t high = u16();
        return high << 16 | u16();
    }
    std::uint64_t u64() {
        const std::uint64_t high = u32();
        return high << 32 | u32();
    }

    std::string_view octets(std::size_t count) {
        if (left() < count) return fail(), std::string_view();
        at_ += count;
        return {reinterpret_cast<const char*>(message_.data()) + at_ - count, count};
    }

    /// A character-string (RFC 1035 §3.3).
    std::string_view string() { return octets(u8()); }

    /// A name, decompressed (RFC 1035 §4.1.4). Each pointer must lead to before the labels it was read
    /// behind, so there are at most as many jumps as octets, and no loops.
    std::string_view name() {
        std::size_t size = 0;
        std::size_t at = at_;
        std::size_t end = end_;
        std::size_t chunk = at_; // where the labels now read began
        bool jumped = false;
        while (ok_) {
            if (at >= end) break;
            const std::size_t length = message_[at++];
            if (length > max_label_octets) {
                if ((length & 0xc0) != 0xc0 || at >= end) break;
                const std::size_t target = (length & 0x3f) << 8 | message_[at++];
                if (target < header_octets || target >= chunk) break;
                if (!jumped) at_ = at;
                jumped = true;
                at = chunk = target;
                end = message_.size();
                continue;
            }
            // Room for this label and, after any label but the root, at least one octet more.
            if (length > end - at || size + 1 + length + (length != 0 ? 1 : 0) > max_name_octets) break;
            name_[size++] = static_cast<char>(length);
            std::copy_n(message_.begin() + static_cast<std::ptrdiff_t>(at), length, name_.begin() + size);
            size += length;
            at += length;
            if (length == 0) {
                if (!jumped) at_ = at;
                return {name_.data(), size};
            }
        }
        fail();
        return {};
    }

  private:
    std::span<const std::uint8_t> message_;
    std::size_t at_ = 0;
    std::size_t end_ = 0;
    bool ok_ = true;
    std::array<char, max_name_octets> name_; ///< what name() read last
};

/// A record of the answer section in class IN; its RDATA has been checked.
struct Record {
    Name owner;
    std::uint16_t type = 0;
    std::uint32_t ttl = 0;
    std::size_t data = 0; ///< where the RDATA begins
    std::size_t length = 0;
};

/// An SOA record.
struct Zone {
    Name owner;
    std::uint32_t negative_ttl = 0; ///< of answers that there is nothing (RFC 2308 §5)
};

/// What a message says, unjudged.
struct Message {
    std::uint16_t flags = 0;
    std::uint16_t rcode = 0;
    Name name;
    std::uint16_t type = 0;
    std::uint16_t question_class = 0;
    std::vector<Record> answers;
    // Of the authority section:
    std::vector<Zone> zones;
    bool names_servers = false; ///< it has NS records
    bool has_opt = false;

    bool truncated() const { return (flags & 0x0200) != 0; }
    /// Whether the server says that it is entitled to answer: it has the zone, or is a resolver.
    bool may_know() const { return (flags & 0x0480) != 0; } // AA, RA
};

Name to_name(std::string_view wire) {
    return Name::from_wire(wire).value_or(Name());
}

/// The same, mostly without making one: names in a reply are mostly that which was asked about.
Name to_name(std::string_view wire, const Name& known) {
    return wire == known.wire() ? known : to_name(wire);
}

/// Reads all of a message.
class Reader {
  public:
    /// `asked`: the name that the message is probably about.
    Reader(std::span<const std::uint8_t> message, const Name& asked, Message& result)
        : message_(message), asked_(asked), cursor_(message), result_(result) {}

    /// The header and the question; false if it is not a reply with one question.
    bool read_head() {
        cursor_.u16(); // the id is the transport's business
        result_.flags = cursor_.u16();
        result_.rcode = result_.flags & 0x000f;
        const std::uint16_t questions = cursor_.u16();
        for (std::uint16_t& count : counts_)
            count = cursor_.u16();
        constexpr std::uint16_t response_and_opcode = 0xf800;
        if (!cursor_.ok() || (result_.flags & response_and_opcode) != 0x8000 || questions != 1) return false;
        const std::string_view name = cursor_.name();
        if (!cursor_.ok()) return false;
        result_.name = to_name(name, asked_);
        result_.type = cursor_.u16();
        result_.question_class = cursor_.u16();
        return cursor_.ok();
    }

    /// The three sections and nothing behind them.
    bool read_sections() {
        for (std::size_t section = 0; section < counts_.size(); ++section)
            for (std::uint16_t i = 0; i < counts_[section]; ++i)
                if (!read_record(static_cast<Section>(section))) return false;
        return cursor_.at_end();
    }

  private:
    enum class Section : std::uint8_t { answer, authority, additional };

    bool read_record(Section section) {
        Record record;
        const std::string_view owner = cursor_.name();
        if (!cursor_.ok()) return false;
        const bool owner_is_root = owner.size() == 1;
        if (section == Section::answer) record.owner = to_name(owner, asked_);
        record.type = cursor_.u16();
        const std::uint16_t record_class = cursor_.u16();
        const std::uint32_t ttl = cursor_.u32();
        record.ttl = sane_ttl(ttl);
        record.length = cursor_.u16();
        record.data = cursor_.position();
        cursor_.octets(record.length);
        if (!cursor_.ok()) return false;

        Cursor data(message_, record.data, record.length);
        if (!check_data(record.type, data)) return false;
        if (record.type == type_opt) return section == Section::additional && owner_is_root && note_opt(ttl);
        if (record_class != class_in) return true;
        if (section == Section::authority && record.type == number(Type::soa))
            result_.zones.push_back({to_name(owner), std::min(record.ttl, soa_minimum_)});
        if (section == Section::authority && record.type == number(Type::ns)) result_.names_servers = true;
        if (section == Section::answer) result_.answers.push_back(std::move(record));
        return true;
    }

    /// RFC 6891 §6.1: at most one OPT; its TTL field begins with the upper bits of the RCODE.
    bool note_opt(std::uint32_t ttl) {
        if (result_.has_opt) return false;
        result_.has_opt = true;
        result_.rcode = static_cast<std::uint16_t>(result_.rcode | (ttl >> 24) << 4);
        return true;
    }

    /// Whether the RDATA has its type's form and nothing behind it.
    bool check_data(std::uint16_t type, Cursor& data) {
        switch (type) {
        case number(Type::a):
            return data.left() == 4;
        case number(Type::aaaa):
            return data.left() == 16;
        case number(Type::ns):
        case number(Type::cname):
        case number(Type::ptr):
            data.name();
            return data.at_end();
        case number(Type::mx):
            data.u16();
            data.name();
            return data.at_end();
        case number(Type::soa):
            data.name();
            data.name();
            data.octets(16); // serial, refresh, retry, expire
            soa_minimum_ = sane_ttl(data.u32());
            return data.at_end();
        case number(Type::txt):
        case number(Type::spf):
            // None at all breaks RFC 1035 §3.3.14, and means as little as an empty one.
            while (data.left() > 0)
                data.string();
            return data.at_end();
        case type_opt:
            while (data.left() > 0) {
                data.u16();
                data.octets(data.u16());
            }
            return data.at_end();
        default:
            return true;
        }
    }

    std::span<const std::uint8_t> message_;
    const Name& asked_;
    Cursor cursor_;
    Message& result_;
    std::array<std::uint16_t, 3> counts_{};
    std::uint32_t soa_minimum_ = 0; ///< of the SOA checked last
};

/// Turns a Message into the answer to its question.
class Judge {
  public:
    Judge(std::span<const std::uint8_t> bytes, const Message& message, Type type, Parsed& parsed)
        : bytes_(bytes), message_(message), type_(type), parsed_(parsed), answer_(parsed.answer) {}

    void run() {
        if (message_.rcode != rcode_no_error && message_.rcode != rcode_no_name)
            return fail(Failure::rcode, message_.rcode);
        if (const Failure failure = follow_aliases(); failure != Failure::none) return fail(failure);
        collect();
        const bool no_name = message_.rcode == rcode_no_name;
        if (answer_.status == Status::records) {
            // RFC 2308 §2.1: NXDOMAIN is about the end of the chain, so it cannot come with records there.
            if (no_name) return fail(Failure::malformed);
            drop_duplicates(answer_.records);
            answer_.ttl = ttl_;
            return;
        }
        // Only the zone of the end itself can say that there is nothing.
        const auto zone = std::ranges::find_if(
            message_.zones, [this](const Zone& each) { return end_.is_within(each.owner); });
        const bool has_zone = zone != message_.zones.end();
        if (!no_name && !answer_.aliases.empty() && !has_zone) {
            parsed_.continues_at = end_;
            answer_.status = Status::no_data;
            answer_.ttl = ttl_; // of the chain so far
            return;
        }
        if (!no_name && !has_zone && message_.names_servers && !message_.may_know())
            return fail(Failure::referral);
        answer_.status = no_name ? Status::no_name : Status::no_data;
        // Resolvers that make answers of their own put an SOA of their own beside them.
        const auto first = has_zone ? zone : message_.zones.begin();
        answer_.ttl = std::min(ttl_, message_.zones.empty() ? 0 : first->negative_ttl);
    }

  private:
    void fail(Failure failure, std::uint16_t rcode = 0) {
        const std::uint32_t octets = answer_.octets;
        answer_ = Answer();
        answer_.status = Status::failure;
        answer_.failure = failure;
        answer_.rcode = rcode;
        answer_.octets = octets;
    }

    bool is_at_end(const Record& record, std::uint16_t type) const {
        return record.type == type && record.owner == end_;
    }

    /// Moves end_ from the asked name to where its chain of aliases ends, whatever the order of the records.
    Failure follow_aliases() {
        const std::vector<Record>& records = message_.answers;
        end_ = message_.name;
        for (;;) {
            const auto wanted = [&](const Record& record) { return is_at_end(record, number(type_)); };
            // Records of the asked type win over an alias beside them, which no sane server sends.
            if (std::any_of(records.begin(), records.end(), wanted)) return Failure::none;
            std::optional<Name> target;
            for (const Record& record : records) {
                if (!is_at_end(record, number(Type::cname))) continue;
                Name name = to_name(cursor(record).name());
                if (target && *target != name) return Failure::malformed;
                target = std::move(name);
                ttl_ = std::min(ttl_, record.ttl);
            }
            if (!target) return Failure::none;
            std::vector<Name>& aliases = answer_.aliases;
            if (*target == message_.name || aliases.size() == max_aliases) return Failure::alias_loop;
            if (std::find(aliases.begin(), aliases.end(), *target) != aliases.end())
                return Failure::alias_loop;
            aliases.push_back(*target);
            end_ = std::move(*target);
        }
    }

    Cursor cursor(const Record& record) const { return Cursor(bytes_, record.data, record.length); }

    template <class List>
    List& list() {
        if (!std::holds_alternative<List>(answer_.records)) answer_.records = List();
        return std::get<List>(answer_.records);
    }

    void collect() {
        for (const Record& record : message_.answers) {
            if (!is_at_end(record, number(type_))) continue;
            answer_.status = Status::records;
            ttl_ = std::min(ttl_, record.ttl);
            add(cursor(record));
        }
    }

    void add(Cursor data) {
        switch (type_) {
        case Type::a:
            list<Addresses>().push_back(net::ipv4(data.u32()));
            break;
        case Type::aaaa: {
            const std::uint64_t high = data.u64();
            list<Addresses>().push_back({high, data.u64()});
            break;
        }
        case Type::mx: {
            const std::uint16_t preference = data.u16();
            list<Exchanges>().push_back({preference, to_name(data.name())});
            break;
        }
        case Type::txt:
        case Type::spf: {
            std::string& text = list<Texts>().emplace_back();
            while (data.left() > 0)
                text += data.string();
            break;
        }
        case Type::ptr:
        case Type::ns:
        case Type::cname:
            list<Names>().push_back(to_name(data.name()));
            break;
        case Type::soa:
            break;
        }
    }

    std::span<const std::uint8_t> bytes_;
    const Message& message_;
    Type type_;
    Parsed& parsed_;
    Answer& answer_;
    Name end_;                    ///< the end of the alias chain
    std::uint32_t ttl_ = max_ttl; ///< the smallest of what was used
};

} // namespace

Parsed parse_reply(std::span<const std::uint8_t> message, const Question& question) {
    Parsed parsed;
    parsed.answer.status = Status::failure;
    parsed.answer.failure = Failure::malformed;
    parsed.answer.octets = static_cast<std::uint32_t>(std::min<std::size_t>(message.size(), UINT32_MAX));

    Message said;
    Reader reader(message, question.name, said);
    if (!reader.read_head() || said.name != question.name || said.type != number(question.type) ||
        said.question_class != class_in)
        return parsed;
    // What a truncated reply holds beyond the question does not matter, nor whether it was cut cleanly.
    const bool whole = reader.read_sections();
    parsed.has_edns = said.has_opt;
    parsed.truncated = said.truncated();
    if (!whole || parsed.truncated) return parsed;

    parsed.answer.status = Status::no_data;
    parsed.answer.failure = Failure::none;
    Judge(message, said, question.type, parsed).run();
    return parsed;
}

} // namespace spfwalk::dns
