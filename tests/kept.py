"""PostgreSQL's databases and connections outlive a test: a new server process learns the schema and compiles every guard it
meets, which takes longer than most tests.

A connection that the application closes in peace waits here for the next one to the same database with the same login. A database
is used again if it is still as it was made: nobody else is connected, and no catalogue has changed; then its rows are put back.
Otherwise it is dropped, and its connections with it.
"""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import psycopg
from psycopg.sql import Literal

CATALOGUES = (
    "pg_class",
    "pg_attribute",
    "pg_attrdef",
    "pg_type",
    "pg_proc",
    "pg_trigger",
    "pg_constraint",
    "pg_rewrite",
    "pg_policy",
    "pg_index",
    "pg_namespace",
    "pg_description",
    "pg_event_trigger",
    "pg_extension",
    "pg_default_acl",
    "pg_inherits",
)
"""What a database is made of: whoever changes a row of these writes it anew."""
FIRST_OF_OURS = 16384
"""What has a smaller number came with the server."""
MANY = {"pg_attribute": "attrelid", "pg_description": "objoid", "pg_type": "oid"}
"""Of these only the rows that are of ours: there are thousands of the server's."""
MADE_OF = " UNION ALL ".join(
    f"SELECT COUNT(*), SUM(xmin::text::bigint) FROM {name} WHERE {MANY.get(name, FIRST_OF_OURS)} >= {FIRST_OF_OURS}"
    for name in CATALOGUES
) + (
    " UNION ALL SELECT COUNT(*), 0 FROM pg_db_role_setting"
    " WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
OTHERS = (
    "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    " AND pid <> ALL (%s)"
)
"""Connections that are neither ours nor among these."""
USES = 40
"""After so many tests a database is full of dead rows."""

REMEMBERING = {"statement_cache_size": 2000, "max_cached_statement_lifetime": 0, "max_cacheable_statement_size": 0}
"""Every statement, for as long as the connection lasts."""

GONE = asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError
"""What one hears of a connection that was cut, or that somebody still uses."""

connect = asyncpg.connect
idle: dict[str, list["Kept"]] = defaultdict(list)
"""By what they were connected with."""
only: asyncio.AbstractEventLoop | None = None
"""The loop of the tests; what was connected in another one is not kept."""
places: dict[str, "Place"] = {}
"""The databases whose connections are kept, by their names."""


class Kept(asyncpg.Connection):  # type: ignore[misc]
    """Closing lays it by."""

    how = ""

    async def set_type_codec(self, typename: str, **how: Any) -> None:
        """SQLAlchemy's for JSON are the same each time; setting them again would forget what was prepared."""
        if typename not in self.__dict__:
            self.__dict__[typename] = how
            await super().set_type_codec(typename, **how)

    async def prepare(self, query: str, *, name: Any = None, timeout: Any = None, record_class: Any = None) -> Any:
        """SQLAlchemy remembers only what its own engine has prepared, and a test has engines of its own."""
        return await self._prepare(query, timeout=timeout, use_cache=True, record_class=record_class)

    async def close(self, *, timeout: float | None = None) -> None:
        is_idle = not (self.is_closed() or self.is_in_transaction() or self._top_xact)  # one cancelled in its BEGIN
        if self.how and is_idle and asyncio.get_running_loop() is only:
            idle[self.how].append(self)
        else:
            await super().close(timeout=timeout)


async def connected(**how: Any) -> asyncpg.Connection:
    """`asyncpg.connect`."""
    if how.get("database") not in places or asyncio.get_running_loop() is not only:
        return await connect(**how)
    key = repr(sorted(how.items()))
    while idle[key]:
        conn = idle[key].pop()
        try:
            await conn.execute("RESET ALL")
        except GONE:
            conn.terminate()
        else:
            return conn
    conn = await connect(**(REMEMBERING | how), connection_class=Kept)
    conn.how = key
    return conn


asyncpg.connect = connected


@dataclass
class Place:
    """A database, with a superuser's connection to it on which no guard stands."""

    name: str
    conn: psycopg.Connection[Any]
    made_of: list[Any] = field(default_factory=list)
    seeds: str = ""
    tables: list[str] = field(default_factory=list)
    sequences: list[str] = field(default_factory=list)
    uses: int = 0

    def __post_init__(self) -> None:
        self.conn.execute(b"SET session_replication_role = replica")
        of = "SELECT relname FROM pg_class WHERE relkind = '{}' AND relnamespace = 'public'::regnamespace ORDER BY 1"
        self.tables, self.sequences = (
            [name for (name,) in self.conn.execute(of.format(kind).encode())] for kind in ("r", "S")
        )
        self.seeds = self.filling()
        self.made_of = self.conn.execute(MADE_OF.encode()).fetchall()
        places[self.name] = self

    def put_back(self, known: list[int]) -> bool:
        """Makes it as it was, if that takes no more than its rows; `known` are the connections that may stay."""
        self.uses += 1
        try:
            return self._put_back(known)
        except psycopg.OperationalError:  # a test has cut all there were
            return False

    def _put_back(self, known: list[int]) -> bool:
        if self.uses >= USES or self.conn.execute(OTHERS.encode(), [known]).fetchone() != (0,):
            return False
        if self.conn.execute(MADE_OF.encode()).fetchall() != self.made_of:
            return False
        self.fill(self.seeds)
        return True

    def filling(self) -> str:
        """Statements that fill an empty database with the rows of this one, and set its sequences."""
        rows = " UNION ALL ".join(
            f"SELECT '{table}', json_agg(t)::text FROM {table} t HAVING COUNT(*) > 0" for table in self.tables
        )
        numbers = " UNION ALL ".join(f"SELECT '{name}', last_value, is_called FROM {name}" for name in self.sequences)
        filled = [
            f"INSERT INTO {table} SELECT * FROM json_populate_recordset(NULL::{table}, {Literal(found).as_string()})"
            for table, found in self.conn.execute(rows.encode()).fetchall()
        ]
        begun = [
            f"SELECT setval('{name}', {last}, {called})" for name, last, called in self.conn.execute(numbers.encode())
        ]
        return "; ".join([*filled, *begun])

    def fill(self, rows: str) -> None:
        """Gives it these rows in place of its own."""
        full = " UNION ALL ".join(f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in self.tables)
        emptied = [f"DELETE FROM {table}" for (table,) in self.conn.execute(full.encode()).fetchall()]
        with self.conn.transaction():
            self.conn.execute("; ".join([*emptied, rows]).encode())

    def is_new(self) -> bool:
        """Has nobody done anything in it?"""
        return self.conn.execute(b"SELECT NOT EXISTS (SELECT FROM audit_events)").fetchone() == (True,)

    def close(self) -> None:
        """Its connections go with it."""
        let_go(self.name)
        self.conn.close()


def let_go(name: str) -> None:
    """The connections to a database that lie by are closed, and no others are kept."""
    places.pop(name, None)
    for how in of(name):
        for conn in idle.pop(how):
            conn.terminate()


def pids(name: str) -> list[int]:
    """The server processes of the connections that lie by."""
    return [conn.get_server_pid() for how in of(name) for conn in idle[how] if not conn.is_closed()]


def of(name: str) -> list[str]:
    return [how for how in idle if f"('database', '{name}')" in how]
