#!/bin/sh
# A base backup of the running PostgreSQL, looked through; then what no kept backup needs is removed from the archive.
#   sh base.sh BACKUPS ARCHIVE [KEEP]      keeps the last KEEP backups, 7 if it is not said
# The server is the one of PGHOST, PGPORT and PGUSER, or the local one; its login needs REPLICATION.
set -eu
umask 077
backups=$1 archive=$2 keep=${3:-7}
name=$(date -u +%Y%m%dT%H%M%SZ)
while [ -e "$backups/$name" ]; do # one was made within this very second
    sleep 1
    name=$(date -u +%Y%m%dT%H%M%SZ)
done
part="$backups/.$name.part"
rm -rf "$backups"/.*.part
pg_basebackup --no-password --pgdata "$part" --checkpoint fast --wal-method stream --manifest-checksums SHA256
pg_verifybackup --quiet "$part"
mv "$part" "$backups/$name"
sync "$backups"

kept() { find "$backups" -mindepth 1 -maxdepth 1 -type d -name '[0-9]*Z' | sort; }
kept | head -n "-$keep" | while read -r old; do rm -rf "$old"; done
oldest=$(kept | head -n 1)
first=$(sed -n 's/^START WAL LOCATION: .*(file \([0-9A-F]*\))$/\1/p' "$oldest/backup_label")
pg_archivecleanup "$archive" "$first"
echo "$backups/$name"
