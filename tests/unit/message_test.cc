#include "spfwalk/dns/message.h"
#include "support/catch.h"
#include "support/packet.h"

#include <random>

using namespace spfwalk::dns;
using namespace spfwalk::test;
namespace net = spfwalk::net;

namespace {

Name name(std::string_view text) {
    return Name::from_domain(text).value();
}

Question question(std::string_view domain, Type type) {
    return {name(domain), type};
}

Parsed read(const Packet& packet, const Question& asked) {
    return parse_reply(packet.bytes(), asked);
}

using Bytes = std::vector<std::uint8_t>;

/// The question a message carries, if it does. Its name cannot be compressed: nothing stands before it.
std::optional<Question> own_question(const Bytes& message) {
    std::size_t end = question_offset;
    while (end < message.size() && message[end] != 0)
        end += message[end] + 1U;
    if (end + 3 > message.size()) return std::nullopt;
    const auto own = Name::from_wire(
        {reinterpret_cast<const char*>(message.data()) + question_offset, end + 1 - question_offset});
    if (!own) return std::nullopt;
    return Question{*own, static_cast<Type>(message[end + 1] << 8 | message[end + 2])};
}

/// Whether parse_reply() finds nothing wrong with the form of a message, asked for the message's own
/// question. With an RCODE that ends the matter and without TC, what it says cannot make it malformed.
bool sound(Bytes message) {
    const auto own = own_question(message);
    if (!own) return false;
    message[2] = static_cast<std::uint8_t>(message[2] & ~0x02U);
    message[3] = static_cast<std::uint8_t>((message[3] & 0xf0U) | 2); // SERVFAIL
    const Failure failure = parse_reply(message, *own).answer.failure;
    CHECK((failure == Failure::rcode || failure == Failure::malformed));
    return failure == Failure::rcode;
}

bool sound(const Packet& packet) {
    return sound(packet.bytes());
}

const Question txt_question = question("example.com", Type::txt);
const Question a_question = question("example.com", Type::a);

Packet txt_reply(unsigned rcode = 0) {
    return Packet::reply("example.com", Type::txt, rcode);
}
Packet a_reply(unsigned rcode = 0) {
    return Packet::reply("example.com", Type::a, rcode);
}

const std::string spf = data::txt({"v=spf1 -all"});
const std::string a1 = data::a(0xc0000201); // 192.0.2.1

bool malformed(const Packet& packet, const Question& asked) {
    const Answer answer = read(packet, asked).answer;
    return answer.status == Status::failure && answer.failure == Failure::malformed;
}

/// Whether a message is refused, and for its form.
bool broken(const Packet& packet, const Question& asked) {
    return malformed(packet, asked) && !sound(packet);
}

} // namespace

TEST_CASE("RFC 1035 §4.1: a plain reply") {
    const Packet packet = txt_reply().answer("example.com", Type::txt, 300, spf).opt();
    const Parsed parsed = read(packet, txt_question);
    CHECK(parsed.answer.status == Status::records);
    CHECK(parsed.answer.failure == Failure::none);
    CHECK(parsed.answer.rcode == 0);
    CHECK(parsed.answer.ttl == 300);
    CHECK(parsed.answer.octets == packet.size());
    CHECK(parsed.answer.aliases.empty());
    CHECK(parsed.answer.records == Records(Texts{"v=spf1 -all"}));
    CHECK(parsed.has_edns);
    CHECK_FALSE(parsed.truncated);
    CHECK_FALSE(parsed.continues_at);
    CHECK(sound(packet));
    CHECK_FALSE(read(txt_reply(), txt_question).has_edns);
}

