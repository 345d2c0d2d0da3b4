// The way in for libFuzzer: one program for each target.
#include "fuzz/fuzz.h"

#include <cstddef>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    spfwalk::fuzz::SPFWALK_FUZZ_TARGET({data, size});
    return 0;
}
