"""A copy of a SQLite database that is in use: one moment of it, looked through, whole on the disk before it has its name.

Nobody waits for it: it reads beside the writers. PostgreSQL is backed up by its own tools (deploy/backup/).
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path


class Empty(Exception):
    """There is nothing of ours to copy: whoever relied on the copy would have none."""


def copy(database: Path, to: Path) -> int:
    """Writes the copy and answers its bytes. Raises OSError or `Empty` where nothing is to copy or something is in the way."""
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
            tables = made.execute("SELECT COUNT(*) FROM sqlite_schema WHERE name = 'wallets'").fetchone()
        if found != "ok":
            raise OSError(f"the copy of {database} is not whole: {found}")
        if tables == (0,):
            raise Empty
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