TEST_CASE("RFC 1035 §3.3, §3.4: records of each type") {
    SECTION("A") {
        const auto packet =
            a_reply().answer("example.com", Type::a, 9, a1).answer("example.com", Type::a, 7, a1);
        const Answer answer = read(packet, a_question).answer;
        CHECK(answer.records == Records(Addresses{net::ipv4(0xc0000201)})); // duplicates go
        CHECK(answer.ttl == 7);
    }
    SECTION("AAAA") {
        const auto packet = Packet::reply("h.test", Type::aaaa)
                                .answer("h.test", Type::aaaa, 1, data::aaaa(0x20010db800000000, 1));
        CHECK(read(packet, question("h.test", Type::aaaa)).answer.records ==
              Records(Addresses{{0x20010db800000000, 1}}));
    }
    SECTION("MX, and the null MX of RFC 7505") {
        const auto packet = Packet::reply("h.test", Type::mx)
                                .answer("h.test", Type::mx, 1, data::mx(20, "B.test"))
                                .answer("h.test", Type::mx, 1, data::mx(10, "a.test"))
                                .answer("h.test", Type::mx, 1, data::mx(20, "b.test"))
                                .answer("h.test", Type::mx, 1, data::mx(0, "."));
        CHECK(read(packet, question("h.test", Type::mx)).answer.records ==
              Records(Exchanges{{20, name("b.test")}, {10, name("a.test")}, {0, Name()}}));
    }
    SECTION("PTR") {
        const auto packet = Packet::reply("1.2.0.192.in-addr.arpa", Type::ptr)
                                .answer("1.2.0.192.in-addr.arpa", Type::ptr, 1, data::name("Mail.test"));
        CHECK(read(packet, question("1.2.0.192.in-addr.arpa", Type::ptr)).answer.records ==
              Records(Names{name("mail.test")}));
    }
    SECTION("SPF, type 99") {
        const auto packet = Packet::reply("h.test", Type::spf).answer("h.test", Type::spf, 1, spf);
        CHECK(read(packet, question("h.test", Type::spf)).answer.records == Records(Texts{"v=spf1 -all"}));
    }
    SECTION("CNAME, asked for itself, is not followed") {
        const auto packet = Packet::reply("h.test", Type::cname).alias("h.test", "g.test");
        const Answer answer = read(packet, question("h.test", Type::cname)).answer;
        CHECK(answer.records == Records(Names{name("g.test")}));
        CHECK(answer.aliases.empty());
    }
    SECTION("SOA has no place in Records") {
        const auto packet = Packet::reply("h.test", Type::soa).answer("h.test", Type::soa, 5, data::soa(1));
        const Answer answer = read(packet, question("h.test", Type::soa)).answer;
        CHECK(answer.status == Status::records);
        CHECK(answer.records == Records());
        CHECK(answer.ttl == 5);
    }
}

TEST_CASE("RFC 7208 §3.3, §4.5: the strings of one TXT are joined, equal records stay two") {
    const auto packet =
        txt_reply()
            .answer("example.com", Type::txt, 5, data::txt({"v=spf1", " ip4:", "", "1.2.3.4 -all"}))
            .answer("example.com", Type::txt, 5, data::txt({"v=spf1 ip4:1.2.3.4", " -all"}))
            .answer("example.com", Type::txt, 5, data::txt({""}))
            .answer("example.com", Type::txt, 5, "") // breaks RFC 1035 §3.3.14, and harms nobody
            .answer("example.com", Type::txt, 5, data::txt({std::string_view("\0\xff", 2)}));
    CHECK(read(packet, txt_question).answer.records ==
          Records(
              Texts{"v=spf1 ip4:1.2.3.4 -all", "v=spf1 ip4:1.2.3.4 -all", "", "", std::string("\0\xff", 2)}));
}

TEST_CASE("RFC 1035 §4.1.1: only a reply to the one question asked counts") {
    const auto good = [] { return txt_reply().answer("example.com", Type::txt, 300, spf); };
    REQUIRE(sound(good()));
    CHECK(broken(good().flags(0x0100), txt_question)); // a query
    CHECK(broken(good().flags(0x8980), txt_question)); // opcode 1
    CHECK(broken(good().flags(0xf980), txt_question));
    CHECK(broken(good().set_count(4, 0), txt_question));
    CHECK(broken(good().set_count(4, 2), txt_question));
    CHECK(malformed(good(), question("example.org", Type::txt)));
    CHECK(malformed(good(), question("example.com", Type::a)));
    CHECK(read(Packet(0x8180).question(wire_name("eXAMPLE.COM"), 16), txt_question).answer.status ==
          Status::no_data);
    CHECK(broken(Packet(0x8180).question(wire_name("example.com"), 16, 3), txt_question)); // class CH
    CHECK(broken(Packet(0x8180), txt_question));
    CHECK(parse_reply({}, txt_question).answer.failure == Failure::malformed);
}

