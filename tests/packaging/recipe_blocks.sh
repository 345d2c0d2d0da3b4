# shellcheck shell=sh
# recipe_blocks RECIPES DIRECTORY: writes the blocks of docs/recipes.md into files, named after the last part of their
# path, or else after their line, with the language behind it: nftables.conf.nft, line86.sh. A block begins with
# "```LANGUAGE" or "```LANGUAGE file=PATH". Drop-ins keep their directory: spfwalk.service.d/format.conf.ini. To be
# sourced.
recipe_blocks() {
    awk -v to="$2" '
        /^```/ && !inside {
            inside = 1
            language = substr($1, 4)
            if (language == "") { print "line " NR ": a block without a language" > "/dev/stderr"; exit 1 }
            name = "line" NR
            if ($2 ~ /^file=/) {
                parts = split(substr($2, 6), part, "/")
                name = part[parts]
                if (part[parts - 1] ~ /\.d$/) {
                    name = part[parts - 1] "/" name
                    system("mkdir -p " to "/" part[parts - 1])
                }
            }
            out = to "/" name "." language
            printf "" > out
            next
        }
        /^```/ { inside = 0; close(out); next }
        inside { print > out }
        END { if (inside) { print "a block without an end" > "/dev/stderr"; exit 1 } }' "$1"
}
