// What the tests of the programs that read the lists have in common: the sets and the programs.
#pragma once

#include "spfwalk/emit/format.h"

#include "support/process.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::test {

struct Sample {
    std::string name;
    emit::Addresses addresses;
};

/// The sets that every program has to take: nothing, single addresses, whole families, both ends of both
/// spaces, 10,000 prefixes.
const std::vector<Sample>& samples();
/// One of them.
const emit::Addresses& sample(std::string_view name);

emit::Addresses addresses_of(const std::vector<std::string>& prefixes);

/// What spfwalk prints for the addresses in a format, by the name of the format.
std::string printed(std::string_view format, const emit::Addresses& addresses);

/// An address with its family.
struct Probe {
    net::Family family;
    net::Address address;
    bool listed; ///< whether the set has it
};
std::string text_of(const Probe& probe);

/// First and last address of every range, their neighbours outside, and random ones; at most about `at_most`,
/// taken evenly.
std::vector<Probe> probes_of(const emit::Addresses& addresses, std::size_t at_most);

/// A program's path: as installed, or below SPFWALK_UNPACKED (environment) where unpack.sh left its package.
/// If there is none, says on standard output what is skipped and why, and the test program will end with 77.
std::optional<std::string> find_consumer(std::string_view package, std::string_view program);

/// Says that something is skipped.
void skip(std::string_view what, std::string_view why);
/// How many things were.
int skips();

/// run_program() without input, limited to some seconds.
Ended run(std::vector<std::string> command, std::string input = {});
/// Lets a server write all it says to this file. (A pipe that nobody reads meanwhile would be full one day,
/// and the server would wait.)
Launch logging_to(const std::string& file, Launch launch);

/// Whether a program succeeded and had nothing to say.
inline bool silent(const Ended& ended) {
    return ended.status == 0 && ended.output.empty() && ended.error.empty();
}

} // namespace spfwalk::test