TEST_CASE("RFC 1035 §4.1: every cut and every octet too many is noticed") {
    const Packet whole = txt_reply()
                             .answer("example.com", Type::txt, 300, spf)
                             .authority("example.com", Type::ns, 300, data::name("ns.example"))
                             .additional("ns.example", Type::a, 300, a1)
                             .opt(0, be16(10) + be16(2) + "ab");
    REQUIRE(sound(whole));
    for (std::size_t octets = 1; octets <= whole.size(); ++octets) {
        INFO(octets);
        CHECK(broken(Packet(whole).cut(octets), txt_question));
    }
    CHECK(broken(Packet(whole).raw("x"), txt_question));
    for (const unsigned count : {6U, 8U, 10U}) {
        INFO(count);
        CHECK(broken(Packet(whole).set_count(count, 9), txt_question));
        CHECK(broken(Packet(whole).set_count(count, 0), txt_question));
        CHECK(broken(Packet(whole).set_count(count, 65535), txt_question));
    }
}

TEST_CASE("RFC 1035 §4.1.4: compression pointers lead back, never round") {
    const auto with_owner = [](const std::string& owner) {
        return txt_reply().record(6, owner, 16, 1, 300, spf);
    };
    const auto good = with_owner(pointer(question_offset));
    CHECK(read(good, txt_question).answer.status == Status::records);
    CHECK(sound(good));
    CHECK(read(with_owner("\7EXAMPLE" + pointer(question_offset + 8)), txt_question).answer.status ==
          Status::records);

    const unsigned here = question_offset + 13 + 4;
    CHECK(broken(with_owner(pointer(here)), txt_question));                 // to itself
    CHECK(broken(with_owner("\1a" + pointer(here)), txt_question));         // to its own label
    CHECK(broken(with_owner(pointer(here + 2)), txt_question));             // forward
    CHECK(broken(with_owner(pointer(0x3fff)), txt_question));               // beyond the end
    CHECK(broken(with_owner(pointer(0)), txt_question));                    // into the header
    CHECK(broken(with_owner("\x40" + std::string(64, 'a')), txt_question)); // label type 01
    CHECK(broken(with_owner("\x80"), txt_question));                        // label type 10
    CHECK(broken(Packet(0x8180).question(pointer(question_offset), 16), txt_question));

    // Two names that point at each other: the second is met first as part of an answer.
    const auto mutual = txt_reply()
                            .record(6, "\1a" + pointer(question_offset), 999, 1, 0, pointer(here + 16))
                            .record(6, pointer(here + 14), 16, 1, 0, spf);
    CHECK(broken(mutual, txt_question));
}

TEST_CASE("RFC 1035 §2.3.4: names of 255 octets pass, of 256 do not") {
    const std::string label63 = '\x3f' + std::string(63, 'a');
    const std::string most = label63 + label63 + label63; // 192
    const auto with_owner = [](const std::string& owner) {
        return txt_reply().record(6, owner, 16, 1, 300, spf);
    };
    CHECK(sound(with_owner(most + '\x3d' + std::string(61, 'b') + '\0')));
    CHECK(broken(with_owner(most + '\x3e' + std::string(62, 'b') + '\0'), txt_question));
    // The same through compression: 192 + 13 octets of example.com., and up to 50 between.
    CHECK(sound(with_owner(most + '\x31' + std::string(49, 'b') + pointer(question_offset))));
    CHECK(broken(with_owner(most + '\x32' + std::string(50, 'b') + pointer(question_offset)), txt_question));
    CHECK(broken(with_owner(most + label63), txt_question)); // no end
}

