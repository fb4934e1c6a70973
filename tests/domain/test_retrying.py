"""A failed and refunded placement is tried again as a new one, with a new hold; the old one stays what it is."""

import asyncio
from datetime import timedelta
from typing import Any

from domain import agreements, approvals, blocks, channels, escrow, post_jobs, proposals
from domain.campaigns import NotListed
from domain.errors import NotAllowed, NotFound, WrongState
from domain.escrow import NotEnoughMoney, NotRetryable
from tests import story
from tests.begun import begun
from tests.conftest import ADMIN, NOON, OTHER_ADMIN, House, refusal
from tests.story import ANN, BOB, balance


@begun
async def failed(house: House, **given: Any) -> story.Placement:
    placement = await story.booked(house, **given)
    await story.refused_and_refunded(house, placement)
    return placement


async def test_it_is_booked_anew_with_the_same_post_and_terms_and_its_advertisers_money(house: House) -> None:
    old = await failed(house)
    await house.gate.user(BOB)(channels.offer, old.channel, 900, 48)  # what was agreed counts
    new = await house.gate.user(ADMIN)(escrow.retry_as_new, old.id)
    same = "channel_id, publisher_id, price, fee_bps, hours, pin, silent, proportional"
    before, after = house.sql(f"SELECT {same} FROM campaign_targets ORDER BY id")
    assert before == after
    (row,) = house.sql("SELECT retry_of, status, approval, slot FROM campaign_targets WHERE id = :id", id=new)
    assert row == {"retry_of": old.id, "status": "pending", "approval": "waiting", "slot": None}
    assert house.sql.one("SELECT COUNT(DISTINCT fingerprint) AS n FROM creatives") == 1
    (sum_,) = house.sql("SELECT status, amount FROM escrows WHERE id = :id", id=new)
    assert sum_ == {"status": "held", "amount": 400}
    (transfer,) = house.sql("SELECT source_id, actor FROM transfers WHERE key = :key", key=f"escrow:{new}:hold")
    assert transfer == {"source_id": f"user:{ANN}:XTR", "actor": f"user:{ADMIN}"}
    assert balance(house, f"user:{ANN}:XTR") == 600
    event = "SELECT actor, subject FROM audit_events WHERE action = 'escrow.retry_as_new' AND noun = 'campaign_targets'"
    assert house.sql(event) == [{"actor": f"user:{ADMIN}", "subject": str(new)}]
    kept = house.sql(
        "SELECT t.status, j.status AS job FROM campaign_targets t JOIN post_jobs j ON j.id = t.id WHERE t.id = :id",
        id=old.id,
    )
    assert kept == [{"status": "refunded", "job": "failed"}]
    assert await house.system.ask(post_jobs.in_review) == 0  # it waits for nobody any more
    told = house.sql("SELECT user_id, kind FROM notices WHERE about = :id ORDER BY id", id=new)
    assert told == [{"user_id": BOB, "kind": "request"}, {"user_id": ANN, "kind": "retried"}]
    await story.succeed(house, story.Placement(new, 0, old.channel), message_id=8)
    await house.system(escrow.release, new)
    assert balance(house, f"user:{BOB}:XTR") == 360


async def test_what_an_admin_was_done_with_before_keeps_the_hour_of_that(house: House) -> None:
    old = await failed(house)
    admin, reviewed = house.gate.user(ADMIN), "SELECT reviewed_at FROM post_jobs WHERE id = :id"
    await admin(post_jobs.set_aside, old.id, "the channel is private now")
    before = house.sql.one(reviewed, id=old.id)
    house.clock.forward(hours=1)
    assert await admin(escrow.retry_as_new, old.id) > old.id
    assert house.sql.one(reviewed, id=old.id) == before


