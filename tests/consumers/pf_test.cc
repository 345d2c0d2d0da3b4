// pf's tables, read by a parser as strict as pf.conf(5) is lax.
#include "consumers.h"

#include "support/catch.h"

#include <cctype>
#include <sstream>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// What pfctl(8) does to a table file: words between white space; "#" or ";" where a word could begin is a
/// comment up to the end of the line, and within a word a part of it. Everything that pfctl would not take
/// for a network as it stands (a name to be resolved, "self", "!", an interface, brackets), or would mask
/// first, is refused, and so is a byte that it would stop at.
std::optional<emit::Addresses> read_as_pf(const std::string& text) {
    if (text.find('\0') != text.npos) return std::nullopt;
    std::string words;
    bool comment = false;
    char before = ' ';
    for (const char c : text) {
        if ((c == '#' || c == ';') && std::isspace(static_cast<unsigned char>(before)) != 0) comment = true;
        if (c == '\n') comment = false;
        if (!comment) words += c;
        before = c;
    }
    emit::Addresses addresses;
    std::vector<net::Range> ranges[2];
    std::istringstream in(words);
    for (std::string word; in >> word;) {
        const std::size_t slash = word.find('/');
        if (slash == word.npos || word.find_first_not_of("0123456789abcdef:./") != word.npos)
            return std::nullopt;
        const auto prefix = net::parse_prefix(word);
        if (!prefix || net::to_text(*prefix) != word) return std::nullopt; // host bits set
        ranges[prefix->family == net::Family::ipv6].push_back(prefix->range());
    }
    addresses.ipv4 = net::AddressSet::from_ranges(ranges[0]);
    addresses.ipv6 = net::AddressSet::from_ranges(ranges[1]);
    return addresses;
}

} // namespace

TEST_CASE("pf: a table file has networks and nothing that could be a host name", "[pf]") {
    for (const Sample& s : samples()) {
        INFO(s.name);
        const std::string text = printed("pf", s.addresses);
        CHECK(!text.empty());
        const auto read = read_as_pf(text);
        REQUIRE(read);
        CHECK(*read == s.addresses);
    }
    for (const char* text :
         {"no addresses\n", "self\n", "192.0.2.1\n", "192.0.2.1/24\n", "!192.0.2.0/24\n", "192.0.2.0/24,\n",
          "[2001:db8::]/32\n", "mail.example.com\n", "be/8\n", "192.0.2.0/24# a comment\n", "192.0.2.0/33\n",
          "192.000.2.0/24\n", "192.0.2/24\n", "2001:db8::1/32\n"}) {
        INFO(text);
        CHECK(!read_as_pf(text));
    }
    CHECK(read_as_pf("; one\n 192.0.2.0/24 # two\n") == addresses_of({"192.0.2.0/24"}));
}
