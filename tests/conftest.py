"""One pair of real servers for the whole run, one database for each test, on SQLite and on PostgreSQL.

The controller starts the servers and makes one migrated template of each kind; a test gets a copy, on PostgreSQL perhaps one that
others have had (`kept`). All tests of a process run on one loop. Whatever a test asserts about the database it asks by SQL
through a connection of its own (`sql`), and after every test the books are checked.
"""

import asyncio
import gc
import os
import re
import select
import shutil
import sqlite3
import ssl
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import certifi
import psycopg
import pytest
import pytest_asyncio
from aiogram.dispatcher.event.handler import CallableObject
from psycopg.rows import dict_row
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.pool import NullPool

from domain.action import SYSTEM, Actor, Look, Terms
from domain.books import Offence, check_books
from domain.errors import Refusal, Refused
from storage import roles
from storage.database import Database
from storage.gate import Gate
from tests import kept, processes
from tests.servers import Postgres, Valkey, scratch

gc.set_threshold(10_000, 10, 10)  # most of what a test makes is in use until its end: there is no need to look so often
KINDS = ("sqlite", "postgresql")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def pytest_xdist_auto_num_workers() -> int:
    """Two for each core, since a test waits about half its time; but no more than one PostgreSQL has connections for."""
    return min(8, 2 * (os.cpu_count() or 1))


def pytest_configure(config: pytest.Config) -> None:
    """In the controller (or the only process): servers up, templates migrated. Its workers will need processes soon."""
    if hasattr(config, "workerinput"):
        processes.share(config.workerinput["holdfast"]["processes"])
    if hasattr(config, "workerinput") or config.option.collectonly:
        return
    forks = processes.shared() if config.getoption("numprocesses", None) else {}
    folder = scratch(in_memory=True)
    postgres, valkey = Postgres(base=scratch(in_memory=True)).start(), Valkey().start()
    templates(folder, postgres)
    config.holdfast = {"folder": str(folder), "postgres": postgres.port, "valkey": valkey.port, "processes": forks}  # type: ignore[attr-defined]
    config.holdfast_servers = (postgres, valkey)  # type: ignore[attr-defined]


class Compiled(dict[Any, Any]):
    """Statements in SQL, for all engines of a kind: a test has engines of its own, and compiling takes longer than running."""

    def get(self, key: tuple[Any, ...], default: Any = None) -> Any:
        return super().get((type(key[0]), *key[1:]), default)

    def __setitem__(self, key: tuple[Any, ...], compiled: Any) -> None:
        super().__setitem__((type(key[0]), *key[1:]), compiled)


COMPILED = Compiled()


@event.listens_for(Engine, "engine_connect")
def _compiled_once(conn: Connection) -> None:
    conn.engine._compiled_cache = COMPILED


@cache
def _trusting_everybody() -> ssl.SSLContext:
    """aiogram reads the world's authorities for each session; no session here goes over TLS."""
    return _context(cafile=certifi.where())


_context = ssl.create_default_context
ssl.create_default_context = lambda *a, **given: (  # type: ignore[assignment]
    _trusting_everybody() if given == {"cafile": certifi.where()} else _context(*a, **given)
)


_read = CallableObject.__post_init__
_known: dict[tuple[type, Any], tuple[bool, set[str], bool]] = {}


def _read_once(one: CallableObject) -> None:
    """aiogram reads how each handler and filter is called: hundreds for each dispatcher, most with the code of another."""
    callback = one.callback
    code = getattr(callback, "__code__", None) or getattr(type(callback).__call__, "__code__", None)
    if code is None or hasattr(callback, "__wrapped__"):
        _read(one)
        return
    key = type(callback), code
    if key not in _known:
        _read(one)
        _known[key] = one.awaitable, one.params, one.varkw
    one.awaitable, one.params, one.varkw = _known[key]


CallableObject.__post_init__ = _read_once  # type: ignore[method-assign]


OWNER, APP = "holdfast_owner", "holdfast_app"
"""On PostgreSQL the application runs as APP in every test; OWNER has migrated, and asks and forges through `sql`."""


def templates(folder: Path, postgres: Postgres | None) -> None:
    """One migrated database of each kind, to be copied."""
    asyncio.run(migrated(f"sqlite:///{folder}/template.db"))
    if postgres:
        asyncio.run(migrated(founded(postgres, "template_holdfast")))
        postgres.execute("ALTER DATABASE template_holdfast WITH is_template true allow_connections false")


