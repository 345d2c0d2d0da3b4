#include "spfwalk/spf/walk.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace spfwalk::spf {

namespace {

/// Whether the answer leads to no other question.
bool is_leaf(const dns::Question& question) {
    return question.type == dns::Type::a || question.type == dns::Type::aaaa;
}

} // namespace

std::string_view to_text(Standing standing) {
    switch (standing) {
    case Standing::ok:
        return "ok";
    case Standing::none:
        return "none";
    case Standing::permerror:
        return "permerror";
    case Standing::temperror:
        return "temperror";
    }
    return "?";
}

Standing Report::standing() const {
    Standing result = Standing::ok;
    for (const Verdict& verdict : verdicts) {
        for (const Region& region : verdict.regions) {
            if (region.result == Result::temperror) return Standing::temperror;
            if (region.result == Result::permerror && !region.unlikely) result = Standing::permerror;
            if (region.result == Result::none) result = Standing::none;
        }
    }
    return result;
}

const Verdict* Report::verdict(net::Family family) const {
    const auto found = std::ranges::find(verdicts, family, &Verdict::family);
    return found == verdicts.end() ? nullptr : &*found;
}

std::optional<std::uint32_t> Report::ttl() const {
    std::optional<std::uint32_t> result;
    for (const Verdict& verdict : verdicts)
        result = dns::smaller_ttl(result, verdict.ttl);
    return result;
}

const dns::Answer* Walk::Known::find(const dns::Question& question) const {
    if (const dns::AnswerPtr* found = answers.find(question)) return found->get();
    dns::AnswerPtr answer = store == nullptr ? nullptr : store->peek(question);
    if (!answer) return nullptr;
    return answers.add(question, std::move(answer)).get();
}

Request Request::about(const std::string& domain, std::span<const net::Family> families,
                       const std::optional<std::string>& sender, const std::optional<std::string>& helo,
                       bool share_regions) {
    Request request;
    request.inquiries.reserve(families.size());
    for (const net::Family family : families) {
        Inquiry inquiry;
        inquiry.domain = domain;
        inquiry.family = family;
        inquiry.sender = sender;
        inquiry.helo = helo;
        inquiry.share_regions = share_regions;
        request.inquiries.push_back(std::move(inquiry));
    }
    return request;
}

Walk::Walk(std::size_t index, Request request, const WalkOptions& options, dns::AnswerStore* store,
           Partitions* partitions)
    : options_(&options),
      partitions_(partitions),
      request_(std::move(request)),
      progress_(request_.inquiries.size()) {
    known_.store = store;
    report_.index = index;
    report_.domain = request_.inquiries.front().domain;
}

bool Walk::may_speculate(const dns::Question& question) {
    const bool leaf = is_leaf(question);
    std::size_t& used = leaf ? leaves_ : branches_;
    if (used == (leaf ? options_->speculative_leaves : options_->speculative_branches)) return false;
    ++used;
    return true;
}

std::vector<dns::Question> Walk::step() {
    std::vector<dns::Question> questions;
    if (!std::exchange(is_begun_, true)) {
        // Without the record of the domain itself no inquiry has anything else to ask.
        if (auto question = record_question(report_.domain)) {
            for (Inquiry& inquiry : request_.inquiries)
                inquiry.record = question;
            asked_.add(*question, {});
            questions.push_back(std::move(*question));
            return questions;
        }
    }
    std::vector<dns::Question> speculative;
    for (std::size_t i = 0; i < progress_.size(); ++i) {
        Progress& progress = progress_[i];
        if (!progress.is_due) continue;
        progress.is_due = false;
        Evaluation evaluation = evaluate(known_, request_.inquiries[i], options_->rules, partitions_);
        if (evaluation.complete()) {
            progress.verdict = std::move(evaluation.verdict);
            continue;
        }
        progress.awaited.clear();
        for (Wanted& wanted : evaluation.wanted) {
            if (wanted.speculative) {
                if (!asked_.contains(wanted.question)) speculative.push_back(std::move(wanted.question));
                continue;
            }
            if (asked_.try_add(wanted.question, {}).second) questions.push_back(wanted.question);
            progress.awaited.push_back(std::move(wanted.question));
        }
    }
    for (dns::Question& question : speculative) {
        if (asked_.contains(question) || !may_speculate(question)) continue;
        asked_.add(question, {});
        questions.push_back(std::move(question));
    }
    if (!done() && std::ranges::all_of(
                       progress_, [](const Progress& progress) { return progress.verdict.has_value(); })) {
        report_.verdicts.reserve(progress_.size());
        for (Progress& progress : progress_)
            report_.verdicts.push_back(std::move(*progress.verdict));
    }
    return questions;
}

