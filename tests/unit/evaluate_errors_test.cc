// Each kind of trouble at each term that asks DNS something, for one client.
#include "support/catch.h"
#include "support/evaluations.h"

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// What DNS says about the name x.example, whatever the type.
struct Trouble {
    const char* name;
    const char* target; ///< what the term names
    const char* zone;
};

constexpr const char* every_type_fails = R"(
;! x.example. A SERVFAIL
;! x.example. AAAA SERVFAIL
;! x.example. MX SERVFAIL
;! x.example. TXT SERVFAIL
)";
constexpr const char* every_type_is_refused = R"(
;! x.example. A REFUSED
;! x.example. AAAA REFUSED
;! x.example. MX REFUSED
;! x.example. TXT REFUSED
)";
constexpr const char* nobody_answers = R"(
;! x.example. A TIMEOUT
;! x.example. AAAA TIMEOUT
;! x.example. MX TIMEOUT
;! x.example. TXT TIMEOUT
)";

const std::string long_label(64, 'l');

std::string result(const std::string& term, const std::string& zone, int times) {
    std::string record = "v=spf1";
    for (int i = 0; i < times; ++i)
        record += ' ' + term;
    const bool redirects = term.starts_with("redirect=");
    spf::Inquiry inquiry = inquiry_for("d.example", net::Family::ipv4, "192.0.2.99");
    inquiry.sender = "joe@d.example";
    inquiry.helo = "mx.test.example";
    return result_of_client(evaluated(txt("d.example", record + (redirects ? "" : " ~all")) + zone, inquiry));
}

} // namespace

TEST_CASE("RFC 7208 §4.4, §4.5, §5, §6.1: each kind of trouble at each term") {
    const Trouble fails{"SERVFAIL", "x.example", every_type_fails};
    const Trouble refused{"REFUSED", "x.example", every_type_is_refused};
    const Trouble silent{"no answer", "x.example", nobody_answers};
    const Trouble absent{"no such name", "x.example", ""};
    const Trouble empty{"no such data", "x.example", "below.x.example. A 192.0.2.1\n"};
    const Trouble malformed{"empty label", "x..example", ""};
    const Trouble too_long{"label of 64 octets", long_label.c_str(), ""};
    struct Row {
        const char* term; ///< what stands in front of the name
        const char* failure;
        const char* nothing;
        const char* nothing_thrice; ///< void lookups count
        const char* unnameable;
    };
    const Row rows[] = {
        {"a:", "temperror", "softfail", "permerror", "softfail"},
        {"mx:", "temperror", "softfail", "permerror", "softfail"},
        {"exists:", "temperror", "softfail", "permerror", "softfail"},
        {"include:", "temperror", "permerror", "permerror", "permerror"},
        {"redirect=", "temperror", "permerror", "", "permerror"},
        // It asks about the client, not about the name.
        {"ptr:", "softfail", "softfail", "permerror", "softfail"},
    };
    for (const Row& row : rows) {
        for (const Trouble& trouble : {fails, refused, silent}) {
            INFO(row.term << " with " << trouble.name);
            CHECK(result(std::string(row.term) + trouble.target, trouble.zone, 1) == row.failure);
        }
        for (const Trouble& trouble : {absent, empty}) {
            INFO(row.term << " with " << trouble.name);
            const std::string term = std::string(row.term) + trouble.target;
            CHECK(result(term, trouble.zone, 1) == row.nothing);
            if (*row.nothing_thrice != '\0') CHECK(result(term, trouble.zone, 3) == row.nothing_thrice);
        }
        for (const Trouble& trouble : {malformed, too_long}) {
            INFO(row.term << " with " << trouble.name);
            // A name that the grammar has no objection to, but that no question can hold (§4.8).
            const std::string term = std::string(row.term) + trouble.target + ".%{d}";
            CHECK(result(term, "", 1) == row.unnameable);
            if (*row.nothing_thrice != '\0' && std::string(row.term) != "include:")
                CHECK(result(term, "", 3) == "softfail"); // nothing was asked
        }
    }
}

TEST_CASE("RFC 7208 §4.6.4, §5.4, §5.5: trouble with what an mx or ptr leads to") {
    const std::string mx =
        "x.example. MX 10 one.example.\nx.example. MX 20 h.example.\none.example. A 192.0.2.1\n";
    CHECK(result("mx:x.example", mx + ";! h.example. A SERVFAIL\n", 1) == "temperror");
    CHECK(result("mx:x.example", mx, 1) == "softfail");
    CHECK(result("mx:x.example", mx, 2) == "softfail");
    CHECK(result("mx:x.example", mx, 3) == "permerror"); // its absent host is a void lookup each time
    CHECK(result("mx:x.example", "x.example. MX 0 .\n", 5) == "softfail");
    const std::string ptr = "99.2.0.192.in-addr.arpa. PTR x.d.example.\n";
    CHECK(result("ptr", ptr + "x.d.example. A 192.0.2.99\n", 1) == "pass");
    CHECK(result("ptr", ptr + ";! x.d.example. A SERVFAIL\n", 5) == "softfail");
    CHECK(result("ptr", ptr, 3) == "permerror");
    CHECK(result("ptr", ";! 99.2.0.192.in-addr.arpa. PTR SERVFAIL\n", 5) == "softfail");
}

TEST_CASE("RFC 7208 §5.2: what an include's target comes to, and what the include makes of it") {
    const auto of = [](const char* target) {
        return result("include:x.example", txt("x.example", target) + ";! down.example. A SERVFAIL\n", 1);
    };
    CHECK(of("v=spf1 +all") == "pass");
    CHECK(of("v=spf1 -all") == "softfail");
    CHECK(of("v=spf1 ~all") == "softfail");
    CHECK(of("v=spf1 ?all") == "softfail");
    CHECK(of("v=spf1") == "softfail");
    CHECK(of("v=spf1 a:down.example -all") == "temperror");
    CHECK(of("v=spf1 include:none.example -all") == "permerror");
    CHECK(of("v=spf1 ip4:1.2.3 -all") == "permerror");
    CHECK(of("v=spf2") == "permerror");
}
