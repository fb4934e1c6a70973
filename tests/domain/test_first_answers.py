"""Asked again, an act gives its first answer and moves nothing; with another content it is refused."""

from typing import Any

import pytest

from domain import payments, post_jobs
from domain.action import Switch
from domain.errors import WrongState
from domain.post_jobs import AttemptStatus, LeaseLost, Sent
from tests import story
from tests.conftest import House
from tests.story import ANN

RESULTS = {
    "accepted": Sent(AttemptStatus.accepted, message_ids=(7, 8)),
    "refused": Sent(AttemptStatus.refused, error="chat not found"),
    "not_sent": Sent(AttemptStatus.not_sent, error="429"),
    "unknown": Sent(AttemptStatus.unknown, error="timeout"),
}
OTHERS = {
    "another message": Sent(AttemptStatus.accepted, message_ids=(9,)),
    "another error": Sent(AttemptStatus.unknown, error="reset"),
    "another error, refused": Sent(AttemptStatus.refused, error="no rights"),
}


async def record(house: House, duty: post_jobs.Duty, sent: Sent) -> Any:
    came = await house.system.each(post_jobs.record, [duty.id], duty.token, {duty.id: sent})
    return came[duty.id]


def events(house: House) -> int:
    return int(house.sql.one("SELECT COUNT(*) FROM audit_events WHERE refusal IS NULL"))


@pytest.mark.parametrize("result", RESULTS)
async def test_a_result_recorded_again_is_answered_as_the_first_time(house: House, result: str) -> None:
    await story.approve(house, await story.booked(house))
    (duty,) = await story.started(house)
    first = await record(house, duty, RESULTS[result])
    picture, acts = house.sql.picture(), events(house)
    assert await record(house, duty, RESULTS[result]) == first
    assert (house.sql.picture(), events(house)) == (picture, acts)


@pytest.mark.parametrize("result", RESULTS)
async def test_another_result_under_the_same_token_is_refused(house: House, result: str) -> None:
    await story.approve(house, await story.booked(house))
    (duty,) = await story.started(house)
    await record(house, duty, RESULTS[result])
    picture = house.sql.picture()
    for other in [*OTHERS.values(), *(sent for name, sent in RESULTS.items() if name != result)]:
        assert await record(house, duty, other) == LeaseLost(duty.id)
    assert house.sql.picture() == picture


async def test_a_result_is_answered_again_even_after_another_worker_took_the_job_up(house: House) -> None:
    await story.approve(house, await story.booked(house))
    (old,) = await story.started(house)
    await record(house, old, RESULTS["not_sent"])
    house.clock.forward(minutes=5)
    (new,) = await story.started(house)
    picture = house.sql.picture()
    assert await record(house, old, RESULTS["not_sent"]) == "queued"
    assert await record(house, old, RESULTS["accepted"]) == LeaseLost(old.id)
    assert house.sql.picture() == picture
    assert await record(house, new, RESULTS["accepted"]) == "success"


async def test_a_result_that_comes_after_the_lease_was_taken_away_is_still_refused(house: House) -> None:
    await story.approve(house, await story.booked(house))
    (duty,) = await story.started(house)
    house.clock.forward(minutes=3)
    await house.system(post_jobs.expire_leases)
    assert await record(house, duty, RESULTS["unknown"]) == LeaseLost(duty.id)
    assert await record(house, duty, Sent(AttemptStatus.prepared)) == LeaseLost(duty.id)


@pytest.mark.parametrize(("spent", "loss"), [(0, 0), (300, 300), (700, 700)])
async def test_a_deposit_reversed_again_answers_what_the_house_lost_then(house: House, spent: int, loss: int) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    number = await story.fund(house, ANN, 700, "c1")
    if spent:
        placement = await story.draft(house, await story.channel(house, price=spent))
        await house.gate.user(ANN)(story.escrow.hold, (placement.id,))
    await house.system(payments.take_back, "c1")
    assert await house.system(payments.reverse, number) == loss
    picture, acts = house.sql.picture(), events(house)
    assert await house.system(payments.reverse, number) == loss
    assert (house.sql.picture(), events(house)) == (picture, acts)


async def test_a_deposit_that_nobody_took_back_is_not_reversed(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    number = await story.fund(house, ANN, 700, "c1")
    came = await house.system.each(payments.reverse, [number, 99])
    assert came[number] == WrongState("payments", "credited")
    assert came[99].key() == "not-found"
