"""A copy of a SQLite database that is in use: one moment of it, looked through, whole on the disk before it has its name.

Nobody waits for it: it reads beside the writers. PostgreSQL is backed up by its own tools (deploy/backup/).
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path


def copy(database: Path, to: Path) -> int:
    """Writes the copy and answers its bytes. Refuses (OSError) where there is nothing to copy or something in the way."""
    if not database.exists():
        raise FileNotFoundError(f"there is no {database}")
    part = to.with_name(to.name + ".part")
    part.touch(mode=0o600)
    try:
        with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(part)) as made:
            source.execute("PRAGMA query_only = ON")
            source.backup(made)
            made.execute("PRAGMA journal_mode = DELETE")
            (found,) = made.execute("PRAGMA integrity_check").fetchone()
        if found != "ok":
            raise OSError(f"the copy of {database} is not whole: {found}")
        _on_disk(part)
        os.link(part, to)  # unlike a renaming it overwrites nothing
    finally:
        part.unlink()
    _on_disk(to.parent)
    return to.stat().st_size


def _on_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
