#!/bin/sh
# The completions offer the options and formats that the program has, all of them and no others, and work in the shells
# that are installed.
#   completions_test.sh SPFWALK
set -eu
spfwalk=$1
here=$(cd "$(dirname "$0")" && pwd)
completions=$here/../../contrib/completions
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0

fail() {
    echo "FAILED: $*" >&2
    failed=1
}

# same WHAT EXPECTED ACTUAL: two files with a word on each line, in any order.
same() {
    sort -u "$2" > "$scratch/expected"
    sort -u "$3" > "$scratch/actual"
    test -s "$scratch/actual" || fail "$1: nothing found"
    missing=$(comm -23 "$scratch/expected" "$scratch/actual" | tr '\n' ' ')
    surplus=$(comm -13 "$scratch/expected" "$scratch/actual" | tr '\n' ' ')
    test -z "$missing" || fail "$1: not offered: $missing"
    test -z "$surplus" || fail "$1: offered, but the program does not know: $surplus"
}

# What the program has. A line of help is "  -x,--long TYPE   text"; what it says behind the names is not looked at.
# CLI11 shows a flag that means "no" as "--no-x{false}".
commands="walk $("$spfwalk" --help | sed -n 's/^Other commands, .*: \(.*\)\.$/\1/p' | tr -d ,)"
test "$commands" != "walk " || fail "the commands were not found in: $spfwalk --help"
echo "$commands" | tr ' ' '\n' > "$scratch/commands"
for command in $commands; do
    "$spfwalk" "$command" --help > "$scratch/help"
    sed -n 's/^ \{1,8\}\(-[^ ]*\(, *-[^ ]*\)*\).*/\1/p' "$scratch/help" | tr -d ' ' | tr ',' '\n' |
        sed 's/[{=[].*//' > "$scratch/$command.options"
    # "text (default), json or dot"
    sed -n 's/^ *-t,--format NAME *//p' "$scratch/help" | sed 's/(default)//; s/,/ /g; s/ or / /' | tr -s ' ' '\n' \
        > "$scratch/$command.formats"
    grep -q -x -e --help "$scratch/$command.options" || fail "the options were not found in: $spfwalk $command --help"
done
"$spfwalk" --format help | awk '{ print $1 } END { print "help" }' > "$scratch/walk.formats"
grep -q -x plain "$scratch/walk.formats" || fail "the formats were not found in: $spfwalk --format help"

# bash: what it completes, word by word, in a bash that has nothing else loaded.
# shellcheck disable=SC2016  # the other bash expands them
complete_in_bash() { # WORDS…: the last one is completed
    bash --norc --noprofile -c '
        source "$1"; shift
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
        _spfwalk "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf "%s\n" "${COMPREPLY[@]}"' bash "$completions/spfwalk.bash" "$@"
}
if command -v bash >/dev/null; then
    complete_in_bash spfwalk - > "$scratch/found"
    same "bash, options" "$scratch/walk.options" "$scratch/found"
    complete_in_bash spfwalk '' > "$scratch/found"
    same "bash, commands" "$scratch/commands" "$scratch/found"
    for command in $commands; do
        complete_in_bash spfwalk "$command" - > "$scratch/found"
        same "bash, options of $command" "$scratch/$command.options" "$scratch/found"
        complete_in_bash spfwalk -v "$command" -t '' > "$scratch/found"
        same "bash, formats of $command" "$scratch/$command.formats" "$scratch/found"
    done
    complete_in_bash spfwalk --format = '' > "$scratch/found"
    same "bash, formats behind --format=" "$scratch/walk.formats" "$scratch/found"

    test "$(complete_in_bash spfwalk --no-agg)" = --no-aggregate || fail "bash: --no-agg<TAB>"
    test "$(complete_in_bash spfwalk wa)" = walk || fail "bash: wa<TAB>"
    test "$(complete_in_bash spfwalk --bogons = dr)" = drop || fail "bash: --bogons=dr<TAB>"
    : > "$scratch/domains file"
    test "$(complete_in_bash spfwalk -4 -f "$scratch/dom")" = "$scratch/domains file" || fail "bash: -f FILE<TAB>"
    complete_in_bash spfwalk -f lint -t '' > "$scratch/found"
    same "bash, formats behind a file that is named like a command" "$scratch/walk.formats" "$scratch/found"
    complete_in_bash spfwalk --file = lint check -t '' > "$scratch/found"
    same "bash, formats of check behind such a file" "$scratch/check.formats" "$scratch/found"
    test -z "$(complete_in_bash spfwalk --timeout '')" || fail "bash: --timeout <TAB> offers something"
    bash --norc --noprofile -c 'source "$1"; complete -p spfwalk' bash "$completions/spfwalk.bash" |
        grep -q -e '-F _spfwalk' || fail "bash: not registered"
