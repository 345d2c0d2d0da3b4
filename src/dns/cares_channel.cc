// c-ares 1.28 and later mark ares_query() and others as deprecated in favour of calls that 1.18 lacks; they
// stay.
#define CARES_NO_DEPRECATED

#include "dns/cares_channel.h"

#include "dns/cares_memory.h"
#include "dns/cares_wire.h"
#include "spfwalk/dns/message.h"

#include <ares.h>

#include <netinet/in.h>
#include <netinet/tcp.h>

#include <sys/socket.h>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <stdexcept>
#include <system_error>
#include <utility>

namespace spfwalk::dns::cares {

namespace {

constexpr int class_in = 1;
constexpr int datagrams_per_turn = 16'384;
constexpr int segments_per_turn = 256; // of up to 64 KiB
/// A server that has closed so many TCP connections in a row, and answered nothing, is not put off by single
/// queries.
constexpr std::size_t most_barren = 8;
constexpr std::size_t max_message = 65'535;

std::array<std::uint8_t, 16> network_order(const net::Address& address) {
    std::array<std::uint8_t, 16> octets{};
    for (std::size_t i = 0; i < 8; ++i) {
        octets[i] = static_cast<std::uint8_t>(address.hi >> (56 - 8 * i));
        octets[i + 8] = static_cast<std::uint8_t>(address.lo >> (56 - 8 * i));
    }
    return octets;
}

socklen_t fill_address(const Server& server, sockaddr_storage& storage) {
    const auto octets = network_order(server.address);
    if (server.family == net::Family::ipv4) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server.port);
        std::memcpy(&address.sin_addr, octets.data() + 12, 4);
        std::memcpy(&storage, &address, sizeof address);
        return sizeof address;
    }
    sockaddr_in6 address{};
    address.sin6_family = AF_INET6;
    address.sin6_port = htons(server.port);
    address.sin6_scope_id = server.scope;
    std::memcpy(&address.sin6_addr, octets.data(), 16);
    std::memcpy(&storage, &address, sizeof address);
    return sizeof address;
}

std::size_t receive_buffer(int fd) {
    int octets = 0;
    socklen_t size = sizeof octets;
    if (::getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, &size) != 0) return 0;
    return static_cast<std::size_t>(std::max(octets, 0));
}

/// Asks for a larger receive buffer. Returns what the kernel grants: often less (net.core.rmem_max).
std::size_t widen_receive_buffer(int fd, std::size_t wanted) {
    if (wanted <= receive_buffer(fd)) return receive_buffer(fd);
    const int octets = static_cast<int>(std::min<std::size_t>(wanted, std::numeric_limits<int>::max() / 2));
    (void)::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &octets, sizeof octets);
    return receive_buffer(fd);
}

/// Tells the other side now what has come, where the system can be told to. A server that has Nagle's
/// algorithm on holds its next small reply back until then; the system would wait 40 ms to save a packet.
void acknowledge([[maybe_unused]] int fd) {
#ifdef TCP_QUICKACK
    const int on = 1; // for once: the system soon goes back to waiting
    (void)::setsockopt(fd, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
#endif
}

void check(int status, const char* what) {
    if (status == ARES_ENOMEM) throw std::bad_alloc();
    if (status != ARES_SUCCESS)
        throw std::runtime_error(std::string("c-ares: ") + what + ": " + ares_strerror(status));
}

Trouble trouble_of(int status) {
    switch (status) {
    case ARES_ENOTFOUND:
        return Trouble::no_name;
    case ARES_EBADNAME:
    case ARES_EFORMERR:
    case ARES_EBADQUERY:
        return Trouble::unaskable;
    case ARES_EBADRESP:
        return Trouble::garbled;
    case ARES_ETIMEOUT:
    case ARES_ECANCELLED:
        return Trouble::given_up;
    default:
        return Trouble::refused;
    }
}

} // namespace

/// What is thrown in here waits until c-ares, which is C, has returned.
struct Channel::Hooks {
    static Channel& channel(void* self) { return *static_cast<Channel*>(self); }

    template <class Call, class Result>
    static Result guarded(Channel& it, Call&& call, Result otherwise) noexcept {
        try {
            return call();
        } catch (...) {
            if (!it.thrown_) it.thrown_ = std::current_exception(); // what comes later follows from it
            it.drained_ = true;                                     // nothing more is to be read
            errno = ENOMEM;
            return otherwise;
        }
    }

