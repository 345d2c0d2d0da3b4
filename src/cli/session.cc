#include "spfwalk/cli/session.h"

#include "spfwalk/cli/confine.h"
#include "spfwalk/dns/cares_resolver.h"
#include "spfwalk/dns/zone_resolver.h"
#include "spfwalk/escape.h"

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <unordered_map>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

/// Queries a second that no operator of a resolver will mind.
constexpr std::size_t polite_rate = 1000;

bool is_loopback(const dns::Server& server) {
    const net::Prefix own = server.family == net::Family::ipv4 ? net::parse_prefix("127.0.0.0/8").value()
                                                               : net::parse_prefix("::1/128").value();
    const net::Range range = own.range();
    return range.first <= server.address && server.address <= range.last;
}

dns::CaresOptions network_options(const CommonOptions& common) {
    dns::CaresOptions options;
    const dns::ResolvConf system =
        common.servers.empty() ? dns::read_resolv_conf("/etc/resolv.conf") : dns::ResolvConf{};
    options.servers = common.servers.empty() ? system.servers : common.servers;
    options.rotate = system.rotate || common.spreads_questions;
    options.tcp_only = common.tcp_only || system.use_tcp;
    if (system.timeout) options.timeout = *system.timeout;
    if (system.tries) options.tries = *system.tries;
    if (common.timeout) options.timeout = *common.timeout;
    if (common.tries) options.tries = *common.tries;
    // What is on this machine is the user's own; others share what is not.
    options.rate = common.rate.value_or(std::ranges::all_of(options.servers, is_loopback) ? 0 : polite_rate);
    if (common.window) options.window = *common.window;
    if (common.deadline) options.deadline = std::chrono::steady_clock::now() + *common.deadline;
    return options;
}

/// The answer that a domain which publishes just `text` would give.
dns::AnswerPtr pretended(const std::string& text) {
    auto answer = std::make_shared<dns::Answer>();
    answer->status = dns::Status::records;
    answer->records = dns::Texts{text};
    return answer;
}

/// What is captured is the answer to all who ask, so it is not forgotten.
dns::AnswerStore::Limits limits(const CommonOptions& common) {
    dns::AnswerStore::Limits limits;
    if (common.capture) limits.octets = limits.octets_aside = SIZE_MAX;
    return limits;
}

dns::AnswerStore::Observer observer(const CommonOptions& common, dns::Capture& capture) {
    if (!common.capture) return {};
    return [&capture](const dns::Question& question, const dns::AnswerPtr& answer) {
        capture.add(question, answer);
    };
}

} // namespace

Expected<std::unique_ptr<Session>, std::string> Session::open(const CommonOptions& common,
                                                              const Terminal& terminal, Voice& voice,
                                                              std::vector<std::string> directories) {
    std::optional<CaptureFile> capture_file;
    if (common.capture) {
        auto file = CaptureFile::open(*common.capture);
        if (!file) return unexpected(file.error());
        if (auto directory = file->directory()) directories.push_back(std::move(*directory));
        capture_file.emplace(std::move(*file));
    }
    std::unique_ptr<dns::Resolver> resolver;
    std::vector<dns::Server> servers;
    if (common.zone) {
        auto zone = dns::read_master_file(*common.zone);
        if (!zone) return unexpected(zone.error().text);
        resolver = std::make_unique<dns::ZoneResolver>(std::move(*zone));
    } else {
        dns::CaresOptions options = network_options(common);
        servers = options.servers;
        resolver = std::make_unique<dns::CaresResolver>(std::move(options));
    }
    confine(common, terminal, servers, std::move(directories), voice);
    std::vector<std::string> names;
    for (const dns::Server& server : servers)
        names.push_back(to_text(server));
    return std::unique_ptr<Session>(
        new Session(common, terminal, voice, std::move(resolver), std::move(names), std::move(capture_file)));
}

Session::Session(const CommonOptions& common, const Terminal& terminal, Voice& voice,
                 std::unique_ptr<dns::Resolver> resolver, std::vector<std::string> resolvers,
                 std::optional<CaptureFile> capture_file)
    : common_(common),
      terminal_(terminal),
      voice_(voice),
      capture_file_(std::move(capture_file)),
      resolver_(std::move(resolver)),
      store_(*resolver_, limits(common), observer(common, capture_)),
      resolvers_(std::move(resolvers)) {}

void Session::pretend(const std::string& domain) {
    if (!common_.record) return;
    if (const auto name = dns::Name::from_domain(domain))
        store_.put({*name, dns::Type::txt}, pretended(*common_.record));
}

void Session::walk(const spf::Walker::Source& next, const spf::Walker::Sink& done, Turns turns) {
    spf::WalkOptions options;
    options.rules = common_.rules;
    options.on_turn = std::move(turns.on_turn);
    options.is_ready = std::move(turns.is_ready);
    options.is_stopped = std::move(turns.is_stopped);
    spf::Walker(store_, std::move(options)).run(next, [&](spf::Report report) {
        ++walked_;
        if (!common_.zone) report.time = std::time(nullptr);
        done(std::move(report));
    });
}

void Session::walk_by(const spf::Rules& rules, const spf::Walker::Source& next,
                      const spf::Walker::Sink& done) {
    spf::WalkOptions options;
    options.rules = rules;
    spf::Walker(store_, std::move(options)).run(next, done);
}

std::vector<dns::AnswerPtr> Session::ask(std::span<const dns::Question> questions) {
    // Walks have small numbers, and what still comes for them is not for us.
    constexpr dns::Waiter us = UINT32_MAX;
    std::unordered_map<dns::Question, dns::AnswerPtr> known;
    for (const dns::Question& question : questions)
        if (dns::AnswerPtr answer = store_.get(question, us)) known.emplace(question, std::move(answer));
    std::vector<dns::Delivery> deliveries;
    const auto missing = [&](const dns::Question& question) { return !known.contains(question); };
    while (std::ranges::any_of(questions, missing)) {
        deliveries.clear();
        store_.wait(deliveries);
        for (dns::Delivery& delivery : deliveries)
            if (delivery.waiter == us)
                known.emplace(std::move(delivery.question), std::move(delivery.answer));
    }
    std::vector<dns::AnswerPtr> answers;
    for (const dns::Question& question : questions)
        answers.push_back(known.at(question));
    return answers;
}

std::optional<std::string> Session::finish() {
    leave_network(common_, terminal_, voice_);
    const dns::Counters counters = resolver_->counters();
    voice_.figures(fmt::format("{} domains, {} questions, {} sent, {} of them again, {} over TCP, {} failed",
                               walked_, counters.asked, counters.sent, counters.retried, counters.tcp,
                               counters.failed));
    if (!capture_file_) return std::nullopt;
    return capture_file_->write(capture_.to_text());
}

} // namespace spfwalk::cli
