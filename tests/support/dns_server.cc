#include "support/dns_server.h"

#include "spfwalk/dns/message.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <map>
#include <optional>
#include <queue>
#include <set>
#include <system_error>
#include <unordered_map>
#include <unordered_set>
#include <variant>
#include <vector>

namespace spfwalk::test {

namespace {

using dns::Name;
using dns::Question;
using dns::Type;
using Bytes = std::vector<std::uint8_t>;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::uint8_t formerr = 1, servfail = 2, notimp = 4, refused = 5;
constexpr std::size_t plain_udp = 512;

void put16(Bytes& out, std::size_t value) {
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
}
void put32(Bytes& out, std::uint64_t value) {
    put16(out, value >> 16 & 0xffff);
    put16(out, value & 0xffff);
}
void put(Bytes& out, std::string_view text) {
    out.insert(out.end(), text.begin(), text.end());
}
std::size_t get16(const Bytes& in, std::size_t at) {
    return static_cast<std::size_t>(in[at] << 8 | in[at + 1]);
}

/// The faults a label asks for: "ms200-drop2" is ms 200, drop 2. Nothing if any word is not a fault.
using Faults = std::map<std::string, std::optional<unsigned>, std::less<>>;

std::optional<Faults> parse_faults(std::string_view label) {
    static const std::set<std::string, std::less<>> bare = {
        "lie",       "octets",    "oversize",     "wrongport", "chaff",     "badnames",  "drop",
        "servfail",  "refused",   "servfailonce", "formerr",   "tc",        "tcempty",   "tcgarbage",
        "tcboth",    "badtxt",    "badname",      "wrongid",   "wrongname", "wrongaddr", "noqr",
        "short",     "empty",     "trailing",     "tcpslow",   "tcpclose",  "tcpsilent", "cnameonly",
        "cnameloop", "cnameping", "cnamepong",    "referral",  "tcpzeros"};
    static const std::set<std::string, std::less<>> counted = {"ms",       "drop",       "rcode",
                                                               "cnameinc", "cnamechain", "tcpdrip"};
    Faults faults;
    while (true) {
        const std::size_t end = std::min(label.find('-'), label.size());
        const std::string_view word = label.substr(0, end);
        const std::size_t last_letter = word.find_last_not_of("0123456789");
        const std::string_view key = last_letter == word.npos ? "" : word.substr(0, last_letter + 1);
        const std::string_view digits = word.substr(key.size());
        unsigned number = 0;
        const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (digits.empty() ? !bare.contains(key) : !counted.contains(key) || result.ec != std::errc())
            return std::nullopt;
        faults.emplace(key, digits.empty() ? std::nullopt : std::optional(number));
        if (end == label.size()) return faults;
        label.remove_prefix(end + 1);
    }
}

/// A query as far as this server cares.
struct Query {
    Bytes head; ///< header and question
    Question question;
    bool has_opt = false;
    std::size_t edns_size = 0;
    bool tcp = false;

    std::size_t udp_limit() const { return has_opt ? std::max(edns_size, plain_udp) : plain_udp; }
};

std::optional<Query> parse_query(const Bytes& in, bool tcp) {
    if (in.size() < dns::header_octets || (in[2] & 0x80) != 0 || get16(in, 4) != 1) return std::nullopt;
    std::size_t at = dns::header_octets;
    while (at < in.size() && in[at] != 0) {
        if (in[at] > dns::max_label_octets) return std::nullopt;
        at += in[at] + std::size_t{1};
    }
    if (at + 5 > in.size()) return std::nullopt;
    const std::string wire(in.begin() + dns::header_octets, in.begin() + static_cast<std::ptrdiff_t>(at + 1));
    const auto name = Name::from_wire(wire);
    if (!name) return std::nullopt;
    Query query{.head = Bytes(in.begin(), in.begin() + static_cast<std::ptrdiff_t>(at + 5)),
                .question = {*name, static_cast<Type>(get16(in, at + 1))},
                .tcp = tcp};
    at += 5;
    // The only record a query has is an OPT.
    query.has_opt = get16(in, 10) == 1 && at + 11 <= in.size() && in[at] == 0 && get16(in, at + 1) == 41;
    if (query.has_opt) query.edns_size = get16(in, at + 3);
    return query;
}

/// A reply under construction.
class Message {
  public:
    explicit Message(const Query& query) : query_(query), bytes_(query.head) {
        bytes_[2] = static_cast<std::uint8_t>(0x84 | (bytes_[2] & 0x79)); // QR, AA; opcode and RD as asked
        bytes_[3] = 0x80;                                                 // RA
        std::fill(bytes_.begin() + 6, bytes_.begin() + 12, std::uint8_t{0});
    }

