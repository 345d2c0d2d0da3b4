// A resolver without a network and without a clock: time is counted in waves of answers.
#pragma once

#include "spfwalk/dns/resolver.h"
#include "spfwalk/dns/zone_resolver.h"

#include "support/addresses.h"

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace spfwalk::test {

class FakeResolver final : public dns::Resolver {
  public:
    /// Picks which of the open questions are answered next: indices into `open`, at least one.
    using Order = std::function<std::vector<std::size_t>(const std::vector<dns::Question>& open)>;

    FakeResolver(dns::MasterFile file, Order order) : zone_(std::move(file)), order_(std::move(order)) {}

    /// Everything that is open comes at once: a network where each reply takes one unit of time.
    static std::vector<std::size_t> all(const std::vector<dns::Question>& open) {
        std::vector<std::size_t> result(open.size());
        for (std::size_t i = 0; i < result.size(); ++i)
            result[i] = i;
        return result;
    }
    static std::vector<std::size_t> last(const std::vector<dns::Question>& open) { return {open.size() - 1}; }
    static std::vector<std::size_t> first(const std::vector<dns::Question>&) { return {0}; }
    static Order shuffled(std::uint64_t seed) {
        return [random = std::mt19937_64(seed)](const std::vector<dns::Question>& open) mutable {
            return std::vector<std::size_t>{any_index(random, open.size())};
        };
    }

    void ask(const dns::Question& question) override {
        asked.push_back(question);
        open_.push_back(question);
    }
    void wait(std::vector<dns::Reply>& answers) override {
        if (open_.empty()) return;
        ++waves;
        const std::vector<std::size_t> chosen = order_(open_);
        std::vector<dns::Question> rest;
        for (std::size_t i = 0; i < open_.size(); ++i) {
            if (std::find(chosen.begin(), chosen.end(), i) != chosen.end())
                answers.push_back({open_[i], zone_.lookup(open_[i])});
            else
                rest.push_back(open_[i]);
        }
        open_ = std::move(rest);
    }
    std::size_t room() const override { return window - std::min(window, open_.size()); }
    std::size_t open() const override { return open_.size(); }
    dns::Counters counters() const override { return {}; }

    /// The questions as text, in the order asked.
    std::vector<std::string> asked_text() const {
        std::vector<std::string> result;
        for (const dns::Question& question : asked)
            result.push_back(to_text(question));
        return result;
    }

    std::vector<dns::Question> asked;
    std::size_t waves = 0;
    std::size_t window = 256;

  private:
    dns::ZoneResolver zone_;
    Order order_;
    std::vector<dns::Question> open_;
};

} // namespace spfwalk::test
