// Published records are walked again and must pass for the same addresses: for real domains (tests/data) and
// for random zones.
#include "support/catch.h"
#include "support/naive_check_host.h"
#include "support/random_zone.h"
#include "support/walks.h"
#include "support/zone_evidence.h"

#include "spfwalk/emit/publish_format.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace spfwalk;

namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

std::string read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

/// The reports of all domains, in order.
std::vector<spf::Report> walked(dns::MasterFile zone, const std::vector<std::string>& domains,
                                const spf::WalkOptions& options = {}) {
    dns::ZoneResolver resolver(std::move(zone));
    dns::AnswerStore store(resolver);
    std::vector<spf::Report> reports(domains.size());
    std::size_t next = 0;
    spf::Walker(store, options)
        .run(
            [&]() {
                return next == domains.size() ? std::nullopt
                                              : std::optional(spf::Request::about(domains[next++]));
            },
            [&](spf::Report report) {
                const std::size_t index = report.index;
                reports.at(index) = std::move(report);
            });
    return reports;
}

/// The published records as a zone, by way of the format.
dns::MasterFile zone_of(const emit::Published& published) {
    return test::zone_from(emit::print_spf_zone({&published, 1}, 300));
}

/// Octets of the answer to a question about a published record, counted field by field (RFC 1035 §4).
std::size_t answer_octets(const dns::MasterFile& zone, const emit::PublishedRecord& record) {
    const auto name = dns::Name::from_domain(record.name);
    REQUIRE(name);
    const auto& texts = std::get<dns::Texts>(zone.names.at(*name).at(16).records);
    REQUIRE(texts.size() == 1);
    CHECK(texts[0] == record.text);
    std::size_t octets = 12 + name->wire().size() + 2 + 2;
    octets += 2 + 2 + 2 + 4 + 2;
    for (std::size_t at = 0; at < texts[0].size(); at += 255)
        octets += 1 + std::min<std::size_t>(255, texts[0].size() - at);
    return octets;
}

struct Counts {
    std::size_t published = 0;
    std::size_t split = 0;
    std::size_t kept = 0;
    std::size_t left_out = 0;
    std::size_t refused = 0;
    std::size_t oversized = 0;
    int most_lookups = 0;
};

std::string shown(const emit::Published& published) {
    std::string text;
    for (const emit::PublishedRecord& record : published.records)
        text += record.name + ": " + record.text + '\n';
    for (const std::string& path : published.left_out)
        text += "left out: " + path + '\n';
    return text;
}

/// Checks what must hold of one report's records, and returns them.
std::optional<emit::Published> check(const spf::Report& report, const spf::Rules& rules,
                                     const emit::PublishOptions& options, Counts& counts) {
    if (report.standing() == spf::Standing::none) return std::nullopt;
    INFO(report.domain);
    auto published = emit::publish(report, rules, options);
    if (!published) {
        INFO(published.error());
        CHECK((published.error().find("lookups") != std::string::npos ||
               published.error().find("would not fit") != std::string::npos));
        ++counts.refused;
        return std::nullopt;
    }
    INFO(shown(*published));
    ++counts.published;
    counts.split += published->records.size() > 1;
    counts.kept += !published->kept.empty();
    counts.left_out += !published->left_out.empty();
    counts.oversized += published->oversized;
    counts.most_lookups = std::max(counts.most_lookups, published->lookups);
    CHECK(published->lookups <= 10);

    const dns::MasterFile zone = zone_of(*published);
    for (const emit::PublishedRecord& record : published->records) {
        CHECK(answer_octets(zone, record) <= options.answer_size);
        if (!published->oversized) CHECK(record.octets <= options.answer_size);
        CHECK(record.octets >= answer_octets(zone, record));
        CHECK(record.name.size() <= 253);
    }
    const spf::Report again = std::move(walked(zone, {report.domain}).front());
    REQUIRE(again.verdicts.size() == report.verdicts.size());
    for (std::size_t i = 0; i < again.verdicts.size(); ++i) {
        const spf::Verdict& before = report.verdicts[i];
        const spf::Verdict& after = again.verdicts[i];
        CHECK(after.lookups <= 10);
        CHECK(after.lookups <= published->lookups);
        CHECK(after.voids == (published->kept.empty() ? 0 : after.voids));
        CHECK((after.sure() == before.sure()));
        if (published->left_out.empty()) {
            CHECK((after.possible() == before.possible()));
            if (rules.void_limit) CHECK((after.definite() == before.definite()));
        } else {
            CHECK((after.possible() == before.sure()));
        }
    }
    // What -o reads of the old file is what the records say.
    emit::ListBuilder list(emit::Certainty::sure, emit::Detail::addresses);
    list.add(report);
    const emit::Addresses addresses = list.finish().addresses;
    for (const emit::PublishFormat& format : emit::publish_formats()) {
        const auto read = format.read(format.print({&*published, 1}, std::nullopt));
        INFO(format.name);
        REQUIRE(read);
        CHECK((*read == addresses));
    }
    return std::move(*published);
}

/// Runs all domains of a zone file through check().
Counts check_file(const std::string& zone_path, const std::vector<std::string>& domains,
                  const spf::WalkOptions& walk, const emit::PublishOptions& options) {
    Counts counts;
    auto zone = dns::read_master_file(zone_path);
    REQUIRE(zone);
    for (const spf::Report& report : walked(std::move(*zone), domains, walk))
        check(report, walk.rules, options, counts);
    return counts;
}