void Walk::deliver(const dns::Question& question, dns::AnswerPtr answer) {
    // As long as an inquiry about all clients waits for more addresses, an evaluation would only say so
    // again; but a lookup that failed, or found nothing, may end the matter.
    const bool leaf = is_leaf(question);
    for (std::size_t i = 0; i < progress_.size(); ++i) {
        Progress& progress = progress_[i];
        if (progress.verdict) continue;
        const bool was_awaited = std::erase(progress.awaited, question) > 0;
        if (!leaf || request_.inquiries[i].client ||
            (was_awaited && (progress.awaited.empty() || answer->status != dns::Status::records)))
            progress.is_due = true;
    }
    known_.answers.try_add(question, std::move(answer));
}

void Walk::set_own_aside() const {
    const Inquiry& inquiry = request_.inquiries.front();
    if (known_.store == nullptr || !inquiry.record) return;
    // Audits of a domain are read side by side, and name one publication. A domain has many clients.
    if (inquiry.audit || inquiry.client) return;
    for (const auto& [question, answer] : known_.answers.items())
        if (question.name.is_within(inquiry.record->name)) known_.store->set_aside(question);
}

bool Walker::advance(dns::Waiter waiter, Walk& walk, const Sink& done) {
    // But for the domain's own record, what the store knows the evaluation has read.
    bool more = true;
    while (std::exchange(more, false)) {
        for (const dns::Question& question : walk.step()) {
            dns::AnswerPtr answer = store_.get(question, waiter);
            if (!answer) continue;
            walk.deliver(question, std::move(answer));
            more = true;
        }
    }
    if (!walk.done()) return false;
    done(walk.take_report());
    walk.set_own_aside();
    return true;
}

void Walker::run(const Source& next, const Sink& done) {
    // A walk may be done while a speculative question of its is still open: waiters are never reused, and
    // what comes for one that is gone is dropped.
    std::unordered_map<dns::Waiter, Walk> open;
    dns::Waiter last_waiter = 0;
    std::size_t index = 0;
    bool more = true;
    std::vector<dns::Delivery> deliveries;
    std::vector<dns::Waiter> woken;
    while (more || !open.empty()) {
        if (options_.is_stopped && options_.is_stopped()) return;
        const auto may_open = [&] {
            if (open.empty()) return true;
            if (open.size() >= options_.open_walks || store_.room() == 0) return false;
            return !options_.is_ready || options_.is_ready();
        };
        while (more && may_open()) {
            std::optional<Request> request = next();
            if (!request) {
                more = false;
                break;
            }
            const dns::Waiter waiter = ++last_waiter;
            const auto walk =
                open.try_emplace(waiter, index++, std::move(*request), options_, &store_, &partitions_).first;
            if (advance(waiter, walk->second, done)) open.erase(walk);
        }
        if (open.empty()) continue;
        if (options_.on_turn) options_.on_turn();
        deliveries.clear();
        woken.clear();
        store_.wait(deliveries);
        for (dns::Delivery& delivery : deliveries) {
            const auto walk = open.find(delivery.waiter);
            if (walk == open.end()) continue;
            walk->second.deliver(delivery.question, std::move(delivery.answer));
            woken.push_back(delivery.waiter);
        }
        std::ranges::sort(woken);
        woken.erase(std::ranges::unique(woken).begin(), woken.end());
        for (const dns::Waiter waiter : woken) {
            const auto walk = open.find(waiter);
            if (advance(waiter, walk->second, done)) open.erase(walk);
        }
    }
}

} // namespace spfwalk::spf
