#!/bin/sh
# The configuration in docs/recipes.md, read by the programs that it is for, with a list that spfwalk has made. Each of
# them also has to refuse the same file with a line that means nothing, so that silence says something.
#   recipes.sh SPFWALK    SPFWALK_UNPACKED=DIRECTORY has servers that are not installed
# Exit status 77: none of these programs is here, or it cannot be had without root.
set -eu
[ "$(id -u)" -eq 0 ] || { echo "SKIPPED: takes root"; exit 77; }
if [ "${inside_namespaces-}" = "" ]; then
    unshare --mount --net true 2> /dev/null || { echo "SKIPPED: no namespaces here"; exit 77; }
    inside_namespaces=yes exec unshare --mount --net sh "$0" "$@"
fi
ip link set lo up 2> /dev/null || true
source_dir=$(cd "$(dirname "$0")/../.." && pwd)
spfwalk=$1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=tests/consumers/own_users.sh
. "$source_dir/tests/consumers/own_users.sh"
own_users "$scratch" opensmtpd opensmtpq
blocks=$scratch/blocks
mkdir -p "$blocks" /var/lib/spfwalk /var/lib/nginx/body /var/lib/opensmtpd/empty /var/spool/smtpd
chmod 711 /var/spool/smtpd
failed=0
read_by_its_program=0

fail() {
    echo "FAILED: $*" >&2
    failed=1
}

# list FORMAT FILE
list() {
    "$spfwalk" --zone "$source_dir/examples/example.zone" --bogons keep -t "$1" example.com > "$2" ||
        fail "spfwalk -t $1"
}

# check NAME FILE JUNK COMMAND…: the command, which reads FILE, succeeds, and fails once JUNK is added to it.
check() {
    name=$1 file=$2 junk=$3
    shift 3
    read_by_its_program=$((read_by_its_program + 1))
    if "$@" > "$scratch/said" 2>&1; then
        echo "$name: good"
    else
        fail "$name: $(cat "$scratch/said")"
    fi
    printf '%s\n' "$junk" >> "$file"
    if "$@" > "$scratch/said" 2>&1; then fail "$name: accepts \"$junk\" too"; fi
}

# shellcheck source=tests/packaging/recipe_blocks.sh
. "$source_dir/tests/packaging/recipe_blocks.sh"
recipe_blocks "$source_dir/docs/recipes.md" "$blocks"

# --- nftables ---
if command -v nft > /dev/null && nft list ruleset > /dev/null 2>&1; then
    load_both() {
        nft -f "$blocks/nftables.conf.nft" && nft -f "$scratch/list.nft" && nft list set inet spfwalk ipv4 &&
            nft list chain inet spfwalk greylisting
    }
    list nft "$scratch/list.nft"
    check nft "$blocks/nftables.conf.nft" "nonsense here" load_both
else
    echo "not looked at: nft"
fi

# --- haproxy ---
if command -v haproxy > /dev/null; then
    list plain /var/lib/spfwalk/haproxy.lst
    check haproxy "$blocks/haproxy.cfg.haproxy" "nonsense here" haproxy -c -q -f "$blocks/haproxy.cfg.haproxy"
else
    echo "not looked at: haproxy"
fi

# --- nginx ---
if command -v nginx > /dev/null && grep -q stream /etc/nginx/modules-enabled/*.conf 2> /dev/null; then
    list nginx-geo /var/lib/spfwalk/nginx-geo.conf
    mkdir -p /var/log/nginx
    check nginx "$blocks/nginx.conf.nginx" "nonsense here;" nginx -t -q -c "$blocks/nginx.conf.nginx"
else
    echo "not looked at: nginx with its stream module"
fi

# --- Postfix ---
postfix=
[ ! -x "${SPFWALK_UNPACKED-}/postfix/usr/sbin/postconf" ] || postfix=$SPFWALK_UNPACKED/postfix
if [ -n "$postfix" ] || command -v postconf > /dev/null; then
    mkdir "$scratch/postfix"
    { echo "compatibility_level = 3.6"; cat "$blocks/main.cf.postfix"; } > "$scratch/postfix/main.cf"
    echo "smtp inet n - y - 1 postscreen" > "$scratch/postfix/master.cf"
    list postscreen /var/lib/spfwalk/postscreen.cidr
    # A name that Postfix does not know is no more than a warning to it.
    read_main() {
        LD_LIBRARY_PATH=$postfix/usr/lib/postfix "$postfix/usr/sbin/postconf" -c "$scratch/postfix" -n > "$scratch/known" \
            2> "$scratch/warnings" && cat "$scratch/warnings" && [ ! -s "$scratch/warnings" ] &&
            grep -q '^postscreen_access_list = .*cidr:/var/lib/spfwalk/postscreen.cidr$' "$scratch/known" &&
            grep -q '^postscreen_denylist_action = enforce$' "$scratch/known"
    }
    check Postfix "$scratch/postfix/main.cf" "nonsense_here = yes" read_main
else
    echo "not looked at: Postfix"
fi

# --- OpenSMTPD ---
smtpd=$(command -v smtpd || true)
[ ! -x "${SPFWALK_UNPACKED-}/opensmtpd/usr/sbin/smtpd" ] || smtpd=$SPFWALK_UNPACKED/opensmtpd/usr/sbin/smtpd
if [ -n "$smtpd" ] && ! [ -e /usr/sbin/postconf ]; then
    mkdir "$scratch/mail"
    list opensmtpd "$scratch/mail/spf_senders"
    # There is no other interface than lo here.
    sed -e "s#/etc/mail#$scratch/mail#" -e 's/^listen on egress /listen on lo /' "$blocks/smtpd.conf.smtpd" \
        > "$scratch/mail/smtpd.conf"
    check OpenSMTPD "$scratch/mail/smtpd.conf" "nonsense here" "$smtpd" -n -f "$scratch/mail/smtpd.conf"
else
    echo "not looked at: OpenSMTPD"
fi

# --- systemd ---
if command -v systemd-analyze > /dev/null; then
    # shellcheck source=tests/packaging/units.sh
    . "$source_dir/tests/packaging/units.sh"
    units=$scratch/units
    mkdir "$units"
    for unit in "$source_dir"/contrib/systemd/*; do
        stand_in "$spfwalk" "$unit" > "$units/$(basename "$unit")"
    done
    printf '[Service]\nType=oneshot\nExecStart=/bin/true\n' > "$units/nftables.service"
    for drop_in in spfwalk.service.d/options.conf spfwalk.service.d/format.conf spfwalk-load.service.d/reload.conf \
        nftables.service.d/spfwalk.conf; do
        mkdir "$units/${drop_in%/*}"
        cp "$blocks/$drop_in.ini" "$units/$drop_in"
        check "systemd: $drop_in" "$units/$drop_in" "Nonsense=here" verify "$units/${drop_in%.d/*}"
        rm -r "${units:?}/${drop_in%/*}"
    done
    stand_in "$spfwalk" "$blocks/spfwalk-ipset.service.ini" > "$units/spfwalk-ipset.service"
    check "systemd: spfwalk-ipset.service" "$units/spfwalk-ipset.service" "Nonsense=here" \
        verify "$units/spfwalk-ipset.service"
else
    echo "not looked at: systemd's units"
fi

[ "$read_by_its_program" -ne 0 ] || { echo "SKIPPED: none of the programs is here"; exit 77; }
exit $failed
