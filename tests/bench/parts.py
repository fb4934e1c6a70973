"""The parts of the benchmark. In each round everything is measured once, in turns, and ratios are made within the round."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import Connection, text

from domain import books, escrow, kill_switches
from domain.action import Switch
from domain.books.checking import IN_MEMORY, statements
from domain.errors import Refused
from storage.gate import Gate
from tests.bench.figures import Figures, Target
from tests.bench.floor import BARE, BARE_TABLES, Record, script, sqlite_rate
from tests.bench.ground import Bench, Ground, Worked, rate, split
from tests.bench.others import others
from tests.bench.publishing import cycles, drain, lateness
from tests.bench.world import DRAFTED, FAILED, SERVED, World
from tests.conftest import ADMIN, Sql

CALLERS, CARTS = (1, 8, 32), (10, 50, 200)
PEOPLE = 40


def singles(bench: Bench, gate: Gate) -> Callable[[], Awaitable[int]]:
    """One placement held at a time."""
    return lambda: bench.hold(gate, (bench.take(DRAFTED),))


def carts(bench: Bench, gate: Gate, size: int) -> Callable[[], Awaitable[int]]:
    """One order of so many placements at a time."""
    return lambda: bench.hold(gate, bench.cart(size))


def resolved(bench: Bench, action: Any, state: str, size: int) -> Callable[[], Awaitable[int]]:
    """Releases or refunds, one by one or in sets."""

    async def work() -> int:
        first = bench.take(state, size)
        return len((await bench.gate.system("bench").each(action, range(first, first + size))).done())

    return work


async def floor(ground: Ground, bench: Bench, state: str, act: Callable[[int], Awaitable[Any]]) -> dict[int, float]:
    """pgbench's rates by its number of clients, with the SQL that `act` sends for one placement."""
    pgbench, record = ground.pgbench(bench.address), Record()
    if pgbench is None:
        return {}
    target = bench.take(state)
    with record.of(bench.database.engine):
        await act(target)
    many = 64 if ground.quick else 2000
    found = {}
    for clients in CALLERS:
        each = max(2, many // clients // (4 if clients == 1 else 1))
        first = bench.take(state, clients * each)
        asked = script(record, target, bench.world.people)
        found[clients] = await asyncio.to_thread(pgbench.rate, asked, ground.clients(clients), each, first=first)
    return found


async def holds(ground: Ground) -> Figures:
    """Holds through the gate against pgbench sending the same SQL."""
    people, size, enough = (4, 6_000, 2_000) if ground.quick else (PEOPLE, 250_000, 100_000)
    figures = Figures(f"Holds, releases, refunds (PostgreSQL, fsync on; {people} wallets or one hot wallet)")
    wide = World(people, drafted=size, served=enough, failed=enough)
    async with ground.open("wide", wide) as many, ground.open("hot", World(1, drafted=size)) as hot:
        for _ in range(ground.rounds):
            for name, bench in (("many wallets", many), ("one hot wallet", hot)):
                await _hold_round(ground, figures, name, bench)
            for word, action, state in (("release", escrow.release, SERVED), ("refund", escrow.refund, FAILED)):
                await _resolve_round(ground, figures, many, word, action, state)
            await _bare_round(ground, figures, many)
        cells: tuple[tuple[str, int, Worked], ...] = (
            ("singles, 8 callers", 8, lambda bench: singles(bench, bench.gate)),
            ("singles gathered, 32 callers", 32, lambda bench: singles(bench, bench.gathering)),
            ("carts of 50, 1 caller", 1, lambda bench: carts(bench, bench.gate, 50)),
        )
        for cell, callers, work in cells:
            where = await split(many, work, ground.clients(callers), ground.seconds)
            figures.said.append(f"Where the time goes, holds, {cell}: {where}.")
        figures.said += [f"{name}: {await bench.clean()}." for name, bench in (("Many", many), ("Hot", hot))]
    figures.said += ground.without
    return figures


async def _hold_round(ground: Ground, figures: Figures, name: str, bench: Bench) -> None:
    theirs = await floor(ground, bench, DRAFTED, lambda target: bench.hold(bench.gate, (target,)))
    for clients, value in theirs.items():
        figures.add(f"hold, {name}, pgbench, {clients} clients", value)
    best = max(theirs.values(), default=None)
    for callers in CALLERS:
        work = singles(bench, bench.gate)
        figures.add(f"hold, {name}, {callers} callers", await rate(work, ground.clients(callers), ground.seconds))
    for callers in CALLERS:
        work, many = singles(bench, bench.gathering), ground.clients(callers)
        figures.add(f"hold, {name}, {callers} callers gathered", await rate(work, many, ground.seconds))
    for size in CARTS:
        value = await rate(carts(bench, bench.gate, size), 2, ground.seconds)
        figures.add(f"hold, {name}, carts of {size}, 2 callers", value)
        if best and size == 50:
            figures.add(f"hold, {name}: carts of 50 / pgbench's best", value / best, "x", Target(2))
    if best:
        alone, gathered = (figures.last(f"hold, {name}, 32 callers{word}") for word in ("", " gathered"))
        figures.add(f"hold, {name}: single / pgbench, 32 callers", alone / theirs[32], "x", Target(0.35))
        bound = 3 if bench.world.people == 1 else 1.5
        figures.add(f"hold, {name}: gathered / pgbench, 32 callers", gathered / theirs[32], "x", Target(bound))


async def _resolve_round(ground: Ground, figures: Figures, bench: Bench, word: str, action: Any, state: str) -> None:
    theirs = await floor(ground, bench, state, lambda target: bench.gate.system("bench")(action, target))
    for clients, value in theirs.items():
        figures.add(f"{word}, pgbench, {clients} clients", value)
    for callers in CALLERS:
        work = resolved(bench, action, state, 1)
        figures.add(f"{word}, {callers} callers", await rate(work, ground.clients(callers), ground.seconds))
    for size in CARTS:
        value = await rate(resolved(bench, action, state, size), 1, ground.seconds)
        figures.add(f"{word}, sets of {size}, 1 caller", value)
        if theirs and size == 50:
            figures.add(f"{word}: sets of 50 / pgbench's best", value / max(theirs.values()), "x")
    if theirs:
        figures.add(f"{word}: single / pgbench, 32 callers", figures.last(f"{word}, 32 callers") / theirs[32], "x")


async def _bare_round(ground: Ground, figures: Figures, bench: Bench) -> None:
    pgbench = ground.pgbench(bench.address)
    if pgbench is None:
        return
    with psycopg.connect(bench.address, autocommit=True) as conn:
        conn.execute(BARE_TABLES.encode())
    for clients in CALLERS:
        each = 10 if ground.quick else 4000 // clients
        figures.add(
            f"bare transfer (2 inserts, 2 updates), pgbench, {clients} clients",
            await asyncio.to_thread(pgbench.rate, BARE, ground.clients(clients), each),
        )


async def lite(ground: Ground) -> Figures:
    """SQLite, synchronous=FULL and WAL, against the bare sqlite3 module with the same SQL."""
    figures = Figures("Holds on SQLite (WAL, synchronous=FULL)")
    people = 8
    size = 4_000 if ground.quick else 400_000
    async with ground.open("lite", World(people, drafted=size), "sqlite") as bench:
        path = ground.folder / "lite.db"
        for _ in range(ground.rounds):
            for many in (1, 50):
                record, order = Record(), bench.cart(many)
                with record.of(bench.database.engine):
                    await bench.hold(bench.gate, order)
                figures.add(
                    f"bare sqlite3, the same SQL, sets of {many}",
                    await asyncio.to_thread(_bare_lite, ground, bench, record, order, path),
                )
            for callers in (1, 32):
                work = singles(bench, bench.gate)
                figures.add(f"single, {callers} callers", await rate(work, callers, ground.seconds))
            work = singles(bench, bench.gathering)
            figures.add("single, 32 callers gathered", await rate(work, 32, ground.seconds))
            figures.add("carts of 50, 1 caller", await rate(carts(bench, bench.gate, 50), 1, ground.seconds))
            work = carts(bench, bench.gathering, 50)
            figures.add("carts of 50, 8 callers gathered", await rate(work, 8, ground.seconds))
            for ours, theirs, target in (
                ("single, 1 callers", "bare sqlite3, the same SQL, sets of 1", None),
                ("single, 32 callers gathered", "bare sqlite3, the same SQL, sets of 1", None),
                ("carts of 50, 1 caller", "bare sqlite3, the same SQL, sets of 50", Target(1)),
                ("carts of 50, 8 callers gathered", "bare sqlite3, the same SQL, sets of 50", Target(1)),
            ):
                figures.add(f"{ours} / {theirs}", figures.last(ours) / figures.last(theirs), "x", target)
        where = await split(bench, lambda bench: carts(bench, bench.gate, 50), 1, ground.seconds)
        figures.said.append(f"Where the time goes, carts of 50: {where}.")
        figures.said.append(f"{await bench.clean()}.")
    return figures


def _bare_lite(ground: Ground, bench: Bench, record: Record, order: tuple[int, ...], path: Path) -> float:
    """The recorded order again, for other placements of the same person."""
    step, many = bench.world.people, len(order)
    first = order[0] % step
    others = []
    for _ in range(2 if ground.quick else 400 // many + 20):
        start = bench.take(DRAFTED, many * step)
        others.append(tuple(i for i in range(start, start + many * step) if i % step == first))
    return sqlite_rate(record, path, order, others)


async def flips(ground: Ground) -> Figures:
    """A halt under load: how soon it answers, and that nothing commits after it has."""
    figures = Figures("A halt while 32 callers hold (PostgreSQL)")
    async with ground.open("flips", World(PEOPLE, drafted=3_000 if ground.quick else 60_000)) as bench:
        admin, sql = bench.gate.user(ADMIN), Sql(bench.address)
        for word, gate in (("one by one", bench.gate), ("gathered", bench.gathering)):
            stop, late = asyncio.Event(), 0

            async def caller(gate: Gate = gate, stop: asyncio.Event = stop) -> None:
                while not stop.is_set():
                    with suppress(Refused):
                        await bench.hold(gate, (bench.take(DRAFTED),))

            async with asyncio.TaskGroup() as group:
                for _ in range(32):
                    group.create_task(caller())
                for _ in range(ground.rounds * (1 if ground.quick else 3)):
                    await asyncio.sleep(0.3)
                    began = time.perf_counter()
                    await admin(kill_switches.halt, [Switch.new_escrows], "bench")
                    figures.add(f"a halt answers, {word}", time.perf_counter() - began, " s", Target(0.3, at_most=True))
                    held = sql.one("SELECT COUNT(*) FROM escrows")
                    await asyncio.sleep(0.1)
                    late += sql.one("SELECT COUNT(*) FROM escrows") - held
                    await admin(kill_switches.resume, [Switch.new_escrows], "bench")
                stop.set()
            figures.said.append(f"Held after a halt had answered, {word}: {late}.")
        figures.said.append(f"{await bench.clean()}.")
    return figures


async def size(ground: Ground) -> Figures:
    """What an act costs in large books, and what it costs to check them."""
    figures = Figures("Large books (PostgreSQL)")
    people, stock = (10, 1_500) if ground.quick else (2_000, 60_000)
    entries = {1_500: 200, 3_000: 400} if ground.quick else {10**4: 1_000, 10**6: 164_000, 10**7: 1_640_000}
    opened: dict[int, Bench] = {}
    async with AsyncExitStack() as stack:
        for many, settled in entries.items():
            began = time.perf_counter()
            world = World(people, drafted=stock, served=stock // 10, settled=settled)
            opened[many] = await stack.enter_async_context(ground.open(f"size{many}", world))
            figures.said.append(f"{many:,} entries made in {time.perf_counter() - began:.0f} s.")
        small, large = min(opened), max(opened)
        for _ in range(ground.rounds):
            for what, work in (
                ("hold, 8 callers", lambda bench: (singles(bench, bench.gate), 8)),
                ("hold, carts of 10, 1 caller", lambda bench: (carts(bench, bench.gate, 10), 1)),
                ("release, sets of 10, 1 caller", lambda bench: (resolved(bench, escrow.release, SERVED, 10), 1)),
            ):
                for many, bench in opened.items():
                    asked, callers = work(bench)
                    figures.add(f"{what}, at {many:,} entries", await rate(asked, callers, ground.seconds / 2))
                cost = figures.last(f"{what}, at {small:,} entries") / figures.last(f"{what}, at {large:,} entries")
                figures.add(f"{what}: cost at {large:,} / at {small:,}", cost, "x", Target(1.5, at_most=True))
        for many in list(opened)[1:]:
            await _check_rounds(ground, figures, opened[many], many, is_largest=many == large)
        figures.said.append(f"At {small:,} entries: {await opened[small].clean()}.")
    return figures


async def _check_rounds(ground: Ground, figures: Figures, bench: Bench, many: int, *, is_largest: bool) -> None:
    system = bench.gate.system("bench")
    began = time.perf_counter()
    while (sealed := await system(books.checkpoint)) is not None and sealed.is_more:
        pass
    figures.add(f"checkpoint of {many:,} entries", time.perf_counter() - began, " s")
    for _ in range(5 if ground.quick else 500):
        await bench.hold(bench.gate, bench.cart(10))
    for _ in range(ground.rounds):
        took = {}
        for word, incremental in (("incremental", True), ("full", False)):
            began = time.perf_counter()
            found = await system.ask(books.check, incremental=incremental)
            took[word] = time.perf_counter() - began
            figures.add(f"check, {word}, {many:,} entries", took[word], " s")
            if found:
                raise RuntimeError(f"OFFENCES at {many:,} entries: {found[:3]}")
        target = Target(50) if is_largest else None
        figures.add(f"check, full / incremental, {many:,} entries", took["full"] / took["incremental"], "x", target)
    figures.said.append(f"At {many:,} entries: books: clean.")
    figures.said.append(f"What costs the incremental check most at {many:,} entries: {await _dearest(bench)}.")


async def _dearest(bench: Bench) -> str:
    """The invariants, each asked by itself."""
    took: Counter[str] = Counter()

    def work(conn: Connection) -> None:
        since = conn.execute(text("SELECT MAX(entry_id) FROM checkpoints")).scalar_one()
        conn.execute(IN_MEMORY)
        for group, statement in statements("postgresql", narrowed=True):
            began = time.perf_counter()
            conn.execute(statement, {"since": since})
            took[group[0].invariant] = time.perf_counter() - began

    await bench.gate.database.read(work)
    most = ", ".join(f"{invariant} {seconds:.2f} s" for invariant, seconds in took.most_common(4))
    return f"{most}, of {took.total():.2f} s for all invariants"


PARTS = {
    "holds": holds,
    "lite": lite,
    "flips": flips,
    "cycles": cycles,
    "drain": drain,
    "others": others,
    "lateness": lateness,
    "size": size,
}
