# shellcheck shell=sh
# own_users DIRECTORY USER…: makes users, and groups of the same names, that only this mount namespace knows, and
# hides what the machine's own servers keep. DIRECTORY is for scratch files; the users may pass through it. To be
# sourced.
own_users() {
    mount --make-rprivate /
    directory=$1
    shift
    chmod 711 "$directory"
    for file in passwd group; do
        cp "/etc/$file" "$directory/$file"
    done
    id=60123
    for user in "$@"; do
        id=$((id + 1))
        grep -q "^$user:" "$directory/passwd" || echo "$user:x:$id:$id::/nonexistent:/bin/false" >> "$directory/passwd"
        grep -q "^$user:" "$directory/group" || echo "$user:x:$id:" >> "$directory/group"
    done
    for file in passwd group; do
        mount --bind "$directory/$file" "/etc/$file"
    done
    for place in /var/lib /var/spool /run; do
        mount -t tmpfs tmpfs "$place"
    done
}

# serve COMMAND…: runs a server, and ends it when this shell is to end. (The kernel forgets whose death a process wanted
# to hear of when it changes its user for a moment, as servers do, so the shell stays.)
serve() {
    "$@" &
    server=$!
    trap 'kill "$server"' TERM
    until wait "$server" || ! kill -0 "$server" 2> /dev/null; do :; done
}
