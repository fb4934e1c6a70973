"""Databases for faults: a world in which one act may happen, and as many copies of it as there are faults to try.

The act is done once undisturbed, so that everything about a fault can be said by comparison: right after it the database is as it
was *before* or as it is *after*, nothing in between; asked again, the act answers and the database is as it is after.
"""

import asyncio
import re
import shutil
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from domain.books import Offence
from storage.database import Database
from tests.conftest import APP, COPY, OPEN, Clock, House, Sql, gate_of, offences_in, owners, superusers
from tests.faults.deeds import DEEDS, SAME, Facts, answer

Picture = dict[str, list[str]]

CHANCE = re.compile(r"\b[0-9a-f]{32}\b")
"""The id of an act, which is also the token of a lease."""
NUMBERED = {"audit_events", "ledger_entries", "notices", "post_attempts", "deposits", "withdrawals"}
"""Tables whose numbers PostgreSQL generates: what was undone leaves a gap. (An event's subject may be such a number.)"""
OF_ITS_NUMBER = re.compile(r"\bwithdrawal:\d+")
"""A withdrawal's wallet and its transfers carry such a number, and what speaks of them too."""
BUSY = b"""SELECT 1 FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND xact_start IS NOT NULL"""
"""Asked as the superuser: nobody else is told of the application's transactions."""


@asynccontextmanager
async def opened(address: str, port: int | None = None) -> AsyncIterator[House]:
    """A house over a database, perhaps through a proxy's port; its `sql` goes straight."""
    through = address if port is None else re.sub(r":\d+/", f":{port}/", address)
    database, clock = Database(through), Clock()
    try:
        yield House(gate_of(database, clock), clock, Sql(address), address)
    finally:
        await database.close()


async def offences(house: House) -> list[Offence]:
    return await offences_in(house.gate.database, house.clock())


def picture(address: str) -> Picture:
    """Every row of every table but refusals, without what is made of chance; once no transaction is in flight."""
    found: Picture = {}
    if address.startswith("sqlite"):
        lite = sqlite3.connect(address.removeprefix("sqlite:///"), timeout=30)
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
        for (name,) in lite.execute(tables).fetchall():
            cursor = lite.execute(f"SELECT * FROM {name}")
            found[name] = _rows(name, [column[0] for column in cursor.description], cursor.fetchall())
        lite.close()
        return found
    with psycopg.connect(superusers(address), autocommit=True) as conn:
        end = time.monotonic() + 20
        while conn.execute(BUSY).fetchone():
            assert time.monotonic() < end, "a transaction nobody ends"
            time.sleep(0.002)
        tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"
        for (name,) in conn.execute(tables.encode()).fetchall():
            pg = conn.execute(f"SELECT * FROM {name}".encode())
            found[name] = _rows(name, [column.name for column in pg.description or ()], pg.fetchall())
    return found


def _rows(table: str, columns: list[str], rows: list[Any]) -> list[str]:
    skip = {"id", "subject"} if table in NUMBERED else set[str]()
    kept = [dict(zip(columns, row, strict=True)) for row in rows]
    told = [{k: v for k, v in row.items() if k not in skip} for row in map(_unnumbered, kept) if not row.get("refusal")]
    return sorted(CHANCE.sub("…", str(row)) for row in told)


def _unnumbered(row: dict[str, Any]) -> dict[str, Any]:
    """What is of a withdrawal, without the withdrawal's number."""
    if not any(str(value).startswith("withdrawal") for value in row.values()):
        return row
    kept = {k: v for k, v in row.items() if k not in {"owner_id", "reference_id", "about"}}
    return {k: OF_ITS_NUMBER.sub("withdrawal:…", v) if isinstance(v, str) else v for k, v in kept.items()}


@dataclass(frozen=True)
class Ground:
    """Where databases come from: a migrated template of each kind, and a folder for files."""

    templates: str
    port: int
    folder: Path

    def template(self, kind: str) -> str:
        if kind == "sqlite":
            return f"sqlite:///{self.templates}/template.db"
        return f"postgresql://{APP}@127.0.0.1:{self.port}/template_holdfast"

    @contextmanager
    def copy(self, address: str) -> Iterator[str]:
        """A copy of a database that nobody is connected to."""
        name = f"f_{uuid.uuid4().hex[:12]}"
        OPEN.close(owners(address))
        if address.startswith("sqlite"):
            path = self.folder / f"{name}.db"
            shutil.copy(address.removeprefix("sqlite:///"), path)
            yield f"sqlite:///{path}"
            for left in self.folder.glob(f"{name}.db*"):
                left.unlink()
            return
        base, _, template = address.rpartition("/")
        with psycopg.connect(f"postgresql://postgres@127.0.0.1:{self.port}/postgres", autocommit=True) as conn:
            conn.execute(COPY.format(name, template).encode())
            try:
                yield f"{base}/{name}"
            finally:
                conn.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


@dataclass(frozen=True)
class World:
    """A database in which `deed` may happen, and what is known of it: before, after, the first answer and the next."""

    ground: Ground
    deed: str
    address: str
    facts: Facts
    before: Picture
    after: Picture
    first: Any
    again: Any

    def copy(self) -> Any:
        return self.ground.copy(self.address)

    async def is_done(self, address: str) -> bool:
        """Whether the act has happened; anything in between is a failure, shown by what differs."""
        now = await asyncio.to_thread(picture, address)
        if now != self.before:
            assert now == self.after, f"half of it was done: {self.deed}"
        return now == self.after


@asynccontextmanager
async def world(ground: Ground, name: str, kind: str) -> AsyncIterator[World]:
    deed = DEEDS[name]
    with ground.copy(ground.template(kind)) as address:
        async with opened(address) as house:
            facts = await deed.ready(house)
        before = picture(address)
        with ground.copy(address) as copy:
            async with opened(copy) as house:
                first = await answer(deed, house, facts)
                after = picture(copy)
                again = await answer(deed, house, facts)
            assert before != after, "nothing happened"
            assert again == (first if deed.again is SAME else deed.again)
            assert picture(copy) == after, "asked again, it did something"
        yield World(ground, name, address, facts, before, after, first, again)
