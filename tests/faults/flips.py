"""Flips under load: many callers hold escrows through several gates, as several processes would, while switches are flipped.

A window is a halt, a look, and a resume, which is asked for once everybody who was asking at the halt has been answered, however
slow the machine is. What was held when the halt had answered is all that may be held until then. Each hold's transfer carries
the flip that its act had read, so the whole history can be replayed (I11) when it is over.
"""

import asyncio
import random
import statistics
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from sqlalchemy.exc import DBAPIError

from domain import escrow, kill_switches
from domain.action import Switch
from domain.books import Offence
from domain.errors import Refused
from storage.database import POOL
from storage.gate import Gate
from tests import story
from tests.conftest import ADMIN, OPEN, House, superusers
from tests.faults.worlds import offences, opened

PATIENCE = 2.0
"""Seconds within which a halt answers, however busy it is; whoever has to halt payouts will not wait longer."""
ADVERTISERS = 8
BUSY = b"""SELECT COUNT(*) AS busy FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
    AND xact_start IS NOT NULL"""
HALTS = (Switch.new_escrows, Switch.money_movement)

MORE = """INSERT INTO campaign_targets (campaign_id, creative_id, channel_id, publisher_id, status, approval, price,
    currency, fee_bps, hours, pin, version, created_at)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
  SELECT campaign_id, creative_id, channel_id, publisher_id, status, approval, price, currency, fee_bps, hours, pin,
    version, created_at FROM campaign_targets, n WHERE id = :id"""
"""As many drafts like this one."""


@dataclass
class Flips:
    """What came of it."""

    windows: int = 0
    broken: int = 0
    """Windows in which something was held after the halt had answered."""
    held: int = 0
    errors: int = 0
    """Acts that ended in an error that is no refusal."""
    busy: int = 0
    """On PostgreSQL, the most connections that were within a transaction at the moment before a halt was asked for."""
    seconds: list[float] = field(default_factory=list)
    """How long each halt took to answer."""
    starved: int = 0
    """Halts that had not answered in time; the first of them ends the run."""
    offences: list[Offence] = field(default_factory=list)

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        return (
            f"{self.windows} windows, {self.broken} broken, {self.starved} starved, {self.held} held, {self.errors} errors,"
            f" {self.busy} busy connections,"
            f" {len(self.offences)} offences; a halt took {self.median:.3f} s (median), {max(self.seconds):.3f} s (most)"
        )


@dataclass
class Load:
    """Callers that hold one placement after the other, as long as it goes on."""

    house: House
    targets: dict[int, list[int]]
    flips: Flips
    answered: Counter[int] = field(default_factory=Counter)
    """How many answers each caller has had."""
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    """Set by each answer."""
    over: bool = False
    drafting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def caller(self, gate: Gate, number: int) -> None:
        advertiser = 1 + number % ADVERTISERS
        do, mine = gate.user(advertiser), self.targets[advertiser]
        self.answered[number] = 0
        while not self.over:
            async with self.drafting:
                if not mine:
                    await asyncio.to_thread(self.refill, advertiser)
            target = mine.pop()
            try:
                await do(escrow.hold, (target,))
            except Refused:
                mine.append(target)
            except DBAPIError:
                self.flips.errors += 1
            self.answered[number] += 1
            self.heard.set()

    async def all_answered(self) -> None:
        """Until every caller has been answered once more."""
        before = dict(self.answered)
        async with asyncio.timeout(60):
            while any(self.answered[number] == answers for number, answers in before.items()):
                self.heard.clear()
                await self.heard.wait()

    def refill(self, advertiser: int, many: int = 100) -> None:
        (drafted,) = self.house.sql(
            "SELECT MIN(t.id) AS id FROM campaign_targets t JOIN campaigns c ON c.id = t.campaign_id"
            " WHERE c.advertiser_id = :advertiser",
            advertiser=advertiser,
        )
        self.house.sql(MORE, id=drafted["id"], many=many)
        free = self.house.sql(
            "SELECT t.id FROM campaign_targets t JOIN campaigns c ON c.id = t.campaign_id WHERE c.advertiser_id = :advertiser"
            " AND NOT EXISTS (SELECT 1 FROM escrows e WHERE e.id = t.id)",
            advertiser=advertiser,
        )
        self.targets[advertiser][:] = [row["id"] for row in free if row["id"] != drafted["id"]]


async def prepare(house: House) -> dict[int, list[int]]:
    """Some advertisers, each with money, a campaign and many drafts in one channel."""
    people = range(1, ADVERTISERS + 1)
    await story.people(house, story.BOB, ADMIN, *people)
    await story.switches(house, *Switch)
    channel = await story.channel(house, price=1)
    for advertiser in people:
        await story.fund(house, advertiser, 10**6)
        await story.draft(house, channel, by=advertiser)
    return {advertiser: [] for advertiser in people}


async def flip_under_load(
    address: str, windows: int, callers: int, rng: random.Random, *, until_broken: bool = False
) -> Flips:
    """PostgreSQL: the load comes through as many gates as give each caller a connection, as from so many processes.

    SQLite is for one process: one gate for all.
    """
    flips = Flips()
    async with AsyncExitStack() as stack:
        house = await stack.enter_async_context(opened(address))
        load = Load(house, await prepare(house), flips)
        gates = [house.gate]
        if not address.startswith("sqlite"):
            others = [await stack.enter_async_context(opened(address)) for _ in range(callers // POOL)]
            gates = [other.gate for other in others]
        for advertiser in load.targets:
            load.refill(advertiser)
        async with asyncio.TaskGroup() as group:
            for number in range(callers):
                group.create_task(load.caller(gates[number % len(gates)], number))
            with house.sql.counting("escrows") as held:
                while flips.windows < windows and not flips.starved and not (until_broken and flips.broken):
                    await _window(load, held, rng)
                load.over = True
        OPEN.close(superusers(address))
        flips.held = house.sql.one("SELECT COUNT(*) FROM escrows")
        flips.offences = await offences(house)
    return flips


async def _window(load: Load, held: Callable[[], int], rng: random.Random) -> None:
    admin, flips, switch = load.house.gate.user(ADMIN), load.flips, rng.choice(HALTS)
    await asyncio.sleep(rng.uniform(0.02, 0.06))
    if not load.house.address.startswith("sqlite"):
        (row,) = OPEN.to(superusers(load.house.address)).execute(BUSY).fetchall()
        flips.busy = max(flips.busy, row["busy"])
    began = time.perf_counter()
    try:
        async with asyncio.timeout(PATIENCE):
            await admin(kill_switches.halt, [switch], "test")
    except (TimeoutError, DBAPIError):
        flips.starved += 1
        return
    flips.seconds.append(time.perf_counter() - began)
    at_once = held()
    await load.all_answered()
    flips.broken += held() != at_once
    flips.windows += 1
    await admin(kill_switches.resume, [switch], "test")
