"""A whole house in one process: the sandbox for Telegram, the application on a fresh database, a clock that we move."""

import os
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import pytest_asyncio

from bot.app import App, build
from bot.sandbox import Answer, Channel, Client, Message, Person, Sandbox
from bot.settings import Environment, Settings
from bot.texts import TAGS, Text, Texts
from domain import campaigns, channels, escrow, kill_switches, post_jobs, users
from domain.action import Switch
from domain.campaigns import Content
from domain.users import LANGUAGES
from scheduler.loop import TICKS, Tick
from tests.conftest import ADMIN, OTHER_ADMIN, Clock, Sql, offences_in

TOKEN = "100000001:" + "F" * 35
WIRE = Path(os.environ.get("HOLDFAST_WIRE", ".wire"))
QUICK = timedelta(minutes=1)
"""Ticks that come round more often are part of every `Town.tick`, whether the clock was moved or not."""
MOST_ROUNDS = 20


@dataclass
class Town:
    """The people, the application and a second connection."""

    app: App
    telegram: Client
    clock: Clock
    sql: Sql
    language: str
    record: Path
    """What went over the wire."""
    ran: dict[str, datetime] = field(init=False)
    """When each tick ran last: at first when the house was opened, and had nothing to do."""

    def __post_init__(self) -> None:
        self.ran = {tick.name: self.clock() for tick in TICKS}

    async def person(self, name: str, id: int | None = None, username: str | None = None) -> Person:  # noqa: A002
        """Somebody who has started the bot."""
        person = await self.telegram.person(name, id=id, language=self.language, username=username)
        await person.say("/start")
        await self.telegram.idle()
        return person

    async def admin(self) -> Person:
        return await self.person("Olga", id=ADMIN)

    def said(self, key: str, /, **facts: object) -> str:
        """A text as it is read, without markup, in the language of this town."""
        text = self.app.texts.bind(self.language)
        return text.flat(text(key, **facts))

    def label(self, key: str, /, **facts: object) -> str:
        return self.app.texts.bind(self.language).plain(key, **facts)

    async def say(self, person: Person, words: str) -> Message:
        """Says something, waits until the bot has nothing more to do, and answers its newest message."""
        await person.say(words)
        return await self.newest(person)

    async def tap(self, person: Person, label: str, /, **facts: object) -> Answer | None:
        """Presses the newest button with this label, given by its key."""
        answer = await person.tap(self.label(label, **facts))
        await self.telegram.idle()
        return answer

    async def newest(self, person: Person) -> Message:
        """The bot's newest message, once it has nothing more to do."""
        await self.telegram.idle()
        return next(m for m in reversed((await person.chat()).messages) if m.by_bot)

    async def open_everything(self) -> None:
        """All switches exist and are ENABLED. That wakes every tick; here nothing has waited for it."""
        admin = self.app.gate.user(ADMIN)
        await admin(kill_switches.init)
        await admin(kill_switches.resume, list(Switch), "test")
        for bell in self.app.loop.bells.bells.values():
            bell.clear()

    async def halt(self, *keys: Switch) -> None:
        await self.app.gate.user(ADMIN)(kill_switches.halt, list(keys), "test")

    async def resume(self, *keys: Switch) -> None:
        await self.app.gate.user(ADMIN)(kill_switches.resume, list(keys), "test")

    async def tick(self) -> None:
        """Every tick whose period is over, the quick ones always; then, until nothing is left to do, those that were woken."""
        for tick in TICKS:
            if tick.every < QUICK or self.clock() - self.ran[tick.name] >= tick.every:
                await self.run(tick)
        await self.drain()

    async def drain(self) -> None:
        """The ticks that acts have woken, and those that found something to do, until there are none."""
        for _ in range(MOST_ROUNDS):
            await self.telegram.idle()
            woken = [tick for tick in TICKS if self.app.loop.bells.bells[tick.name].is_set()]
            if not woken:
                return
            for tick in woken:
                await self.run(tick)
        raise AssertionError(f"these come again and again: {[tick.name for tick in woken]}")

    async def run(self, tick: Tick) -> None:
        """One round of one tick, as the scheduler has it."""
        self.ran[tick.name] = self.clock()
        await self.app.loop.turn(tick)

    async def hours(self, many: int) -> None:
        """Hour by hour, looking at posts as they become due; at the end every tick."""
        (looks,) = (tick for tick in TICKS if tick.due == post_jobs.soonest_look)
        end, hour = self.clock() + timedelta(hours=many), timedelta(hours=1)
        while due := await self.app.gate.system("test").ask(post_jobs.soonest_look):
            steps = max(1, -(-(due - self.clock()) // hour))
            if self.clock() + steps * hour > end:
                break
            self.clock.forward(hours=steps)
            await self.run(looks)
            await self.drain()
        self.clock.at = end
        await self.tick()

    async def listed(
        self, owner: Person, price: int = 400, hours: int = 24, title: str = "Tech Daily", early: str = "nothing"
    ) -> Channel:
        """A channel of `owner`, who let the bot in and offers it."""
        channel = await self.telegram.channel(title, owner=owner, username=title.replace(" ", ""), subscribers=1200)
        await channel.promote(by=owner)
        await self.telegram.idle()
        number = self.sql.one("SELECT id FROM channels WHERE chat_id = :id", id=channel.id)
        await self.app.gate.user(owner.id)(channels.offer, number, price, hours, proportional=early == "part")
        return channel

    async def listed_in_the_chat(self, owner: Person, hours: int = 24, title: str = "Tech Daily") -> Channel:
        """A channel of `owner`, added and offered for 400 through the chat."""
        channel = await self.telegram.channel(title, owner=owner, username=title.replace(" ", ""), subscribers=1200)
        await self.say(owner, "/addchannel")
        await owner.share(channel)
        await self.telegram.idle()
        await self.say(owner, "400")
        done = await self.say(owner, str(hours))
        if hours:
            await self.tap(owner, "offer-early-nothing")
            done = await self.newest(owner)
        assert title in done.text
        assert self.sql.one("SELECT status FROM channels WHERE chat_id = :id", id=channel.id) == "listed"
        return channel

    async def funded(self, person: Person, amount: int = 1000) -> None:
        """Paid for in the chat, since Telegram keeps a book of it too."""
        await self.say(person, f"/deposit {amount}")
        await person.pay(balance=amount)
        await self.drain()
        await person.sees(self.said("notice-deposit-credited", amount=amount))

    async def drafted(self, person: Person, post: str = "Buy our tea") -> None:
        """A post without buttons, up to its preview."""
        await self.say(person, "/new")
        await self.say(person, post)
        await self.tap(person, "order-skip")

    async def confirming(self, person: Person, post: str = "Buy our tea", title: str = "Tech Daily") -> Message:
        """An order for as soon as it is approved, up to the confirmation."""
        await self.drafted(person, post)
        await self.tap(person, "order-go-on")
        await person.tap(title)
        if self.sql.one("SELECT time_zone FROM users WHERE id = :id", id=person.id) is None:
            await person.tap("Europe/Moscow")
        await self.tap(person, "order-now")
        return await self.newest(person)

    async def booked(
        self, person: Person, post: str = "Buy our tea", title: str = "Tech Daily", price: int = 400
    ) -> int:
        """Booked for as soon as it is approved, and its publisher asked; answers the placement's number."""
        do = self.app.gate.user(person.id)
        await do(users.settle, time_zone="Europe/Moscow")
        channel = self.sql.one("SELECT id FROM channels WHERE title = :title", title=title)
        campaign = await do(campaigns.draft, Content(text=post))
        placement = await do(campaigns.place, campaign.id, channel, None)
        assert placement.price == price
        await do(escrow.hold, (placement.id,))
        await self.drain()
        return int(placement.id)

    async def booked_in_the_chat(self, person: Person, post: str = "Buy our tea") -> int:
        """The same, ordered and confirmed in the chat."""
        await self.confirming(person, post)
        await self.tap(person, "order-yes", price=400)
        await self.tick()
        return int(self.sql.one("SELECT MAX(id) AS id FROM escrows"))

    def balance(self, person: Person) -> int:
        wallet = f"user:{person.id}:XTR"
        return int(self.sql.one("SELECT COALESCE(MAX(balance), 0) AS b FROM wallets WHERE id = :id", id=wallet))

    def sql_moment(self, column: str, placement: int) -> datetime:
        """A moment of its job."""
        found = self.sql.one(f"SELECT {column} FROM post_jobs WHERE id = :id", id=placement)
        return found if isinstance(found, datetime) else datetime.fromisoformat(found)

    def status(self, placement: int) -> tuple[str, str, str]:
        """Of its escrow, its job and its money."""
        (row,) = self.sql(
            "SELECT e.status AS escrow, j.status AS job, t.status AS target FROM campaign_targets t"
            " JOIN escrows e ON e.id = t.id JOIN post_jobs j ON j.id = t.id WHERE t.id = :id",
            id=placement,
        )
        return row["escrow"], row["job"], row["target"]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A flow is in one language, half of them in each; in both if it is marked so, or if HOLDFAST_LANGUAGES says `both`."""
    if "language" not in metafunc.fixturenames:
        return
    in_both = "both_languages" in {mark.name for mark in metafunc.definition.iter_markers()}
    if in_both or os.environ.get("HOLDFAST_LANGUAGES") == "both":
        metafunc.parametrize("language", LANGUAGES)
    else:
        metafunc.parametrize("language", [LANGUAGES[crc32(metafunc.definition.nodeid.encode()) % len(LANGUAGES)]])


@pytest.fixture(autouse=True)
def said_in_every_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the bot says in a flow can be said in the other languages too, with the same facts and the same markup."""
    said, bundles = Text._said, Texts().bundles

    def everywhere(text: Text, key: str, facts: Mapping[str, Any]) -> str:
        words = said(text, key, facts)
        for other, bundle in bundles.items():
            if other != text.language:
                theirs = said(replace(text, bundle=bundle, language=other), key, facts)
                assert sorted(TAGS.findall(theirs)) == sorted(TAGS.findall(words)), f"{key}: other markup in {other}"
        return words

    monkeypatch.setattr(Text, "_said", everywhere)


async def town_of(address: str, language: str, name: str, **given: Any) -> AsyncIterator[Town]:
    clock = Clock()
    (WIRE / f"{name}.jsonl").unlink(missing_ok=True)
    async with Sandbox(now=clock, record=WIRE / f"{name}.jsonl") as sandbox, Client(sandbox.api) as telegram:
        settings = Settings(
            _env_file=None,
            bot_token=TOKEN,
            bot_api=sandbox.api,
            database_url=address,
            admins=frozenset({ADMIN, OTHER_ADMIN}),
            **given,
        )
        app = build(settings, now=clock, rates=None)
        async with app.running():
            yield Town(app, telegram, clock, Sql(address), language, WIRE / f"{name}.jsonl")
            offences = await offences_in(app.database, clock())
        assert offences == []


def name_of(request: pytest.FixtureRequest) -> str:
    return re.sub(r"\W+", "-", request.node.nodeid.removeprefix("tests/"))


@pytest_asyncio.fixture
async def town(sqlite_address: str, language: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """In its language, on SQLite."""
    async for town in town_of(sqlite_address, language, name_of(request)):
        yield town


@pytest_asyncio.fixture
async def city(address: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """In English, on each database."""
    async for town in town_of(address, "en", name_of(request)):
        yield town


@pytest_asyncio.fixture
async def capital(sqlite_address: str, language: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """In production, where some acts take two admins; in its language, on SQLite."""
    given = {"environment": Environment.production, "verdict_limit": 399}
    async for town in town_of(sqlite_address, language, name_of(request), **given):
        yield town


@pytest_asyncio.fixture
async def metropolis(address: str, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    """In production, in English, on each database."""
    given = {"environment": Environment.production, "verdict_limit": 399}
    async for town in town_of(address, "en", name_of(request), **given):
        yield town
