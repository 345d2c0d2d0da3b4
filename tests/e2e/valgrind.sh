#!/bin/sh
# Runs a test program in which the real program is run under valgrind's memory checker (SPFWALK_UNDER, see
# tests/support/observed.h): an invalid access, a use of what was never set or a leak ends that run with status 99, which
# no test expects. Skipped (77) where valgrind is not installed.
set -eu
if ! command -v valgrind >/dev/null; then
    echo "skipped: valgrind is not installed"
    exit 77
fi
SPFWALK_UNDER="$(command -v valgrind) -q --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect
    --errors-for-leak-kinds=definite,indirect"
export SPFWALK_UNDER
exec "$@"