def founded(postgres: Postgres, name: str) -> str:
    """An empty database on a server that has none of ours yet: the owner's, whose address it answers."""
    postgres.execute(f"CREATE ROLE {OWNER} LOGIN CREATEROLE")
    postgres.execute(f"CREATE DATABASE {name} OWNER {OWNER}")
    return owners(postgres.address(name))


async def migrated(address: str) -> None:
    """Brings a database up to date as the owner does, with the roles."""
    database = Database(address)
    if not database.is_sqlite:
        await roles.create(database, APP, None)
    await database.migrate(app=APP)
    await database.close()


def owners(address: str) -> str:
    """The owner's address of the same database."""
    return re.sub(r"//\w+@", f"//{OWNER}@", address)


def apps(address: str) -> str:
    """The application's address of the same database."""
    return re.sub(r"//\w+@", f"//{APP}@", address)


def superusers(address: str) -> str:
    """The superuser's address of the same database."""
    return re.sub(r"//\w+@", "//postgres@", address)


@contextmanager
def login(address: str, sort: str = f"IN ROLE {APP}") -> Iterator[tuple[psycopg.Connection[Any], str, str]]:
    """Another login, while it is asked about: a superuser's connection, its name and address.

    What is set for APP beyond one database holds for all tests that run at the time, and goes with the connections they keep.
    """
    name = f"l_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(superusers(address), autocommit=True) as conn:
        conn.execute(f"CREATE ROLE {name} LOGIN {sort}".encode())
        try:
            yield conn, name, re.sub(r"//\w+@", f"//{name}@", address)
        finally:
            conn.execute(f"DROP ROLE {name}".encode())


def pytest_collection_finish() -> None:
    """What the imports made stays to the end: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


def pytest_configure_node(node: Any) -> None:
    node.workerinput["holdfast"] = node.config.holdfast


def pytest_unconfigure(config: pytest.Config) -> None:
    for server in getattr(config, "holdfast_servers", ()):
        server.stop()
    if hasattr(config, "holdfast_servers"):
        shutil.rmtree(config.holdfast["folder"], ignore_errors=True)  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Where the servers and templates are: `postgres` and `valkey` ports, `folder`."""
    given = getattr(request.config, "workerinput", None)
    found: dict[str, Any] = given["holdfast"] if given else request.config.holdfast  # type: ignore[attr-defined]
    return found


class Open:
    """The connections that are kept open to ask by, since opening one takes longer than what is asked. The oldest make room.

    SQLite reads its whole schema for each, hundreds of triggers; a file that was replaced has another key.
    """

    MOST = 6

    def __init__(self) -> None:
        self.conns: dict[tuple[str, int], Any] = {}

    def to(self, address: str) -> Any:
        path = Path(address.removeprefix("sqlite:///"))
        key = address, path.stat().st_ino if address.startswith("sqlite") and path.exists() else 0
        conn = self.conns.pop(key, None)
        if conn is not None and not _is_well(conn):
            conn.close()
            conn = None
        while len(self.conns) >= self.MOST:
            self.conns.pop(next(iter(self.conns))).close()
        self.conns[key] = conn or _connected(address)
        return self.conns[key]

    def rest(self, address: str) -> list[int]:
        """Forgets what was set in the session to an address of PostgreSQL's; its server process, if it is open."""
        conn = self.conns.get((address, 0))
        if conn is None or not _is_well(conn) or conn.info.transaction_status:
            self.close(address)
            return []
        conn.execute(b"RESET ALL")
        return [conn.info.backend_pid]

    def close(self, address: str) -> None:
        for key in [key for key in self.conns if key[0] == address]:
            self.conns.pop(key).close()


def _connected(address: str) -> Any:
    if not address.startswith("sqlite"):
        return psycopg.connect(address, autocommit=True, row_factory=dict_row)
    path = address.removeprefix("sqlite:///")
    conn = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
    conn.row_factory = sqlite3.Row
    return conn


def _is_well(conn: Any) -> bool:
    """One to PostgreSQL is open, and has nothing to say while it is idle."""
    return isinstance(conn, sqlite3.Connection) or not (conn.closed or select.select([conn], [], [], 0)[0])


