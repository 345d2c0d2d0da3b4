#include "spfwalk/dns/master_file.h"
#include "support/catch.h"

#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>

using namespace spfwalk::dns;
namespace net = spfwalk::net;

namespace {

Name name(std::string_view text) {
    return Name::from_presentation(text, Name()).value();
}

MasterFile read(std::string_view text) {
    auto file = parse_master_file(text, "zone");
    INFO(text);
    if (!file) INFO(file.error().text);
    REQUIRE(file);
    return std::move(*file);
}

/// The error for a text, "" if there is none.
std::string error_of(std::string_view text) {
    const auto file = parse_master_file(text, "zone");
    return file ? "" : file.error().text;
}

const RecordSet& set_of(const MasterFile& file, std::string_view owner, Type type) {
    INFO(owner);
    REQUIRE(file.names.count(name(owner)) == 1);
    const auto& sets = file.names.at(name(owner));
    REQUIRE(sets.count(static_cast<std::uint16_t>(type)) == 1);
    return sets.at(static_cast<std::uint16_t>(type));
}

Texts texts_of(std::string_view text) {
    const MasterFile file = read(text);
    return std::get<Texts>(set_of(file, "t", Type::txt).records);
}

const Answer& override_of(const MasterFile& file, std::string_view owner, Type type) {
    REQUIRE(file.overrides.count({name(owner), type}) == 1);
    return *file.overrides.at({name(owner), type});
}

const Addresses loopback{net::ipv4(0x7f000001)};

/// A directory that goes away with the test.
class Directory {
  public:
    Directory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "master-file-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Directory() { std::filesystem::remove_all(path_); }
    Directory(const Directory&) = delete;
    Directory& operator=(const Directory&) = delete;

