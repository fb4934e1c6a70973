"""The rollback criteria: just below nothing happens, at the line everything stops, once, and only a person resumes."""

from datetime import timedelta
from typing import Any

import pytest

from domain import calls, escrow, heartbeats, kill_switches, rollback
from domain.action import Switch
from domain.books import Offence
from domain.post_jobs import AttemptStatus
from domain.rollback import STOP, STOP_ALL, Criterion
from tests import story
from tests.conftest import ADMIN, OTHER_ADMIN, House
from tests.story import ANN


async def evaluated(house: House) -> list[Criterion]:
    """What one round of the evaluator found; it halts as the tick does."""
    findings = await house.system.ask(rollback.evaluate)
    if findings:
        await house.system(rollback.halt, findings)
    return [finding.criterion for finding in findings]


def halted(house: House) -> set[str]:
    return {row["key"] for row in house.sql("SELECT key FROM kill_switches WHERE NOT enabled")}


async def many_booked(house: House, many: int) -> list[story.Placement]:
    await story.people(house)
    await story.people(house, OTHER_ADMIN)
    await story.switches(house, *Switch)
    house.clock.forward(minutes=1)
    await story.fund(house, ANN, 400 * many + 1, "c1")
    placed = await story.channel(house)
    booked = [await story.draft(house, placed) for _ in range(many)]
    for placement in booked:
        await house.gate.user(ANN)(story.escrow.hold, (placement.id,))
        await story.approve(house, placement)
    return booked


async def ended(house: House, status: AttemptStatus, many: int) -> None:
    for duty in await house.system(story.post_jobs.claim, many):
        await house.system(story.post_jobs.start, duty.id, duty.token)
        sent = story.Sent(status, message_ids=(duty.id,) if status == AttemptStatus.accepted else (), error="no")
        await house.system(story.post_jobs.record, duty.id, duty.token, {duty.id: sent})


@pytest.mark.parametrize(("seconds", "found"), [(-1, []), (0, [Criterion.stuck])])
async def test_r2_a_job_is_stuck_fifteen_minutes_past_its_deadline(
    house: House, seconds: int, found: list[Criterion]
) -> None:
    (placement,) = await many_booked(house, 1)
    house.clock.forward(hours=2, minutes=15, seconds=seconds)
    assert await evaluated(house) == found
    assert await house.system.ask(escrow.stuck) == ([placement.id] if found else [])
    assert halted(house) == (set(STOP) if found else set())


async def test_r2_an_uncertain_job_is_not_stuck(house: House) -> None:
    await many_booked(house, 1)
    await ended(house, AttemptStatus.unknown, 1)
    house.clock.forward(days=3)
    assert await evaluated(house) == []


async def test_r2_what_was_served_and_only_waits_for_payouts_is_told_and_not_stuck(house: House) -> None:
    await many_booked(house, 1)
    await house.gate.user(ADMIN)(kill_switches.halt, [Switch.payouts], "test")
    await ended(house, AttemptStatus.accepted, 1)
    house.clock.forward(minutes=15, microseconds=-1)
    assert await house.system.ask(escrow.unmoved) == 0
    house.clock.forward(microseconds=1)
    assert await house.system.ask(escrow.unmoved) == 1
    house.clock.forward(days=3)
    assert await evaluated(house) == []
    assert await house.system.ask(escrow.stuck) == []
    assert await house.system.ask(escrow.unmoved) == 1
    assert halted(house) == {"payouts"}


@pytest.mark.parametrize(
    ("failed", "served", "found"), [(4, 0, False), (5, 0, True), (2, 8, True), (2, 7, False), (2, 9, False)]
)
async def test_r3_five_failures_or_a_fifth_of_ten(house: House, failed: int, served: int, found: bool) -> None:
    await many_booked(house, failed + served)
    await ended(house, AttemptStatus.refused, failed)
    await ended(house, AttemptStatus.accepted, served)
    assert await evaluated(house) == ([Criterion.failing] if found else [])


async def test_r3_what_people_ended_is_no_failure_of_ours(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 4000, "c1")
    placed = await story.channel(house)
    for _ in range(6):
        placement = await story.draft(house, placed)
        await house.gate.user(ANN)(story.escrow.hold, (placement.id,))
        await story.decline(house, placement)
    assert await evaluated(house) == []


async def test_r3_the_window_is_ten_minutes_and_begins_anew_at_a_resume(house: House) -> None:
    await many_booked(house, 9)
    await ended(house, AttemptStatus.refused, 4)
    house.clock.forward(minutes=10)
    await ended(house, AttemptStatus.refused, 1)
    assert await evaluated(house) == []
    await ended(house, AttemptStatus.refused, 4)
    assert await evaluated(house) == [Criterion.failing]
    house.clock.forward(seconds=1)
    admin, another = house.gate.user(ADMIN), [Switch.withdrawals]  # nothing that failed here has to do with it
    await admin(kill_switches.halt, another, "test")
    await admin(kill_switches.resume, another, "test")
    assert await evaluated(house) == [Criterion.failing]
    await admin(kill_switches.resume, list(STOP), "mended")
    assert await evaluated(house) == []
    assert halted(house) == set()