    enum Section : std::size_t { answer = 6, authority = 8, additional = 10 };

    void add(Section section, const Name& owner, std::size_t type, std::uint32_t ttl, std::string_view data) {
        if (owner == query_.question.name)
            put16(bytes_, 0xc000 | dns::header_octets);
        else
            put(bytes_, owner.wire());
        add_rest(section, type, ttl, data);
    }
    void add_rest(Section section, std::size_t type, std::uint32_t ttl, std::string_view data) {
        put16(bytes_, type);
        put16(bytes_, 1);
        put32(bytes_, ttl);
        put16(bytes_, data.size());
        put(bytes_, data);
        const std::size_t count = get16(bytes_, section) + std::size_t{1};
        bytes_[section] = static_cast<std::uint8_t>(count >> 8);
        bytes_[section + 1] = static_cast<std::uint8_t>(count & 0xff);
    }
    void add_opt(unsigned rcode) {
        put(bytes_, std::string_view("\0\0\x29\x04\xd0", 5));
        put32(bytes_, static_cast<std::uint64_t>(rcode >> 4) << 24);
        put16(bytes_, 0);
        ++bytes_[11];
    }
    void set_rcode(unsigned rcode) {
        bytes_[3] = static_cast<std::uint8_t>((bytes_[3] & 0xf0) | (rcode & 15));
    }
    void truncate(bool keep_records) {
        bytes_[2] |= 2;
        if (keep_records) return;
        bytes_.resize(query_.head.size());
        std::fill(bytes_.begin() + 6, bytes_.begin() + 12, std::uint8_t{0});
    }
    Bytes& bytes() { return bytes_; }

  private:
    const Query& query_;
    Bytes bytes_;
};

std::string address_data(const net::Address& address, std::size_t size) {
    std::string data;
    for (std::size_t left = size; left > 0; --left)
        data += static_cast<char>(
            (left > 8 ? address.hi >> (8 * (left - 9)) : address.lo >> (8 * (left - 1))) & 0xff);
    return data;
}

/// The RDATA of each record; `longest` octets to a TXT string.
std::vector<std::string> rdata(const dns::Records& records, Type type, std::size_t longest) {
    std::vector<std::string> result;
    if (const auto* const addresses = std::get_if<dns::Addresses>(&records))
        for (const auto& address : *addresses)
            result.push_back(address_data(address, type == Type::a ? 4 : 16));
    if (const auto* const exchanges = std::get_if<dns::Exchanges>(&records))
        for (const auto& mx : *exchanges)
            result.push_back(address_data(net::ipv4(mx.preference), 2) + std::string(mx.exchange.wire()));
    if (const auto* const names = std::get_if<dns::Names>(&records))
        for (const auto& name : *names)
            result.emplace_back(name.wire());
    if (const auto* const texts = std::get_if<dns::Texts>(&records))
        for (std::string_view text : *texts) {
            std::string& data = result.emplace_back();
            do {
                const std::string_view part = text.substr(0, longest);
                data.append(1, static_cast<char>(part.size())).append(part);
                text.remove_prefix(part.size());
            } while (!text.empty());
        }
    return result;
}

constexpr std::size_t longest_string = 255;

/// For the fault schedule: SplitMix64's finaliser.
std::uint64_t mixed(std::uint64_t value) {
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
    value = (value ^ value >> 27) * 0x94d049bb133111eb;
    return value ^ value >> 31;
}

/// FNV-1a: the same on every machine, unlike std::hash.
std::uint64_t hash_of(std::string_view bytes) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : bytes)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return hash;
}

/// What would be believed if records of other names were.
std::string lure(Type type) {
    if (type == Type::txt) return std::string("\x0bv=spf1 +all");
    return address_data({0xffffffffffffffff, 0xcb007142}, type == Type::a ? 4 : 16);
}

} // namespace

