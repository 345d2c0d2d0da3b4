#include "publish_pack.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace spfwalk::emit {

namespace {

constexpr std::string_view version = "v=spf1";
constexpr int most_lookups = 10;              // RFC 7208 §4.6.4
constexpr std::size_t longest_name = 253;     // as text
constexpr std::size_t longest_string = 255;   // RFC 1035 §3.3.14
constexpr std::size_t header_octets = 12;     // of a message
constexpr std::size_t question_tail = 4;      // type and class
constexpr std::size_t record_octets = 2 + 10; // a pointer to the name; type, class, TTL, length

std::string_view sign(spf::Qualifier qualifier) {
    switch (qualifier) {
    case spf::Qualifier::pass:
        return "";
    case spf::Qualifier::fail:
        return "-";
    case spf::Qualifier::softfail:
        return "~";
    case spf::Qualifier::neutral:
        break;
    }
    return "?";
}

/// "ip4:192.0.2.1": the shortest form.
std::string term_of(const net::Prefix& prefix) {
    std::string text = prefix.family == net::Family::ipv4 ? "ip4:" : "ip6:";
    if (prefix.length == net::bits(prefix.family))
        net::append_text(text, prefix.family, prefix.network);
    else
        net::append_text(text, prefix);
    return text;
}

std::size_t answer_octets(std::size_t name, std::size_t text) {
    const std::size_t strings = std::max<std::size_t>(1, (text + longest_string - 1) / longest_string);
    // The name has a length before each label, and the root's at its end.
    return header_octets + name + 2 + question_tail + record_octets + strings + text;
}

/// How much text fits into an answer about the name.
std::size_t room(std::string_view name, std::size_t limit) {
    std::size_t text = limit;
    while (text > 0 && answer_octets(name.size(), text) > limit)
        --text;
    return text;
}

/// One way to lay out a plan.
class Layout {
  public:
    Layout(const Plan& plan, const std::string& domain, std::size_t beside, const PublishOptions& options)
        : plan_(plan),
          domain_(domain),
          under_(options.under.value_or(domain)),
          beside_(beside),
          limit_(options.answer_size) {}

    std::set<std::size_t> moved;   ///< groups that are in sub-records
    std::set<std::size_t> chained; ///< those of which each sub-record includes the next

    /// Makes the records. False if the domain's own is too large.
    bool make() {
        subs_.clear();
        terms_ = plan_.ending.starts_with("redirect") ? 1 : 0;
        std::string text(version);
        for (std::size_t i = 0; i < plan_.items.size(); ++i) {
            if (const auto* term = std::get_if<PlanTerm>(&plan_.items[i])) {
                ++terms_;
                (text += ' ') += term->text;
            } else if (const auto& group = std::get<PlanGroup>(plan_.items[i]); moved.contains(i)) {
                text += in_sub_records(group, chained.contains(i));
            } else {
                for (const net::Prefix& prefix : group.prefixes)
                    ((text += ' ') += sign(group.qualifier)) += term_of(prefix);
            }
        }
        if (!plan_.ending.empty()) (text += ' ') += plan_.ending;
        const std::size_t octets = txt_answer_octets(domain_, text) + beside_;
        own_ = {domain_, std::move(text), octets};
        return octets <= limit_;
    }

    /// What is wrong with the sub-records made last, if anything is.
    std::optional<std::string> objection() const {
        for (const PublishedRecord& record : subs_)
            if (record.name.size() > longest_name)
                return fmt::format("the name of a sub-record, {}, would be too long", record.name);
        if (std::ranges::any_of(subs_, [&](const PublishedRecord& r) { return r.octets > limit_; }))
            return fmt::format("a sub-record would not fit into {} octets", limit_);
        if (lookups() > most_lookups)
            return fmt::format("it would take {} lookups to keep answers within {} octets", lookups(),
                               limit_);
        return std::nullopt;
    }

    int lookups() const { return terms_ + static_cast<int>(subs_.size()); }

    Published result() && {
        Published result;
        result.domain = domain_;
        result.lookups = lookups();
        result.records.push_back(std::move(own_));
        std::ranges::move(subs_, std::back_inserter(result.records));
        return result;
    }

  private:
    std::string sub_name(std::size_t number) const { return fmt::format("_spf{}.{}", number, under_); }

    /// Fills sub-records with the group, each term into the first that has room. Returns what the domain's
    /// own record says instead.
    std::string in_sub_records(const PlanGroup& group, bool chain) {
        const std::size_t first = subs_.size();
        const auto include = [&](std::size_t number) { return " include:" + sub_name(number); };
        std::vector<std::size_t> left;
        for (const net::Prefix& prefix : group.prefixes) {
            const std::string term = ' ' + term_of(prefix);
            std::size_t bin = 0;
            while (bin < left.size() && left[bin] < term.size())
                ++bin;
            if (bin == left.size()) {
                std::string name = sub_name(subs_.size() + 1);
                std::size_t space = room(name, limit_);
                space -= std::min(space, version.size());
                if (chain) space -= std::min(space, include(subs_.size() + 2).size());
                left.push_back(std::max(space, term.size())); // too little room is objected to later
                subs_.push_back({std::move(name), std::string(version), 0});
            }
            left[bin] -= term.size();
            subs_[first + bin].text += term;
        }
        std::string instead;
        for (std::size_t i = first; i < subs_.size(); ++i) {
            const std::string here = include(i + 1);
            std::string& place = chain && i > first ? subs_[i - 1].text : instead;
            if (&place == &instead)
                ((place += ' ') += sign(group.qualifier)) += here.substr(1);
            else
                place += here;
        }
        for (std::size_t i = first; i < subs_.size(); ++i)
            subs_[i].octets = txt_answer_octets(subs_[i].name, subs_[i].text);
        return instead;
    }

    const Plan& plan_;
    const std::string& domain_;
    std::string under_;
    std::size_t beside_;
    std::size_t limit_;
    PublishedRecord own_;
    std::vector<PublishedRecord> subs_;
    int terms_ = 0;
};

} // namespace

std::size_t txt_answer_octets(std::string_view name, std::string_view text) {
    return answer_octets(name.size(), text.size());
}

Expected<Published, std::string> pack(const Plan& plan, const std::string& domain, std::size_t beside,
                                      const PublishOptions& options) {
    Layout layout(plan, domain, beside, options);
    std::vector<std::size_t> groups; // the largest first; a term or two are not longer than an include
    for (std::size_t i = 0; i < plan.items.size(); ++i)
        if (const auto* group = std::get_if<PlanGroup>(&plan.items[i]); group && group->prefixes.size() > 1)
            groups.push_back(i);
    std::ranges::stable_sort(groups, std::ranges::greater{}, [&](std::size_t i) {
        return std::get<PlanGroup>(plan.items[i]).prefixes.size();
    });
    bool fits = layout.make();
    for (auto* where : {&layout.moved, &layout.chained}) {
        for (const std::size_t group : groups) {
            if (fits) break;
            where->insert(group);
            fits = layout.make();
        }
    }
    if (const auto objection = layout.objection()) return unexpected(*objection);
    if (!fits)
        return unexpected(fmt::format("its own record would not fit into {} octets", options.answer_size));
    return std::move(layout).result();
}

} // namespace spfwalk::emit
