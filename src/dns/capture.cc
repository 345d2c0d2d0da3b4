#include "spfwalk/dns/capture.h"

#include "spfwalk/dns/master_file.h"
#include "spfwalk/dns/message.h"

#include <algorithm>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace spfwalk::dns {

namespace {

constexpr std::uint32_t no_ttl_yet = max_ttl;

std::string absolute(const Name& name) {
    return name.is_root() ? "." : name.to_text() + '.';
}

bool is_wildcard(const Name& name) {
    return name.wire().substr(0, 2) == "\1*";
}

/// Types whose answers may stand in the file as records. An NS or CNAME that was asked for itself may not: it
/// would change what the file says of other questions.
bool is_plain(Type type) {
    switch (type) {
    case Type::a:
    case Type::aaaa:
    case Type::mx:
    case Type::txt:
    case Type::spf:
    case Type::ptr:
        return true;
    default:
        return false;
    }
}

/// The RDATA of each record.
std::vector<std::string> data_texts(Type type, const Records& records) {
    std::vector<std::string> result;
    if (const auto* addresses = std::get_if<Addresses>(&records)) {
        const auto family = type == Type::aaaa ? net::Family::ipv6 : net::Family::ipv4;
        for (const net::Address& address : *addresses)
            result.push_back(net::to_text(family, address));
    } else if (const auto* exchanges = std::get_if<Exchanges>(&records)) {
        for (const Mx& mx : *exchanges)
            result.push_back(std::to_string(mx.preference) + ' ' + absolute(mx.exchange));
    } else if (const auto* texts = std::get_if<Texts>(&records)) {
        for (const std::string& text : *texts)
            result.push_back(character_strings(text));
    } else if (const auto* names = std::get_if<Names>(&records)) {
        for (const Name& name : *names)
            result.push_back(absolute(name));
    }
    return result;
}

std::string override_word(const Answer& answer) {
    switch (answer.status) {
    case Status::records:
        return "RECORD";
    case Status::no_data:
        return "NODATA";
    case Status::no_name:
        return "NXDOMAIN";
    case Status::failure:
        break;
    }
    switch (answer.failure) {
    case Failure::rcode:
        if (answer.rcode == 2) return "SERVFAIL";
        if (answer.rcode == 5) return "REFUSED";
        return "RCODE" + std::to_string(answer.rcode);
    case Failure::timeout:
        return "TIMEOUT";
    case Failure::deadline:
        return "DEADLINE";
    case Failure::referral:
        return "REFERRAL";
    case Failure::alias_loop:
        return "ALIASLOOP";
    case Failure::unreachable:
        return "UNREACHABLE";
    case Failure::unaskable:
        return "UNASKABLE";
    case Failure::none:
    case Failure::malformed:
        break;
    }
    return "MALFORMED";
}

std::string override_lines(const Question& question, const Answer& answer) {
    std::string head =
        ";! " + absolute(question.name) + ' ' + to_text(question.type) + ' ' + override_word(answer);
    if (answer.status == Status::failure) return head + '\n';
    head += ' ' + std::to_string(answer.ttl);
    if (!answer.aliases.empty()) head += " VIA";
    for (const Name& alias : answer.aliases)
        head += ' ' + absolute(alias);
    const std::vector<std::string> data = data_texts(question.type, answer.records);
    if (data.empty()) return head + '\n';
    std::string lines;
    for (const std::string& record : data)
        lines += head + " DATA " + record + '\n';
    return lines;
}

/// Sorts names as people read zones: by the last label first (RFC 4034 §6.1, nearly).
std::string sort_key(const Name& name) {
    const std::vector<std::string_view> labels = name.labels();
    std::string key;
    for (auto label = labels.rbegin(); label != labels.rend(); ++label)
        (key += *label) += '\0';
    return key;
}

/// The records to write, worked out so that a ZoneResolver gives each answer again; what cannot be had that
/// way becomes an override.
class Plan {
  public:
    /// In a fixed order: the first to say what a name is an alias for has it written.
    void add(const Question& question, const Answer& answer) {
        if (may_be_records(question, answer) && claim(question, answer, false)) {
            claim(question, answer, true);
            candidates_.push_back({question, &answer});
        } else {
            add_override(question, answer);
        }
    }

    /// Checks every answer against what the file would say. An override that this adds can get in the way of
    /// an alias that led there, hence the rounds; each adds at least one.
    void settle() {
        for (bool changed = true; changed;) {
            changed = false;
            std::vector<Candidate> kept;
            for (const Candidate& candidate : candidates_) {
                if (would_be_given(candidate)) {
                    kept.push_back(candidate);
                } else {
                    add_override(candidate.question, *candidate.answer);
                    changed = true;
                }
            }
            candidates_ = std::move(kept);
        }
    }

