#include "spfwalk/dns/answer.h"

namespace spfwalk::dns {

std::string to_text(Type type) {
    switch (type) {
    case Type::a:
        return "A";
    case Type::ns:
        return "NS";
    case Type::cname:
        return "CNAME";
    case Type::soa:
        return "SOA";
    case Type::ptr:
        return "PTR";
    case Type::mx:
        return "MX";
    case Type::txt:
        return "TXT";
    case Type::aaaa:
        return "AAAA";
    case Type::spf:
        return "SPF";
    }
    return "TYPE" + std::to_string(static_cast<unsigned>(type));
}

std::string to_text(const Question& question) {
    return question.name.to_text() + ' ' + to_text(question.type);
}

AnswerPtr failed(Failure failure, std::uint16_t rcode) {
    auto answer = std::make_shared<Answer>();
    answer->status = Status::failure;
    answer->failure = failure;
    answer->rcode = rcode;
    return answer;
}

namespace {

std::string rcode_text(std::uint16_t rcode) {
    switch (rcode) {
    case 1:
        return "FORMERR";
    case 2:
        return "SERVFAIL";
    case 4:
        return "NOTIMP";
    case 5:
        return "REFUSED";
    default:
        return "RCODE " + std::to_string(rcode);
    }
}

std::string failure_text(const Answer& answer) {
    switch (answer.failure) {
    case Failure::none:
        break;
    case Failure::rcode:
        return rcode_text(answer.rcode);
    case Failure::timeout:
        return "timeout";
    case Failure::deadline:
        return "deadline";
    case Failure::malformed:
        return "malformed reply";
    case Failure::referral:
        return "referral to other servers";
    case Failure::alias_loop:
        return "alias loop";
    case Failure::unreachable:
        return "no server reachable";
    case Failure::unaskable:
        return "name cannot be asked";
    }
    return "failure";
}

} // namespace

std::string describe(const Answer& answer) {
    switch (answer.status) {
    case Status::records:
        return "records";
    case Status::no_data:
        return "no data";
    case Status::no_name:
        return "NXDOMAIN";
    case Status::failure:
        break;
    }
    return failure_text(answer);
}

} // namespace spfwalk::dns
