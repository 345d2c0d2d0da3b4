// A value or the reason why there is none.
//
// std::expected needs C++23; this is the one place that names its stand-in.
#pragma once

#include <tl/expected.hpp>

namespace spfwalk {

template <class T, class E>
using Expected = tl::expected<T, E>;
using tl::unexpected;

} // namespace spfwalk
