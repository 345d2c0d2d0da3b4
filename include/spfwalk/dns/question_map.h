// Values by question, for as few as a walk has mostly, in the order in which they came.
#pragma once

#include "spfwalk/dns/answer.h"

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

namespace spfwalk::dns {

template <class Value>
class QuestionMap {
  public:
    /// The value of a question, or null. Good until the next call of add().
    Value* find(const Question& question) {
        if (items_.size() <= few) {
            for (auto& [key, value] : items_)
                if (key == question) return &value;
            return nullptr;
        }
        const auto found = places_.find(question);
        return found == places_.end() ? nullptr : &items_[found->second].second;
    }

    bool contains(const Question& question) { return find(question) != nullptr; }
    bool empty() const { return items_.empty(); }
    /// All, in the order in which they came.
    const std::vector<std::pair<Question, Value>>& items() const { return items_; }

    /// Adds a value for a question that has none yet, and returns it.
    Value& add(const Question& question, Value value) {
        if (items_.empty()) items_.reserve(few / 2);
        items_.emplace_back(question, std::move(value));
        if (items_.size() > few)
            for (std::size_t i = places_.size(); i < items_.size(); ++i)
                places_.emplace(items_[i].first, i);
        return items_.back().second;
    }

    /// The value of a question, added if there is none, and whether it was.
    std::pair<Value&, bool> try_add(const Question& question, Value value) {
        if (Value* known = find(question)) return {*known, false};
        return {add(question, std::move(value)), true};
    }

    /// All, which are no longer in the map then.
    std::vector<std::pair<Question, Value>> take() {
        places_.clear();
        return std::exchange(items_, {});
    }

  private:
    static constexpr std::size_t few = 16; ///< are found quicker by looking at each

    std::vector<std::pair<Question, Value>> items_;
    std::unordered_map<Question, std::size_t> places_; ///< of all, once they are many
};

} // namespace spfwalk::dns
