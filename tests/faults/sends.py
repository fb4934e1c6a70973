"""Faults of Telegram: orders are held, approved, published and settled while calls fail in every way the sandbox knows.

Whatever was lost, in the end the sandbox has counted exactly one message for each job that succeeded and none for any other,
no job is left without an end, every escrow went where its job says, and the books are clean. The clock moves; nothing sleeps.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot import evidence, posts
from bot.evidence import SearchingAdapter
from bot.sandbox import Channel, Client, Fault, Sandbox
from domain import campaigns, checks, escrow, kill_switches, post_jobs
from domain.action import Switch
from domain.campaigns import Content
from domain.errors import Refused
from domain.notices import Notice
from domain.post_jobs import Status
from scheduler import posting, searching, settlement, watchdogs
from tests import story
from tests.conftest import ADMIN, Clock, House
from tests.faults.worlds import offences, opened
from tests.processes import TOKEN
from tests.story import ANN, BOB

SECONDS = 0.25
"""How long a call may take here, so that what hangs is soon over."""
PRICE = 100
KILLED = "killed"
"""A worker that is lost after it started: before the call, or after it."""
FAULTS: tuple[str, ...] = (*(fault for fault in Fault if fault is not Fault.REFUSED), Fault.REFUSED, KILLED)
LOOKS = ("forwardMessage", "forwardMessage", "getChat", "editMessageReplyMarkup", "deleteMessages")
TROUBLES = (
    Fault.TOO_MANY_REQUESTS,
    Fault.SERVER_ERROR,
    Fault.BAD_GATEWAY,
    Fault.RESET,
    Fault.TRUNCATED_AFTER_ACCEPTING,
)


@dataclass
class Sends:
    """What was tried, and what came of it."""

    tried: Counter[str] = field(default_factory=Counter)
    jobs: Counter[str] = field(default_factory=Counter)
    judged: int = 0
    """Jobs that a person had to decide."""
    searches: int = 0

    @property
    def faults(self) -> int:
        return sum(self.tried.values())


@dataclass
class Stage:
    house: House
    telegram: Client
    adapter: SearchingAdapter
    channels: list[Channel]
    numbers: list[int]
    rng: random.Random
    sends: Sends = field(default_factory=Sends)

    async def order(self, jobs: int) -> None:
        """So many placements, booked and approved; some have the same post in the same channel."""
        ann, bob, made = self.house.gate.user(ANN), self.house.gate.user(BOB), 0
        while made < jobs:
            words = f"Buy our tea, number {self.rng.randrange(max(2, jobs // 6))}"
            campaign = (await ann(campaigns.draft, Content(text=words))).id
            ids = [(await ann(campaigns.place, campaign, channel, None)).id for channel in self.numbers]
            await ann(escrow.hold, tuple(ids))
            for target in ids:
                await bob(story.approvals.approve, target, 1)
            made += len(ids)

    async def publish(self, jobs: int) -> None:
        """Rounds of publishing, each call with a fault of its own, until nothing is queued any more."""
        left = [FAULTS[n % len(FAULTS)] for n in range(jobs)]
        self.rng.shuffle(left)
        while self.house.sql.one("SELECT COUNT(*) AS n FROM post_jobs WHERE status IN ('queued', 'sending')"):
            planned, left = left[: posting.BATCH], left[posting.BATCH :]
            await self._lose_workers(planned.count(KILLED))
            await self._refuse(planned.count(Fault.REFUSED))
            for fault in planned:
                await self._plan(fault)
            await posting.publish_due(self.house.system, self.adapter)
            unmet = [str(plan["fault"]) for plan in (await self.telegram.call("state"))["faults"]]
            await self.telegram.clear_faults()
            self.sends.tried.update(planned)
            self.sends.tried.subtract(unmet)
            left += unmet
            self.house.clock.forward(seconds=31)
            await watchdogs.expire_leases(self.house.system, self.adapter)
            await self.house.gate.user(ADMIN)(kill_switches.resume, [Switch.telegram_posting], "a 401 halted it")
            assert self.house.clock() < story_end(self.house), "something is never published"

    async def _plan(self, fault: str) -> None:
        if fault in (KILLED, Fault.REFUSED):
            return
        channel = self.rng.choice(self.channels)
        more: dict[str, Any] = {"chat": channel, "migrate_to": channel.id} if fault == Fault.MIGRATED else {}
        slow = SECONDS / 5 if fault == Fault.SLOW else 30
        await self.telegram.fault(
            "sendMessage", Fault(fault), seconds=slow, retry_after=self.rng.randint(1, 30), **more
        )

    async def _lose_workers(self, many: int) -> None:
        if not many:
            return
        duties = await self.house.system(post_jobs.claim, many)
        self.sends.tried[KILLED] -= many - len(duties)
        for duty in duties:
            call = self.adapter.prepare(duty.chat_id, duty.content, silent=duty.silent)
            await self.house.system(post_jobs.start, duty.id, duty.token)
            if self.rng.random() < 0.5:
                await call()
        self.house.clock.forward(minutes=3)
        await watchdogs.expire_leases(self.house.system, self.adapter)

    async def _refuse(self, many: int) -> None:
        """Nobody listens at Telegram's address."""
        if not many:
            return
        await self.telegram.fault("*", Fault.REFUSED, forever=True)
        came = await posting.publish_due(self.house.system, self.adapter)
        self.sends.tried[Fault.REFUSED] -= max(0, many - came)
        await self.telegram.clear_faults()
        self.house.clock.forward(seconds=20)

    async def search(self) -> None:
        """Searches with the clock moved, some of whose calls fail; what nobody can see, a person decides by what is there."""
        for _ in range(60):
            for _ in range(self.rng.randrange(3)):
                await self.telegram.fault(self.rng.choice(LOOKS), self.rng.choice(TROUBLES))
            self.sends.searches += await searching.search_posts(self.house.system, self.adapter)
            self.house.clock.forward(minutes=self.rng.choice([1, 5, 20]))
        await self.telegram.clear_faults()
        for row in self.house.sql("SELECT id, chat_id FROM post_jobs WHERE status = 'uncertain'"):
            await self._judge(row["id"])
        for _ in range(12):
            self.sends.searches += await searching.search_posts(self.house.system, self.adapter)
            self.house.clock.forward(hours=3)

    async def _judge(self, job: int) -> None:
        (row,) = self.house.sql(
            "SELECT c.chat_id, r.content FROM campaign_targets t JOIN channels c ON c.id = t.channel_id"
            " JOIN creatives r ON r.id = t.creative_id WHERE t.id = :job",
            job=job,
        )
        channel = next(channel for channel in self.channels if channel.id == row["chat_id"])
        own = {
            r["message_id"] for r in self.house.sql("SELECT message_id FROM post_jobs WHERE chat_id = :c", c=channel.id)
        }
        there = [p.id for p in await channel.posts() if p.by_bot and p.id not in own and p.text in str(row["content"])]
        to, message = (Status.success, there[0]) if there else (Status.failed, None)
        await self.house.gate.user(ADMIN)(checks.verdict, job, to, "looked into the channel", message)
        self.sends.judged += 1

    async def settle(self) -> None:
        for _ in range(3):
            await settlement.release_served(self.house.system, self.adapter)
            await settlement.refund_failed(self.house.system, self.adapter)

    async def check(self) -> None:
        """At most one message a job, no job without an end, the money where the jobs say."""
        jobs = self.house.sql("SELECT status, chat_id, message_id FROM post_jobs")
        self.sends.jobs.update(str(job["status"]) for job in jobs)
        assert set(self.sends.jobs) <= {"success", "failed"}, self.sends
        for channel in self.channels:
            published = await channel.published()
            ours = sorted(post.id for post in published if post.by_bot)
            assert ours == sorted(job["message_id"] for job in jobs if job["chat_id"] == channel.id), self.sends
            assert [post.id for post in published if post.deleted] == []
        ends = "SELECT e.status || '/' || j.status AS ends FROM escrows e JOIN post_jobs j ON j.id = e.id"
        assert {row["ends"] for row in self.house.sql(ends)} <= {"released/success", "refunded/failed"}
        paid = self.sends.jobs["success"]
        assert story.balance(self.house, f"user:{BOB}:XTR") == paid * PRICE * 9 // 10
        assert story.balance(self.house, "fees:XTR") == paid * PRICE // 10
        spent = self.house.sql.one("SELECT SUM(amount) FROM transfers WHERE reason = 'deposit'") - paid * PRICE
        assert story.balance(self.house, f"user:{ANN}:XTR") == spent
        assert await offences(self.house) == []


