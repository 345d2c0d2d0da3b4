#!/bin/sh
# exim.sh EXIM DIRECTORY CLIENT…: what exim with DIRECTORY/exim.conf answers to each client who speaks DIRECTORY/session.
# Only in a mount namespace of its own.
set -eu
# shellcheck source=tests/consumers/own_users.sh
. "$(dirname "$0")/own_users.sh"
own_users "$2" Debian-exim
exim=$1
directory=$2
shift 2
for client in "$@"; do
    echo "client $client"
    "$exim" -C "$directory/exim.conf" -bh "$client" < "$directory/session" 2> "$directory/said"
done
