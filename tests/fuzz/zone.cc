#include "fuzz/answers.h"
#include "fuzz/fuzz.h"

#include <set>

namespace spfwalk::fuzz {

namespace {

using dns::Name;
using dns::Type;

/// The names of a file, those around them, and one below.
std::set<Name> names_about(const dns::MasterFile& file) {
    constexpr std::size_t most = 8; // a few say as much as many, and the fuzzer gets on
    std::set<Name> names;
    const auto add = [&](const Name& name) {
        if (names.size() >= most) return;
        names.insert(name);
        if (const auto child = name.child("x")) names.insert(*child);
    };
    for (const auto& [name, sets] : file.names) {
        add(name);
        add(name.parent());
        for (const auto& [type, set] : sets)
            for (const Name& target : set.targets)
                add(target);
    }
    for (const auto& [question, answer] : file.overrides)
        add(question.name);
    return names;
}

} // namespace

void fuzz_zone(Bytes bytes) {
    const std::string_view text = as_text(bytes);
    auto file = dns::parse_master_file(text, "zone.db");
    if (!file) {
        promise(file.error().text.starts_with("zone.db:") && is_clean_line(file.error().text),
                "what is wrong is said in a clean line, with its place", file.error().text);
        return;
    }
    const std::set<Name> names = names_about(*file);
    std::set<Type> types{Type::a,  Type::ns,  Type::cname, Type::soa, Type::ptr,
                         Type::mx, Type::txt, Type::aaaa,  Type::spf};
    for (const auto& [question, answer] : file->overrides)
        if (types.size() < 12) types.insert(question.type);
    const dns::ZoneResolver resolver(std::move(*file));
    Answers answers;
    for (const Name& name : names) {
        for (const Type type : types) {
            const dns::Question question{name, type};
            dns::AnswerPtr answer = resolver.lookup(question);
            promise(answer != nullptr, "every question has an answer");
            promise(same_captured(*answer, *resolver.lookup(question)), "a file says the same twice");
            answers.emplace_back(question, std::move(answer));
        }
    }
    check_capture(answers);
}

} // namespace spfwalk::fuzz
