// The table of what lint looks for. docs/findings.md has a section for each row; a test compares them.
#include "spfwalk/spf/lint.h"

namespace spfwalk::spf {

namespace {

using C = LintCode;
using S = Severity;

constexpr LintRule table[] = {
    {C::no_record, "no-record", S::error, "RFC 7208 §4.5",
     "publish a TXT record that begins with \"v=spf1 \"; for a domain that sends no mail: \"v=spf1 -all\""},
    {C::not_quite_record, "not-quite-record", S::error, "RFC 7208 §4.5",
     "begin the record with exactly \"v=spf1\" and a space"},
    {C::stray_record, "stray-record", S::warning, "RFC 7208 §4.5",
     "remove the TXT record that only looks like SPF"},
    {C::several_records, "several-records", S::error, "RFC 7208 §4.5",
     "merge the records into one and remove the others"},
    {C::bad_name, "bad-name", S::error, "RFC 7208 §4.3", "name a domain of at least two labels"},
    {C::sender_id, "sender-id", S::note, "RFC 7208 §3.1",
     "remove the \"spf2.0\" record: Sender ID is history, and nobody reads it"},
    {C::type_99, "type-99", S::note, "RFC 7208 §3.1",
     "remove the record of type SPF: nobody may use it, and it will get out of step"},
    {C::alias, "alias", S::note, "RFC 1034 §3.6.2",
     "nothing, as long as whoever owns the target of the alias is to decide who may send"},
    {C::long_record, "long-record", S::note, "RFC 7208 §3.4",
     "move terms into records of their own and include them; drop what is not needed any more"},
    {C::answer_over_512, "answer-over-512", S::note, "RFC 7208 §3.4",
     "move other TXT records to other names, or shorten the SPF record"},
    {C::answer_over_1232, "answer-over-1232", S::warning, "RFC 7208 §3.4",
     "move other TXT records to other names, or shorten the SPF record: receivers that cannot ask over TCP "
     "get "
     "temperror"},
    {C::low_ttl, "low-ttl", S::note, "RFC 1912 §2.2",
     "raise the TTL to an hour or more if it is low at the source too"},

    {C::non_ascii, "non-ascii", S::error, "RFC 7208 §3.1",
     "type the record anew in plain ASCII rather than copy it from a document"},
    {C::control_character, "control-character", S::error, "RFC 7208 §4.6.1", "use spaces, and nothing else"},
    {C::repeated_modifier, "repeated-modifier", S::error, "RFC 7208 §6", "keep one of them"},
    {C::modifier_as_mechanism, "modifier-as-mechanism", S::error, "RFC 7208 §6",
     "write redirect= and exp= with \"=\" and without a qualifier"},
    {C::lone_qualifier, "lone-qualifier", S::error, "RFC 7208 §4.6.1",
     "write the qualifier right in front of its mechanism: without it the mechanism passes"},
    {C::space_in_term, "space-in-term", S::error, "RFC 7208 §4.6.1", "remove the space behind the colon"},
    {C::empty_argument, "empty-argument", S::error, "RFC 7208 §4.6.1",
     "write what belongs there, or remove the term"},
    {C::bare_argument, "bare-argument", S::error, "RFC 7208 §4.6.1",
     "write ip4:, ip6:, a: or include: in front of it"},
    {C::unknown_mechanism, "unknown-mechanism", S::error, "RFC 7208 §4.6.1",
     "the mechanisms are all, include, a, mx, ip4, ip6, exists and ptr; tokens for other services are TXT "
     "records of their own"},
    {C::joined_terms, "joined-terms", S::error, "RFC 7208 §4.6.1",
     "put a space between the terms; the strings of a TXT record are joined without one"},
    {C::list_in_term, "list-in-term", S::error, "RFC 7208 §4.6.1",
     "write a term for each network or name, with spaces between the terms"},
    {C::stray_punctuation, "stray-punctuation", S::error, "RFC 7208 §4.6.1", "remove it"},
    {C::quotes, "quotes", S::error, "RFC 7208 §4.6.1",
     "remove the quotation marks: they belong to zone files, not to the record"},
    {C::address_as_domain, "address-as-domain", S::error, "RFC 7208 §5.3",
     "write ip4: or ip6: for addresses"},
    {C::domain_as_address, "domain-as-address", S::error, "RFC 7208 §5.6",
     "write a: for the addresses of a name, include: for the senders of a domain"},
    {C::wrong_family, "wrong-family", S::error, "RFC 7208 §5.6", "write ip4: for IPv4 and ip6: for IPv6"},
    {C::bad_ip4, "bad-ip4", S::error, "RFC 7208 §5.6",
     "write an IPv4 network as four numbers with an optional length: ip4:192.0.2.0/24"},
    {C::bad_ip6, "bad-ip6", S::error, "RFC 7208 §5.6",
     "write an IPv6 network with an optional length: ip6:2001:db8::/32"},
    {C::bad_length, "bad-length", S::error, "RFC 7208 §5.6",
     "use a length of 0 to 32 for IPv4, of 0 to 128 for IPv6, without leading zeros"},
    {C::bad_domain, "bad-domain", S::error, "RFC 7208 §7.1",
     "name a domain of at least two labels, without a scheme, path or mailbox"},
    {C::bad_macro, "bad-macro", S::error, "RFC 7208 §7.1",
     "macros are %{ and one of s, l, o, d, i, p, h, v and }; a percent sign is %%"},
    {C::syntax, "syntax", S::error, "RFC 7208 §4.6", "correct or remove the term"},

    {C::mechanism_as_modifier, "mechanism-as-modifier", S::error, "RFC 7208 §4.6.1",
     "write \":\" for \"=\": as it stands the term is an unknown modifier and does nothing"},
    {C::second_version, "second-version", S::warning, "RFC 7208 §4.5",
     "write v=spf1 once, at the beginning, and all once, at the end"},
    {C::unknown_modifier, "unknown-modifier", S::warning, "RFC 7208 §6",
     "remove it; tokens for other services are TXT records of their own"},
    {C::uppercase, "uppercase", S::note, "RFC 7208 §4.6.1",
     "nothing has to change; some programs only know lower case"},
    {C::redirect_beside_all, "redirect-beside-all", S::warning, "RFC 7208 §5.1",
     "remove all to use redirect, or remove redirect"},
    {C::term_after_all, "term-after-all", S::warning, "RFC 7208 §5.1", "move all to the end"},
    {C::duplicate_term, "duplicate-term", S::warning, "RFC 7208 §4.6.2", "remove one of them"},
    {C::never_matches, "never-matches", S::warning, "RFC 7208 §4.6.2",
     "move it in front of the terms that take its addresses, or remove it"},
    {C::redundant_term, "redundant-term", S::note, "RFC 7208 §4.6.2",
     "nothing has to change; it can go if the record needs the room or the lookup"},
    {C::empty_include, "empty-include", S::warning, "RFC 7208 §5.2",
     "remove it: it costs lookups and lets nobody pass"},
    {C::qualified_include, "qualified-include", S::warning, "RFC 7208 §5.2",
     "write include: without a qualifier if those senders are to pass"},
    {C::run_together, "run-together", S::error, "RFC 7208 §4.6.1",
     "put a space between the terms; the strings of a TXT record are joined without one"},
    {C::unused_explanation, "unused-explanation", S::note, "RFC 7208 §6.2", "remove exp="},
    {C::dead_explanation, "dead-explanation", S::note, "RFC 7208 §6.2",
     "publish one TXT record there, or remove exp="},

    {C::plus_all, "plus-all", S::error, "RFC 7208 §5.1",
     "end the record with -all or ~all: as it stands anybody may send as the domain"},
    {C::everybody_passes, "everybody-passes", S::error, "RFC 7208 §5.6",
     "list the networks of your own senders only"},
    {C::neutral_all, "neutral-all", S::note, "RFC 7208 §8.2",
     "end the record with ~all or -all once all your senders are in it"},
    {C::no_all, "no-all", S::warning, "RFC 7208 §4.7",
     "end the record with -all or ~all, or with redirect=; it may stay if the record is only included"},
    {C::wide_prefix, "wide-prefix", S::warning, "RFC 7208 §11.4",
     "name the networks that your senders really use, unless one of them publishes just this for its mail"},
    {C::host_bits, "host-bits", S::note, "RFC 7208 §5.6",
     "write the network itself, or the length of what was meant"},
    {C::bogon, "bogon", S::warning, "RFC 6890", "remove it: no mail comes from there across the Internet"},
    {C::ptr, "ptr", S::warning, "RFC 7208 §5.5",
     "name the addresses with ip4:, ip6: or a: instead; ptr is slow, and many receivers do not look"},
    {C::macro_p, "macro-p", S::warning, "RFC 7208 §7.2", "do without %{p}, which is as slow as ptr"},

    {C::dead_include, "dead-include", S::error, "RFC 7208 §5.2",
     "remove it, or ask its owner where the record has gone"},
    {C::dangling_include, "dangling-include", S::error, "RFC 7208 §5.2", "remove it"},
    {C::takeover, "takeover", S::error, "RFC 7208 §11.4",
     "remove the term at once, or register the name: whoever does can send as the domain"},
    {C::include_loop, "include-loop", S::error, "RFC 7208 §4.6.4", "remove it"},
    {C::repeated_include, "repeated-include", S::note, "RFC 7208 §4.6.4",
     "include it once: each time costs its lookups again"},
    {C::lookup_limit, "lookup-limit", S::error, "RFC 7208 §4.6.4",
     "drop includes of services no longer used, write ip4: and ip6: for a: and mx, send from subdomains"},
    {C::at_lookup_limit, "at-lookup-limit", S::note, "RFC 7208 §4.6.4",
     "make room before one of the included domains adds a lookup"},
    {C::void_limit, "void-limit", S::error, "RFC 7208 §4.6.4",
     "remove the terms whose names have no records, or publish these records"},
    {C::void_lookup, "void-lookup", S::warning, "RFC 7208 §4.6.4",
     "remove the term or correct the name: two of these are allowed"},
    {C::void_for_one_family, "void-for-one-family", S::note, "RFC 7208 §4.6.4",
     "nothing, as long as no more than two lookups of a family find nothing; ip4: and ip6: cost none"},
    {C::mx_limit, "mx-limit", S::error, "RFC 7208 §4.6.4", "list the addresses with ip4: and ip6: instead"},
    {C::mx_alias, "mx-alias", S::note, "RFC 2181 §10.3", "let the MX record name the target of the alias"},
    {C::null_mx, "null-mx", S::note, "RFC 7505 §3", "remove mx: the domain says that it has no mail servers"},
    {C::unqueryable, "unqueryable", S::warning, "RFC 7208 §4.8", "correct the name"},
    {C::dns_failure, "dns-failure", S::error, "RFC 7208 §2.6.6",
     "find out why its name servers do not answer"},
    {C::work_limit, "work-limit", S::error, "RFC 7208 §11.1", "publish fewer terms and addresses"},
};

} // namespace

std::string_view to_text(Severity severity) {
    switch (severity) {
    case Severity::note:
        return "note";
    case Severity::warning:
        return "warning";
    case Severity::error:
        break;
    }
    return "error";
}

std::span<const LintRule> lint_rules() {
    return table;
}

const LintRule& rule_of(LintCode code) {
    return table[static_cast<std::size_t>(code)];
}

} // namespace spfwalk::spf
