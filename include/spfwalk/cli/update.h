// The last step of a run with `-o`: is the new list fit to replace the old one, and does it?
#pragma once

#include "spfwalk/cli/exit_status.h"
#include "spfwalk/cli/options.h"
#include "spfwalk/cli/voice.h"
#include "spfwalk/expected.h"
#include "spfwalk/policy/replace.h"
#include "spfwalk/policy/stats.h"

#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::cli {

/// The file to replace and what was in it.
class Update {
  public:
    /// Locks and reads the file. Nothing if that cannot be done, or if it holds something that is not the
    /// format's and `--force` was not given: then it was said.
    static std::optional<Update> open(const WalkCommand& command, Voice& voice);

    struct Outcome {
        ExitStatus status = ExitStatus::failed;
        policy::Written written = policy::Written::failed;
        std::string reason; ///< why not, if not
    };
    /// Where commit() makes and renames files.
    const std::string& directory() const { return replacement_.directory(); }
    /// Replaces the file with `text`, which says `addresses`, if the guards allow it; says what changed.
    Outcome commit(const std::string& text, const emit::Addresses& addresses);

  private:
    Update(const WalkCommand& command, Voice& voice, policy::Replacement replacement)
        : command_(&command), voice_(&voice), replacement_(std::move(replacement)) {}

    Expected<emit::Addresses, std::string> read(std::string_view text) const;
    std::string_view format_name() const;
    Outcome refuse(policy::Written written, const std::string& reason);
    /// Whether two contents of the file say the same of domains.
    bool is_unchanged(std::string_view before, std::string_view after) const;
    void tell_change(const policy::Change& change);

    const WalkCommand* command_;
    Voice* voice_;
    policy::Replacement replacement_;
    std::optional<emit::Addresses> before_;
};

} // namespace spfwalk::cli
