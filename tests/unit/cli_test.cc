#include "spfwalk/cli/domains.h"
#include "spfwalk/cli/options.h"

#include "support/catch.h"
#include "support/files.h"

using namespace spfwalk;
using namespace std::chrono_literals;
using Words = std::vector<std::string>;

namespace {

cli::WalkCommand parsed(const Words& arguments) {
    auto command = cli::parse_arguments(arguments);
    if (!command) FAIL(command.error().error);
    REQUIRE(std::holds_alternative<cli::WalkCommand>(*command));
    return std::get<cli::WalkCommand>(std::move(*command));
}

/// The one line that refuses the arguments.
std::string refusal(const Words& arguments) {
    const auto command = cli::parse_arguments(arguments);
    REQUIRE_FALSE(command);
    CHECK(command.error().status == cli::ExitStatus::failed);
    CHECK(command.error().output == "");
    CHECK(command.error().error.find('\n') == std::string::npos);
    return command.error().error;
}

std::string domain(const std::string& text) {
    const auto result = cli::domain_from_text(text);
    return result ? *result : "! " + result.error();
}

} // namespace

TEST_CASE("Arguments: walk is the default command, wherever its options stand") {
    CHECK(parsed({"a.example", "b.example"}).domains == Words{"a.example", "b.example"});
    CHECK(parsed({"walk", "a.example"}).domains == Words{"a.example"});
    CHECK(parsed({"-4", "walk", "a.example"}).domains == Words{"a.example"});
    CHECK(parsed({"-4", "walk", "a.example"}).families == std::vector{net::Family::ipv4});
    CHECK(parsed({"a.example", "-6"}).families == std::vector{net::Family::ipv6});
    CHECK(parsed({"-"}).domains == Words{"-"});
    CHECK(parsed({"--helo", "check", "a.example"}).helo == "check");
    CHECK(parsed({"--", "check"}).domains == Words{"check"});
    // The value of an option is no command, whichever commands have the option.
    CHECK(parsed({"-o", "tree", "a.example"}).output == "tree");
    CHECK(parsed({"-t", "nft", "-N", "lint", "a.example"}).style.name == "lint");
    CHECK(parsed({"-4vf", "lint"}).files == Words{"lint"});
    CHECK(parsed({"--user", "check", "a.example"}).user == "check");
    CHECK(std::holds_alternative<cli::LintCommand>(*cli::parse_arguments({"-vtjson", "lint", "a.example"})));
    CHECK(std::holds_alternative<cli::TreeCommand>(*cli::parse_arguments({"-4", "tree", "a.example"})));
    CHECK(std::holds_alternative<cli::TreeCommand>(*cli::parse_arguments({"-tdot", "tree", "a.example"})));
}

TEST_CASE("Arguments: options take one value each and leave the domains alone") {
    const cli::WalkCommand command =
        parsed({"-r", "192.0.2.1", "-r", "[::1]:5353", "-f", "list", "a.example"});
    REQUIRE(command.servers.size() == 2);
    CHECK(to_text(command.servers[0]) == "192.0.2.1:53");
    CHECK(to_text(command.servers[1]) == "[::1]:5353");
    CHECK(command.files == Words{"list"});
    CHECK(command.domains == Words{"a.example"});
    CHECK(parsed({"--also", "x", "a.example"}).domains == Words{"a.example"});
    CHECK(parsed({"--record", "v=spf1 -all", "a.example"}).record == "v=spf1 -all");
}

