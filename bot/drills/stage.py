"""The stage of a drill: a house in operation, with its own Telegram and its own people, who may be hurt.

It plays by production's rules (two admins) whatever the environment. Lines of the runbook are typed here as they are printed, and
run by the same code as at the shell. Everything goes through the gate, but for what an intruder does (`storage.intruder`).
"""

import asyncio
import re
import secrets
import shlex
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from bot.app import App
from bot.cli import typed
from bot.cli.console import err, out, unwrapped
from bot.drills.hearing import Heard
from bot.drills.relay import Relay
from bot.drills.report import Report, Step
from bot.drills.rounds import PERIODS, rounds
from bot.sandbox import Channel, Client, Person
from bot.settings import Settings
from bot.texts import Texts
from domain import approvals, campaigns, channels, escrow, payments
from domain.action import Switch
from domain.campaigns import Content
from domain.channels import Inspection
from domain.errors import Refused
from storage.gate import Do
from storage.intruder import forge

ANN, BOB = 4_000_000_000_000_001, 4_000_000_000_000_002
"""Numbers that Telegram never gives: an advertiser and a publisher of the drills' own."""
PRICE = 100
Try = tuple[str, Callable[[], Awaitable[Any]]]


class Deviation(Exception):
    """The drill came out otherwise than it must."""


@dataclass
class Clock:
    """The system's time; where it may jump, waiting takes none."""

    jumps: bool
    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def wait(self, step: timedelta) -> None:
        if self.jumps:
            self.ahead += step
        else:
            await asyncio.sleep(step.total_seconds())


@dataclass(frozen=True)
class Scene:
    """Three placements by number: one to be paid, one to be published, one to be held."""

    served: int
    queued: int
    drafted: int