    std::string write(const std::string& file, std::string_view text) const {
        std::filesystem::create_directories((path_ / file).parent_path());
        std::ofstream(path_ / file, std::ios::binary) << text;
        return (path_ / file).string();
    }
    std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

} // namespace

TEST_CASE("RFC 1035 §5.1: records of each type that is kept") {
    const MasterFile file = read("$TTL 60\n"
                                 "h. 300 IN A 192.0.2.1\n"
                                 "h. 200 IN A 192.0.2.2\n"
                                 "h. 300 IN A 192.0.2.1\n"
                                 "h. IN AAAA 2001:db8::1\n"
                                 "h. IN MX 10 mx.h.\n"
                                 "h. IN MX 0 .\n"
                                 "h. IN TXT v=spf1 \" -all\"\n"
                                 "h. IN SPF \"x\"\n"
                                 "h. IN PTR p.\n"
                                 "h. IN NS ns.\n"
                                 "h. IN SOA ns. host. 1 2 3 4 50\n"
                                 "c. IN CNAME H.\n"
                                 "d. IN DNAME h.\n");
    CHECK(set_of(file, "H", Type::a).records ==
          Records(Addresses{net::ipv4(0xc0000201), net::ipv4(0xc0000202)}));
    CHECK(set_of(file, "h", Type::a).ttl == 200); // the smallest of the set
    CHECK(set_of(file, "h", Type::aaaa).records == Records(Addresses{{0x20010db800000000, 1}}));
    CHECK(set_of(file, "h", Type::aaaa).ttl == 60);
    CHECK(set_of(file, "h", Type::mx).records == Records(Exchanges{{10, name("mx.h")}, {0, Name()}}));
    CHECK(set_of(file, "h", Type::txt).records == Records(Texts{"v=spf1 -all"}));
    CHECK(set_of(file, "h", Type::spf).records == Records(Texts{"x"}));
    CHECK(set_of(file, "h", Type::ptr).records == Records(Names{name("p")}));
    CHECK(set_of(file, "h", Type::ns).records == Records(Names{name("ns")}));
    CHECK(set_of(file, "h", Type::soa).ttl == 50); // RFC 2308 §5
    CHECK(set_of(file, "c", Type::cname).targets == std::vector<Name>{name("h")});
    CHECK(set_of(file, "d", static_cast<Type>(type_dname)).targets == std::vector<Name>{name("h")});
    CHECK(file.names.size() == 3);
    CHECK(file.overrides.empty());
}

TEST_CASE("RFC 1035 §5.1: TTL and class may be left out and come in either order") {
    for (const char* line : {"t. 300 IN A 127.0.0.1", "t. IN 300 A 127.0.0.1", "t. 300 A 127.0.0.1",
                             "t.\t5m in a 127.0.0.1 ; comment", "t. CLASS1 300 TYPE1 127.0.0.1\r\n"}) {
        const MasterFile file = read(line);
        CHECK(set_of(file, "t", Type::a).records == Records(loopback));
        CHECK(set_of(file, "t", Type::a).ttl == 300);
    }
    CHECK(set_of(read("t. A 127.0.0.1"), "t", Type::a).ttl == 3600);
    CHECK(set_of(read("t. IN A 127.0.0.1"), "t", Type::a).ttl == 3600);
    // Owners that look like something else.
    CHECK(set_of(read("in a 127.0.0.1"), "in", Type::a).records == Records(loopback));
    CHECK(set_of(read("300 a 127.0.0.1"), "300", Type::a).records == Records(loopback));
}

TEST_CASE("RFC 2308 §4: where a TTL comes from") {
    CHECK(set_of(read("$TTL 7\na. 9 A 127.0.0.1\nt. A 127.0.0.1"), "t", Type::a).ttl == 7);
    CHECK(set_of(read("a. 9 A 127.0.0.1\nt. A 127.0.0.1"), "t", Type::a).ttl == 9);
    CHECK(set_of(read("a. SOA n. h. 1 2 3 4 5\nt. A 127.0.0.1"), "t", Type::a).ttl == 5);
    CHECK(set_of(read("t. 1w2d3h4m5s A 127.0.0.1"), "t", Type::a).ttl ==
          604800 + 2 * 86400 + 3 * 3600 + 4 * 60 + 5);
    CHECK(set_of(read("$TTL 1H30M\nt. A 127.0.0.1"), "t", Type::a).ttl == 5400);
    CHECK(set_of(read("t. 2147483647 A 127.0.0.1"), "t", Type::a).ttl == 2147483647);
    CHECK(set_of(read("t. 60 SOA n. h. 1 2 3 4 1h"), "t", Type::soa).ttl == 60);
}

TEST_CASE("RFC 1035 §5.1: origins and blank owners") {
    const MasterFile file = read("$ORIGIN example.com.\n"
                                 "@ A 127.0.0.1\n"
                                 "\tMX 5 mail\n"
                                 "www A 127.0.0.1\n"
                                 "$ORIGIN sub\n"
                                 "  TXT still-www\n"
                                 "a A 127.0.0.1\n"
                                 "b.other. MX 1 @\n");
    CHECK(set_of(file, "example.com", Type::mx).records == Records(Exchanges{{5, name("mail.example.com")}}));
    CHECK(set_of(file, "www.example.com", Type::txt).records == Records(Texts{"still-www"}));
    CHECK(set_of(file, "a.sub.example.com", Type::a).records == Records(loopback));
    CHECK(set_of(file, "b.other", Type::mx).records == Records(Exchanges{{1, name("sub.example.com")}}));
    CHECK(set_of(read("www A 127.0.0.1"), "www", Type::a).records == Records(loopback)); // the root at first
}

TEST_CASE("RFC 1035 §5.1: strings, quotes, escapes") {
    CHECK(texts_of("t. TXT \"a;b(c)\" d") == Texts{"a;b(c)d"});
    CHECK(texts_of("t. TXT \"a\"\"b\"c\"d\"") == Texts{"abcd"});
    CHECK(texts_of("t. TXT \"\"") == Texts{""});
    CHECK(texts_of("t. TXT a\\ b \"\\\"\\\\\\;\\065\\000\\255\"") ==
          Texts{std::string("a b\"\\;A\0\xff", 9)});
    CHECK(texts_of("t. TXT \"\xc3\xa4\"") == Texts{"\xc3\xa4"});
    CHECK(texts_of("t. TXT " + std::string(255, 'x') + ' ' + std::string(255, 'y')) ==
          Texts{std::string(255, 'x') + std::string(255, 'y')});
    CHECK(texts_of("t. TXT b\nt. TXT a\nt. TXT b") == Texts{"b", "a", "b"}); // RFC 7208 §4.5
    const MasterFile file = read("a\\.b\\032. MX 1 \\@.");
    CHECK(file.names.count(name("a\\.b\\032.")) == 1);
}

TEST_CASE("RFC 1035 §5.1: parentheses, comments, line ends") {
    CHECK(texts_of("t. TXT ( a ; one\n  b\r\n\n;! not an override\n c ) d\n") == Texts{"abcd"});
    CHECK(texts_of("; comment\n\n   \n   ; more\nt. ( 5\nIN ) TXT x") == Texts{"x"});
    const MasterFile file = read("t. SOA n. h. (\n 2024010101 ; serial\n 1h 15m 4w ( 1d ) )\nu. A 127.0.0.1");
    CHECK(set_of(file, "t", Type::soa).ttl == 86400); // its own minimum
    CHECK(set_of(file, "u", Type::a).ttl == 86400);
    CHECK(read("").names.empty());
    CHECK(set_of(read("\xef\xbb\xbft. A 127.0.0.1"), "t", Type::a).ttl > 0); // a byte order mark
    CHECK(read(";!!! not an override either\n;!").overrides.empty());
}

TEST_CASE("Types that are not used are read over, their names exist") {
    const MasterFile file = read("a. SRV 1 2 3 h.\nb. TYPE65280 \\# 2 abCD\nc. NSEC3PARAM 1 0 1 -\n"
                                 "d. NSAP-PTR ( \"some\"\n ; \n thing ) else\n");
    CHECK(file.names.count(name("a")) == 1);
    CHECK(file.names.at(name("a")).empty());
    CHECK(file.names.at(name("b")).at(65280).records == Records());
    CHECK(file.names.count(name("c")) == 1);
    CHECK(file.names.count(name("d")) == 1);
}

TEST_CASE("RFC 3597 §5: generic data of known types") {
    const MasterFile file = read("t. A \\# 4 7f00 0001\n"
                                 "t. TYPE28 \\# 16 20010db8000000000000000000000001\n"
                                 "t. MX \\# 7 000A 01 61 01 62 00\n"
                                 "t. TXT \\# 5 02 61 62 01 63\n"
                                 "t. PTR \\# 3 014100\n"
                                 "t. SOA \\# 22 0000 0000000100000002000000030000000400000005\n"
                                 "c. CNAME \\# 3 017400\n"
                                 "e. TYPE65280 \\# 0\n");
    CHECK(set_of(file, "t", Type::a).records == Records(loopback));
    CHECK(set_of(file, "t", Type::aaaa).records == Records(Addresses{{0x20010db800000000, 1}}));
    CHECK(set_of(file, "t", Type::mx).records == Records(Exchanges{{10, name("a.b")}}));
    CHECK(set_of(file, "t", Type::txt).records == Records(Texts{"abc"}));
    CHECK(set_of(file, "t", Type::ptr).records == Records(Names{name("a")}));
    CHECK(set_of(file, "t", Type::soa).ttl == 5);
    CHECK(set_of(file, "c", Type::cname).targets == std::vector<Name>{name("t")});
    CHECK(texts_of("t. TXT \"\\# 4\"") == Texts{"# 4"});
}

TEST_CASE("What is wrong with a master file, and where") {
    struct Case {
        std::string text;
        const char* error;
    };
    const std::string x256(256, 'x');
    const std::vector<Case> cases = {
        {"example.com. IN A 1.2.3", "zone:1: A: \"1.2.3\" is not an IPv4 address"},
        {"\n\nt. A", "zone:3: A: data is missing"},
        {"t. A 127.0.0.1 127.0.0.2", "zone:1: A: something behind the data: \"127.0.0.2\""},
        {"t. AAAA 127.0.0.1", "zone:1: AAAA: \"127.0.0.1\" is not an IPv6 address"},
        {"t. MX foo", "zone:1: MX: needs a preference and a name"},
        {"t. MX mail.t. 10", "zone:1: MX: \"mail.t.\" is not a preference (0 to 65535)"},
        {"t. MX 65536 m.", "zone:1: MX: \"65536\" is not a preference (0 to 65535)"},
        {"t. MX 10 a..b", "zone:1: MX: \"a..b\" is not a domain name"},
        {"t. CNAME a. b.", "zone:1: CNAME: something behind the data: \"b.\""},
        {"t. CNAME a.\nt. CNAME b.", "zone:2: CNAME: second target \"b\" beside \"a\""},
        {"t. TXT", "zone:1: TXT: data is missing"},
        {"t. TXT \\256", "zone:1: TXT: broken escape in \"\\256\""},
        {"t. TXT \"\\1\"", "zone:1: TXT: broken escape in \"\\1\""},
        {"t. SOA n. h. 1 2 3 4", "zone:1: SOA: needs two names and five numbers"},
        {"t. SOA n. h. x 2 3 4 5", "zone:1: SOA: \"x\" is not a serial number"},
        {"t. SOA n. h. 1 2 3 4 x", "zone:1: SOA: \"x\" is not a time in seconds"},
        {"t. SOA n. h..h. 1 2 3 4 5", "zone:1: SOA: \"h..h.\" is not a domain name"},
        {"t. SRV", "zone:1: SRV: data is missing"},
        {"t.", "zone:1: record without a type"},
        {"t. 300 IN", "zone:1: record without a type"},
        {"t. 127.0.0.1", "zone:1: \"127.0.0.1\" is not a TTL (0 to 2147483647 seconds)"},
        {"t. 2147483648 A 127.0.0.1", "zone:1: \"2147483648\" is not a TTL (0 to 2147483647 seconds)"},
        {"t. 1h30 A 127.0.0.1", "zone:1: \"1h30\" is not a TTL (0 to 2147483647 seconds)"},
        {"t. \"A\" 127.0.0.1", "zone:1: \"A\" is not a record type (TYPE<n> names any)"},
        {"t. A! 127.0.0.1", "zone:1: \"A!\" is not a record type (TYPE<n> names any)"},
        {"t. TXTT x", "zone:1: \"TXTT\" is not a record type (TYPE<n> names any)"},
        {"t. ALIAS u.", "zone:1: \"ALIAS\" is not a record type (TYPE<n> names any)"},
        {"t. TYPE65536 x", "zone:1: \"TYPE65536\" is not a record type (TYPE<n> names any)"},
        {"t. CH A 127.0.0.1", "zone:1: class CH is not supported, only IN is"},
        {"t. 5 hs A 127.0.0.1", "zone:1: class hs is not supported, only IN is"},
        {"t. CLASS3 A 127.0.0.1", "zone:1: class \"CLASS3\" is not supported, only IN is"},
        {" A 127.0.0.1", "zone:1: no name before this record"},
        {"a..b A 127.0.0.1", "zone:1: \"a..b\" is not a domain name"},
        {"\"t.\" A 127.0.0.1", "zone:1: \"t.\" is not a domain name"},
        {"t. A 127.0.0.1\nt. TXT ( a\nb\n", "zone:2: parenthesis is never closed"},
        {"t. TXT a )\n", "zone:1: closing parenthesis without an opening one"},
        {"t. TXT (\n\"a\nb\"\n)", "zone:2: quote is never closed"},
        {"t. TXT \"a", "zone:1: quote is never closed"},
        {"t. TXT \"a\\\"", "zone:1: quote is never closed"},
        {"t. TXT \"a\\", "zone:1: quote is never closed"},
        {"t. TXT a\\", "zone:1: nothing behind a backslash"},
        {"t. TXT a\\\nb", "zone:1: nothing behind a backslash"},
        {"$ORIGIN", "zone:1: $ORIGIN needs one name"},
        {"$ORIGIN a..", "zone:1: $ORIGIN: \"a..\" is not a domain name"},
        {"$TTL x", "zone:1: $TTL: \"x\" is not a TTL (0 to 2147483647 seconds)"},
        {"$GENERATE 1-3 a A 127.0.0.$", "zone:1: unknown directive \"$GENERATE\""},
        {"$INCLUDE x", "zone:1: $INCLUDE is not allowed here"},
        {"t. A \\# 3 7f0001", "zone:1: A: \\# and data that the type cannot have"},
        {"t. A \\# 4 7f0001", "zone:1: A: \\# and a length that is not that of the data (RFC 3597)"},
        {"t. TXT \\# 2 0261", "zone:1: TXT: \\# and data that the type cannot have"},
        {"t. TYPE9999 \\# 1 xx", "zone:1: TYPE9999: \\# and data that is not hexadecimal (RFC 3597)"},
        {"t. TYPE9999 \\#", "zone:1: TYPE9999: \\# needs a length (RFC 3597)"},
        {";! t. TXT", "zone:1: ;! needs a name, a type and what the answer is"},
        {";! ; nothing", "zone:1: nothing behind ;!"},
        {";! t. TXT BROKEN", "zone:1: ;! \"BROKEN\" is not an answer known here"},
        {";! t. TXT RCODE3", "zone:1: ;! \"RCODE3\" is not an answer known here"},
        {";! t. TXT RCODE4096", "zone:1: ;! \"RCODE4096\" is not an answer known here"},
        {";! t. TXT NODATA \"\"", "zone:1: ;! something behind the answer: \"\""},
        {";! t. WHAT NODATA", "zone:1: ;! \"WHAT\" is not a record type known here"},
        {";! t. TXT TIMEOUT 5", "zone:1: ;! something behind the answer: \"5\""},
        {";! t. TXT NODATA 5x", "zone:1: ;! \"5x\" is not a TTL (0 to 2147483647 seconds)"},
        {";! t. TXT NODATA VIA", "zone:1: ;! VIA needs names"},
        {";! t. TXT NODATA DATA x", "zone:1: ;! something behind the answer: \"DATA\""},
        {";! t. A RECORD 5 DATA x", "zone:1: ;! A: \"x\" is not an IPv4 address"},
        {";! t. A RECORD DATA", "zone:1: ;! A: data is missing"},
        {";! t. A NODATA\n;! t. A NODATA", "zone:2: ;! second answer to one question"},
        {";! t. A (\nNODATA )", "zone:1: parenthesis in a ;! line"},
    };
    for (const Case& bad : cases) {
        INFO(bad.text);
        CHECK(error_of(bad.text) == bad.error);
    }
    CHECK(error_of("t. TXT " + x256) ==
          "zone:1: TXT: string over 255 octets: \"" + std::string(60, 'x') + "\"...");
    CHECK(error_of(std::string("t. TXT a\nt. TXT \0b", 18)) == "zone:2: NUL octet");
    CHECK(error_of("t\x1b[31m.. A x") == "zone:1: \"t\\027[31m..\" is not a domain name");
    CHECK(error_of("t. TXT " + std::string(1 << 21, ' ') + "x") == "zone:1: entry longer than 1 MiB");
    std::string huge = "t. TXT";
    for (int i = 0; i < 260; ++i)
        huge += ' ' + std::string(255, 'x');
    CHECK(error_of(huge) == "zone:1: TXT: data over 65,535 octets");
}

TEST_CASE("Overrides say what records cannot") {
    const MasterFile file =
        read("$ORIGIN test.\n"
             ";! a TXT SERVFAIL\n"
             ";!\tb.test. mx rcode4095 ; comment\n"
             ";! c A NXDOMAIN 5m\n"
             ";! d A NODATA 7 VIA e f.\n"
             ";! g TXT RECORD 9 VIA h DATA \"v=spf1\" \" -all\"\n"
             ";! g TXT RECORD 9 VIA h DATA other\n"
             ";! g TXT RECORD 9 VIA h DATA other\n"
             ";! i CNAME RECORD 1 DATA j\n"
             ";! k SOA RECORD 2\n"
             ";! l A Timeout\n;! m A DEADLINE\n;! n A MALFORMED\n;! o A UNREACHABLE\n"
             ";! p A ALIASLOOP\n;! u A REFERRAL\n;! q A UNASKABLE\n;! r A REFUSED\n;! s A FORMERR\n"
             ";! t A NOTIMP\n");
    CHECK(file.names.empty());
    CHECK(file.overrides.size() == 17);
    CHECK(override_of(file, "a.test", Type::txt).failure == Failure::rcode);
    CHECK(override_of(file, "a.test", Type::txt).rcode == 2);
    CHECK(override_of(file, "b.test", Type::mx).rcode == 4095);
    CHECK(override_of(file, "c.test", Type::a).status == Status::no_name);
    CHECK(override_of(file, "c.test", Type::a).ttl == 300);
    CHECK(override_of(file, "d.test", Type::a).status == Status::no_data);
    CHECK(override_of(file, "d.test", Type::a).aliases == std::vector<Name>{name("e.test"), name("f")});
    CHECK(override_of(file, "g.test", Type::txt).records == Records(Texts{"v=spf1 -all", "other", "other"}));
    CHECK(override_of(file, "g.test", Type::txt).ttl == 9);
    CHECK(override_of(file, "g.test", Type::txt).aliases == std::vector<Name>{name("h.test")});
    CHECK(override_of(file, "i.test", Type::cname).records == Records(Names{name("j.test")}));
    CHECK(override_of(file, "k.test", Type::soa).status == Status::records);
    const std::array<std::pair<const char*, Failure>, 7> failures{{{"l.test", Failure::timeout},
                                                                   {"m.test", Failure::deadline},
                                                                   {"n.test", Failure::malformed},
                                                                   {"o.test", Failure::unreachable},
                                                                   {"p.test", Failure::alias_loop},
                                                                   {"u.test", Failure::referral},
                                                                   {"q.test", Failure::unaskable}}};
    for (const auto& [owner, failure] : failures) {
        CHECK(override_of(file, owner, Type::a).status == Status::failure);
        CHECK(override_of(file, owner, Type::a).failure == failure);
    }
    CHECK(override_of(file, "r.test", Type::a).rcode == 5);
    CHECK(override_of(file, "s.test", Type::a).rcode == 1);
    CHECK(override_of(file, "t.test", Type::a).rcode == 4);
}

TEST_CASE("RFC 1035 §5.1: $INCLUDE") {
    const Directory directory;
    directory.write("sub/inner", "$ORIGIN moved.\n@ A 127.0.0.1\n$INCLUDE deeper\n");
    directory.write("sub/deeper", "x A 127.0.0.1\n");
    directory.write("plain", "p A 127.0.0.1\n");
    const std::string path = directory.write("zone", "$ORIGIN outer.\nfirst A 127.0.0.1\n"
                                                     "$INCLUDE sub/inner\n TXT still-first\n"
                                                     "$INCLUDE \"plain\" elsewhere\nlast A 127.0.0.1\n");
    const auto file = read_master_file(path);
    REQUIRE(file);
    for (const char* owner : {"first.outer", "moved", "x.moved", "p.elsewhere.outer", "last.outer"})
        CHECK(set_of(*file, owner, Type::a).records == Records(loopback));
    CHECK(set_of(*file, "first.outer", Type::txt).records == Records(Texts{"still-first"}));
    CHECK(file->names.size() == 5);

    const auto error = [&](std::string_view text) {
        const auto bad = read_master_file(directory.write("bad", text));
        REQUIRE_FALSE(bad);
        return bad.error().text;
    };
    const std::string at = directory.path();
    CHECK(error("\n$INCLUDE gone") ==
          at + "/bad:2: $INCLUDE: cannot read \"" + at + "/gone\": No such file or directory");
    CHECK(error("$INCLUDE") == at + "/bad:1: $INCLUDE needs a file and perhaps an origin");
    CHECK(error("$INCLUDE bad") == at + "/bad:1: $INCLUDE more than 8 deep");
    directory.write("wrong", "; fine\nt. A 1\n");
    CHECK(error("$INCLUDE wrong\nt. A 2\n") == at + "/wrong:2: A: \"1\" is not an IPv4 address");
    directory.write("blank", " A 127.0.0.1\n");
    CHECK(error("t. A 127.0.0.1\n$INCLUDE blank\n") == at + "/blank:1: no name before this record");
}

TEST_CASE("Files that cannot be read") {
    const Directory directory;
    const auto missing = read_master_file(directory.path() + "/none");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().text == "cannot read " + directory.path() + "/none: No such file or directory");
    const auto folder = read_master_file(directory.path());
    REQUIRE_FALSE(folder);
    CHECK(folder.error().text == "cannot read " + directory.path() + ": Is a directory");
    const auto empty = read_master_file(directory.write("empty", ""));
    REQUIRE(empty);
    CHECK(empty->names.empty());
}

