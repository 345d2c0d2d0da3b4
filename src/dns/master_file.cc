#include "spfwalk/dns/master_file.h"

#include "spfwalk/ascii.h"

#include "duplicates.h"
#include "master_data.h"
#include "master_lexer.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <utility>

namespace spfwalk::dns {

namespace {

constexpr std::uint32_t fallback_ttl = 3600;
constexpr int max_depth = 8;
constexpr std::size_t max_file = 1U << 30;

/// The whole file, or errno's text.
Expected<std::string, std::string> slurp(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
    if (!file) return unexpected(std::string(std::strerror(errno)));
    std::string text;
    for (;;) {
        constexpr std::size_t chunk = 1U << 16;
        const std::size_t size = text.size();
        // Doubling, because a pipe does not say how long it is.
        if (text.capacity() < size + chunk) text.reserve(std::max(size * 2, size + chunk));
        text.resize(size + chunk);
        const std::size_t got = std::fread(text.data() + size, 1, chunk, file.get());
        text.resize(size + got);
        if (got < chunk && std::ferror(file.get())) return unexpected(std::string(std::strerror(errno)));
        if (got < chunk) return text;
        if (text.size() > max_file) return unexpected(std::string("larger than 1 GiB"));
    }
}

struct OverrideWord {
    std::string_view word;
    Status status;
    Failure failure;
    std::uint16_t rcode;
};

constexpr OverrideWord override_words[] = {
    {"record", Status::records, Failure::none, 0},
    {"nxdomain", Status::no_name, Failure::none, 0},
    {"nodata", Status::no_data, Failure::none, 0},
    {"formerr", Status::failure, Failure::rcode, 1},
    {"servfail", Status::failure, Failure::rcode, 2},
    {"notimp", Status::failure, Failure::rcode, 4},
    {"refused", Status::failure, Failure::rcode, 5},
    {"timeout", Status::failure, Failure::timeout, 0},
    {"deadline", Status::failure, Failure::deadline, 0},
    {"malformed", Status::failure, Failure::malformed, 0},
    {"referral", Status::failure, Failure::referral, 0},
    {"aliasloop", Status::failure, Failure::alias_loop, 0},
    {"unreachable", Status::failure, Failure::unreachable, 0},
    {"unaskable", Status::failure, Failure::unaskable, 0},
};

std::optional<OverrideWord> parse_override_word(std::string_view text) {
    for (const OverrideWord& word : override_words)
        if (equal_ignoring_case(text, word.word)) return word;
    if (text.size() < 6 || !equal_ignoring_case(text.substr(0, 5), "rcode")) return std::nullopt;
    // RCODEs have twelve bits with EDNS; 0 and 3 are not failures.
    const auto rcode = parse_number(text.substr(5), 0xfff);
    if (!rcode || *rcode == 0 || *rcode == 3) return std::nullopt;
    return OverrideWord{{}, Status::failure, Failure::rcode, static_cast<std::uint16_t>(*rcode)};
}

class Reader {
  public:
    /// Reads `text` as the file `name`; includes are relative to `name` and allowed if `depth` is below the
    /// limit.
    bool read(std::string_view text, const std::string& name, int depth) {
        if (const std::size_t nul = text.find('\0'); nul != std::string_view::npos) {
            const auto before = text.substr(0, nul);
            const auto line = 1 + std::count(before.begin(), before.end(), '\n');
            return fail(name, {static_cast<std::size_t>(line), "NUL octet"});
        }
        Lexer lexer(without_byte_order_mark(text));
        Entry entry;
        while (lexer.next(entry)) {
            if (auto trouble = read_entry(entry, name, depth)) {
                // An included file has already said what is wrong.
                return error_.text.empty() ? fail(name, {entry.line, *trouble}) : false;
            }
        }
        return lexer.problem() ? fail(name, *lexer.problem()) : true;
    }

    bool read_path(const std::string& path, int depth) {
        const auto text = slurp(path);
        if (text) return read(*text, path, depth);
        error_.text = "cannot read " + path + ": " + text.error();
        return false;
    }

    MasterFile finish() {
        for (auto& [name, sets] : file_.names)
            for (auto& [type, set] : sets)
                drop_duplicates(set.records);
        for (auto& [question, answer] : overrides_) {
            drop_duplicates(answer->records);
            file_.overrides.emplace(question, std::move(answer));
        }
        return std::move(file_);
    }

    FileError error() const { return error_; }
    static constexpr int no_includes = max_depth + 1;

  private:
    using Trouble = std::optional<std::string>;
    using Tokens = std::span<const Token>;

    bool fail(const std::string& name, const Problem& problem) {
        error_.text = name + ':' + std::to_string(problem.line) + ": " + problem.text;
        return false;
    }