    static ares_socket_t open(int family, int type, int /*protocol*/, void* self) {
        Channel& it = channel(self);
        return guarded(
            it, [&] { return it.open_socket(family, type); }, -1);
    }
    static int close(ares_socket_t fd, void* self) {
        Channel& it = channel(self);
        it.tcp_rest_.clear();
        it.tcp_in_.clear();
        it.tcp_out_.clear();
        it.tcp_out_at_ = 0;
        if (it.inbox_fd_ == fd) it.inbox_.clear();
        if (it.outbox_fd_ == fd) it.outbox_.clear();
        if (it.refused_ == fd) it.refused_ = -1;
        return ::close(fd);
    }
    static int connect(ares_socket_t fd, const sockaddr*, ares_socklen_t, void* self) {
        return channel(self).connect_socket(fd);
    }
    static ares_ssize_t receive(ares_socket_t fd, void* buffer, std::size_t size, int /*flags*/,
                                sockaddr* from, ares_socklen_t* from_size, void* self) {
        Channel& it = channel(self);
        return guarded(
            it,
            [&] {
                if (it.transport() == Transport::tcp) return it.receive_tcp(fd, buffer, size);
                return it.receive_udp(fd, buffer, size, from, from_size);
            },
            ares_ssize_t{-1});
    }
    static ares_ssize_t send(ares_socket_t fd, const iovec* parts, int count, void* self) {
        Channel& it = channel(self);
        return guarded(
            it,
            [&] {
                return it.transport() == Transport::tcp ? it.send_tcp(fd, parts, count)
                                                        : it.send_udp(fd, parts, count);
            },
            ares_ssize_t{-1});
    }
    static void watch(void* self, ares_socket_t fd, int readable, int writable) {
        Channel& it = channel(self);
        guarded(
            it, [&] { return it.watch(fd, readable != 0, writable != 0), 0; }, 0);
    }
    static void ended(void* ticket, int status, int /*timeouts*/, unsigned char* reply, int size) {
        auto& it = *static_cast<Ticket*>(ticket);
        const std::span<const std::uint8_t> receipt(reply,
                                                    reply == nullptr ? 0 : static_cast<std::size_t>(size));
        guarded(
            *it.channel, [&] { return it.channel->ended(it, status, receipt), 0; }, 0);
    }
};

Channel::Channel(const ChannelOptions& options, Listener& listener, Inbox& inbox)
    : options_(options),
      listener_(listener),
      address_size_(fill_address(options.server, address_)),
      inbox_(inbox) {
    static const int library = init_library();
    check(library, "ares_library_init");
    // Where there is no /dev/urandom, 1.18 takes the ids of queries from rand(3).
    static const bool seeded = [] {
        unsigned seed = 0;
        if (::getentropy(&seed, sizeof seed) != 0) return false;
        std::srand(seed);
        return true;
    }();
    (void)seeded;

    ares_options setup{};
    // Some of these say nothing, but as long as one is missing c-ares 1.18 reads resolv.conf.
    int given = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_NDOTS | ARES_OPT_DOMAINS |
                ARES_OPT_LOOKUPS | ARES_OPT_NOROTATE | ARES_OPT_SERVERS | ARES_OPT_SORTLIST |
                ARES_OPT_SOCK_STATE_CB;
    char no_lookups[] = "b";
    setup.lookups = no_lookups;
    // EDNS is not asked for: send_udp() adds it, so that c-ares never changes its mind about it.
    setup.flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_STAYOPEN | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES |
                  ARES_FLAG_IGNTC;
    if (options_.transport == Transport::tcp) setup.flags |= ARES_FLAG_USEVC;
    // 1.18 waits for as little as 9/16 of what it is told.
    constexpr std::int64_t longest = 1 << 29;
    setup.timeout = static_cast<int>(2 * std::min<std::int64_t>(options_.patience.count() + 1, longest));
    setup.tries = 1;
    setup.ndots = 1;
    setup.sock_state_cb = &Hooks::watch;
    setup.sock_state_cb_data = this;
#ifdef ARES_OPT_MAXTIMEOUTMS
    setup.maxtimeout = setup.timeout; // otherwise five seconds
    given |= ARES_OPT_MAXTIMEOUTMS;
#endif
#ifdef ARES_OPT_QUERY_CACHE
    setup.qcache_max_ttl = 0;
    given |= ARES_OPT_QUERY_CACHE;
#endif
    check(ares_init_options(&cares_, &setup, given), "ares_init_options");

    static constexpr ares_socket_functions hooks = {&Hooks::open, &Hooks::close, &Hooks::connect,
                                                    &Hooks::receive, &Hooks::send};
    ares_set_socket_functions(cares_, &hooks, this);

    ares_addr_port_node server{};
    const auto octets = network_order(options_.server.address);
    const bool is_ipv4 = options_.server.family == net::Family::ipv4;
    server.family = is_ipv4 ? AF_INET : AF_INET6;
    std::memcpy(&server.addr, octets.data() + (is_ipv4 ? 12 : 0), is_ipv4 ? 4 : 16);
    server.udp_port = server.tcp_port = options_.server.port; // the scope is known to connect_socket()
    const int status = ares_set_servers_ports(cares_, &server);
    if (status != ARES_SUCCESS) ares_destroy(cares_);
    check(status, "ares_set_servers_ports");
}

