// The examples of RFC 7208, one client at a time: appendix A, and those in the text of the mechanisms.
#include "support/catch.h"
#include "support/evaluations.h"

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// The zones of appendix A without SPF records.
const std::string hosts = R"(
$ORIGIN example.com.
@       MX  10 mail-a
        MX  20 mail-b
        A   192.0.2.10
        A   192.0.2.11
amy     A   192.0.2.65
bob     A   192.0.2.66
mail-a  A   192.0.2.129
mail-b  A   192.0.2.130
www     CNAME example.com.
$ORIGIN example.org.
@       MX  10 mail-c
mail-c  A   192.0.2.140
$ORIGIN 2.0.192.in-addr.arpa.
10      PTR example.com.
11      PTR example.com.
65      PTR amy.example.com.
66      PTR bob.example.com.
129     PTR mail-a.example.com.
130     PTR mail-b.example.com.
140     PTR mail-c.example.org.
$ORIGIN 0.0.10.in-addr.arpa.
4       PTR bob.example.com.
$ORIGIN .
)";

struct Client {
    std::string address;
    std::string domain = "example.com";
    std::string sender = {}; ///< empty: postmaster of the domain
    std::string helo = {};
};

std::string result(const std::string& zone, const Client& client) {
    const auto v4 = net::parse_ipv4(client.address);
    spf::Inquiry inquiry =
        inquiry_for(client.domain, v4 ? net::Family::ipv4 : net::Family::ipv6, client.address);
    inquiry.sender = client.sender.empty() ? "postmaster@" + client.domain : client.sender;
    inquiry.helo = client.helo.empty() ? client.domain : client.helo;
    return result_of_client(evaluated(zone, inquiry));
}

/// Those of the appendix' clients that pass, by the last octet of 192.0.2.x; the rogue 10.0.0.4 as "rogue".
std::string who_passes(const std::string& record) {
    const std::string zone = hosts + txt("example.com", record);
    std::string passing;
    for (const int octet : {10, 11, 65, 66, 127, 128, 129, 130, 131, 132, 139, 140, 143, 144}) {
        const std::string text = std::to_string(octet);
        if (result(zone, {"192.0.2." + text}) == "pass") passing += (passing.empty() ? "" : " ") + text;
    }
    if (result(zone, {"10.0.0.4"}) == "pass") passing += " rogue";
    return passing;
}

} // namespace

TEST_CASE("RFC 7208 appendix A.1: simple examples") {
    CHECK(who_passes("v=spf1 +all") == "10 11 65 66 127 128 129 130 131 132 139 140 143 144 rogue");
    CHECK(who_passes("v=spf1 a -all") == "10 11");
    CHECK(who_passes("v=spf1 a:example.org -all") == "");
    CHECK(who_passes("v=spf1 mx -all") == "129 130");
    CHECK(who_passes("v=spf1 mx:example.org -all") == "140");
    CHECK(who_passes("v=spf1 mx mx:example.org -all") == "129 130 140");
    CHECK(who_passes("v=spf1 mx/30 mx:example.org/30 -all") == "128 129 130 131 140 143");
    CHECK(who_passes("v=spf1 ptr -all") == "10 11 65 66 129 130");
    CHECK(who_passes("v=spf1 ip4:192.0.2.128/28 -all") == "128 129 130 131 132 139 140 143");
}

TEST_CASE("RFC 7208 appendix A.2: a domain that other domains refer to") {
    const std::string zone = hosts + txt("example.com", "v=spf1 mx -all") +
                             txt("example.net", "v=spf1 ip4:198.51.100.0/24 -all") +
                             txt("example.org", "v=spf1 include:example.com include:example.net -all") +
                             txt("la.example.org", "v=spf1 redirect=example.org") +
                             txt("ny.example.org", "v=spf1 redirect=example.org");
    for (const char* domain : {"example.org", "la.example.org", "ny.example.org"}) {
        CHECK(result(zone, {"192.0.2.129", domain}) == "pass");
        CHECK(result(zone, {"198.51.100.7", domain}) == "pass");
        CHECK(result(zone, {"192.0.2.140", domain}) == "fail");
    }
}

