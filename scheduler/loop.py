"""The table of ticks, and the loop that runs them. One line a tick: its name, its period, the switches it needs, its work.

A tick that finds its switch HALTED skips, writes no event, and says so in its heartbeat. A tick that fails is logged and comes
round again; nothing it was doing is lost, since every step of it was a commit.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from domain import heartbeats, kill_switches
from domain.action import Switch
from domain.errors import Refused
from domain.ledger import GATES, Reason
from domain.ports import Clock, Do, Telegram
from scheduler import checks, posting, settlement, telling, watchdogs

log = logging.getLogger(__name__)

BEAT_EVERY = timedelta(seconds=30)
"""A heartbeat is written when its words change, and at least so often."""

PATIENCE = timedelta(seconds=45)
"""How long a shutdown waits for the calls in hand; longer than any call may take."""


@dataclass(frozen=True)
class Tick:
    name: str
    every: timedelta
    switches: tuple[Switch, ...]
    work: Callable[[Do, Telegram], Awaitable[int]]


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


TICKS = (
    Tick("deposits", seconds(5), GATES[Reason.deposit], settlement.credit_deposits),
    Tick("reversals", seconds(5), GATES[Reason.loss], settlement.reverse_taken_back),
    Tick("posting", seconds(1), (Switch.worker_post, Switch.telegram_posting), posting.publish_due),
    Tick("pins", seconds(5), (Switch.telegram_posting,), posting.pin_due),
    Tick("late", seconds(20), (), posting.ask_late),
    Tick("rights", seconds(20), (), posting.ask_rights),
    Tick("looks", seconds(10), (), checks.look_at_posts),
    Tick("approvals", seconds(20), (), watchdogs.expire_approvals),
    Tick("reminders", seconds(60), (), watchdogs.remind),
    Tick("countersigns", seconds(60), (), watchdogs.expire_countersigns),
    Tick("leases", seconds(15), (Switch.worker_watchdogs,), watchdogs.expire_leases),
    Tick("overdue", seconds(30), (Switch.worker_watchdogs,), watchdogs.fail_overdue),
    Tick("releases", seconds(2), GATES[Reason.payout], settlement.release_served),
    Tick("refunds", seconds(2), GATES[Reason.refund], settlement.refund_failed),
    Tick("campaigns", seconds(5), (), settlement.complete_campaigns),
    Tick("notices", seconds(1), (), telling.send_notices),
    Tick("ledger", timedelta(minutes=10), (), watchdogs.check_ledger),
    Tick("stuck", timedelta(minutes=10), (), watchdogs.count_stuck),
    Tick("uncertain", seconds(60), (), watchdogs.tell_overdue),
    Tick("stars", timedelta(minutes=10), (), settlement.read_stars),
    Tick("visits", seconds(60), (), watchdogs.visit_channels),
)


@dataclass
class Loop:
    """Runs ticks, each under its own name."""

    door: Callable[[str], Do]
    telegram: Telegram
    now: Clock
    beaten: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    idle: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self, tick: Tick) -> int | None:
        """One round of one tick: how many things it did, or None if it skipped or failed."""
        do = self.door(tick.name)
        self.running.add(tick.name)
        self.idle.clear()
        try:
            halted = await do.ask(kill_switches.permits, tick.switches)
            came = None if halted else await tick.work(do, self.telegram)
            await self._beat(do, tick.name, f"skipped: {halted} is HALTED" if halted else "ok")
            return came
        except Refused as refused:
            log.warning("tick %s was refused: %s", tick.name, refused.refusal)
        except Exception:
            log.exception("Worker error: tick %s failed", tick.name)
        finally:
            self.running.discard(tick.name)
            if not self.running:
                self.idle.set()
        return None

    async def once(self) -> None:
        """Every tick once, in the order of the table."""
        for tick in TICKS:
            await self.run(tick)

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[None]:
        """Runs every tick by its period for as long as the block lasts; then lets the ticks in hand finish.

        APScheduler only keeps the time: the database is the queue.
        """
        scheduler = AsyncIOScheduler(timezone="UTC")
        for tick in TICKS:
            how = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None, "next_run_time": datetime.now(UTC)}
            scheduler.add_job(self.run, "interval", (tick,), id=tick.name, seconds=tick.every.total_seconds(), **how)
        scheduler.start()
        try:
            yield
        finally:
            scheduler.pause()
            if self.running:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.idle.wait(), PATIENCE.total_seconds())
            scheduler.shutdown(wait=False)

    async def _beat(self, do: Do, name: str, said: str) -> None:
        at, before = self.beaten.get(name, (None, ""))
        if at is None or said != before or self.now() - at >= BEAT_EVERY:
            await do(heartbeats.beat, name, said)
            self.beaten[name] = self.now(), said
