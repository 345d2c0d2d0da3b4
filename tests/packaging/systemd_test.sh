#!/bin/sh
# The systemd units are valid, and locked in as tightly as they claim to be. Needs no running systemd.
#   systemd_test.sh SPFWALK
# Exit status 77: no systemd-analyze here that can do this.
set -eu
spfwalk=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
units=$(cd "$(dirname "$0")/../../contrib/systemd" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
    echo "FAILED: $*" >&2
    failed=1
}

if ! systemd-analyze security --help 2>/dev/null | grep -q -e --offline; then
    echo "SKIPPED: no systemd-analyze with --offline (systemd 250)"
    exit 77
fi

# shellcheck source=tests/packaging/units.sh
. "$(dirname "$0")/units.sh"
for unit in "$units"/*; do
    stand_in "$spfwalk" "$unit" > "$scratch/$(basename "$unit")"
done
verify "$scratch"/spfwalk*.service "$scratch/spfwalk.timer" || fail "systemd-analyze verify"

# At most 1.5 of 10, each of them.
services=0
for unit in "$scratch"/*.service; do
    services=$((services + 1))
    systemd-analyze security --offline=true --threshold=15 "$unit" > "$scratch/said" 2>&1 ||
        fail "$(basename "$unit"): too exposed"
    grep Overall "$scratch/said" || fail "$(basename "$unit"): no exposure level: $(cat "$scratch/said")"
done
[ "$services" -eq 2 ] || fail "$services services looked at, not 2"

# Every option in the unit is one that the program has.
sed -n '/^ExecStart=/,/[^\\]$/p' "$units/spfwalk.service" | tr ' ' '\n' | grep '^-' > "$scratch/used"
sed -n 's/^Environment="SPFWALK_OPTIONS=\(.*\)"$/\1/p' "$units/spfwalk.service" | tr ' ' '\n' | grep '^-' >> "$scratch/used"
"$spfwalk" --help > "$scratch/help"
while read -r option; do
    grep -q -E -e "(^ +|,)$option([ ,{]|\$)" "$scratch/help" || fail "spfwalk has no option $option"
done < "$scratch/used"
exit $failed
