"""The address of a database, `sqlite:///file.db` or `postgresql://user@host/name[?pooler=transaction]`: what it may say.

What the driver would refuse only when it connects, with a traceback, is refused here, in words.
"""

from sqlalchemy import URL, make_url

DRIVERS = {"sqlite": "sqlite+pysqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
POOLER = "pooler"
"""The option of an address that says what stands before PostgreSQL: `?pooler=transaction`."""
OPTIONS = frozenset({POOLER, "ssl", "host", "passfile", "target_session_attrs", "prepared_statement_cache_size"})
"""What else the address of a PostgreSQL may say, in the driver's words."""
TLS = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def parsed(address: str) -> tuple[URL, bool]:
    """The address as SQLAlchemy wants it, and whether a pooler in transaction mode stands before the database.

    Raises `ValueError`, in words, where the driver would fail only when it connects.
    """
    url = make_url(address)
    url = url.set(drivername=DRIVERS.get(url.drivername, url.drivername))
    if url.drivername not in DRIVERS.values():
        raise ValueError("only sqlite and postgresql are supported: sqlite:///… or postgresql://…, without a driver")
    is_sqlite = url.get_backend_name() == "sqlite"
    mode = url.query.get(POOLER)
    if mode not in (None, "transaction") or (mode and is_sqlite):
        raise ValueError("only ?pooler=transaction, and only with PostgreSQL")
    if is_sqlite and (not url.database or url.database == ":memory:"):
        raise ValueError("SQLite needs a file: sqlite:///holdfast.db")
    if "sslmode" in url.query:
        raise ValueError(f"?sslmode= is called ?ssl= here: {', '.join(TLS)}")
    unknown = sorted(url.query.keys() - (frozenset() if is_sqlite else OPTIONS))
    if unknown:
        raise ValueError(
            f"there is no option ?{unknown[0]}=" + ("" if is_sqlite else f"; {', '.join(sorted(OPTIONS))}")
        )
    if url.query.get("ssl", TLS[0]) not in TLS:
        raise ValueError(f"?ssl= is one of {', '.join(TLS)}")
    if not 0 < (url.port or 5432) < 1 << 16:
        raise ValueError(f"there is no port {url.port}")
    return url.difference_update_query([POOLER]), mode is not None
