#!/bin/sh
# docs/scale.md: the shell blocks are shell, and the one for GNU parallel walks every domain once, also when it was
# ended in the middle of a line.
#   parallel_test.sh SPFWALK
set -eu
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
spfwalk=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
fail() { echo "FAILED: $*" >&2; exit 1; }
mkdir "$scratch/bin" "$scratch/blocks"

# shellcheck source=tests/packaging/recipe_blocks.sh
. "$source_dir/tests/packaging/recipe_blocks.sh"
recipe_blocks "$source_dir/docs/scale.md" "$scratch/blocks" || fail "docs/scale.md: blocks"
for block in "$scratch/blocks"/*.sh; do
    sh -n "$block" || fail "$(basename "$block"): not shell"
done
[ -s "$scratch/blocks/census.slurm.sh" ] || fail "no script for Slurm"
if ! parallel --version 2> /dev/null | grep -q '^GNU parallel'; then
    echo "SKIPPED: no GNU parallel (Debian package parallel); the blocks are shell"
    exit 77
fi

# A thousand domains of a zone, one of them twice and one that is none; the script finds a spfwalk that reads it.
for i in $(seq 1000); do
    echo "d$i.example. TXT \"v=spf1 ip4:10.$((i / 250)).$((i % 250)).0/24 include:shared.example -all\"" >&3
    echo "d$i.example" >&4
done 3> "$scratch/zone" 4> "$scratch/domains"
echo 'shared.example. TXT "v=spf1 ip4:192.0.2.0/24 -all"' >> "$scratch/zone"
printf 'd7.example\nno_name..example\n' >> "$scratch/domains"
printf '#!/bin/sh\nexec "%s" --zone "%s" "$@"\n' "$spfwalk" "$scratch/zone" > "$scratch/bin/spfwalk"
chmod +x "$scratch/bin/spfwalk"
PATH=$scratch/bin:$PATH
export PATH
HOME=$scratch # parallel keeps files there
export HOME

spfwalk -q --no-progress -t ndjson -f "$scratch/domains" | sort > "$scratch/one" || fail "one process: $?"
[ "$(wc -l < "$scratch/one")" -eq 1002 ] || fail "one process: $(wc -l < "$scratch/one") objects"

census() {
    sh "$scratch/blocks/spfwalk-census.sh" "$scratch/domains" "$scratch/parts" 3 || fail "$1: exit status $?"
    cat "$scratch"/parts/part.*.ndjson | sort > "$scratch/several"
    cmp "$scratch/one" "$scratch/several" || fail "$1: other objects than one process gives"
}
census "three processes"
[ "$(find "$scratch/parts" -name 'part.*.ndjson' | wc -l)" -eq 3 ] || fail "not three parts"
census "run again, with nothing left to do"

# One process was ended in a line, one before its first, one is done.
head -c 12345 "$scratch/parts/part.00.ndjson" > "$scratch/cut"
[ -n "$(tail -c 1 "$scratch/cut")" ] || fail "the cut is at the end of a line"
mv "$scratch/cut" "$scratch/parts/part.00.ndjson"
: > "$scratch/parts/part.01.ndjson"
census "ended and run again"
echo "three processes give what one gives"
