#!/bin/bash
# Builds the Debian package from the source, has lintian look at it, and, as root and where debootstrap works, installs
# it in a fresh system of the same release, uses it there and removes it without a trace.
#   deb_test.sh SOURCE-DIRECTORY [SCRATCH-DIRECTORY]
# Exit status 77: cannot be tested here, the last line says why. Takes minutes and a package mirror: the one that this
# machine is set up for.
set -euo pipefail
source_dir=$(cd "$1" && pwd)
scratch=$(mktemp -d -p "${2:-/var/tmp}" spfwalk-deb.XXXXXX)
root=$scratch/root

clean_up() {
    for mounted in proc sys dev/pts dev; do
        if mountpoint -q "$root/$mounted"; then umount "$root/$mounted" || return; fi
    done
    rm -rf --one-file-system "$scratch"
}
trap clean_up EXIT
skip() { echo "SKIPPED: $*"; exit 77; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# shellcheck disable=SC1091
. /etc/os-release 2>/dev/null || ID=unknown
[ "$ID" = debian ] || skip "not a Debian system, so no Debian package can be built"
for tool in cmake cpack gzip dpkg-deb dpkg-shlibdeps dpkg-buildflags; do
    command -v $tool >/dev/null || skip "$tool is missing (package dpkg-dev or cmake)"
done

echo "# build"
export DEBFULLNAME=${DEBFULLNAME:-A Packager} DEBEMAIL=${DEBEMAIL:-packager@example.com}
eval "$(dpkg-buildflags --export=sh)"
umask 022
cmake -S "$source_dir" -B "$scratch/build" -DCMAKE_BUILD_TYPE=RelWithDebInfo -DSPFWALK_TESTS=OFF \
    -DCMAKE_CXX_FLAGS="${CXXFLAGS:-} ${CPPFLAGS:-}" -DCMAKE_EXE_LINKER_FLAGS="${LDFLAGS:-}" \
    -DCMAKE_SKIP_RPATH=ON > "$scratch/log" || { cat "$scratch/log"; fail "configure"; }
cmake --build "$scratch/build" -j 2 --target spfwalk > "$scratch/log" || { cat "$scratch/log"; fail "build"; }
(cd "$scratch/build" && cpack -G DEB -B "$scratch/out") > "$scratch/log" 2>&1 || { cat "$scratch/log"; fail "cpack"; }
deb=$(echo "$scratch"/out/spfwalk_*.deb)
[ -f "$deb" ] || fail "cpack made no package"

echo "# what is in it"
dpkg-deb --info "$deb"
dpkg-deb --contents "$deb" | awk '{ print $1, $2, $6 }' | tee "$scratch/contents"
for path in bin/spfwalk share/man/man1/spfwalk.1.gz share/doc/spfwalk/copyright share/doc/spfwalk/changelog.gz \
    share/doc/spfwalk/changelog.Debian.gz share/doc/spfwalk/examples/example.zone share/doc/spfwalk/docs/recipes.md \
    share/doc/spfwalk/README.md share/doc/spfwalk/SECURITY.md share/doc/spfwalk/CONTRIBUTING.md \
    share/bash-completion/completions/spfwalk share/fish/vendor_completions.d/spfwalk.fish \
    share/zsh/vendor-completions/_spfwalk \
    lib/systemd/system/spfwalk.service lib/systemd/system/spfwalk.timer lib/systemd/system/spfwalk-load.service; do
    grep -q " \./usr/$path\$" "$scratch/contents" || fail "/usr/$path is not in the package"
done
depends=$(dpkg-deb --field "$deb" Depends)
for library in libc6 "libc-?ares2" libidn2-0; do
    grep -q -E "(^| )${library}[t0-9]* " <<< "$depends" || fail "does not depend on $library: $depends"
done

if command -v lintian >/dev/null; then
    echo "# lintian"
    as_user=()
    if [ "$(id -u)" -eq 0 ]; then as_user=(--allow-root); fi
    lintian "${as_user[@]}" --fail-on error --info --tag-display-limit 0 "$deb" || fail "lintian"
else
    echo "# no lintian here: not looked at by it"
fi

echo "# install, use, remove"
[ "$(id -u)" -eq 0 ] || skip "the package is good; installing it takes root"
command -v debootstrap >/dev/null || skip "the package is good; installing it takes debootstrap"
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    awk -v suite="$VERSION_CODENAME" '
        $1 == "deb" { sub(/\[[^]]*\] */, ""); if ($3 == suite) { print $2; exit } }
        $1 == "URIs:" { uri = $2 }
        $1 == "Suites:" { for (i = 2; i <= NF; i++) if ($i == suite) { print uri; exit } }' || true) # some are missing
[ -n "$mirror" ] || skip "the package is good; no mirror for $VERSION_CODENAME in the sources of apt"
# The proxies that apt here is told to use are those of the new system, too.
apt-config dump Acquire > "$scratch/acquire"
proxy=$(apt-config shell proxy Acquire::http::Proxy)
eval "${proxy:-proxy=}"
# shellcheck disable=SC2154  # eval sets it
if [ -n "$proxy" ]; then export http_proxy=$proxy; fi
debootstrap --variant=minbase "$VERSION_CODENAME" "$root" "$mirror" > "$scratch/log" 2>&1 ||
    { tail -n 20 "$scratch/log"; skip "the package is good; debootstrap does not work here"; }
cp "$scratch/acquire" "$root/etc/apt/apt.conf.d/99spfwalk-test"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp "$deb" "$root/tmp/spfwalk.deb"
in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
files() { (cd "$root" && find . -xdev \( -path ./var/lib/dpkg -o -path ./var/log -o -path ./var/cache \) -prune -o -print) | sort; }

# What it depends on first, so that what is left behind afterwards can only be its own.
in_root sh -c 'apt-get -q update && apt-get -q install -y --no-install-recommends --download-only /tmp/spfwalk.deb' \
    > "$scratch/log" 2>&1 || { tail -n 20 "$scratch/log"; skip "the package is good; what it depends on cannot be fetched"; }
in_root apt-get -q install -y --no-install-recommends /tmp/spfwalk.deb > "$scratch/log" 2>&1 ||
    { cat "$scratch/log"; fail "apt-get install"; }
in_root dpkg --purge spfwalk > "$scratch/log" 2>&1 || { cat "$scratch/log"; fail "purge"; }
files > "$scratch/before"
in_root dpkg --install /tmp/spfwalk.deb > "$scratch/log" 2>&1 || { cat "$scratch/log"; fail "install"; }
in_root spfwalk --version
# minbase leaves the documentation of packages where it is; the zone comes from the source where it does not.
cp "$source_dir/examples/example.zone" "$root/tmp/example.zone"
in_root spfwalk --zone /tmp/example.zone example.com > "$scratch/list"
cat "$scratch/list"
grep -q -x 192.0.2.0/25 "$scratch/list" || fail "the example zone gives another list"
in_root dpkg --verify spfwalk | grep . && fail "files differ from the package's"
in_root dpkg --purge spfwalk > "$scratch/log" 2>&1 || { cat "$scratch/log"; fail "purge"; }
rm -f "$root/tmp/example.zone"
files > "$scratch/after"
diff "$scratch/before" "$scratch/after" || fail "removing it leaves something behind, or takes something along"
echo "good"
