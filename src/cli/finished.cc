#include "spfwalk/cli/finished.h"

#include "spfwalk/emit/format.h"
#include "spfwalk/escape.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

namespace spfwalk::cli {

std::optional<Finished> Finished::read(const std::string& path, Voice& voice) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        voice.error(fmt::format("{}: {}", escape(path), std::strerror(errno)));
        return std::nullopt;
    }
    Finished finished;
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
        ++number;
        if (file.eof()) {
            voice.warning(fmt::format("{}:{}: the last line is not whole, so its domain is walked again",
                                      escape(path), number));
            break;
        }
        auto domain = emit::read_domain_of_object(line);
        if (!domain) {
            voice.error(fmt::format("{}:{}: {}", escape(path), number, domain.error()));
            return std::nullopt;
        }
        ++finished.objects_[std::move(*domain)];
    }
    if (file.bad()) {
        voice.error(fmt::format("{}: {}", escape(path), std::strerror(errno)));
        return std::nullopt;
    }
    return finished;
}

bool Finished::take(const std::string& domain) {
    const auto object = objects_.find(domain);
    if (object == objects_.end()) return false;
    if (--object->second == 0) objects_.erase(object);
    return true;
}

} // namespace spfwalk::cli
