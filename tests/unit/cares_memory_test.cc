// The one call here that c-ares 1.28 marks as deprecated gives memory, which is what is looked at.
#define CARES_NO_DEPRECATED
#include "dns/cares_memory.h"

#include "support/catch.h"

#include <ares.h>

#include <cstdint>
#include <cstring>
#include <string>

using namespace spfwalk::dns::cares;

namespace {

std::string text_in(const void* block, std::size_t octets) {
    return {static_cast<const char*>(block), octets};
}

} // namespace

TEST_CASE("Blocks for c-ares keep what is in them when their size changes") {
    const std::string text = "what is in it";
    void* block = resize(nullptr, text.size());
    REQUIRE(block != nullptr);
    std::memcpy(block, text.data(), text.size());
    for (const std::size_t larger : {100u, 5000u, 1u << 20, 20u}) {
        block = resize(block, larger);
        REQUIRE(block != nullptr);
        CHECK(text_in(block, text.size()) == text);
        std::memset(static_cast<char*>(block) + text.size(), 'x', larger - text.size()); // it is all there
    }
    block = resize(block, 4);
    REQUIRE(block != nullptr);
    CHECK(text_in(block, 4) == text.substr(0, 4));
    block = resize(block, 0); // not a way to give it back
    REQUIRE(block != nullptr);
    give_back(block);
    give_back(nullptr);
}

TEST_CASE("What c-ares has taken comes from here") {
    REQUIRE(init_library() == ARES_SUCCESS);
    unsigned char* query = nullptr;
    int octets = 0;
    REQUIRE(ares_create_query("a.test", 1, 1, 0, 1, &query, &octets, 0) == ARES_SUCCESS);
    REQUIRE(octets > 12);
    query = static_cast<unsigned char*>(resize(query, 12)); // would not bear the blocks of others
    CHECK(text_in(query, 2) == std::string("\0", 2));
    give_back(query);
    ares_library_cleanup();
}

TEST_CASE("Blocks for c-ares are aligned like those of malloc") {
    for (const std::size_t octets : {0u, 1u, 24u, 2000u}) {
        void* const block = take(octets);
        REQUIRE(block != nullptr);
        CHECK(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t) == 0);
        give_back(block);
    }
}

TEST_CASE("Where there is no memory for c-ares, it is told so, and keeps what it had") {
    CHECK(take(SIZE_MAX) == nullptr);
    void* const block = take(8);
    REQUIRE(block != nullptr);
    std::memcpy(block, "in there", 8);
    CHECK(resize(block, SIZE_MAX) == nullptr);
    CHECK(text_in(block, 8) == "in there");
    give_back(block);
}
