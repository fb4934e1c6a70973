"""How fast a backlog drains: many due posts, each in a channel of its own, against a local Telegram that keeps its limits.

`python -m tests.scheduler.drain --posts 3000 --database postgresql --workers 2` prints the figure, of real worker processes that
share the pace through Redis. Telegram allows 30 a second to each bot; with `--bots 2` every other channel is published to by a
second one.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer

from bot.rate import Everyones, Pace
from bot.sandbox import Client, Fault, Sandbox
from bot.shared import Shared
from bot.telegram import Adapter
from domain import escrow
from domain.notices import Notice
from scheduler.loop import GAP, TICKS, Loop
from storage.database import Database
from tests import story
from tests.conftest import ADMIN, Clock, House, Sql, apps, founded, gate_of, migrated
from tests.processes import TOKEN, holdfast, until
from tests.servers import Postgres, Valkey
from tests.story import ANN, BOB

ALLOWED = 30.0
CHANNELS = """INSERT INTO channels (chat_id, title, status, owner_id, subscribers, inspected_at, created_at)
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :many)
  SELECT chat_id - i, title, 'pending', owner_id, subscribers, inspected_at, created_at FROM channels, n"""
TARGETS = """INSERT INTO campaign_targets (campaign_id, creative_id, channel_id, publisher_id, status, approval, price,
    currency, fee_bps, hours, pin, version, created_at)
  SELECT campaign_id, creative_id, c.id, publisher_id, t.status, approval, price, currency, fee_bps, hours, pin, version,
    t.created_at FROM campaign_targets t, channels c WHERE c.id <> t.channel_id ORDER BY c.id"""
FIRST = -1_000_000_000
COURIERS = tuple(f"{200_000_000 + i}:" + "C" * 35 for i in range(1, 10))


def number(token: str) -> int:
    """The bot's."""
    return int(token.partition(":")[0])


@dataclass
class Drained:
    """What came of it."""

    posts: int
    seconds: float
    refused: int
    """429s."""
    order: list[int]
    """The placements in the order in which Telegram got them."""
    bots: int = 1

    @property
    def allowed(self) -> float:
        return self.bots * ALLOWED

    @property
    def rate(self) -> float:
        """Posts a second, but for those that may go out in the first moment."""
        return (self.posts - self.allowed) / self.seconds

    @property
    def displaced(self) -> int:
        """By how many places the post that was most out of order was."""
        return max(
            abs(place - number) for place, number in enumerate(sorted(range(self.posts), key=self.order.__getitem__))
        )

    def __str__(self) -> str:
        return (
            f"{self.posts} posts in {self.seconds:.1f} s: {self.rate:.2f}/s, {self.rate / self.allowed:.3f} of what is allowed;"
            f" {self.refused} times told to wait, at most {self.displaced} places out of order"
        )


async def queue(house: House, posts: int, bots: int = 1) -> None:
    """So many approved placements, due now, in as many channels (FIRST and down), which the bots share."""
    await story.people(house)
    await story.switches(house, *story.Switch)
    await story.fund(house, ANN, 10 * posts, "c1")
    placed = await story.channel(house, price=10, chat_id=FIRST)
    await story.draft(house, placed)
    if posts > 1:
        house.sql(CHANNELS, many=posts - 1)
    house.sql("UPDATE channels SET status = 'listed' WHERE status = 'pending'")
    for place, token in enumerate(COURIERS[: bots - 1], start=1):
        rest = "(:first - chat_id) - (:first - chat_id) / :bots * :bots"
        mine = f"UPDATE channels SET courier_id = :bot WHERE {rest} = :place"
        house.sql(mine, bot=number(token), first=FIRST, bots=bots, place=place)
    house.sql(TARGETS)
    ids = [row["id"] for row in house.sql("SELECT id FROM campaign_targets ORDER BY id")]
    for first in range(0, posts, 50):
        await house.gate.user(ANN)(escrow.hold, tuple(ids[first : first + 50]))
    house.sql("UPDATE campaign_targets SET approval = 'approved', decided_at = created_at")
    house.sql("UPDATE post_jobs SET due_at = created_at")


@asynccontextmanager
async def telegram_of(
    posts: int, record: Path, latency: float = 0.0, bots: int = 1, most: int = int(ALLOWED)
) -> AsyncIterator[str]:
    """A local Telegram that keeps its limits, with the channels of so many posts in it; answers its address."""
    async with Sandbox(limits=True, most=most, record=record) as sandbox, Client(sandbox.api) as telegram:
        for token in (TOKEN, *COURIERS[: bots - 1]):
            await telegram.add_bot(token)
        bob = await telegram.person("Bob", id=BOB)
        for place in range(posts):
            channel = await telegram.channel(f"Channel {place}", owner=bob, id=FIRST - place)
            await channel.promote()
            if place % bots:
                await channel.promote(bot=number(COURIERS[place % bots - 1]))
        if latency:
            await telegram.fault("sendMessage", Fault.SLOW, forever=True, seconds=latency)
        yield sandbox.api


