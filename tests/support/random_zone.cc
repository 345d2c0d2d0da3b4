#include "support/random_zone.h"

#include "support/naive_address.h"
#include "support/random_record.h"

#include <algorithm>

namespace naive {

namespace {

bool is_dynamic(Flavour flavour) {
    return flavour == Flavour::dynamic || flavour == Flavour::dynamic_faulty;
}

bool is_faulty(Flavour flavour) {
    return flavour == Flavour::faulty || flavour == Flavour::dynamic_faulty;
}

std::vector<std::string> some_domains(Dice& dice) {
    std::vector<std::string> domains = {"a.test",    "b.test",      "c.test",     "sub.a.test",
                                        "d.example", "_spf.b.test", "e.test",     "test.a",
                                        "f.example", "g.test",      "x.y.z.test", "h.test"};
    domains.resize(3 + dice.below(10));
    return domains;
}

/// Names of hosts for records to use; not all of them exist.
std::vector<std::string> some_hosts(Dice& dice) {
    std::vector<std::string> hosts;
    for (int i = 0; i < 10; ++i)
        hosts.push_back("h" + std::to_string(i) + ".test");
    for (const char* name : {"both.test", "v4.test", "v6.test", "nodata.test", "mapped.test", "dangling.test",
                             "gone.test", "chain1.test", "a.wild.test", "loop1.test"}) {
        if (dice.percent(70)) hosts.emplace_back(name);
    }
    return hosts;
}

class Maker {
  public:
    Maker(std::uint64_t seed, Flavour flavour)
        : dice_(seed * 3 + static_cast<std::uint64_t>(flavour)),
          flavour_(flavour),
          domains_(some_domains(dice_)),
          hosts_(some_hosts(dice_)),
          write_(dice_, is_dynamic(flavour), domains_, hosts_) {}

    Sample make();

  private:
    void add_hosts();
    void add_fixed_hosts();
    void add_mail_hosts();
    void add_mail_exchanges(Node& owner);
    void add_domains();
    void add_macro_names();
    void add_client_names();
    void add_reverse_names();
    void add_failures();
    void choose_identity();
    void note_macros();
    Node& node(const std::string& name) { return sample_.zone.names[lower(name)]; }

