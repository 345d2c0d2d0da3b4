#include "spfwalk/cli/update.h"

#include "spfwalk/ascii.h"
#include "spfwalk/escape.h"

#include <algorithm>
#include <new>
#include <string_view>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

/// Where the value of JSON at `at` ends: a number, a word, or an array of these and of strings without
/// escapes.
std::size_t behind_value(std::string_view text, std::size_t at) {
    bool in_string = false;
    int depth = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        if (c == '"') in_string = !in_string;
        if (in_string) continue;
        if (depth == 0 && (c == ',' || c == '}' || c == '\n')) break;
        depth += c == '[' ? 1 : c == ']' ? -1 : 0;
    }
    return at;
}

/// What JSON tells of the run rather than of the domains is another in every run and no reason to replace a
/// file: the time, how long answers still count, how old a last good list is, and who was asked. (Within a
/// string a quotation mark has a backslash before it, so no text from DNS looks like a member.)
std::string without_circumstances(std::string_view text) {
    constexpr std::string_view members[] = {"\"ttl\":", "\"time\":", "\"stale\":", "\"resolver\":"};
    std::string result;
    result.reserve(text.size());
    std::size_t kept = 0; // up to here it is in the result or left out
    for (std::size_t at = text.find('"'); at != text.npos; at = text.find('"', at)) {
        const auto here = [&](std::string_view member) { return text.substr(at).starts_with(member); };
        const auto member = std::ranges::find_if(members, here);
        if (member == std::end(members)) {
            ++at;
            continue;
        }
        result += text.substr(kept, at - kept);
        kept = at = behind_value(text, at + member->size());
    }
    result += text.substr(kept);
    return result;
}

} // namespace

std::optional<Update> Update::open(const WalkCommand& command, Voice& voice) {
    // What cannot be read is replaced by force, too.
    auto replacement = policy::Replacement::open(
        *command.output, command.force ? policy::OldContents::read_if_possible : policy::OldContents::read);
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
    text = without_byte_order_mark(text); // an editor's
    return command_->publish_format ? command_->publish_format->read(text) : command_->format->read(text);
}

std::string_view Update::format_name() const {
    return command_->publish_format ? command_->publish_format->name : command_->format->name;
}

Update::Outcome Update::refuse(policy::Written written, const std::string& reason) {
    voice_->error(reason);
    return {ExitStatus::failed, written, reason};
}

bool Update::is_unchanged(std::string_view before, std::string_view after) const {
    if (before == after) return true;
    const bool is_json = !command_->custom && command_->publish_format == nullptr &&
                         (command_->format->name == "json" || command_->format->name == "ndjson");
    return is_json && without_circumstances(before) == without_circumstances(after);
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
    const auto addresses = command_->custom ? of_list : this->read(text);
    if (!addresses)
        return refuse(policy::Written::refused,
                      fmt::format("{}: not replaced: it could not be read again: {}",
                                  escape(*command_->output), addresses.error()));
    const auto& old = replacement_.old_contents();
    if (old && is_unchanged(*old, text)) {
        voice_->figures(fmt::format("{}: unchanged", escape(*command_->output)));
        return {ExitStatus::unchanged, policy::Written::unchanged, {}};
    }
    std::string reasons;
    for (const std::string& objection : policy::objections(before_, *addresses, command_->guards)) {
        const std::string line = fmt::format("{}: not replaced: {}", escape(*command_->output), objection);
        voice_->error(line);
        reasons += (reasons.empty() ? "" : "; ") + objection;
    }
    if (!reasons.empty()) return {ExitStatus::failed, policy::Written::refused, reasons};
    const policy::Change change = policy::change(before_.value_or(emit::Addresses{}), *addresses);
    const auto error = replacement_.commit(text);
    if (error && !replacement_.replaced()) return refuse(policy::Written::failed, *error);
    if (error) voice_->error(*error);
    try {
        tell_change(change);
    } catch (const std::bad_alloc&) {
        // The list is in place, which is what the exit status tells, whether there is memory to say more or
        // not.
    }
    if (error) return {ExitStatus::failed, policy::Written::replaced, *error};
    return {ExitStatus::ok, policy::Written::replaced, {}};
}

} // namespace spfwalk::cli
