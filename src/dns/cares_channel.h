// One c-ares channel: one server over one transport, and the sockets under it.
//
// c-ares frames, numbers and matches here, nothing more: it has one server, tries once, and is more patient
// than the resolver above, so choosing servers, asking again and giving up never happen in it.
#pragma once

#include "dns/cares_stand_in.h"
#include "dns/datagrams.h"
#include "spfwalk/dns/answer.h"
#include "spfwalk/dns/resolv_conf.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <span>
#include <string>
#include <vector>

struct ares_channeldata;

namespace spfwalk::dns::cares {

enum class Transport : std::uint8_t { udp, tcp };

/// One query for a question; what the fields mean is the business of who asks.
struct Try {
    std::uint64_t serial = 0;
    std::uint32_t slot = 0;
    std::uint32_t server = 0;
    Transport transport = Transport::udp;
    bool edns = false;
};

/// Why a query ended without a reply.
enum class Trouble : std::uint8_t {
    refused,   ///< nothing listens there, or the server cannot be reached
    closed,    ///< the TCP connection has ended, and it was not about this query (see end_of_connection())
    garbled,   ///< c-ares made nothing of what came
    no_name,   ///< c-ares knows without asking that there is no such name (RFC 7686)
    unaskable, ///< c-ares does not send such a name
    given_up,  ///< c-ares stopped waiting
};

/// Hears what comes of queries, from inside c-ares: it must not call the channel. What it throws comes out of
/// the call of the channel that is under way.
class Listener {
  public:
    /// `reply` is good until the call returns.
    virtual void on_reply(const Try& query, std::span<const std::uint8_t> reply) = 0;
    virtual void on_trouble(const Try& query, Trouble trouble) = 0;

  protected:
    ~Listener() = default;
};

struct ChannelOptions {
    Server server;
    Transport transport = Transport::udp;
    std::chrono::milliseconds patience{}; ///< at least so long c-ares keeps waiting for a reply
    std::size_t receive_octets = 0;       ///< wanted receive buffer of a UDP socket
};

/// Out of memory, every call throws std::bad_alloc, where it is c-ares that has none too; out of descriptors,
/// std::system_error.
class Channel {
  public:
    /// Opens no socket yet. `inbox` is of no use between calls, so channels may share it. Throws
    /// std::runtime_error if c-ares cannot be initialised.
    Channel(const ChannelOptions& options, Listener& listener, Inbox& inbox);
    /// Ends what is open without telling the listener.
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Sends a query; over UDP perhaps only when flush() is called. The listener may hear of trouble before
    /// this returns.
    void query(const Name& name, Type type, const Try& query);
    /// Sends what still waits for more to be sent with.
    void flush();

    /// Does what poll() found to be due; reads until nothing is left.
    void process(const pollfd& event);
    /// Lets c-ares look at its clock.
    void tick();
    /// The server has refused something: no poll() will say so, but queries are to be ended.
    bool is_refused() const { return refused_ >= 0; }
    void process_refusal();

    /// Appends the descriptors to wait for.
    void append_descriptors(std::vector<pollfd>& descriptors) const;

    /// Queries that c-ares has not ended, and all that it was ever given.
    std::size_t open() const { return open_; }
    std::size_t taken() const { return taken_; }
    /// The receive buffer of its latest UDP socket as the kernel counts it; 0 before there was one.
    std::size_t received_octets() const { return granted_octets_; }
    Transport transport() const { return options_.transport; }
    /// Whether the query, or one with a later serial, was sent and nothing has come since. (Serials grow.)
    bool is_deaf_to(std::uint64_t serial) const { return serial >= first_serial_ && serial > heard_serial_; }

  private:
    struct Hooks; ///< what c-ares calls
    struct Ticket {
        Channel* channel = nullptr;
        Try query;
    };
    struct Kept {
        std::size_t begin = 0;
        std::size_t size = 0;
    };

    int open_socket(int family, int type);
    int connect_socket(int fd);
    void gather(const iovec* parts, int count);
    ssize_t send_udp(int fd, const iovec* parts, int count);
    ssize_t send_tcp(int fd, const iovec* parts, int count);
    ssize_t receive_udp(int fd, void* buffer, std::size_t size, sockaddr* from, socklen_t* from_size);
    ssize_t receive_tcp(int fd, void* buffer, std::size_t size);
    bool keep(std::span<const std::uint8_t> reply, std::vector<std::uint8_t>& receipt);
    bool take_frames();
    void ended(Ticket& ticket, int status, std::span<const std::uint8_t> receipt);
    /// What is to be thought of a query that was open when the TCP connection ended.
    Trouble end_of_connection(const Try& query);
    void watch(int fd, bool readable, bool writable);
    void run(int readable, int writable);
    void rethrow();

    ChannelOptions options_;
    Listener& listener_;
    sockaddr_storage address_{};
    socklen_t address_size_ = 0;
    ares_channeldata* cares_ = nullptr;
    std::vector<pollfd> sockets_;

    std::deque<Ticket> tickets_;
    std::vector<Ticket*> free_tickets_;
    StandIns stand_ins_; ///< by ticket
    std::size_t open_ = 0;
    std::size_t taken_ = 0;
    std::size_t granted_octets_ = 0;
    std::uint64_t first_serial_ = UINT64_MAX; ///< of all queries
    std::uint64_t last_serial_ = 0;
    std::uint64_t heard_serial_ = 0; ///< the last before something came
    bool closing_ = false;
    std::exception_ptr thrown_; ///< by a hook; c-ares must not meet it

    bool edns_ = false;     ///< of the query being sent
    int refused_ = -1;      ///< a socket whose send was refused, mostly on behalf of earlier queries
    bool drained_ = false;  ///< the socket had nothing more to read
    bool received_ = false; ///< c-ares has been given something
    int budget_ = 0;        ///< datagrams or segments that may be read before others get a turn
    // Of the TCP connection, or the last one if there is none:
    bool has_taken_ = false;          ///< a query; so it was there
    bool has_answered_ = false;       ///< a query
    std::uint64_t blamed_serial_ = 0; ///< the query that is blamed for its end; 0: not found out yet
    std::size_t barren_ = 0;          ///< connections in a row that were there and answered nothing

    // Mostly there is one socket, but c-ares 1.34.6 and later may open another before it closes the first.
    Inbox& inbox_;
    int inbox_fd_ = -1; ///< whose it is
    Outbox outbox_;
    int outbox_fd_ = -1;
    std::vector<std::uint8_t> scratch_;     ///< a query on its way out, a receipt on its way in
    std::vector<std::uint8_t> segment_;     ///< what recv() writes to over TCP
    std::vector<std::uint8_t> kept_octets_; ///< replies that c-ares has only a receipt for
    std::vector<Kept> kept_;
    std::vector<std::uint8_t> tcp_rest_; ///< of a query that was sent in part
    std::vector<std::uint8_t> tcp_in_;   ///< received, not a whole message yet
    std::vector<std::uint8_t> tcp_out_;  ///< receipts c-ares has not read yet
    std::size_t tcp_out_at_ = 0;
};

} // namespace spfwalk::dns::cares