@dataclass
class Watched:
    """What a local Telegram was sent, read off its record as it grows."""

    record: Path
    read: int = 0
    refused: int = 0
    order: list[int] = field(default_factory=list)
    """The placements whose posts it took, in their order."""
    by: list[int | None] = field(default_factory=list)
    """Which bot sent each of them, where there are several."""

    def look(self) -> int:
        """How many posts it has taken by now."""
        self.record.touch()
        with self.record.open("rb") as file:
            file.seek(self.read)
            lines = file.read().split(b"\n")
        self.read += sum(len(line) + 1 for line in lines[:-1])
        for line in lines[:-1]:
            call = json.loads(line)
            self.refused += (call.get("response") or {}).get("error_code") == 429
            if (
                call.get("method") == "sendMessage"
                and call["response"]["ok"]
                and int(call["params"]["chat_id"]) <= FIRST
            ):
                self.order.append(FIRST - int(call["params"]["chat_id"]))
                self.by.append(call.get("bot"))
        return len(self.order)


@contextmanager
def workers(house: House, api: str, many: int, redis: str = "", bots: int = 1) -> Iterator[None]:
    """So many processes of the scheduler."""
    settings = {"bot_token": TOKEN, "bot_api": api, "admins": f"{ADMIN},{ADMIN + 1}", "database_url": house.address}
    settings |= {"redis_url": redis} if redis else {}
    settings |= {"courier_tokens": ",".join(COURIERS[: bots - 1])} if bots > 1 else {}
    with ExitStack() as stack:
        for _ in range(many):
            stack.enter_context(holdfast("run", "--only", "scheduler", **settings))
        yield


async def work(
    house: House, posts: int, folder: Path, many: int, *, latency: float = 0.0, redis: str = "", bots: int = 1
) -> Drained:
    """Real processes publish them all, and pay for them: from the first post that Telegram took to the last."""
    house.clock.at = datetime.now(UTC)
    await queue(house, posts, bots)
    watched = Watched(folder / "wire.jsonl")
    async with telegram_of(posts, watched.record, latency, bots) as api:
        watched.look()
        with workers(house, api, many, redis, bots):
            await until(lambda: watched.look() > 0, "they work", 120)
            began = time.monotonic()
            await until(lambda: watched.look() >= posts, "all are published", 60 + posts / 10)
            seconds = time.monotonic() - began
    return Drained(posts, seconds, watched.refused, watched.order, bots)


async def drain(house: House, posts: int, folder: Path, *, latency: float = 0.0, redis: str | None = None) -> Drained:
    """The posting tick of this process publishes them all."""
    await queue(house, posts)
    watched = Watched(folder / "drain.jsonl")
    async with telegram_of(posts, watched.record, latency) as api:
        bot = Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(api)))
        shared = Shared.at(redis) if redis else None
        pace = Pace(bot.id, Everyones(shared) if shared else None)
        bot.session.middleware(pace)
        loop = Loop(house.gate.system, Adapter(bot, _nobody, pace=pace), house.clock)
        (posting,) = [tick for tick in TICKS if tick.name == "posting"]
        began = time.monotonic()
        while await loop.run(posting):  # noqa: ASYNC110  (it works in between)
            await asyncio.sleep(GAP.total_seconds())
        seconds = time.monotonic() - began - GAP.total_seconds()
        await bot.session.close()
        if shared:
            await shared.close()
    watched.look()
    return Drained(posts, seconds, watched.refused, watched.order)


async def _nobody(notice: Notice) -> int:
    raise AssertionError("nobody is told of anything here")


@asynccontextmanager
async def opened(address: str) -> AsyncIterator[House]:
    """A house in an empty database, made by the owner and run as the application."""
    await migrated(address)
    database, clock = Database(apps(address)), Clock()
    yield House(gate_of(database, clock), clock, Sql(address), apps(address))
    await database.close()


async def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="hf-drain-") as folder:
        servers: list[Postgres | Valkey] = []
        address, redis = f"sqlite:///{folder}/drain.db", ""
        try:
            if options.database == "postgresql":
                servers.append(postgres := Postgres(durable=True).start())
                address = founded(postgres, "drain")
            if options.redis:
                servers.append(valkey := Valkey().start())
                redis = valkey.address
            async with opened(address) as house:
                how = {"latency": options.latency, "redis": redis, "bots": options.bots}
                came = await work(house, options.posts, Path(folder), options.workers, **how)
        finally:
            for server in servers:
                server.stop()
    sys.stdout.write(f"{came}\n")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.scheduler.drain", description="How fast a backlog drains.")
    parser.add_argument("--posts", type=int, default=3000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--workers", type=int, default=1, help="how many worker processes")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds that Telegram takes for each call")
    parser.add_argument("--bots", type=int, default=1, help="how many bots publish")
    parser.add_argument("--redis", action="store_true", help="share the pace through Redis")
    asyncio.run(main(parser.parse_args()))
