#include "spfwalk/cli/object_stream.h"

#include "spfwalk/emit/format.h"
#include "spfwalk/spf/universe.h"

#include <algorithm>

#include <fmt/format.h>

namespace spfwalk::cli {

ObjectStream::ObjectStream(const WalkCommand& command, emit::Style style, Terminal& terminal, Voice& voice,
                           LastGood& last_good)
    : command_(command),
      style_(std::move(style)),
      terminal_(terminal),
      voice_(voice),
      last_good_(last_good) {}

emit::DomainResult ObjectStream::result_of(const spf::Report& report, std::vector<Remark>& remarks) {
    emit::DomainResult result = domain_result(report, command_.certainty, emit::Sharing::prefixes);
    if (report.standing() != spf::Standing::temperror) {
        last_good_.remember(report);
        return result;
    }
    // To a stream of objects every outcome is data.
    for (Remark& remark : remarks)
        remark.weight = std::min(remark.weight, Weight::warning);
    if (const auto last = last_good_.stand_in(report.domain)) {
        emit::Addresses addresses = last->addresses;
        addresses.ipv6 = spf::for_output(net::Family::ipv6, std::move(addresses.ipv6));
        replace_addresses(result, emit::stale_path, addresses);
        result.stale = last->age;
        remarks.push_back(stand_in_remark(report.domain, last->age));
    }
    return result;
}

void ObjectStream::count(const emit::DomainResult& result) {
    ++done_;
    ++statuses_[result.status];
    ttl_ = dns::smaller_ttl(ttl_, result.ttl);
    prefixes_[0] += result.addresses.ipv4.prefix_count();
    prefixes_[1] += result.addresses.ipv6.prefix_count();
    if (command_.bogons != Bogons::warn) return;
    for (const policy::SpecialBlock* block : policy::special_in(result.addresses))
        special_.insert(block);
}

void ObjectStream::add(const spf::Report& report) {
    Said said;
    said.remarks = remarks(report, command_.certainty, command_.guards);
    const emit::DomainResult result = result_of(report, said.remarks);
    count(result);
    warned_ = warned_ || std::ranges::any_of(said.remarks, [](const Remark& remark) {
                  return remark.weight >= Weight::warning;
              });
    if (command_.verbosity == Verbosity::verbose)
        said.figures = summary(report, command_.rules, command_.certainty);
    if (!command_.ordered) {
        say(said);
        append_domain_object(output_, result, style_);
        return flush_if_due();
    }
    append_domain_object(said.text, result, style_);
    waiting_octets_ += said.text.size();
    waiting_.emplace(report.index, std::move(said));
    say_what_is_next();
}

void ObjectStream::add_invalid(const emit::DomainResult& result, std::string warning, std::size_t opened) {
    count(result);
    warned_ = true;
    Said said{{{Weight::warning, std::move(warning)}}, {}, {}};
    append_domain_object(said.text, result, style_);
    if (!command_.ordered) return say(said);
    waiting_octets_ += said.text.size();
    invalid_.emplace_back(opened, std::move(said));
    say_what_is_next();
}

void ObjectStream::say_what_is_next() {
    while (true) {
        Said said;
        if (!invalid_.empty() && invalid_.front().first == next_) {
            said = std::move(invalid_.front().second);
            invalid_.pop_front();
        } else if (!waiting_.empty() && waiting_.begin()->first == next_) {
            said = std::move(waiting_.begin()->second);
            waiting_.erase(waiting_.begin());
            ++next_;
        } else {
            return;
        }
        waiting_octets_ -= said.text.size();
        say(said);
    }
}

void ObjectStream::say(const Said& said) {
    for (const Remark& remark : said.remarks)
        voice_.remark(remark);
    if (!said.figures.empty()) voice_.figures(said.figures);
    output_ += said.text;
    flush_if_due();
}

void ObjectStream::flush_if_due() {
    if (output_.size() >= write_at) flush();
}

void ObjectStream::flush() {
    if (output_.empty() || failure_) return;
    failure_ = terminal_.write_output(output_);
    output_.clear();
}

} // namespace spfwalk::cli
