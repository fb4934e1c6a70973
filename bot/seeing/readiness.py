"""Is the house ready? One list of named checks, for `/readyz`, the command line and the launch gate.

Each check looks by itself and for a bounded time; what it cannot see is not well. Redis is the exception: without it the house
is slow and loses nothing, so it is told as degraded and fails nothing. No detail carries an address or a person's words.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.settings import Environment, Settings
from bot.shared import FAILURES, ping
from domain import heartbeats, kill_switches
from domain.heartbeats import GAP
from scheduler.loop import TICKS
from storage import guards, roles
from storage.gate import Gate

PATIENCE = 3.0
"""Seconds that one check may take."""
NAMED = 5
"""How many a detail names."""
EVALUATOR = "rollback"
"""The tick that halts by itself; without it nobody may go on."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. What is not vital makes nothing unready."""

    name: str
    ok: bool
    detail: str
    vital: bool = True


def is_ready(checks: Sequence[Check]) -> bool:
    """Is everything vital well?"""
    return all(check.ok for check in checks if check.vital)


async def readiness(gate: Gate, settings: Settings) -> list[Check]:
    """Every check, in a fixed order and one after the other: a house that is busy keeps its connections.

    Where the database is away the rest is not asked, and so not well.
    """
    looks: dict[str, Callable[[], Awaitable[Check]]] = {
        "migrations": lambda: _migrations(gate),
        "guards": lambda: _guards(gate),
        "switches": lambda: _switches(gate),
        "roles": lambda: _roles(gate, settings),
        "ticks": lambda: _ticks(gate),
        "evaluator": lambda: _evaluator(gate),
    }
    database = await _looked("database", lambda: _database(gate))
    if database.ok:
        found = [await _looked(name, look) for name, look in looks.items()]
    else:
        found = [Check(name, ok=False, detail="the database is not reachable") for name in looks]
    return [database, *found, await redis(settings)]


async def _looked(name: str, look: Callable[[], Awaitable[Check]]) -> Check:
    try:
        async with asyncio.timeout(PATIENCE):
            return await look()
    except TimeoutError:
        return Check(name, ok=False, detail=f"no answer within {PATIENCE:g} s")
    except Exception as error:
        return Check(name, ok=False, detail=f"cannot be seen: {type(error).__name__}")


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


async def _database(gate: Gate) -> Check:
    await gate.database.read(lambda conn: conn.exec_driver_sql("SELECT 1"))
    return Check("database", ok=True, detail=gate.database.kind)


async def _migrations(gate: Gate) -> Check:
    at_head = await gate.database.at_head()
    return Check("migrations", at_head, "at head" if at_head else "of another version: run `holdfast migrate`")


async def _guards(gate: Gate) -> Check:
    differ = await guards.examined(gate.database)
    detail = f"differ from what this version wants: {_named(differ)}" if differ else "as this version wants them"
    return Check("guards", not differ, detail)


async def _switches(gate: Gate) -> Check:
    board = await gate.system("readiness").ask(kill_switches.board)
    missing = [state.key for state in board if not state.known]
    halted = [state.key for state in board if state.known and not state.enabled]
    if missing:
        return Check("switches", ok=False, detail=f"no row, so HALTED: {_named(missing)}")
    return Check("switches", ok=True, detail=f"all have a row; HALTED: {', '.join(halted) or 'none'}")


async def _roles(gate: Gate, settings: Settings) -> Check:
    """Outside production another login is told of, and allowed."""
    vital = settings.environment == Environment.production
    if gate.database.is_sqlite:
        return Check("roles", ok=True, detail="SQLite has none", vital=vital)
    faults = await roles.examined(gate.database)
    return Check("roles", not faults, f"the login {_named(faults)}" if faults else "the application's", vital)


async def _ticks(gate: Gate) -> Check:
    beats = await gate.system("readiness").ask(heartbeats.latest)
    others = {tick.name: tick.every for tick in TICKS if tick.name != EVALUATOR}
    stale = heartbeats.silent({name: at for name, (at, _) in beats.items()}, others, gate.now())
    return Check("ticks", not stale, f"silent: {_named(stale)}" if stale else f"all {len(others)} were heard")


async def _evaluator(gate: Gate) -> Check:
    """Its own check, since silence here means that nothing stops by itself."""
    at, said = (await gate.system("readiness").ask(heartbeats.latest)).get(EVALUATOR, (None, ""))
    if at is None:
        return Check("evaluator", ok=False, detail="was never heard")
    ago = (gate.now() - at).total_seconds()
    return Check("evaluator", at >= gate.now() - GAP, f"{said}, {ago:.0f} s ago")


async def redis(settings: Settings) -> Check:
    """Asked over a connection of its own, so that the breaker hides nothing and a paused server costs 0.2 s."""
    if settings.redis_url is None:
        return Check("redis", ok=True, detail="not used", vital=False)
    try:
        await ping(settings.redis_url)
    except FAILURES as error:
        return Check("redis", ok=False, detail=f"away ({type(error).__name__}): slower, nothing is lost", vital=False)
    return Check("redis", ok=True, detail="answers", vital=False)