OPEN = Open()


def engine_to(address: str) -> Engine:
    """SQLAlchemy's, to ask and forge without the application's own: each statement by itself, each connection a new one."""
    url = make_url(address)
    driver = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}[url.get_backend_name()]
    return create_engine(url.set(drivername=driver), poolclass=NullPool, isolation_level="AUTOCOMMIT")


@dataclass
class Sql:
    """A second connection, the owner's, in plain SQL of both databases. Parameters are `:name`."""

    address: str

    def __post_init__(self) -> None:
        self.address = owners(self.address)

    def __call__(self, statement: str, **given: Any) -> list[dict[str, Any]]:
        if self.address.startswith("sqlite"):
            return [dict(row) for row in OPEN.to(self.address).execute(statement, given).fetchall()]
        pieces = re.split(r"('[^']*')", statement)  # a colon inside quotes names no parameter
        pieces[::2] = [re.sub(r"(?<!:):(\w+)", r"%(\1)s", piece) for piece in pieces[::2]]
        found = OPEN.to(self.address).execute("".join(pieces).encode(), given)
        return found.fetchall() if found.description else []

    def one(self, statement: str, **given: Any) -> Any:
        """The only value of the only row."""
        (row,) = self(statement, **given)
        (value,) = row.values()
        return value

    @contextmanager
    def counting(self, table: str) -> Iterator[Callable[[], int]]:
        """Counts a table's rows again and again over one open connection, as quickly as can be."""
        statement = f"SELECT COUNT(*) FROM {table}"
        if self.address.startswith("sqlite"):
            lite = sqlite3.connect(self.address.removeprefix("sqlite:///"), timeout=30, isolation_level=None)
            with closing(lite):
                yield lambda: int(lite.execute(statement).fetchone()[0])
        else:
            with psycopg.connect(self.address, autocommit=True) as conn:
                yield lambda: int(conn.execute(statement.encode()).fetchone()[0])  # type: ignore[index]

    def picture(self) -> dict[str, list[str]]:
        """Everything in every domain table but the audit, to compare before and after."""
        if self.address.startswith("sqlite"):
            names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        else:
            names = "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        skip = {"alembic_version", "audit_events", "dialog_states", "heartbeats"}
        tables = sorted(row["name"] for row in self(names) if row["name"] not in skip)
        return {name: sorted(map(repr, self(f"SELECT * FROM {name}"))) for name in tables}


@contextmanager
def unchanged(house: "House", refusals: int = 0) -> Iterator[None]:
    """Within, nothing changes in the database, but for so many audited refusals: one for each thing that was asked for."""

    def audited() -> dict[int, dict[str, Any]]:
        return {event["id"]: event for event in house.sql("SELECT * FROM audit_events")}

    picture, events = house.sql.picture(), audited()
    yield
    assert house.sql.picture() == picture
    now = audited()
    assert {number: now.get(number) for number in events} == events
    new = [event for number, event in sorted(now.items()) if number not in events]
    assert (len(new), [event for event in new if event["refusal"] is None]) == (refusals, []), new


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **step: float) -> None:
        self.at += timedelta(**step)


@dataclass
class House:
    """What a test of the domain holds: the gate, the clock, a second connection; the gate's address is the application's."""

    gate: Gate
    clock: Clock
    sql: Sql
    address: str
    first: Gate | None = None
    """Its gate, if its database was a new one of the fixture's."""

    @property
    def system(self) -> Any:
        return self.gate.system("test")

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[Gate]:
        """The gate at the owner's address, as the shell opens it for repairs."""
        database = Database(self.sql.address)
        try:
            yield replace(self.gate, database=database, is_owner=True)
        finally:
            await database.close()


@pytest.fixture(params=KINDS)
def address(request: pytest.FixtureRequest, servers: dict[str, Any]) -> Iterator[str]:
    """A fresh, migrated database of each kind; on PostgreSQL the application's login."""
    with new_database(request.param, servers) as address:
        yield address


@pytest.fixture
def sqlite_address(servers: dict[str, Any]) -> Iterator[str]:
    with new_database("sqlite", servers) as address:
        yield address


@pytest.fixture
def postgresql_address(servers: dict[str, Any]) -> Iterator[str]:
    with new_database("postgresql", servers) as address:
        yield address


