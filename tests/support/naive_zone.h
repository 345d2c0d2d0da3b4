// A DNS in memory for the naive check_host(): a map and the rules of RFC 1034 §4.3.2 and RFC 4592.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace naive {

/// What one name holds. All empty: a name that exists without data this program asks for.
struct Node {
    std::vector<std::string> a;                  ///< dotted quads
    std::vector<std::string> aaaa;               ///< RFC 4291 text
    std::vector<std::pair<int, std::string>> mx; ///< preference and exchange; "" is the root (RFC 7505)
    std::vector<std::string> txt;                ///< the strings of each record already joined
    std::vector<std::string> ptr;                ///< names
    std::optional<std::string> cname;            ///< excludes all other data
};

/// Names are text without trailing dot. Keys are in lower case; names in data may be in any case.
struct Zone {
    std::map<std::string, Node> names;
    /// Questions answered with SERVFAIL: name in lower case and "A", "AAAA", "MX", "TXT" or "PTR".
    std::set<std::pair<std::string, std::string>> fails;
};

enum class Outcome {
    records, ///< at least one record of the type
    no_data, ///< RCODE 0 without one
    no_name, ///< RCODE 3
    failure, ///< any other RCODE, or an alias loop
};

struct Found {
    Outcome outcome = Outcome::no_name;
    std::vector<std::string> data; ///< of A, AAAA, TXT, PTR
    std::vector<std::pair<int, std::string>> mx;
};

std::string lower(std::string text);

/// The answer to one question. Aliases are followed; a failing question counts wherever in the chain it is.
/// `name` must be a well-formed name without trailing dot.
Found lookup(const Zone& zone, const std::string& name, const std::string& type);

/// The zone as a master file of absolute names, without SOA. A TXT record is cut into strings of at most 255
/// octets at places that depend on `seed`. Failing questions are lines ";! NAME. TYPE SERVFAIL".
std::string to_master_file(const Zone& zone, std::uint64_t seed = 0);

} // namespace naive
