#include "spfwalk/emit/check.h"

#include "support/catch.h"

#include <sstream>

using namespace spfwalk;

namespace {

/// The example of RFC 7208 §9.1.
emit::CheckResult passing() {
    emit::CheckResult result;
    result.subject.client = net::parse_ipv4("192.0.2.1").value();
    result.subject.domain = "example.com";
    result.subject.sender = "myname@example.com";
    result.subject.helo = "foo.example.com";
    result.subject.receiver = "mybox.example.org";
    result.result = spf::Result::pass;
    result.path = {"include:_spf.example.com", "ip4:192.0.2.0/24"};
    result.way = "include:_spf.example.com: ip4:192.0.2.0/24";
    return result;
}

std::string of_result(spf::Result value) {
    emit::CheckResult result = passing();
    result.result = value;
    result.path.clear();
    const std::string field = print_received_spf(result);
    std::string unfolded;
    for (const char c : field)
        if (c != '\n') unfolded += c;
    return unfolded;
}

} // namespace

TEST_CASE("RFC 7208 §9.1: the Received-SPF header field") {
    CHECK(print_received_spf(passing()) ==
          "Received-SPF: pass (mybox.example.org: domain of myname@example.com designates\n"
          "    192.0.2.1 as permitted sender) receiver=mybox.example.org;\n"
          "    client-ip=192.0.2.1; envelope-from=\"myname@example.com\";\n"
          "    helo=foo.example.com; identity=mailfrom; mechanism=\"ip4:192.0.2.0/24\";\n");
    emit::CheckResult result = passing();
    result.subject.helo_identity = true;
    result.subject.sender = "postmaster@foo.example.com";
    result.subject.family = net::Family::ipv6;
    result.subject.client = net::parse_ipv6("2001:db8::1").value();
    result.result = spf::Result::neutral;
    result.path.clear();
    CHECK(print_received_spf(result) ==
          "Received-SPF: neutral (mybox.example.org: domain of foo.example.com says\n"
          "    nothing about 2001:db8::1) receiver=mybox.example.org;\n"
          "    client-ip=\"2001:db8::1\"; helo=foo.example.com; identity=helo;\n"
          "    mechanism=default;\n");
}

TEST_CASE("RFC 7208 §9.1: each result begins the field, an error names the problem") {
    for (const spf::Result value :
         {spf::Result::none, spf::Result::neutral, spf::Result::pass, spf::Result::fail,
          spf::Result::softfail, spf::Result::temperror, spf::Result::permerror})
        CHECK(of_result(value).starts_with("Received-SPF: " + std::string(to_text(value)) + " (mybox"));
    CHECK(of_result(spf::Result::none).find("mechanism=") == std::string::npos);
    CHECK(of_result(spf::Result::fail).find("mechanism=default;") != std::string::npos);
    emit::CheckResult result = passing();
    result.result = spf::Result::permerror;
    result.findings.push_back(
        {"lookup-limit", "include:a.example: too many (permerror, RFC 7208 §4.6.4)", {}});
    CHECK(
        print_received_spf(result).find("problem=\"include:a.example: too many (permerror, RFC 7208 section "
                                        "4.6.4)\"") != std::string::npos);
}

TEST_CASE("RFC 5322 §3.2: nothing from outside ends a comment, a string or the field") {
    emit::CheckResult result = passing();
    result.subject.sender = "\"a)\\b\r\nX: (\x01\xff\"@example.com";
    result.subject.helo = "a\"; helo=b\\";
    const std::string field = print_received_spf(result);
    CHECK(field.find("\"a\\)") != std::string::npos);
    CHECK(field.find("helo=\"a\\\"; helo=b\\\\\";") != std::string::npos);
    CHECK(field.find('\r') == std::string::npos);
    std::istringstream lines(field);
    std::string line;
    REQUIRE(std::getline(lines, line));
    while (std::getline(lines, line))
        CHECK(line.starts_with("    "));
    for (const char c : field)
        CHECK((c == '\n' || (c >= ' ' && c <= '~')));
    // The parentheses of the comment that are not quoted are its own two.
    int depth = 0;
    int opened = 0;
    const std::string comment = field.substr(0, field.find(" receiver="));
    for (std::size_t i = 0; i < comment.size(); ++i) {
        if (comment[i] == '\\')
            ++i;
        else if (comment[i] == '(')
            ++depth, ++opened;
        else if (comment[i] == ')')
            --depth;
    }
    CHECK(depth == 0);
    CHECK(opened == 1);
}

TEST_CASE("The first line of a check is the result, the domain and the way to the deciding term") {
    emit::CheckResult result = passing();
    CHECK(print_check(result) == "pass example.com: include:_spf.example.com: ip4:192.0.2.0/24\n");
    result.result = spf::Result::fail;
    result.path = {"-all"};
    result.way = "-all";
    result.explanation = "no \x1b[31mway";
    CHECK(print_check(result) == "fail example.com: -all\nexplanation: no \\x1b[31mway\n");
    CHECK(print_explanation(result) == "no \\x1b[31mway\n");
    result.explanation = "C:\\way"; // a reply has no other escapes
    CHECK(print_explanation(result) == "C:\\way\n");
    result.way.clear();
    result.explanation.reset();
    result.result = spf::Result::none;
    CHECK(print_check(result) == "none example.com\n");
    result.result = spf::Result::neutral;
    result.is_default = true;
    CHECK(print_check(result) == "neutral example.com: default\n");
    result.way = "redirect=example.net";
    CHECK(print_check(result) == "neutral example.com: redirect=example.net: default\n");
}

TEST_CASE("A check as JSON") {
    emit::CheckResult result = passing();
    result.record = "v=spf1 include:_spf.example.com -all";
    result.lookups = 1;
    result.ttl = 300U;
    result.findings.push_back({"undecidable", "text \xc2\xa7", net::Family::ipv6});
    CHECK(print_check_json(result, emit::JsonLayout::line) ==
          R"({"format":"spfwalk-check","version":1,"result":"pass","ip":"192.0.2.1","domain":"example.com",)"
          R"("identity":"mailfrom","sender":"myname@example.com","helo":"foo.example.com",)"
          R"("path":["include:_spf.example.com","ip4:192.0.2.0/24"],"default":false,"explanation":null,)"
          R"("record":"v=spf1 include:_spf.example.com -all","lookups":1,"voids":0,"ttl":300,)"
          "\"findings\":[{\"code\":\"undecidable\",\"text\":\"text "
          "\xc2\xa7\",\"family\":\"ipv6\",\"rcode\":null}]}\n");
}

TEST_CASE("RFC 5322 §2.1.1: no line of the field is over 998 octets, whatever a record or a client says") {
    for (const std::string& octets : {std::string("a"), std::string("a b"), std::string("\""),
                                      std::string("\\"), std::string("\xff"), std::string("(")}) {
        std::string text;
        while (text.size() < 3000)
            text += octets;
        emit::CheckResult result = passing();
        result.subject.sender = result.subject.helo = result.subject.receiver = text;
        result.path.back() = text;
        for (const spf::Result value : {spf::Result::pass, spf::Result::permerror}) {
            result.result = value;
            result.findings = {{"syntax", text, {}}};
            const std::string field = print_received_spf(result);
            for (std::size_t at = 0, end = 0; at < field.size(); at = end + 1) {
                end = field.find('\n', at);
                REQUIRE(end - at <= 998);
            }
            CHECK(field.find("...\"") != field.npos);
        }
    }
}