TEST_CASE("Arguments: values") {
    CHECK(parsed({"--void-limit", "none", "a.b"}).rules.void_limit == std::nullopt);
    CHECK(parsed({"--void-limit", "0", "a.b"}).rules.void_limit == 0);
    CHECK(parsed({"--lenient", "a.b"}).rules.lookup_limit == 50);
    CHECK(parsed({"--lenient", "--lookup-limit", "12", "a.b"}).rules.lookup_limit == 12);
    CHECK(parsed({"--mx=sequential", "a.b"}).rules.mx_order == spf::MxOrder::sequential);
    CHECK(parsed({"--timeout", "300ms", "a.b"}).timeout == 300ms);
    CHECK(parsed({"--max-stale", "1500ms", "--state", "s", "a.b"}).max_stale == 2s);
    CHECK(parsed({"-o", "f", "--max-shrink", "25%", "a.b"}).guards.max_shrink == 0.25);
    CHECK(parsed({"-t", "nft", "-N", "mail", "a.b"}).style.name == "mail");
    CHECK(parsed({"--lookup-limit", "010", "a.b"}).rules.lookup_limit == 10);
    CHECK(parsed({"--widest4", "08", "-o", "f", "a.b"}).guards.widest_ipv4 == 8);
    CHECK(parsed({"--record", "[x]", "a.b"}).record == "[x]");
    CHECK(parsed({"-r", "[::1]", "a.b"}).servers.size() == 1);
    CHECK(parsed({"[a.b,c.d]", "--", "[]"}).domains == Words{" [a.b,c.d]", " []"});
    CHECK(refusal({"--void-limit", "-0", "a.b"}).starts_with("--void-limit: "));
    CHECK(parsed({"-f", "-"}).files == Words{"-"});
    CHECK(parsed({"--", "-5.example"}).domains == Words{"-5.example"});
    CHECK(parsed({"--sender", "<joe@a.example>", "a.b"}).sender == "joe@a.example");
    CHECK(parsed({"--bogons", "drop", "a.b"}).bogons == cli::Bogons::drop);
}

TEST_CASE("Arguments: what is wrong is said in one line that names it") {
    CHECK(refusal({"--void-limit", "-1", "a.b"}).find("--void-limit") != std::string::npos);
    CHECK(refusal({"--mx", "both", "a.b"}) == "--mx: \"both\" is neither eager nor sequential");
    CHECK(refusal({"--timeout", "soon", "a.b"}) ==
          "--timeout: \"soon\" is not a time such as 300ms, 2s or 10m, of ten years at most");
    CHECK(refusal({"--tries", "0x2", "a.b"}) == "--tries: \"0x2\" is not a number from 1 to 20");
    CHECK(refusal({"--tries", "+2", "a.b"}) == "--tries: \"+2\" is not a number from 1 to 20");
    CHECK(refusal({"--tries", "", "a.b"}) == "--tries: \"\" is not a number from 1 to 20");
    CHECK(refusal({"--zone", "z", "--zone", "z", "a.b"}) == "--zone: given more than once");
    CHECK(refusal({"a.b", "--zone"}) == "--zone: needs a value");
    CHECK(refusal({"-o", "-", "a.b"}) == "--output: - is no file here (./- is one of that name)");
    CHECK(refusal({"--also", "-", "a.b"}).starts_with("--also: - is no file here"));
    CHECK(refusal({"--timeout", "0", "a.b"}).starts_with("--timeout"));
    CHECK(refusal({"-r", "dns.example", "a.b"}).starts_with("--resolver: "));
    CHECK(refusal({"-r", "127.0.0.1:99999", "a.b"}).starts_with("--resolver: "));
    CHECK(refusal({"-F", "%x", "a.b"}) == "-F: \"%x\" means nothing in a format");
    CHECK(refusal({"-F", "", "a.b"}) == "-F: the format is empty");
    CHECK(refusal({"-t", "xml", "a.b"}).starts_with("--format: \"xml\""));
    CHECK(refusal({"--sender", "nobody", "a.b"}).starts_with("--sender: "));
    CHECK(refusal({"-o", "f", "--state", "f", "a.b"}) == "--state: the same file as --output");
    CHECK(refusal({"-t", "spf", "--annotate", "a.b"}).starts_with("--annotate: not with the format spf"));
    CHECK(refusal({"-5", "a.b"}) == "\"-5\" is no option here");
    CHECK(refusal({"lint", "a.b", "-4"}) == "\"-4\" is no option here");
    CHECK(refusal({"check", "-6x", "192.0.2.1", "a.b"}) == "\"-6x\" is no option here");
    CHECK(refusal({"-N", "x", "a.b"}) == "-N: the format plain has no name in it");
    CHECK(refusal({"--no-such-option", "a.b"}).find("--no-such-option") != std::string::npos);
    for (const Words& contradiction :
         {Words{"-4", "-6"}, Words{"-q", "-v"}, Words{"--zone", "z", "-r", "::1"},
          Words{"--zone", "z", "--tcp"}, Words{"-F", "%p", "-t", "pf"}, Words{"-F", "%p", "--annotate"},
          Words{"--regions", "-o", "f"}, Words{"--regions", "--possible"},
          Words{"--progress", "--no-progress"}, Words{"--force"}, Words{"--state", "s", "--record", "v=spf1"},
          Words{"--tries", "0"}, Words{"--window", "x"}}) {
        Words arguments = contradiction;
        arguments.push_back("a.b");
        CHECK(refusal(arguments) != "");
    }
}

