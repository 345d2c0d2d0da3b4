// JSON text, written as it is made (RFC 8259).
//
// No tree is built: a run of a million domains writes hundreds of numbers and texts for each.
#pragma once

#include "spfwalk/emit/json_layout.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace spfwalk::emit {

/// Appends what stands between the quotes of a string. Octets that are not UTF-8 become U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);

class JsonWriter {
  public:
    using Layout = JsonLayout;

    /// Appends to `out`. The caller nests begin and end properly and gives each member of an object a key.
    JsonWriter(std::string& out, Layout layout) : out_(out), layout_(layout) {}

    void begin_object() { begin('{'); }
    void end_object() { end('}'); }
    void begin_array() { begin('['); }
    void end_array() { end(']'); }

    /// The key of the next value. Printable ASCII without quotes and backslashes.
    void key(std::string_view name) {
        if (layout_ == Layout::line && name.size() <= longest_usual_key) return key_on_line(name);
        separate();
        ((out_ += '"') += name) += layout_ == Layout::line ? "\":" : "\": ";
        has_key_ = true;
    }

    void string(std::string_view text) {
        separate();
        out_ += '"';
        append_escaped(text);
        out_ += '"';
    }
    /// For a value that the caller writes as JSON itself, in one piece: appends what stands in front of it.
    std::string& begin_value() {
        separate();
        return out_;
    }
    bool is_on_one_line() const { return layout_ == Layout::line; }

    /// What needs no escaping: printable ASCII without quotes and backslashes.
    void plain_string(std::string_view text) {
        separate();
        ((out_ += '"') += text) += '"';
    }
    void number(std::integral auto value) { integer(static_cast<std::int64_t>(value)); }
    void boolean(bool value) { word(value ? "true" : "false"); }
    void null() { word("null"); }
    /// null if there is none.
    template <class T>
    void number_or_null(const std::optional<T>& value) {
        if (value)
            number(*value);
        else
            null();
    }
    void string_or_null(const std::optional<std::string>& value) {
        if (value)
            string(*value);
        else
            null();
    }

  private:
    static constexpr std::size_t longest_usual_key = 28;

    /// The same in one piece: each object has a dozen of them.
    void key_on_line(std::string_view name) {
        std::array<char, longest_usual_key + 4> text;
        char* end = text.data();
        if (!is_first_) *end++ = ',';
        *end++ = '"';
        end = std::copy(name.begin(), name.end(), end);
        *end++ = '"';
        *end++ = ':';
        out_.append(text.data(), end);
        is_first_ = false;
        has_key_ = true;
    }
    void integer(std::int64_t value);
    void begin(char bracket) {
        separate();
        out_ += bracket;
        ++depth_;
        is_first_ = true;
    }
    void end(char bracket) {
        --depth_;
        if (!is_first_) new_line();
        is_first_ = false;
        out_ += bracket;
    }
    void word(std::string_view text) {
        separate();
        out_ += text;
    }
    /// What stands in front of a value, or of a key.
    void separate() {
        if (has_key_) {
            has_key_ = false;
            return;
        }
        if (depth_ == 0) return;
        if (!is_first_) out_ += ',';
        is_first_ = false;
        new_line();
    }
    void new_line() {
        if (layout_ == Layout::line) return;
        out_ += '\n';
        out_.append(2 * depth_, ' ');
    }
    void append_escaped(std::string_view text) { append_json_escaped(out_, text); }

    std::string& out_;
    Layout layout_;
    std::size_t depth_ = 0;
    bool is_first_ = true;
    bool has_key_ = false;
};

} // namespace spfwalk::emit
