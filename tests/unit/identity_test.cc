#include "spfwalk/cli/identity.h"

#include "support/catch.h"

using namespace spfwalk;

namespace {

/// "192.0.2.1 domain sender helo mailfrom"; "! why" if refused.
std::string told(const Expected<emit::CheckSubject, std::string>& subject) {
    if (!subject) return "! " + subject.error();
    return net::to_text(subject->family, subject->client) + ' ' + subject->domain + ' ' + subject->sender +
           ' ' + subject->helo + (subject->helo_identity ? " helo" : " mailfrom");
}

std::string meant(std::string client, std::string identity, std::optional<std::string> sender = {},
                  std::optional<std::string> helo = {}) {
    return told(
        cli::subject_of({std::move(client), std::move(identity), std::move(sender), std::move(helo)}));
}

} // namespace

TEST_CASE("RFC 7208 §2.4, §4.1: a sender is a MAIL FROM identity; HELO, if not known, is its domain") {
    CHECK(meant("192.0.2.1", "joe@a.example") == "192.0.2.1 a.example joe@a.example a.example mailfrom");
    CHECK(meant("192.0.2.1", "", "joe@a.example") == "192.0.2.1 a.example joe@a.example a.example mailfrom");
    CHECK(meant("192.0.2.1", "joe@a.example", {}, "mx.b.example") ==
          "192.0.2.1 a.example joe@a.example mx.b.example mailfrom");
    CHECK(meant("192.0.2.1", "a.example") == "192.0.2.1 a.example postmaster@a.example a.example mailfrom");
    CHECK(meant("192.0.2.1", "a.example", "joe@b.example") ==
          "192.0.2.1 a.example joe@b.example a.example mailfrom");
}

TEST_CASE("RFC 7208 §4.3: a sender without a local-part is the postmaster") {
    CHECK(meant("192.0.2.1", "@a.example") == "192.0.2.1 a.example postmaster@a.example a.example mailfrom");
    CHECK(meant("192.0.2.1", "", "a.example") ==
          "192.0.2.1 a.example postmaster@a.example a.example mailfrom");
    CHECK(meant("192.0.2.1", "\"odd@one\"@a.example") ==
          "192.0.2.1 a.example \"odd@one\"@a.example a.example mailfrom");
}

TEST_CASE("RFC 7208 §2.3, §2.4: the empty reverse-path is the postmaster of the HELO identity") {
    const std::string helo = "192.0.2.1 mx.b.example postmaster@mx.b.example mx.b.example helo";
    CHECK(meant("192.0.2.1", "", "", "mx.b.example") == helo);
    CHECK(meant("192.0.2.1", "", {}, "mx.b.example") == helo);
    CHECK(meant("192.0.2.1", "mx.b.example", "") == helo);
    CHECK(meant("192.0.2.1", "", "") == "! no sender, domain or HELO name given");
    CHECK(meant("192.0.2.1", "") == "! no sender, domain or HELO name given");
    CHECK(meant("192.0.2.1", "joe@a.example", "jim@b.example") == "! two senders given");
    CHECK(meant("192.0.2.1", "a.example", "", "mx.b.example") ==
          "! a domain and a HELO name, and an empty sender: whose record?");
}

TEST_CASE("RFC 7208 §5: a client is IPv4 or IPv6, a mapped one is IPv4") {
    CHECK(meant("2001:DB8::1", "a.b") == "2001:db8::1 a.b postmaster@a.b a.b mailfrom");
    CHECK(meant("::ffff:192.0.2.1", "a.b") == "192.0.2.1 a.b postmaster@a.b a.b mailfrom");
    CHECK(meant("::ffff:0:0", "a.b").starts_with("0.0.0.0 "));
    CHECK(meant("::fffe:0:0", "a.b").starts_with("::fffe:0:0 "));
    for (const char* bad :
         {"", "a.b", "192.0.2", "192.0.2.0/24", "192.0.2.256", "[192.0.2.1]", "fe80::1%eth0"})
        CHECK(meant(bad, "a.b") == "! \"" + std::string(bad) + "\": not an address");
    CHECK(meant("\x1b[2J", "a.b") == "! \"\\x1b[2J\": not an address");
}

