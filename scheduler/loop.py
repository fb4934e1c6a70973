"""The table of ticks, and the loop that runs them. One line a tick: its name, its period, the switches it needs, its work.

A tick runs when what it waits for is due (`due`), when an act has made something due (`WAKES`), and at the latest after its
period: the period alone must do, since whoever wakes may be another process and nobody hears it. A tick that finds its switch
HALTED skips, writes no event, and says so in its heartbeat. A tick that fails is logged and comes round again; nothing it was
doing is lost, since every step of it was a commit.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from domain import disputes, heartbeats, kill_switches, launch, notices, post_jobs
from domain.action import Act, Look, Switch
from domain.errors import Refused
from domain.ledger import GATES, Reason
from domain.ports import Clock, Do, Telegram
from scheduler import checks, digest, posting, rollback, searching, settlement, telling, watchdogs

log = logging.getLogger(__name__)

BEAT_EVERY = timedelta(seconds=30)
"""A heartbeat is written when its words change, and at least so often."""

PATIENCE = timedelta(seconds=45)
"""How long a shutdown waits for the calls in hand; longer than any call may take."""

APART = timedelta(seconds=0.1)
"""Between the first rounds of the ticks, in the order of the table: the first is the slowest, and would hold up all others."""

GAP = timedelta(seconds=0.1)
"""Between two rounds of one tick: what becomes due meanwhile is done in one set."""


@dataclass(frozen=True)
class Tick:
    name: str
    every: timedelta
    switches: tuple[Switch, ...]
    work: Callable[[Do, Telegram], Awaitable[int]]
    drains: bool = False
    """Does it come again at once as long as it finds something to do?"""
    due: Callable[[Look], datetime | None] | None = None
    """When what it waits for is due next, where the database knows."""


@dataclass
class Round:
    """One round of a tick, as it went: how many things it did, or why it did none."""

    tick: str
    outcome: Literal["done", "skipped", "refused", "failed"] = "failed"
    came: int = 0


def seconds(number: float) -> timedelta:
    return timedelta(seconds=number)


POSTING = (Switch.worker_post, Switch.telegram_posting)
TICKS = (
    Tick("deposits", seconds(5), GATES[Reason.deposit], settlement.credit_deposits, drains=True),
    Tick("reversals", seconds(5), GATES[Reason.loss], settlement.reverse_taken_back),
    Tick("posting", seconds(3), POSTING, posting.publish_due, drains=True, due=post_jobs.next_slot),
    Tick("pins", seconds(5), (Switch.telegram_posting,), posting.pin_due),
    Tick("late", seconds(20), (), watchdogs.ask_late),
    Tick("rights", seconds(20), (), watchdogs.ask_rights),
    Tick("looks", seconds(10), (), checks.look_at_posts, drains=True, due=post_jobs.soonest_look),
    Tick("searches", seconds(10), (), searching.search_posts),
    Tick("approvals", seconds(20), (), watchdogs.expire_approvals, drains=True),
    Tick("disputes", seconds(20), (), watchdogs.expire_disputes, due=disputes.next_due),
    Tick("reminders", seconds(60), (), watchdogs.remind),
    Tick("countersigns", seconds(60), (), watchdogs.expire_countersigns),
    Tick("leases", seconds(15), (Switch.worker_watchdogs,), watchdogs.expire_leases, drains=True),
    Tick("overdue", seconds(30), (Switch.worker_watchdogs,), watchdogs.fail_overdue, drains=True),
    Tick("releases", seconds(3), GATES[Reason.payout], settlement.release_served, drains=True),
    Tick("refunds", seconds(3), GATES[Reason.refund], settlement.refund_failed, drains=True),
    Tick("campaigns", seconds(5), (), settlement.complete_campaigns),
    Tick("alerts", seconds(3), (), telling.send_alerts, drains=True, due=notices.next_due),
    Tick("notices", seconds(3), (), telling.send_notices, drains=True, due=notices.next_due),
    Tick("calls", seconds(10), (), rollback.count_calls),
    Tick("rollback", seconds(10), (), rollback.evaluate),
    Tick("ledger", timedelta(minutes=10), (), rollback.check_ledger),
    Tick("stuck", timedelta(minutes=10), (), watchdogs.count_stuck),
    Tick("uncertain", seconds(60), (), watchdogs.tell_overdue),
    Tick("stars", timedelta(minutes=10), (), settlement.read_stars),
    Tick("digest", seconds(60), (), digest.tell),
    Tick("visits", seconds(60), (), watchdogs.visit_channels),
)

WAKES = {
    "payments.receive": ("deposits",),
    "payments.take_back": ("reversals",),
    "approvals.approve": ("posting",),
    "approvals.decline": ("refunds",),
    "approvals.cancel": ("refunds",),
    "approvals.expire": ("refunds",),
    "proposals.accept_time": ("posting",),
    "proposals.accept_price": ("posting", "refunds"),
    "post_jobs.accept_late": ("posting",),
    "campaigns.pause": ("posting",),
    "post_jobs.record": ("pins", "releases", "refunds"),
    "post_jobs.drop": ("posting", "refunds"),
    "post_jobs.expire_leases": ("posting", "refunds"),
    "post_jobs.fail_overdue": ("refunds",),
    "post_jobs.verdict": ("releases", "refunds"),
    "checks.record": ("releases", "refunds", "disputes"),
    "disputes.propose": ("releases", "refunds"),
    "disputes.withdraw": ("releases",),
    "disputes.accept": ("releases", "refunds"),
    "disputes.judge": ("releases", "refunds"),
    "disputes.expire": ("releases", "refunds"),
    "kill_switches.resume": tuple(tick.name for tick in TICKS if tick.switches),
    "launch.resume": tuple(tick.name for tick in TICKS if tick.switches),
}
"""Which acts make something due at once, and for which ticks. Every act that owes a notice wakes TELLERS too."""
TELLERS = frozenset({"alerts", "notices"})


def woken_by(act: Act) -> frozenset[str]:
    """The ticks that have something to do after this act."""
    return frozenset(WAKES.get(act.name, ())) | (TELLERS if act.owes else frozenset())


@dataclass
class Bells:
    """One bell for each tick of this process. Rung while the tick runs, it runs once more."""

    bells: dict[str, asyncio.Event] = field(default_factory=lambda: {tick.name: asyncio.Event() for tick in TICKS})

    def ring(self, names: Iterable[str]) -> None:
        """Names that no tick has are another version's."""
        for name in names:
            if name in self.bells:
                self.bells[name].set()


