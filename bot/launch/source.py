"""Which build this is: a digest of the installed source and of the versions it runs on. It needs no git."""

import hashlib
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "domain", "scheduler", "storage")
KINDS = frozenset({".py", ".ftl", ".html", ".mako"})
LIBRARIES = ("aiogram", "aiogram-dialog", "alembic", "apscheduler", "asyncpg", "redis", "sqlalchemy")
"""What the money and the messages pass through."""


@cache
def digest(root: Path = ROOT) -> str:
    """Sixteen hexadecimal digits."""
    made = hashlib.sha256()
    for path in sorted(one for package in PACKAGES for one in (root / package).rglob("*") if one.suffix in KINDS):
        content = path.read_bytes()
        made.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    for library in LIBRARIES:
        made.update(f"{library} {version(library)}\n".encode())
    made.update(f"python {sys.version_info[:3]}".encode())
    return made.hexdigest()[:16]
