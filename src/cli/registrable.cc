#include "spfwalk/cli/registrable.h"

#include <libpsl.h>

namespace spfwalk::cli {

std::optional<std::string> registrable_name(const std::string& name) {
    const psl_ctx_t* list = psl_builtin();
    const char* found = list == nullptr ? nullptr : psl_registrable_domain(list, name.c_str());
    if (found == nullptr) return std::nullopt;
    return std::string(found);
}

bool can_be_registered(const std::string& name) {
    const psl_ctx_t* list = psl_builtin();
    const std::size_t dot = name.find('.');
    if (list == nullptr || dot == std::string::npos || dot == 0 || dot > 63) return false;
    const std::string_view label = std::string_view(name).substr(0, dot);
    const bool is_host_name =
        label.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") ==
            label.npos &&
        label.front() != '-' && label.back() != '-';
    return is_host_name &&
           psl_is_public_suffix2(list, name.c_str() + dot + 1, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE) == 1;
}

} // namespace spfwalk::cli
