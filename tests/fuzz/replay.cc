// Runs a target over its committed inputs, with any compiler and without libFuzzer, and packs directories of
// inputs into the files in which they are committed.
//
// A pack is a sequence of inputs, each behind its length in four octets, big-endian.
#include "fuzz/fuzz.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace spfwalk::fuzz;

namespace {

struct Target {
    std::string_view name;
    void (*run)(Bytes);
};

constexpr Target targets[] = {
    {"record", fuzz_record},
    {"macro", fuzz_macro},
    {"message", fuzz_message},
    {"name", fuzz_name},
    {"receipt", fuzz_receipt},
    {"zone", fuzz_zone},
    {"state", fuzz_state},
    {"domains", fuzz_domains},
    {"resolv_conf", fuzz_resolv_conf},
    {"formats", fuzz_formats},
    {"interpreter", fuzz_interpreter},
    {"outputs", fuzz_outputs},
};

int complain(const std::string& what) {
    std::cerr << "fuzz_replay: " << what << '\n';
    return 1;
}

bool read_file(const fs::path& path, std::string& text) {
    std::ifstream file(path, std::ios::binary);
    text.assign(std::istreambuf_iterator<char>(file), {});
    return file.is_open() && !file.bad();
}

Bytes as_bytes(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// The inputs of a pack; false if it is none.
bool unpack(std::string_view pack, std::vector<std::string>& inputs) {
    while (!pack.empty()) {
        if (pack.size() < 4) return false;
        std::size_t size = 0;
        for (const char c : pack.substr(0, 4))
            size = size << 8 | static_cast<unsigned char>(c);
        pack.remove_prefix(4);
        if (size > pack.size()) return false;
        inputs.emplace_back(pack.substr(0, size));
        pack.remove_prefix(size);
    }
    return true;
}

bool read_pack(const fs::path& path, std::vector<std::string>& inputs) {
    std::string text;
    return read_file(path, text) && unpack(text, inputs) && !inputs.empty();
}

int replay(std::string_view name, const std::vector<std::string>& inputs) {
    const auto target = std::ranges::find(targets, name, &Target::name);
    if (target == std::end(targets)) return complain("no target \"" + std::string(name) + '"');
    const bool watched = ::isatty(STDERR_FILENO) != 0; // which one it was is worth knowing after an abort
    std::size_t number = 0;
    for (const std::string& input : inputs) {
        if (watched) std::cerr << name << ' ' << number++ << '\r';
        target->run(as_bytes(input));
    }
    std::cerr << name << ": " << inputs.size() << " inputs\n";
    return 0;
}

/// The files of a directory as a pack: the same files always give the same pack.
int make_pack(const fs::path& directory, const fs::path& pack) {
    std::vector<std::string> inputs;
    for (const auto& entry : fs::directory_iterator(directory))
        if (!read_file(entry.path(), inputs.emplace_back()))
            return complain("cannot read " + entry.path().string());
    std::ranges::sort(inputs, [](const std::string& a, const std::string& b) {
        return std::pair(a.size(), std::string_view(a)) < std::pair(b.size(), std::string_view(b));
    });
    std::ofstream out(pack, std::ios::binary);
    for (const std::string& input : inputs) {
        for (int shift = 24; shift >= 0; shift -= 8)
            out.put(static_cast<char>(input.size() >> shift & 0xff));
        out << input;
    }
    out.close();
    return out ? 0 : complain("cannot write " + pack.string());
}

int take_apart(const fs::path& pack, const fs::path& directory) {
    std::vector<std::string> inputs;
    if (!read_pack(pack, inputs)) return complain("no inputs in " + pack.string());
    fs::create_directories(directory);
    for (std::size_t i = 0; i < inputs.size(); ++i) {
        std::ofstream out(directory / ("input-" + std::to_string(i)), std::ios::binary);
        out << inputs[i];
        out.close();
        if (!out) return complain("cannot write to " + directory.string());
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() != 3)
        return complain(
            "usage: inputs TARGET PACK | input TARGET FILE | pack DIRECTORY PACK | unpack PACK DIRECTORY");
    if (words[0] == "pack") return make_pack(words[1], words[2]);
    if (words[0] == "unpack") return take_apart(words[1], words[2]);
    std::vector<std::string> inputs;
    if (words[0] == "inputs" && !read_pack(words[2], inputs)) return complain("no inputs in " + words[2]);
    if (words[0] == "input" && !read_file(words[2], inputs.emplace_back()))
        return complain("cannot read " + words[2]);
    return replay(words[1], inputs);
}