TEST_CASE("RFC 1035 §3.3: RDATA of a known type has its form, whatever was asked and wherever it stands") {
    struct Case {
        const char* what;
        Type type;
        std::string rdata;
    };
    const std::string name_octets = wire_name("a.test");
    const std::vector<Case> cases = {
        {"A of 3", Type::a, "abc"},
        {"A of 5", Type::a, "abcde"},
        {"A of 0", Type::a, ""},
        {"AAAA of 15", Type::aaaa, std::string(15, 'x')},
        {"AAAA of 17", Type::aaaa, std::string(17, 'x')},
        {"MX without a name", Type::mx, be16(10)},
        {"MX with half a preference", Type::mx, "\1"},
        {"MX with octets behind it", Type::mx, data::mx(10, "a.test") + "x"},
        {"MX overrunning", Type::mx, be16(10) + "\5a"},
        {"TXT overrunning", Type::txt, "\5abc"},
        {"second string overrunning", Type::txt, std::string("\1a\2b")},
        {"SPF overrunning", Type::spf,
         "\xff"
         "abc"},
        {"PTR of nothing", Type::ptr, ""},
        {"PTR with octets behind it", Type::ptr, name_octets + "x"},
        {"CNAME without an end", Type::cname, "\1a"},
        {"CNAME of two names", Type::cname, name_octets + name_octets},
        {"NS overrunning", Type::ns,
         "\x09"
         "abc"},
        {"SOA without numbers", Type::soa, name_octets + name_octets},
        {"SOA with 19 octets", Type::soa, name_octets + name_octets + std::string(19, 'x')},
        {"SOA with 21 octets", Type::soa, name_octets + name_octets + std::string(21, 'x')},
    };
    for (const Case& bad : cases) {
        INFO(bad.what);
        CHECK(broken(a_reply().answer("other.test", bad.type, 1, bad.rdata), a_question));
        CHECK(broken(a_reply().authority("other.test", bad.type, 1, bad.rdata), a_question));
        CHECK(broken(a_reply().additional("other.test", bad.type, 1, bad.rdata), a_question));
        // A length that reaches over the next record does not help.
        CHECK(broken(
            a_reply().answer("other.test", bad.type, 1, bad.rdata).answer("example.com", Type::a, 1, a1),
            a_question));
    }
    CHECK(sound(a_reply().record(6, wire_name("x.test"), 65280, 1, 1, "anything")));
    CHECK(read(a_reply().record(6, wire_name("x.test"), 46, 1, 1, ""), a_question).answer.status ==
          Status::no_data);
}

TEST_CASE("RFC 3597 §2: types without a form here and other classes do not break a reply") {
    // HINFO, SIG, SRV, NAPTR, TLSA, SVCB, HTTPS, URI, CAA, none of them in its own form.
    for (const unsigned type : {13U, 24U, 33U, 35U, 52U, 64U, 65U, 256U, 257U}) {
        INFO(type);
        for (const unsigned section : {6U, 8U, 10U}) {
            INFO(section);
            const auto packet = a_reply()
                                    .answer("example.com", Type::a, 1, a1)
                                    .record(section, wire_name("example.com"), type, 1, 1, "x");
            CHECK(read(packet, a_question).answer.records == Records(Addresses{net::ipv4(0xc0000201)}));
        }
    }
    CHECK(sound(a_reply().record(6, wire_name("example.com"), 1, 3, 1, a1))); // class CH
    CHECK(broken(a_reply().record(6, wire_name("example.com"), 1, 3, 1, "abc"), a_question));
}

TEST_CASE("Records of other owners, types and classes are not believed") {
    const auto packet = a_reply()
                            .alias("www.example.com", "example.net")
                            .answer("www.example.com", Type::a, 1, a1)
                            .answer("example.com", Type::txt, 1, spf)
                            .record(6, wire_name("example.com"), 1, 3, 1, a1) // class CH
                            .authority("example.com", Type::a, 1, a1)
                            .additional("example.com", Type::a, 1, a1);
    const Answer answer = read(packet, a_question).answer;
    CHECK(answer.status == Status::no_data);
    CHECK(answer.records == Records());
    CHECK(answer.aliases.empty());
}

