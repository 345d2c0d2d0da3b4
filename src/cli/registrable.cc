#include "spfwalk/cli/registrable.h"

#include <libpsl.h>

namespace spfwalk::cli {

std::optional<std::string> registrable_name(const std::string& name) {
    const psl_ctx_t* list = psl_builtin();
    const char* found = list == nullptr ? nullptr : psl_registrable_domain(list, name.c_str());
    if (found == nullptr) return std::nullopt;
    return std::string(found);
}

} // namespace spfwalk::cli
