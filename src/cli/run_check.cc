// `spfwalk check`.
#include "spfwalk/cli/file.h"
#include "spfwalk/cli/identity.h"
#include "spfwalk/cli/run.h"
#include "spfwalk/cli/session.h"
#include "spfwalk/escape.h"

#include <ctime>
#include <map>

#include <fmt/format.h>

namespace spfwalk::cli {

namespace {

constexpr int failed = static_cast<int>(ExitStatus::failed);

spf::Request request_about(const emit::CheckSubject& subject) {
    spf::Inquiry inquiry;
    inquiry.domain = subject.domain;
    inquiry.family = subject.family;
    inquiry.client = subject.client;
    inquiry.sender = subject.sender;
    inquiry.helo = subject.helo;
    inquiry.explain = true;
    inquiry.receiver = subject.receiver;
    inquiry.timestamp = std::to_string(std::time(nullptr));
    return {{std::move(inquiry)}};
}

class Check {
  public:
    Check(const CheckCommand& command, Terminal& terminal)
        : command_(command), terminal_(terminal), voice_(terminal, command.verbosity) {}

    int go() {
        if (!gather()) return failed;
        const auto opened = Session::open(command_, terminal_, voice_);
        if (!opened) {
            voice_.error(opened.error());
            return failed;
        }
        Session* const session = opened->get();
        if (!subjects_.empty()) session->pretend(subjects_.front().domain);
        std::size_t next = 0;
        session->walk(
            [&]() -> std::optional<spf::Request> {
                if (next == subjects_.size() || write_error_) return std::nullopt;
                return request_about(subjects_[next++]);
            },
            [&](const spf::Report& report) { take(report); });
        if (const auto error = session->finish()) {
            voice_.error(*error);
            return failed;
        }
        if (write_error_) {
            voice_.error(fmt::format("standard output: {}", *write_error_));
            return failed;
        }
        return command_.batch ? static_cast<int>(ExitStatus::ok) : check_status(last_);
    }

  private:
    struct Said {
        std::vector<Remark> remarks;
        std::string text;
    };

    /// Finds out whom to check. False if that is not clear: then it was said.
    bool gather() {
        if (!command_.batch) {
            auto subject = subject_of({command_.client, command_.identity, command_.sender, command_.helo});
            if (subject)
                subjects_.push_back(std::move(*subject));
            else
                voice_.error(subject.error());
        } else if (!gather_batch()) {
            return false;
        }
        for (emit::CheckSubject& subject : subjects_)
            subject.receiver = command_.receiver;
        return !subjects_.empty() || command_.batch;
    }

    bool gather_batch() {
        Batch batch;
        bool readable = true;
        std::vector<std::string> files = command_.files;
        if (files.empty()) files.emplace_back("-");
        for (const std::string& file : files) {
            const bool is_input = file == "-";
            const std::string name = is_input ? "standard input" : file;
            if (const auto text = is_input ? terminal_.read_input() : read_file(file)) {
                batch.add_lines(*text, name);
            } else {
                voice_.error(fmt::format("{}: {}", escape(name), text.error()));
                readable = false;
            }
        }
        for (const std::string& error : batch.errors)
            voice_.error(error);
        subjects_ = std::move(batch.subjects);
        return readable && batch.errors.empty();
    }

    /// Speaks in the order of the input, whatever the order of reports.
    void take(const spf::Report& report) {
        const emit::CheckResult result = emit::check_result(report, subjects_[report.index]);
        waiting_.emplace(report.index, Said{remarks(report, emit::Certainty::sure), print(result)});
        last_ = result.result;
        for (auto next = waiting_.find(spoken_); next != waiting_.end(); next = waiting_.find(++spoken_)) {
            for (const Remark& remark : next->second.remarks)
                voice_.remark({std::min(remark.weight, Weight::warning), remark.text});
            if (!write_error_) write_error_ = terminal_.write_output(next->second.text);
            waiting_.erase(next);
        }
    }

    std::string print(const emit::CheckResult& result) const {
        switch (command_.output) {
        case CheckOutput::json:
            return print_check_json(result,
                                    command_.batch ? emit::JsonLayout::line : emit::JsonLayout::indented);
        case CheckOutput::explanation:
            return result.explanation || command_.batch ? print_explanation(result) : std::string();
        case CheckOutput::received_spf:
            return print_received_spf(result);
        case CheckOutput::text:
            break;
        }
        const std::string text = print_check(result);
        return command_.batch ? text.substr(0, text.find('\n') + 1) : text;
    }

    const CheckCommand& command_;
    Terminal& terminal_;
    Voice voice_;
    std::vector<emit::CheckSubject> subjects_;
    std::map<std::size_t, Said> waiting_;
    std::size_t spoken_ = 0;
    std::optional<std::string> write_error_;
    spf::Result last_ = spf::Result::none;
};

} // namespace

int run_check(const CheckCommand& command, Terminal& terminal) {
    return Check(command, terminal).go();
}

} // namespace spfwalk::cli
