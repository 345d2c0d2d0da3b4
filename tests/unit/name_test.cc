#include "spfwalk/dns/name.h"
#include "support/catch.h"

#include <random>
#include <set>

using spfwalk::dns::Name;

namespace {

Name name(std::string_view text) {
    return Name::from_domain(text).value();
}

std::optional<Name> presented(std::string_view text) {
    return Name::from_presentation(text, name("origin.test"));
}

/// `octets` octets of labels of 63, dots included.
std::string text_of_length(std::size_t octets) {
    std::string text;
    while (text.size() < octets) {
        text.append(std::min<std::size_t>(63, octets - text.size()), 'a');
        if (text.size() < octets) text.push_back('.');
    }
    return text;
}

} // namespace

TEST_CASE("RFC 1035 §3.1: from_domain() gives lower-case wire format") {
    CHECK(name("Example.COM").wire() == std::string("\7example\3com\0", 13));
    CHECK(name("example.com.") == name("EXAMPLE.com"));
    CHECK(name("a b\\c").wire() == std::string("\5a b\\c\0", 7));
    CHECK(name("\xc3\x84").wire() == std::string("\2\xc3\x84\0", 4)); // only ASCII is folded
    CHECK(name("[^_]").wire() == std::string("\4[^_]\0", 6));         // the neighbours of A-Z are not
}

TEST_CASE("RFC 1035 §2.3.4: from_domain() keeps to the limits") {
    CHECK_FALSE(Name::from_domain(""));
    CHECK_FALSE(Name::from_domain("."));
    CHECK_FALSE(Name::from_domain(".."));
    CHECK_FALSE(Name::from_domain("a..b"));
    CHECK_FALSE(Name::from_domain(".a"));
    CHECK_FALSE(Name::from_domain("a.."));
    CHECK(Name::from_domain(std::string(63, 'x')));
    CHECK_FALSE(Name::from_domain(std::string(64, 'x')));
    CHECK_FALSE(Name::from_domain(std::string(64, 'x') + ".com"));
    const std::string longest = text_of_length(253);
    REQUIRE(Name::from_domain(longest));
    CHECK(name(longest).wire().size() == 255);
    CHECK(name(longest + ".") == name(longest));
    CHECK_FALSE(Name::from_domain(text_of_length(254)));
    CHECK_FALSE(Name::from_domain(std::string(100000, 'a')));
}

TEST_CASE("RFC 1035 §5.1: from_presentation() knows origins and escapes") {
    CHECK(presented("@") == name("origin.test"));
    CHECK(presented(".") == Name());
    CHECK(presented("www") == name("www.origin.test"));
    CHECK(presented("WWW.Example.") == name("www.example"));
    CHECK(presented("\\@.").value().wire() == std::string("\1@\0", 3));
    CHECK(presented("a\\.b.c.").value().wire() == std::string("\3a.b\1c\0", 7));
    CHECK(presented("\\065\\000.").value().wire() == std::string("\2a\0\0", 4)); // \065 is 'A'
    CHECK(presented("a\\.").value() == Name::from_wire(std::string("\2a.\6origin\4test\0", 16)));
    for (const char* bad : {"", "..", "a..", ".a", "a\\", "a\\1", "a\\12", "a\\256.", "a\\1x2."}) {
        INFO(bad);
        CHECK_FALSE(presented(bad));
    }
}

TEST_CASE("RFC 1035 §2.3.4: from_presentation() keeps to the limits") {
    CHECK(presented(std::string(63, 'x') + "."));
    CHECK_FALSE(presented(std::string(64, 'x') + "."));
    CHECK(presented(text_of_length(253) + "."));
    CHECK_FALSE(presented(text_of_length(254) + "."));
    CHECK_FALSE(presented(text_of_length(255) + "."));
    // "origin.test" takes 13 octets, its root included.
    CHECK(presented(text_of_length(241)).value().wire().size() == 255);
    CHECK_FALSE(presented(text_of_length(242)));
    CHECK(presented("\\097") == name("a.origin.test"));
}

