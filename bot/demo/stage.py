"""The stage of the demo: the sandbox, the app, the people, a clock that jumps, and what was seen so far."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bot.app import App, build
from bot.demo.transcript import Transcript
from bot.sandbox import Channel, Client, Person, Sandbox
from bot.settings import load
from domain import books
from domain.base import MOMENT
from storage.database import Database

TOKEN = "700000007:" + "D" * 35
OLGA, BOB, ANN = 7001, 7002, 7003


class Deviation(Exception):
    """Something came out otherwise than the story tells."""


QUIET = 0.02
"""How long the bot must have asked for nothing to count as done, in seconds."""
MOVED = """SELECT t.key, t.source_id, t.destination_id, t.amount FROM transfers t
    JOIN ledger_entries l ON l.transfer_key = t.key AND l.wallet_id = t.source_id ORDER BY l.id"""


@dataclass
class Clock:
    """The demo's time."""

    at: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@dataclass
class Stage:
    """Every step is one line of the transcript, followed by whatever it caused."""

    app: App
    telegram: Client
    clock: Clock
    olga: Person
    bob: Person
    ann: Person
    channel: Channel
    transcript: Transcript = field(default_factory=Transcript)
    step: str = "the curtain"
    seen: dict[tuple[int, int], str] = field(default_factory=dict)
    shown: dict[tuple[int, int], set[str]] = field(default_factory=dict)
    """Every line a message ever had, so that an edit tells only what is new."""
    moved: set[str] = field(default_factory=set)

    async def say(self, who: Person, words: str) -> None:
        self.step = f"{who.name} says {words!r}"
        self.transcript.said(who.name, words)
        await who.say(words)
        await self.settle()

    async def tap(self, who: Person, label: str) -> None:
        self.step = f"{who.name} taps [{label}]"
        self.transcript.tapped(who.name, label)
        answer = await who.tap(label)
        if answer and answer.alert:
            self.transcript.alert(who.name, answer)
        await self.settle()

    async def pay(self, who: Person, stars: int) -> None:
        self.step = f"{who.name} pays {stars} Stars"
        self.transcript.tapped(who.name, f"Pay ⭐{stars}")
        await who.pay(balance=stars)
        await self.settle()

    async def share(self, who: Person, channel: Channel) -> None:
        self.step = f"{who.name} chooses the channel {channel.title}"
        self.transcript.tapped(who.name, f"Choose a channel → {channel.title}")
        await who.share(channel)
        await self.settle()

    async def delete_post(self, words: str) -> None:
        self.step = words
        post = (await self.channel.posts())[-1]
        await self.channel.delete_post(post.id)
        self.transcript.in_channel(self.channel.title, post, gone=True)

    async def later(self, words: str, **step: float) -> None:
        """The clock jumps, then every tick runs."""
        self.step = f"the clock jumps: {words}"
        self.clock.at += timedelta(**step)
        self.transcript.clock(f"{words} later: {self.clock.at:%d %B, %H:%M} UTC")
        await self.settle()

    async def settle(self) -> None:
        """Lets the bot and the scheduler finish, and tells what they did."""
        await self.telegram.idle(quiet=QUIET)
        await self.app.tick()
        while await self.rows(
            "SELECT 1 FROM notices WHERE status = 'owed' AND due_at <= :now", now=f"{self.clock():{MOMENT}}"
        ):
            await self.app.tick()
        await self._tell()

    async def _tell(self) -> None:
        for who in (self.olga, self.bob, self.ann):
            for message in (await who.chat()).messages:
                key, shown = (who.id, message.id), f"{message.text}\n{message.buttons}"
                if message.by_bot and self.seen.get(key) != shown:
                    self.transcript.answered(who.name, message, self.shown.get(key))
                self.seen[key] = shown
                self.shown.setdefault(key, set()).update(message.text.splitlines())
        for post in await self.channel.posts():
            if (self.channel.id, post.id) not in self.seen:
                self.transcript.in_channel(self.channel.title, post, gone=False)
            self.seen[self.channel.id, post.id] = post.text
        for row in await self.rows(MOVED):
            if row.key not in self.moved:
                self.transcript.moved(row.key, row.source_id, row.destination_id, row.amount)
            self.moved.add(row.key)

    async def rows(self, statement: str, **given: Any) -> list[Any]:
        return await self.app.database.read(lambda conn: list(conn.execute(text(statement), given)))

    async def expect(self, words: str, statement: str, *wanted: object, **given: Any) -> None:
        """Checks the one row that this SQL answers, and says so."""
        self.step = words
        found = [tuple(row) for row in await self.rows(statement, **given)]
        if found != [wanted]:
            raise Deviation(f"expected {[wanted]}, found {found}")
        self.transcript.fact(words)

    async def expect_balances(self, words: str, **wanted: int) -> None:
        """Checks what Ann and Bob have, what is held and what the house earned."""
        of = "COALESCE(SUM(CASE WHEN {} THEN balance END), 0)".format
        parts = of("id = :ann"), of("id = :bob"), of("kind = 'escrow'"), of("kind = 'fees'")
        statement = f"SELECT {', '.join(parts)} FROM wallets"  # noqa: S608
        amounts = wanted["ann"], wanted["bob"], wanted["held"], wanted["fees"]
        said = f"{words}: Ann {amounts[0]}, Bob {amounts[1]}, held {amounts[2]}, fees {amounts[3]}"
        await self.expect(said, statement, *amounts, ann=f"user:{ANN}:XTR", bob=f"user:{BOB}:XTR")

    async def expect_clean_books(self) -> None:
        self.step = "the books"
        if offences := await self.app.gate.system("demo").ask(books.check):
            raise Deviation("\n".join(f"{o.invariant} {o.subject}: {o.detail}" for o in offences))


@asynccontextmanager
async def open_stage(folder: Path) -> AsyncIterator[Stage]:
    """Sandbox, bot and scheduler in this process, on a fresh SQLite file; no token, no Redis, no network."""
    clock, address = Clock(), f"sqlite:///{folder}/demo.db"
    database = Database(address)
    await database.migrate()
    await database.close()
    async with Sandbox(now=clock) as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        settings = load(
            _env_file=None,
            bot_token=TOKEN,
            courier_tokens=(),
            bot_api=sandbox.api,
            database_url=address,
            admins=frozenset({OLGA}),
            environment="sandbox",
            redis_url=None,
            webhook_url=None,
            fee_bps=1000,
            answer_hours=24,
        )
        app = build(settings, now=clock, rates=None)
        async with app.running("bot"):
            people = [await telegram.person(name, id=i) for name, i in (("Olga", OLGA), ("Bob", BOB), ("Ann", ANN))]
            olga, bob, ann = people
            channel = await telegram.channel("Tech Daily", owner=bob, username="techdaily", subscribers=12_400)
            yield Stage(app, telegram, clock, olga, bob, ann, channel)
