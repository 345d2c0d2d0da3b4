#include "sandbox/landlock.h"
#include "sandbox/system_call_filter.h"
#include "spfwalk/sandbox/sandbox.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <sys/prctl.h>

namespace spfwalk::sandbox {

namespace {

/// The address sanitizer looks for leaks at the end, with ptrace(2).
bool looks_for_leaks() {
#ifdef __SANITIZE_ADDRESS__
    constexpr bool sanitized = true;
#elif defined(__has_feature)
    constexpr bool sanitized = __has_feature(address_sanitizer);
#else
    constexpr bool sanitized = false;
#endif
    if (!sanitized) return false;
    const char* const options = std::getenv("ASAN_OPTIONS");
    return options == nullptr || std::strstr(options, "detect_leaks=0") == nullptr;
}

constexpr const char* no_new_privileges = "no new privileges";
bool filtered = false; ///< enter() could filter system calls

} // namespace

Report enter(const Policy& policy) {
    if (looks_for_leaks())
        return {{"everything", false, "the address sanitizer looks for leaks (ASAN_OPTIONS=detect_leaks=0)"}};
    Report report{{no_new_privileges, true, {}}};
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        report.front() = {no_new_privileges, false, std::strerror(errno)};
    }
    for (Part& part : enter_landlock(policy))
        report.push_back(std::move(part));
    report.push_back(enter_system_call_filter(policy)); // last: it does not allow the calls above
    filtered = report.back().active;
    return report;
}

std::optional<std::string> leave_network() {
    return filtered ? filter_out_network() : std::nullopt;
}

} // namespace spfwalk::sandbox
