#!/bin/sh
# docs/recipes.md: every shell block is shell, and every script in it loads when it should and only then. The programs
# that they load into are played here by scripts; tests/consumers has the real ones.
#   recipes_test.sh [SPFWALK]: with the program, the scripts also run with it, on the example zone
# shellcheck disable=SC2015  # fail never fails
set -eu
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
spfwalk=${1-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
bin=$scratch/bin
blocks=$scratch/blocks
mkdir -p "$bin" "$blocks" "$scratch/etc/spfwalk" "$scratch/etc/mail" "$scratch/var/db/spfwalk" "$scratch/var/lib/spfwalk"
failed=0

fail() {
    echo "FAILED: $*" >&2
    failed=1
}

# shellcheck source=tests/packaging/recipe_blocks.sh
. "$source_dir/tests/packaging/recipe_blocks.sh"
recipe_blocks "$source_dir/docs/recipes.md" "$blocks" || fail "docs/recipes.md: blocks"

count=0
for block in "$blocks"/*.sh; do
    sh -n "$block" || fail "$(basename "$block"): not shell"
    count=$((count + 1))
done
[ "$count" -ge 10 ] || fail "only $count shell blocks found"
# Each line of a crontab: five fields, then what to run.
for block in "$blocks"/*.crontab; do
    grep -E -v -q '^[0-9~*]+( [0-9*/]+){4} (-ns |root )/usr/local/sbin/spfwalk-[a-z]+$' "$block" &&
        fail "$(basename "$block"): not a crontab: $(cat "$block")"
done

# The world of the scripts. Whatever is called notes it, and does as it is told.
for program in nft ipset pfctl smtpctl postfix haproxy nginx systemctl; do
    cat > "$bin/$program" <<STUB
