// For a build without libseccomp.
#include "sandbox/system_call_filter.h"

namespace spfwalk::sandbox {

Part enter_system_call_filter(const Policy&) {
    return {"system calls (seccomp)", false, "built without libseccomp"};
}

std::optional<std::string> filter_out_network() {
    return std::nullopt;
}

} // namespace spfwalk::sandbox