    Trouble read_entry(const Entry& entry, const std::string& file, int depth) {
        const Tokens tokens = entry.tokens;
        if (entry.is_override) return read_override(tokens);
        if (!entry.blank_owner && !tokens[0].quoted && tokens[0].text[0] == '$')
            return read_directive(tokens, file, depth);
        if (entry.blank_owner) {
            if (owner_ == nullptr) return "no name before this record";
            return read_record(tokens);
        }
        const auto owner = Name::from_presentation(tokens[0].text, origin_);
        if (!owner || tokens[0].quoted) return shown(tokens[0].text) + " is not a domain name";
        if (owner_ == nullptr || owner_->first != *owner) owner_ = &*file_.names.try_emplace(*owner).first;
        return read_record(tokens.subspan(1));
    }

    /// What stands behind the owner: [TTL] [class] type data, the first two in any order.
    Trouble read_record(Tokens tokens) {
        std::optional<std::uint32_t> ttl;
        bool has_class = false;
        for (; !tokens.empty() && !tokens[0].quoted; tokens = tokens.subspan(1)) {
            const std::string_view text = tokens[0].text;
            if (!has_class && equal_ignoring_case(text, "in")) {
                has_class = true;
            } else if (!has_class && (equal_ignoring_case(text, "ch") || equal_ignoring_case(text, "hs") ||
                                      equal_ignoring_case(text, "cs"))) {
                return "class " + std::string(text) + " is not supported, only IN is";
            } else if (!has_class && text.size() > 5 && equal_ignoring_case(text.substr(0, 5), "class")) {
                if (parse_number(text.substr(5), UINT16_MAX) != 1U)
                    return "class " + shown(text) + " is not supported, only IN is";
                has_class = true;
            } else if (!ttl && is_digit(text[0])) {
                ttl = parse_ttl(text);
                if (!ttl) return shown(text) + " is not a TTL (0 to 2147483647 seconds)";
            } else {
                break;
            }
        }
        if (tokens.empty()) return "record without a type";
        const auto type = tokens[0].quoted ? std::nullopt : parse_type(tokens[0].text);
        if (!type) return shown(tokens[0].text) + " is not a record type (TYPE<n> names any)";
        if (ttl) last_ttl_ = ttl;
        Trouble trouble =
            *type == 0 ? add_unknown(tokens.subspan(1)) : add_record(*type, tokens.subspan(1), ttl);
        if (trouble) return std::string(tokens[0].text) + ": " + *trouble;
        return std::nullopt;
    }

    /// A type of which not even the number is known: the name exists, nothing else.
    Trouble add_unknown(Tokens data) {
        RecordSet unused;
        return DataReader(0, data, origin_).add_to(unused);
    }

    Trouble add_record(std::uint16_t type, Tokens data, std::optional<std::uint32_t> stated_ttl) {
        auto [position, fresh] = owner_->second.try_emplace(type);
        RecordSet& set = position->second;
        DataReader reader(type, data, origin_);
        if (auto trouble = reader.add_to(set)) return trouble;
        if (reader.soa_minimum()) soa_minimum_ = reader.soa_minimum();
        std::uint32_t ttl = fallback_ttl;
        for (const auto& candidate : {stated_ttl, default_ttl_, last_ttl_, soa_minimum_}) {
            if (!candidate) continue;
            ttl = *candidate;
            break;
        }
        if (reader.soa_minimum()) ttl = std::min(ttl, *reader.soa_minimum());
        set.ttl = fresh ? ttl : std::min(ttl, set.ttl);
        return std::nullopt;
    }

    Trouble read_directive(Tokens tokens, const std::string& file, int depth) {
        const std::string_view directive = tokens[0].text;
        const Tokens arguments = tokens.subspan(1);
        if (equal_ignoring_case(directive, "$origin")) {
            if (arguments.size() != 1) return "$ORIGIN needs one name";
            const auto origin = Name::from_presentation(arguments[0].text, origin_);
            if (!origin) return "$ORIGIN: " + shown(arguments[0].text) + " is not a domain name";
            origin_ = *origin;
            return std::nullopt;
        }
        if (equal_ignoring_case(directive, "$ttl")) {
            if (arguments.size() != 1) return "$TTL needs one number";
            default_ttl_ = parse_ttl(arguments[0].text);
            if (!default_ttl_)
                return "$TTL: " + shown(arguments[0].text) + " is not a TTL (0 to 2147483647 seconds)";
            return std::nullopt;
        }
        if (equal_ignoring_case(directive, "$include")) return read_include(arguments, file, depth);
        return "unknown directive " + shown(directive);
    }

