// exp (RFC 7208 §6.2): what a domain has to say to a client that fails.
#include "spf/evaluator.h"

namespace spfwalk::spf {

void Evaluator::explain(const Outcome& outcome) {
    const Visit& visit = verdict_.visits[explaining_visit(outcome.site.visit)];
    const auto& modifier = visit.publication->record.explanation;
    if (!modifier || verdict_.explanation || has_unusable_local_part(modifier->domain.letters)) return;
    const std::span<const World> worlds(&outcome.world, 1);
    // Whatever goes wrong, the result stands and it is as if there were no exp; nothing of it is counted.
    const auto ttl = verdict_.ttl;
    const auto target = expand_fully(modifier->domain, visit.domain, worlds, expand_domain);
    if (const auto name = target ? dns::Name::from_domain(*target) : std::nullopt) {
        const dns::Answer* answer = ask({*name, dns::Type::txt}, worlds);
        const auto* texts = answer == nullptr ? nullptr : std::get_if<dns::Texts>(&answer->records);
        if (texts != nullptr && texts->size() == 1)
            if (const auto text = parse_explanation(texts->front()))
                verdict_.explanation = expand_fully(*text, visit.domain, worlds, expand);
    }
    verdict_.ttl = ttl;
}

std::uint32_t Evaluator::explaining_visit(std::uint32_t visit) const {
    std::uint32_t result = visit;
    for (std::uint32_t at = visit; verdict_.visits[at].parent != Visit::no_parent;
         at = verdict_.visits[at].parent)
        if (!is_redirect(verdict_.visits[at])) result = verdict_.visits[at].parent;
    return result;
}

} // namespace spfwalk::spf
