#include "fuzz/fuzz.h"

#include "spfwalk/cli/domains.h"
#include "spfwalk/dns/name.h"

namespace spfwalk::fuzz {

void fuzz_domains(Bytes bytes) {
    const std::string_view text = as_text(bytes);
    cli::DomainList list;
    list.add_lines(text, "domains.txt");
    const auto lines = static_cast<std::size_t>(std::ranges::count(text, '\n')) + 1;
    promise(list.domains.size() + list.errors.size() <= lines, "a line is a domain or an error");
    list.add_argument(text);
    for (const std::string& error : list.errors)
        promise(is_clean_line(error), "what is wrong is said in a clean line", error);
    for (const std::string& domain : list.domains) {
        promise(is_clean_line(domain) && domain.find_first_of(" ,@/\"\\") == domain.npos,
                "a domain is a word", domain);
        promise(std::ranges::none_of(domain, [](char c) { return c >= 'A' && c <= 'Z'; }),
                "a domain is in lower case", domain);
        promise(dns::Name::from_domain(domain).has_value(), "a domain can be asked", domain);
        const auto again = cli::domain_from_text(domain);
        promise(again.has_value() && *again == domain, "a domain means itself", domain);
    }
}

} // namespace spfwalk::fuzz
