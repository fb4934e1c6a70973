"""Redis is expendable: killed, paused, flushed or filled with nonsense at work, it costs latency and nothing else."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
import pytest_asyncio
import redis

import bot.shared
import bot.wakes
from bot.rate import Everyones, Pace, Rates, Rule
from bot.rate.buckets import LEAD
from bot.shared import CALL_SECONDS, Shared
from bot.wakes import Wakes
from domain.action import SYSTEM, Act, Actor, Terms
from scheduler.loop import Bells
from tests.conftest import NOON
from tests.processes import until
from tests.servers import Valkey


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    """A server of one's own, to be killed."""
    server = Valkey().start()
    yield server
    if server.process and server.process.poll() is None:
        server.resume()
    server.stop()


@pytest_asyncio.fixture
async def shared(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shared]:
    for module in (bot.shared, bot.wakes):
        monkeypatch.setattr(module, "REST_SECONDS", 0.3)
    client = Shared.at(valkey.address)
    yield client
    await client.close()


def act(name: str, *, owes: bool = False) -> Act:
    made = Act(None, NOON, Actor("system:test", SYSTEM), Terms(), frozenset(), id="1", name=name)  # type: ignore[arg-type]
    made.owes = owes
    return made


async def permits(pace: Pace, many: int) -> float:
    """How long it takes to get them all, each for a chat of its own."""
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for _ in range(many):
            group.create_task(pace.permit(-uuid4().int % 10**12))
    return time.monotonic() - began


async def test_two_processes_share_one_limit(shared: Shared) -> None:
    both = [Pace(1, Everyones(shared), Rates(bot=Rule(10, 1.0))) for _ in range(2)]
    began = time.monotonic()
    await asyncio.gather(*(permits(pace, 10) for pace in both))
    assert time.monotonic() - began > 0.9 - LEAD
    assert shared.failures == 0


async def test_a_dead_redis_is_asked_once_and_then_left_alone(shared: Shared, valkey: Valkey) -> None:
    pace = Pace(1, Everyones(shared))
    await permits(pace, 3)
    valkey.kill()
    assert await permits(pace, 10) < 2
    assert shared.is_open
    failures = shared.failures
    await permits(pace, 10)
    assert shared.failures == failures


async def test_a_redis_that_hangs_delays_a_call_by_a_moment(shared: Shared, valkey: Valkey) -> None:
    pace = Pace(1, Everyones(shared))
    await permits(pace, 3)
    valkey.pause()
    assert await permits(pace, 10) < 2
    assert shared.is_open
    valkey.resume()


async def test_a_process_that_is_busy_itself_does_not_blame_redis(shared: Shared, valkey: Valkey) -> None:
    pace = Pace(1, Everyones(shared))
    await permits(pace, 1)
    for _ in range(3):
        async with asyncio.TaskGroup() as group:
            group.create_task(permits(pace, 1))
            await asyncio.sleep(0.0005)
            time.sleep(CALL_SECONDS + 0.2)  # noqa: ASYNC251  (that is what the test is about)
    assert not shared.is_open
    with redis.Redis(port=valkey.port) as other:
        assert other.zcard("holdfast:{1}::slots") == 4


@pytest.mark.parametrize("patient", [True, False])
async def test_a_time_out_that_comes_late_is_no_failure_to_the_patient(shared: Shared, *, patient: bool) -> None:
    async def busy(_redis: object) -> None:
        time.sleep(CALL_SECONDS + 0.2)  # noqa: ASYNC251  (that is what the test is about)
        await asyncio.sleep(1)

    assert await shared.attempt(busy, patient=patient) is None
    assert shared.is_open is not patient


async def test_a_flushed_redis_does_not_make_a_process_forget_its_own_calls(shared: Shared, valkey: Valkey) -> None:
    pace = Pace(1, Everyones(shared), Rates(bot=Rule(10, 1.0)))
    began = time.monotonic()
    await permits(pace, 10)
    with redis.Redis(port=valkey.port) as other:
        other.flushall()
    await permits(pace, 1)
    assert time.monotonic() - began > 0.9 - LEAD
    assert shared.failures == 0


async def test_slots_that_cannot_be_right_and_data_of_another_kind_keep_nobody(shared: Shared, valkey: Valkey) -> None:
    pace = Pace(1, Everyones(shared))
    with redis.Redis(port=valkey.port) as other:
        other.zadd("holdfast:{1}::slots", {f"old{i}": time.time() * 1000 + 10**9 for i in range(40)})
        assert await permits(pace, 3) < 1
        assert not shared.failures
        other.set("holdfast:{1}::slots", "nonsense")
        assert await permits(pace, 3) < 1
    assert shared.is_open


async def test_redis_is_asked_again_after_its_rest(shared: Shared, valkey: Valkey) -> None:
    pace = Pace(1, Everyones(shared))
    valkey.kill()
    await permits(pace, 1)
    valkey.start()
    await until(lambda: not shared.is_open, "its rest is over")
    await permits(pace, 1)
    assert not shared.is_open
    with redis.Redis(port=valkey.port) as other:
        assert other.zcard("holdfast:{1}::slots") == 1


async def rung(bells: Bells, name: str) -> None:
    async with asyncio.timeout(10):
        await bells.bells[name].wait()


async def test_an_act_wakes_the_ticks_here_and_in_other_processes(shared: Shared) -> None:
    here, there = (Wakes(Bells(), "holdfast:1:wakes", shared) for _ in range(2))
    async with here.passed_on(), there.passed_on():
        for wakes in (here, there):  # a new subscriber rings everything
            await rung(wakes.bells, "ledger")
            for bell in wakes.bells.bells.values():
                bell.clear()
        here.after(act("approvals.approve", owes=True))
        assert here.bells.bells["posting"].is_set()
        await rung(there.bells, "posting")
        await rung(there.bells, "notices")
        assert not there.bells.bells["releases"].is_set()
        assert not here.bells.bells["ledger"].is_set()
    assert shared.failures == 0


async def test_without_redis_an_act_still_wakes_the_ticks_of_its_own_process() -> None:
    wakes = Wakes(Bells(), "holdfast:1:wakes")
    async with wakes.passed_on():
        wakes.after(act("post_jobs.record"))
    assert {name for name, bell in wakes.bells.bells.items() if bell.is_set()} == {"pins", "releases", "refunds"}


async def test_a_subscriber_that_was_cut_off_rings_everything_when_it_is_back(shared: Shared, valkey: Valkey) -> None:
    wakes = Wakes(Bells(), "holdfast:1:wakes", shared)
    async with wakes.passed_on():
        await rung(wakes.bells, "ledger")
        wakes.bells.bells["ledger"].clear()
        valkey.kill()
        wakes.after(act("approvals.approve"))
        await asyncio.sleep(0.1)
        valkey.start()
        await rung(wakes.bells, "ledger")


async def test_an_end_that_meets_the_end_of_a_read_is_still_an_end(
    shared: Shared, monkeypatch: pytest.MonkeyPatch
) -> None:
    """redis-py swallows a cancellation that comes in the moment in which its read times out; it hung one in five here."""
    monkeypatch.setattr(bot.wakes, "LISTEN_SECONDS", 0.2)

    async def listened(seconds: float) -> None:
        wakes = Wakes(Bells(), "holdfast:1:wakes", shared)
        async with asyncio.timeout(10), wakes.passed_on():
            await wakes.bells.bells["ledger"].wait()
            await asyncio.sleep(seconds)

    for _ in range(3):
        await asyncio.gather(*(listened(0.197 + step * 0.0003) for step in range(20)))
