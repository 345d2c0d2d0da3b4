#include "spfwalk/dns/zone_resolver.h"

#include "spfwalk/dns/message.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace spfwalk::dns {

namespace {

using RecordSets = std::unordered_map<std::uint16_t, RecordSet>;

constexpr std::uint32_t no_ttl_yet = max_ttl;
constexpr std::uint16_t yxdomain = 6; ///< RFC 6672 §2.2: the name made from a DNAME would be too long
/// Nothing is ever queued, so this only keeps the askers from holding too much at once.
constexpr std::size_t wide = 1'000'000;

constexpr std::uint16_t number(Type type) {
    return static_cast<std::uint16_t>(type);
}

/// `wire` without its leftmost label; of the root, nothing.
std::string_view parent(std::string_view wire) {
    return wire.substr(static_cast<unsigned char>(wire[0]) + 1U);
}

const RecordSet* find(const RecordSets* sets, std::uint16_t type) {
    if (sets == nullptr) return nullptr;
    const auto found = sets->find(type);
    return found == sets->end() ? nullptr : &found->second;
}

AnswerPtr share(Answer answer) {
    return std::make_shared<const Answer>(std::move(answer));
}

} // namespace

struct ZoneResolver::Impl {
    explicit Impl(MasterFile read) : file(std::move(read)) {
        index.reserve(file.names.size() * 2);
        for (const auto& [name, sets] : file.names) {
            index.insert_or_assign(name.wire(), &sets);
            if (sets.count(type_dname) != 0) has_dname = true;
            // The names above exist as well (RFC 4592 §2.2.2); where one is known, so are those above it.
            for (std::string_view above = parent(name.wire()); !above.empty(); above = parent(above))
                if (!index.try_emplace(above, nullptr).second) break;
        }
    }

    MasterFile file;
    /// Every name that exists, by its wire format, with its records (null for an empty non-terminal). A
    /// name's ancestors are tails of its own wire format, so the keys borrow from the names in `file`.
    std::unordered_map<std::string_view, const RecordSets*> index;
    bool has_dname = false;
    std::vector<Question> open;
    Counters counters;

    /// What the file holds at a name, wildcards (RFC 4592) and DNAME considered.
    struct Found {
        bool exists = false;
        const RecordSets* sets = nullptr;
        /// The owner of a DNAME above the name and its set; the owner is a tail of the name's wire format.
        std::string_view dname_owner;
        const RecordSet* dname = nullptr;
    };

    Found find_name(std::string_view name) const {
        Found found;
        if (has_dname) {
            // The topmost DNAME hides everything below it.
            for (std::string_view above = parent(name); !above.empty(); above = parent(above)) {
                const auto at = index.find(above);
                const RecordSet* dname = at == index.end() ? nullptr : dns::find(at->second, type_dname);
                if (dname != nullptr) found.dname_owner = above, found.dname = dname;
            }
            if (found.dname != nullptr) return found;
        }
        auto at = index.find(name);
        if (at == index.end()) {
            std::string_view encloser = parent(name);
            while (!encloser.empty() && index.find(encloser) == index.end())
                encloser = parent(encloser);
            if (encloser.empty()) return found; // an empty file
            std::string wildcard("\1*");
            wildcard += encloser;
            at = index.find(wildcard);
            if (at == index.end()) return found;
        }
        found.exists = true;
        found.sets = at->second;
        return found;
    }

    /// What negative answers about a name get: from the closest SOA above (RFC 2308 §5).
    std::uint32_t negative_ttl(std::string_view name) const {
        for (; !name.empty(); name = parent(name)) {
            const auto at = index.find(name);
            if (at == index.end()) continue;
            if (const RecordSet* soa = dns::find(at->second, number(Type::soa))) return soa->ttl;
        }
        return 0;
    }

    AnswerPtr lookup(const Question& question) const {
        Answer answer;
        std::uint32_t ttl = no_ttl_yet;
        Name name = question.name;
        for (;;) {
            if (!file.overrides.empty()) {
                const auto instead = file.overrides.find({name, question.type});
                if (instead != file.overrides.end()) return behind(std::move(answer), ttl, instead->second);
            }
            const Found found = find_name(name.wire());
            std::optional<Name> target;
            if (found.dname != nullptr) {
                target = redirected(name, found);
                if (!target) return failed(Failure::rcode, yxdomain);
                ttl = std::min(ttl, found.dname->ttl);
            } else {
                if (const RecordSet* set = dns::find(found.sets, number(question.type))) {
                    answer.status = Status::records;
                    // No conditional expression: where a copy in one throws, g++ 12 destroys what it has not
                    // made.
                    if (question.type == Type::cname)
                        answer.records = set->targets;
                    else
                        answer.records = set->records;
                    answer.ttl = std::min(ttl, set->ttl);
                    return share(std::move(answer));
                }
                const RecordSet* alias = dns::find(found.sets, number(Type::cname));
                if (alias == nullptr) {
                    answer.status = found.exists ? Status::no_data : Status::no_name;
                    answer.ttl = std::min(ttl, negative_ttl(name.wire()));
                    return share(std::move(answer));
                }
                target = alias->targets.front();
                ttl = std::min(ttl, alias->ttl);
            }
            if (!add_alias(answer.aliases, question.name, *target)) return failed(Failure::alias_loop);
            name = std::move(*target);
        }
    }

    /// The name that a DNAME turns `name` into.
    static std::optional<Name> redirected(const Name& name, const Found& found) {
        const std::string_view wire = name.wire();
        std::string made(wire.substr(0, wire.size() - found.dname_owner.size()));
        made += found.dname->targets.front().wire();
        return Name::from_wire(made);
    }

    /// False if the chain comes back to itself or is too long.
    static bool add_alias(std::vector<Name>& aliases, const Name& asked, const Name& target) {
        if (target == asked || aliases.size() == max_aliases) return false;
        if (std::find(aliases.begin(), aliases.end(), target) != aliases.end()) return false;
        aliases.push_back(target);
        return true;
    }

    /// An override that a chain of aliases, perhaps empty, leads to.
    static AnswerPtr behind(Answer chain, std::uint32_t ttl, const AnswerPtr& instead) {
        if (chain.aliases.empty() || instead->status == Status::failure) return instead;
        Answer answer = *instead;
        answer.interpretation.reset();
        answer.aliases.insert(answer.aliases.begin(), chain.aliases.begin(), chain.aliases.end());
        answer.ttl = std::min(ttl, instead->ttl);
        return share(std::move(answer));
    }
};

ZoneResolver::ZoneResolver(MasterFile file) : impl_(std::make_unique<Impl>(std::move(file))) {}

ZoneResolver::~ZoneResolver() = default;

AnswerPtr ZoneResolver::lookup(const Question& question) const {
    return impl_->lookup(question);
}

void ZoneResolver::ask(const Question& question) {
    ++impl_->counters.asked;
    impl_->open.push_back(question);
}

void ZoneResolver::wait(std::vector<Reply>& answers) {
    for (Question& question : std::exchange(impl_->open, {})) {
        AnswerPtr answer = impl_->lookup(question);
        if (answer->status == Status::failure) ++impl_->counters.failed;
        answers.push_back({std::move(question), std::move(answer)});
    }
}

std::size_t ZoneResolver::room() const {
    return impl_->open.size() < wide ? wide - impl_->open.size() : 0;
}

std::size_t ZoneResolver::open() const {
    return impl_->open.size();
}

Counters ZoneResolver::counters() const {
    return impl_->counters;
}

} // namespace spfwalk::dns