TEST_CASE("RFC 7208 appendix A.3: users who may send from anywhere, or from one place") {
    const std::string zone =
        hosts +
        txt("example.com", "v=spf1 mx include:mobile-users._spf.%{d} include:remote-users._spf.%{d} -all") +
        txt("mobile-users._spf.example.com", "v=spf1 exists:%{l1r+}.%{d}") +
        txt("remote-users._spf.example.com", "v=spf1 exists:%{ir}.%{l1r+}.%{d}") + R"(
mary.mobile-users._spf.example.com. A 127.0.0.2
fred.mobile-users._spf.example.com. A 127.0.0.2
15.15.168.192.joel.remote-users._spf.example.com. A 127.0.0.2
16.15.168.192.joel.remote-users._spf.example.com. A 127.0.0.2
)";
    CHECK(result(zone, {"203.0.113.9", "example.com", "mary@example.com"}) == "pass");
    CHECK(result(zone, {"203.0.113.9", "example.com", "mary+list@example.com"}) == "pass");
    CHECK(result(zone, {"203.0.113.9", "example.com", "joel@example.com"}) == "fail");
    CHECK(result(zone, {"192.168.15.15", "example.com", "joel@example.com"}) == "pass");
    CHECK(result(zone, {"192.168.15.16", "example.com", "joel+x@example.com"}) == "pass");
    CHECK(result(zone, {"192.168.15.17", "example.com", "joel@example.com"}) == "fail");
    CHECK(result(zone, {"192.0.2.130", "example.com", "nobody@example.com"}) == "pass");
}

TEST_CASE("RFC 7208 appendix A.4: several requirements at once") {
    const std::string zone = hosts +
                             txt("example.com", "v=spf1 -include:ip4._spf.%{d} -include:ptr._spf.%{d} +all") +
                             txt("ip4._spf.example.com", "v=spf1 -ip4:192.0.2.0/24 +all") +
                             txt("ptr._spf.example.com", "v=spf1 -ptr:example.com +all");
    CHECK(result(zone, {"192.0.2.65"}) == "pass");
    CHECK(result(zone, {"192.0.2.140"}) == "fail"); // in the network, but not named so
    CHECK(result(zone, {"192.0.2.200"}) == "fail"); // in the network, without a name
    CHECK(result(zone, {"10.0.0.4"}) == "fail");    // named so by itself
}

TEST_CASE("RFC 7208 §5.2: what of an include's target passes is all that it gives") {
    const auto zone = [](const std::string& target) {
        return txt("example.com", "v=spf1 ip4:192.0.2.1 include:example.org -all") +
               txt("example.org", target);
    };
    CHECK(result(zone("v=spf1 ip4:192.0.2.2 -all"), {"192.0.2.1"}) == "pass");
    CHECK(result(zone("v=spf1 ip4:192.0.2.2 -all"), {"192.0.2.2"}) == "pass");
    CHECK(result(zone("v=spf1 ip4:192.0.2.2 ~all"), {"192.0.2.3"}) == "fail");
    CHECK(result("example.org. TXT \"hello\"\n" + txt("example.com", "v=spf1 include:example.org ~all"),
                 {"192.0.2.3"}) == "permerror");
}

TEST_CASE("RFC 7208 §5.7: an address as a list of names, as DNS lists publish them") {
    const std::string zone = txt("example.com", "v=spf1 exists:%{ir}.%{l1r+-}._spf.%{d} -all") +
                             "3.2.0.192.strong._spf.example.com. A 127.0.0.2\n"
                             "b.c.b.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.strong._spf."
                             "example.com. A 127.0.0.2\n";
    CHECK(result(zone, {"192.0.2.3", "example.com", "strong-bad@example.com"}) == "pass");
    CHECK(result(zone, {"192.0.2.4", "example.com", "strong-bad@example.com"}) == "fail");
    CHECK(result(zone, {"192.0.2.3", "example.com", "weak@example.com"}) == "fail");
    CHECK(result(zone, {"2001:db8::bcb", "example.com", "strong@example.com"}) == "pass");
}