Channel::~Channel() {
    closing_ = true;
    ares_destroy(cares_);
}

void Channel::query(const Name& name, Type type, const Try& query) {
    Ticket* ticket = nullptr;
    if (free_tickets_.empty()) {
        ticket = &tickets_.emplace_back();
    } else {
        ticket = free_tickets_.back();
        free_tickets_.pop_back();
    }
    *ticket = {this, query};
    ++open_;
    ++taken_;
    first_serial_ = std::min(first_serial_, query.serial);
    last_serial_ = query.serial;
    edns_ = query.edns;
    if (needs_stand_in(name)) stand_ins_.expect(ticket, name);
    ares_query(cares_, query_text(name).c_str(), class_in, static_cast<int>(type), &Hooks::ended, ticket);
    edns_ = false;
    rethrow();
}

void Channel::rethrow() {
    if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
}

void Channel::ended(Ticket& ticket, int status, std::span<const std::uint8_t> receipt) {
    const Try query = ticket.query;
    stand_ins_.forget(&ticket);
    ticket.channel = nullptr;
    --open_;
    if (closing_) return;
    free_tickets_.push_back(&ticket);
    if (status == ARES_ENOMEM) throw std::bad_alloc(); // which is no trouble with the network
    if (receipt.empty()) {
        const Trouble trouble = trouble_of(status);
        const bool is_end = trouble == Trouble::refused && transport() == Transport::tcp;
        return listener_.on_trouble(query, is_end ? end_of_connection(query) : trouble);
    }
    has_answered_ = true;
    barren_ = 0;
    const auto number = receipt_number(receipt);
    if (!number || *number >= kept_.size()) return listener_.on_trouble(query, Trouble::garbled);
    const Kept& kept = kept_[*number];
    listener_.on_reply(query, std::span(kept_octets_).subspan(kept.begin, kept.size));
}

// Servers close connections after some queries, or when they like (RFC 7766 §6.2.3), or because of a query.
// They work in order, so that is the oldest that they have not answered; if they have answered any before, it
// may have been none at all.
Trouble Channel::end_of_connection(const Try& query) {
    if (has_answered_) return Trouble::closed;
    if (!has_taken_) return Trouble::refused;
    if (blamed_serial_ == 0) {
        ++barren_;
        blamed_serial_ = query.serial;
        for (const Ticket& ticket : tickets_)
            if (ticket.channel != nullptr) blamed_serial_ = std::min(blamed_serial_, ticket.query.serial);
    }
    return query.serial == blamed_serial_ || barren_ > most_barren ? Trouble::refused : Trouble::closed;
}

void Channel::process(const pollfd& event) {
    const bool readable = (event.revents & (POLLIN | POLLERR | POLLHUP | POLLNVAL)) != 0;
    const bool writable = (event.revents & POLLOUT) != 0;
    run(readable ? event.fd : ARES_SOCKET_BAD, writable ? event.fd : ARES_SOCKET_BAD);
}