struct DnsServer::Impl {
    struct Socket {
        int fd = -1;
        bool listens = false;
    };
    struct Connection {
        int fd = -1;
        Bytes in, out;
        std::size_t queries = 0;
        bool floods = false;
    };
    /// A reply and where it goes; `close` ends a TCP connection instead.
    struct Job {
        Clock::time_point due;
        std::uint64_t order = 0;
        Bytes bytes;
        int fd = -1; ///< UDP
        std::uint64_t connection = 0;
        bool close = false;
        sockaddr_storage peer{};
        socklen_t peer_size = 0;

        bool operator<(const Job& other) const {
            return std::tie(other.due, other.order) < std::tie(due, order);
        }
    };

    DnsServerOptions options;
    std::unordered_set<Name> names;
    dns::ZoneResolver zone;
    std::vector<Socket> sockets;
    std::map<std::uint64_t, Connection> connections;
    std::uint64_t last_connection = 0;
    std::priority_queue<Job> jobs;
    std::uint64_t order = 0;
    std::unordered_map<Question, unsigned> seen;         ///< queries that asked for faults
    std::unordered_map<Question, unsigned> asked_before; ///< for the schedule
    DnsServerCounters counters;
    int other_port = -1; ///< a socket for replies from elsewhere
    std::FILE* log = nullptr;
    std::uint16_t port = 0;
    bool has_ipv6 = false;

    explicit Impl(DnsServerOptions given)
        : options(std::move(given)), names(names_of(options.zone)), zone(std::move(options.zone)) {
        if (!options.log.empty() && (log = std::fopen(options.log.c_str(), "we")) == nullptr) fail("log");
        for (int tries = 0; !bind_all(); ++tries)
            if (tries == 20 || options.port != 0) fail("bind");
    }
    ~Impl() {
        close_sockets();
        for (const auto& [id, connection] : connections)
            ::close(connection.fd);
        if (other_port >= 0) ::close(other_port);
        if (log != nullptr) std::fclose(log);
    }

    [[noreturn]] static void fail(const char* what) {
        throw std::system_error(errno, std::generic_category(), what);
    }

    static std::unordered_set<Name> names_of(const dns::MasterFile& file) {
        std::unordered_set<Name> result;
        for (const auto& [name, types] : file.names)
            result.insert(name);
        for (const auto& [question, answer] : file.overrides)
            result.insert(question.name);
        return result;
    }

    // Sockets

    void close_sockets() {
        for (const Socket& socket : sockets)
            ::close(socket.fd);
        sockets.clear();
    }

    bool bind_one(int family, int type) {
        const int fd = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (fd < 0) return false;
        sockets.push_back({fd, type == SOCK_STREAM});
        const int on = 1, buffer = 4 << 20;
        if (type == SOCK_STREAM) (void)::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
        sockaddr_in ipv4{};
        ipv4.sin_family = AF_INET;
        ipv4.sin_port = htons(port);
        ipv4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        sockaddr_in6 ipv6{};
        ipv6.sin6_family = AF_INET6;
        ipv6.sin6_port = htons(port);
        ipv6.sin6_addr = in6addr_loopback;
        auto* const address =
            family == AF_INET ? reinterpret_cast<sockaddr*>(&ipv4) : reinterpret_cast<sockaddr*>(&ipv6);
        socklen_t size = family == AF_INET ? sizeof ipv4 : sizeof ipv6;
        if (::bind(fd, address, size) != 0 || (type == SOCK_STREAM && ::listen(fd, 64) != 0)) return false;
        if (port == 0 && ::getsockname(fd, address, &size) == 0) port = ntohs(ipv4.sin_port);
        return true;
    }

    /// The same port for all; one that UDP chose may be taken over TCP.
    bool bind_all() {
        close_sockets();
        port = options.port;
        if (!bind_one(AF_INET, SOCK_DGRAM) || (options.tcp && !bind_one(AF_INET, SOCK_STREAM))) return false;
        has_ipv6 = bind_one(AF_INET6, SOCK_DGRAM) && (!options.tcp || bind_one(AF_INET6, SOCK_STREAM));
        return has_ipv6 || errno != EADDRINUSE;
    }

