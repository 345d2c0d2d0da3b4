#!/bin/sh
# The real Graphviz draws what `spfwalk tree -t dot` prints, a node for each term.
#   graphviz_test.sh SPFWALK
set -eu
spfwalk=$1
here=$(cd "$(dirname "$0")" && pwd)
command -v dot >/dev/null || { echo "SKIPPED: no dot(1) of Graphviz"; exit 77; }
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

for domain in example.com loop.example.org clever.example.org broken.example.org; do
    "$spfwalk" tree --zone "$here/../../examples/example.zone" -t dot "$domain" > "$scratch/dot"
    dot -Tsvg "$scratch/dot" > "$scratch/svg" 2> "$scratch/err"
    test ! -s "$scratch/err" || { cat "$scratch/err" >&2; exit 1; }
    terms=$("$spfwalk" tree --zone "$here/../../examples/example.zone" -t json "$domain" | grep -c '"term":')
    nodes=$(grep -c 'class="node"' "$scratch/svg")
    edges=$(grep -c 'class="edge"' "$scratch/svg")
    echo "$domain: $terms terms, $nodes nodes, $edges edges"
    test "$nodes" -eq "$terms"
    test "$edges" -eq $((terms - 1))
done
grep -q 'permerror' "$scratch/svg"