void Channel::tick() {
    run(ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

void Channel::process_refusal() {
    run(refused_, ARES_SOCKET_BAD);
    refused_ = -1;
}

void Channel::run(int readable, int writable) {
    budget_ = transport() == Transport::tcp ? segments_per_turn : datagrams_per_turn;
    inbox_.clear();
    drained_ = false;
    do {
        // 1.18 reads until nothing is left, 1.34 one message for each call.
        received_ = false;
        ares_process_fd(cares_, readable, ARES_SOCKET_BAD);
        rethrow();
    } while (readable != ARES_SOCKET_BAD && received_ &&
             (!drained_ || !inbox_.empty() || tcp_out_at_ < tcp_out_.size()));
    // Only then: to write to a connection that was closed would take with it what has come on it.
    if (writable != ARES_SOCKET_BAD) {
        ares_process_fd(cares_, ARES_SOCKET_BAD, writable);
        rethrow();
    }
    if (tcp_out_at_ == tcp_out_.size()) {
        kept_.clear();
        kept_octets_.clear();
    }
}

void Channel::append_descriptors(std::vector<pollfd>& descriptors) const {
    descriptors.insert(descriptors.end(), sockets_.begin(), sockets_.end());
}

void Channel::watch(int fd, bool readable, bool writable) {
    const auto is_this = [fd](const pollfd& socket) { return socket.fd == fd; };
    auto socket = std::find_if(sockets_.begin(), sockets_.end(), is_this);
    if (!readable && !writable) {
        if (socket != sockets_.end()) sockets_.erase(socket);
        return;
    }
    if (socket == sockets_.end())
        socket = sockets_.insert(socket, pollfd{.fd = fd, .events = 0, .revents = 0});
    socket->events = static_cast<short>((readable ? POLLIN : 0) | (writable ? POLLOUT : 0));
}

int Channel::open_socket(int family, int type) {
    has_taken_ = has_answered_ = false;
    blamed_serial_ = 0;
    const int fd = ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    // That is about this machine, not about the server or the question.
    if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM))
        throw std::system_error(errno, std::generic_category(), "no socket to ask DNS with");
    if (fd < 0) return fd;
    if (type == SOCK_STREAM) {
        const int on = 1;
        (void)::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    } else {
        granted_octets_ = widen_receive_buffer(fd, options_.receive_octets);
    }
    return fd;
}

int Channel::connect_socket(int fd) {
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address_), address_size_);
}

void Channel::gather(const iovec* parts, int count) {
    scratch_.clear();
    for (int i = 0; i < count; ++i) {
        const auto* const begin = static_cast<const std::uint8_t*>(parts[i].iov_base);
        scratch_.insert(scratch_.end(), begin, begin + parts[i].iov_len);
    }
}

ssize_t Channel::send_udp(int fd, const iovec* parts, int count) {
    if (fd != outbox_fd_) flush();
    outbox_fd_ = fd;
    gather(parts, count);
    stand_ins_.reveal(scratch_);
    const auto size = static_cast<ssize_t>(scratch_.size());
    if (edns_) append_opt(scratch_);
    outbox_.put(scratch_);
    if (outbox_.is_full()) flush();
    return size;
}

void Channel::flush() {
    if (outbox_.empty()) return;
    // An error is mostly the news that an earlier query was refused. All in flight are to hear of it.
    if (outbox_.send(outbox_fd_) != 0) refused_ = outbox_fd_;
}

ssize_t Channel::send_tcp(int fd, const iovec* parts, int count) {
    // c-ares goes on where the last call ended, perhaps within a query, and has whole queries behind that.
    gather(parts, count);
    const std::size_t rest = std::min(tcp_rest_.size(), scratch_.size());
    std::copy_n(tcp_rest_.begin(), rest, scratch_.begin());
    const auto end_of_query = [&](std::size_t at) {
        if (scratch_.size() - at < 2) return scratch_.size();
        const auto size = static_cast<std::size_t>(scratch_[at] << 8 | scratch_[at + 1]);
        return at + std::min(size + 2, scratch_.size() - at);
    };
    for (std::size_t at = rest; scratch_.size() - at > 2; at = end_of_query(at))
        stand_ins_.reveal(std::span(scratch_).subspan(at + 2, end_of_query(at) - at - 2));
    const ssize_t sent = ::send(fd, scratch_.data(), scratch_.size(), MSG_NOSIGNAL);
    if (sent < 0) return sent;
    has_taken_ = true;
    std::size_t end = rest;
    while (end < static_cast<std::size_t>(sent))
        end = end_of_query(end);
    tcp_rest_.assign(scratch_.begin() + sent, scratch_.begin() + static_cast<std::ptrdiff_t>(end));
    return sent;
}