#!/bin/sh
echo "$program \$*" >> "$scratch/calls"
exit "\$(cat "$scratch/load_status")"
STUB
done
cat > "$bin/spfwalk" <<STUB
#!/bin/sh
echo "spfwalk \$*" >> "$scratch/calls"
exit "\$(cat "$scratch/walk_status")"
STUB
chmod +x "$bin"/*
PATH=$bin:$PATH
export PATH

# run SCRIPT WALK-STATUS LOAD-STATUS [load]: runs it; $status and $loads (lines of calls but spfwalk's) are the outcome.
run() {
    echo "$2" > "$scratch/walk_status"
    echo "$3" > "$scratch/load_status"
    : > "$scratch/calls"
    status=0
    sh "$scratch/$1" ${4+"$4"} > "$scratch/output" 2>&1 || status=$?
    loads=$(grep -v -c '^spfwalk ' "$scratch/calls") || true
    walks=$(grep -c '^spfwalk ' "$scratch/calls") || true
}

scripts=0
for block in "$blocks"/spfwalk-*.sh; do
    script=$(basename "$block" .sh)
    scripts=$((scripts + 1))
    sed -e "s#/etc/#$scratch/etc/#g" -e "s#/var/#$scratch/var/#g" "$block" > "$scratch/$script"
    list=$(sed -n 's/^list=//p' "$scratch/$script")
    list=$(eval "$(sed -n '/^\(dir\|name\|table\)=/p' "$scratch/$script")"; eval "echo $list")
    echo 192.0.2.0/24 > "$list"

    for walked in 0 2; do
        run "$script" $walked 0
        [ "$status" -eq 0 ] && [ "$walks" -eq 1 ] && [ "$loads" -ge 1 ] || fail "$script: does not load on $walked"
    done
    run "$script" 1 0
    [ "$status" -ne 0 ] && [ "$loads" -eq 0 ] || fail "$script: loads after a failed run, or hides the failure"
    run "$script" 139 0
    [ "$status" -ne 0 ] && [ "$loads" -eq 0 ] || fail "$script: loads after a crash, or hides it"
    for walked in 0 2; do
        run "$script" $walked 1
        [ "$status" -ne 0 ] || fail "$script: hides that the load has failed ($walked)"
    done
    if grep -q '= load \]' "$block"; then
        run "$script" 1 0 load
        [ "$status" -eq 0 ] && [ "$walks" -eq 0 ] && [ "$loads" -ge 1 ] || fail "$script: \"load\" does not load, or asks DNS"
        [ "$script" = spfwalk-pf ] || rm "$list"
        run "$script" 1 0 load
        [ "$status" -eq 0 ] || fail "$script: \"load\" fails where there is no list yet"
    fi
done
[ "$scripts" -ge 7 ] || fail "only $scripts scripts found"

# pf with a long list: a table in a file, with FreeBSD's cap on a request.
cat > "$bin/pfctl" <<STUB
#!/bin/sh
table=$scratch/pf_table
while getopts qt:T:f: option; do
    case \$option in T) verb=\$OPTARG ;; f) file=\$OPTARG ;; *) ;; esac
done
echo "pfctl \$verb" >> "$scratch/calls"
if [ "\$verb" != show ]; then
    grep -v '^#' "\$file" | sort > "\$table.request"
    [ "\$(wc -l < "\$table.request")" -le 32768 ] || exit 1
fi
case \$verb in
show) sed -e 's/^/   /' -e 's#/32\$##' -e 's#/128\$##' "\$table" ;;
replace) cp "\$table.request" "\$table" ;;
add) sort -u -o "\$table" "\$table" "\$table.request" ;;
delete) comm -23 "\$table" "\$table.request" > "\$table.left" && mv "\$table.left" "\$table" ;;
*) exit 1 ;;
esac
STUB
LC_ALL=C
export LC_ALL
many() { # FROM TO: prefixes of both families, single addresses among them
    awk -v from="$1" -v to="$2" 'BEGIN { for (i = from; i < to; i++) {
        printf "10.%d.%d.%d/%d\n", i / 65536 % 256, i / 256 % 256, i % 256 , 32
        if (i % 10 == 0) printf "2001:db8:%x::/64\n2001:db8:%x::1/128\n", i, i } }'
}
list=$scratch/var/db/spfwalk/spf_white
for range in "0 40000" "0 40000" "20000 90000" "50 1000" "0 20000"; do
    : >> "$scratch/pf_table"
    # shellcheck disable=SC2086  # two words
    many $range > "$list"
    run spfwalk-pf 0 0
    [ "$status" -eq 0 ] || fail "pf, $range: $(cat "$scratch/output")"
    sort "$list" | cmp -s - "$scratch/pf_table" || fail "pf, $range: the table is not the list"
done
grep -q replace "$scratch/calls" || fail "pf: a short list is not loaded in one transaction"

rm "$list"
run spfwalk-pf 1 0 load
[ "$status" -ne 0 ] && ! grep -q -e replace -e add -e delete "$scratch/calls" || fail "pf: a list that is gone empties the table"

# The check of the figures.
if command -v jq >/dev/null; then
    check=$blocks/check_spfwalk.sh
    now=$(date +%s)
    figures() { # TIME EXIT-STATUS GOOD-AGE
        cat > "$scratch/stats.json" <<STATS
{"format":"spfwalk-stats","version":1,"time":$1,"written":"replaced","reason":"no answer","exit_status":$2,
"ipv4_prefixes":7,"ipv6_prefixes":3,"domains":[{"domain":"example.com","status":"ok","good_age":$3}]}
STATS
    }
    expect() { # STATUS WORD
        status=0
        output=$(sh "$check" "$scratch/stats.json" 2>&1) || status=$?
        [ "$status" -eq "$1" ] && [ "${output#SPFWALK "$2"}" != "$output" ] || fail "check_spfwalk: $status, not $1: $output"
    }
    figures "$now" 0 0; expect 0 OK
    figures "$now" 2 0; expect 0 OK
    figures "$now" 0 null; expect 0 OK
    figures "$now" 0 90000; expect 1 "WARNING: no answer for a day: example.com"
    figures "$now" 1 0; expect 2 "CRITICAL: the last run failed: no answer"
    figures "$((now - 30000))" 0 0; expect 2 "CRITICAL: the last run was 500 minutes ago"
    echo '{"time":1' > "$scratch/stats.json"; expect 3 UNKNOWN
    echo '{}' > "$scratch/stats.json"; expect 3 UNKNOWN
    rm "$scratch/stats.json"; expect 3 UNKNOWN
else
    echo "no jq here: check_spfwalk is not run"
fi

# The same scripts with the real program: the first run writes, the second has nothing to change, both load.
if [ -n "$spfwalk" ]; then
    echo example.com > "$scratch/etc/spfwalk/domains"
    cat > "$bin/spfwalk" <<STUB
#!/bin/sh
echo "spfwalk \$*" >> "$scratch/calls"
"$spfwalk" --zone "$source_dir/examples/example.zone" "\$@"
status=\$?
echo \$status > "$scratch/walk_status"
exit \$status
STUB
    rm -rf "${scratch:?}/var" "${scratch:?}/etc/mail"
    mkdir -p "$scratch/etc/mail" "$scratch/etc/postfix" "$scratch/var/db/spfwalk" "$scratch/var/lib/spfwalk"
    # The first lists, as the recipes make them.
    sed -n -e "s#/etc/#$scratch/etc/#g" -e "s#/var/#$scratch/var/#g" -e '/^touch /p' -e '/^printf /p' "$blocks"/line*.sh \
        > "$scratch/beginning"
    [ "$(wc -l < "$scratch/beginning")" -ge 5 ] || fail "only these first lists: $(cat "$scratch/beginning")"
    sh "$scratch/beginning"
    for block in "$blocks"/spfwalk-*.sh; do
        script=$(basename "$block" .sh)
        rm -f "$scratch"/var/*/spfwalk/*.state
        for expected in 0 2; do
            run "$script" none 0
            [ "$status" -eq 0 ] && [ "$loads" -ge 1 ] && [ "$(cat "$scratch/walk_status")" = $expected ] ||
                fail "$script with spfwalk: $(cat "$scratch/walk_status"), not $expected: $(cat "$scratch/output")"
        done
    done
    if command -v jq >/dev/null; then
        sh "$blocks/check_spfwalk.sh" "$scratch/var/lib/spfwalk/haproxy.lst.stats.json" || fail "check_spfwalk with spfwalk's own figures"
    fi
fi
exit $failed
