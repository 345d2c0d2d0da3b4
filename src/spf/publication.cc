#include "spfwalk/spf/publication.h"

#include <algorithm>

namespace spfwalk::spf {

namespace {

Publication read(const dns::Answer& answer, Grammar grammar) {
    Publication result;
    if (answer.status == dns::Status::failure) {
        result.kind = Publication::Kind::failure;
        return result;
    }
    const auto* texts = std::get_if<dns::Texts>(&answer.records);
    if (texts == nullptr) return result;
    // What only the lenient grammar takes for a record counts where there is no real one.
    const bool strict_only =
        std::ranges::any_of(*texts, [](const std::string& text) { return is_spf_record(text); });
    const std::string* found = nullptr;
    for (const std::string& text : *texts) {
        if (!is_spf_record(text, strict_only ? Grammar::strict : grammar)) {
            result.other_octets += 12 + text.size() + std::max<std::size_t>(1, (text.size() + 254) / 255);
            continue;
        }
        if (found == nullptr) {
            found = &text;
        } else if (grammar == Grammar::lenient && *found == text) {
            result.repeated = true;
        } else {
            result.kind = Publication::Kind::several;
            result.repeated = false;
            return result;
        }
    }
    if (found != nullptr) {
        result.kind = Publication::Kind::record;
        result.record = parse_record(*found, grammar);
    }
    return result;
}

} // namespace

PublicationPtr publication(const dns::Answer& answer, Grammar grammar) {
    if (!answer.interpretation)
        answer.interpretation = std::make_shared<const Publication>(read(answer, grammar));
    return std::static_pointer_cast<const Publication>(answer.interpretation);
}

} // namespace spfwalk::spf
