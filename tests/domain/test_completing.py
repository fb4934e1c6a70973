"""A campaign is over when the last of its held placements is resolved; its advertiser gets the sum of it, once."""

import asyncio
import json

import psycopg
import pytest
from sqlalchemy.dialects import sqlite

from domain import approvals, campaigns, escrow, stars, visits
from domain.errors import Refused, WrongState
from domain.escrow import completing
from tests import story
from tests.conftest import House, meanwhile
from tests.story import ANN

SUM = "SELECT user_id, about, args FROM notices WHERE kind = 'completed'"


async def campaign_of(house: House, held: int, drafts: int = 0) -> list[story.Placement]:
    """One campaign of Ann's with so many placements held, and so many that never were."""
    await story.people(house)
    await story.switches(house, *story.Switch)
    await story.fund(house, ANN, 400 * held)
    first = await story.draft(house, await story.channel(house))
    more = held + drafts - 1
    placed = [first] + [await story.draft(house, first.channel, campaign=first.campaign) for _ in range(more)]
    await house.gate.user(ANN)(escrow.hold, tuple(p.id for p in placed[:held]))
    return placed


def status(house: House) -> str:
    return str(house.sql.one("SELECT status FROM campaigns"))


async def test_a_campaign_is_completed_with_its_last_placement_and_its_sum_is_told_once(house: House) -> None:
    first, second, third = await campaign_of(house, held=3)
    await story.decline(house, third)
    await house.system(escrow.refund, third.id)
    assert await house.system(escrow.complete) == []
    for number, placement in enumerate((first, second)):
        assert status(house) == "active"
        await story.succeed(house, placement, 7 + number)
        await house.system(escrow.release, placement.id)
    assert await house.system(escrow.complete) == [first.campaign]
    assert status(house) == "completed"
    (told,) = house.sql(SUM)
    facts = told["args"] if isinstance(told["args"], dict) else json.loads(told["args"])
    assert (told["user_id"], told["about"]) == (ANN, first.campaign)
    assert facts == {"served": 2, "refunded": 1, "spent": 800, "back": 400}
    (event,) = house.sql("SELECT actor, subject FROM audit_events WHERE action = 'campaigns.complete'")
    assert event == {"actor": "system:test", "subject": str(first.campaign)}
    picture = house.sql.picture()
    assert await house.system(escrow.complete) == []
    assert house.sql.picture() == picture


async def test_placements_that_were_never_held_are_ignored(house: House) -> None:
    first, _ = await campaign_of(house, held=1, drafts=1)
    await story.decline(house, first)
    await house.system(escrow.refund, first.id)
    assert await house.system(escrow.complete) == [first.campaign]
    assert house.sql("SELECT status FROM campaign_targets ORDER BY id") == [
        {"status": "refunded"},
        {"status": "pending"},
    ]


async def test_a_paused_campaign_is_completed_too(house: House) -> None:
    (first,) = await campaign_of(house, held=1)
    await house.gate.user(ANN)(campaigns.pause, first.campaign, paused=True)
    await house.gate.user(ANN)(approvals.cancel, first.id)
    await house.system(escrow.refund, first.id)
    assert await house.system(escrow.complete) == [first.campaign]
    assert status(house) == "completed"


async def test_a_resolved_placement_leaves_a_campaign_with_a_held_one_open_and_what_is_held_later_counts(
    house: House,
) -> None:
    first, second = await campaign_of(house, held=1, drafts=1)
    await story.fund(house, ANN, 400, "c2")
    await house.gate.user(ANN)(escrow.hold, (second.id,))
    for placement in (first, second):
        assert await house.system(escrow.complete) == []
        await story.decline(house, placement)
        await house.system(escrow.refund, placement.id)
    assert await house.system(escrow.complete) == [first.campaign]