@dataclass
class Stage:
    settings: Settings
    app: App
    telegram: Client
    clock: Clock
    report: Report
    heard: Heard
    admins: tuple[Person, Person]
    channel: Channel
    without: frozenset[str]
    """Detectors that are switched off, to show that the drill then fails."""
    relay: Relay | None = None
    """What stands before Redis, in the drill that needs one."""
    bell: int = 0
    offers: dict[int, int] = field(default_factory=dict)
    """The channels' numbers in the database, by their numbers at Telegram."""

    @property
    def ann(self) -> Do:
        return self.app.gate.user(ANN)

    @property
    def house(self) -> Do:
        return self.app.gate.system("drill")

    def add(self, step: Step, words: str) -> None:
        self.report.add(step, words)

    # what the database says, and what is done to it behind our backs

    async def rows(self, statement: str, **given: Any) -> list[Any]:
        return await self.app.database.read(lambda conn: list(conn.execute(text(statement), given)))

    async def one(self, statement: str, **given: Any) -> Any:
        rows = await self.rows(statement, **given)
        return rows[0][0] if rows else None

    async def expect(self, words: str, statement: str, wanted: object, **given: Any) -> None:
        found = await self.one(statement, **given)
        if found != wanted:
            raise Deviation(f"{words}: expected {wanted!r}, found {found!r}")

    async def forge(self, *statements: str, unguarded: bool = False, **given: Any) -> None:
        await forge(self.settings.owner_address, *statements, unguarded=unguarded, **given)

    async def picture(self) -> object:
        """Where all money is, what became of every placement, and how many messages Telegram ever saw in channels."""
        questions = (
            "SELECT id, balance FROM wallets ORDER BY id",
            "SELECT COUNT(*) FROM transfers",
            "SELECT id, status FROM escrows ORDER BY id",
            "SELECT id, status FROM post_jobs ORDER BY id",
        )
        facts: list[object] = [[tuple(row) for row in await self.rows(question)] for question in questions]
        return [*facts, {chat: many for chat, many in (await self.telegram.counts()).items() if chat < 0}]

    # what people do

    async def list_channel(self, channel: Channel) -> None:
        """Bob offers a channel: 0 hours, so that a post is due for its pay once it is up."""
        await channel.promote()
        seen = Inspection(
            chat_id=channel.id,
            is_channel=True,
            title=channel.title,
            username=None,
            subscribers=1000,
            bot_rights=frozenset(channels.RIGHTS),
            user_is_admin=True,
        )
        bob = self.app.gate.user(BOB)
        registered = await bob(channels.register, seen)
        await bob(channels.offer, registered.id, PRICE, 0)
        self.offers[channel.id] = int(registered.id)

    async def draft(self, words: str = "A drill", channel: Channel | None = None) -> int:
        """A placement that nothing is held for yet."""
        campaign = await self.ann(campaigns.draft, Content(text=words))
        target = await self.ann(campaigns.place, campaign.id, self.offers[(channel or self.channel).id], None)
        return int(target.id)

    async def approve(self, placement: int) -> None:
        version = await self.one("SELECT version FROM campaign_targets WHERE id = :id", id=placement)
        await self.app.gate.user(BOB)(approvals.approve, placement, version)

    async def book(self, words: str = "A drill", channel: Channel | None = None) -> int:
        """Held and approved: to be published as soon as a worker comes by."""
        placement = await self.draft(words, channel)
        await self.ann(escrow.hold, (placement,))
        await self.approve(placement)
        return placement

    async def scene(self) -> Scene:
        """Work in hand of every kind, so that it shows whether anything moves."""
        served = await self.book("A drill: to be paid")
        await self.tick("posting")
        await self.expect("a post is up", "SELECT status FROM post_jobs WHERE id = :id", "success", id=served)
        scene = Scene(served, await self.book("A drill: to be published"), await self.draft("A drill: to be held"))
        words = f"placement {scene.served} is due for its pay, {scene.queued} to be published, {scene.drafted} a draft"
        self.add(Step.prepared, words)
        return scene

    # time and ticks

    async def tick(self, *names: str) -> None:
        """Every tick once (or these), as the scheduler runs them."""
        await rounds(self.app, self.without, *names)

    async def work(self) -> None:
        """What moves posts and money, twice, so that what one tick caused reaches the other; nobody is written to."""
        for _ in range(2):
            await self.tick("posting", "deposits", "releases", "refunds", "campaigns")

    async def detect(self, by: str, words: str, *also: str) -> None:
        """One period of a detector passes, then it looks. Who else runs by the clock comes after it."""
        await self.clock.wait(PERIODS[by])
        await self.tick(by, *also)
        if not any(words in line for line in self.heard.lines):
            raise Deviation(f"nobody detected it within {PERIODS[by].total_seconds():g} s: no log line says {words!r}")
        line = next(line for line in reversed(self.heard.lines) if words in line)
        self.add(Step.detected, f"by the tick `{by}` (every {PERIODS[by].total_seconds():g} s): {line}")

    async def halted_by_itself(self, keys: tuple[Switch, ...], *, reachable: bool = True) -> None:
        """These are HALTED, by the house; and every admin is told, as soon as Telegram can be reached."""
        halted = {row.key for row in await self.rows("SELECT key FROM kill_switches WHERE NOT enabled")}
        if not set(keys) <= halted:
            raise Deviation(f"not HALTED: {', '.join(sorted(set(keys) - halted))}")
        by, reason = (await self.rows("SELECT actor, reason FROM kill_switch_flips ORDER BY epoch DESC LIMIT 1"))[0]
        if not by.startswith("system:"):
            raise Deviation(f"it was {by} who halted, and not the house")
        self.add(Step.halted, f"{', '.join(keys)} by {by}: {reason}")
        if reachable:
            await self.admins_told()

    async def admins_told(self) -> None:
        await self.tick("alerts", "notices")
        told = "SELECT COUNT(DISTINCT user_id) FROM notices WHERE kind = 'rollback' AND status = 'sent' AND id > :id"
        await self.expect("admins who were told", told, len(self.admins), id=self.bell)
        self.add(Step.operator, "both admins have the alert, with the reason and what is HALTED")

    async def not_published(self, placement: int) -> None:
        """Every tick runs: with `worker_post` HALTED nothing is claimed, and no message is sent."""
        sent = await self.telegram.counts()
        await self.tick()
        now = await self.telegram.counts()
        if now.get(self.channel.id) != sent.get(self.channel.id):
            raise Deviation("something was published although worker_post is HALTED")
        await self.expect("it waits", "SELECT status FROM post_jobs WHERE id = :id", "queued", id=placement)
        self.add(Step.refused, f"worker_post is HALTED: placement {placement} is not claimed, no message is sent")

    async def nothing_moves(self, *tries: Try) -> None:
        """Tries what must not be, then runs every tick: no money, no placement and no message moves."""
        before = await self.picture()
        for words, attempt in tries:
            try:
                await attempt()
            except Refused as refused:
                self.add(Step.refused, f"{words}: {plain(refused)}")
            else:
                raise Deviation(f"it went through: {words}")
        await self.tick()
        if await self.picture() != before:
            raise Deviation("something moved although it was HALTED")
        self.add(Step.refused, "every tick ran: no wallet, transfer, placement or channel is other than before")

    def tries(self, scene: Scene, *, money: bool) -> list[Try]:
        """A hold and a release; with `money`, a deposit too, which is recorded and not credited."""

        async def deposit() -> None:
            paid = await self.house(payments.receive, ANN, 7, "XTR", f"drill-{secrets.token_hex(8)}")
            await self.house(payments.credit, paid.id)

        tries: list[Try] = [
            (f"a hold for placement {scene.drafted}", lambda: self.ann(escrow.hold, (scene.drafted,))),
            (f"the release of placement {scene.served}", lambda: self.house(escrow.release, scene.served)),
        ]
        return [*tries, ("a deposit of 7 (recorded, not credited)", deposit)] if money else tries

    # the runbook

    async def shell(self, line: str, *, status: int = 0, step: Step = Step.operator) -> str:
        """Types a line; answers what it printed. Another exit status is a deviation."""
        with unwrapped(), out.capture() as said, err.capture() as complained:
            came = await typed(self.settings, shlex.split(line)[1:], self.clock)
        printed = said.get() + complained.get()
        if came != status:
            raise Deviation(f"`{line}` ended with {came}: {printed}")
        lines = printed.strip().splitlines() or [""]
        is_table = len(lines) > 1 and "  " in lines[0]
        self.add(step, f"`{line}`: {re.sub(r'  +', ' ', lines[is_table])}")
        return printed

    async def two_admins(self, line: str, *, step: Step = Step.recovered) -> str:
        """A line that needs a Countersign: asked for by one admin, signed by the other, done by the first."""
        one, other = self.admins
        mine = f"{line} --as {one.id}"
        asked = re.search(r"asked for as number (\d+)", await self.shell(mine, status=1))
        if asked is None:
            raise Deviation(f"it asked nobody for a Countersign: `{mine}`")
        await self.shell(f"holdfast countersign sign {asked[1]} --as {other.id}")
        return await self.shell(f"{mine} --countersign {asked[1]}", step=step)

    async def halt(self, *keys: Switch) -> None:
        """What the operator halts; most of it the house has halted already."""
        for key in keys:
            await self.shell(f"holdfast switch halt {key} drill")

    async def resume(self, *keys: Switch) -> None:
        """In the order given; `money_movement` takes two admins."""
        for key in keys:
            line = f"holdfast switch resume {key} 'the drill is over'"
            if key == Switch.money_movement:
                await self.two_admins(line, step=Step.resumed)
            else:
                await self.shell(f"{line} --as {self.admins[0].id}", step=Step.resumed)

    async def clean(self) -> None:
        await self.shell("holdfast books check", step=Step.invariants)

    async def works_again(self, scene: Scene) -> None:
        """What waited is done, once; and a new booking is taken."""
        await self.ann(escrow.hold, (scene.drafted,))
        await self.work()
        status = "SELECT status FROM {} WHERE id = :id".format
        await self.expect("what was due is paid", status("escrows"), "released", id=scene.served)
        await self.expect("what was queued is published", status("post_jobs"), "success", id=scene.queued)
        await self.expect("what was drafted is held", status("escrows"), "held", id=scene.drafted)
        paid = "SELECT COUNT(*) FROM transfers WHERE reference_id = :id AND reason = 'payout'"
        await self.expect("payouts", paid, 1, id=scene.served)
        await self.clean()
        words = f"placement {scene.served} is paid once, {scene.queued} published, {scene.drafted} held"
        self.add(Step.worked, words)


def plain(refused: Refused) -> str:
    """A refusal in English, as the chat says it."""
    return Texts().refusal("en", refused.refusal)
