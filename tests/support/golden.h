// The cases of tests/golden/cases: a directory each, named for what it shows.
//
//     zone     a master file; "ZONE" in args stands for it
//     args     one argument a line; an empty line is an empty argument
//     stdin    standard input; without this file it is a terminal
//     out      what standard output must be, octet for octet
//     err      the same for standard error
//     status   the exit status
//
// Other files are there because args name them. The case's directory is the current one while it runs.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace spfwalk::test {

/// What a run of the program came to.
struct Outcome {
    std::string output;
    std::string error;
    int status = -1;

    friend bool operator==(const Outcome&, const Outcome&) = default;
};

struct GoldenCase {
    std::string name;
    std::filesystem::path directory;
    std::vector<std::string> arguments; ///< as in the file, "ZONE" included
    std::optional<std::string> input;
    Outcome expected; ///< of a case without expectations: nothing, status -1

    bool has_zone() const { return exists(directory / "zone"); }
    /// The arguments with the path of the zone in them.
    std::vector<std::string> arguments_with_zone() const;
};

/// All cases, sorted by name. Throws std::runtime_error about a directory that is not one.
std::vector<GoldenCase> golden_cases(const std::filesystem::path& root);

/// Makes `actual` what is expected of the case.
void write_expectations(const GoldenCase& golden, const Outcome& actual);

/// What differs, stream by stream: all lines, with "-" in front of those only expected and "+" in front of
/// those that came instead. Empty if nothing differs.
std::string difference(const Outcome& expected, const Outcome& actual);

} // namespace spfwalk::test
