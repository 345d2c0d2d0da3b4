#!/bin/sh
# postfix.sh ROOT DIRECTORY: runs the Postfix below ROOT with DIRECTORY/main.cf and master.cf, which name
# DIRECTORY/queue and DIRECTORY/data. Only in a mount namespace of its own.
set -eu
# shellcheck source=tests/consumers/own_users.sh
. "$(dirname "$0")/own_users.sh"
own_users "$2" postfix postdrop
mkdir "$2/data" "$2/queue"
cd "$2/queue"
mkdir pid private public active incoming hold deferred maildrop defer bounce corrupt flush saved trace
chown postfix "$2/data" private public active incoming hold deferred maildrop defer bounce corrupt flush saved trace
chmod 700 private
serve env LD_LIBRARY_PATH="$1/usr/lib/postfix" "$1/usr/lib/postfix/sbin/master" -s -c "$2"
