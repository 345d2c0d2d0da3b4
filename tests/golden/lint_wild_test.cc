// Records with the mistakes that publishers make, each as found in public DNS but for its names and
// addresses: what `spfwalk lint` calls it, and what it points at.
#include "spfwalk/cli/run.h"

#include "support/catch.h"
#include "support/files.h"
#include "support/recorder.h"

#include <nlohmann/json.hpp>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

struct Wild {
    const char* record;
    const char* code;
    const char* pointed_at; ///< the part of the record under the caret
};

const Wild wild[] = {
    {"v=spf1 ip4=8.8.205.242 ~all", "mechanism-as-modifier", "ip4=8.8.205.242"},
    {"v=spf1 a mx ip6=2a00:d0:303:8764:: -all", "mechanism-as-modifier", "ip6=2a00:d0:303:8764::"},
    {"v=spf1 ip4:8.8.100.5 ip4: 8.8.156.4 ~all", "space-in-term", "ip4: 8.8.156.4"},
    {"v=spf1 include: spf.t.example -all", "space-in-term", "include: spf.t.example"},
    {"v=spf1 ip4:8.8.4.4 ip4: ip4: 8.8.156.101 ~all", "empty-argument", "ip4:"},
    {"v=spf1 ip4", "empty-argument", "ip4"},
    {"v=spf1 mx a: ~all", "empty-argument", "a:"},
    {"v=spf1 ip4:8.8.205.45186.227.205.43107.161.185.98 -all", "joined-terms",
     "8.8.205.45186.227.205.43107.161.185.98"},
    {"v=spf1 ip4:8.8.8.1include:t.example -all", "joined-terms", "include:t.example"},
    {"v=spf1 ip4:8.8.8.0/24mx -all", "joined-terms", "mx"},
    {"v=spf1 ip4:8.8.8.1a mx -all", "joined-terms", "a"},
    {"v=spf1 ip4:8.8.8.1-all", "joined-terms", "-all"},
    {"v=spf1 ip6:2a00::1a:mail.t.example -all", "joined-terms", "a:mail.t.example"},
    {"v=spf1 a mxinclude:t.example ~all", "joined-terms", "include:t.example"},
    {"v=spf1 mxa -all", "joined-terms", "a"},
    {"v=spf1 ip4:8.8.8.1 ~allv=spf1 include:t.example -all", "joined-terms", "v=spf1"},
    {"v=spf1 ip4:8.8.8.1 -allMS=ms51091061", "joined-terms", "MS=ms51091061"},
    {"v=spf1 include:t.example -allArray", "joined-terms", "Array"},
    {"v=spf1 a ~allgoogle-site-verification=gIW4ZZ", "joined-terms", "google-site-verification=gIW4ZZ"},
    {"v=spf1 include:t.example~all", "joined-terms", "~all"},
    {"v=spf1 a:mail.t.exampleinclude:u.example -all", "run-together", "include:u.example"},
    {"v=spf1 include:t.examplea:mail.u.example -all", "run-together", ":mail.u.example"},
    {"v=spf1 include:t.example,u.example -all", "run-together", ",u.example"},
    {"v=spf1 include:https://t.example -all", "bad-domain", "https://t.example"},
    {"v=spf1 include:postmaster@t.example -all", "bad-domain", "postmaster@t.example"},
    {"v=spf1 redirect=postmaster@t.example", "bad-domain", "postmaster@t.example"},
    {"v=spf1 redirect=t.example,u.example", "run-together", ",u.example"},
    {"v=spf1 ip4:8.8.8.8; include:t.example -all", "stray-punctuation", ";"},
    {"v=spf1 a:post@t.example,u.example -all", "run-together", ",u.example"},
    {"v=spf1 ip4:8.8.8.8. -all", "stray-punctuation", "."},
    {"v=spf1 include:t.example., -all", "stray-punctuation", ","},
    {"v=spf1 ip4:8.8.8.8,ip4:8.8.4.4 -all", "list-in-term", ","},
    {"v=spf1 v=spf1 a mx -all", "second-version", "v=spf1"},
    {"v=spf1 ip4:8.8.4.4 8.8.9.0/24 -all", "bare-argument", "8.8.9.0/24"},
    {"v=spf1 mx mail.t.example -all", "bare-argument", "mail.t.example"},
    {"v=spf1 mx ipv4:8.8.255.2 -all", "unknown-mechanism", "ipv4"},
    {"v=spf1 inlcude:t.example -all", "unknown-mechanism", "inlcude"},
    {"v=spf1 -all / 3600", "stray-punctuation", "/"},
    {"v=spf1 a >>> ip4:8.8.172.217/29 -all", "stray-punctuation", ">>>"},
    {"v=spf1 include:t.example ~all.", "stray-punctuation", "."},
    {"v=spf1 include:t.example - all", "lone-qualifier", "-"},
    {"v=spf1 ip4:8.8.8.8 +a +mx + ?all", "lone-qualifier", "+"},
    {"v=spf1 a mx \xe2\x80\x93"
     "all",
     "non-ascii", "\xe2\x80\x93"},
    {"v=spf1 include:t.example\xc2\xa0-all", "non-ascii", "\xc2\xa0"},
    {"v=spf1 ip4:8.8.0.1 \xe2\x80\x8eip4:8.8.0.2\xe2\x80\x8e -all", "non-ascii", "\xe2\x80\x8e"},
    {"v=spf1 ip4:\t8.8.181.5 -all", "control-character", "\t"},
    {"v=spf1 ip4:8.8.8.0/28\n -all", "control-character", "\n"},
    {"v=spf1 a:8.8.0.169 -all", "address-as-domain", "8.8.0.169"},
    {"v=spf1 ip4:mail.t.example -all", "domain-as-address", "mail.t.example"},
    {"v=spf1 IP4:I72.55.168.16 -all", "bad-ip4", "I72.55.168.16"},
    {"v=spf1 ip6:2401:2880:1:2:215:5dff:fea3 -all", "bad-ip6", "2401:2880:1:2:215:5dff:fea3"},
    {"v=spf1 ip6:8.8.4.4 -all", "wrong-family", "8.8.4.4"},
    {"v=spf1 ip4:8.8.179.155/29/29 -all", "bad-length", "/29/29"},
    {"v=spf1 ip4:8.8.8.0/255.255.255.0 -all", "bad-length", "/255.255.255.0"},
    {"v=spf1 ip4:8.8.8.8,8.8.4.4 -all", "list-in-term", ","},
    {"v=spf1 redirect:t.example", "modifier-as-mechanism", "redirect:t.example"},
    {"v=spf1 include:https://t.example/ -all", "bad-domain", "https://t.example/"},
    {"v=spf1 ip4:8.8.64.225/28 ~all MS=ms89648615", "unknown-modifier", "MS=ms89648615"},
    {"v=spf1 mx -all brevo-code:f484a168304e7bdf", "unknown-mechanism", "brevo-code"},
    {"v=spf1 mx ip4:8.8.110.196 -all +a:t.example", "term-after-all", "+a:t.example"},
    {"v=spf1 a mx ip4:8.8.144.78/26 ip4:8.8.144.79/26 all", "duplicate-term", "ip4:8.8.144.79/26"},
    {"v=spf1 a mx all", "plus-all", "all"},
    {"V=SPF1 include:t.example -ALL", "uppercase", "V=SPF1"},
    {"v=spf1 ip4:8.8.8.8 -all redirect=t.example", "redirect-beside-all", "redirect=t.example"},
    {"v=spf1 ip4:8.8.8.8 include:d.example -all", "include-loop", "include:d.example"},
    {"v=spf1include:t.example -all", "not-quite-record", ""},
    {"v=spf1; include:t.example -all", "not-quite-record", ""},
    {"v=spf1\xc2\xa0include:t.example -all", "not-quite-record", ""},
    {"v=spf1\tmx\ta -all", "not-quite-record", ""},
    {"v=spf1amxinclude:t.example~all", "not-quite-record", ""},
};

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) {
        const auto octet = static_cast<unsigned char>(c);
        if (octet < ' ' || octet > '~')
            result += std::string("\\") + (octet < 100 ? "0" : "") + (octet < 10 ? "0" : "") +
                      std::to_string(octet);
        else
            result += c;
    }
    return result;
}

} // namespace

TEST_CASE("Lint: what publishers get wrong is called by its name, and pointed at") {
    const TemporaryDirectory directory;
    for (const Wild& each : wild) {
        INFO(each.record);
        write_text(directory / "zone", "$TTL 7200\nd.example. TXT \"" + escaped(each.record) +
                                           "\"\nt.example. TXT \"v=spf1 ip4:9.9.9.0/24 -all\"\n");
        Recorder terminal(std::nullopt);
        CHECK(cli::run({"lint", "--zone", directory / "zone", "-t", "json", "d.example"}, terminal) != 1);
        INFO(terminal.output);
        const std::string record = each.record;
        bool found = false;
        const auto said = nlohmann::json::parse(terminal.output);
        for (const auto& finding : said["domains"][0]["findings"]) {
            if (finding["code"] != each.code) continue;
            const bool has_place = finding["column"].is_number();
            const std::string pointed_at = has_place ? record.substr(finding["column"].get<std::size_t>() - 1,
                                                                     finding["length"].get<std::size_t>())
                                                     : "";
            found = found || pointed_at == each.pointed_at;
        }
        CHECK(found);
    }
}