    /// RFC 1035 §5.1: neither the origin nor the owner of the including file changes.
    Trouble read_include(Tokens arguments, const std::string& file, int depth) {
        if (depth == no_includes) return "$INCLUDE is not allowed here";
        if (depth == max_depth) return "$INCLUDE more than 8 deep";
        if (arguments.empty() || arguments.size() > 2) return "$INCLUDE needs a file and perhaps an origin";
        std::string path;
        if (!append_unescaped(path, arguments[0].text) || path.empty()) return "$INCLUDE: not a file name";
        const Name outer_origin = origin_;
        const auto outer_owner = owner_;
        if (arguments.size() == 2) {
            const auto origin = Name::from_presentation(arguments[1].text, origin_);
            if (!origin) return "$INCLUDE: " + shown(arguments[1].text) + " is not a domain name";
            origin_ = *origin;
        }
        const std::size_t slash = file.rfind('/');
        if (path[0] != '/' && slash != std::string::npos) path.insert(0, file, 0, slash + 1);
        const auto text = slurp(path);
        if (!text) return "$INCLUDE: cannot read " + shown(path) + ": " + text.error();
        owner_ = nullptr;
        if (!read(*text, path, depth + 1)) return "";
        origin_ = outer_origin;
        owner_ = outer_owner;
        return std::nullopt;
    }

    /// NAME TYPE WORD [TTL] [VIA NAME...] [DATA RDATA...]: see the header.
    Trouble read_override(Tokens tokens) {
        if (tokens.size() < 3) return ";! needs a name, a type and what the answer is";
        const auto name = Name::from_presentation(tokens[0].text, origin_);
        if (!name) return ";! " + shown(tokens[0].text) + " is not a domain name";
        const auto type = parse_type(tokens[1].text);
        if (!type || *type == 0) return ";! " + shown(tokens[1].text) + " is not a record type known here";
        const auto word = parse_override_word(tokens[2].text);
        if (!word) return ";! " + shown(tokens[2].text) + " is not an answer known here";
        tokens = tokens.subspan(3);

        Answer answer;
        answer.status = word->status;
        answer.failure = word->failure;
        answer.rcode = word->rcode;
        if (word->status != Status::failure) {
            if (!tokens.empty() && !tokens[0].quoted && is_digit(tokens[0].text[0])) {
                const auto ttl = parse_ttl(tokens[0].text);
                if (!ttl) return ";! " + shown(tokens[0].text) + " is not a TTL (0 to 2147483647 seconds)";
                answer.ttl = *ttl;
                tokens = tokens.subspan(1);
            }
            if (!tokens.empty() && equal_ignoring_case(tokens[0].text, "via")) {
                for (tokens = tokens.subspan(1);
                     !tokens.empty() && !equal_ignoring_case(tokens[0].text, "data");
                     tokens = tokens.subspan(1)) {
                    const auto alias = Name::from_presentation(tokens[0].text, origin_);
                    if (!alias) return ";! " + shown(tokens[0].text) + " is not a domain name";
                    answer.aliases.push_back(*alias);
                }
                if (answer.aliases.empty()) return ";! VIA needs names";
            }
        }
        return note_override({*name, static_cast<Type>(*type)}, std::move(answer), tokens);
    }

    /// `rest` is DATA and RDATA, or nothing.
    Trouble note_override(Question question, Answer answer, Tokens rest) {
        auto [position, fresh] = overrides_.try_emplace(std::move(question));
        std::shared_ptr<Answer>& noted = position->second;
        if (fresh)
            noted = std::make_shared<Answer>(std::move(answer));
        else if (noted->status != Status::records || answer.status != Status::records)
            return ";! second answer to one question";
        if (rest.empty()) return std::nullopt;
        if (noted->status != Status::records || !equal_ignoring_case(rest[0].text, "data"))
            return ";! something behind the answer: " + shown(rest[0].text);
        RecordSet set;
        set.records = std::move(noted->records);
        const auto type = static_cast<std::uint16_t>(position->first.type);
        Trouble trouble = DataReader(type, rest.subspan(1), origin_).add_to(set);
        if (trouble) return ";! " + to_text(position->first.type) + ": " + *trouble;
        // Asked for itself, an alias is a name like any other.
        if (!set.targets.empty()) {
            if (!std::holds_alternative<Names>(set.records)) set.records = Names();
            std::get<Names>(set.records).push_back(set.targets.front());
        }
        noted->records = std::move(set.records);
        return std::nullopt;
    }

    MasterFile file_;
    std::unordered_map<Question, std::shared_ptr<Answer>> overrides_;
    FileError error_;
    Name origin_;
    decltype(MasterFile::names)::value_type* owner_ = nullptr; ///< of the record before
    std::optional<std::uint32_t> default_ttl_;                 ///< $TTL
    std::optional<std::uint32_t> last_ttl_;
    std::optional<std::uint32_t> soa_minimum_;
};

} // namespace

Expected<MasterFile, FileError> read_master_file(const std::string& path) {
    Reader reader;
    if (!reader.read_path(path, 0)) return unexpected(reader.error());
    return reader.finish();
}

Expected<MasterFile, FileError> parse_master_file(std::string_view text, const std::string& name) {
    Reader reader;
    if (!reader.read(text, name, Reader::no_includes)) return unexpected(reader.error());
    return reader.finish();
}

} // namespace spfwalk::dns
