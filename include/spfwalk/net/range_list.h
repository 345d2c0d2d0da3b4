// A sequence of ranges, of any order and number, in little memory: 8 octets for a range of IPv4 addresses, 32
// for one of IPv6.
//
// The list does not know its family. It is *narrow* as long as all addresses in it are below 2^32, which
// IPv4's always are; the first larger one makes it *wide*. Nothing outside this file can tell which it is.
//
// Most sets of a walk are those of one term, a range or a few: four narrow ranges, or a wide one, lie in the
// list itself and take no memory from the heap.
#pragma once

#include "spfwalk/net/prefix.h"

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <new>
#include <span>
#include <vector>

namespace spfwalk::net {

class RangeList {
    /// First and last address in the upper and the lower half: such numbers are in the order of the ranges.
    using Narrow = std::uint64_t;

    static bool fits(const Range& range) { return range.last.hi == 0 && range.last.lo <= UINT32_MAX; }
    static Narrow narrowed(const Range& range) { return range.first.lo << 32 | range.last.lo; }
    static Range widened(Narrow range) { return {{0, range >> 32}, {0, range & UINT32_MAX}}; }

  public:
    /// Random access, read only; ranges come by value. Good until the list is changed or moved.
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
            : data_(list.data()), at_(static_cast<std::ptrdiff_t>(at)), is_wide_(list.is_wide_) {}
        std::size_t index() const { return static_cast<std::size_t>(at_); }

        Range operator*() const {
            return is_wide_ ? static_cast<const Range*>(data_)[at_]
                            : widened(static_cast<const Narrow*>(data_)[at_]);
        }
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
        const void* data_ = nullptr;
        std::ptrdiff_t at_ = 0;
        bool is_wide_ = false;
    };
    using value_type = Range;
    using const_iterator = Iterator;

    RangeList() = default;
    RangeList(const RangeList& other) { append(other); }
    RangeList(RangeList&& other) noexcept { take_from(other); }
    RangeList& operator=(const RangeList& other) { return *this = RangeList(other); }
    RangeList& operator=(RangeList&& other) noexcept {
        if (this == &other) return *this;
        release();
        take_from(other);
        return *this;
    }
    ~RangeList() { release(); }
    RangeList(std::initializer_list<Range> ranges) : RangeList(std::span(ranges.begin(), ranges.size())) {}
    RangeList(std::span<const Range> ranges) { // NOLINT(*-explicit-*): the same ranges
        for (const Range& range : ranges)
            push_back(range);
    }
    RangeList(const std::vector<Range>& ranges) : RangeList(std::span(ranges)) {} // NOLINT(*-explicit-*)

    // Places are below size(), or at most size() where that is the end of something; nobody checks.
    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    Range operator[](std::size_t at) const { return is_wide_ ? wide()[at] : widened(narrow()[at]); }
    Range front() const { return (*this)[0]; }
    Range back() const { return (*this)[size_ - 1]; }
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size()}; }

    void push_back(const Range& range) {
        if (is_wide_ || !fits(range)) return push_wide(range);
        push_narrow(narrowed(range));
    }
    /// `expected`: how many ranges it is going to have in all, if that is known.
    void append(const RangeList& more, std::size_t expected = 0);
    /// Puts a range in the place of the one at `at`.
    void set(std::size_t at, const Range& range) {
        if (is_wide_ || !fits(range))
            set_wide(at, range);
        else
            narrow()[at] = narrowed(range);
    }
    /// Puts a range in front of the one at `at`, or at the end.
    void insert(std::size_t at, const Range& range);
    /// Removes the ranges from `from` up to, not including, `to`.
    void erase(std::size_t from, std::size_t to);
    /// A copy of the ranges from `from` up to, not including, `to`.
    RangeList slice(std::size_t from, std::size_t to) const;
    /// Whether all of `part` stands in it from `at` on, as it is there.
    bool has(const RangeList& part, std::size_t at) const;
    /// By first address.
    void sort();
    /// Of a sorted list: the place of the first range that does not begin before an address, or the size.
    std::size_t place_of(Address address) const;
    /// Of a sorted list: makes one of those that overlap or touch.
    void join_neighbours() { join_neighbours(0); }
    /// Adds another list, both sorted and without neighbours that overlap or touch; such a list again. Those
    /// behind the first that is added move, so it is the smaller one that should be added to the larger.
    void join(const RangeList& more);
    /// What two lists have in common that are sorted and whose ranges do not overlap; such a list again.
    static RangeList common(const RangeList& a, const RangeList& b);

    friend bool operator==(const RangeList& a, const RangeList& b);

  private:
    const Narrow* narrow() const { return static_cast<const Narrow*>(data()); }
    Narrow* narrow() { return static_cast<Narrow*>(data()); }
    const Range* wide() const { return static_cast<const Range*>(data()); }
    Range* wide() { return static_cast<Range*>(data()); }

    const void* data() const { return is_on_heap_ ? heap().data : storage_.octets; }
    void* data() { return is_on_heap_ ? heap().data : storage_.octets; }
    std::size_t capacity() const { return is_on_heap_ ? heap().capacity : sizeof storage_; }
    std::size_t item_size() const { return is_wide_ ? sizeof(Range) : sizeof(Narrow); }

    /// Makes room for `octets` in all.
    void make_room(std::size_t octets) {
        if (octets > capacity()) grow(octets);
    }
    void grow(std::size_t octets);
    void take_from(RangeList& other) {
        size_ = other.size_;
        is_wide_ = other.is_wide_;
        is_on_heap_ = other.is_on_heap_;
        storage_ = other.storage_;
        other.size_ = 0;
        other.is_wide_ = false;
        other.is_on_heap_ = false;
    }
    void release() {
        if (is_on_heap_) ::operator delete(heap().data);
    }
    void push_narrow(Narrow range) {
        make_room((size_ + 1) * sizeof range);
        narrow()[size_++] = range;
    }
    void widen();
    void push_wide(const Range& range);
    void set_wide(std::size_t at, const Range& range);
    /// Those in front of `from` are known to be apart.
    void join_neighbours(std::size_t from);
    /// Opens a gap of one range in front of the one at `at`.
    void open_gap(std::size_t at);

    struct Heap {
        void* data;
        std::size_t capacity; ///< octets
    };
    /// Ranges, or where they are. All of these may be copied octet by octet.
    struct Storage {
        alignas(Range) std::byte octets[sizeof(Range)];
    };
    const Heap& heap() const { return *std::launder(reinterpret_cast<const Heap*>(storage_.octets)); }

    std::size_t size_ = 0;
    bool is_wide_ = false; ///< at least one range needed it when it was put in
    bool is_on_heap_ = false;
    Storage storage_;
};

} // namespace spfwalk::net
