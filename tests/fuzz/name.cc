#include "fuzz/fuzz.h"

#include "spfwalk/dns/name.h"

#include <vector>

namespace spfwalk::fuzz {

namespace {

using dns::Name;

/// What holds for every name, wherever it comes from.
void check(const Name& name) {
    const std::string_view wire = name.wire();
    promise(Name::from_wire(wire) == name, "a name is what it is on the wire", wire);
    const std::string text = name.to_text();
    promise(is_clean_line(text), "a name is shown in a clean line", text);
    promise(Name::from_presentation(name.is_root() ? text : text + '.', Name()) == name,
            "a name is read back from its text", text);

    const std::vector<std::string_view> labels = name.labels();
    promise(labels.size() == name.label_count(), "labels are counted", text);
    std::size_t octets = 1;
    for (const std::string_view label : labels) {
        promise(!label.empty() && label.size() <= dns::max_label_octets, "a label has 1 to 63 octets", text);
        octets += label.size() + 1;
    }
    promise(octets == wire.size() && octets <= dns::max_name_octets, "a name has at most 255 octets", text);

    Name ancestor = name;
    for (std::size_t i = 0; i < labels.size(); ++i) {
        const Name parent = ancestor.parent();
        promise(name.is_within(ancestor), "a name is within its ancestors", text);
        promise(!parent.is_within(ancestor), "no name is within what is below it", text);
        promise(parent.child(labels[i]) == ancestor, "a name is the child of its parent", text);
        ancestor = parent;
    }
    promise(ancestor.is_root() && name.is_within(ancestor), "the root is above all", text);
}

/// §2.3.1 of RFC 1035 and name.h, from the text alone.
bool is_domain(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    if (text.size() > dns::max_name_text) return false;
    while (true) {
        const std::size_t dot = text.find('.');
        const std::size_t label = std::min(dot, text.size());
        if (label == 0 || label > dns::max_label_octets) return false;
        if (dot == text.npos) return true;
        text.remove_prefix(dot + 1);
    }
}

} // namespace

void fuzz_name(Bytes bytes) {
    const std::string_view text = as_text(bytes);
    if (const auto name = Name::from_wire(text)) {
        check(*name);
        promise(name->wire().size() == text.size(), "a name on the wire is taken whole", text);
    }

    const auto domain = Name::from_domain(text);
    promise(domain.has_value() == is_domain(text), "which texts are domains", text);
    if (domain) {
        check(*domain);
        std::string joined;
        for (const std::string_view label : domain->labels())
            joined.append(label).append(".");
        std::string lower(text);
        for (char& c : lower)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
        if (!lower.ends_with('.')) lower += '.';
        promise(joined == lower, "a domain's labels are those of its text, in lower case", text);
    }

    const auto absolute = Name::from_presentation(text, Name());
    if (absolute) check(*absolute);
    const std::string label(60, 'o');
    for (const Name& origin :
         {*Name::from_domain("Example.test"), *Name::from_domain(label + '.' + label + '.' + label)}) {
        const auto name = Name::from_presentation(text, origin);
        if (!name) continue;
        check(*name);
        promise(absolute.has_value(), "what fits below an origin fits below the root", text);
        promise(*name == *absolute || name->is_within(origin), "a name is absolute or below the origin",
                text);
    }
}

} // namespace spfwalk::fuzz
