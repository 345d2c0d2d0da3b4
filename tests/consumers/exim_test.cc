// exim: a list as a file of hosts in an ACL, asked with sessions that exim conducts as if from any client
// (exim -bh).
#include "consumers.h"
#include "smtp.h"

#include "support/catch.h"
#include "support/files.h"

#include <sstream>

using namespace spfwalk;
using namespace spfwalk::test;

namespace {

/// A line for each client in the output of exim.sh: the client, and what exim answers to the recipient of the
/// mail, which is its fourth answer.
std::string outcomes(const std::string& output) {
    std::istringstream lines(output);
    std::string result;
    int answers = 0;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("client ")) {
            result += line.substr(7);
            answers = 0;
        } else if (line.starts_with("2") || line.starts_with("4") || line.starts_with("5")) {
            if (++answers == 4) result += " " + line.substr(0, 3) + "\n";
        }
    }
    return result;
}

} // namespace

TEST_CASE("exim: accepts and refuses clients as the list says", "[exim]") {
    const auto exim = find_consumer("exim4-daemon-light", "exim4");
    if (!exim || !own_mounts_for("sessions with exim")) return;
    for (const Sample& s : samples()) {
        INFO(s.name);
        const TemporaryDirectory directory;
        write_text(directory / "exim.conf",
                   "primary_hostname = test.invalid\nkeep_environment =\nhost_lookup =\n"
                   "acl_smtp_rcpt = recipient\nbegin acl\nrecipient:\n"
                   "  accept hosts = " +
                       (directory / "list") + "\n  deny\n");
        write_text(directory / "session", "HELO client.invalid\r\nMAIL FROM:<a@sender.invalid>\r\n"
                                          "RCPT TO:<b@target.invalid>\r\nQUIT\r\n");
        write_text(directory / "list", printed("plain", s.addresses));
        std::vector<std::string> arguments{*exim, directory.path().string()};
        std::string expected;
        for (const Probe& probe : probes_of(s.addresses, 20)) {
            arguments.push_back(text_of(probe));
            expected += text_of(probe) + (probe.listed ? " 250\n" : " 550\n");
        }
        const Ended ended = run_program(in_own_mounts("exim.sh", arguments));
        CHECK(ended.error == "");
        CHECK(outcomes(ended.output) == expected);
    }
}
