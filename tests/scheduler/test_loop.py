"""The loop: a tick runs when something is due or an act says so, one round at a time, and a shutdown finishes what is in hand."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import scheduler.loop
from bot.rate import Pace, Rates, Rule
from bot.wakes import Wakes
from domain import escrow, kill_switches, rollback
from domain.action import ACTIONS, QUERIES, SYSTEM, Look, Outcomes, Switch, query
from domain.errors import NotFound
from domain.ports import Do, Telegram
from scheduler import posting
from scheduler.loop import TICKS, WAKES, Bells, Loop, Tick
from scheduler.together import Together
from storage.gate import Gate
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, Clock, House
from tests.faults.flips import MORE
from tests.processes import until
from tests.scheduler.conftest import Stage
from tests.scheduler.drain import drain
from tests.story import ANN


class Now(Clock):
    """The system's clock."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


def awake(house: House, wakes: Wakes) -> House:
    """The same house by the system's clock, whose acts wake ticks."""
    clock = Now()
    gate = Gate(
        house.gate.database,
        clock,
        house.gate.terms,
        frozenset({ADMIN, OTHER_ADMIN}),
        watch=lambda ended: ended.act and wakes.after(ended.act),
    )
    return replace(house, gate=gate, clock=clock)


@asynccontextmanager
async def ticking(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The loop over this stage, with periods of an hour: what happens is due or woken."""
    slow = tuple(replace(tick, every=timedelta(hours=1)) for tick in TICKS)
    monkeypatch.setattr(scheduler.loop, "TICKS", slow)
    wakes = Wakes(Bells(), "holdfast:1:wakes")
    stage = replace(stage, house=awake(stage.house, wakes))
    loop = Loop(stage.house.gate.system, stage.adapter, stage.house.clock, wakes.bells)
    async with loop.ticking():
        beaten = "SELECT COUNT(*) FROM heartbeats"
        await until(lambda: stage.house.sql.one(beaten) == len(TICKS), "every tick has run once")
        yield stage


async def test_an_approval_is_published_and_paid_without_waiting_for_any_period(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ticking(stage, monkeypatch) as stage:
        await stage.book()
        paid = "SELECT COUNT(*) FROM escrows WHERE status = 'released'"
        await until(lambda: stage.house.sql.one(paid) == 1, "published and paid", 120)
        told = "SELECT COUNT(*) FROM notices WHERE kind = 'paid' AND status <> 'owed'"
        await until(lambda: stage.house.sql.one(told) == 1, "told", 120)


async def test_a_lone_post_goes_out_within_a_second_of_its_slot(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ticking(stage, monkeypatch) as stage:
        house, many = stage.house, 4
        await story.people(house)
        await story.switches(house, *Switch)
        await story.fund(house, ANN, 400 * many, "c1")
        channel = await story.channel(house, chat_id=stage.channel.id)
        first = house.clock() + timedelta(seconds=4)
        for number in range(many):
            placement = await story.draft(house, channel, slot=first + number * timedelta(seconds=0.7))
            await house.gate.user(ANN)(escrow.hold, (placement.id,))
            await story.approve(house, placement)
        assert house.clock() < first
        sent = "SELECT COUNT(*) FROM post_jobs WHERE status = 'success'"
        await until(lambda: house.sql.one(sent) == many, "all are published", 120)
        rows = house.sql(
            """SELECT t.slot, a.started_at FROM campaign_targets t JOIN post_attempts a ON a.post_job_id = t.id"""
        )
        late = [_moment(row["started_at"]) - _moment(row["slot"]) for row in rows]
        assert timedelta(0) <= min(late)
        assert max(late) < timedelta(seconds=1)


def _moment(stored: Any) -> datetime:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


async def test_a_resumed_switch_wakes_what_it_had_halted(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with ticking(stage, monkeypatch) as stage:
        await stage.book()
        admin = stage.house.gate.user(ADMIN)
        await admin(kill_switches.halt, [Switch.payouts], "test")
        await until(lambda: stage.job()["status"] == "success", "published", 120)
        await admin(kill_switches.resume, [Switch.payouts], "test")
        paid = "SELECT COUNT(*) FROM escrows WHERE status = 'released'"
        await until(lambda: stage.house.sql.one(paid) == 1, "paid after the resume", 120)


@dataclass
class Work:
    """A tick's work that a test holds in its hand."""

    come: list[int]
    rounds: int = 0
    at_once: int = 0
    most: int = 0
    go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, do: Do, telegram: Telegram) -> int:
        self.rounds, self.at_once = self.rounds + 1, self.at_once + 1
        self.most = max(self.most, self.at_once)
        await self.go.wait()
        self.at_once -= 1
        return self.come.pop(0) if self.come else 0


def one(house: House, monkeypatch: pytest.MonkeyPatch, work: Work, **terms: Any) -> Loop:
    """A loop of one tick."""
    monkeypatch.setattr(scheduler.loop, "TICKS", (Tick("one", timedelta(hours=1), (), work, **terms),))
    return Loop(house.gate.system, None, house.clock, Bells({"one": asyncio.Event()}))  # type: ignore[arg-type]


