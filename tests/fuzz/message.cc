#include "fuzz/answers.h"
#include "fuzz/fuzz.h"

#include "spfwalk/dns/message.h"

#include <set>

namespace spfwalk::fuzz {

namespace {

/// The question of a message, so that most of them are replies to what was asked.
dns::Question question_of(Bytes message) {
    dns::Question question{*dns::Name::from_domain("example.test"), dns::Type::txt};
    std::size_t end = dns::header_octets;
    while (end < message.size() && message[end] != 0)
        end += message[end] + 1U;
    if (end + 5 > message.size()) return question;
    const auto name = as_text(message.subspan(dns::header_octets, end + 1 - dns::header_octets));
    question.name = dns::Name::from_wire(name).value_or(question.name);
    question.type = static_cast<dns::Type>(message[end + 1] << 8 | message[end + 2]);
    return question;
}

} // namespace

void fuzz_message(Bytes bytes) {
    const dns::Question question = question_of(bytes);
    const dns::Parsed parsed = dns::parse_reply(bytes, question);
    const dns::Answer& answer = parsed.answer;
    check_answer(question, answer);
    promise(answer.octets == bytes.size(), "the octets of the message are counted");
    promise(!parsed.truncated || answer.failure == dns::Failure::malformed,
            "what is cut short is not believed");
    promise(answer.aliases.size() <= dns::max_aliases, "aliases are limited");
    const std::set<dns::Name> aliases(answer.aliases.begin(), answer.aliases.end());
    promise(aliases.size() == answer.aliases.size() && !aliases.contains(question.name),
            "a chain of aliases has no loop");
    if (parsed.continues_at)
        promise(answer.status == dns::Status::no_data && !answer.aliases.empty() &&
                    answer.aliases.back() == *parsed.continues_at,
                "a chain goes on where it ends");
    if (const auto* addresses = std::get_if<dns::Addresses>(&answer.records))
        promise(std::set(addresses->begin(), addresses->end()).size() == addresses->size(),
                "no address comes twice");

    const dns::Parsed again = dns::parse_reply(bytes, question);
    promise(same_captured(again.answer, answer) && again.truncated == parsed.truncated &&
                again.has_edns == parsed.has_edns && again.continues_at == parsed.continues_at,
            "the same message is read the same way");

    if (answer.status != dns::Status::failure) {
        dns::Question other = question;
        other.name = *dns::Name::from_domain("another.example.test");
        promise(dns::parse_reply(bytes, other).answer.failure == dns::Failure::malformed ||
                    other.name == question.name,
                "a reply to another question is not believed");
        for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 16)
            promise(dns::parse_reply(bytes.first(size), question).answer.failure == dns::Failure::malformed,
                    "half a message is not believed");
    }
    // Nobody asks for type 0, and no master file has a word for it.
    if (question.type != dns::Type{0})
        check_capture({{question, std::make_shared<const dns::Answer>(answer)}});
}

} // namespace spfwalk::fuzz
