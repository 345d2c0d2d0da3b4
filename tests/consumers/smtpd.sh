#!/bin/sh
# smtpd.sh SMTPD DIRECTORY: runs OpenSMTPD with DIRECTORY/smtpd.conf in front of a file system in which its users and
# its directories are there. Only in a mount namespace of its own: unshare --mount.
set -eu
smtpd=$1
directory=$2
mount --make-rprivate /
for file in passwd group; do
    cp "/etc/$file" "$directory/$file"
done
id=60123
for user in opensmtpd opensmtpq; do
    id=$((id + 1))
    grep -q "^$user:" "$directory/passwd" ||
        echo "$user:x:$id:$id::/var/lib/opensmtpd/empty:/bin/false" >> "$directory/passwd"
    grep -q "^$user:" "$directory/group" || echo "$user:x:$id:" >> "$directory/group"
done
for file in passwd group; do
    mount --bind "$directory/$file" "/etc/$file"
done
for place in /var/lib /var/spool /run; do
    mount -t tmpfs tmpfs "$place"
done
mkdir -p /var/lib/opensmtpd/empty /var/spool/smtpd
chmod 711 /var/spool/smtpd
exec "$smtpd" -d -f "$directory/smtpd.conf"
