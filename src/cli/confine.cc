#include "spfwalk/cli/confine.h"

#include "spfwalk/escape.h"
#include "spfwalk/sandbox/sandbox.h"
#include "spfwalk/sandbox/user.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

bool is_wanted(const CommonOptions& common, const Terminal& terminal) {
    return common.sandbox && terminal.owns_process();
}

std::string to_text(const sandbox::Part& part) {
    return fmt::format("sandbox: {}: {}{}{}", part.name, part.active ? "active" : "not active",
                       part.note.empty() ? "" : ": ", part.note);
}

sandbox::Policy policy_for(std::span<const dns::Server> servers, std::vector<std::string> directories) {
    sandbox::Policy policy;
    for (std::string& directory : directories)
        policy.directories.push_back({.path = std::move(directory)});
    for (const dns::Server& server : servers) {
        (server.family == net::Family::ipv4 ? policy.ipv4 : policy.ipv6) = true;
        policy.ports.push_back(server.port);
    }
    // c-ares 1.18 seeds each new channel's query ids from it.
    if (!servers.empty()) policy.readable_files = {"/dev/urandom"};
    return policy;
}

} // namespace

std::optional<std::string> change_user(const CommonOptions& common, const Terminal& terminal) {
    if (!common.user || !terminal.owns_process()) return std::nullopt;
    const auto error = sandbox::become_user(*common.user);
    if (!error) return std::nullopt;
    return fmt::format("--user {}: {}", escape(*common.user), *error);
}

void confine(const CommonOptions& common, const Terminal& terminal, std::span<const dns::Server> servers,
             std::vector<std::string> directories, Voice& voice) {
    if (!is_wanted(common, terminal)) return;
    std::string active;
    for (const sandbox::Part& part : sandbox::enter(policy_for(servers, std::move(directories)))) {
        if (part.active) active += (active.empty() ? "" : ", ") + part.name;
        if (!part.active || !part.note.empty()) voice.figures(to_text(part));
    }
    if (!active.empty()) voice.figures("sandbox: " + active);
}

void leave_network(const CommonOptions& common, const Terminal& terminal, Voice& voice) {
    if (!is_wanted(common, terminal)) return;
    if (const auto error = sandbox::leave_network())
        voice.figures(fmt::format("sandbox: the network cannot be left: {}", *error));
}

std::string sandbox_lines() {
    std::string lines;
    for (const sandbox::Part& part : sandbox::probe())
        lines += to_text(part) + '\n';
    return lines;
}

} // namespace spfwalk::cli