    // Answers

    static void add_answer(Message& message, const Query& query, const dns::Answer& answer, Name owner,
                           std::size_t string_octets) {
        for (const Name& alias : answer.aliases) {
            message.add(Message::answer, owner, static_cast<std::size_t>(Type::cname), answer.ttl,
                        alias.wire());
            owner = alias;
        }
        for (const std::string& data : rdata(answer.records, query.question.type, string_octets))
            message.add(Message::answer, owner, static_cast<std::size_t>(query.question.type), answer.ttl,
                        data);
        if (answer.status == dns::Status::no_name) message.set_rcode(3);
        if (answer.status == dns::Status::failure)
            message.set_rcode(answer.failure == dns::Failure::rcode ? answer.rcode : servfail);
        const bool negative = answer.status == dns::Status::no_name || answer.status == dns::Status::no_data;
        if (!negative || answer.ttl == 0) return;
        std::string soa("\0\0", 2);
        soa += std::string(16, '\0') + address_data(net::ipv4(answer.ttl), 4);
        message.add(Message::authority, owner.parent(), static_cast<std::size_t>(Type::soa), answer.ttl, soa);
    }

    static void add_aliases(Message& message, const Query& query, const Faults& faults) {
        const Name& asked = query.question.name;
        const auto alias = [&](const Name& owner, const Name& target) {
            message.add(Message::answer, owner, static_cast<std::size_t>(Type::cname), 60, target.wire());
        };
        const auto sibling = [&](const std::string& label) {
            return asked.parent().child(label).value_or(asked);
        };
        if (faults.contains("cnameonly")) return alias(asked, asked.parent());
        if (faults.contains("cnameping")) return alias(asked, sibling("cnamepong"));
        if (faults.contains("cnamepong")) return alias(asked, sibling("cnameping"));
        if (faults.contains("cnameinc"))
            return alias(asked, sibling("cnameinc" + std::to_string(*faults.at("cnameinc") + 1)));
        alias(asked, sibling("loop"));
        alias(sibling("loop"), asked);
    }

    /// Returns the last alias.
    static Name add_chain(Message& message, const Query& query, unsigned length) {
        Name owner = query.question.name;
        const Name end = owner.parent();
        for (unsigned i = 1; i <= length; ++i) {
            const Name target = i == length ? end : end.child("chain" + std::to_string(i)).value_or(end);
            message.add(Message::answer, owner, static_cast<std::size_t>(Type::cname), 60, target.wire());
            owner = target;
        }
        return owner;
    }

