#include "spfwalk/cli/domain_input.h"

#include "spfwalk/ascii.h"
#include "spfwalk/cli/domains.h"
#include "spfwalk/escape.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

constexpr std::size_t octets_at_a_time = 65'536;
/// More is no domain; nobody's line may fill the memory.
constexpr std::size_t longest_line = 65'536;

} // namespace

DomainInput::Source::~Source() {
    if (descriptor > STDERR_FILENO) ::close(descriptor);
}

std::optional<DomainInput> DomainInput::open(const WalkCommand& command, Terminal& terminal, Voice& voice) {
    DomainInput input;
    bool readable = true;
    const auto add_standard_input = [&] {
        auto& source = *input.sources_.emplace_back(std::make_unique<Source>());
        source.name = "standard input";
        source.descriptor = terminal.input_descriptor();
        if (source.descriptor >= 0) return;
        source.at_end = true;
        if (auto text = terminal.read_input()) {
            source.buffer = std::move(*text);
        } else {
            voice.error("standard input: " + text.error());
            readable = false;
        }
    };
    for (const std::string& argument : command.domains) {
        if (argument == "-") {
            add_standard_input();
            continue;
        }
        auto& source = *input.sources_.emplace_back(std::make_unique<Source>());
        source.buffer = trimmed(argument);
        source.at_end = true;
    }
    for (const std::string& path : command.files) {
        if (path == "-") {
            add_standard_input();
            continue;
        }
        auto& source = *input.sources_.emplace_back(std::make_unique<Source>());
        source.name = escape(path);
        source.descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        // A directory can be opened, and only reading it fails.
        if (source.descriptor < 0 || ::read(source.descriptor, nullptr, 0) < 0) {
            voice.error(fmt::format("{}: {}", source.name, std::strerror(errno)));
            readable = false;
        }
    }
    if (command.domains.empty() && command.files.empty() && !terminal.input_is_terminal())
        add_standard_input();
    if (!readable) return std::nullopt;
    return input;
}

bool DomainInput::has_line(const Source& source) const {
    return source.at_end || source.buffer.find('\n', source.at) != std::string::npos;
}

void DomainInput::read_more(Source& source) {
    source.buffer.erase(0, source.at);
    source.at = 0;
    if (source.buffer.size() > longest_line) {
        source.buffer.resize(longest_line);
        source.is_overlong = true;
    }
    const std::size_t before = source.buffer.size();
    source.buffer.resize(before + octets_at_a_time);
    const ssize_t count = ::read(source.descriptor, source.buffer.data() + before, octets_at_a_time);
    source.buffer.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count > 0 || (count < 0 && errno == EINTR)) return;
    if (count < 0 && errno == EAGAIN) { // whoever gave us the descriptor made it so
        pollfd event{.fd = source.descriptor, .events = POLLIN, .revents = 0};
        (void)::poll(&event, 1, -1);
        return;
    }
    source.at_end = true;
    if (count < 0) failure_ = fmt::format("{}: {}", source.name, std::strerror(errno));
}

std::optional<DomainInput::Item> DomainInput::take(Source& source) {
    while (source.at < source.buffer.size() && has_line(source)) {
        const std::size_t end = std::min(source.buffer.find('\n', source.at), source.buffer.size());
        std::string_view line = std::string_view(source.buffer).substr(source.at, end - source.at);
        source.at = std::min(end + 1, source.buffer.size());
        if (++source.line == 1) line = without_byte_order_mark(line);
        // However it arrived: read_more() has cut off what came in pieces.
        const bool is_overlong = std::exchange(source.is_overlong, false) || line.size() > longest_line;
        line = line_content(line);
        if (line.empty()) continue;
        Item item{std::string(line), {}, source.name, source.line};
        if (is_overlong) {
            item.text.resize(std::min<std::size_t>(item.text.size(), 256));
            item.domain = unexpected(std::string("a line that is too long"));
        } else {
            item.domain = domain_from_text(line);
        }
        return item;
    }
    return std::nullopt;
}

std::optional<DomainInput::Item> DomainInput::next() {
    while (!sources_.empty()) {
        Source& source = *sources_.front();
        if (source.name.empty()) {
            Item item{std::move(source.buffer), {}, {}, 0};
            item.domain = domain_from_text(item.text);
            sources_.pop_front();
            return item;
        }
        if (auto item = take(source)) return item;
        if (!source.at_end)
            read_more(source);
        else
            sources_.pop_front();
    }
    return std::nullopt;
}

bool DomainInput::is_ready() {
    while (!sources_.empty()) {
        Source& source = *sources_.front();
        if (has_line(source)) return true;
        pollfd event{.fd = source.descriptor, .events = POLLIN, .revents = 0};
        if (::poll(&event, 1, 0) <= 0) return false;
        read_more(source);
    }
    return true;
}

} // namespace spfwalk::cli
