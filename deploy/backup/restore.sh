#!/bin/sh
# Lays out a base backup so that PostgreSQL, when it is started there, replays the archive up to a moment and then opens.
#   sh restore.sh BACKUP ARCHIVE DATA ['2026-03-02 11:59:00+00']      without a moment: as far as the archive goes
# DATA must be empty, and is started with the archive readable under the same path. The backup stays as it is.
set -eu
umask 077
backup=$1 archive=$2 data=$3 moment=${4:-}
if [ -d "$data" ] && [ -n "$(ls -A "$data")" ]; then
    echo "$data is not empty: nothing was restored" >&2
    exit 1
fi
pg_verifybackup --quiet "$backup"
mkdir -p "$data"
cp -R "$backup/." "$data"
chmod 700 "$data"
{
    echo "restore_command = 'cp \"$archive/%f\" \"%p\"'"
    echo "recovery_target_action = promote"
    if [ -n "$moment" ]; then echo "recovery_target_time = '$moment'"; fi
} >> "$data/postgresql.auto.conf"
touch "$data/recovery.signal"