@pytest.mark.parametrize(("after", "found"), [(59, []), (60, [Criterion.unrefunded])])
async def test_r3_a_failed_job_is_refunded_within_a_minute(house: House, after: int, found: list[Criterion]) -> None:
    await many_booked(house, 1)
    for _ in range(4):
        await house.system(heartbeats.beat, "refunds", "ok")
        house.clock.forward(seconds=30)
    await ended(house, AttemptStatus.refused, 1)
    house.clock.forward(seconds=after)
    await house.system(heartbeats.beat, "refunds", "ok")
    assert await evaluated(house) == found


async def test_r3_the_minute_counts_from_the_settlements_start_and_from_the_resume(house: House) -> None:
    await many_booked(house, 1)
    await ended(house, AttemptStatus.refused, 1)
    house.clock.forward(hours=1)
    assert await evaluated(house) == [], "the settlement stood still"
    await house.system(heartbeats.beat, "refunds", "ok")
    house.clock.forward(seconds=59)
    assert await evaluated(house) == []
    admin = house.gate.user(ADMIN)
    await admin(kill_switches.halt, [Switch.money_movement], "test")
    house.clock.forward(seconds=1)
    await house.system(heartbeats.beat, "refunds", "ok")
    assert await evaluated(house) == [], "money may not move"
    await admin(kill_switches.resume, [Switch.money_movement], "test")
    house.clock.forward(seconds=59)
    assert await evaluated(house) == []
    house.clock.forward(seconds=1)
    assert await evaluated(house) == [Criterion.unrefunded]
    await house.system(escrow.refund, 1)
    assert await evaluated(house) == []


BAD: tuple[Any, ...] = ((20, 10), (40, 20), (20, 20))


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        (BAD, True),
        (((20, 10), (20, 9), (20, 10)), False),
        (((20, 10), (19, 19), (20, 10)), False),
        (BAD[:2], False),
        (((20, 20), (0, 0), (20, 20)), False),
    ],
    ids=["bad", "one just below", "one with few calls", "two minutes", "flapping"],
)
async def test_r4_three_bad_minutes_in_a_row(house: House, minutes: tuple[tuple[int, int], ...], found: bool) -> None:
    await many_booked(house, 0)
    house.clock.forward(minutes=10)
    for number, counted in enumerate(minutes):
        for part in (0, 1):  # two processes add to the same minute
            half = tuple((n + part) // 2 for n in counted)
            await house.system(calls.count, {calls.minute_of(house.clock()) + timedelta(minutes=number - 3): half})
    assert await evaluated(house) == ([Criterion.outage] if found else [])


async def test_r4_begins_anew_at_a_resume(house: House) -> None:
    await many_booked(house, 0)
    house.clock.forward(minutes=10)
    now = calls.minute_of(house.clock())
    await house.system(calls.count, {now - timedelta(minutes=n): (20, 20) for n in (1, 2, 3)})
    assert await evaluated(house) == [Criterion.outage]
    await house.gate.user(ADMIN)(kill_switches.resume, list(STOP), "Telegram is back")
    assert await evaluated(house) == []
    await house.system(calls.count, {now + timedelta(minutes=n): (20, 20) for n in (0, 1, 2)})
    house.clock.at = now + timedelta(minutes=3, microseconds=-1)
    assert await evaluated(house) == []
    house.clock.forward(microseconds=1)
    assert await evaluated(house) == [Criterion.outage]  # the minute that began with the resume is none before it


async def test_calls_of_yesterday_are_forgotten(house: House) -> None:
    await house.system(calls.count, {calls.minute_of(house.clock()): (1, 0)})
    assert await house.system.ask(calls.lately, house.clock()) == {house.clock(): (1, 0)}
    house.clock.forward(days=1, minutes=1)
    await house.system(calls.count, {calls.minute_of(house.clock()): (1, 0)})
    assert house.sql.one("SELECT COUNT(*) FROM call_minutes") == 1


async def test_r1_halts_all_movement_of_money_once_and_tells_every_admin(house: House) -> None:
    await many_booked(house, 0)
    findings = rollback.of_books([Offence("I1", "user:7:XTR", "balance differs from the entries by 1")])
    came = [await house.gate.system(f"evaluator-{number}")(rollback.halt, findings) for number in (1, 2)]
    assert [set(keys) for keys in came] == [set(STOP_ALL), set()]
    assert halted(house) == set(STOP_ALL)
    told = house.sql("SELECT user_id FROM notices WHERE kind = 'rollback' ORDER BY user_id")
    assert [row["user_id"] for row in told] == [ADMIN, OTHER_ADMIN]
    flips = house.sql.one("SELECT COUNT(*) FROM audit_events WHERE action = 'rollback.halt'")
    assert flips == len(STOP_ALL)


async def test_a_settlement_that_stood_still_and_came_back_is_read_again(house: House) -> None:
    """After a gap the heartbeat counts anew, and the evaluator can read since when."""
    await many_booked(house, 1)
    await ended(house, AttemptStatus.refused, 1)
    await house.system(heartbeats.beat, "refunds", "ok")
    house.clock.forward(minutes=2)
    await house.system(heartbeats.beat, "refunds", "ok")
    assert await evaluated(house) == []
    house.clock.forward(seconds=60)
    assert await evaluated(house) == [Criterion.unrefunded]