    std::string text() const {
        struct Line {
            std::string key;
            const Name* name;
            std::uint32_t order; ///< within a name: CNAME, then records by type, then overrides by type
            std::string text;
        };
        std::vector<Line> lines;
        for (const auto& [name, alias] : aliases_)
            lines.push_back({sort_key(name), &name, 0,
                             absolute(name) + ' ' + std::to_string(alias.ttl) + " IN CNAME " +
                                 absolute(*alias.target) + '\n'});
        for (const auto& [question, set] : sets_) {
            std::string text;
            for (const std::string& data : data_texts(question.type, *set.records))
                text += absolute(question.name) + ' ' + std::to_string(set.ttl) + " IN " +
                        to_text(question.type) + ' ' + data + '\n';
            const auto order = static_cast<std::uint32_t>(question.type);
            lines.push_back({sort_key(question.name), &question.name, order, std::move(text)});
        }
        for (const auto& [question, answer] : overrides_) {
            const auto order = 0x10000U + static_cast<std::uint32_t>(question.type);
            lines.push_back(
                {sort_key(question.name), &question.name, order, override_lines(question, *answer)});
        }
        std::sort(lines.begin(), lines.end(), [](const Line& a, const Line& b) {
            return std::tie(a.key, *a.name, a.order) < std::tie(b.key, *b.name, b.order);
        });
        std::string result;
        for (const Line& line : lines)
            result += line.text;
        return result;
    }

  private:
    struct Candidate {
        Question question;
        const Answer* answer;
    };
    struct Alias {
        const Name* target;
        std::uint32_t ttl;
    };
    struct Set {
        const Records* records;
        std::uint32_t ttl;
    };

    static bool may_be_records(const Question& question, const Answer& answer) {
        if (answer.status != Status::records || !is_plain(question.type)) return false;
        if (answer.records == Records() || answer.aliases.size() > max_aliases) return false;
        // A wildcard's records would answer for other names as well.
        return !is_wildcard(question.name) &&
               std::none_of(answer.aliases.begin(), answer.aliases.end(), is_wildcard);
    }

    void add_override(const Question& question, const Answer& answer) {
        overrides_.emplace(question, &answer);
    }

    /// Whether the answer's chain and records agree with what others claimed; with `write`, claims them. Each
    /// gets the largest TTL that anybody saw on it.
    bool claim(const Question& question, const Answer& answer, bool write) {
        const Name* name = &question.name;
        for (const Name& target : answer.aliases) {
            const auto known = aliases_.find(*name);
            if (known != aliases_.end() && *known->second.target != target) return false;
            if (write) {
                Alias& alias = aliases_.try_emplace(*name, Alias{&target, 0}).first->second;
                alias.ttl = std::max(alias.ttl, answer.ttl);
            }
            name = &target;
        }
        const Question last{*name, question.type};
        const auto known = sets_.find(last);
        if (known != sets_.end() && *known->second.records != answer.records) return false;
        if (write) {
            Set& set = sets_.try_emplace(last, Set{&answer.records, 0}).first->second;
            set.ttl = std::max(set.ttl, answer.ttl);
        }
        return true;
    }

    /// Follows the file as a ZoneResolver does.
    bool would_be_given(const Candidate& candidate) const {
        const Answer& answer = *candidate.answer;
        Question at = candidate.question;
        std::uint32_t ttl = no_ttl_yet;
        for (auto next = answer.aliases.begin();; ++next) {
            if (overrides_.count(at) != 0) return false;
            if (const auto set = sets_.find(at); set != sets_.end())
                return next == answer.aliases.end() && *set->second.records == answer.records &&
                       std::min(ttl, set->second.ttl) == answer.ttl;
            const auto alias = aliases_.find(at.name);
            if (alias == aliases_.end() || next == answer.aliases.end() || *alias->second.target != *next)
                return false;
            ttl = std::min(ttl, alias->second.ttl);
            at.name = *next;
        }
    }

    std::unordered_map<Name, Alias> aliases_;
    std::unordered_map<Question, Set> sets_;
    std::unordered_map<Question, const Answer*> overrides_;
    std::vector<Candidate> candidates_;
};

} // namespace

void Capture::add(const Question& question, const AnswerPtr& answer) {
    AnswerPtr& kept = answers_[question];
    if (!kept || kept->status == Status::failure) kept = answer;
}

std::string Capture::to_text() const {
    std::vector<const std::pair<const Question, AnswerPtr>*> sorted;
    sorted.reserve(answers_.size());
    for (const auto& entry : answers_)
        sorted.push_back(&entry);
    std::sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
        return std::tie(a->first.name, a->first.type) < std::tie(b->first.name, b->first.type);
    });
    Plan plan;
    for (const auto* entry : sorted)
        plan.add(entry->first, *entry->second);
    plan.settle();
    return "; Answers as DNS gave them; a line with ;! holds what records cannot say.\n" + plan.text();
}

} // namespace spfwalk::dns
