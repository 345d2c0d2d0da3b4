// A small DNS made of bytes: what the interpreter is asked about.
#pragma once

#include "fuzz/fuzz.h"
#include "support/naive_zone.h"

#include "spfwalk/dns/answer.h"
#include "spfwalk/spf/evaluate.h"

#include <array>
#include <map>
#include <string>
#include <unordered_map>

namespace spfwalk::fuzz {

/// The names that records speak of: "a.x" to "z.x", some below them, and two that cannot be asked.
inline constexpr std::size_t name_count = 32;
std::string name_text(std::size_t index);

/// Text of a record: octets from 0x80 on stand for what records are made of, 0xff for the octet behind it as
/// it is.
std::string record_text(Bytes bytes);

/// Answers to all questions, as the lines of the input say:
///
///     NAME KIND DATA, an octet each but for the data
///
/// where NAME is an index and KIND is T (a TXT record), A or 6 (addresses, two octets for each run of them),
/// M (hosts of an MX set), P (the names of every reverse name, NAME unused), F (failures: a kind of question
/// for each octet) or anything else (the name exists).
class Graph final : public spf::Evidence {
  public:
    /// `otherwise` chooses what is said of names that no line is about.
    Graph(Input input, std::uint8_t otherwise);

    dns::AnswerPtr answer(const dns::Question& question) const;
    const dns::Answer* find(const dns::Question& question) const override { return answer(question).get(); }

    /// Whether naive() says the same: names that no line is about do not exist.
    bool is_plain() const { return otherwise_ % 5 == 0; }
    /// The same for the second check_host(), with the reverse name of one client.
    naive::Zone naive(net::Family family, net::Address client) const;

  private:
    void read_line(Bytes line);
    dns::AnswerPtr work_out(const dns::Question& question) const;
    dns::AnswerPtr unknown(const dns::Question& question) const;

    struct Node {
        dns::Texts texts;
        std::array<dns::Addresses, 2> addresses;
        dns::Exchanges exchanges;
        std::array<std::uint8_t, 4> failures{}; ///< of TXT, A, AAAA, MX: 0 for none
    };
    std::map<std::string, Node> nodes_;
    dns::Names pointers_;
    std::uint8_t otherwise_;
    mutable std::unordered_map<dns::Question, dns::AnswerPtr> answers_;
};

} // namespace spfwalk::fuzz