def story_end(house: House) -> Any:
    """Well before the deadline of what was approved at noon."""
    return Clock().at + timedelta(minutes=110)


@asynccontextmanager
async def staged(address: str, jobs: int, rng: random.Random) -> AsyncIterator[Stage]:
    """A house, a Telegram with three channels that have posts, and an evidence chat."""
    async with opened(address) as house:
        house = replace(house, gate=replace(house.gate, terms=replace(house.gate.terms, search_gap=5)))
        async with Sandbox(now=house.clock) as sandbox, Client(sandbox.api) as telegram:
            await telegram.add_bot(TOKEN)
            people = [await telegram.person(name, id=number) for name, number in (("Bob", BOB), ("Olga", ADMIN))]
            await people[1].say("/start")
            bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(sandbox.api), timeout=2))

            async def send(notice: Notice) -> int:
                raise AssertionError("no notice is sent here")

            await story.people(house)
            await story.switches(house, *Switch)
            await story.fund(house, ANN, PRICE * (jobs + 10), "c1")
            channels, numbers = [], []
            for title in ("Tea", "Coffee", "Milk"):
                channel = await telegram.channel(title, owner=people[0], username=f"{title}_daily")
                await channel.promote()
                numbers.append(await story.channel(house, price=PRICE, chat_id=channel.id))
                await house.system(post_jobs.saw, channel.id, await channel.post(f"{title} is good"))
                channels.append(channel)
            try:
                yield Stage(house, telegram, SearchingAdapter(bot, send, ADMIN), channels, numbers, rng)
            finally:
                await bot.session.close()


async def send_under_faults(address: str, jobs: int, rng: random.Random) -> Sends:
    """One run over a fresh database: `jobs` faults, at least one a job until they are used up."""
    waits = posts.SEND_SECONDS, evidence.SEND_SECONDS
    posts.SEND_SECONDS = evidence.SEND_SECONDS = SECONDS  # type: ignore[assignment]
    try:
        async with staged(address, jobs, rng) as stage:
            await stage.order(jobs)
            await stage.publish(jobs)
            await stage.search()
            await stage.settle()
            await stage.check()
            return stage.sends
    except Refused as refused:
        raise AssertionError(f"refused: {refused.refusal}") from refused
    finally:
        posts.SEND_SECONDS, evidence.SEND_SECONDS = waits
