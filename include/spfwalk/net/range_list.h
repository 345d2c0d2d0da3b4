// A sequence of ranges, of any order and number, in little memory: 8 octets for a range of IPv4 addresses, 32
// for one of IPv6.
//
// The list does not know its family. It is *narrow* as long as all addresses in it are below 2^32, which
// IPv4's always are; the first larger one makes it *wide*. Nothing outside this file can tell which it is.
#pragma once

#include "spfwalk/net/prefix.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <span>
#include <vector>

namespace spfwalk::net {

class RangeList {
  public:
    /// Random access, read only; ranges come by value.
    class Iterator {
      public:
        using iterator_category = std::random_access_iterator_tag;
        using value_type = Range;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = Range;
        /// So that `->` can name the ends of a range that lives nowhere.
        struct Arrow {
            Range range;
            const Range* operator->() const { return &range; }
        };

        Iterator() = default;
        Iterator(const RangeList& list, std::size_t at)
            : list_(&list), at_(static_cast<std::ptrdiff_t>(at)) {}
        std::size_t index() const { return static_cast<std::size_t>(at_); }

        Range operator*() const { return (*list_)[index()]; }
        Range operator[](difference_type n) const { return *(*this + n); }
        Arrow operator->() const { return {**this}; }
        Iterator& operator+=(difference_type n) {
            at_ += n;
            return *this;
        }
        Iterator& operator-=(difference_type n) { return *this += -n; }
        Iterator& operator++() { return *this += 1; }
        Iterator& operator--() { return *this -= 1; }
        Iterator operator++(int) {
            const Iterator before = *this;
            ++*this;
            return before;
        }
        Iterator operator--(int) {
            const Iterator before = *this;
            --*this;
            return before;
        }
        friend Iterator operator+(Iterator i, difference_type n) { return i += n; }
        friend Iterator operator+(difference_type n, Iterator i) { return i += n; }
        friend Iterator operator-(Iterator i, difference_type n) { return i -= n; }
        friend difference_type operator-(Iterator a, Iterator b) { return a.at_ - b.at_; }
        friend bool operator==(Iterator a, Iterator b) { return a.at_ == b.at_; }
        friend auto operator<=>(Iterator a, Iterator b) { return a.at_ <=> b.at_; }

      private:
        const RangeList* list_ = nullptr;
        std::ptrdiff_t at_ = 0;
    };
    using value_type = Range;
    using const_iterator = Iterator;

    RangeList() = default;
    RangeList(std::initializer_list<Range> ranges) : RangeList(std::span(ranges.begin(), ranges.size())) {}
    RangeList(std::span<const Range> ranges) { // NOLINT(*-explicit-*): the same ranges
        for (const Range& range : ranges)
            push_back(range);
    }
    RangeList(const std::vector<Range>& ranges) : RangeList(std::span(ranges)) {} // NOLINT(*-explicit-*)

    std::size_t size() const { return narrow_.size() + wide_.size(); }
    bool empty() const { return size() == 0; }
    Range operator[](std::size_t at) const { return wide_.empty() ? widened(narrow_[at]) : wide_[at]; }
    Range front() const { return (*this)[0]; }
    Range back() const { return (*this)[size() - 1]; }
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size()}; }

    /// Makes room in an empty list for about that many ranges that lie in those of both `a` and `b`.
    void reserve(std::size_t size, const RangeList& a, const RangeList& b) {
        if (size < 2) return;
        if (a.wide_.empty() || b.wide_.empty())
            narrow_.reserve(size);
        else
            wide_.reserve(size);
    }
    void push_back(const Range& range) {
        if (wide_.empty() && fits(range))
            narrow_.push_back(narrowed(range));
        else
            push_wide(range);
    }
    void append(const RangeList& more);
    void set(std::size_t at, const Range& range) {
        if (wide_.empty() && fits(range)) {
            narrow_[at] = narrowed(range);
        } else {
            widen();
            wide_[at] = range;
        }
    }
    /// Puts a range in front of the one at `at`, or at the end.
    void insert(std::size_t at, const Range& range);
    /// Removes the ranges from `from` up to, not including, `to`.
    void erase(std::size_t from, std::size_t to);
    /// A copy of the ranges from `from` up to, not including, `to`.
    RangeList slice(std::size_t from, std::size_t to) const;
    /// By first address.
    void sort();

    friend bool operator==(const RangeList& a, const RangeList& b);

  private:
    /// First and last address in the upper and the lower half: such numbers are in the order of the ranges.
    using Narrow = std::uint64_t;

    static bool fits(const Range& range) { return range.last.hi == 0 && range.last.lo <= UINT32_MAX; }
    static Narrow narrowed(const Range& range) { return range.first.lo << 32 | range.last.lo; }
    static Range widened(Narrow range) { return {{0, range >> 32}, {0, range & UINT32_MAX}}; }
    void widen();
    void push_wide(const Range& range);

    std::vector<Narrow> narrow_; ///< empty if wide_ is not
    std::vector<Range> wide_;
};

} // namespace spfwalk::net
