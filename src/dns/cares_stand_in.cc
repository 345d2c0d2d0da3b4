#include "dns/cares_stand_in.h"

#include "spfwalk/ascii.h"
#include "spfwalk/dns/message.h"

#include <algorithm>
#include <iterator>

namespace spfwalk::dns::cares {

namespace {

constexpr char substitute = '_';

/// What every version of c-ares sends as it is. Dots end labels there.
bool is_sent(char c) {
    return is_alphanumeric(c) || c == '-' || c == '_' || c == '/' || c == '*';
}

char stand_in(char c) {
    return is_sent(c) ? c : substitute;
}

/// Name::labels() without a vector: this runs for every query.
template <class Visit>
void each_label(const Name& name, Visit visit) {
    const std::string_view wire = name.wire();
    for (std::size_t at = 0; wire[at] != '\0'; at += static_cast<std::size_t>(wire[at]) + 1)
        visit(wire.substr(at + 1, static_cast<std::size_t>(wire[at])));
}

std::uint16_t id_of(std::span<const std::uint8_t> message) {
    return static_cast<std::uint16_t>(message[0] << 8 | message[1]);
}

/// The octets of a question's name, if it is as long as `name`.
std::string_view question_name(std::span<const std::uint8_t> message, const std::string& name) {
    if (message.size() < header_octets + name.size()) return {};
    return {reinterpret_cast<const char*>(message.data()) + header_octets, name.size()};
}

/// RFC 4343: case does not matter. Lengths of labels are below the letters.
bool is_same_name(std::string_view a, std::string_view b) {
    return std::ranges::equal(a, b, {}, lower, lower);
}

void put_name(std::span<std::uint8_t> message, const std::string& name) {
    std::ranges::copy(name, message.begin() + header_octets);
}

} // namespace

std::string query_text(const Name& name) {
    if (name.is_root()) return ".";
    std::string text;
    text.reserve(name.wire().size());
    each_label(name, [&](std::string_view label) {
        std::ranges::transform(label, std::back_inserter(text), stand_in);
        text += '.';
    });
    text.pop_back();
    return text;
}

bool needs_stand_in(const Name& name) {
    bool needs = false;
    each_label(name, [&](std::string_view label) { needs = needs || !std::ranges::all_of(label, is_sent); });
    return needs;
}

void StandIns::expect(Key key, const Name& name) {
    Query query;
    query.meant = name.wire();
    each_label(name, [&](std::string_view label) {
        query.stand_in += static_cast<char>(label.size());
        std::ranges::transform(label, std::back_inserter(query.stand_in), stand_in);
    });
    query.stand_in += '\0';
    queries_.insert_or_assign(key, std::move(query));
    waiting_.push_back(key);
}

void StandIns::forget(Key key) {
    const auto query = queries_.find(key);
    if (query == queries_.end()) return;
    if (query->second.is_out)
        out_.erase(query->second.id);
    else
        std::erase(waiting_, key);
    queries_.erase(query);
}

void StandIns::reveal(std::span<std::uint8_t> query) {
    if (queries_.empty() || query.size() < header_octets) return;
    const auto is_its_name = [&](Key key) {
        const std::string& name = queries_.at(key).stand_in;
        return question_name(query, name) == name;
    };
    if (const auto again = out_.find(id_of(query)); again != out_.end()) {
        if (is_its_name(again->second)) put_name(query, queries_.at(again->second).meant);
        return;
    }
    const auto first = std::ranges::find_if(waiting_, is_its_name);
    if (first == waiting_.end()) return;
    Query& known = queries_.at(*first);
    known.id = id_of(query);
    known.is_out = true;
    out_.emplace(known.id, *first);
    waiting_.erase(first);
    put_name(query, known.meant);
}

bool StandIns::disguise(std::span<std::uint8_t> receipt) const {
    if (out_.empty() || receipt.size() < header_octets) return true;
    const auto out = out_.find(id_of(receipt));
    if (out == out_.end()) return true;
    const Query& query = queries_.at(out->second);
    if (!is_same_name(question_name(receipt, query.meant), query.meant)) return false;
    put_name(receipt, query.stand_in);
    return true;
}

} // namespace spfwalk::dns::cares
