#include "fuzz/fuzz.h"

#include "spfwalk/policy/state.h"

namespace spfwalk::fuzz {

namespace {

void check_round_trip(const policy::State& state) {
    const std::string text = policy::print_state(state);
    const auto again = policy::read_state(text);
    promise(again.has_value(), "a state that was printed can be read", again ? text : again.error());
    promise(again->domains == state.domains, "print and read are inverse", text);
    promise(policy::print_state(*again) == text, "the same state is printed the same way", text);
}

net::AddressSet read_set(Input& input, net::Family family) {
    std::vector<net::Range> ranges;
    for (std::uint8_t count = input.octet() % 8; count > 0; --count) {
        net::Address first = input.address(family);
        net::Address last = input.address(family);
        if (last < first) std::swap(first, last);
        ranges.push_back({first, last});
    }
    return net::AddressSet::from_ranges(std::move(ranges));
}

/// What a run could have remembered.
policy::State state_of(Input input) {
    policy::State state;
    while (!input.empty()) {
        std::string domain;
        for (std::uint8_t count = 1 + input.octet() % 16; count > 0; --count) {
            const char c = static_cast<char>('!' + input.octet() % ('~' - '!' + 1));
            domain += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
        policy::LastGood good;
        for (int i = 0; i < 8; ++i)
            good.time =
                static_cast<policy::Timestamp>(static_cast<std::uint64_t>(good.time) << 8 | input.octet());
        good.time &= INT64_MAX;
        good.addresses.ipv4 = read_set(input, net::Family::ipv4);
        good.addresses.ipv6 = read_set(input, net::Family::ipv6);
        for (const std::uint8_t octet : input.line())
            good.conditions += static_cast<char>(octet & 0x7f);
        state.domains.emplace(std::move(domain), std::move(good));
    }
    return state;
}

} // namespace

/// Text; or, behind an octet that no text begins with, a state.
void fuzz_state(Bytes bytes) {
    if (!bytes.empty() && bytes[0] >= 0x80) return check_round_trip(state_of(Input(bytes.subspan(1))));
    const auto state = policy::read_state(as_text(bytes));
    if (!state) {
        promise(is_clean_line(state.error()), "what is wrong is said in a clean line", state.error());
        return;
    }
    check_round_trip(*state);
    for (const auto& [domain, good] : state->domains)
        promise(state->usable(domain, good.conditions, good.time, 0) == &good &&
                    state->usable(domain, good.conditions + 'x', good.time, INT64_MAX) == nullptr,
                "what was good just now under the same conditions is usable", domain);
}

} // namespace spfwalk::fuzz
