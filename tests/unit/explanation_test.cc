#include "support/catch.h"
#include "support/evaluations.h"

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

spf::Inquiry inquiry(std::string_view client = "192.0.2.3") {
    const bool v4 = net::parse_ipv4(client).has_value();
    spf::Inquiry result =
        inquiry_for("email.example.com", v4 ? net::Family::ipv4 : net::Family::ipv6, client);
    result.sender = "strong-bad@email.example.com";
    result.helo = "mx.example.org";
    result.explain = true;
    result.receiver = "mail.example.net";
    result.timestamp = "1136073600";
    return result;
}

/// What email.example.com, which publishes `record`, says to a client; "-" if nothing.
std::string explanation(const std::string& zone,
                        const std::string& record = "v=spf1 exp=exp.test.example -all",
                        std::string_view client = "192.0.2.3") {
    return evaluated(zone + txt("email.example.com", record), inquiry(client)).explanation.value_or("-");
}

std::string expanded(const std::string& text, std::string_view client = "192.0.2.3") {
    return explanation(txt("exp.test.example", text), "v=spf1 exp=exp.test.example -all", client);
}

} // namespace

TEST_CASE("RFC 7208 §6.2: the domain of a fail has the say, in the words of one TXT record") {
    CHECK(expanded("see http://example.com/why.html?s=%{S}&i=%{I}") ==
          "see http://example.com/why.html?s=strong-bad%40email.example.com&i=192.0.2.3");
    CHECK(expanded("") == "");
    CHECK(expanded("100%% sure,%_%-%_%{d} says") == "100% sure, %20 email.example.com says");
    CHECK(explanation("exp.test.example. TXT \"one \" \"text\"\n") == "one text");
    CHECK(explanation("alias.test.example. CNAME exp.test.example.\nexp.test.example. TXT \"x\"\n",
                      "v=spf1 exp=alias.test.example -all") == "x");
    CHECK(explanation(txt("email.test.example", "here"), "v=spf1 -all exp=%{d1r}.test.example") == "here");
}

TEST_CASE("RFC 7208 §6.2: whatever is wrong with an explanation, it is as if there were none") {
    CHECK(explanation("") == "-");                                                   // no such name
    CHECK(explanation("exp.test.example. A 192.0.2.1\n") == "-");                    // no TXT record
    CHECK(explanation("exp.test.example. TXT a\nexp.test.example. TXT b\n") == "-"); // two of them
    CHECK(explanation(";! exp.test.example. TXT SERVFAIL\n") == "-");                // DNS does not answer
    CHECK(expanded("50% off") == "-");                                               // not an explain-string
    CHECK(expanded("%{x}") == "-");
    CHECK(expanded("%{d") == "-");
    CHECK(explanation("exp.test.example. TXT \"caf\\195\\169\"\n") == "-"); // only US-ASCII
    CHECK(explanation("exp.test.example. TXT \"a\\009b\"\n") == "-");
    CHECK(explanation(txt("exp.test.example", "x"), "v=spf1 -all exp=a..test.example") == "-");
    CHECK(explanation(txt("exp.test.example", "x"), "v=spf1 -all") == "-");
}

TEST_CASE("RFC 7208 §6.2: only a fail is explained") {
    const std::string zone = txt("exp.test.example", "x");
    for (const char* record : {"v=spf1 +all exp=exp.test.example", "v=spf1 ~all exp=exp.test.example",
                               "v=spf1 ?all exp=exp.test.example", "v=spf1 exp=exp.test.example",
                               "v=spf1 include:gone.example -all exp=exp.test.example",
                               "v=spf1 exp=exp.test.example exp=exp.test.example -all"})
        CHECK(explanation(zone, record) == "-");
    CHECK(explanation(zone, "v=spf1 -ip4:192.0.2.0/24 +all exp=exp.test.example") == "x");
}

