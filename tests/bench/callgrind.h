// Instructions that a program executes, counted by valgrind's callgrind, and which part of the program they
// are for.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace spfwalk::bench {

struct InstructionCounts {
    std::uint64_t total = 0;
    std::map<std::string, std::uint64_t> parts; ///< by name; together the total
};

/// Reads a file that callgrind has written with --compress-strings=no --compress-pos=no.
///
/// `part_of` names the part of a function, by its name and its object (the path of a program or library); an
/// empty name makes it a helper, such as malloc(): what a helper executes is for the part that called it.
/// Throws std::runtime_error for a file that cannot be read or is no such file.
InstructionCounts
read_callgrind(const std::string& path,
               const std::function<std::string(std::string_view function, std::string_view object)>& part_of);

} // namespace spfwalk::bench
