#!/bin/sh
# unpack.sh DIRECTORY: fetches and unpacks below DIRECTORY the mail servers that are not installed. Debian's packages
# of them exclude each other, and nobody's machine needs another mail server for a test. Never fails: what is not there
# is skipped by the tests, which say so.
set -u
directory=$1

# Whether the unpacked program finds all its libraries; those that come with the package included.
runs() {
    missing=$(LD_LIBRARY_PATH="$1/usr/lib/postfix" ldd "$1/usr/sbin/$2" | sed -n 's/^[[:space:]]*\(.*\) => not found/\1/p')
    [ -z "$missing" ] || echo "$2 needs" $missing
    [ -z "$missing" ]
}

for pair in postfix:postmap opensmtpd:smtpd exim4-daemon-light:exim4; do
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
        dpkg-deb -x "$scratch/$package"_*.deb "$scratch/root" && runs "$scratch/root" "$program" &&
        mv "$scratch/root" "$directory/$package"; then
        echo "$package: unpacked"
    else
        echo "$package: cannot be had"
    fi
    rm -rf "$scratch"
done
exit 0
