#include "spfwalk/cli/update.h"

#include "spfwalk/escape.h"

#include <algorithm>
#include <new>
#include <string_view>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

/// Remaining TTLs, which JSON tells, are other ones in every run and no reason to replace a file.
std::string without_ttls(std::string_view text) {
    constexpr std::string_view member = "\"ttl\":";
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t found = std::min(text.find(member, at), text.size());
        result += text.substr(at, found - at);
        at = std::min(text.find_first_not_of(" 0123456789", std::min(found + member.size(), text.size())),
                      text.size());
    }
    return result;
}

} // namespace

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
        voice.error(
            fmt::format("{}: cannot be compared, because -F has no reader (--force replaces it all the same)",
                        escape(*command.output)));
        return std::nullopt;
    }
    auto before = update.read(*old);
    if (before) {
        update.before_ = std::move(*before);
    } else if (!command.force) {
        voice.error(fmt::format("{}: cannot be read as {}: {} (--force replaces it all the same)",
                                escape(*command.output), update.format_name(), before.error()));
        return std::nullopt;
    }
    return update;
}

Expected<emit::Addresses, std::string> Update::read(std::string_view text) const {
    return command_->publish_format ? command_->publish_format->read(text) : command_->format->read(text);
}

std::string_view Update::format_name() const {
    return command_->publish_format ? command_->publish_format->name : command_->format->name;
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

Update::Outcome Update::commit(const std::string& text, const emit::Addresses& of_list) {
    // What counts is what a reader of the file gets: objects of domains hold what is no longer in the list.
    const auto of_text = command_->custom ? of_list : this->read(text);
    const emit::Addresses addresses = of_text.value_or(of_list);
    const auto& old = replacement_.old_contents();
    if (old && without_ttls(*old) == without_ttls(text)) {
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
    const policy::Change change = policy::change(before_.value_or(emit::Addresses{}), addresses);
    if (const auto error = replacement_.commit(text)) return refuse(policy::Written::failed, *error);
    try {
        tell_change(change);
    } catch (const std::bad_alloc&) {
        // The list is in place, which is what the exit status tells, whether there is memory to say more or
        // not.
    }
    return {ExitStatus::ok, policy::Written::replaced, {}};
}

} // namespace spfwalk::cli
