// A made-up Internet for benchmarks: a zone of N domains, and by construction, without any code of the
// program's own, what each domain's answer must be and which questions are needed to find it.
//
// 200 shared providers whose popularity follows Zipf's law, each with 1 to 4 includes of its own; 50,000 rare
// ones. Of the domains, 30% name hosts of their own (a, mx), 5% have no record, 2% a broken one, 1% a large
// one that does not fit into a UDP reply. Everything follows from a domain's number and the seed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace spfwalk::bench {

struct CensusAnswer {
    std::string_view status;           ///< as in the JSON formats
    std::vector<std::string> prefixes; ///< IPv4 first, in numeric order
};

class Census {
  public:
    explicit Census(std::size_t domains, std::uint64_t seed = 1);

    std::size_t domains() const { return domains_; }
    std::string domain(std::size_t index) const;
    /// The number of a domain, or domains() for a name that is none.
    std::size_t index_of(std::string_view domain) const;
    CensusAnswer answer(std::size_t index) const;

    using Write = std::function<void(std::string_view)>;
    /// The zone of the root as a master file, in pieces.
    void write_zone(const Write& write) const;
    /// Each question that is needed, once: "NAME TYPE\n".
    void write_questions(const Write& write) const;

  private:
    struct Record;
    Record own(std::size_t index) const;
    Record provider(std::size_t number) const;
    Record provider_part(std::size_t number, std::size_t part) const;
    Record rare(std::size_t number) const;
    std::uint64_t draw(std::uint64_t kind, std::uint64_t number) const;
    std::size_t popular(std::uint64_t random) const;

    std::size_t domains_;
    std::uint64_t seed_;
    std::vector<double> popularity_; ///< cumulative, of the shared providers
};

} // namespace spfwalk::bench
