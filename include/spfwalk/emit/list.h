// The addresses of a run, gathered from reports, ready to be printed.
#pragma once

#include "spfwalk/net/address_set.h"
#include "spfwalk/spf/walk.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace spfwalk::emit {

/// Which answer to an undecidable record goes into the list.
enum class Certainty : std::uint8_t { sure, possible };

/// What a list must remember beside the union.
enum class Detail : std::uint8_t {
    addresses, ///< nothing
    sources,   ///< which term of which domain brought what
    full,      ///< and everything else that is known of each domain
};

/// Addresses of both families.
struct Addresses {
    net::AddressSet ipv4;
    net::AddressSet ipv6;

    net::AddressSet& of(net::Family family) { return family == net::Family::ipv4 ? ipv4 : ipv6; }
    const net::AddressSet& of(net::Family family) const { return family == net::Family::ipv4 ? ipv4 : ipv6; }
    bool empty() const { return ipv4.empty() && ipv6.empty(); }
    friend bool operator==(const Addresses&, const Addresses&) = default;
};

/// Addresses that one deciding term of one domain brought.
struct Source {
    std::size_t domain = 0; ///< index into List::domains
    std::string path;       ///< escaped, see spf::path_text()
    net::Family family = net::Family::ipv4;
    std::vector<net::AddressSet> pieces; ///< one for each published prefix that was still unclaimed
};

/// The path that stands for a last good list.
extern const std::string stale_path;

struct DomainResult; // domain.h

struct List {
    Addresses addresses;              ///< with mapped addresses as they are to be printed (spf/universe.h)
    std::vector<std::string> domains; ///< in input order; only with Detail::sources
    std::vector<Source> sources;      ///< by domain, then in the order decided; only with Detail::sources
    std::vector<std::shared_ptr<const DomainResult>> results; ///< in input order; only with Detail::full
};

/// A line of output: a prefix and the sources it came from.
struct Entry {
    net::Prefix prefix;
    std::vector<std::size_t> sources; ///< indices into List::sources, ascending
};

/// Collects reports in any order.
class ListBuilder {
  public:
    ListBuilder(Certainty certainty, Detail detail) : certainty_(certainty), detail_(detail) {}

    Detail detail() const { return detail_; }

    /// Adds what a domain contributes; whether that is anything at all.
    bool add(const spf::Report& report);
    /// Adds what the domain of a report contributed when it was last answered, `age` seconds ago, instead.
    void add_stale(const spf::Report& report, const Addresses& last_good, std::int64_t age);
    List finish();

  private:
    /// A union that grows by batches, so that a million small sets cost no more than sorting them.
    struct Union {
        net::AddressSet set;
        net::RangeList fresh;
        void add(const net::AddressSet& more);
        void settle();
    };
    struct Contribution {
        std::size_t index;
        std::string domain;
        std::vector<Source> sources;
        std::shared_ptr<const DomainResult> result;
    };
    Certainty certainty_;
    Detail detail_;
    Union unions_[2];
    std::vector<Contribution> contributions_;
};

/// Adds addresses that no domain brought; `name` stands where a domain's would. `detail` is that of the list.
void extend(List& list, std::string name, Addresses addresses, Detail detail = Detail::sources);

/// Takes addresses away, wherever they come from.
void remove(List& list, const Addresses& addresses);

/// What a verdict contributes to a list.
net::AddressSet chosen(const spf::Verdict& verdict, Certainty certainty);
Addresses chosen(const spf::Report& report, Certainty certainty);

/// Where the addresses that a verdict contributes come from, in the order decided; Source::domain is 0.
std::vector<Source> sources_of(const spf::Verdict& verdict, Certainty certainty);

/// The fewest prefixes, IPv4 first, each with its sources (if the list has them).
std::vector<Entry> aggregated(const List& list);

/// The prefixes as published, or what earlier terms left of them: sorted, each once, the same addresses in
/// all (but for mapped ones that only the union fills in, see spf/universe.h). Needs Detail::sources.
std::vector<Entry> as_published(const List& list);

} // namespace spfwalk::emit
