#include "support/random_record.h"

#include <utility>

namespace naive {

std::string RecordWriter::v4() {
    if (dice_.percent(6))
        return dice_.any(
            {"0.0.0.0", "255.255.255.255", "192.0.2.1", "127.0.0.1", "198.51.100.7", "9.255.255.255"});
    const std::string last = dice_.percent(70) ? dice_.any({"0", "1", "2", "5", "127", "128", "254", "255"})
                                               : std::to_string(dice_.below(256));
    return "10.0." + std::to_string(dice_.below(4)) + "." + last;
}

/// One of the many ways to write it.
std::string RecordWriter::v6_text(const Address& address) {
    const std::string shortest = to_text(address);
    const std::size_t way = dice_.below(10);
    if (way < 7) return shortest;
    if (way == 7) { // upper case
        std::string upper = shortest;
        for (char& c : upper) {
            if (c >= 'a' && c <= 'f') c = static_cast<char>(c - 'a' + 'A');
        }
        return upper;
    }
    std::string full;
    for (std::size_t i = 0; i < 16; ++i) {
        if (way == 9 && i == 12) { // dotted quad at the end
            for (std::size_t k = 12; k < 16; ++k)
                full += (k > 12 ? "." : "") + std::to_string(address.bytes[k]);
            return full;
        }
        full += {"0123456789abcdef"[address.bytes[i] / 16], "0123456789abcdef"[address.bytes[i] % 16]};
        if (i % 2 == 1 && i < 15) full += ':';
    }
    return full;
}

std::string RecordWriter::v6() {
    if (dice_.percent(12)) {
        return dice_.any({"::", "::1", "::ffff:10.0.0.1", "::ffff:10.0.1.255", "::fffe:ffff:ffff",
                          "::1:0:0:0", "::ffff:0:0", "::ffff:255.255.255.255",
                          "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe80::1",
                          "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"});
    }
    Address address;
    address.is_v6 = true;
    address.bytes[0] = 0x20;
    address.bytes[1] = 0x01;
    address.bytes[2] = 0x0d;
    address.bytes[3] = 0xb8;
    address.bytes[7] = static_cast<std::uint8_t>(dice_.percent(80) ? dice_.below(3) : dice_.below(16));
    if (dice_.percent(15)) {
        for (std::size_t i = 8; i < 16; ++i)
            address.bytes[i] = 0xff;
    } else {
        address.bytes[15] = static_cast<std::uint8_t>(dice_.percent(80) ? dice_.below(4) : dice_.below(256));
        if (dice_.percent(10)) address.bytes[8] = 0x80;
    }
    return v6_text(address);
}

std::string RecordWriter::v4_length() {
    return dice_.any({"32", "32", "31", "30", "29", "28", "27", "26", "25", "25", "24",
                      "24", "24", "23", "23", "22", "21", "17", "8",  "1",  "0"});
}

std::string RecordWriter::v6_length() {
    return dice_.any({"128", "128", "127", "126", "125", "120", "97", "96", "95", "65", "64",
                      "64",  "63",  "62",  "61",  "60",  "59",  "48", "32", "1",  "0"});
}

std::string RecordWriter::mixed_case(const std::string& text) {
    if (dice_.percent(85)) return text;
    std::string mixed;
    for (const char c : text)
        mixed += c >= 'a' && c <= 'z' && dice_.percent(50) ? static_cast<char>(c - 'a' + 'A') : c;
    return mixed;
}

std::string RecordWriter::qualifier() {
    return dice_.any({"", "", "", "", "", "+", "-", "-", "~", "?"});
}

std::string RecordWriter::transformers() {
    return dice_.any({"",  "",   "",     "",  "1",        "2",  "3",
                      "r", "1r", "2r",   "R", "127",      "01", "2r.",
                      ".", "r-", "1r.-", "+", "r.-+,/_=", "-",  "99999999999999999999"});
}

std::string RecordWriter::macro() {
    const std::string letters = dynamic_ ? "iiiiippvvddolshIDLSH" : "dddddooovvvDOV";
    const std::string letter(1, letters[dice_.below(letters.size())]);
    if (dynamic_ && letter == "i" && dice_.percent(60))
        return dice_.any({"%{i}", "%{ir}", "%{ir}.%{v}", "%{i1}", "%{ir3}", "%{i3}"});
    return "%{" + letter + transformers() + "}";
}

/// A domain-spec for include and redirect.
std::string RecordWriter::target() {
    if (dice_.percent(4))
        return dice_.any(
            {"gone.test", "no-spf.test", "loop1.test", "x.wild.test", "alias.test", "Alias2.Test"});
    if (dynamic_ && dice_.percent(12))
        return dice_.any({"%{i}.spf.test", "%{ir}._spf.test", "_%{v}.spf.test", "%{l}.spf.test", "%{p}",
                          "%{h}", "%{s}.spf.test", "%{ir3}.%{v}.spf.test"});
    if (dice_.percent(8))
        return dice_.any({"%{d}", "%{o}", "_%{v}.spf.test", "%{d1}", "%{dr}", "%{d2}", "x.%{d}", "%%.%{o}"});
    if (dice_.percent(2)) return macro();
    return mixed_case(dice_.any(domains_)) + (dice_.percent(5) ? "." : "");
}

/// A domain-spec for a, mx and exists.
std::string RecordWriter::host() {
    const std::string label63(63, 'l');
    if (dice_.percent(6)) return target();
    if (dynamic_ && dice_.percent(20))
        return macro() + dice_.any({".w.test", ".test", ".%{v}.w.test", "._ip.test", ".%{d}", ""});
    if (dice_.percent(9))
        return dice_.any({"x", "", "%%", "%_", "%-", "a/24"}) + macro() +
               dice_.any({"", ".w.test", ".test", ".h0.test", ".%{d}"});
    if (dice_.percent(1)) return std::string(64, 'x') + ".w.test"; // label too long
    if (dice_.percent(1)) return "x..w.test";                      // empty label
    if (dice_.percent(1)) return ".w.test";
    if (dice_.percent(1))
        return dice_.any({"h0/24.w.test", "b\\.w.test", "\"q\".w.test", "a;b.w.test", "@.w.test"});
    if (dice_.percent(2)) // over 253: loses one label on the left, or four
        return dice_.any({"", "x.y.z."}) + label63 + "." + label63 + "." + label63 + "." + label63 + "." +
               dice_.any({"w.test", "h0.test", "%{d}"});
    if (dice_.percent(12)) return mixed_case(dice_.any(domains_));
    return mixed_case(dice_.any(hosts_)) + (dice_.percent(4) ? "." : "");
}

std::string RecordWriter::dual_length() {
    if (dice_.percent(60)) return "";
    std::string text;
    if (dice_.percent(70)) text += "/" + v4_length();
    if (dice_.percent(60)) text += "//" + v6_length();
    return text;
}

std::string RecordWriter::address_term() {
    if (dice_.percent(50))
        return mixed_case("ip4") + ":" + v4() + (dice_.percent(55) ? "/" + v4_length() : "");
    if (dice_.percent(2))
        return "ip6:" + dice_.any({"::/0", "::ffff:0:0/96", "::fffe:0:0/95", "::ffff:10.0.0.0/120", "::/80",
                                   "::ffff:0:0/97", "::ffff:128.0.0.0/97"});
    return mixed_case("ip6") + ":" + v6() + (dice_.percent(60) ? "/" + v6_length() : "");
}

std::string RecordWriter::lookup_term() {
    const std::size_t which = dice_.below(dynamic_ ? 17 : 15);
    const std::string domain_spec = dice_.percent(80) ? ":" + host() : "";
    if (which < 5) return mixed_case("a") + domain_spec + dual_length();
    if (which < 8)
        return mixed_case("mx") + (dice_.percent(60) ? ":" + mixed_case(dice_.any(domains_)) : domain_spec) +
               dual_length();
    if (which < 10) return mixed_case("exists") + ":" + host();
    if (which < 15) return mixed_case("include") + ":" + target();
    return mixed_case("ptr") +
           (dice_.percent(60) ? ":" + (dice_.percent(8) ? "x..w.test" : target()) : ""); // empty label
}

std::string RecordWriter::term() {
    return dice_.percent(55) ? address_term() : lookup_term();
}

std::string RecordWriter::explanation_name() {
    if (dice_.percent(15)) return "x." + macro();
    return dice_.any({"exp.test", "exp.test", "exp-macros.test", "exp-macros.test", "exp-parts.test",
                      "exp-bad.test", "exp-two.test", "exp-alias.test", "exp-none.test"});
}

std::string RecordWriter::modifier() {
    return dice_.any({"foo=", "foo=bar", "a=b", "include=gone.test", "ip4=1.2.3.4",
                      "x-y_z.1=%{d2r}%%/=:", "all=", "FOO=bar", "v=spf1", "ra=postmaster", "rp=100"});
}

std::string RecordWriter::broken_term() {
    return dice_.any({"ip4:10.0.0.0/33",
                      "ip4:10.0.0.256",
                      "ip4:10.0.0",
                      "ip4:10.0.0.01",
                      "ip4:10.0.0.1/",
                      "ip4:10.0.0.0/024",
                      "ip4:10.0.0.0//24",
                      "ip4:",
                      "ip4",
                      "ip4:10.0.0.1:25",
                      "ip4:10.0.0.1,",
                      "ip4:::1",
                      "ip4:h0.test",
                      "ip6:::1/129",
                      "ip6:10.0.0.1",
                      "ip6:1::2::3",
                      "ip6:12345::",
                      "ip6:::/",
                      "ip6",
                      "ip6:1:2:3:4:5:6:7",
                      "ip6:1:2:3:4:5:6:7:8:9",
                      "ip6:1:2:3:4::5:6:7:8",
                      "ip6:::1//64",
                      "ip6:::1%0",
                      "ip6:fe80::1%eth0",
                      "ip6:1:2:3:4:5:6:7:1.2.3.4",
                      "ip6::1::",
                      "ip6::",
                      "ipv4:10.0.0.1",
                      "all:",
                      "all/0",
                      "all:x.test",
                      "al",
                      "alll",
                      "+-all",
                      "--all",
                      "+",
                      "-",
                      ":",
                      "/",
                      "=",
                      "=x",
                      "1=x",
                      "_x=y",
                      "include",
                      "include:",
                      "include:museum",
                      "include:a.test/24",
                      "include:%{d",
                      "include:%d",
                      "exists",
                      "exists:",
                      "exists:h0.test/24",
                      "a:",
                      "a:/24",
                      "a/",
                      "a//",
                      "a/24/64",
                      "a///64",
                      "a:1.2.3.4",
                      "a:museum",
                      "a:h0.test//129",
                      "a:h0.test/33",
                      "a:h0.test/024",
                      "a/24//064",
                      "a:-h.-test",
                      "a:h0.test-",
                      "a:h0..",
                      "a:%{d}.",
                      "a:%{d0}.test",
                      "a:%{d00}.test",
                      "a:%{x}.test",
                      "a:%{}.test",
                      "a:%{d}com",
                      "a:%{ d}.test",
                      "a:%{rd}.test",
                      "a:%{dr1}.test",
                      "a:%{d:}.test",
                      "a:%{c}.test",
                      "a:%{t}.test",
                      "a:%.test",
                      "a:%",
                      "mx:",
                      "mx/33",
                      "mx:h0.test/24/24",
                      "mx//",
                      "ptr:",
                      "ptr/24",
                      "ptr:museum",
                      "redirect:a.test",
                      "-redirect=a.test",
                      "redirect=",
                      "redirect=museum",
                      "redirect=a.test/24",
                      "exp=",
                      "exp=museum",
                      "exp=%{r}.test",
                      "?exp=a.test",
                      "foo=%",
                      "foo=%{x}",
                      "foo=%(d)",
                      "foo=%{c}",
                      "moo",
                      "a\tb",
                      "\t",
                      "mx\t-all",
                      "ip4:10.0.0.1\n",
                      "a:h0.\xc3\xa9.test",
                      "foo=\xff",
                      "foo=\x7f",
                      "\xe2\x80\x93"
                      "all",
                      "a.b",
                      "a-b",
                      "redirect=a.test redirect=a.test",
                      "exp=a.test EXP=b.test",
                      "redirect=a.test Redirect=b.test"});
}

/// Terms that work on one rule together.
std::vector<std::string> RecordWriter::scenario(const std::string& domain) {
    std::vector<std::string> terms;
    switch (dice_.below(12)) {
    case 0:
    case 9:
    case 10: { // up to the lookup limit and over it
        const std::size_t count = 8 + dice_.below(4);
        for (std::size_t i = 0; i < count; ++i) {
            terms.push_back(dice_.any({"a:both.test", "a:both.test", "exists:both.test", "mx:mail.test",
                                       "-include:cheap.test", "include:cheap.test", "?a:both.test"}));
            if (dice_.percent(30)) terms.push_back(qualifier() + address_term());
        }
        terms.push_back(dice_.percent(30) ? lookup_term() : address_term());
        if (dice_.percent(40)) terms.push_back("redirect=" + target());
        break;
    }
    case 1:
    case 11: { // void lookups
        const std::size_t count = 1 + dice_.below(4);
        for (std::size_t i = 0; i < count; ++i) {
            terms.push_back(qualifier() + dice_.any({"a:gone.test", "mx:gone.test", "exists:gone.test",
                                                     "a:nodata.test", "a:v4.test", "a:v6.test",
                                                     "mx:voids.test", "a:dangling.test", "exists:v6.test",
                                                     "mx:both.test", "include:voids.test", "mx:null.test"}));
            if (dice_.percent(50)) terms.push_back(qualifier() + address_term());
        }
        terms.push_back(dice_.percent(40) ? "redirect=" + target() : qualifier() + address_term());
        break;
    }
    case 2: // many mail exchanges
        terms = {qualifier() + address_term(),
                 dice_.any(
                     {"mx:mx9.test", "mx:mx10.test", "mx:mx10.test", "mx:mx11.test", "-mx:mx10.test/24//64"}),
                 address_term()};
        break;
    case 3: // carve-outs in front of and behind their supernet
        terms = {"-ip4:10.0." + std::to_string(dice_.below(4)) + ".0/25",
                 "?ip4:" + v4(),
                 "ip4:10.0.0.0/22",
                 "-ip4:" + v4(),
                 "~ip6:" + v6(),
                 "ip6:2001:db8::/60",
                 "-ip6:" + v6() + "/64"};
        break;
    case 4: // loops
        terms = {
            address_term(),
            qualifier() + dice_.any({"include:" + domain, "include:%{d}", "include:" + dice_.any(domains_)}),
            term(), dice_.any({"redirect=" + domain, "redirect=%{o}", "redirect=" + dice_.any(domains_)})};
        break;
    case 5: // redirect beside all, on either side of it
        terms = {term(), "redirect=" + target(), qualifier() + "all"};
        if (dice_.percent(50)) std::swap(terms[1], terms[2]);
        break;
    case 6: // includes of all qualifiers
        for (const std::string sign : {"?", "-", "", "~"}) {
            if (dice_.percent(70)) terms.push_back(sign + "include:" + target());
            if (dice_.percent(40)) terms.push_back(term());
        }
        break;
    case 7: // prefixes around hosts
        terms = {qualifier() + "a:" + host() + "/" + v4_length() + "//" + v6_length(), "mx/" + v4_length(),
                 qualifier() + "a//" + v6_length(),
                 dice_.any({"a/0", "-a:mapped.test//95", "a:both.test/0//0", "mx:null.test/0",
                            "a:gone.test/0//0"})};
        break;
    default: // around ::ffff:0:0/96
        terms = {qualifier() +
                     "ip6:" + dice_.any({"::ffff:10.0.0.1", "::fffe:0:0/96", "::/95", "::ffff:0:0/96"}),
                 dice_.any({"ip6:::fffe:0:0/95", "ip6:::/0", "ip6:::/1", "a:mapped.test//96"}),
                 qualifier() + address_term()};
        break;
    }
    return terms;
}

std::string RecordWriter::join(const std::vector<std::string>& terms) {
    std::string text = dice_.percent(8) ? dice_.any({"V=SPF1", "v=SPF1", "V=spf1"}) : "v=spf1";
    for (const std::string& term : terms)
        text += (dice_.percent(6) ? "  " : " ") + term;
    if (dice_.percent(8)) text += dice_.any({" ", "  ", "   "});
    return text;
}

std::string RecordWriter::record(const std::string& domain, bool rich) {
    std::vector<std::string> terms;
    if (dice_.percent(45)) terms = scenario(domain);
    if (terms.empty() || rich) {
        for (std::size_t count = rich ? dice_.below(4) : dice_.below(9); count > 0; --count)
            terms.push_back(qualifier() + term());
    }
    if (rich && dice_.percent(75)) terms.insert(terms.begin(), qualifier() + address_term());
    const std::size_t end = dice_.below(100);
    if (end < 35)
        terms.push_back(dice_.any({"-all", "-all", "-all", "~all", "?all", "all", "-ALL", "~All"}));
    else if (end < 55 && join(terms).find("redirect=") == std::string::npos)
        terms.push_back(mixed_case("redirect") + "=" + target());
    const auto anywhere = [&] {
        return terms.begin() + static_cast<std::ptrdiff_t>(dice_.below(terms.size() + 1));
    };
    if (dice_.percent(10)) terms.insert(anywhere(), modifier());
    if (dice_.percent(35)) terms.insert(anywhere(), mixed_case("exp") + "=" + explanation_name());
    if (dice_.percent(2)) { // only redirect and exp may not appear twice
        terms.insert(anywhere(), "x=1");
        terms.insert(anywhere(), dice_.any({"x=1", "X=2"}));
    }
    if (dice_.percent(4)) terms.insert(anywhere(), broken_term());
    return join(terms);
}

/// All TXT records of a domain.
std::vector<std::string> RecordWriter::texts(const std::string& domain, bool rich) {
    std::vector<std::string> texts;
    if (dice_.percent(20))
        texts.push_back(dice_.any({"v=spf10 all", "site-verification=\"x\\y\"", " v=spf1 all", "v=spf1\tall",
                                   "spf2.0/pra all", "v=spf1all", "", "caf\xc3\xa9", "v=spf"}));
    if (dice_.percent(rich ? 99 : 96)) texts.push_back(record(domain, rich));
    if (dice_.percent(rich ? 1 : 2)) texts.push_back(join({"+all", "x=second"}));
    if (texts.size() > 1 && dice_.percent(50)) std::swap(texts.front(), texts.back());
    return texts;
}

} // namespace naive
