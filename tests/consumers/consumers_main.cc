// All in a network of its own, and status 77 if nothing failed but something was skipped.
#if __has_include(<catch2/catch_session.hpp>)
#include <catch2/catch_session.hpp>
#else
#define CATCH_CONFIG_RUNNER
#include <catch2/catch.hpp>
#endif

#include "consumers.h"
#include "network.h"

int main(int argc, char* argv[]) {
    spfwalk::test::enter_own_network();
    const int result = Catch::Session().run(argc, argv);
    return result == 0 && spfwalk::test::skips() > 0 ? 77 : result;
}
