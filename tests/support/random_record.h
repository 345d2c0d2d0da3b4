// Random SPF records, good, bad and ugly: what random_sample() fills its zones with.
#pragma once

#include "support/naive_address.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace naive {

/// Every choice goes through here: the standard's distributions differ between libraries.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    /// 0 to n-1.
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
    bool percent(std::size_t chance) { return below(100) < chance; }
    std::string any(const std::vector<std::string>& list) { return list[below(list.size())]; }

  private:
    std::mt19937_64 engine_;
};

/// Writes addresses, terms and records about the domains and hosts it is given; also about some fixed names
/// that random_sample() puts into its zones (both.test, gone.test, mx10.test, …).
class RecordWriter {
  public:
    /// `dynamic` allows ptr, %{i}, %{p}, %{s}, %{l} and %{h}.
    RecordWriter(Dice& dice, bool dynamic, std::vector<std::string> domains, std::vector<std::string> hosts)
        : dice_(dice), dynamic_(dynamic), domains_(std::move(domains)), hosts_(std::move(hosts)) {}

    /// Addresses from a small pool, so that they meet.
    std::string v4();
    std::string v6();
    std::string qualifier();
    std::string mixed_case(const std::string& text);
    /// An ip4 or ip6 mechanism without qualifier.
    std::string address_term();
    /// Any mechanism without qualifier.
    std::string term();
    /// A record of these terms; now and then with more spaces than needed or the version in upper case.
    std::string join(const std::vector<std::string>& terms);
    /// A record for the domain; a rich one mostly starts with an address and is seldom short.
    std::string record(const std::string& domain, bool rich = false);
    /// All TXT records of the domain: mostly one SPF record, sometimes none, two, or others beside it.
    std::vector<std::string> texts(const std::string& domain, bool rich = false);

  private:
    std::string v6_text(const Address& address);
    std::string v4_length();
    std::string v6_length();
    std::string transformers();
    std::string macro();
    std::string explanation_name();
    std::string target();
    std::string host();
    std::string dual_length();
    std::string lookup_term();
    std::string modifier();
    std::string broken_term();
    std::vector<std::string> scenario(const std::string& domain);

    Dice& dice_;
    bool dynamic_;
    std::vector<std::string> domains_;
    std::vector<std::string> hosts_;
};

} // namespace naive
