"""Real processes that are told to stop, and a real PostgreSQL that is killed under them: nothing acknowledged is lost, nothing
is sent twice, and everybody comes back by himself."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from sqlalchemy.exc import DBAPIError

from bot.sandbox import Client, Fault, Sandbox
from domain import payments, post_jobs
from tests.conftest import ADMIN, House, founded
from tests.integration.test_post_job import Works, works  # noqa: F401  (a fixture)
from tests.processes import TOKEN, holdfast, until
from tests.scheduler.drain import FIRST, opened, queue
from tests.servers import Postgres, Valkey
from tests.story import ANN, BOB

KILLS = 5
PATIENCE = 1.0
"""So many seconds it waits for more posts before the next kill: those of a claim that was cut off wait for their lease."""


async def test_a_process_told_to_stop_finishes_the_call_in_hand_and_puts_back_the_rest(works: Works) -> None:  # noqa: F811
    await works.queued(many=6)
    await works.telegram.fault("sendMessage", Fault.SLOW, chat=works.channel, forever=True, seconds=1.5)
    started = "SELECT COUNT(*) FROM post_attempts WHERE status = 'started'"
    with holdfast("run", "--only", "scheduler", **works.settings) as process:
        await until(lambda: works.house.sql.one(started) == 1, "one is being sent")
        process.send_signal(signal.SIGTERM)
        await until(lambda: process.poll() is not None, "it has stopped", 120)
        assert process.returncode == 0, process.log.read_text()
    rows = works.house.sql("SELECT status, attempts, lost_leases FROM post_jobs ORDER BY id")
    assert rows[0] == {"status": "success", "attempts": 1, "lost_leases": 0}
    assert rows[1:] == [{"status": "queued", "attempts": 0, "lost_leases": 0}] * 5
    attempts = works.house.sql("SELECT status, COUNT(*) AS n FROM post_attempts GROUP BY status ORDER BY status")
    assert attempts == [{"status": "accepted", "n": 1}, {"status": "dropped", "n": 5}]
    assert len(await works.channel.published()) == 1

    await works.telegram.clear_faults()
    with holdfast("run", "--only", "scheduler", **works.settings):
        done = "SELECT COUNT(*) FROM post_jobs WHERE status = 'success'"
        await until(lambda: works.house.sql.one(done) == 6, "the next process publishes the rest", 120)
    assert len(await works.channel.published()) == 6


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server of one's own, whose disk is in earnest."""
    server = Postgres(durable=True).start()
    yield server
    server.stop()


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    server = Valkey().start()
    yield server
    server.stop()


@pytest_asyncio.fixture
async def durable(postgres: Postgres) -> AsyncIterator[House]:
    async with opened(founded(postgres, "durable")) as house:
        house.clock.at = datetime.now(UTC)
        yield house


async def deposits(house: House, acknowledged: set[str], stop: asyncio.Event) -> None:
    """Somebody pays, one payment after the other, and remembers what was acknowledged."""
    number = 0
    while not stop.is_set():
        number += 1
        try:
            await house.system(payments.receive, ANN, 1, "XTR", f"charge-{number}")
            acknowledged.add(f"charge-{number}")
        except (DBAPIError, OSError):
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.01)


async def test_a_killed_postgresql_loses_nothing_that_was_acknowledged_and_workers_come_back(
    durable: House, postgres: Postgres, valkey: Valkey
) -> None:
    """The whole tree at one moment, several times, while two workers publish; Redis is killed once on the way."""
    house, posts = durable, 60
    await queue(house, posts)
    acknowledged: set[str] = set()
    stop = asyncio.Event()
    async with Sandbox() as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        bob = await telegram.person("Bob", id=BOB)
        for number in range(posts):
            await (await telegram.channel(f"Channel {number}", owner=bob, id=FIRST - number)).promote()
        settings = {
            "bot_token": TOKEN,
            "bot_api": sandbox.api,
            "database_url": house.address,
            "redis_url": valkey.address,
            "admins": f"{ADMIN},{ADMIN + 1}",
        }
        sent = "SELECT COUNT(*) FROM post_attempts WHERE started_at IS NOT NULL"
        with holdfast("run", "--only", "scheduler", **settings), holdfast("run", "--only", "scheduler", **settings):
            async with asyncio.TaskGroup() as group:
                group.create_task(deposits(house, acknowledged, stop))
                await until(lambda: house.sql.one(sent) > 0, "they work", 120)
                for kill in range(1, KILLS + 1):
                    paid, begun = len(acknowledged), time.monotonic()
                    at_least = house.sql.one(sent) + posts // (2 * KILLS)
                    while len(acknowledged) == paid or (  # noqa: ASYNC110  (it works in between)
                        time.monotonic() - begun < PATIENCE and house.sql.one(sent) < at_least
                    ):
                        await asyncio.sleep(0.02)
                    postgres.kill()
                    if kill == 2:
                        valkey.kill()
                    postgres.start()
                stop.set()
            ended = "SELECT COUNT(*) FROM post_jobs WHERE status NOT IN ('queued', 'sending')"
            open_ = "SELECT COUNT(*) FROM post_jobs j WHERE status = 'queued' OR status = 'sending' AND EXISTS (%s)"
            lost = "SELECT 1 FROM post_attempts a WHERE a.post_job_id = j.id AND a.status = 'prepared'"
            house.clock.at = (
                datetime.now(UTC) + house.gate.terms.lease
            )  # of those leases alone that the kills left behind
            await until(lambda: house.sql.one(open_ % lost) == 0 or house.sql.one(ended) > 0, "they work again", 120)
            for _ in range(60):
                await house.system(post_jobs.expire_leases)
                if house.sql.one(ended) == posts:
                    break
                await asyncio.sleep(0.5)
        assert house.sql.one(ended) == posts
        published = {chat: many for chat, many in (await telegram.counts()).items() if chat <= FIRST and many}
    assert set(published.values()) == {
        1
    }  # nobody has it twice; a start whose answer was lost is not followed by a call
    success = {row["chat_id"] for row in house.sql("SELECT chat_id FROM post_jobs WHERE status = 'success'")}
    assert success <= set(published)
    others = house.sql("SELECT status, failure, last_error FROM post_jobs WHERE status NOT IN ('success', 'uncertain')")
    assert others == []
    assert acknowledged
    kept = {row["charge_id"] for row in house.sql("SELECT charge_id FROM deposits")}
    assert acknowledged <= kept
