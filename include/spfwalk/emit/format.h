// Output formats: a list in, text out, nothing else.
#pragma once

#include "spfwalk/emit/list.h"
#include "spfwalk/expected.h"

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace spfwalk::emit {

enum class Aggregate : std::uint8_t { fewest, as_published };
enum class Annotate : std::uint8_t { no, yes };

/// How the user wants a format to look.
struct Style {
    Aggregate aggregate = Aggregate::fewest;
    Annotate annotate = Annotate::no; ///< comments that name the sources, on lines of their own
    std::string name = "spfwalk";     ///< `-N`: of the table, set or map, in formats that need one
    std::vector<net::Family> families{net::Family::ipv4, net::Family::ipv6}; ///< what was asked for
    std::vector<std::string> resolvers{}; ///< who was asked; nobody if a file answered
    std::string version{};                ///< of the program

    /// What a list must remember to be printed so.
    Detail detail() const {
        return aggregate == Aggregate::as_published || annotate == Annotate::yes ? Detail::sources
                                                                                 : Detail::addresses;
    }
};

/// Takes a text piece by piece.
using Sink = std::function<void(std::string_view)>;

/// One output format: a row of the table in format.cc, a file of its own.
struct Format {
    std::string_view name;
    std::string_view summary; ///< a few words for `--format help`
    /// The whole text. Says what the format says for an empty list, too.
    std::string (*print)(const List& list, const Style& style);
    /// Reads the addresses back out of what print() wrote, however a person may have edited it within the
    /// format. The error is a few words with the line number; text that is not of the format must not be read
    /// as an empty list.
    Expected<Addresses, std::string> (*read)(std::string_view text);
    /// Why `-N NAME` cannot be used in this format, or nothing. Null: the format has no name in it.
    std::optional<std::string> (*check_name)(std::string_view name) = nullptr;
    /// print() in pieces, for lists that are too long to be one text. Null: there is only print().
    void (*write)(const List& list, const Style& style, const Sink& sink) = nullptr;
    bool annotates = false;            ///< whether it has comments
    Detail detail = Detail::addresses; ///< what print() needs at least
    /// ndjson: a domain that DNS did not answer for is an object, not a failure.
    bool every_outcome_is_data = false;
};

/// All formats, the default first.
std::span<const Format> formats();
/// The format of that name, or null.
const Format* find_format(std::string_view name);

/// A CIDR a line, nothing else; an empty list is empty text. (plain.cc)
std::string print_plain(const List& list, const Style& style);
void write_plain(const List& list, const Style& style, const Sink& sink);
/// Prefixes or bare addresses, one a line; `#` begins a comment.
Expected<Addresses, std::string> read_plain(std::string_view text);
/// The same of a file of the operator's (`--also`) that comes in pieces: `next` returns the next one, and at
/// the end an empty one. Here ::ffff:192.0.2.0/120 and the like are the IPv4 prefixes that they stand for.
Expected<Addresses, std::string> read_plain(const std::function<std::string_view()>& next);

/// Words for pfctl(8). An empty list is a comment. (pf.cc)
std::string print_pf(const List& list, const Style& style);
Expected<Addresses, std::string> read_pf(std::string_view text);

/// A script for nft(8) that replaces the elements of the sets "ipv4" and "ipv6" in table "inet NAME" in one
/// transaction and touches nothing else of the table; only the sets of Style::families. (nft.cc)
std::string print_nft(const List& list, const Style& style);
/// Refuses a file that has lost its end.
Expected<Addresses, std::string> read_nft(std::string_view text);
/// Words of nft's own language ("set", "accept") are no names, either.
std::optional<std::string> check_name_nft(std::string_view name);

/// Input of ipset(8) restore that fills "NAME-4.new" and "NAME-6.new" and swaps them for "NAME-4" and
/// "NAME-6"; only the sets of Style::families. (ipset.cc)
std::string print_ipset(const List& list, const Style& style);
/// Refuses a file that has lost its end.
Expected<Addresses, std::string> read_ipset(std::string_view text);
std::optional<std::string> check_name_ipset(std::string_view name);

/// "PREFIX permit" for a cidr table of Postfix. An empty list is a comment. (postscreen.cc)
std::string print_postscreen(const List& list, const Style& style);
/// Refuses other results than permit.
Expected<Addresses, std::string> read_postscreen(std::string_view text);

/// A file table of OpenSMTPD: "# @list", then a prefix a line. (opensmtpd.cc)
std::string print_opensmtpd(const List& list, const Style& style);
Expected<Addresses, std::string> read_opensmtpd(std::string_view text);

/// "PREFIX 1;", to be included in a geo block. An empty list is a comment. (nginx_geo.cc)
std::string print_nginx_geo(const List& list, const Style& style);
Expected<Addresses, std::string> read_nginx_geo(std::string_view text);

/// "allow PREFIX;". An empty list is a comment. (nginx_allow.cc)
std::string print_nginx_allow(const List& list, const Style& style);
Expected<Addresses, std::string> read_nginx_allow(std::string_view text);

/// One document, see docs/json.md. Needs Detail::full. (json.cc)
std::string print_json(const List& list, const Style& style);
/// The addresses of "prefixes".
Expected<Addresses, std::string> read_json(std::string_view text);

/// Appends a domain's object and a newline: a line of ndjson. (ndjson.cc)
void append_domain_object(std::string& out, const DomainResult& result, const Style& style = {});
/// The domain of an object on one line, as printed there. The error says what the line is not.
Expected<std::string, std::string> read_domain_of_object(std::string_view line);
/// A line for each domain. Needs Detail::full.
std::string print_ndjson(const List& list, const Style& style);
/// The union of all lines. Lines lost at the end are not noticed.
Expected<Addresses, std::string> read_ndjson(std::string_view text);

/// A user's own format (`-F`), see compile_custom().
class CustomFormat {
  public:
    /// Whether the lines name domains: then each domain's own list is printed, in input order.
    bool per_domain() const { return per_domain_; }
    /// A line for each prefix. Needs Detail::sources if per_domain().
    std::string print(const List& list, const Style& style) const;

  private:
    friend Expected<CustomFormat, std::string> compile_custom(std::string_view text);
    void append_line(std::string& out, const net::Prefix& prefix, std::string_view domain) const;

    struct Part {
        char directive; ///< 'n', 'l', 'm', 'p' or 'd'; 0: `literal` alone
        std::string literal;
    };
    std::vector<Part> parts_;
    bool per_domain_ = false;
};

/// Compiles `%n` network, `%l` prefix length, `%m` netmask, `%p` prefix, `%d` domain, `%%`, `\n`, `\t` and
/// `\\`. A newline is added at the end if there is none. The error names what is not understood.
Expected<CustomFormat, std::string> compile_custom(std::string_view text);

/// The whole partition of a report (`--regions`): "PREFIX RESULT DOMAIN[: PATH]" a line, in numeric order for
/// each family. Regions of undecidable records may overlap. (regions.cc)
std::string print_regions(const spf::Report& report);

} // namespace spfwalk::emit