std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    std::vector<std::string> result;
    for (std::string word; stream >> word;)
        result.push_back(word);
    return result;
}

/// A DNS in which the records are published instead of what the domain has now; nothing if that is not how
/// records are published, because the domain is an alias or a wildcard.
std::optional<naive::Zone> republished(naive::Zone zone, const emit::Published& published) {
    const auto own = zone.names.find(naive::lower(published.domain));
    if (own == zone.names.end() || own->second.cname) return std::nullopt;
    for (const emit::PublishedRecord& record : published.records) {
        if (&record != &published.records.front() && zone.names.contains(record.name)) return std::nullopt;
        zone.names[naive::lower(record.name)].txt = {record.text};
    }
    zone.fails.clear();
    return zone;
}

bool is_error(naive::Result result) {
    return result == naive::Result::permerror || result == naive::Result::temperror;
}

emit::PublishOptions options_for(std::uint64_t seed) {
    constexpr std::size_t sizes[] = {450, 128, 160, 250, 512};
    emit::PublishOptions options;
    options.answer_size = sizes[seed % 5];
    options.ending = static_cast<emit::Ending>(seed / 5 % 5);
    if (seed % 7 == 0) options.under = "spf.elsewhere.test";
    return options;
}

} // namespace

TEST_CASE("Published records of random zones pass for the same addresses, whatever undecidable terms match") {
    const std::uint64_t first = number_from("SPFWALK_PROPERTY_SEED", 1);
    const std::uint64_t zones = number_from("SPFWALK_PROPERTY_ZONES", 400);
    for (const naive::Flavour flavour : {naive::Flavour::decidable, naive::Flavour::dynamic}) {
        Counts counts;
        std::size_t compared = 0;
        std::size_t passed = 0;
        for (std::uint64_t seed = first; seed < first + zones; ++seed) {
            const naive::Sample sample = naive::random_sample(seed, flavour);
            const std::string text = naive::to_master_file(sample.zone, seed);
            INFO("flavour " << int(flavour) << ", seed " << seed << ", domain " << sample.domain << "\n"
                            << text);
            const spf::Report report = std::move(walked(test::zone_from(text), {sample.domain}).front());
            const auto published = check(report, {}, options_for(seed), counts);
            if (!published) continue;
            INFO(shown(*published));
            const auto zone = republished(sample.zone, *published);
            if (!zone) continue;
            // A list is for senders at the domain.
            const std::string sender =
                sample.sender.substr(0, sample.sender.rfind('@')) + '@' + sample.domain;
            for (const std::string& client : naive::probe_addresses(sample, seed)) {
                const auto result = [&](const naive::Zone& in) {
                    return naive::check_host(in, client, sample.domain, sender, sample.helo);
                };
                const naive::Result before = result(sample.zone);
                const naive::Result after = result(*zone);
                INFO(client << " of " << sender << ", HELO " << sample.helo << ": " << naive::to_text(before)
                            << ", published " << naive::to_text(after));
                ++compared;
                passed += before == naive::Result::pass;
                // Mishaps behind such terms are not part of what is promised.
                if (before == naive::Result::pass && published->left_out.empty())
                    CHECK(after == naive::Result::pass);
                if (after == naive::Result::pass) CHECK((before == naive::Result::pass || is_error(before)));
                if (flavour == naive::Flavour::decidable)
                    CHECK((before == naive::Result::pass) == (after == naive::Result::pass));
            }
        }
        if (zones < 400) continue;
        CHECK(counts.published > zones / 2);
        CHECK(counts.split > zones / 20);
        CHECK(compared > zones * 20);
        CHECK(passed > zones);
        CHECK((counts.kept > zones / 20) == (flavour == naive::Flavour::dynamic));
        CHECK((counts.left_out > 0) == (flavour == naive::Flavour::dynamic));
    }
}

TEST_CASE("Published records of real domains pass for the same addresses") {
    const std::string data = SPFWALK_TEST_DATA;
    const std::vector<std::string> domains = words(read_file(data + "/published.domains"));
    for (const std::size_t size : {450U, 200U, 1232U}) {
        emit::PublishOptions options;
        options.answer_size = size;
        const Counts counts = check_file(data + "/published.zone", domains, {}, options);
        CHECK(counts.published + counts.refused == domains.size());
        CHECK(counts.left_out == 0);
        CHECK(counts.kept > 5);
        if (size < 450) continue; // many would need more than ten lookups
        CHECK(counts.published + 2 >= domains.size());
        CHECK(counts.refused == (size == 450 ? 2 : 0));
    }
}

TEST_CASE("more domains of a zone of one's own", "[.own]") {
    const char* const zone = std::getenv("SPFWALK_PUBLISH_ZONE");
    const char* const list = std::getenv("SPFWALK_PUBLISH_DOMAINS");
    REQUIRE((zone != nullptr && list != nullptr));
    spf::WalkOptions walk;
    if (std::getenv("SPFWALK_PUBLISH_LENIENT") != nullptr) walk.rules = spf::Rules::lenient();
    emit::PublishOptions options;
    options.answer_size = static_cast<std::size_t>(number_from("SPFWALK_PUBLISH_SIZE", 450));
    const Counts counts = check_file(zone, words(read_file(list)), walk, options);
    WARN(counts.published << " published, " << counts.split << " split, " << counts.kept
                          << " with kept terms, " << counts.left_out << " with terms left out, "
                          << counts.refused << " refused, " << counts.oversized << " oversized, "
                          << counts.most_lookups << " lookups at most");
}