bool Channel::keep(std::span<const std::uint8_t> reply, std::vector<std::uint8_t>& receipt) {
    const std::size_t begin = receipt.size();
    if (!append_receipt(reply, static_cast<std::uint32_t>(kept_.size()), receipt)) return false;
    if (!stand_ins_.disguise(std::span(receipt).subspan(begin))) {
        receipt.resize(begin);
        return false;
    }
    kept_.push_back({kept_octets_.size(), reply.size()});
    kept_octets_.insert(kept_octets_.end(), reply.begin(), reply.end());
    return true;
}

ssize_t Channel::receive_udp(int fd, void* buffer, std::size_t size, sockaddr* from, socklen_t* from_size) {
    while (true) {
        const auto datagram = inbox_.take();
        if (!datagram) {
            // A call that brought less than it could has taken all there was.
            if (refused_ == fd || drained_ || budget_ <= 0) break;
            inbox_fd_ = fd;
            const ssize_t count = inbox_.receive(fd);
            drained_ = count < static_cast<ssize_t>(datagrams_of_a_call);
            if (count < 0) return -1;
            budget_ -= static_cast<int>(count);
            continue;
        }
        // What is no reply, an empty datagram among them, is read over.
        scratch_.clear();
        if (!keep(*datagram, scratch_) || scratch_.size() > size) continue;
        std::memcpy(buffer, scratch_.data(), scratch_.size());
        if (from != nullptr && from_size != nullptr) {
            *from_size = std::min(*from_size, address_size_); // connected: nobody else gets through
            std::memcpy(from, &address_, *from_size);
        }
        received_ = true;
        return static_cast<ssize_t>(scratch_.size());
    }
    drained_ = true;
    errno = refused_ == fd ? ECONNREFUSED : EAGAIN;
    return -1;
}

bool Channel::take_frames() {
    std::size_t at = 0;
    while (tcp_in_.size() - at >= 2) {
        const std::size_t size = static_cast<std::size_t>(tcp_in_[at] << 8 | tcp_in_[at + 1]);
        if (tcp_in_.size() - at - 2 < size) break;
        scratch_.clear();
        if (keep(std::span(tcp_in_).subspan(at + 2, size), scratch_)) {
            tcp_out_.push_back(static_cast<std::uint8_t>(scratch_.size() >> 8));
            tcp_out_.push_back(static_cast<std::uint8_t>(scratch_.size()));
            tcp_out_.insert(tcp_out_.end(), scratch_.begin(), scratch_.end());
        }
        at += 2 + size;
    }
    tcp_in_.erase(tcp_in_.begin(), tcp_in_.begin() + static_cast<std::ptrdiff_t>(at));
    return !tcp_out_.empty();
}

ssize_t Channel::receive_tcp(int fd, void* buffer, std::size_t size) {
    if (tcp_out_at_ == tcp_out_.size()) {
        tcp_out_.clear();
        tcp_out_at_ = 0;
        segment_.resize(max_message);
        do {
            if (budget_-- <= 0) { // it may go on for ever, and never with a reply
                drained_ = true;
                errno = EAGAIN;
                return -1;
            }
            const ssize_t count = ::recv(fd, segment_.data(), segment_.size(), 0);
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) {
                drained_ = true;
                return count;
            }
            acknowledge(fd);
            tcp_in_.insert(tcp_in_.end(), segment_.begin(), segment_.begin() + count);
        } while (!take_frames());
        heard_serial_ = last_serial_;
    }
    const std::size_t count = std::min(size, tcp_out_.size() - tcp_out_at_);
    std::memcpy(buffer, tcp_out_.data() + tcp_out_at_, count);
    tcp_out_at_ += count;
    received_ = true;
    return static_cast<ssize_t>(count);
}

} // namespace spfwalk::dns::cares