TEST_CASE(
    "RFC 7208 §4.3: internationalised domains become ASCII, what cannot be a name is left to the result") {
    CHECK(meant("192.0.2.1", "joe@b\xc3\xbc"
                             "cher.example") ==
          "192.0.2.1 xn--bcher-kva.example joe@xn--bcher-kva.example xn--bcher-kva.example mailfrom");
    CHECK(meant("192.0.2.1", "joe@a..b") == "192.0.2.1 a..b joe@a..b a..b mailfrom");
    CHECK(meant("192.0.2.1", "localhost") == "192.0.2.1 localhost postmaster@localhost localhost mailfrom");
}

TEST_CASE("RFC 7208 §4.3: one dot at the end of a name is that of the root, and no macro shows it") {
    CHECK(meant("192.0.2.1", "joe@a.example.", {}, "mx.b.example.") ==
          "192.0.2.1 a.example joe@a.example mx.b.example mailfrom");
    CHECK(meant("192.0.2.1", "b\xc3\xbc"
                             "cher.example.") ==
          "192.0.2.1 xn--bcher-kva.example postmaster@xn--bcher-kva.example xn--bcher-kva.example mailfrom");
    CHECK(meant("192.0.2.1", "joe@a.example..") ==
          "192.0.2.1 a.example.. joe@a.example.. a.example.. mailfrom");
}

TEST_CASE("RFC 5321 §4.1.2: a sender may stand in the angle brackets of SMTP, which may be empty") {
    CHECK(meant("192.0.2.1", "<joe@a.example>") == "192.0.2.1 a.example joe@a.example a.example mailfrom");
    CHECK(meant("192.0.2.1", "", "<joe@a.example>") ==
          "192.0.2.1 a.example joe@a.example a.example mailfrom");
    CHECK(meant("192.0.2.1", "<>", {}, "mx.c.example") ==
          "192.0.2.1 mx.c.example postmaster@mx.c.example mx.c.example helo");
    CHECK(meant("192.0.2.1", "<>").starts_with("! no sender"));
    // Half a pair belongs to the name.
    CHECK(meant("192.0.2.1", "joe@a.example>") == "192.0.2.1 a.example> joe@a.example> a.example> mailfrom");
}

TEST_CASE("A batch: a client a line, errors name the line") {
    cli::Batch batch;
    batch.add_lines("# ip sender helo\n"
                    "192.0.2.1 joe@a.example mx.a.example\r\n"
                    "\n"
                    "  192.0.2.2\tb.example\n"
                    "192.0.2.3 <> mx.c.example\n"
                    "2001:db8::1 joe@a.example",
                    "list");
    REQUIRE(batch.errors.empty());
    REQUIRE(batch.subjects.size() == 4);
    CHECK(told(batch.subjects[0]) == "192.0.2.1 a.example joe@a.example mx.a.example mailfrom");
    CHECK(told(batch.subjects[1]) == "192.0.2.2 b.example postmaster@b.example b.example mailfrom");
    CHECK(told(batch.subjects[2]) == "192.0.2.3 mx.c.example postmaster@mx.c.example mx.c.example helo");
    CHECK(told(batch.subjects[3]) == "2001:db8::1 a.example joe@a.example a.example mailfrom");
    cli::Batch odd;
    odd.add_lines("\xef\xbb\xbf"
                  "192.0.2.1 a.example\n192.0.2.1 \"a\"@b.example\n192.0.2.1 \"a b\"@c.example\n"
                  "192.0.2.1 <\"a b\"@c.example>\n",
                  "list");
    CHECK(odd.subjects.size() == 2);
    CHECK(odd.errors == std::vector<std::string>{"list:3: a sender with a space in it",
                                                 "list:4: a sender with a space in it"});
    batch.add_lines("192.0.2.1\n\nhello a.example\n192.0.2.1 a.b c.d e.f\n192.0.2.1 <>\n", "odd\nname");
    CHECK(batch.errors == std::vector<std::string>{
                              "odd\\x0aname:1: no sender, domain or HELO name given",
                              "odd\\x0aname:3: \"hello\": not an address",
                              "odd\\x0aname:4: more than an address, a sender and a HELO name",
                              "odd\\x0aname:5: no sender, domain or HELO name given",
                          });
    CHECK(batch.subjects.size() == 4);
}
