#include "spfwalk/cli/update.h"

#include "spfwalk/escape.h"

#include <fmt/format.h>

namespace spfwalk::cli {

std::optional<Update> Update::open(const WalkCommand& command, Voice& voice) {
    auto replacement = policy::Replacement::open(*command.output);
    if (!replacement) {
        voice.error(replacement.error());
        return std::nullopt;
    }
    Update update(command, voice, std::move(*replacement));
    const auto& old = update.replacement_.old_contents();
    if (!old) return update;
    if (command.custom) {
        if (command.force) return update;
        voice.error(fmt::format("{}: cannot be compared, because -F has no reader (--force replaces it all the same)",
                                escape(*command.output)));
        return std::nullopt;
    }
    auto before = command.format->read(*old);
    if (before) {
        update.before_ = std::move(*before);
    } else if (!command.force) {
        voice.error(fmt::format("{}: cannot be read as {}: {} (--force replaces it all the same)", escape(*command.output),
                                command.format->name, before.error()));
        return std::nullopt;
    }
    return update;
}

Update::Outcome Update::refuse(policy::Written written, const std::string& reason) {
    voice_->error(reason);
    return {ExitStatus::failed, written, reason};
}

void Update::tell_change(const policy::Change& change) {
    voice_->warning(fmt::format("{}: +{} -{} prefixes", escape(*command_->output), change.added.size(),
                                change.removed.size()));
    for (const net::Prefix& prefix : change.added)
        voice_->figures("+" + to_text(prefix));
    for (const net::Prefix& prefix : change.removed)
        voice_->figures("-" + to_text(prefix));
}

Update::Outcome Update::commit(const std::string& text, const emit::Addresses& addresses) {
    const auto& old = replacement_.old_contents();
    // Formats that hold everything hold remaining TTLs too, which change with every run and mean nothing.
    const bool addresses_alone = !command_->custom && command_->format->detail == emit::Detail::full;
    if (old && (*old == text || (addresses_alone && before_ == addresses))) {
        voice_->figures(fmt::format("{}: unchanged", escape(*command_->output)));
        return {ExitStatus::unchanged, policy::Written::unchanged, {}};
    }
    std::string reasons;
    for (const std::string& objection : policy::objections(before_, addresses, command_->guards)) {
        const std::string line = fmt::format("{}: not replaced: {}", escape(*command_->output), objection);
        voice_->error(line);
        reasons += (reasons.empty() ? "" : "; ") + objection;
    }
    if (!reasons.empty()) return {ExitStatus::failed, policy::Written::refused, reasons};
    if (const auto error = replacement_.commit(text)) return refuse(policy::Written::failed, *error);
    tell_change(policy::change(before_.value_or(emit::Addresses{}), addresses));
    return {ExitStatus::ok, policy::Written::replaced, {}};
}

} // namespace spfwalk::cli