else
    echo "no bash here: its completion is not tested"
fi

# zsh and fish: the files are written one option a line, so that they are read even where the shell is missing.
zsh_options() { # ARRAY
    sed -n "/^local -a $1=(\$/,/^)\$/p" "$completions/_spfwalk" |
        sed -n "s/^ *'\(([^)]*)\)\{0,1\}\*\{0,1\}\(--\{0,1\}[a-zA-Z0-9-]*\)=\{0,1\}\[.*/\2/p"
}
fish_options() { # the beginning of the lines
    grep -e "^$1" "$completions/spfwalk.fish" | sed 's/ -d .*//' |
        awk '{ for (i = 4; i <= NF; i++) if ($i == "-s") print "-" $(i + 1); else if ($i == "-l") print "--" $(i + 1) }'
}
sed -n 's/^local -a commands=(\(.*\))$/\1/p' "$completions/_spfwalk" | tr ' ' '\n' > "$scratch/found"
same "zsh, commands" "$scratch/commands" "$scratch/found"
sed -n 's/^complete -c spfwalk -n __fish_use_subcommand -a \([a-z]*\) .*/\1/p' "$completions/spfwalk.fish" > "$scratch/found"
same "fish, commands" "$scratch/commands" "$scratch/found"
for command in $commands; do
    { zsh_options common; zsh_options "$command"; } > "$scratch/found"
    same "zsh, options of $command" "$scratch/$command.options" "$scratch/found"
    sed -n "s/^local -a ${command}_formats=(\(.*\))\$/\1/p" "$completions/_spfwalk" | tr ' ' '\n' > "$scratch/found"
    same "zsh, formats of $command" "$scratch/$command.formats" "$scratch/found"
    { fish_options 'complete -c spfwalk -[sl]'; fish_options "complete -c spfwalk -n '__spfwalk_is $command'"; } \
        > "$scratch/found"
    same "fish, options of $command" "$scratch/$command.options" "$scratch/found"
    sed -n "s/^set -l ${command}_formats //p" "$completions/spfwalk.fish" | tr ' ' '\n' > "$scratch/found"
    same "fish, formats of $command" "$scratch/$command.formats" "$scratch/found"
done

if command -v zsh >/dev/null; then
    zsh -f -n "$completions/_spfwalk" || fail "zsh: syntax"
    # A real completion needs a terminal: a second zsh in a pseudo-terminal, whose menu is read.
    zsh -f -c '
        zmodload zsh/zpty
        zpty -b shell zsh -f -i
        type() { zpty -w -n shell "$1" }
        until_seen() {
            local got= chunk # completion that fails says so on the terminal
            repeat 200; do
                while zpty -r -t shell chunk; do got+=$chunk; done
                [[ $got == *"bad option"* || $got == *"not found"* ]] && break
                [[ $got == *$1* ]] && return 0
                sleep 0.05
            done
            print -r -- "waited for $1, saw: $got" >&2
            return 1
        }
        type "PS1=; fpath=($1 \$fpath); autoload -Uz compinit; compinit -D -u; echo rea""dy"$'"'\\n'"'
        until_seen "ready" || exit 1
        type "spfwalk --no-agg"$'"'\\t'"'
        until_seen "--no-aggregate" || exit 1
        type $'"'\\025'"'"spfwalk -t nginx-g"$'"'\\t'"'
        until_seen "nginx-geo" || exit 1
        type $'"'\\025'"'"spfwalk check --expl"$'"'\\t'"'
        until_seen "--explanation" || exit 1' zsh "$completions" || fail "zsh: completing"
else
    echo "no zsh here: its completion is compared, not run"
fi
if command -v fish >/dev/null; then
    # shellcheck disable=SC2016  # fish expands them
    complete_in_fish() {
        HOME=$scratch fish --no-config -c 'source $argv[1]; complete -C $argv[2]' "$completions/spfwalk.fish" "$1" | cut -f 1
    }
    for command in $commands; do
        { complete_in_fish "spfwalk $command -"; complete_in_fish "spfwalk $command --"; } > "$scratch/found"
        same "fish, options of $command completed" "$scratch/$command.options" "$scratch/found"
        complete_in_fish "spfwalk $command --format " > "$scratch/found"
        same "fish, formats of $command completed" "$scratch/$command.formats" "$scratch/found"
    done
    complete_in_fish 'spfwalk -t nginx-g' > "$scratch/found"
    test "$(cat "$scratch/found")" = nginx-geo || fail "fish: -t nginx-g<TAB>"
else
    echo "no fish here: its completion is compared, not run"
fi
exit $failed
