#!/bin/sh
# archive_command = 'sh archive.sh "%p" "%f" ARCHIVE': a finished segment of the log goes into the archive, on the disk before
# PostgreSQL is told so. A segment that is there with another content is a fault, never overwritten.
set -eu
from=$1 name=$2 archive=$3
if [ -e "$archive/$name" ]; then
    cmp -s "$from" "$archive/$name"
    exit
fi
cp "$from" "$archive/.$name.part"
sync "$archive/.$name.part"
mv "$archive/.$name.part" "$archive/$name"
sync "$archive"