    /// The octets of the reply, or nothing.
    std::optional<Bytes> reply_to(const Query& query, const Faults& faults, unsigned times_seen) {
        const auto has = [&](std::string_view fault) { return faults.contains(fault); };
        unsigned dropped = 0;
        if (const auto drop = faults.find("drop"); drop != faults.end()) {
            if (!drop->second || times_seen <= *drop->second) return std::nullopt;
            dropped = *drop->second;
        }
        if ((has("tcpsilent") || has("tcpzeros")) && query.tcp) return std::nullopt;

        Message message(query);
        Bytes& bytes = message.bytes();
        if ((query.head[2] & 0x78) != 0) {
            message.set_rcode(notimp);
            return bytes;
        }
        if (query.has_opt && !options.hears_edns) return std::nullopt;
        if (query.has_opt && (!options.edns || has("formerr"))) {
            message.set_rcode(formerr);
            return bytes;
        }
        unsigned rcode = options.rcode;
        if (has("rcode")) rcode = faults.at("rcode").value_or(0);
        if (has("refused")) rcode = refused;
        if (has("servfail") || (has("servfailonce") && times_seen == dropped + 1)) rcode = servfail;
        if (rcode > 15 && !query.has_opt) rcode = 0;
        const auto type = static_cast<std::size_t>(query.question.type);
        if (rcode != 0) {
            message.set_rcode(rcode);
            if (has("lie"))
                message.add(Message::answer, query.question.name, type, 60, lure(query.question.type));
        } else if (has("referral")) {
            bytes[2] &= 0xfb; // AA
            bytes[3] &= 0x7f; // RA
            message.add(Message::authority, query.question.name.parent(), static_cast<std::size_t>(Type::ns),
                        60, query.question.name.wire());
        } else if (has("badtxt")) {
            message.add(Message::answer, query.question.name, static_cast<std::size_t>(Type::txt), 60,
                        "\xc8oops");
        } else if (has("badname")) {
            put16(bytes, 0xc000 | bytes.size());
            message.add_rest(Message::answer, type, 60, lure(Type::a));
        } else if (has("badnames")) {
            const std::size_t here = bytes.size();
            put16(bytes, 0xc000 | (here + 12)); // to the RDATA, which points back
            message.add_rest(Message::answer, static_cast<std::size_t>(Type::cname), 60,
                             std::string{static_cast<char>(0xc0 | here >> 8), static_cast<char>(here)});
        } else if (has("cnameonly") || has("cnameloop") || has("cnameping") || has("cnamepong") ||
                   has("cnameinc")) {
            add_aliases(message, query, faults);
        } else {
            const Question looked_up{faults.empty() ? query.question.name : query.question.name.parent(),
                                     query.question.type};
            const auto answer = zone.lookup(looked_up);
            if (answer->failure == dns::Failure::timeout) return std::nullopt;
            Name owner = query.question.name;
            if (has("cnamechain")) owner = add_chain(message, query, faults.at("cnamechain").value_or(1));
            add_answer(message, query, *answer, owner, has("octets") ? 1 : longest_string);
        }
        if (has("wrongaddr")) {
            const Name other = Name::from_domain("other.example").value_or(Name());
            message.add(Message::answer, other, type, 60, lure(query.question.type));
            message.add(Message::additional, query.question.name, type, 60, lure(query.question.type));
        }
        if (query.has_opt) message.add_opt(rcode);
        const std::size_t limit =
            query.tcp || has("oversize") ? 65'535 : std::min(options.max_udp, query.udp_limit());
        if (bytes.size() > limit) message.truncate(false);
        const bool cut = has("tc") || has("tcgarbage") || has("tcempty") || has("tcpsilent") ||
                         has("tcpslow") || has("tcpdrip") || has("tcpclose") || has("tcpzeros");
        if (has("tcboth") || (cut && !query.tcp)) message.truncate(has("tc") || has("tcboth"));
        if (has("tcgarbage") && !query.tcp) put(bytes, "\xff\xfe\xc0\x0c garbage \x01");
        if (has("wrongid")) bytes[0] ^= 0x55;
        if (has("wrongname")) bytes[dns::header_octets + 1] = '!';
        if (has("noqr")) bytes[2] &= 0x7f;
        if (has("trailing")) put(bytes, "tail");
        if (has("short")) bytes.resize(11);
        if (has("empty")) bytes.clear();
        return std::move(bytes);
    }

    void take(const Bytes& in, Job job, bool tcp) {
        const auto query = parse_query(in, tcp);
        if (!query) return;
        if (log != nullptr) {
            std::fprintf(log, "%s %s %zu\n", dns::to_text(query->question).c_str(), tcp ? "tcp" : "udp",
                         query->edns_size);
            std::fflush(log);
        }
        ++counters.queries;
        const bool scheduled =
            options.loss_percent > 0 || options.duplicate_percent > 0 || options.reorder.count() > 0;
        const std::uint64_t fate = scheduled ? fate_of(query->question) : 0;
        const auto chance = [&](unsigned salt, int percent) {
            return percent > 0 && static_cast<int>(mixed(fate + salt) % 100) < percent;
        };
        if (chance(1, options.loss_percent)) {
            ++counters.lost;
            return;
        }

        Faults faults;
        const auto labels = query->question.name.labels();
        if (!labels.empty() && !names.contains(query->question.name))
            faults = parse_faults(labels.front()).value_or(Faults());
        const unsigned times_seen = faults.empty() ? 1 : ++seen[query->question];
        auto reply = reply_to(*query, faults, times_seen);
        job.close = tcp && faults.contains("tcpclose");
        if (tcp && faults.contains("tcpzeros")) connections.at(job.connection).floods = true;
        if (!reply) return;

        milliseconds delay = options.delay;
        if (const auto ms = faults.find("ms"); ms != faults.end())
            delay += milliseconds(ms->second.value_or(0));
        if (options.reorder.count() > 0) {
            delay += milliseconds(mixed(fate + 2) % static_cast<std::uint64_t>(options.reorder.count() + 1));
            ++counters.delayed;
        }
        job.due = Clock::now() + delay;
        if (tcp) {
            put16(job.bytes, reply->size());
            job.bytes.insert(job.bytes.end(), reply->begin(), reply->end());
            if (faults.contains("tcpslow")) return send_slowly(job, milliseconds(50));
            if (const auto drip = faults.find("tcpdrip"); drip != faults.end())
                return send_slowly(job, milliseconds(drip->second.value_or(1)));
        } else {
            job.bytes = std::move(*reply);
            if (faults.contains("wrongport")) job.fd = socket_of_another_port();
            if (faults.contains("chaff")) send_chaff(*query, job);
        }
        if (chance(3, options.duplicate_percent)) {
            ++counters.duplicated;
            schedule(job, delay);
        }
        schedule(std::move(job), delay);
    }

