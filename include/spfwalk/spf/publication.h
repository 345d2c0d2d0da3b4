// What a domain publishes about SPF: record selection (RFC 7208 §4.4, §4.5).
#pragma once

#include "spfwalk/dns/answer.h"
#include "spfwalk/spf/parse.h"
#include "spfwalk/spf/record.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace spfwalk::spf {

/// The SPF side of a TXT answer.
struct Publication {
    enum class Kind : std::uint8_t {
        record,  ///< exactly one SPF record, parsed
        none,    ///< DNS answered and there is none
        several, ///< more than one (§4.5): permerror
        failure, ///< DNS did not answer
    };
    Kind kind = Kind::none;
    Record record;
    /// Lenient only: the same record was published more than once and taken as one.
    bool repeated = false;
    /// What the answer's other TXT records take in a message, at least: how their text was cut is forgotten.
    std::size_t other_octets = 0;
};
using PublicationPtr = std::shared_ptr<const Publication>;

/// Reads the answer to a TXT question. Kept with the answer (see dns::Answer::interpretation), so all calls
/// for one answer must name the same grammar.
PublicationPtr publication(const dns::Answer& answer, Grammar grammar);

} // namespace spfwalk::spf
