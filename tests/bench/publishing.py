"""The parts of the benchmark that publish: cycles of claim, start and record beside other queues, a backlog, and lone posts."""

import asyncio
import math
import random
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from domain import books
from storage.database import Database
from tests.bench.figures import Figures, Target
from tests.bench.ground import Ground
from tests.bench.world import World
from tests.conftest import Clock, House, Sql, gate_of
from tests.processes import until
from tests.scheduler.drain import FIRST, Watched, queue, telegram_of, work, workers
from tests.servers import Valkey

ROOT = Path(__file__).parents[2]
PEOPLE = 400
TOKEN_RATE = 30
"""What one token may send in a second."""
MESSAGES = 1_000_000_000


@contextmanager
def cycler(address: str, number: int) -> Iterator["subprocess.Popen[str]"]:
    """A worker process that has said that it is ready."""
    command = [sys.executable, "-m", "tests.bench.cycling", address, str(number * MESSAGES)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        try:
            _line(process)
            yield process
        finally:
            process.stdin.close()
            process.wait()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout
    line = process.stdout.readline()
    if not line:
        raise RuntimeError("a worker of the benchmark has ended")
    return line


def cycled(workers: "list[subprocess.Popen[str]]", seconds: float) -> float:
    """Cycles a second of all of them together."""
    for worker in workers:
        assert worker.stdin
        worker.stdin.write(f"{seconds}\n")
        worker.stdin.flush()
    total = 0.0
    for worker in workers:
        done, took = _line(worker).split()
        total += int(done) / float(took)
    return total


async def cycles(ground: Ground) -> Figures:
    """How many posts a second the queue itself brings from *queued* to *success*, with calls that take no time."""
    figures = Figures("Claim, start, record: cycles a second (PostgreSQL, fsync on; calls that take no time)")
    many = 1_000 if ground.quick else 60_000
    async with ground.open("cycles", World(PEOPLE, queued=many)) as bench:
        with ExitStack() as stack:
            workers = [stack.enter_context(cycler(bench.address, number)) for number in (1, 2)]
            await asyncio.to_thread(cycled, workers, ground.seconds / 4)
            for _ in range(ground.rounds):
                one = await asyncio.to_thread(cycled, workers[:1], ground.seconds)
                figures.add("one worker process", one, target=Target(20 * TOKEN_RATE))
                figures.add("two worker processes", await asyncio.to_thread(cycled, workers, ground.seconds))
                figures.add("one process / what a token may send", one / TOKEN_RATE, "x")
        figures.said.append(f"{await bench.clean()}.")
    return figures


async def drain(ground: Ground) -> Figures:
    """A backlog of due posts against a local Telegram that keeps its limits."""
    posts = 40 if ground.quick else 3_000
    figures = Figures(f"{posts:,} due posts, each in a channel of its own (PostgreSQL, fsync on; Telegram's limits on)")
    for many in (1, 2):
        name = f"{many} worker process" + ("es, one pace in Redis" if many > 1 else "")
        with ExitStack() as stack:
            redis = stack.enter_context(valkey()).address if many > 1 else ""
            folder = ground.folder / f"drain{many}"
            folder.mkdir()
            async with housed(ground, f"drain{many}") as house:
                came = await work(house, posts, folder, many, redis=redis)
                figures.add(f"{name}: part of what is allowed", came.rate / TOKEN_RATE, "", Target(0.98))
                figures.add(f"{name}: told to wait (429)", came.refused, "", Target(0, at_most=True))
                figures.add(f"{name}: most places out of order", came.displaced, "")
                figures.said.append(f"{name}: {await clean(house)}.")
    return figures


@asynccontextmanager
async def housed(ground: Ground, name: str) -> AsyncIterator[House]:
    """A house of its own, empty."""
    address, clock = await ground.empty(name), Clock()
    database = Database(address)
    yield House(gate_of(database, clock), clock, Sql(address), address)
    await database.close()


@contextmanager
def valkey() -> Iterator[Valkey]:
    server = Valkey().start()
    try:
        yield server
    finally:
        server.stop()


async def clean(house: House) -> str:
    """What a full check of the books says."""
    reader = house.gate.system("bench")
    offences = await reader.ask(books.check)
    return "books: clean" if not offences else f"books: {len(offences)} OFFENCES, {offences[:3]}"


async def lateness(ground: Ground) -> Figures:
    """How long after its slot a lone post is in its channel, with a real worker process and the moments drawn at random."""
    posts, apart = (4, 0.6) if ground.quick else (120, 1.5)
    figures = Figures(f"{posts} lone posts, about {apart:g} s apart (PostgreSQL, fsync on; one worker process)")
    watched = Watched(ground.folder / "late.jsonl")
    async with housed(ground, "late") as house, telegram_of(posts, watched.record) as api:
        house.clock.at = datetime.now(UTC)
        await queue(house, posts)
        house.sql("UPDATE post_jobs SET due_at = due_at + interval '1 hour', deadline = deadline + interval '1 hour'")
        watched.look()
        with workers(house, api, 1):
            beaten = "SELECT COUNT(*) FROM heartbeats WHERE name = 'posting'"
            await until(lambda: house.sql.one(beaten) == 1, "the worker works", 120)
            slots = spread(house, apart)
            sent = await seen(watched, posts)
        late = sorted((sent[number] - slot).total_seconds() for number, slot in slots.items())
        figures.add("median", statistics.median(late), " s", Target(1, at_most=True))
        figures.add("p99", late[math.ceil(0.99 * len(late)) - 1], " s", Target(1, at_most=True))
        figures.add("the latest", late[-1], " s")
        if late[0] < 0:
            raise RuntimeError(f"a post was sent {-late[0]} s before its slot")
        figures.said.append(f"{await clean(house)}.")
    return figures


SLOT = """UPDATE post_jobs j SET due_at = :slot FROM campaign_targets t JOIN channels c ON c.id = t.channel_id
  WHERE t.id = j.id AND c.chat_id = :chat"""
SOON = timedelta(seconds=5)
"""Longer than the period after which the worker looks for what is due next."""


def spread(house: House, apart: float) -> dict[int, datetime]:
    """Gives the jobs slots at random moments, in a random order; by the number of the channel."""
    numbers = [FIRST - row["chat_id"] for row in house.sql("SELECT chat_id FROM channels")]
    random.shuffle(numbers)
    first, slots = datetime.now(UTC) + SOON, {}
    for place, number in enumerate(numbers):
        slots[number] = first + timedelta(seconds=apart * (place + random.random()))
        house.sql(SLOT, slot=slots[number], chat=FIRST - number)
    return slots


async def seen(watched: Watched, posts: int) -> dict[int, datetime]:
    """When each post was seen at Telegram, within a hundredth of a second."""
    sent: dict[int, datetime] = {}
    while len(sent) < posts:
        watched.look()
        for number in watched.order[len(sent) :]:
            sent[number] = datetime.now(UTC)
        await asyncio.sleep(0.01)
    return sent