TEST_CASE("Arguments: no file is written that is named for something else") {
    const test::TemporaryDirectory directory;
    const std::string here = directory / "here";
    test::write_text(here, "a.example\n");
    std::filesystem::create_hard_link(here, directory / "hard");
    std::filesystem::create_symlink("here", directory / "soft");
    struct Row {
        Words arguments;
        std::string error;
    };
    std::filesystem::create_symlink("none", directory / "dangling");
    const std::string stats_over_state = "--stats: the same file as --state";
    for (const Row& row : std::vector<Row>{
             {{"-f", here, "-o", here}, "--output: the same file as --file"},
             {{"-f", here, "--state", here}, "--state: the same file as --file"},
             {{"-f", "-", "-f", here, "--stats", directory / "./here"}, "--stats: the same file as --file"},
             {{"--zone", here, "--capture", directory / "hard"}, "--capture: the same file as --zone"},
             {{"--also", directory / "soft", "--state", here}, "--state: the same file as --also"},
             {{"-o", here, "--capture", here}, "--capture: the same file as --output"},
             {{"--stats", here, "-t", "ndjson", "--resume", here}, "--stats: the same file as --resume"},
             {{"--state", directory / "new", "--stats", directory / "./new"}, stats_over_state},
             {{"-o", directory / "none", "--stats", directory / "dangling"},
              "--stats: the same file as --output"},
             {{"--state", "none.yet", "--stats", "./none.yet"}, stats_over_state},
             {{"--state", "none.yet", "--stats", (std::filesystem::current_path() / "none.yet").string()},
              stats_over_state},
             {{"lint", "-f", here, "--capture", here}, "--capture: the same file as --file"},
             {{"check", "--batch", "-f", here, "--capture", here}, "--capture: the same file as --file"},
             {{"tree", "--zone", here, "--capture", here}, "--capture: the same file as --zone"},
         }) {
        INFO(row.error);
        CHECK(refusal(row.arguments) == row.error);
    }
    for (const Words& arguments : {
             Words{"-o", here, "--also", here, "--except", here,
                   "a.example"}, // read first, replaced at the end
             Words{"--stats", "/dev/null", "--capture", "/dev/null", "a.example"},
             Words{"-f", here, "-f", here, "--zone", here},
             Words{"--state", directory / "one", "--stats", directory / "other", "a.example"},
         }) {
        INFO(arguments.back());
        CHECK(cli::parse_arguments(arguments));
    }
}

TEST_CASE("Arguments: help and version are output, not errors") {
    for (const char* option : {"--help", "-h", "--version"}) {
        const auto command = cli::parse_arguments({option});
        REQUIRE_FALSE(command);
        CHECK(command.error().status == cli::ExitStatus::ok);
        CHECK(command.error().error == "");
        CHECK(command.error().output.find("spfwalk") != std::string::npos);
    }
}

