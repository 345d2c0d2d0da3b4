#include "dns/datagrams.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>

namespace spfwalk::dns {

namespace {

#ifdef __linux__
using Message = ::mmsghdr;

int send_some(int fd, std::span<Message> messages) {
    return ::sendmmsg(fd, messages.data(), static_cast<unsigned>(messages.size()), MSG_NOSIGNAL);
}
int receive_some(int fd, std::span<Message> messages) {
    return ::recvmmsg(fd, messages.data(), static_cast<unsigned>(messages.size()), MSG_DONTWAIT, nullptr);
}
#else
/// One after the other, where there is no call for many.
struct Message {
    ::msghdr msg_hdr;
    unsigned msg_len;
};

template <class Call>
int call_each(std::span<Message> messages, Call call) {
    int done = 0;
    for (Message& message : messages) {
        const ssize_t octets = call(message.msg_hdr);
        if (octets < 0) return done > 0 ? done : -1;
        message.msg_len = static_cast<unsigned>(octets);
        ++done;
    }
    return done;
}

int send_some(int fd, std::span<Message> messages) {
    return call_each(messages, [fd](::msghdr& one) { return ::sendmsg(fd, &one, MSG_NOSIGNAL); });
}
int receive_some(int fd, std::span<Message> messages) {
    return call_each(messages, [fd](::msghdr& one) { return ::recvmsg(fd, &one, MSG_DONTWAIT); });
}
#endif

/// Messages of one part each, over a connected socket.
struct Batch {
    std::array<::iovec, datagrams_of_a_call> parts;
    std::array<Message, datagrams_of_a_call> messages;

    void set(std::size_t at, std::uint8_t* octets, std::size_t size) {
        parts[at] = {octets, size};
        messages[at] = {};
        messages[at].msg_hdr.msg_iov = &parts[at];
        messages[at].msg_hdr.msg_iovlen = 1;
    }
};

} // namespace

void Outbox::put(std::span<const std::uint8_t> datagram) {
    // Room first: whoever is out of memory keeps the datagrams before as they are.
    if (ends_.size() == ends_.capacity()) ends_.reserve(2 * ends_.size() + datagrams_of_a_call);
    octets_.insert(octets_.end(), datagram.begin(), datagram.end());
    ends_.push_back(octets_.size());
}

void Outbox::clear() {
    octets_.clear();
    ends_.clear();
}

int Outbox::send(int fd) {
    Batch batch;
    int error = 0;
    for (std::size_t first = 0; first < ends_.size();) {
        const std::size_t count = std::min(ends_.size() - first, datagrams_of_a_call);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t begin = first + i == 0 ? 0 : ends_[first + i - 1];
            batch.set(i, octets_.data() + begin, ends_[first + i] - begin);
        }
        const int sent = send_some(fd, std::span(batch.messages).first(count));
        if (sent >= 0) {
            first += static_cast<std::size_t>(sent);
            continue;
        }
        switch (errno) {
        case EINTR:
            continue;
        case EAGAIN:
        case ENOBUFS:
        case EPERM: // what a packet filter says whose table is full
            break;
        default:
            error = errno;
        }
        ++first;
    }
    clear();
    return error;
}

Inbox::Inbox() : octets_(new std::uint8_t[distance * datagrams_of_a_call]) {} // whose pages are not touched

std::optional<std::span<const std::uint8_t>> Inbox::take() {
    if (empty()) return std::nullopt;
    const std::size_t at = taken_++;
    return std::span<const std::uint8_t>(octets_.get() + at * distance, sizes_[at]);
}

ssize_t Inbox::receive(int fd) {
    clear();
    Batch batch;
    for (std::size_t i = 0; i < datagrams_of_a_call; ++i)
        batch.set(i, octets_.get() + i * distance, largest);
    int count = 0;
    do
        count = receive_some(fd, batch.messages);
    while (count < 0 && errno == EINTR);
    for (int i = 0; i < count; ++i)
        sizes_[static_cast<std::size_t>(i)] = batch.messages[static_cast<std::size_t>(i)].msg_len;
    if (count > 0) count_ = static_cast<std::size_t>(count);
    return count;
}

} // namespace spfwalk::dns
