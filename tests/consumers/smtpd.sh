#!/bin/sh
# smtpd.sh SMTPD DIRECTORY: runs OpenSMTPD with DIRECTORY/smtpd.conf. Only in a mount namespace of its own.
set -eu
# shellcheck source=tests/consumers/own_users.sh
. "$(dirname "$0")/own_users.sh"
own_users "$2" opensmtpd opensmtpq
mkdir -p /var/lib/opensmtpd/empty /var/spool/smtpd
chmod 711 /var/spool/smtpd
serve "$1" -d -f "$2/smtpd.conf"
