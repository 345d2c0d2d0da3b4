#include "fuzz/fuzz.h"

#include "dns/cares_stand_in.h"
#include "dns/cares_wire.h"
#include "spfwalk/dns/message.h"

#include <vector>

namespace spfwalk::fuzz {

namespace {

using Octets = std::vector<std::uint8_t>;

/// A receipt is the reply's id and question and a number, whatever else the reply says.
void check_receipt(Bytes reply, std::uint32_t number, const Octets& receipt) {
    using namespace dns::cares;
    promise(receipt.size() <= reply.size() + receipt_record_octets, "a receipt has a record more at most");
    const std::size_t question_end = receipt.size() - receipt_record_octets;
    promise(question_end >= dns::header_octets + 5, "a receipt has a question");
    promise(receipt[0] == reply[0] && receipt[1] == reply[1], "a receipt has the id of the reply");
    promise(std::equal(receipt.begin() + dns::header_octets,
                       receipt.begin() + static_cast<std::ptrdiff_t>(question_end),
                       reply.begin() + dns::header_octets),
            "a receipt has the question of the reply");
    promise(receipt_number(receipt) == number, "a receipt tells its number");

    // As a library may write it again: the owner in full.
    Octets rewritten(receipt.begin(), receipt.begin() + static_cast<std::ptrdiff_t>(question_end));
    rewritten.insert(rewritten.end(), reply.begin() + dns::header_octets,
                     reply.begin() + static_cast<std::ptrdiff_t>(question_end - 4));
    rewritten.insert(rewritten.end(), receipt.begin() + static_cast<std::ptrdiff_t>(question_end + 2),
                     receipt.end());
    promise(receipt_number(rewritten) == number, "a receipt that was written again tells its number");
    for (std::size_t size = 0; size < receipt.size(); ++size)
        promise(!receipt_number(Bytes(receipt).first(size)), "half a receipt tells nothing");

    // To any reader of messages it is a sound reply.
    const auto name = dns::Name::from_wire(
        as_text(reply.subspan(dns::header_octets, question_end - 4 - dns::header_octets)));
    const bool is_in = reply[question_end - 2] == 0 && reply[question_end - 1] == 1;
    if (!name || !is_in) return;
    const auto type = static_cast<dns::Type>(reply[question_end - 4] << 8 | reply[question_end - 3]);
    const dns::Parsed parsed = dns::parse_reply(receipt, {*name, type});
    promise(parsed.answer.failure == dns::Failure::rcode && parsed.answer.rcode == 9 && !parsed.truncated,
            "a receipt is a reply with an RCODE that nobody acts on");
}

/// c-ares gets a name that it sends, and the wire the one that is meant.
void check_stand_in(const dns::Name& name) {
    using namespace dns::cares;
    const std::string text = query_text(name);
    const bool odd = needs_stand_in(name);
    promise(odd != (text == name.to_text()), "a name that c-ares would not send has a stand-in", text);
    if (!odd) return;
    const auto stand_in = dns::Name::from_domain(text);
    promise(stand_in && stand_in->wire().size() == name.wire().size(), "a stand-in is as long as the name",
            text);
    StandIns names;
    names.expect(&name, name);
    const auto message_about = [](const dns::Name& asked) {
        Octets octets(dns::header_octets, 0);
        octets.insert(octets.end(), asked.wire().begin(), asked.wire().end());
        return octets;
    };
    Octets message = message_about(*stand_in);
    names.reveal(message);
    promise(message == message_about(name), "the name that is meant is sent", text);
    promise(names.disguise(message) && message == message_about(*stand_in), "c-ares sees the stand-in", text);
}

} // namespace

void fuzz_receipt(Bytes bytes) {
    Input input(bytes);
    std::uint32_t number = 0;
    for (int i = 0; i < 4; ++i)
        number = number << 8 | input.octet();
    const Bytes reply = input.rest();

    const Octets before{1, 2, 3};
    Octets out = before;
    if (dns::cares::append_receipt(reply, number, out)) {
        promise(std::equal(before.begin(), before.end(), out.begin()), "a receipt is appended");
        check_receipt(reply, number, Octets(out.begin() + 3, out.end()));
    } else {
        promise(out == before, "what is no reply leaves nothing behind");
        // What could be believed must not get lost here.
        std::size_t end = dns::header_octets;
        while (end < reply.size() && reply[end] != 0)
            end += reply[end] + 1U;
        if (end + 5 <= reply.size()) {
            const auto name = dns::Name::from_wire(
                as_text(reply.subspan(dns::header_octets, end + 1 - dns::header_octets)));
            const auto type = static_cast<dns::Type>(reply[end + 1] << 8 | reply[end + 2]);
            if (name)
                promise(dns::parse_reply(reply, {*name, type}).answer.failure == dns::Failure::malformed,
                        "every reply that is believed gets a receipt");
        }
    }
    (void)dns::cares::receipt_number(reply); // any octets at all

    Octets query(reply.begin(), reply.end());
    dns::cares::append_opt(query);
    const bool is_query = reply.size() >= dns::header_octets;
    promise(query.size() == reply.size() + (is_query ? dns::cares::opt_octets : 0), "a query gets an OPT");
    if (const auto name = dns::Name::from_wire(as_text(reply))) check_stand_in(*name);
}

} // namespace spfwalk::fuzz