TEST_CASE("RFC 1035 §3.1: from_wire() takes exactly one name") {
    CHECK(Name::from_wire(std::string(1, '\0')) == Name());
    CHECK(Name::from_wire(std::string("\3WWW\0", 5)) == name("www"));
    CHECK_FALSE(Name::from_wire(""));
    CHECK_FALSE(Name::from_wire("\3www"));
    CHECK_FALSE(Name::from_wire("\4www"));
    CHECK_FALSE(Name::from_wire(std::string("\4www\0", 5)));
    CHECK_FALSE(Name::from_wire(std::string("\3www\0x", 6)));
    CHECK_FALSE(Name::from_wire(std::string("\3www\0\0", 6)));
    CHECK_FALSE(Name::from_wire(std::string("\xc0\0", 2)));
    CHECK_FALSE(Name::from_wire('\x40' + std::string(64, 'a') + '\0'));
    const std::string longest(name(text_of_length(253)).wire());
    CHECK(Name::from_wire(longest));
    CHECK_FALSE(Name::from_wire("\1a" + longest));
}

TEST_CASE("A name's parts") {
    const Name www = name("www.example.com");
    CHECK(www.labels() == std::vector<std::string_view>{"www", "example", "com"});
    CHECK(www.label_count() == 3);
    CHECK(www.parent() == name("example.com"));
    CHECK(name("com").parent() == Name());
    CHECK(Name().parent() == Name());
    CHECK(Name().label_count() == 0);
    CHECK(Name().labels().empty());
    CHECK(Name().is_root());
    CHECK_FALSE(www.is_root());
}

TEST_CASE("is_within() compares whole labels") {
    const Name www = name("www.example.com");
    CHECK(www.is_within(www));
    CHECK(www.is_within(name("example.com")));
    CHECK(www.is_within(Name()));
    CHECK(Name().is_within(Name()));
    CHECK_FALSE(Name().is_within(www));
    CHECK_FALSE(name("example.com").is_within(www));
    CHECK_FALSE(name("badexample.com").is_within(name("example.com")));
    CHECK_FALSE(name("www.example.org").is_within(name("example.com")));
    // A label that holds what looks like the ancestor on the wire.
    const Name trap = Name::from_wire(std::string("\5x\3com\0", 7)).value();
    CHECK_FALSE(trap.is_within(name("com")));
}

TEST_CASE("child() keeps to the limits") {
    CHECK(name("example.com").child("WWW") == name("www.example.com"));
    CHECK(Name().child("com") == name("com"));
    CHECK_FALSE(Name().child(""));
    CHECK(Name().child(std::string(63, 'a')));
    CHECK_FALSE(Name().child(std::string(64, 'a')));
    CHECK(name(text_of_length(251)).child("a"));
    CHECK_FALSE(name(text_of_length(251)).child("ab"));
}

TEST_CASE("to_text() escapes what a terminal or a master file would misread") {
    CHECK(name("example.com").to_text() == "example.com");
    CHECK(Name().to_text() == ".");
    CHECK(Name::from_wire(std::string("\3a.b\0", 5)).value().to_text() == "a\\.b");
    CHECK(name("a b\x1b\x7f\xff").to_text() == "a\\032b\\027\\127\\255");
    CHECK(name("\"();@$\\").to_text() == "\\\"\\(\\)\\;\\@\\$\\\\");
    CHECK(name("*._spf-1+a").to_text() == "*._spf-1+a");
}

TEST_CASE("Any name survives its text and its wire format") {
    std::mt19937 random(20140401);
    INFO("seed 20140401");
    std::set<Name> seen;
    for (int round = 0; round < 3000; ++round) {
        Name made;
        for (auto labels = random() % 5; labels > 0; --labels) {
            std::string label(1 + random() % 63, '\0');
            for (char& c : label)
                c = static_cast<char>(random());
            if (auto longer = made.child(label)) made = *longer;
        }
        const std::string text = made.is_root() ? "." : made.to_text() + ".";
        REQUIRE(Name::from_presentation(text, name("origin")) == made);
        REQUIRE(Name::from_wire(made.wire()) == made);
        for (const char c : text)
            REQUIRE((c >= '!' && c <= '~'));
        seen.insert(made);
    }
    CHECK(seen.size() > 1000);
    CHECK(seen.count(Name()) == 1);
}
