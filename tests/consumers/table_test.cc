// Postfix's cidr tables, asked with postmap(1), and pf's tables, read by a parser as strict as pf.conf(5) is
// lax.
#include "consumers.h"

#include "support/catch.h"
#include "support/files.h"

#include <map>
#include <set>
#include <sstream>

#include <grp.h>
#include <pwd.h>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// Any user and any group that Postfix accepts for itself: neither root, nor "nobody", nor in each other's
/// group.
std::string postfix_configuration() {
    if (::getpwnam("postfix") != nullptr && ::getgrnam("postdrop") != nullptr)
        return "compatibility_level = 3.6\n";
    return "compatibility_level = 3.6\nmail_owner = daemon\nsetgid_group = mail\n";
}

/// What pfctl(8) does to a table file: words between white space, "#" to the end of the line. Everything that
/// it would not take for a network as it stands (a name to be resolved, "self", "!", an interface, brackets)
/// is refused.
std::optional<emit::Addresses> read_as_pf(const std::string& text) {
    std::string words;
    bool comment = false;
    for (const char c : text) {
        if (c == '#') comment = true;
        if (c == '\n') comment = false;
        if (!comment) words += c;
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

TEST_CASE("Postfix: a cidr table permits what is in the list, without a warning", "[postfix]") {
    const auto postmap = find_consumer("postfix", "postmap");
    if (!postmap) return;
    const TemporaryDirectory directory;
    write_text(directory / "main.cf", postfix_configuration());
    // The libraries of an unpacked package lie beside it.
    const std::string libraries = postmap->substr(0, postmap->rfind("/sbin/")) + "/lib/postfix";
    const std::vector<std::string> query{"/usr/bin/env", "LD_LIBRARY_PATH=" + libraries, *postmap,
                                         "-c",           directory.path().string(),      "-q"};
    const auto ask = [&](const std::string& keys, const std::string& file, const std::string& input) {
        std::vector<std::string> command = query;
        command.insert(command.end(), {keys, "cidr:" + file});
        return run(command, input);
    };
    write_text(directory / "probe", "192.0.2.1/32 permit\n");
    const Ended usable = ask("192.0.2.1", directory / "probe", "");
    if (usable.status == 127) {
        skip("postmap", usable.error);
        return;
    }
    CHECK(usable.error == "");
    REQUIRE(usable.output == "permit\n");
    for (const Sample& s : samples()) {
        INFO(s.name);
        const std::string file = directory / "list.cidr";
        write_text(file, printed("postscreen", s.addresses));
        const std::vector<Probe> probes = probes_of(s.addresses, 4'000);
        std::string keys;
        std::string expected;
        for (const Probe& probe : probes) {
            keys += text_of(probe) + '\n';
            if (probe.listed) expected += text_of(probe) + "\tpermit\n";
        }
        const Ended ended = ask("-", file, keys);
        CHECK(ended.error == ""); // a rule that is skipped is a warning
        CHECK(ended.status == (expected.empty() ? 1 : 0));
        CHECK((ended.output == expected));
    }
    // That it would warn.
    write_text(directory / "probe", "192.0.2.1/24 permit\n");
    CHECK(ask("192.0.2.1", directory / "probe", "").error != "");
}

TEST_CASE("pf: a table file has networks and nothing that could be a host name", "[pf]") {
    for (const Sample& s : samples()) {
        INFO(s.name);
        const std::string text = printed("pf", s.addresses);
        CHECK(!text.empty());
        const auto read = read_as_pf(text);
        REQUIRE(read);
        CHECK(*read == s.addresses);
    }
    for (const char* text : {"no addresses\n", "self\n", "192.0.2.1\n", "192.0.2.1/24\n", "!192.0.2.0/24\n",
                             "192.0.2.0/24,\n", "[2001:db8::]/32\n", "mail.example.com\n", "be/8\n"}) {
        INFO(text);
        CHECK(!read_as_pf(text));
    }
}
