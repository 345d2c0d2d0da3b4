#!/bin/sh
# unpack.sh DIRECTORY: fetches and unpacks below DIRECTORY the mail servers that are not installed. Debian's packages
# of them exclude each other, and nobody's machine needs another mail server for a test. Never fails: what is not there
# is skipped by the tests, which say so.
set -u
directory=$1
for pair in postfix:postmap opensmtpd:smtpd; do
    package=${pair%:*}
    program=${pair#*:}
    if [ -x "/usr/sbin/$program" ] || [ -d "$directory/$package" ]; then continue; fi
    if ! command -v apt-get > /dev/null || ! command -v dpkg-deb > /dev/null; then
        echo "$package: no apt-get and dpkg-deb here to unpack it with"
        continue
    fi
    scratch=$(mktemp -d) || exit 0
    if (cd "$scratch" && timeout 40 apt-get -q -o Acquire::Retries=0 -o Acquire::http::Timeout=10 \
        -o APT::Sandbox::User= download "$package") && mkdir -p "$directory" &&
        dpkg-deb -x "$scratch/$package"_*.deb "$scratch/root" && mv "$scratch/root" "$directory/$package"; then
        echo "$package: unpacked"
    else
        echo "$package: cannot be fetched"
    fi
    rm -rf "$scratch"
done
exit 0