@dataclass
class Loop:
    """Runs ticks, each under its own name."""

    door: Callable[[str], Do]
    telegram: Telegram
    now: Clock
    bells: Bells = field(default_factory=Bells)
    watched: Callable[[Round], AbstractContextManager[object]] = nullcontext
    """Is around every round."""
    build: str = ""
    """What this process runs; told by a heartbeat of its own, `build:<build>`."""
    beaten: dict[str, tuple[datetime, str]] = field(default_factory=dict)

    async def run(self, tick: Tick) -> int | None:
        """One round of one tick: how many things it did, or None if it skipped or failed."""
        this = Round(tick.name)
        with self.watched(this):
            try:
                await self._round(tick, self.door(tick.name), this)
            except Refused as refused:
                this.outcome = "refused"
                log.warning("tick %s was refused: %s", tick.name, refused.refusal)
            except Exception:
                this.outcome = "failed"
                log.exception("Worker error: tick %s failed", tick.name)
        return this.came if this.outcome == "done" else None

    async def turn(self, tick: Tick) -> int | None:
        """The round that its bell asks for; if it drains and found something, the bell is rung again."""
        bell = self.bells.bells[tick.name]
        bell.clear()
        came = await self.run(tick)
        if came and tick.drains:
            bell.set()
        return came

    async def _round(self, tick: Tick, do: Do, this: Round) -> None:
        halted = await do.ask(kill_switches.permits, tick.switches) if tick.switches else None
        if halted is None:
            this.came = await tick.work(do, self.telegram)
        this.outcome = "skipped" if halted else "done"
        await self._beat(do, tick.name, f"skipped: {halted} is HALTED" if halted else "ok")
        if self.build and tick is TICKS[0]:
            await self._beat(do, f"{launch.BUILD}{self.build}", "ok")

    async def once(self) -> int:
        """Every tick once, in the order of the table: how many things all of them did."""
        return sum([await self.run(tick) or 0 for tick in TICKS])

    @asynccontextmanager
    async def ticking(self) -> AsyncIterator[None]:
        """Runs every tick for as long as the block lasts; then lets the ticks in hand finish.

        APScheduler only keeps the time: it rings the bells by their periods and when something is due.
        """
        scheduler, stop = AsyncIOScheduler(timezone="UTC"), asyncio.Event()
        for place, tick in enumerate(TICKS):
            first = datetime.now(UTC) + place * APART
            how = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None, "next_run_time": first}
            every = tick.every.total_seconds()
            scheduler.add_job(self._ring, "interval", (tick.name,), id=tick.name, seconds=every, **how)
        async with asyncio.TaskGroup() as group:
            turns = [group.create_task(self._turns(tick, scheduler, stop)) for tick in TICKS]
            scheduler.start()
            try:
                yield
            finally:
                scheduler.shutdown(wait=False)
                stop.set()
                self.bells.ring(self.bells.bells)
                await asyncio.wait(turns, timeout=PATIENCE.total_seconds())
                for turn in turns:
                    turn.cancel()

    async def _ring(self, name: str) -> None:
        self.bells.ring([name])

    async def _turns(self, tick: Tick, scheduler: AsyncIOScheduler, stop: asyncio.Event) -> None:
        """The rounds of one tick: one at a time, one for each ring."""
        bell = self.bells.bells[tick.name]
        while True:
            await bell.wait()
            if stop.is_set():
                return
            came = await self.turn(tick)
            if came is not None and tick.due is not None and not (came and tick.drains):
                await self._alarm(tick, tick.due, scheduler)
            await asyncio.sleep(GAP.total_seconds())

    async def _alarm(self, tick: Tick, due: Callable[[Look], datetime | None], scheduler: AsyncIOScheduler) -> None:
        """Sets the next ring to the moment when something is due, if that is before the period is over."""
        try:
            at = await self.door(tick.name).ask(due)
        except Exception:
            log.exception("Worker error: tick %s does not know when it is due", tick.name)
            return
        job = scheduler.get_job(tick.name)
        if at is None or job is None:
            return
        ring = datetime.now(UTC) + max(at - self.now(), timedelta(0))
        if ring < job.next_run_time:
            job.modify(next_run_time=ring)

    async def _beat(self, do: Do, name: str, said: str) -> None:
        at, before = self.beaten.get(name, (None, ""))
        if at is None or said != before or self.now() - at >= BEAT_EVERY:
            await do(heartbeats.beat, name, said)
            self.beaten[name] = self.now(), said
