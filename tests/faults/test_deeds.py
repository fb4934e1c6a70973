"""What each act does when nothing goes wrong: exactly these transfers. The other fault tests compare with it.

And a few laws of holding and claiming that mutants found unguarded.
"""

import pytest

from domain import campaigns, escrow, post_jobs
from domain.action import Switch
from domain.errors import NotFound
from domain.escrow import NotEnoughMoney
from domain.post_jobs import AttemptStatus, LeaseLost, Sent
from tests import story
from tests.conftest import House
from tests.faults.deeds import DEEDS, answer
from tests.faults.worlds import offences
from tests.story import ANN

MOVES = {
    "credit": ["deposit:c9: external:XTR > user:101:XTR 700"],
    "hold": ["escrow:1:hold: user:101:XTR > escrow:1 400", "escrow:2:hold: user:101:XTR > escrow:2 400"],
    "accept another price": ["escrow:3:hold: user:101:XTR > escrow:3 350"],
    "release": [
        "escrow:1:fee: escrow:1 > fees:XTR 40",
        "escrow:1:payout: escrow:1 > user:202:XTR 360",
        "escrow:2:fee: escrow:2 > fees:XTR 40",
        "escrow:2:payout: escrow:2 > user:202:XTR 360",
    ],
    "refund": ["escrow:1:refund: escrow:1 > user:101:XTR 400", "escrow:2:refund: escrow:2 > user:101:XTR 400"],
    "reverse": [
        "deposit:charge-101-1000:back: user:101:XTR > external:XTR 200",
        "deposit:charge-101-1000:loss: losses:XTR > external:XTR 800",
    ],
    "withdraw": ["withdrawal:1:hold: user:202:XTR > withdrawal:1 300"],
    "reject": ["withdrawal:1:back: withdrawal:1 > user:202:XTR 300"],
    "pay": ["withdrawal:1:paid: withdrawal:1 > external:XTR 300"],
    "adjust": ["adjust:T-1: external:XTR > user:101:XTR 5"],
}
"""The transfers of the acts that have any."""


def moves(house: House) -> list[str]:
    rows = house.sql("SELECT key, source_id, destination_id, amount FROM transfers ORDER BY key")
    return [f"{r['key']}: {r['source_id']} > {r['destination_id']} {r['amount']}" for r in rows]


@pytest.mark.parametrize("name", DEEDS)
async def test_an_act_moves_exactly_this_money_and_asked_again_none(house: House, name: str) -> None:
    facts = await DEEDS[name].ready(house)
    before = moves(house)
    for _ in range(2):
        await answer(DEEDS[name], house, facts)
        assert [move for move in moves(house) if move not in before] == MOVES.get(name, [])
        assert await offences(house) == []


async def test_two_orders_of_one_set_cannot_spend_the_same_money(house: House) -> None:
    await story.people(house)
    await story.switches(house, *Switch)
    await story.fund(house, ANN, 500)
    first = await story.draft(house, await story.channel(house))
    second = await story.draft(house, first.channel)
    came = await house.gate.user(ANN).each(escrow.hold, [(first.id,), (second.id,)])
    assert [type(one) for one in came.values()] == [tuple, NotEnoughMoney]
    assert story.balance(house, f"user:{ANN}:XTR") == 100


async def test_a_booking_nobody_has_answered_is_not_claimed(house: House) -> None:
    await story.booked(house)
    assert await house.system(post_jobs.claim) == []


async def test_a_paused_campaign_is_not_claimed(house: House) -> None:
    placement = await story.booked(house)
    await story.approve(house, placement)
    await house.gate.user(ANN)(campaigns.pause, placement.campaign, paused=True)
    assert await house.system(post_jobs.claim) == []
    await house.gate.user(ANN)(campaigns.pause, placement.campaign, paused=False)
    assert len(await house.system(post_jobs.claim)) == 1


async def test_a_worker_whose_job_another_has_claimed_may_neither_start_nor_record(house: House) -> None:
    await story.approve(house, await story.booked(house))
    (old,) = await house.system(post_jobs.claim)
    house.clock.forward(minutes=3)
    await house.system(post_jobs.expire_leases)
    (new,) = await house.system(post_jobs.claim)
    sent = {old.id: Sent(AttemptStatus.accepted, message_ids=(7,))}
    for _ in ("prepared", "started"):
        assert await house.system.each(post_jobs.start, [old.id], old.token) == {old.id: LeaseLost(old.id)}
        assert await house.system.each(post_jobs.record, [old.id], old.token, sent) == {old.id: LeaseLost(old.id)}
        await house.system.each(post_jobs.start, [new.id], new.token)
    assert await house.system(post_jobs.record, new.id, new.token, sent) == "success"


async def test_of_what_nobody_booked_no_worker_starts_or_records_anything(house: House) -> None:
    await story.approved(house)
    (duty,) = await house.system(post_jobs.claim)
    picture = house.sql.picture()
    sent = {99: Sent(AttemptStatus.accepted, message_ids=(7,))}
    assert await house.system.each(post_jobs.start, [99], duty.token) == {99: NotFound("post_jobs")}
    assert await house.system.each(post_jobs.record, [99], duty.token, sent) == {99: NotFound("post_jobs")}
    assert house.sql.picture() == picture