    /// What becomes of this query: see the head of dns_server.h.
    std::uint64_t fate_of(const Question& question) {
        const std::uint64_t hash = hash_of(question.name.wire()) ^ static_cast<std::uint64_t>(question.type);
        return mixed(mixed(options.seed ^ hash) + asked_before[question]++);
    }

    int socket_of_another_port() {
        if (other_port < 0) {
            other_port = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            sockaddr_in address{};
            address.sin_family = AF_INET;
            address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
            (void)::bind(other_port, reinterpret_cast<const sockaddr*>(&address), sizeof address);
        }
        return other_port;
    }

    void send_chaff(const Query& query, const Job& right) {
        Message message(query);
        message.add(Message::answer, query.question.name, static_cast<std::size_t>(query.question.type), 60,
                    lure(query.question.type));
        const Bytes lie = message.bytes();
        const auto send = [&](auto change, bool from_elsewhere = false) {
            Job job = right;
            job.bytes = lie;
            change(job.bytes);
            if (from_elsewhere) job.fd = socket_of_another_port();
            perform(job);
        };
        send([](Bytes& bytes) { bytes[0] ^= 0x55; });
        send([](Bytes& bytes) { bytes[1] ^= 0x01; });
        send([](Bytes& bytes) { bytes[dns::header_octets + 1] ^= 0x01; });
        send([&](Bytes& bytes) { bytes[query.head.size() - 3] ^= 0x01; }); // another type
        send([&](Bytes& bytes) { bytes[query.head.size() - 1] ^= 0x02; }); // another class
        send([](Bytes& bytes) { bytes[2] &= 0x7f; });
        send([](Bytes& bytes) { bytes[5] = 0; });
        send([](Bytes& bytes) { bytes.resize(11); });
        send([](Bytes& bytes) { bytes.clear(); });
        send([](Bytes&) {}, true);
    }

    void send_slowly(const Job& whole, milliseconds pause) {
        Job job = whole;
        for (const std::uint8_t octet : whole.bytes) {
            job.bytes = {octet};
            job.due += pause;
            schedule(job, pause);
        }
    }

    void schedule(Job job, milliseconds delay) {
        if (delay.count() == 0) return perform(job);
        job.order = ++order;
        jobs.push(std::move(job));
    }

    void perform(const Job& job) {
        if (job.fd >= 0) {
            (void)::sendto(job.fd, job.bytes.data(), job.bytes.size(), MSG_NOSIGNAL,
                           reinterpret_cast<const sockaddr*>(&job.peer), job.peer_size);
            return;
        }
        const auto it = connections.find(job.connection);
        if (it == connections.end()) return;
        if (job.close) return close_connection(job.connection);
        it->second.out.insert(it->second.out.end(), job.bytes.begin(), job.bytes.end());
        write_some(it->second);
    }

    // The network

    void close_connection(std::uint64_t id) {
        ::close(connections.at(id).fd);
        connections.erase(id);
    }

