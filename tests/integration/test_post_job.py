"""INT-PJ-01: a real worker process against the sandbox over HTTP. The escrow follows the job's outcome, whatever it is."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
import pytest_asyncio

from bot.sandbox import Channel, Client, Fault, Sandbox
from domain import escrow, kill_switches
from domain.action import Switch
from tests import story
from tests.conftest import ADMIN, House, superusers
from tests.faults.worlds import BUSY
from tests.processes import TOKEN, Process, holdfast, until
from tests.scheduler.conftest import wire
from tests.story import ANN, BOB, Placement


@dataclass
class Works:
    """A house, a local Telegram, and the settings with which a worker process finds both."""

    house: House
    telegram: Client
    channel: Channel
    settings: dict[str, object]

    async def queued(self, many: int = 1) -> list[Placement]:
        """Approved placements, the jobs queued and the money held, with everything ENABLED."""
        house = self.house
        await story.people(house)
        await story.switches(house, *Switch)
        await story.fund(house, ANN, 400 * many, "c1")
        placed = await story.channel(house, chat_id=self.channel.id)
        placements = [await story.draft(house, placed) for _ in range(many)]
        for placement in placements:
            await house.gate.user(ANN)(escrow.hold, (placement.id,))
            await story.approve(house, placement)
        return placements

    def is_writing(self) -> bool:
        """Does anybody else hold a transaction open just now? On PostgreSQL only the superuser is told."""
        if self.house.address.startswith("sqlite"):
            with closing(sqlite3.connect(self.house.address.removeprefix("sqlite:///"), timeout=0)) as conn:
                try:
                    conn.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    return True
                conn.rollback()
                return False
        with psycopg.connect(superusers(self.house.address), autocommit=True) as conn:
            return conn.execute(BUSY).fetchone() is not None

    def states(self) -> tuple[str, str, str]:
        (row,) = self.house.sql(
            """SELECT j.status AS job, e.status AS escrow, t.status AS target FROM post_jobs j
               JOIN escrows e ON e.id = j.id JOIN campaign_targets t ON t.id = j.id"""
        )
        return row["job"], row["escrow"], row["target"]


@pytest_asyncio.fixture
async def works(house: House, request: pytest.FixtureRequest) -> AsyncIterator[Works]:
    house.clock.at = datetime.now(UTC)
    async with Sandbox(record=wire(request)) as sandbox, Client(sandbox.api) as telegram:
        await telegram.add_bot(TOKEN)
        for user_id in (ANN, BOB):
            await (await telegram.person(f"Person {user_id}", id=user_id)).say("/start")
        bob = await telegram.person("Bob", id=BOB)
        channel = await telegram.channel("Tech Daily", owner=bob, username="techdaily")
        await channel.promote()
        settings: dict[str, object] = {
            "bot_token": TOKEN,
            "bot_api": sandbox.api,
            "database_url": house.address,
            "admins": f"{ADMIN},{ADMIN + 1}",
        }
        yield Works(house, telegram, channel, settings)


async def test_int_pj_01_a_refused_post_fails_and_is_refunded(works: Works) -> None:
    await works.queued()
    await works.telegram.fault("sendMessage", Fault.FORBIDDEN, chat=works.channel, forever=True)
    with holdfast("run", "--only", "scheduler", **works.settings):
        await until(lambda: works.states() == ("failed", "refunded", "refunded"), "failed and refunded")
    assert story.balance(works.house, f"user:{ANN}:XTR") == 400
    assert await works.channel.published() == []


async def test_int_pj_01_a_published_post_succeeds_and_is_paid(works: Works) -> None:
    await works.queued()
    with holdfast("run", "--only", "scheduler", **works.settings):
        await until(lambda: works.states() == ("success", "released", "posted"), "published and paid")
    (post,) = await works.channel.published()
    assert works.house.sql("SELECT message_id, chat_id FROM post_jobs") == [
        {"message_id": post.id, "chat_id": works.channel.id}
    ]
    assert story.balance(works.house, f"user:{BOB}:XTR") == 360


async def test_int_pj_01_two_workers_publish_each_job_once(works: Works) -> None:
    await works.queued(many=12)
    paid = "SELECT COUNT(*) FROM escrows WHERE status = 'released'"
    with ExitStack() as stack:
        for _ in range(2):
            stack.enter_context(holdfast("run", "--only", "scheduler", **works.settings))
        await until(lambda: works.house.sql.one(paid) == 12, "twelve paid, three in three seconds", 120)
    assert len(await works.channel.published()) == 12
    assert story.balance(works.house, f"user:{BOB}:XTR") == 12 * 360


async def test_int_pj_01_halted_nothing_is_sent_and_resumed_everything_is(works: Works) -> None:
    await works.queued()
    admin = works.house.gate.user(ADMIN)
    await admin(kill_switches.halt, [Switch.worker_post], "test")
    said = "SELECT COUNT(*) FROM heartbeats WHERE name = 'posting' AND said = 'skipped: worker_post is HALTED'"
    with holdfast("run", "--only", "scheduler", **works.settings):
        await until(lambda: works.house.sql.one(said) == 1, "the posting tick says that it skips")
        assert works.states() == ("queued", "held", "pending")
        await admin(kill_switches.resume, [Switch.worker_post], "test")
        await until(lambda: works.states() == ("success", "released", "posted"), "published and paid")
    assert len(await works.channel.published()) == 1


async def frozen(works: Works, worker: Process) -> None:
    """Stops the process (SIGSTOP) at a moment at which it holds no lock in the database."""
    while True:
        worker.send_signal(signal.SIGSTOP)
        if not works.is_writing():
            return
        worker.send_signal(signal.SIGCONT)
        await asyncio.sleep(0.02)


async def test_whether_anybody_is_within_a_transaction_is_seen(works: Works) -> None:
    assert not works.is_writing()
    assert await works.house.gate.database.write(lambda conn: conn.exec_driver_sql("SELECT 1") and works.is_writing())


@pytest.mark.parametrize("again", [False, True])
async def test_int_pj_01_a_worker_frozen_past_its_lease_cannot_overwrite_when_it_wakes(
    works: Works, *, again: bool
) -> None:
    """Frozen in the call itself; its lease is taken away; `again`: another worker runs meanwhile and finds nothing to send."""
    await works.queued()
    house = works.house
    await works.telegram.fault("sendMessage", Fault.SLOW, chat=works.channel, seconds=8)
    started = "SELECT COUNT(*) FROM post_attempts WHERE status = 'started'"
    with holdfast("run", "--only", "scheduler", **works.settings) as worker:
        await until(lambda: house.sql.one(started) == 1, "it has started", seconds=90)
        await frozen(works, worker)
        house.clock.at = datetime.now(UTC) + timedelta(minutes=3)
        assert list((await house.system(story.post_jobs.expire_leases)).values()) == ["uncertain"]
        if again:
            house.sql("DELETE FROM heartbeats")
            beaten = "SELECT COUNT(*) FROM heartbeats WHERE name = 'posting' AND said = 'ok'"
            with holdfast("run", "--only", "scheduler", **works.settings):
                await until(lambda: house.sql.one(beaten) == 1, "the other has looked for something to send")
        worker.send_signal(signal.SIGCONT)
        log = worker.log
        await until(lambda: "came too late" in log.read_text(), "it wakes, and is refused")
    assert works.states() == ("uncertain", "held", "pending")
    assert house.sql("SELECT status FROM post_attempts") == [{"status": "unknown"}]
    assert len(await works.channel.published()) == 1


async def test_int_pj_01_a_worker_killed_at_any_moment_neither_repeats_nor_forgets(works: Works) -> None:
    """Killed again and again while it works; what was caught in the very call is uncertain, and nothing is sent twice."""
    await works.queued(many=8)
    ended = "SELECT COUNT(*) FROM post_jobs WHERE status NOT IN ('queued', 'sending')"
    sent = "SELECT COUNT(*) FROM post_attempts WHERE started_at IS NOT NULL"
    house = works.house
    for kills in (2, 4, 6):
        with holdfast("run", "--only", "scheduler", **works.settings):
            await until(lambda wanted=kills: house.sql.one(sent) >= wanted, "some are sent")  # type: ignore[misc]
        house.clock.at = datetime.now(UTC) + timedelta(minutes=3)
        await house.system(story.post_jobs.expire_leases)
    with holdfast("run", "--only", "scheduler", **works.settings):
        await until(lambda: house.sql.one(ended) == 8, "every job has an outcome", 120)
    uncertain = house.sql.one("SELECT COUNT(*) FROM post_jobs WHERE status = 'uncertain'")
    success = house.sql.one("SELECT COUNT(*) FROM post_jobs WHERE status = 'success'")
    assert success <= len(await works.channel.published()) <= success + uncertain
    assert uncertain <= 3