TEST_CASE("RFC 1034 §3.6.2: aliases are followed by name, in whatever order they come") {
    const auto packet = a_reply()
                            .answer("c.test", Type::a, 60, a1)
                            .alias("B.test", "c.test", 50)
                            .alias("unrelated.test", "c.test", 1)
                            .alias("example.com", "b.TEST", 70)
                            .alias("b.test", "C.test", 40); // twice the same is one
    const Parsed parsed = read(packet, a_question);
    CHECK(parsed.answer.status == Status::records);
    CHECK(parsed.answer.aliases == std::vector<Name>{name("b.test"), name("c.test")});
    CHECK(parsed.answer.records == Records(Addresses{net::ipv4(0xc0000201)}));
    CHECK(parsed.answer.ttl == 40);
    CHECK_FALSE(parsed.continues_at);
}

TEST_CASE("RFC 6672 §3.1: a DNAME is left to the CNAME made from it") {
    const auto packet = Packet::reply("a.old.test", Type::a)
                            .record(6, wire_name("old.test"), 39, 1, 60, data::name("new.test"))
                            .alias("a.old.test", "a.new.test", 0)
                            .answer("a.new.test", Type::a, 60, a1);
    const Answer answer = read(packet, question("a.old.test", Type::a)).answer;
    CHECK(answer.status == Status::records);
    CHECK(answer.ttl == 0);
    CHECK(answer.aliases == std::vector<Name>{name("a.new.test")});
}

TEST_CASE("RFC 1034 §3.6.2: broken alias chains") {
    const auto fails_as = [](const Packet& packet, Failure failure) {
        const Parsed parsed = read(packet, a_question);
        CHECK(parsed.answer.status == Status::failure);
        CHECK(parsed.answer.failure == failure);
        CHECK(parsed.answer.ttl == 0);
        CHECK(parsed.answer.octets == packet.size());
        CHECK(parsed.answer.aliases.empty());
        CHECK(parsed.answer.records == Records());
        CHECK_FALSE(parsed.continues_at);
        CHECK(sound(packet));
    };
    SECTION("to itself") {
        fails_as(a_reply().alias("example.com", "example.com"), Failure::alias_loop);
    }
    SECTION("round") {
        fails_as(a_reply().alias("example.com", "b.test").alias("b.test", "c.test").alias("c.test", "b.test"),
                 Failure::alias_loop);
    }
    SECTION("two ways to go") {
        fails_as(a_reply().alias("example.com", "b.test").alias("example.com", "c.test"), Failure::malformed);
    }
    SECTION("a record of the asked type beside the alias wins") {
        const auto packet = a_reply().alias("example.com", "b.test").answer("example.com", Type::a, 9, a1);
        const Answer answer = read(packet, a_question).answer;
        CHECK(answer.status == Status::records);
        CHECK(answer.aliases.empty());
        CHECK(answer.ttl == 9);
    }
    SECTION("as long as allowed, and longer") {
        auto packet = a_reply().alias("example.com", "n1.test");
        for (std::size_t i = 1; i < max_aliases; ++i)
            packet.alias("n" + std::to_string(i) + ".test", "n" + std::to_string(i + 1) + ".test");
        const std::string last = "n" + std::to_string(max_aliases) + ".test";
        const Answer answer = read(Packet(packet).answer(last, Type::a, 1, a1), a_question).answer;
        CHECK(answer.status == Status::records);
        CHECK(answer.aliases.size() == max_aliases);
        fails_as(packet.alias(last, "further.test").answer("further.test", Type::a, 1, a1),
                 Failure::alias_loop);
    }
}