async def test_a_tick_rung_while_it_runs_runs_once_more_and_never_twice_at_once(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work([])
    loop = one(house, monkeypatch, work)
    async with loop.ticking():
        await until(lambda: work.rounds == 1, "it runs")
        for _ in range(5):
            loop.bells.ring(["one", "a name from another version"])
        await asyncio.sleep(0.05)
        work.go.set()
        await until(lambda: work.rounds == 2, "it runs once more")
        await asyncio.sleep(0.3)
    assert (work.rounds, work.most) == (2, 1)


async def test_a_tick_that_drains_comes_again_until_it_finds_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Work([60, 60, 3, 0])
    work.go.set()
    async with one(house, monkeypatch, work, drains=True).ticking():
        await until(lambda: work.rounds == 4, "four rounds")
        await asyncio.sleep(0.3)
    assert work.rounds == 4


async def test_a_tick_that_does_not_drain_waits_for_its_period(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work([60, 60, 3, 0])
    work.go.set()
    async with one(house, monkeypatch, work).ticking():
        await asyncio.sleep(0.5)
    assert work.rounds == 1


async def test_whatever_nobody_answered_while_nothing_ran_is_given_back_at_once_and_halts_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than one journey takes, which R2 would count as stuck before the tick's next period."""
    await story.people(house)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 10_000, "c1")
    first = await story.draft(house, await story.channel(house, price=10))
    house.sql(MORE, id=first.id, many=250)
    ids = tuple(row["id"] for row in house.sql("SELECT id FROM campaign_targets"))
    await house.gate.user(ANN)(escrow.hold, ids)
    house.clock.forward(hours=24, minutes=16)
    (tick,) = (tick for tick in TICKS if tick.name == "approvals")
    monkeypatch.setattr(scheduler.loop, "TICKS", (replace(tick, every=timedelta(hours=1)),))
    loop = Loop(house.gate.system, None, house.clock, Bells({tick.name: asyncio.Event()}))  # type: ignore[arg-type]
    async with loop.ticking():
        expired = "SELECT COUNT(*) FROM campaign_targets WHERE approval = 'expired'"
        await until(lambda: house.sql.one(expired) == len(ids), "all are given back")
    assert await house.system.ask(rollback.evaluate) == []


async def test_a_tick_comes_when_the_next_thing_is_due(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work([])
    work.go.set()

    @query(roles=SYSTEM)
    def due(look: Look) -> datetime | None:
        return look.now + timedelta(seconds=0.4) if work.rounds < 3 else None

    async with one(house, monkeypatch, work, due=due).ticking():
        await until(lambda: work.rounds == 3, "three rounds")
        await asyncio.sleep(0.6)
    del QUERIES[due]
    assert work.rounds == 3


async def test_a_shutdown_lets_the_round_in_hand_finish(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work([])
    async with asyncio.TaskGroup() as group:
        async with one(house, monkeypatch, work).ticking():
            await until(lambda: work.rounds == 1, "it runs")
            group.create_task(_later(work.go))
        assert work.go.is_set()
    assert work.at_once == 0


async def _later(event: asyncio.Event) -> None:
    await asyncio.sleep(0.3)
    event.set()


def test_what_wakes_and_what_is_woken_exists() -> None:
    """Every act of the table is an action, and every tick it wakes is one of ours."""
    assert set(WAKES) <= {facts.name for facts in ACTIONS.values()}
    assert {name for names in WAKES.values() for name in names} <= {tick.name for tick in TICKS}


async def test_what_comes_during_a_commit_is_the_next_set_and_one_failure_is_nobody_elses() -> None:
    sets: list[list[int]] = []
    go = asyncio.Event()

    async def commit(taken: dict[int, None]) -> Outcomes[int, int]:
        sets.append(list(taken))
        await go.wait()
        if 7 in taken:
            raise ValueError("seven")
        return Outcomes({i: NotFound("job") if i == 5 else i * 10 for i in taken})

    together = Together(commit)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(_outcome(together, i)) for i in (1, 2, 5, 7)]
        await asyncio.sleep(0.05)
        assert sets == [[1]]
        go.set()
    assert [task.result() for task in asked] == [10, 20, "Refused", "ValueError"]
    assert sets == [[1], [2, 5, 7], [2], [5], [7]]


async def _outcome(together: Together[int, None], item: int) -> object:
    try:
        return await together(item, None)
    except Exception as error:
        return type(error).__name__


async def test_a_backlog_drains_in_order_and_is_never_told_to_wait(house: House, tmp_path: Path) -> None:
    """The figure is `python -m tests.scheduler.drain`; here the machine may be busy."""
    came = await drain(house, 75, tmp_path)
    assert sorted(came.order) == list(range(75))
    assert came.refused == 0
    assert came.displaced < 30
    assert came.rate < 75 / 1.5
    assert house.sql.one("SELECT COUNT(*) FROM post_jobs WHERE status = 'success' AND attempts = 1") == 75


async def test_posts_of_one_channel_keep_their_order_and_make_room_for_other_channels(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its channel has had enough: the rest is put back for later, uncounted, and the tick goes on."""
    await stage.book(money=4000)
    pace = Pace(stage.adapter.bot.id, rates=Rates(chat=Rule(2, 30.0)))
    stage.adapter.bot.session.middleware(pace)
    adapter = replace(stage.adapter, pace=pace)
    channel = stage.house.sql.one("SELECT id FROM channels")
    for _ in range(4):
        placement = await story.draft(stage.house, channel)
        await stage.house.gate.user(ANN)(escrow.hold, (placement.id,))
        await story.approve(stage.house, placement)
    async with asyncio.timeout(20):
        assert await posting.publish_due(stage.house.system, adapter) == 5
    rows = stage.house.sql("SELECT status, attempts, lost_leases, due_at FROM post_jobs ORDER BY id")
    assert [row["status"] for row in rows] == ["success"] * 2 + ["queued"] * 3
    assert [(row["attempts"], row["lost_leases"]) for row in rows[2:]] == [(0, 0)] * 3
    assert all(_moment(row["due_at"]) > stage.house.clock() + timedelta(seconds=20) for row in rows[2:])
    assert stage.house.sql("SELECT status, COUNT(*) AS n FROM post_attempts GROUP BY status ORDER BY status") == [
        {"status": "accepted", "n": 2},
        {"status": "dropped", "n": 3},
    ]