    static void write_some(Connection& connection) {
        if (connection.floods) connection.out.assign(65'536, 0);
        const ssize_t count =
            ::send(connection.fd, connection.out.data(), connection.out.size(), MSG_NOSIGNAL);
        if (count > 0) connection.out.erase(connection.out.begin(), connection.out.begin() + count);
    }

    void read_datagrams(int fd) {
        Bytes in(65'535);
        for (int i = 0; i < 256; ++i) {
            Job job;
            job.fd = fd;
            job.peer_size = sizeof job.peer;
            in.resize(65'535);
            const ssize_t count = ::recvfrom(fd, in.data(), in.size(), 0,
                                             reinterpret_cast<sockaddr*>(&job.peer), &job.peer_size);
            if (count < 0) return;
            in.resize(static_cast<std::size_t>(count));
            take(in, std::move(job), false);
        }
    }

    void read_stream(std::uint64_t id) {
        std::array<std::uint8_t, 16'384> buffer;
        Connection& connection = connections.at(id);
        const ssize_t count = ::recv(connection.fd, buffer.data(), buffer.size(), 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (count <= 0) return close_connection(id);
        connection.in.insert(connection.in.end(), buffer.begin(), buffer.begin() + count);
        while (connections.contains(id) && connection.in.size() >= 2) {
            const std::size_t size = get16(connection.in, 0);
            if (connection.in.size() < 2 + size) return;
            const auto begin = connection.in.begin() + 2;
            const auto end = begin + static_cast<std::ptrdiff_t>(size);
            const Bytes message(begin, end);
            connection.in.erase(connection.in.begin(), end);
            const std::size_t number = ++connection.queries;
            if (options.tcp_dies_after != 0 && number > options.tcp_dies_after) continue;
            Job job;
            job.connection = id;
            take(message, std::move(job), true);
            if (number == options.tcp_closes_after) return close_connection(id);
        }
    }

    int wait_milliseconds() const {
        if (jobs.empty()) return -1;
        const auto left = std::chrono::ceil<milliseconds>(jobs.top().due - Clock::now());
        return static_cast<int>(std::max<milliseconds::rep>(left.count(), 0));
    }

    void run(int stop) {
        std::vector<pollfd> polled;
        std::vector<std::uint64_t> ids;
        for (;;) {
            polled = {{.fd = stop, .events = POLLIN, .revents = 0}}; // poll() skips -1
            ids.clear();
            for (const Socket& socket : sockets)
                polled.push_back({.fd = socket.fd, .events = POLLIN, .revents = 0});
            for (const auto& [id, connection] : connections) {
                const bool writes = !connection.out.empty() || connection.floods;
                const int events = writes ? POLLIN | POLLOUT : POLLIN;
                polled.push_back({.fd = connection.fd, .events = static_cast<short>(events), .revents = 0});
                ids.push_back(id);
            }
            (void)::poll(polled.data(), static_cast<nfds_t>(polled.size()), wait_milliseconds());
            if (polled[0].revents != 0) return;
            if (options.stop_after != 0 && counters.queries >= options.stop_after) return;
            for (; !jobs.empty() && jobs.top().due <= Clock::now(); jobs.pop())
                perform(jobs.top());
            const std::size_t first = sockets.size() + 1;
            for (std::size_t i = 1; i < polled.size(); ++i) {
                if (polled[i].revents == 0) continue;
                if (i >= first) {
                    const auto it = connections.find(ids[i - first]);
                    if (it == connections.end()) continue;
                    if ((polled[i].revents & POLLOUT) != 0) write_some(it->second);
                    if ((polled[i].revents & ~POLLOUT) != 0) read_stream(it->first);
                } else if (!sockets[i - 1].listens) {
                    read_datagrams(polled[i].fd);
                } else if (const int fd =
                               ::accept4(polled[i].fd, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
                           fd >= 0) {
                    connections[++last_connection].fd = fd;
                }
            }
        }
    }
};

DnsServer::DnsServer(DnsServerOptions options) : impl_(std::make_unique<Impl>(std::move(options))) {}
DnsServer::~DnsServer() = default;
std::uint16_t DnsServer::port() const {
    return impl_->port;
}
bool DnsServer::has_ipv6() const {
    return impl_->has_ipv6;
}
DnsServerCounters DnsServer::counters() const {
    return impl_->counters;
}
void DnsServer::run(int stop_descriptor) {
    impl_->run(stop_descriptor);
}

} // namespace spfwalk::test
