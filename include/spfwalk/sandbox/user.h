// Being somebody else than root.
#pragma once

#include <optional>
#include <string>

namespace spfwalk::sandbox {

/// Becomes the user `name`, with his primary group and no other group, for good; it is then verified that
/// there is no way back. Returns why that failed, if it did: then the process must not go on, for it may be
/// neither the one nor the other. A process that is this user already stays as it is. A user with number 0 is
/// refused. Call it with one thread.
std::optional<std::string> become_user(const std::string& name);

} // namespace spfwalk::sandbox
