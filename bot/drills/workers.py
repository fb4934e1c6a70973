"""The drills of the workers, real processes: killed with posts in hand; killed by a post, whoever prepares it."""

import asyncio
import time
from datetime import timedelta

from bot.drills.nursery import nursery
from bot.drills.report import Step
from bot.drills.rounds import PERIODS
from bot.drills.stage import Deviation, Stage
from bot.sandbox import Fault
from domain.action import Switch
from domain.rollback import STOP

JOB = "SELECT status FROM post_jobs WHERE id = :id"
SECONDS = 30.0
LEASE = timedelta(seconds=121)
POISON = "this post kills its worker"


async def _until(stage: Stage, statement: str, wanted: object, **given: object) -> None:
    """Waits for what another process does."""
    end = time.monotonic() + SECONDS
    while (found := await stage.one(statement, **given)) != wanted:
        if time.monotonic() > end:
            raise Deviation(f"not within {SECONDS:g} s: {statement} {given} is {found!r}, not {wanted!r}")
        await asyncio.sleep(0.02)


async def stuck_escrow(stage: Stage) -> None:
    scene = await stage.scene()
    hung = await stage.book("A drill: in the hands of a worker that dies")
    async with nursery(stage) as workers:
        # A channel's posts are sent one after the other: the first one hangs in the call, the other is only claimed.
        await stage.telegram.fault("sendMessage", Fault.HANG, chat=stage.channel, forever=True)
        pid = await workers.bear("work", crash="")
        await _until(stage, "SELECT COUNT(*) FROM post_attempts WHERE status = 'started'", 1)
        await workers.kill()
        await stage.telegram.clear_faults()
        started = await stage.one("SELECT post_job_id FROM post_attempts WHERE status = 'started'")
        stage.add(Step.injected, f"worker {pid} is killed (SIGKILL) while it publishes placement {started}")
        await stage.halt(Switch.worker_post, Switch.worker_watchdogs)
        claimed = [scene.queued, hung, await stage.book("A drill: no worker comes")]
        await _backdate(stage, claimed)
        await stage.detect("rollback", "halted ")
        await stage.tick("stuck")
        if not any("[CRON] Escrow watchdog triggered: 3 stuck escrows" in line for line in stage.heard.lines):
            raise Deviation("the log does not count the stuck escrows")
        await stage.halted_by_itself(STOP)
        await stage.halt(Switch.payouts, Switch.new_escrows)
        await stage.nothing_moves(*stage.tries(scene, money=False))
        said = await stage.shell(f"holdfast watchdog run escrows --as {stage.admins[0].id}", step=Step.recovered)
        if "still stuck: 0" not in said:
            raise Deviation(f"escrows are still stuck: {said}")
        await stage.work()
        await _never_started(stage, [i for i in claimed if i != started])
        await stage.shell("holdfast jobs review")
        verdict = f"holdfast jobs verdict {started} failed --evidence 'drill: it is not in the channel'"
        await stage.shell(f"{verdict} --as {stage.admins[0].id}", step=Step.recovered)
        await stage.work()
        await stage.expect("its money", "SELECT status FROM escrows WHERE id = :id", "refunded", id=started)
        await stage.clean()
        pid = await workers.bear("work", crash="")
        stage.add(Step.recovered, f"workers are restored: {pid}")
        order = Switch.worker_watchdogs, Switch.telegram_posting, Switch.worker_post, Switch.new_escrows, Switch.payouts
        await stage.resume(*order)
        fresh = await stage.book("A drill: published by the restored worker")
        await _until(stage, "SELECT status FROM escrows WHERE id = :id", "released", id=fresh)
        await _until(stage, "SELECT status FROM escrows WHERE id = :id", "released", id=scene.served)
        await workers.stop()
    await stage.clean()
    stage.add(
        Step.worked, f"worker {pid} published placement {fresh} and paid it, and {scene.served}, which had waited"
    )


async def _backdate(stage: Stage, placements: list[int]) -> None:
    """As if it had been so for twenty minutes."""
    for placement in placements:
        await stage.forge(
            "UPDATE post_jobs SET deadline = :past WHERE id = :id",
            "UPDATE post_jobs SET lease_until = :past WHERE id = :id AND status = 'sending'",
            id=placement,
            past=stage.clock() - timedelta(minutes=20),
        )
    numbers = ", ".join(map(str, placements))
    stage.add(Step.injected, f"the owner backdates placements {numbers}: twenty minutes past their deadlines")


async def _never_started(stage: Stage, placements: list[int]) -> None:
    """Failed by the watchdog, refunded by the settlement, although payouts are HALTED."""
    for placement in placements:
        await stage.expect("it failed", JOB, "failed", id=placement)
        await stage.expect("its money", "SELECT status FROM escrows WHERE id = :id", "refunded", id=placement)
    words = f"placements {', '.join(map(str, placements))} failed and are refunded, with payouts HALTED"
    stage.add(Step.recovered, words)


async def crash_loop(stage: Stage) -> None:
    poison, other = await stage.book(f"A drill: {POISON}"), await stage.book("A drill: beside it")
    lost = 0
    async with nursery(stage) as workers:
        while await stage.one(JOB, id=poison) != "failed":
            pid = await workers.bear("work", crash=POISON)
            if not await workers.ended():
                raise Deviation(f"worker {pid} lived")
            lost += 1
            if lost == 1:
                words = f"worker {pid} dies (SIGKILL) preparing placement {poison}, with {other} in hand; and so does the next"
                stage.add(Step.injected, words)
            else:
                await _others_go_on(stage, other)
            await stage.clock.wait(LEASE + PERIODS["leases"])
            await stage.tick("leases")
            if await stage.one(JOB, id=poison) == "sending":
                raise Deviation("nobody noticed within one interval that the lease ran out")
    why = await stage.one("SELECT failure FROM post_jobs WHERE id = :id", id=poison)
    if why != "poison":
        raise Deviation(f"it failed for another reason: {why}")
    if not any("Worker error" in line and "lost its lease" in line for line in stage.heard.lines):
        raise Deviation("the log does not say 'Worker error'")
    stage.add(
        Step.detected, f"after {lost} dead workers, at the third lease lost alone: placement {poison} failed (poison)"
    )
    await stage.expect("switches HALTED", "SELECT COUNT(*) FROM kill_switches WHERE NOT enabled", 0)
    stage.add(Step.halted, f"nothing but that job; placement {other} was published meanwhile")
    await stage.halt(Switch.worker_post, Switch.payouts)
    late = await stage.book("A drill: booked while the workers are halted")
    await stage.not_published(late)
    if str(poison) not in await stage.shell("holdfast jobs review"):
        raise Deviation("the review does not name the job")
    await stage.expect("its money", "SELECT status FROM escrows WHERE id = :id", "refunded", id=poison)
    stage.add(Step.recovered, f"placement {poison} is refunded, with payouts HALTED")
    await stage.clean()
    await stage.resume(Switch.worker_post, Switch.payouts)
    await stage.work()
    await stage.expect("it is published", JOB, "success", id=late)
    await stage.clean()
    stage.add(Step.worked, f"placement {late} is published")


async def _others_go_on(stage: Stage, placement: int) -> None:
    """Another worker takes what is not under the dead one's lease."""
    await stage.tick("posting")
    if await stage.one(JOB, id=placement) != "success":
        raise Deviation(f"placement {placement} is not published: one job holds up the others")
