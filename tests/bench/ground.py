"""Where it is measured: a PostgreSQL that syncs every commit, databases with worlds in them, and callers."""

import asyncio
import cProfile
import pstats
import shutil
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from domain import escrow, kill_switches, payments, users
from domain.action import Switch
from storage.database import Database
from storage.gate import Gate
from storage.gather import Gather
from tests.bench.floor import MISSING, PgBench, pgbench_binary
from tests.bench.world import ADVERTISER, DRAFTED, FAILED, FIRST, SERVED, World
from tests.conftest import ADMIN, Clock, Sql, gate_of, offences_in
from tests.servers import Postgres

TUNED = {"shared_buffers": "1GB", "max_wal_size": "8GB", "maintenance_work_mem": "256MB", "work_mem": "64MB"}


@dataclass
class Bench:
    """One database with a world in it: the gate, the same gate gathering, and placements nobody has used yet."""

    database: Database
    gate: Gate
    address: str
    world: World
    _used: dict[str, int] = field(default_factory=dict)
    _carts: dict[int, Iterator[tuple[int, ...]]] = field(default_factory=dict)

    @property
    def gathering(self) -> Gate:
        return replace(self.gate, gather=Gather(escrow.hold, payments.credit))

    def take(self, state: str, many: int = 1) -> int:
        """The first of so many placements in a row that nobody has used."""
        start = self._used.get(state, 0)
        if start + many > {DRAFTED: self.world.drafted, SERVED: self.world.served, FAILED: self.world.failed}[state]:
            raise RuntimeError(f"the world has too few {state} placements")
        self._used[state] = start + many
        return FIRST[state] + start

    def cart(self, size: int) -> tuple[int, ...]:
        """An order of so many placements, all of one campaign; of everybody in turn."""
        return next(self._carts.setdefault(size, self._orders(size)))

    def _orders(self, size: int) -> Iterator[tuple[int, ...]]:
        people = self.world.people
        while True:
            start = self.take(DRAFTED, size * people)
            for k in range(people):
                yield tuple(range(start + k, start + size * people, people))

    def advertiser(self, target: int) -> int:
        return ADVERTISER + target % self.world.people

    async def hold(self, gate: Gate, order: tuple[int, ...]) -> int:
        await gate.user(self.advertiser(order[0]))(escrow.hold, order)
        return len(order)

    async def clean(self) -> str:
        """What a full check of the books says."""
        offences = await offences_in(self.database, self.gate.now())
        return "books: clean" if not offences else f"books: {len(offences)} OFFENCES, {offences[:3]}"


@dataclass
class Ground:
    """`seconds` is how long each figure is measured in each of `rounds`."""

    folder: Path
    rounds: int
    seconds: float
    quick: bool
    server: Postgres
    templates: set[str] = field(default_factory=set)

    async def empty(self, name: str, kind: str = "postgresql") -> str:
        """The address of a new database without a row: a copy of the first of its kind, which was migrated."""
        if kind not in self.templates:
            self.templates.add(kind)
            database = Database(await self._created(f"template_{kind}", kind, ""))
            await database.migrate()
            await database.close()
        return await self._created(name, kind, f"template_{kind}")

    async def _created(self, name: str, kind: str, template: str) -> str:
        if kind == "sqlite":
            if template:
                await asyncio.to_thread(shutil.copy, self.folder / f"{template}.db", self.folder / f"{name}.db")
            return f"sqlite:///{self.folder}/{name}.db"
        self.server.execute(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return self.server.address(name)

    @asynccontextmanager
    async def open(self, name: str, world: World, kind: str = "postgresql") -> AsyncIterator[Bench]:
        address = await self.empty(name, kind)
        database = Database(address)
        try:
            gate = gate_of(database, Clock())
            await gate.system("bench")(users.meet, ADMIN, "Admin", None, "en")
            admin = gate.user(ADMIN)
            await admin(kill_switches.init)
            await admin(kill_switches.resume, list(Switch), "bench")
            await database.write(world.build)
            await self.settle(address)
            yield Bench(database, gate, address, world)
        finally:
            await database.close()
            if kind != "sqlite":
                self.server.execute(f"DROP DATABASE {name} WITH (FORCE)")

    async def settle(self, address: str) -> None:
        """Statistics are fresh, and nothing is left to be written behind one's back."""
        sql = Sql(address)
        sql("ANALYZE" if address.startswith("sqlite") else "VACUUM ANALYZE")
        if not address.startswith("sqlite"):
            sql("CHECKPOINT")

    def pgbench(self, address: str) -> PgBench | None:
        binary = pgbench_binary(self.server.base)
        return None if binary is None else PgBench(binary, address, self.folder)

    def clients(self, many: int) -> int:
        """How many ask at once: each connection has PostgreSQL compile every guard, which was most of a quick run."""
        return min(many, 2) if self.quick else many

    @property
    def without(self) -> list[str]:
        return [] if pgbench_binary(self.server.base) else [MISSING]


async def rate(work: Callable[[], Awaitable[int]], callers: int, seconds: float) -> float:
    """How many things a second so many callers get done, each asking again when it is answered."""
    end, done = time.perf_counter() + seconds, 0

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < end:
            got = await work()  # a sum that awaits would lose what the others added meanwhile
            done += got

    began = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())
    return done / (time.perf_counter() - began)


PARTS = {
    "ours": ("/domain/", "/storage/", "/tests/bench/"),
    "SQLAlchemy": ("/sqlalchemy/", "greenlet"),
    "the driver": ("/asyncpg/", "asyncpg", "sqlite3"),
    "waiting (the database, the disk, other callers)": ("select.epoll", "select.", "'poll'", "SimpleQueue"),
}


Worked = Callable[[Bench], Callable[[], Awaitable[int]]]
"""What callers do, on any connection."""


async def split(bench: Bench, work: Worked, callers: int, seconds: float) -> str:
    """Where the time goes, as the profiler sees it: itself it slows Python down about twice.

    It is shown Python's own loop, in a thread beside, since it cannot see uvloop wait; on SQLite the thread that writes.
    """
    return await asyncio.to_thread(lambda: asyncio.run(_split(bench, work, callers, seconds)))


async def _split(bench: Bench, work: Worked, callers: int, seconds: float) -> str:
    profiler, database = cProfile.Profile(), Database(bench.address)

    async def switch(turn: Callable[[], None]) -> None:
        if database.is_sqlite:
            await database.write(lambda _conn: turn())
        else:
            turn()

    await switch(profiler.enable)
    await rate(work(replace(bench, database=database, gate=replace(bench.gate, database=database))), callers, seconds)
    await switch(profiler.disable)
    await database.close()
    stats: Any = pstats.Stats(profiler).stats  # type: ignore[attr-defined]
    spent = dict.fromkeys([*PARTS, "Python's own (asyncio, json, datetime)"], 0.0)
    for (path, _line, name), (_calls, _all, own, *_rest) in stats.items():
        where = next((part for part, marks in PARTS.items() if any(m in path or m in name for m in marks)), None)
        spent[where or "Python's own (asyncio, json, datetime)"] += own
    total = sum(spent.values()) or 1
    return ", ".join(f"{part} {100 * took / total:.0f}%" for part, took in spent.items())
