#include "spfwalk/cli/terminal.h"

#include "support/catch.h"

#include <map>

using namespace spfwalk;

namespace {

std::string seen(const std::map<std::string, std::string>& variables, std::optional<std::size_t> width) {
    const cli::Canvas canvas = cli::canvas_of(
        [&](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? nullptr : found->second.c_str();
        },
        width);
    return std::string(canvas.unicode ? "unicode" : "ascii") + (canvas.color ? ", color" : "") +
           (canvas.width ? ", " + std::to_string(*canvas.width) : "");
}

} // namespace

TEST_CASE("Canvas: the locale says whether there is Unicode") {
    CHECK(seen({}, {}) == "ascii");
    CHECK(seen({{"LANG", "de_DE.UTF-8"}}, {}) == "unicode");
    CHECK(seen({{"LANG", "C.utf8"}}, {}) == "unicode");
    CHECK(seen({{"LANG", "C.UTF-8"}, {"LC_ALL", "C"}}, {}) == "ascii");
    CHECK(seen({{"LANG", "C"}, {"LC_CTYPE", "C.UTF-8"}}, {}) == "unicode");
    CHECK(seen({{"LANG", "C.UTF-8"}, {"LC_ALL", ""}}, {}) == "unicode");
}

TEST_CASE("Canvas: colour and an end of lines are for terminals only") {
    CHECK(seen({{"TERM", "xterm"}, {"COLUMNS", "100"}}, {}) == "ascii");
    CHECK(seen({{"TERM", "xterm"}}, 80) == "ascii, color, 80");
    CHECK(seen({{"TERM", "xterm"}, {"COLUMNS", "100"}}, 80) == "ascii, color, 100");
    CHECK(seen({{"TERM", "xterm"}, {"COLUMNS", "wide"}}, 80) == "ascii, color, 80");
    CHECK(seen({{"TERM", "dumb"}}, 80) == "ascii, 80");
    CHECK(seen({{"TERM", "xterm"}, {"NO_COLOR", "1"}}, 80) == "ascii, 80");
    CHECK(seen({{"TERM", "xterm"}, {"NO_COLOR", ""}}, 80) == "ascii, color, 80");
}
