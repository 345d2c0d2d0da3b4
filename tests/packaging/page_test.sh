#!/bin/sh
# A real browser shows what `spfwalk tree -t html` prints: the tree, the map in the colors of its parts, no complaint,
# and nothing is loaded from anywhere.
#   page_test.sh SPFWALK
set -eu
spfwalk=$1
for program in chromium pngtopam ppmhist; do
    command -v "$program" >/dev/null || { echo "SKIPPED: no $program(1)"; exit 77; }
done
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
    echo "FAILED: $*" >&2
    failed=1
}

# browse PAGE OPTIONS…: what it says goes to PAGE.err, what it asks the network for to PAGE.net. No name has an
# address for it, so that what it wants for itself stays on this machine.
browse() {
    page=$1
    shift
    HOME=$scratch timeout 100 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars --no-first-run \
        --user-data-dir="$scratch/profile" --host-resolver-rules="MAP * ~NOTFOUND" --enable-logging=stderr \
        --log-net-log="$scratch/$page.net" "$@" "file://$scratch/$page.html" 2> "$scratch/$page.err" ||
        { tail -5 "$scratch/$page.err" >&2; fail "$page: chromium ended with $?"; }
}
complaints() { grep -c ':CONSOLE' "$scratch/$1.err" || true; }
requests() { grep -c '"network_isolation_key":"file:.*"url":"[a-z]*://[^"]' "$scratch/$1.net" || true; }
# count COLOR PICTURE: how many pixels have it. A line of ppmhist is "0000  0072  00b2  luminosity  count".
count() {
    pngtopam "$2" | ppmhist -hexcolor -noheader 2>/dev/null |
        awk -v color="$1" '"#" substr($1, 3) substr($2, 3) substr($3, 3) == color { sum += $5 } END { print sum + 0 }'
}

# That a complaint and a request would be seen.
cat > "$scratch/bad.html" <<'END'
<!DOCTYPE html><title>bad</title><script>console.error("seen")</script><img src="http://127.0.0.1:9/pixel">
END
browse bad --dump-dom > "$scratch/bad.dom"
test "$(complaints bad)" -ge 1 || fail "the browser's complaints are not seen"
test "$(requests bad)" -ge 1 || fail "the browser's requests are not seen"

# A half of one include is as large as another; strangers write markup.
cat > "$scratch/zone" <<'END'
$TTL 60
d.example. TXT "v=spf1 include:a.example include:b.example ip4:64.0.0.0/8 a:<script>console.error(1)</script>.example -all"
a.example. TXT "v=spf1 ip4:8.0.0.0/7 -all"
b.example. TXT "v=spf1 ip4:20.0.0.0/8 a:\"><img/src=http://127.0.0.1:9/x>.example -all"
END
"$spfwalk" tree --zone "$scratch/zone" -t html d.example > "$scratch/page.html"
browse page --dump-dom > "$scratch/page.dom"
test "$(complaints page)" -eq 0 || { grep ':CONSOLE' "$scratch/page.err" >&2; fail "the browser complains"; }
test "$(requests page)" -eq 0 || fail "the page asks the network for something"
# An element may share its line with others.
elements() { grep -o "<$1[ >]" "$scratch/page.dom" | wc -l; }
terms=$("$spfwalk" tree --zone "$scratch/zone" -t json d.example | grep -c '"term":')
rows=$(grep -o '<div class="row">' "$scratch/page.dom" | wc -l)
test "$rows" -eq "$terms" || fail "$terms terms, $rows rows"
test "$(elements svg)" -eq 1 || fail "no map"
test "$(elements script)" -eq 0 || fail "a script"
test "$(elements img)" -eq 0 || fail "an image"
grep -q '&lt;script&gt;' "$scratch/page.dom" || fail "the term with markup is not there"
grep -q '<span>lookups 4/10</span>' "$scratch/page.dom" || fail "no totals"

for scheme in light dark; do
    # 0 is dark, 1 is light.
    preferred=1 background=#ffffff
    test "$scheme" = light || preferred=0 background=#0f1419
    shot=$scratch/$scheme.png
    browse page --blink-settings=preferredColorScheme=$preferred --window-size=1200,1400 --screenshot="$shot" >/dev/null
    ground=$(count "$background" "$shot")
    test "$ground" -gt 500000 || fail "$scheme: the background is not $background ($ground)"
    for number in 0 1 2; do
        color=$(sed -n "s/^\.c$number{fill:\(#[0-9a-f]*\);.*/\1/p" "$scratch/page.html")
        eval "c$number=$(count "$color" "$shot")"
    done
    # shellcheck disable=SC2154  # set above
    echo "$scheme: a /7 has $c0 pixels, two /8 have $c1 and $c2"
    test "$c1" -gt 1000 || fail "$scheme: the /8 of an include cannot be seen"
    test "$c2" -gt 1000 || fail "$scheme: the /8 of the record itself cannot be seen"
    test "$((c0 * 10))" -gt "$((c1 * 16))" || fail "$scheme: the /7 is not larger than the /8"
    test "$((c0 * 10))" -lt "$((c1 * 24))" || fail "$scheme: the /7 is larger than two /8"
done
exit $failed