async def test_a_completed_campaign_takes_no_more_placements(house: House) -> None:
    first, second = await campaign_of(house, held=1, drafts=1)
    await story.decline(house, first)
    await house.system(escrow.refund, first.id)
    await house.system(escrow.complete)
    picture = house.sql.picture()
    with pytest.raises(Refused) as refused:
        await house.gate.user(ANN)(escrow.hold, (second.id,))
    assert refused.value.refusal == WrongState("campaigns", "completed")
    assert house.sql.picture() == picture


async def test_each_round_takes_the_longest_resolved_and_what_it_looked_at_holds_up_no_other(house: House) -> None:
    first, *rest = await campaign_of(house, held=2)
    placed = [first, *rest, await story.draft(house, first.channel)]
    await story.fund(house, ANN, 400, "c2")
    await house.gate.user(ANN)(escrow.hold, (placed[-1].id,))
    for placement in (placed[0], placed[-1]):
        await story.decline(house, placement)
        await house.system(escrow.refund, placement.id)
        house.clock.forward(seconds=1)
    assert [await house.system(escrow.complete, 1) for _ in range(3)] == [[], [placed[-1].campaign], []]


async def test_many_at_once_complete_it_once(house: House) -> None:
    (first,) = await campaign_of(house, held=1)
    await story.decline(house, first)
    await house.system(escrow.refund, first.id)
    came = await asyncio.gather(*(house.system(escrow.complete) for _ in range(12)))
    assert sum(map(len, came)) == 1
    assert len(house.sql(SUM)) == 1


async def test_of_a_hold_and_the_completion_at_once_one_comes_first(house: House) -> None:
    first, second = await campaign_of(house, held=1, drafts=1)
    await story.fund(house, ANN, 400, "c2")
    await story.decline(house, first)
    await house.system(escrow.refund, first.id)
    held, done = await asyncio.gather(
        house.gate.user(ANN).each(escrow.hold, [(second.id,)]), house.system(escrow.complete)
    )
    assert (len(held.done()), status(house)) in {(0, "completed"), (1, "active")}
    assert (done == [first.campaign]) == (not held.done())


async def test_a_campaign_that_another_act_holds_waits_for_the_next_round(house: House) -> None:
    if house.address.startswith("sqlite"):
        return  # one writer at a time: nobody else holds anything
    (first,) = await campaign_of(house, held=1)
    await story.decline(house, first)
    await house.system(escrow.refund, first.id)
    with psycopg.connect(house.address) as other:
        other.execute("SELECT id FROM campaigns FOR UPDATE")
        assert await house.system(escrow.complete) == []
    assert await house.system(escrow.complete) == [first.campaign]


async def test_while_one_campaign_is_completed_the_others_are_free(house: House) -> None:
    if house.address.startswith("sqlite"):
        return  # one writer at a time
    (first,) = await campaign_of(house, held=1)
    other = await story.draft(house, first.channel)
    await story.decline(house, first)
    await house.system(escrow.refund, first.id)
    async with asyncio.TaskGroup() as group, meanwhile(house, "escrows", 1) as waited:
        done = group.create_task(house.system(escrow.complete))
        await waited(1)
        free = house.sql("SELECT id FROM campaigns ORDER BY id FOR UPDATE SKIP LOCKED")
    assert (free, done.result()) == ([{"id": other.campaign}], [first.campaign])


FOUND = {
    "ix_escrows_untallied": completing.UNTALLIED,
    "ix_campaign_targets_remind": approvals.REMIND,
    "ix_channels_visited": visits.OLDEST,
    "ix_deposits_unseen": stars.MISSING,
}


@pytest.mark.parametrize("index", FOUND)
async def test_what_is_due_is_found_by_its_index(house: House, index: str) -> None:
    """And not by reading every row at each tick."""
    if not house.address.startswith("sqlite"):
        return  # PostgreSQL reads a table of three rows whole, as it should
    statement = FOUND[index].compile(dialect=sqlite.dialect())  # type: ignore[attr-defined]
    plan = house.sql(f"EXPLAIN QUERY PLAN {statement}".replace("?", "1"))
    assert any(index in row["detail"] for row in plan), plan