    Dice dice_;
    Flavour flavour_;
    std::vector<std::string> domains_;
    std::vector<std::string> hosts_;
    RecordWriter write_;
    Sample sample_;
};

void Maker::add_hosts() {
    for (int i = 0; i < 10; ++i) {
        const std::string name = "h" + std::to_string(i) + ".test";
        const std::size_t kind = dice_.below(20);
        if (kind < 11) {
            const std::size_t fours = kind < 8 ? 1 + dice_.below(3) : 0;
            const std::size_t sixes = kind < 3 || kind >= 8 ? 1 + dice_.below(3) : 0;
            for (std::size_t n = 0; n < fours; ++n)
                node(name).a.push_back(write_.v4());
            for (std::size_t n = 0; n < sixes; ++n)
                node(name).aaaa.push_back(write_.v6());
        } else if (kind < 14) {
            node(name).cname = dice_.any({"h0.test", "H1.test", "both.test", "v4.test", "gone.test",
                                          "nodata.test", "loop1.test", "chain1.test", "a.wild.test"});
        } else if (kind == 14) {
            node("below." + name).a = {write_.v4()}; // itself an empty non-terminal
        } else if (kind == 15) {
            node(name); // without data
        } else if (kind == 16) {
            for (int n = 0; n < 12; ++n)
                node(name).a.push_back("10.0.3." + std::to_string(n * 7));
        } // else: does not exist
    }
}

/// Names that scenarios count on.
void Maker::add_fixed_hosts() {
    node("both.test").a = {write_.v4()};
    node("both.test").aaaa = {write_.v6()};
    node("v4.test").a = {write_.v4()};
    node("v6.test").aaaa = {write_.v6()};
    node("nodata.test").txt = {"nothing to see"};
    node("mapped.test").aaaa = {dice_.any({"::ffff:10.0.0.1", "::ffff:0:0", "::fffe:ffff:ffff"})};
    node("dangling.test").cname = "gone.test";
    node("loop1.test").cname = "loop2.test";
    node("loop2.test").cname = "loop1.test";
    node("chain1.test").cname = "chain2.test";
    node("chain2.test").cname = "Chain3.test";
    node("chain3.test").cname = dice_.any({"both.test", "gone.test", "nodata.test"});
    node("*.wild.test").a = {write_.v4()};
    node("*.wild.test").txt = {
        write_.join({write_.qualifier() + write_.address_term(), write_.qualifier() + "all"})};
    if (dice_.percent(50)) node("*.w.test").a = {write_.v4()};
    if (dice_.percent(20)) node("*.w.test").aaaa = {write_.v6()};
    node("mail.test").mx = {{10, "both.test"}};
    node("null.test").mx = {{0, ""}};
    node("voids.test").mx = {{10, "gone.test"}, {20, "v4.test"}, {30, "v6.test"}};
    node("voids.test").txt = {write_.join({"?a:gone.test", write_.address_term(), "?a:v4.test", "?all"})};
    node("cheap.test").txt = {write_.join({write_.address_term(), dice_.any({"-all", "?all", "~all"})})};
    node("exp.test").txt = {"%{i} is not one of %{d}'s, %{c} %{r} %{t}"};
    node("exp-macros.test").txt = {"%{S} %{l} %{o} %{D2} %{I} %{p} %{v} %{H} %{C} %{R} %{T} %% %_ %-"};
    node("exp-parts.test").txt = {"see http://w.test/?%{L1r-}&%{iR} and %{d1r} of %{h2}"};
    node("exp-bad.test").txt = {"100% of %{d}"};
    node("exp-two.test").txt = {"one", "two"};
    node("exp-alias.test").cname = "exp-macros.test";
    node("no-spf.test").txt = {"v=spf2"};
}

/// Nine, ten and eleven mail exchanges, around the limit of §4.6.4.
void Maker::add_mail_hosts() {
    for (const std::size_t count : {std::size_t{9}, std::size_t{10}, std::size_t{11}}) {
        Node& many = node("mx" + std::to_string(count) + ".test");
        for (std::size_t i = 0; i < count; ++i) {
            const std::string exchange = "m" + std::to_string(i) + ".test";
            many.mx.emplace_back(static_cast<int>(i), exchange);
            node(exchange).a = {"10.0.2." + std::to_string(i * 20)};
            node(exchange).aaaa = {"2001:db8:0:2::" + std::to_string(i)};
        }
    }
    if (dice_.percent(30)) node("m9.test").aaaa.clear();
    if (dice_.percent(30)) sample_.zone.names.erase("m4.test");
}

void Maker::add_mail_exchanges(Node& owner) {
    if (dice_.percent(8)) {
        owner.mx.emplace_back(0, "");
        if (dice_.percent(70)) return;
    }
    for (std::size_t count = dice_.below(5); count > 0; --count)
        owner.mx.emplace_back(static_cast<int>(count * 10), write_.mixed_case(dice_.any(hosts_)));
    if (owner.mx.size() > 1 && dice_.percent(20))
        owner.mx.emplace_back(5, owner.mx.back().second); // one host twice
}

void Maker::add_domains() {
    for (const std::string& domain : domains_) {
        Node& owner = node(domain);
        if (domain != "a.test" && dice_.percent(5)) {
            const std::string target =
                dice_.any({"a.test", "b.test", "cheap.test", "gone.test", "b.wild.test"});
            if (target != domain) {
                owner.cname = target;
                continue;
            }
        }
        owner.txt = write_.texts(domain, domain == "a.test");
        if (dice_.percent(50)) owner.a.push_back(write_.v4());
        if (dice_.percent(40)) owner.aaaa.push_back(write_.v6());
        if (dice_.percent(60)) add_mail_exchanges(owner);
    }
    node("alias.test").cname = "a.test";
    node("alias2.test").cname = "Alias.test";
    if (dice_.percent(15)) node("*.a.test").txt = {write_.record("a.test")};
    if (dice_.percent(15)) node("*.a.test").a = {write_.v4()};
}

/// Names that static macros may expand to.
void Maker::add_macro_names() {
    node("_in-addr.spf.test").txt = {write_.record("_in-addr.spf.test")};
    node("_ip6.spf.test").txt = {write_.record("_ip6.spf.test")};
    if (dice_.percent(50)) node("x.in-addr.w.test").a = {"127.0.0.2"};
    if (dice_.percent(50)) node("in-addr.test").a = {write_.v4()};
    if (dice_.percent(50)) node("ip6.test").aaaa = {write_.v6()};
    if (dice_.percent(30)) node("test").a = {write_.v4()};    // a:%{d1}
    if (dice_.percent(30)) node("test").txt = {"v=spf1 all"}; // include:%{d1}: not a multi-label name
    const std::string label(63, 'l');
    if (dice_.percent(50)) node(label + "." + label + "." + label + ".h0.test").a = {write_.v4()};
    if (dice_.percent(50)) node(label + "." + label + "." + label + ".a.test").a = {write_.v4()};
}

/// Names that macros about the client and the mailbox may expand to.
void Maker::add_client_names() {
    for (int i = 0; i < 6; ++i) {
        const Address ip = *parse_v4(write_.v4());
        const std::string third = std::to_string(ip.bytes[2]);
        const std::string fourth = std::to_string(ip.bytes[3]);
        const std::string reversed = fourth + "." + third + ".0.10";
        const std::string forward = "10.0." + third + "." + fourth;
        const std::string left = dice_.any({reversed, forward, "*." + third + ".0.10", "*.0.10", "0.0.10",
                                            third + "." + fourth, "10." + fourth});
        node(left + dice_.any({".w.test", ".in-addr.w.test", ".test", "._ip.test", ".a.test"})).a = {
            "127.0.0.2"};
        const std::string include = dice_.any(
            {forward + ".spf.test", reversed + "._spf.test", "*.0.10._spf.test", "0.0.10.in-addr.spf.test"});
        node(include).txt = {write_.join({write_.address_term(), write_.qualifier() + "all"})};
    }
    node("*.8.b.d.0.1.0.0.2.w.test").a = {"127.0.0.3"};
    node("1.0.0.2.ip6.w.test").a = {"127.0.0.3"};
    if (dice_.percent(30))
        node("*.spf.test").txt = {write_.join({write_.term(), write_.qualifier() + "all"})};
    node("joe.w.test").a = {"127.0.0.2"};
    node("joe.spf.test").txt = {write_.record("joe.spf.test")};
    node("unknown.test").a = {"127.0.0.2"};
}

std::string reverse_name(const Address& address) {
    std::string name;
    for (auto i = static_cast<std::size_t>(width(address)) / 8; i > 0; --i) {
        const int byte = address.bytes[i - 1];
        if (address.is_v6)
            name += {"0123456789abcdef"[byte % 16], '.', "0123456789abcdef"[byte / 16], '.'};
        else
            name += std::to_string(byte) + ".";
    }
    return name + (address.is_v6 ? "ip6.arpa" : "in-addr.arpa");
}

void Maker::add_reverse_names() {
    const std::vector<std::string> names = {"a.test",     "b.test",    "sub.a.test", "mail.a.test",
                                            "gone.test",  "v4.test",   "v6.test",    "both.test",
                                            "alias.test", "nota.test", "loop1.test", "dangling.test"};
    for (const char* name : {"b.test", "sub.a.test", "mail.a.test", "nota.test"}) {
        if (!node(name).cname && dice_.percent(70)) node(name).a.push_back(write_.v4());
        if (!node(name).cname && dice_.percent(40)) node(name).aaaa.push_back(write_.v6());
    }
    std::vector<std::string> addresses;
    for (const auto& [name, owner] : sample_.zone.names) {
        addresses.insert(addresses.end(), owner.a.begin(), owner.a.end());
        addresses.insert(addresses.end(), owner.aaaa.begin(), owner.aaaa.end());
    }
    for (const std::string& address : addresses) {
        if (dice_.percent(40)) continue;
        Node& owner = node(reverse_name(*parse_client(address)));
        if (owner.cname) continue;
        if (owner.ptr.empty() && dice_.percent(5)) {
            owner.cname = "rev.test"; // RFC 2317
            continue;
        }
        const std::size_t count = dice_.percent(5) ? 12 + dice_.below(12) : 1 + dice_.below(3);
        for (std::size_t i = 0; i < count; ++i)
            owner.ptr.push_back(dice_.any(names));
        if (count >= 12) { // over the ten that count (§5.5)
            for (int i = 0; i < 5; ++i)
                owner.ptr.push_back("p" + std::to_string(i) + ".test");
        }
        std::sort(owner.ptr.begin(), owner.ptr.end());
        owner.ptr.erase(std::unique(owner.ptr.begin(), owner.ptr.end()), owner.ptr.end());
    }
    node("rev.test").ptr = {"a.test", "mail.a.test"};
}

void Maker::add_failures() {
    std::set<std::string> targets;
    for (const auto& [name, owner] : sample_.zone.names) {
        if (owner.cname) targets.insert(lower(*owner.cname));
    }
    std::vector<std::string> names(hosts_);
    names.insert(names.end(), domains_.begin(), domains_.end());
    for (const char* name : {"both.test", "m3.test", "m7.test", "gone.test", "mail.test", "voids.test",
                             "mx10.test", "x.w.test", "cheap.test", "_ip6.spf.test"})
        names.emplace_back(name);
    for (std::size_t count = 4 + dice_.below(12); count > 0; --count) {
        const std::string name = dice_.any(names);
        const std::string type = dice_.any({"A", "A", "AAAA", "AAAA", "MX", "TXT"});
        if (name == "a.test" && type == "TXT" && dice_.percent(90)) continue; // nothing else would be tried
        if (targets.count(name) == 0) sample_.zone.fails.insert({name, type});
    }
    if (!is_dynamic(flavour_)) return;
    if (dice_.percent(20)) sample_.zone.fails.insert({"exp.test", "TXT"});
    for (const auto& [name, owner] : sample_.zone.names) {
        if (!owner.ptr.empty() && targets.count(name) == 0 && dice_.percent(15))
            sample_.zone.fails.insert({name, "PTR"});
    }
}

void Maker::choose_identity() {
    sample_.domain = "a.test";
    if (dice_.percent(10)) {
        sample_.domain = dice_.any(domains_);
        if (dice_.percent(30))
            sample_.domain = dice_.any({"A.Test", "alias.test", "gone.test", "test", "no-spf.test"});
    }
    sample_.sender = "postmaster@" + sample_.domain;
    sample_.helo = sample_.domain;
    if (dice_.percent(40))
        sample_.sender =
            dice_.any({"joe", "joe.q-x+y", "Joe", "a..b", "", "j\xc3\xb6rg", std::string(70, 'j')}) + "@" +
            dice_.any({"b.test", "a.test", "c.test", "gone.test", "sub.a.test"});
    if (dice_.percent(30))
        sample_.helo = dice_.any({"mail.a.test", "b.test", "helo", "bad..helo", "[10.0.0.1]"});
}

void Maker::note_macros() {
    if (!is_dynamic(flavour_)) return;
    for (const auto& [name, owner] : sample_.zone.names) {
        for (const std::string& text : owner.txt) {
            const std::string record = lower(text);
            if (!record.starts_with("v=spf1")) continue;
            const auto has = [&](const std::string& part) { return record.find(part) != std::string::npos; };
            if (has("ptr") || has("%{i") || has("%{p")) sample_.address_dependent_macros = true;
            if (has("%{s") || has("%{l") || has("%{h")) sample_.identity_macros = true;
        }
    }
}

Sample Maker::make() {
    add_hosts();
    add_fixed_hosts();
    if (dice_.percent(30)) add_mail_hosts();
    add_domains();
    add_macro_names();
    if (is_dynamic(flavour_)) {
        add_client_names();
        add_reverse_names();
    }
    if (is_faulty(flavour_)) add_failures();
    choose_identity();
    note_macros();
    return sample_;
}

} // namespace

Sample random_sample(std::uint64_t seed, Flavour flavour) {
    return Maker(seed, flavour).make();
}

} // namespace naive