TEST_CASE("RFC 7208 §6.2: a redirect's target explains, an include's does not") {
    const std::string zone = txt("own.example", "own") + txt("other.example", "other, for %{d} of %{o}") +
                             txt("fails.example", "v=spf1 -all exp=other.example") +
                             txt("silent.example", "v=spf1 -all") +
                             txt("passes.example", "v=spf1 +all exp=other.example") +
                             txt("goes-on.example", "v=spf1 redirect=fails.example exp=own.example") +
                             txt("goes-to-silent.example", "v=spf1 redirect=silent.example exp=own.example");
    const auto of = [&](const char* record) { return explanation(zone, record); };
    CHECK(of("v=spf1 redirect=fails.example exp=own.example") ==
          "other, for fails.example of email.example.com");
    CHECK(of("v=spf1 redirect=fails.example") == "other, for fails.example of email.example.com");
    CHECK(of("v=spf1 redirect=silent.example exp=own.example") == "-");
    CHECK(of("v=spf1 redirect=goes-on.example exp=own.example") ==
          "other, for fails.example of email.example.com");
    CHECK(of("v=spf1 include:fails.example -all exp=own.example") == "own");
    CHECK(of("v=spf1 -include:passes.example exp=own.example") == "own");
    CHECK(of("v=spf1 -include:passes.example") == "-");
    CHECK(of("v=spf1 include:goes-to-silent.example -all exp=own.example") == "own");
}

TEST_CASE("RFC 7208 §7.2, §7.3: every macro and transformer in an explanation") {
    CHECK(
        expanded("%{s}|%{l}|%{o}|%{d}|%{h}|%{v}|%{i}|%{c}|%{r}|%{t}") ==
        "strong-bad@email.example.com|strong-bad|email.example.com|email.example.com|mx.example.org|in-addr|"
        "192.0.2.3|192.0.2.3|mail.example.net|1136073600");
    CHECK(expanded("%{d1}|%{d2}|%{d9}|%{dr}|%{d2r}|%{l-}|%{lr-}|%{l1r-}|%{D}|%{S1r.}|%{h2r}") ==
          "com|example.com|email.example.com|com.example.email|example.email|strong.bad|bad.strong|strong|"
          "email.example.com|strong-bad%40email|example.mx");
    CHECK(expanded("%{i}|%{ir}|%{c}|%{v}", "2001:db8::cb01") ==
          "2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.c.b.0.1|"
          "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2|2001:db8::cb01|ip6");
    CHECK(expanded("%{p}|%{pr}|%{P}") == "unknown|unknown|unknown");
    CHECK(explanation(txt("exp.test.example", "%{p} %{p2}") + "3.2.0.192.in-addr.arpa. PTR mx.example.org.\n"
                                                              "mx.example.org. A 192.0.2.3\n") ==
          "mx.example.org example.org");
    // c, r and t are of explanations alone; in the name of one they break the record.
    CHECK(explanation(txt("exp.test.example", "x"), "v=spf1 -all exp=%{r}.test.example") == "-");
}

TEST_CASE("RFC 7208 §6.2: fetching an explanation counts nothing and does not lower the TTL") {
    const std::string zone = "$TTL 3600\n" +
                             txt("email.example.com", "v=spf1 -all exp=%{p}.exp.test.example") +
                             "unknown.exp.test.example. 5 TXT \"text\"\n";
    const spf::Verdict verdict = evaluated(zone, inquiry());
    CHECK(verdict.explanation == "text");
    CHECK(verdict.lookups == 0);
    CHECK(verdict.voids == 0);
    CHECK(verdict.ttl == 3600U);
}

TEST_CASE("An explanation is asked for only on request, and only of a fail") {
    const auto evidence = evidence_from(txt("email.example.com", "v=spf1 -all exp=exp.test.example"));
    spf::Inquiry quiet = inquiry();
    quiet.explain = false;
    CHECK(evaluated(evidence, quiet).explanation == std::nullopt);
}