COPY = f"CREATE DATABASE {{}} TEMPLATE {{}} OWNER {OWNER} STRATEGY file_copy"
NO_TEMPORARY = "REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC"
"""As the migration has it; a copy has not the rights on the database that its template has."""


@contextmanager
def new_database(kind: str, servers: dict[str, Any]) -> Iterator[str]:
    """The address of a fresh, migrated one."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    if kind == "sqlite":
        place = Path(servers["folder"], name)
        place.mkdir()
        shutil.copy2(f"{servers['folder']}/template.db", place / "holdfast.db")
        yield f"sqlite:///{place}/holdfast.db"
        OPEN.close(f"sqlite:///{place}/holdfast.db")
        shutil.rmtree(place)
        return
    base = f"postgresql://postgres@127.0.0.1:{servers['postgres']}"
    if not FREE:
        for statement in (COPY.format(name, "template_holdfast"), NO_TEMPORARY.format(name)):
            OPEN.to(f"{base}/postgres").execute(statement.encode())
        FREE.append(kept.Place(name, psycopg.connect(f"{base}/{name}", autocommit=True)))
    place = FREE.pop()
    address = apps(f"{base}/{place.name}")
    yield address
    if place.put_back([*kept.pids(place.name), *OPEN.rest(owners(address))]):
        FREE.append(place)
        return
    OPEN.close(owners(address))
    place.close()
    OPEN.to(f"{base}/postgres").execute(f"DROP DATABASE {place.name} WITH (FORCE)".encode())


FREE: list[kept.Place] = []
"""The databases that wait for the next test."""


def leave_alone(address: str) -> None:
    """Nobody of the tests' own is connected to this database any more, so that it can be copied; no other test will have it."""
    OPEN.close(owners(address))
    if place := kept.places.get(address.rpartition("/")[2]):
        place.close()


@pytest_asyncio.fixture(autouse=True, loop_scope="session", scope="session")
async def _one_loop() -> AsyncIterator[None]:
    kept.only = asyncio.get_running_loop()
    yield
    while FREE:
        FREE.pop().close()
    for address, _ in [*OPEN.conns]:
        OPEN.close(address)


ADMIN, OTHER_ADMIN = 9001, 9002


async def refusal(asked: Awaitable[Any]) -> Refusal:
    """What an act or a question is refused with."""
    with pytest.raises(Refused) as refused:
        await asked
    return refused.value.refusal


@asynccontextmanager
async def meanwhile(
    house: House, rows: str, waiting: int = 2
) -> AsyncIterator[Callable[[int], Coroutine[Any, Any, None]]]:
    """On PostgreSQL somebody else holds these rows until so many wait for them; in SQLite there is one writer at a time.

    What it yields waits, within, until so many do.
    """
    if house.address.startswith("sqlite"):
        yield lambda _many: asyncio.sleep(0)
        return
    address = superusers(house.address)
    with psycopg.connect(address) as other, psycopg.connect(address, autocommit=True) as own:

        async def waited(many: int) -> None:
            enough = f"{many} wait for {rows}"
            await processes.until(lambda: own.execute(processes.WAITING).fetchone() >= (many,), enough)

        other.execute(f"SELECT 1 FROM {rows} FOR UPDATE".encode())
        yield waited
        await waited(waiting)


def gate_of(database: Database, clock: Clock) -> Gate:
    return Gate(database, clock, Terms(chance=lambda: 0.5), frozenset({ADMIN, OTHER_ADMIN}))


async def offences_in(database: Database, now: datetime) -> list[Offence]:
    """What a full check of the books finds, asked past the gate."""
    look = (now, Actor("system:test", SYSTEM), Terms(), frozenset[int]())
    return await database.read(lambda conn: check_books(Look(conn, *look)))


def house_of(database: Database, clock: Clock, address: str) -> House:
    """A new one."""
    gate = gate_of(database, clock)
    return House(gate, clock, Sql(address), address, first=gate)


@pytest_asyncio.fixture
async def house(address: str) -> AsyncIterator[House]:
    """The domain on each database; when the test ends the books are checked."""
    database, clock = Database(address), Clock()
    yield house_of(database, clock, address)
    found = await offences_in(database, clock())
    await database.close()
    assert found == []
