// Answers as promises speak of them.
#pragma once

#include "fuzz/fuzz.h"

#include "spfwalk/dns/capture.h"
#include "spfwalk/dns/zone_resolver.h"

#include <string>
#include <utility>
#include <vector>

namespace spfwalk::fuzz {

using Answers = std::vector<std::pair<dns::Question, dns::AnswerPtr>>;

/// Whether a capture that says so gives the same answer (capture.h).
inline bool same_captured(const dns::Answer& a, const dns::Answer& b) {
    return a.status == b.status && a.failure == b.failure && a.rcode == b.rcode && a.ttl == b.ttl &&
           a.aliases == b.aliases && a.records == b.records;
}

/// Whether the parts of an answer agree with each other (answer.h).
inline void check_answer(const dns::Question& question, const dns::Answer& answer) {
    using namespace dns;
    const std::string about = to_text(question) + ": " + describe(answer);
    promise(is_clean_line(about), "an answer is described in a clean line", about);
    promise((answer.status == Status::failure) == (answer.failure != Failure::none),
            "a failure has a reason, nothing else has", about);
    promise((answer.failure == Failure::rcode) == (answer.rcode != 0), "an RCODE is of a failure", about);
    promise(answer.status != Status::failure || (answer.ttl == 0 && answer.aliases.empty()),
            "a failure has neither TTL nor aliases", about);
    promise(answer.ttl <= 0x7fffffff, "a TTL has 31 bits (RFC 2181 §8)", about);
    std::size_t count = 0;
    switch (question.type) {
    case Type::a:
    case Type::aaaa:
        if (const auto* addresses = std::get_if<Addresses>(&answer.records)) {
            count = addresses->size();
            for (const net::Address address : *addresses)
                promise(question.type == Type::aaaa || address <= net::last_address(net::Family::ipv4),
                        "an A record has 32 bits", about);
        }
        break;
    case Type::mx:
        if (const auto* exchanges = std::get_if<Exchanges>(&answer.records)) count = exchanges->size();
        break;
    case Type::txt:
    case Type::spf:
        if (const auto* texts = std::get_if<Texts>(&answer.records)) count = texts->size();
        break;
    case Type::ptr:
    case Type::ns:
    case Type::cname:
        if (const auto* names = std::get_if<Names>(&answer.records)) count = names->size();
        break;
    default: // a type that is only known to exist
        promise(std::holds_alternative<std::monostate>(answer.records), "other types have no records", about);
        return;
    }
    promise((answer.status == Status::records) == (count > 0), "records are there exactly if it says so",
            about);
}

/// Captures the answers, reads the capture and asks it the same questions.
inline void check_capture(const Answers& answers) {
    dns::Capture capture;
    for (const auto& [question, answer] : answers)
        capture.add(question, answer);
    const std::string text = capture.to_text();
    auto file = dns::parse_master_file(text, "capture");
    promise(file.has_value(), "a capture is a master file", file ? "" : file.error().text + '\n' + text);
    const dns::ZoneResolver resolver(std::move(*file));
    for (const auto& [question, answer] : answers)
        promise(same_captured(*resolver.lookup(question), *answer), "a captured run is the same run",
                to_text(question) + '\n' + text);
}

} // namespace spfwalk::fuzz
