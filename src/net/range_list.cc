#include "spfwalk/net/range_list.h"

#include <algorithm>

namespace spfwalk::net {

namespace {

template <class T>
auto place(std::vector<T>& list, std::size_t at) {
    return list.begin() + static_cast<std::ptrdiff_t>(at);
}

template <class T>
auto place(const std::vector<T>& list, std::size_t at) {
    return list.begin() + static_cast<std::ptrdiff_t>(at);
}

/// An object and no function, so that a sort has its body and calls nothing.
constexpr auto starts_before = [](const Range& a, const Range& b) {
    return a.first.hi != b.first.hi ? a.first.hi < b.first.hi : a.first.lo < b.first.lo;
};

} // namespace

void RangeList::widen() {
    if (narrow_.empty()) return;
    wide_.reserve(narrow_.capacity());
    for (const Narrow range : narrow_)
        wide_.push_back(widened(range));
    narrow_ = {};
}

void RangeList::push_wide(const Range& range) {
    widen();
    wide_.push_back(range);
}

void RangeList::append(const RangeList& more) {
    if (wide_.empty() && more.wide_.empty()) {
        narrow_.insert(narrow_.end(), more.narrow_.begin(), more.narrow_.end());
    } else if (more.wide_.empty()) {
        for (const Narrow range : more.narrow_)
            wide_.push_back(widened(range));
    } else {
        widen();
        wide_.insert(wide_.end(), more.wide_.begin(), more.wide_.end());
    }
}

void RangeList::insert(std::size_t at, const Range& range) {
    if (wide_.empty() && fits(range)) {
        narrow_.insert(place(narrow_, at), narrowed(range));
    } else {
        widen();
        wide_.insert(place(wide_, at), range);
    }
}

void RangeList::erase(std::size_t from, std::size_t to) {
    if (wide_.empty())
        narrow_.erase(place(narrow_, from), place(narrow_, to));
    else
        wide_.erase(place(wide_, from), place(wide_, to));
}

RangeList RangeList::slice(std::size_t from, std::size_t to) const {
    RangeList result;
    if (wide_.empty())
        result.narrow_.assign(place(narrow_, from), place(narrow_, to));
    else
        result.wide_.assign(place(wide_, from), place(wide_, to));
    return result;
}

void RangeList::sort() {
    // Much that is sorted is sorted already.
    if (wide_.empty()) {
        if (!std::ranges::is_sorted(narrow_)) std::ranges::sort(narrow_);
    } else if (!std::ranges::is_sorted(wide_, starts_before)) {
        std::ranges::sort(wide_, starts_before);
    }
}

bool operator==(const RangeList& a, const RangeList& b) {
    if (a.wide_.empty() && b.wide_.empty()) return a.narrow_ == b.narrow_;
    return std::equal(a.begin(), a.end(), b.begin(), b.end());
}

} // namespace spfwalk::net
