// Types and RDATA of master files (RFC 1035 §5.1, RFC 3597).
#pragma once

#include "master_lexer.h"
#include "spfwalk/dns/master_file.h"

#include <span>

namespace spfwalk::dns {

/// A type field: the number of a type this program uses or that is written as TYPE<n>. 0 for the mnemonic of
/// another, nothing for what is none.
std::optional<std::uint16_t> parse_type(std::string_view text);

/// Takes RDATA apart. Problems are returned as text without the type's name.
class DataReader {
  public:
    DataReader(std::uint16_t type, std::span<const Token> tokens, const Name& origin)
        : type_(type), tokens_(tokens), origin_(origin) {}

    /// Adds the record to `set`, all but its TTL. Nothing if all is well.
    std::optional<std::string> add_to(RecordSet& set);
    /// The last number of a SOA, after add_to().
    std::optional<std::uint32_t> soa_minimum() const { return soa_minimum_; }

  private:
    using Trouble = std::optional<std::string>;

    bool is_generic() const;
    Trouble add_text_form(RecordSet& set);
    Trouble add_generic_form(RecordSet& set);
    Trouble add_wire(RecordSet& set, std::string_view data);
    Trouble add_texts(RecordSet& set);
    Trouble add_mx(RecordSet& set);
    Trouble add_target(RecordSet& set, const Name& name);
    Trouble read_soa();
    Trouble expect(std::size_t count, const char* what) const;
    std::optional<Name> name_at(std::size_t index) const;

    std::uint16_t type_;
    std::span<const Token> tokens_;
    const Name& origin_;
    std::optional<std::uint32_t> soa_minimum_;
};

} // namespace spfwalk::dns