TEST_CASE("RFC 2308 §2: negative answers") {
    SECTION("NODATA") {
        const auto packet = txt_reply().authority("com", Type::soa, 900, data::soa(600));
        const Parsed parsed = read(packet, txt_question);
        CHECK(parsed.answer.status == Status::no_data);
        CHECK(parsed.answer.ttl == 600); // §5: the smaller of both
        CHECK_FALSE(parsed.continues_at);
        CHECK(read(txt_reply().authority("com", Type::soa, 90, data::soa(600)), txt_question).answer.ttl ==
              90);
        CHECK(read(txt_reply(), txt_question).answer.ttl == 0);
        CHECK(read(txt_reply().answer("com", Type::soa, 90, data::soa(600)), txt_question).answer.ttl == 0);
    }
    SECTION("NXDOMAIN") {
        const auto packet = txt_reply(3).authority("com", Type::soa, 900, data::soa(600));
        const Answer answer = read(packet, txt_question).answer;
        CHECK(answer.status == Status::no_name);
        CHECK(answer.rcode == 0);
        CHECK(answer.ttl == 600);
    }
    SECTION("The SOA of the name's zone counts most") {
        const auto foreign = [] { return txt_reply().authority("test", Type::soa, 900, data::soa(600)); };
        CHECK(read(foreign(), txt_question).answer.status == Status::no_data);
        CHECK(read(foreign(), txt_question).answer.ttl == 600);
        CHECK(read(foreign().authority("com", Type::soa, 900, data::soa(700)), txt_question).answer.ttl ==
              700);
    }
    SECTION("§2.2: a referral is no answer") {
        const auto referral = [](unsigned flags) {
            return txt_reply().flags(flags).authority("com", Type::ns, 900, data::name("ns.test"));
        };
        const auto failure = [](const Packet& packet) { return read(packet, txt_question).answer.failure; };
        CHECK(failure(referral(0x8000)) == Failure::referral);
        CHECK(sound(referral(0x8000)));
        CHECK(failure(referral(0x8000).authority("test", Type::soa, 9, data::soa(9))) == Failure::referral);
        // With authority, from a resolver, with an SOA or a record it is an answer.
        for (const Packet& packet :
             {referral(0x8400), referral(0x8180),
              referral(0x8000).authority("com", Type::soa, 9, data::soa(9)), txt_reply()})
            CHECK(read(packet, txt_question).answer.status == Status::no_data);
        CHECK(read(txt_reply()
                       .flags(0x8000)
                       .answer("example.com", Type::txt, 1, spf)
                       .authority("com", Type::ns, 900, data::name("ns.test")),
                   txt_question)
                  .answer.status == Status::records);
        CHECK(read(referral(0x8003), txt_question).answer.status == Status::no_name);
    }
    SECTION("NXDOMAIN is about the end of the chain") {
        const auto packet =
            txt_reply(3).alias("example.com", "b.test", 30).authority("test", Type::soa, 900, data::soa(600));
        const Parsed parsed = read(packet, txt_question);
        CHECK(parsed.answer.status == Status::no_name);
        CHECK(parsed.answer.aliases == std::vector<Name>{name("b.test")});
        CHECK(parsed.answer.ttl == 30);
        CHECK_FALSE(parsed.continues_at);
        CHECK_FALSE(read(txt_reply(3).alias("example.com", "b.test"), txt_question).continues_at);
    }
    SECTION("NXDOMAIN with records at the end of the chain contradicts itself") {
        const auto packet = txt_reply(3).answer("example.com", Type::txt, 1, spf);
        CHECK(malformed(packet, txt_question));
        CHECK(sound(packet));
        CHECK(malformed(txt_reply(3).alias("example.com", "b.test").answer("b.test", Type::txt, 1, spf),
                        txt_question));
        CHECK(read(txt_reply(3).answer("b.test", Type::txt, 1, spf), txt_question).answer.status ==
              Status::no_name);
    }
}

TEST_CASE("A chain of aliases that the servers left unfinished") {
    const auto chain = [] { return txt_reply().alias("example.com", "b.test").alias("b.test", "c.test"); };
    const Parsed parsed = read(chain(), txt_question);
    CHECK(parsed.answer.status == Status::no_data);
    CHECK(parsed.answer.aliases == std::vector<Name>{name("b.test"), name("c.test")});
    CHECK(parsed.continues_at == name("c.test"));
    CHECK_FALSE(read(chain().authority("test", Type::soa, 9, data::soa(9)), txt_question).continues_at);
    CHECK(read(chain().authority("test", Type::ns, 9, data::name("ns.test")), txt_question).continues_at);
    // The zone where the chain begins has nothing to say of its end.
    CHECK(read(chain().authority("com", Type::soa, 9, data::soa(9)), txt_question).continues_at);
    CHECK_FALSE(read(txt_reply(), txt_question).continues_at);
}

