// How many addresses there are, in digits.
#pragma once

#include "spfwalk/net/address_set.h"

#include <string>

namespace spfwalk::emit {

/// All digits. For sets of clients' addresses, which are fewer than 2^128.
std::string exact_count(const net::AddressSet& set);

/// For people: all digits in groups ("1,024") below 2^33, beyond that a power of two: "2^96", or "~2^95.6"
/// where it is none.
std::string short_count(const net::AddressSet& set);

/// "1,024".
std::string grouped(std::string digits);

} // namespace spfwalk::emit
