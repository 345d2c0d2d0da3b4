# shellcheck shell=sh
# For tests of units without a running systemd. To be sourced.

# stand_in SPFWALK FILE: a unit whose programs are at hand: "verify" wants them, though they need not be installed to
# check the unit.
stand_in() {
    sed -e "s#^ExecStart=spfwalk #ExecStart=$1 #" -e 's#^ExecStart=nft #ExecStart=/bin/true #' \
        -e 's#^ExecStart=/usr/local/sbin/spfwalk-ipset #ExecStart=/bin/true #' "$2"
}

# verify UNIT-FILE...: fails, saying why, if systemd-analyze has something to say about our units. It only says unknown
# keys, and what it says about units of the machine is not about ours.
verify() {
    said=$(systemd-analyze verify --man=no "$@" 2>&1) || { echo "$said"; return 1; }
    ! echo "$said" | grep spfwalk
}