TEST_CASE("RFC 2181 §8: a TTL with the top bit set is 0") {
    const auto ttl = [](std::uint32_t sent) {
        return read(txt_reply().answer("example.com", Type::txt, sent, spf), txt_question).answer.ttl;
    };
    CHECK(ttl(0x7fffffff) == 0x7fffffff);
    CHECK(ttl(0x80000000) == 0);
    CHECK(ttl(0xffffffff) == 0);
    CHECK(read(txt_reply().authority("com", Type::soa, 5, data::soa(0x80000000)), txt_question).answer.ttl ==
          0);
}

TEST_CASE("RFC 1035 §4.1.1, RFC 6891 §6.1.3: other RCODEs") {
    const auto rcode = [](const Packet& packet) {
        const Answer answer = read(packet, txt_question).answer;
        CHECK(answer.status == Status::failure);
        CHECK(answer.failure == Failure::rcode);
        CHECK(answer.records == Records());
        CHECK(sound(packet));
        return answer.rcode;
    };
    for (const unsigned code : {1U, 2U, 4U, 5U, 6U, 11U, 15U})
        CHECK(rcode(txt_reply(code)) == code);
    CHECK(rcode(txt_reply(2).answer("example.com", Type::txt, 1, spf)) == 2);
    CHECK(rcode(txt_reply().opt(1)) == 16); // BADVERS
    CHECK(rcode(txt_reply(3).opt(0xff)) == 0xff3);
    CHECK(broken(txt_reply(2).answer("example.com", Type::txt, 1, "\5a"), txt_question));
}

TEST_CASE("RFC 6891 §6.1: OPT has rules of its own") {
    CHECK(sound(txt_reply().opt(0, be16(3) + be16(0) + be16(10) + be16(1) + "x")));
    CHECK(broken(txt_reply().opt().opt(), txt_question));
    CHECK(broken(txt_reply().record(10, wire_name("a"), 41, 1232, 0, ""), txt_question));
    CHECK(broken(txt_reply().record(6, wire_name(""), 41, 1232, 0, ""), txt_question));
    CHECK(broken(txt_reply().record(8, wire_name(""), 41, 1232, 0, ""), txt_question));
    CHECK(broken(txt_reply().opt(0, be16(3) + be16(1)), txt_question));
    CHECK(broken(txt_reply().opt(0, be16(3)), txt_question));
}

TEST_CASE("RFC 7208 §3.4: a truncated reply is told apart, whole or cut") {
    const auto packet = txt_reply().answer("example.com", Type::txt, 300, spf).opt().flags(0x8380);
    const Parsed parsed = read(packet, txt_question);
    CHECK(parsed.truncated);
    CHECK(parsed.has_edns);
    CHECK(parsed.answer.failure == Failure::malformed);
    CHECK(parsed.answer.records == Records());
    CHECK(sound(packet));

    const Packet cut = Packet(packet).cut(20);
    CHECK(read(cut, txt_question).truncated);
    CHECK_FALSE(sound(cut));
    CHECK_FALSE(read(packet, a_question).truncated); // not a reply to this question at all
}

TEST_CASE("A reply full of records is read in reasonable time") {
    auto aliases = a_reply();
    while (aliases.size() < 65000)
        aliases.record(6, pointer(question_offset), 5, 1, 1, pointer(question_offset));
    CHECK(read(aliases, a_question).answer.failure == Failure::alias_loop);

    auto many = a_reply();
    std::uint32_t count = 0;
    while (many.size() < 65000)
        many.record(6, pointer(question_offset), 1, 1, 1, data::a(count++ % 2000));
    const Answer answer = read(many, a_question).answer;
    REQUIRE(answer.status == Status::records);
    const Addresses& addresses = std::get<Addresses>(answer.records);
    REQUIRE(addresses.size() == 2000);
    CHECK(std::is_sorted(addresses.begin(), addresses.end())); // the order they came in
}