TEST_CASE("Arguments: check takes an address, whose mail it brings, or a batch") {
    const auto checked = [](const Words& arguments) {
        auto command = cli::parse_arguments(arguments);
        if (!command) FAIL(command.error().error);
        REQUIRE(std::holds_alternative<cli::CheckCommand>(*command));
        return std::get<cli::CheckCommand>(std::move(*command));
    };
    CHECK(checked({"check", "192.0.2.1", "joe@a.example"}).identity == "joe@a.example");
    CHECK(checked({"-v", "check", "192.0.2.1", "a.b"}).client == "192.0.2.1");
    CHECK(checked({"check", "--sender", "", "192.0.2.1", "--helo", "a.b"}).sender == "");
    CHECK(checked({"check", "-t", "json", "192.0.2.1", "a.b"}).output == cli::CheckOutput::json);
    CHECK(checked({"check", "--explanation", "192.0.2.1", "a.b"}).output == cli::CheckOutput::explanation);
    CHECK(checked({"check", "--received-spf", "192.0.2.1", "a.b"}).output == cli::CheckOutput::received_spf);
    CHECK(checked({"check", "--batch", "-f", "x"}).files == Words{"x"});
    CHECK(refusal({"check"}) == "no address given (--help tells how)");
    CHECK(refusal({"check", "-t", "pf", "192.0.2.1"}) == "--format: \"pf\" is neither text nor json");
    for (const Words& contradiction :
         {Words{"--batch", "192.0.2.1"}, Words{"--batch", "--helo", "a.b"}, Words{"-f", "x", "192.0.2.1"},
          Words{"--explanation", "--received-spf", "192.0.2.1"}, Words{"-o", "x", "192.0.2.1"},
          Words{"192.0.2.1", "a.b", "c.d"}}) {
        Words arguments = contradiction;
        arguments.insert(arguments.begin(), "check");
        CHECK(refusal(arguments) != "");
    }
}

TEST_CASE("Durations") {
    CHECK(cli::parse_duration("300ms") == 300ms);
    CHECK(cli::parse_duration("2") == 2s);
    CHECK(cli::parse_duration("2s") == 2s);
    CHECK(cli::parse_duration("10m") == 10min);
    CHECK(cli::parse_duration("1h") == 1h);
    CHECK(cli::parse_duration("7d") == 168h);
    CHECK(cli::parse_duration("0") == 0ms);
    for (const char* bad : {"", "s", "-1", "1w", "1.5s", " 1", "1 s", "99999999999999999999", "4000d", "1S"})
        CHECK(cli::parse_duration(bad) == std::nullopt);
}

TEST_CASE("Domains: what an argument or a line may look like") {
    CHECK(domain(" Example.COM. ") == "example.com");
    CHECK(domain("postmaster@example.com") == "example.com");
    CHECK(domain("17,example.com") == "example.com");
    CHECK(domain("17, example.com") == "example.com");
    CHECK(domain("_spf.example.com") == "_spf.example.com");
    CHECK(domain("b\xc3\xbc"
                 "cher.example") == "xn--bcher-kva.example");
    CHECK(domain("localhost") == "localhost"); // a name; that it has no record is said later (RFC 7208 §4.3)
    CHECK(domain("a..b") == "! empty label in name");
    CHECK(domain(".example.com") == "! empty label in name");
    CHECK(domain("") == "! empty name");
    CHECK(domain("192.0.2.1") == "! an address, not a domain name");
    CHECK(domain("http://example.com/") == "! not a domain name");
    CHECK(domain("2001:db8::1") == "! not a domain name");
    CHECK(domain("a b.example") == "! not a domain name");
    CHECK(domain("\xff.example").starts_with("! not a domain name"));
    CHECK(domain(std::string(63, 'a') + ".example") == std::string(63, 'a') + ".example");
    CHECK(domain(std::string(64, 'a') + ".example") == "! label of more than 63 octets");
    const std::string label = std::string(49, 'a') + '.';
    CHECK(domain(label + label + label + label + label + "bbb") ==
          label + label + label + label + label + "bbb"); // 253
    CHECK(domain(label + label + label + label + label + "bbbb") == "! name of more than 253 octets");
}

TEST_CASE("Domains: files of them") {
    cli::DomainList list;
    list.add_lines("\xef\xbb\xbf# ours\r\nexample.com\r\n\r\n  example.net # the other one\nexample.com",
                   "list");
    CHECK(list.domains == Words{"example.com", "example.net", "example.com"});
    CHECK(list.errors.empty());

    cli::DomainList bad;
    bad.add_lines("ok.example\na..b\n\nc d\n\x1b[2J.example\n", "my\nlist");
    bad.add_argument("x..y");
    CHECK(bad.domains == Words{"ok.example"});
    CHECK(bad.errors ==
          Words{"my\\x0alist:2: \"a..b\": empty label in name", "my\\x0alist:4: \"c d\": not a domain name",
                "my\\x0alist:5: \"\\x1b[2J.example\": not a domain name", "\"x..y\": empty label in name"});
}
