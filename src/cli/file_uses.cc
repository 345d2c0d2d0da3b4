#include "file_uses.h"

#include <filesystem>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace spfwalk::cli {

namespace {

enum class Purpose : std::uint8_t { input, prefixes, list, document };

struct Use {
    std::string_view option;
    std::string path;
    Purpose purpose;

    bool writes() const { return purpose == Purpose::list || purpose == Purpose::document; }
};
using Uses = std::vector<Use>;

void add(Uses& uses, std::string_view option, const std::optional<std::string>& path, Purpose purpose) {
    if (path) uses.push_back({option, *path, purpose});
}

void add(Uses& uses, std::string_view option, const std::vector<std::string>& paths, Purpose purpose) {
    for (const std::string& path : paths)
        if (path != "-") uses.push_back({option, path, purpose});
}

void add_own(Uses&, const CommonOptions&) {}

void add_own(Uses& uses, const WalkCommand& command) {
    add(uses, "--also", command.also, Purpose::prefixes);
    add(uses, "--except", command.except, Purpose::prefixes);
    add(uses, "--diff", command.diff, Purpose::input);
    add(uses, "--resume", command.resume, Purpose::input);
    add(uses, "--output", command.output, Purpose::list);
    add(uses, "--state", command.state, Purpose::document);
    add(uses, "--stats", command.stats, Purpose::document);
}

/// What is printed would go into the file that is replaced, or the domains would be gone. (Reading what
/// standard output goes to is how --resume is used.)
constexpr std::pair<const char*, int> streams[] = {
    {"standard input", STDIN_FILENO}, {"standard output", STDOUT_FILENO}, {"standard error", STDERR_FILENO}};

bool is_file_of(int descriptor, const std::string& name) {
    struct stat open {};
    struct stat named {};
    return ::fstat(descriptor, &open) == 0 && S_ISREG(open.st_mode) && ::stat(name.c_str(), &named) == 0 &&
           open.st_dev == named.st_dev && open.st_ino == named.st_ino;
}

/// Where a file that there is not yet would be, through links that lead nowhere, too.
std::filesystem::path place_of(const std::string& name) {
    std::error_code error;
    std::filesystem::path path = std::filesystem::absolute(name, error);
    constexpr int most_links = 40;
    for (int links = 0; links < most_links && std::filesystem::is_symlink(path, error); ++links)
        path = path.parent_path() / std::filesystem::read_symlink(path, error);
    return std::filesystem::weakly_canonical(path, error);
}

/// Those that exist are compared as what they are, so that hard links count; others by where they would be.
bool is_same_file(const std::string& one, const std::string& other) {
    std::error_code error;
    if (std::filesystem::equivalent(one, other, error)) return std::filesystem::is_regular_file(one, error);
    const std::filesystem::path place = place_of(one);
    return !place.empty() && place == place_of(other) && !std::filesystem::exists(place, error);
}

bool clashes(const Use& one, const Use& other) {
    if (!one.writes() && !other.writes()) return false;
    if (one.purpose == Purpose::prefixes && other.purpose == Purpose::list) return false;
    return is_same_file(one.path, other.path);
}

} // namespace

std::optional<std::string> clash_of_files(const Command& command) {
    Uses uses;
    std::visit(
        [&](const auto& given) {
            add(uses, "--file", given.files, Purpose::input);
            add(uses, "--zone", given.zone, Purpose::input);
            add_own(uses, given);
            add(uses, "--capture", given.capture, Purpose::document);
        },
        command);
    for (const Use& use : uses)
        for (const auto& [name, descriptor] : streams)
            if (use.writes() && is_file_of(descriptor, use.path))
                return fmt::format("{}: the same file as {}", use.option, name);
    for (auto use = uses.begin(); use != uses.end(); ++use)
        for (auto before = uses.begin(); before != use; ++before)
            if (clashes(*before, *use))
                return fmt::format("{}: the same file as {}", use->option, before->option);
    return std::nullopt;
}

} // namespace spfwalk::cli