namespace {

std::vector<Packet> seeds() {
    return {
        txt_reply().answer("example.com", Type::txt, 300, spf).opt(),
        a_reply()
            .alias("example.com", "b.test")
            .alias("b.test", "c.test")
            .answer("c.test", Type::a, 60, a1)
            .record(6, "\1x" + pointer(question_offset + 8), 28, 1, 5, data::aaaa(1, 2)),
        Packet::reply("example.com", Type::mx)
            .answer("example.com", Type::mx, 1, data::mx(20, "b.test"))
            .record(6, pointer(question_offset), 15, 1, 9, be16(10) + "\2mx" + pointer(question_offset))
            .authority("example.com", Type::ns, 1, data::name("ns.test"))
            .additional("b.test", Type::a, 1, a1),
        txt_reply(3).alias("example.com", "b.test").authority("test", Type::soa, 9, data::soa(60)).opt(),
        Packet::reply("1.2.0.192.in-addr.arpa", Type::ptr)
            .answer("1.2.0.192.in-addr.arpa", Type::ptr, 1, data::name("mail.test")),
    };
}

} // namespace

TEST_CASE("Mangled replies are refused or read, nothing else") {
    constexpr unsigned seed = 7208;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
    std::vector<Bytes> sources;
    for (const Packet& packet : seeds()) {
        REQUIRE(sound(packet));
        sources.push_back(packet.bytes());
    }
    int sound_ones = 0;
    int unsound_ones = 0;
    int wrongly_refused = 0;
    int wrongly_read = 0;
    int torn = 0;  // neither failed nor not
    int loose = 0; // sound, and still sound with its end moved
    for (int round = 0; round < 200000; ++round) {
        Bytes message = sources[below(sources.size())];
        for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
            if (message.empty()) break;
            const std::size_t at = below(message.size());
            switch (below(6)) {
            case 0:
                message[at] = static_cast<std::uint8_t>(random());
                break;
            case 1:
                message[at] = static_cast<std::uint8_t>(message[at] ^ 1U << below(8));
                break;
            case 2:
                message.resize(at);
                break;
            case 3:
                message[at] = 0xc0;
                break;
            case 4:
                message.erase(message.begin() + static_cast<std::ptrdiff_t>(at));
                break;
            default:
                message.insert(message.begin() + static_cast<std::ptrdiff_t>(at),
                               message[below(message.size())]);
            }
        }
        // In memory of its own, so that the sanitizer sees the octet behind the end.
        const Bytes exact(message.begin(), message.end());
        const Answer asked = parse_reply(exact, txt_question).answer;
        const Parsed parsed = parse_reply(exact, own_question(exact).value_or(txt_question));
        const bool refused = parsed.answer.failure == Failure::malformed;
        torn += (parsed.answer.status == Status::failure) != (parsed.answer.failure != Failure::none);
        if (!sound(exact)) {
            ++unsound_ones;
            wrongly_read += !refused || asked.failure != Failure::malformed;
            continue;
        }
        ++sound_ones;
        // What is sound can be malformed only by what it says.
        const bool said_so = parsed.truncated || (exact[3] & 0xf) == 3 || exact[7] > 1;
        wrongly_refused += refused && !said_so;
        Bytes moved = exact;
        moved.push_back(0);
        loose += sound(moved);
        moved.resize(exact.size() - 1);
        loose += sound(moved);
    }
    CHECK(wrongly_refused == 0);
    CHECK(wrongly_read == 0);
    CHECK(torn == 0);
    CHECK(loose == 0);
    CHECK(sound_ones > 1000);
    CHECK(unsound_ones > 1000);
}

TEST_CASE("Random octets are never a reply") {
    constexpr unsigned seed = 1035;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    int sound_ones = 0;
    for (int round = 0; round < 20000; ++round) {
        Bytes message(random() % 80);
        for (auto& octet : message)
            octet = static_cast<std::uint8_t>(random());
        sound_ones += sound(message);
        CHECK(parse_reply(message, txt_question).answer.failure == Failure::malformed);
    }
    CHECK(sound_ones == 0);
}