async def test_asked_again_it_answers_the_same_and_moves_nothing(house: House) -> None:
    old = await failed(house)
    admins = house.gate.user(ADMIN), house.gate.user(OTHER_ADMIN)
    await story.people(house, OTHER_ADMIN)
    answers = await asyncio.gather(*(admins[n % 2](escrow.retry_as_new, old.id) for n in range(6)))
    assert len(set(answers)) == 1
    assert house.sql.one("SELECT COUNT(*) AS n FROM escrows") == 2
    assert balance(house, f"user:{ANN}:XTR") == 600


async def test_a_slot_to_come_stays_and_one_that_has_come_is_as_soon_as_it_is_approved(house: House) -> None:
    slot, slots = NOON + timedelta(hours=30), []
    number = (await story.booked(house, slot=slot)).id
    for hours in (24, 6):
        house.clock.forward(hours=hours)
        assert await house.system(approvals.expire) == [number]
        await house.system(escrow.refund, number)
        number = await house.gate.user(ADMIN)(escrow.retry_as_new, number)
        slots.append(house.sql.one("SELECT slot FROM campaign_targets WHERE id = :id", id=number) is not None)
    assert slots == [True, False]


async def test_only_what_failed_and_was_refunded_is_tried_again(house: House) -> None:
    placement = await story.booked(house)
    admin = house.gate.user(ADMIN)
    assert await refusal(admin(escrow.retry_as_new, 99)) == NotFound("post_jobs")
    assert await refusal(admin(escrow.retry_as_new, placement.id)) == WrongState("campaign_targets", "pending")
    await story.decline(house, placement)
    assert await refusal(admin(escrow.retry_as_new, placement.id)) == WrongState("campaign_targets", "pending")
    await house.system(escrow.refund, placement.id)
    assert await refusal(admin(escrow.retry_as_new, placement.id)) == NotRetryable("declined")
    for who in (house.gate.user(ANN), house.gate.system("shell")):
        assert await refusal(who(escrow.retry_as_new, placement.id)) == NotAllowed("escrow.retry_as_new")
    assert house.sql.one("SELECT COUNT(*) AS n FROM campaign_targets") == 1


async def test_what_follows_at_another_price_is_no_second_try(house: House) -> None:
    placement = await story.booked(house)
    made = await house.gate.user(BOB)(proposals.make, placement.id, 1, price=300)
    await house.gate.user(ANN)(agreements.accept_price, made.id)
    admin = house.gate.user(ADMIN)
    assert await refusal(admin(escrow.retry_as_new, placement.id)) == WrongState("campaign_targets", "pending")
    await house.system(escrow.refund, placement.id)
    picture = house.sql.picture()
    assert await refusal(admin(escrow.retry_as_new, placement.id)) == NotRetryable("repriced")
    assert house.sql.picture() == picture


async def test_what_was_published_is_not_tried_again(house: House) -> None:
    placement = await story.booked(house)
    await story.succeed(house, placement)
    await house.system(escrow.release, placement.id)
    found = await refusal(house.gate.user(ADMIN)(escrow.retry_as_new, placement.id))
    assert found == WrongState("campaign_targets", "posted")


async def test_it_needs_the_advertisers_money_an_open_channel_and_nobody_blocked(house: House) -> None:
    old = await failed(house, money=400)
    admin = house.gate.user(ADMIN)
    second = await story.draft(house, old.channel)
    await house.gate.user(ANN)(escrow.hold, (second.id,))
    before = house.sql.picture()
    assert await refusal(admin(escrow.retry_as_new, old.id)) == NotEnoughMoney(400, 0)
    await house.gate.user(BOB)(channels.pause, old.channel, paused=True)
    assert await refusal(admin(escrow.retry_as_new, old.id)) == NotListed(old.channel)
    await house.gate.user(BOB)(channels.pause, old.channel, paused=False)
    assert house.sql.picture() == before
    await admin(blocks.block_user, ANN, "fraud", blocked=True)
    assert await refusal(admin(escrow.retry_as_new, old.id)) == WrongState("users", "blocked")