TEST_CASE("A file longer than one read is read whole") {
    const Directory directory;
    std::string text = "$TTL 5\n";
    for (int i = 0; i < 20000; ++i)
        text += "n" + std::to_string(i) + ".test. A 127.0.0.1\n";
    const auto file = read_master_file(directory.write("long", text));
    REQUIRE(file);
    CHECK(file->names.size() == 20000);
    CHECK(set_of(*file, "n19999.test", Type::a).records == Records(loopback));
}

TEST_CASE("Mangled master files are read or refused with one line") {
    constexpr unsigned seed = 5;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const std::string source =
        "$TTL 1h\n$ORIGIN e.\n@ SOA n h ( 1 2 3\n4 5 )\n\tMX 10 m\nw 5 IN TXT \"a\\\"b\" c\\.d\n"
        ";! x TXT RECORD 5 VIA y DATA \"z\"\nv TYPE1 \\# 4 7f000001\n;! y A SERVFAIL\n";
    REQUIRE(error_of(source).empty());
    const std::string spice = "\n\"();!\\ \t$@.0159AINZ#\r\xff";
    int good = 0;
    int refused = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string text = source;
        for (auto changes = 1 + random() % 4; changes > 0; --changes) {
            const std::size_t at = random() % text.size();
            if (random() % 3 == 0)
                text.erase(at, 1 + random() % 5);
            else
                text.insert(at, 1, spice[random() % spice.size()]);
        }
        const std::string error = error_of(text);
        (error.empty() ? good : refused) += 1;
        if (error.empty()) continue;
        CHECK(error.substr(0, 5) == "zone:");
        CHECK(std::all_of(error.begin(), error.end(), [](char c) { return c >= ' ' && c <= '~'; }));
    }
    CHECK(good > 100);
    CHECK(refused > 100);
}
